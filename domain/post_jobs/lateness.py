"""What becomes of a job that cannot be published in time: its people are asked or told, once, while something can be done.

More than half an hour late (the terms') the advertiser is asked whether it may still be published; only a yes makes it claimable
again. A job that is due in a channel where the bot, or its courier, lost its rights waits for them, and the publisher is told.
Asking moves nothing and is never gated; at its deadline the job fails whatever was answered.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update

from domain import notices
from domain.action import ANYONE, SYSTEM, Act, action
from domain.campaigns import Approval
from domain.channels import Status as ChannelStatus
from domain.errors import NotFound, Refusal, Refused, WrongState
from domain.post_jobs.ending import SIDES, c, cp, ct
from domain.post_jobs.readiness import IN_TIME, LATE, moments
from domain.post_jobs.row import Status, j


@dataclass(frozen=True)
class Overdue(Refusal):
    """It can no longer be published; the money comes back."""


WAITING = (
    SIDES.add_columns(j.c.deadline, c.c.courier_id)
    .where(j.c.status == Status.queued, IN_TIME, ct.c.approval == Approval.approved)
    .order_by(j.c.id)
    .limit(200)
    .with_for_update(of=j, skip_locked=True)
)
UNASKED = WAITING.where(LATE, j.c.late_asked_at.is_(None), j.c.late_accepted_at.is_(None))
UNTOLD = WAITING.where(j.c.due_at <= bindparam("now"), c.c.status == ChannelStatus.lost, j.c.rights_asked_at.is_(None))
CHOSEN = j.c.id.in_(bindparam("ids", expanding=True))
ASKED = update(j).where(CHOSEN).values(late_asked_at=bindparam("at"))
TOLD = update(j).where(CHOSEN).values(rights_asked_at=bindparam("at"))
ACCEPTED = update(j).where(CHOSEN).values(late_accepted_at=bindparam("at"))
ONE = (
    select(j.c.status, j.c.deadline, j.c.late_asked_at, j.c.late_accepted_at, cp.c.advertiser_id)
    .join(ct, ct.c.id == j.c.campaign_target_id)
    .join(cp, cp.c.id == ct.c.campaign_id)
    .where(j.c.id == bindparam("job"))
    .with_for_update(of=j)
)


@action("post_jobs.ask_late", roles=SYSTEM, gates=())
def ask_late(act: Act) -> list[int]:
    """Asks the advertisers of jobs that have just become late whether they may still be published; once."""
    rows = act.conn.execute(UNASKED, moments(act)).all()
    if rows:
        act.conn.execute(ASKED, {"ids": [row.id for row in rows], "at": act.now})
        notices.owe(act, [(row.advertiser_id, "late", row.id, {"channel": row.title}) for row in rows])
    for row in rows:
        act.record("post_jobs", row.id, asked=row.advertiser_id)
    return [row.id for row in rows]


@action("post_jobs.accept_late", roles=ANYONE, gates=())
def accept_late(act: Act, job_id: int) -> datetime:
    """The advertiser's yes: it may still be published, until the moment that is answered. Asked again, the same answer.

    Refused to anybody else, where nobody asked, when it has moved on, and after the deadline.
    """
    job = act.conn.execute(ONE, {"job": job_id}).one_or_none()
    if job is None or not act.actor.is_user(job.advertiser_id) or job.late_asked_at is None:
        raise Refused(NotFound("post_jobs"))
    deadline: datetime = job.deadline
    if job.late_accepted_at is not None:
        return deadline
    if job.status != Status.queued:
        raise Refused(WrongState("post_jobs", job.status))
    if deadline <= act.now:
        raise Refused(Overdue())
    act.conn.execute(ACCEPTED, {"ids": [job_id], "at": act.now})
    act.record("post_jobs", job_id, late="accepted")
    return deadline


@action("post_jobs.ask_rights", roles=SYSTEM, gates=())
def ask_rights(act: Act) -> list[int]:
    """Tells the publishers of jobs that are due, and wait for the bot's rights in the channel; once."""
    rows = act.conn.execute(UNTOLD, moments(act)).all()
    if rows:
        act.conn.execute(TOLD, {"ids": [row.id for row in rows], "at": act.now})
        told = [(row, {"channel": row.title, "until": row.deadline.isoformat()}) for row in rows]
        mains = [(row, facts) for row, facts in told if row.courier_id is None]
        couriers = [(row, facts) for row, facts in told if row.courier_id is not None]
        notices.owe(act, [(row.publisher_id, "rights-missing", row.id, facts) for row, facts in mains])
        notices.owe(act, [(row.publisher_id, "courier-missing", row.id, facts) for row, facts in couriers])
    for row in rows:
        act.record("post_jobs", row.id, asked=row.publisher_id)
    return [row.id for row in rows]

"""Pinning: what an offer with a pin owes after the post is up. It is a duty of its own, so no crash can forget it.

A pin may be made twice without harm, so one of which nobody knows what came of it is simply made again after a minute. One that
Telegram refuses, or that did not come about in two hours (the terms' lateness), is told to the publisher and the admins; the post
stands. Nothing is unpinned: after its time the post is the publisher's.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, case, select, update

from domain import notices
from domain.action import SYSTEM, Act, Asked, Outcomes, Switch, action, in_order, set_action
from domain.base import Moment
from domain.errors import NotFound
from domain.post_jobs.ending import SIDES_OF, ct
from domain.post_jobs.publishing import Sent
from domain.post_jobs.row import AttemptStatus, Status, j


@dataclass(frozen=True)
class ToPin:
    """A published post that is to be pinned."""

    id: int
    chat_id: int
    message_id: int
    bot_id: int | None = None


PINNED = select(ct.c.pin).where(ct.c.id == j.c.campaign_target_id).scalar_subquery()
PIN_DUE = case((PINNED, bindparam("published", type_=Moment())))
"""For statements that make a job a success: the moment `published` where its offer has a pin, else nothing."""
DUE = (
    select(j.c.id, j.c.chat_id, j.c.message_id, j.c.bot_id)
    .where(j.c.status == Status.success, j.c.pin_due_at <= bindparam("now"))
    .order_by(j.c.pin_due_at, j.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
CHOSEN = j.c.id.in_(bindparam("ids", expanding=True))
AGAIN = update(j).where(CHOSEN).values(pin_due_at=bindparam("at"))
LOCK = select(j.c.id, j.c.pin_due_at, j.c.published_at).where(CHOSEN).order_by(j.c.id).with_for_update()


@action("post_jobs.claim_pins", roles=SYSTEM, gates=(Switch.telegram_posting,))
def claim_pins(act: Act, most: int = 20) -> list[ToPin]:
    """The posts to pin now; each is due again in a minute, unless what came of it is recorded before."""
    rows = act.conn.execute(DUE, {"now": act.now, "most": most}).all()
    if rows:
        act.conn.execute(AGAIN, {"ids": [row.id for row in rows], "at": act.now + act.terms.repin})
    for row in rows:
        act.record("post_jobs", row.id, message=row.message_id)
    return [ToPin(row.id, row.chat_id, row.message_id, row.bot_id) for row in rows]


@set_action("post_jobs.pinned", roles=SYSTEM, gates=())
def pinned(act: Act, asked: Asked[int], results: dict[int, Sent]) -> Outcomes[int, AttemptStatus]:
    """What came of the pins. Refused for good, or not done in time, is told; what is unknown is tried again."""
    ids = in_order(asked)
    jobs = {row.id: row for row in act.conn.execute(LOCK, {"ids": ids})}
    came: Outcomes[int, AttemptStatus] = Outcomes()
    settled, failed = [], []
    for i in ids:
        job = jobs.get(i)
        if job is None:
            came[i] = NotFound("post_jobs")
            continue
        came[i] = results[i].status
        if job.pin_due_at is None:
            continue
        over = act.now - job.published_at >= act.terms.late
        if came[i] == AttemptStatus.accepted:
            settled.append(i)
        elif came[i] == AttemptStatus.refused or over:
            failed.append(i)
    if settled or failed:
        act.conn.execute(AGAIN, {"ids": settled + failed, "at": None})
    if failed:
        _tell(act, failed)
    for i in settled + failed:
        act.record("post_jobs", i, pin=results[i].status, error=results[i].error)
    return came


def _tell(act: Act, ids: list[int]) -> None:
    sides, staff = act.conn.execute(SIDES_OF, {"ids": ids}).all(), notices.admins(act)
    told = [(side, user_id) for side in sides for user_id in sorted({side.publisher_id, *staff})]
    notices.owe(act, [(user_id, "not-pinned", side.id, {"channel": side.title}) for side, user_id in told])

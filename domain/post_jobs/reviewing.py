"""The review queue: jobs that wait for a person. A verdict takes a job out of it, or an admin who is done with it."""

from typing import Any

from sqlalchemy import bindparam, func, select, text, update

from domain.action import ADMINS, STAFF, SYSTEM, Act, Look, action, query
from domain.base import table
from domain.campaigns import CampaignTarget
from domain.channels import Channel
from domain.errors import NotFound, Refused, WrongState
from domain.post_jobs.row import WAITS_FOR_A_PERSON, Failure, Status, j
from domain.users import check_reason

c, ct = table(Channel), table(CampaignTarget)

UNSEEN = (j.c.status == Status.success) & j.c.served_at.is_(None) & j.c.next_look_at.is_(None)
"""Its looks gave up: it was published, and nobody can tell whether it stayed."""
TECHNICAL = (Failure.poison, Failure.refused, Failure.unsent)
WAITS = text(f"({WAITS_FOR_A_PERSON.format('post_jobs.')})")
REVIEW = (
    select(j, ct.c.price, c.c.title, c.c.username, c.c.chat_id.label("channel_chat"))
    .join(ct, ct.c.id == j.c.id)
    .join(c, c.c.id == ct.c.channel_id)
    .where(WAITS)
)
LOCK = select(j.c.failure, j.c.reviewed_at).where(j.c.id == bindparam("id")).with_for_update()
ASIDE = update(j).where(j.c.id == bindparam("job")).values(reviewed_at=bindparam("now"))


@action("post_jobs.set_aside", roles=ADMINS | SYSTEM, gates=())
def set_aside(act: Act, job_id: int, reason: str) -> int:
    """An admin is done with a job that failed for a technical reason; it leaves the review queue. Again: nothing more.

    Refuses a job of which something is still to be decided, or that failed because a side wanted it so.
    """
    reason = check_reason(reason)
    job = act.conn.execute(LOCK, {"id": job_id}).one_or_none()
    if job is None:
        raise Refused(NotFound("post_jobs"))
    if job.failure not in TECHNICAL:
        raise Refused(WrongState("review", job.failure or "open"))
    if job.reviewed_at is None:
        act.conn.execute(ASIDE, {"job": job_id, "now": act.now})
        act.record("post_jobs", job_id, reviewed=reason)
    return job_id


@query(roles=STAFF | SYSTEM)
def review(look: Look, limit: int = 100, offset: int = 0) -> list[Any]:
    """The jobs a person should look at: uncertain, published but not to be seen, failed for a technical reason.

    Uncertain ones first, then oldest.
    """
    by_age = REVIEW.order_by(j.c.status != Status.uncertain, j.c.created_at, j.c.id)
    return list(look.conn.execute(by_age.offset(offset).limit(limit)))


@query(roles=STAFF | SYSTEM)
def in_review(look: Look) -> int:
    """How many of them there are."""
    return int(look.conn.execute(select(func.count()).select_from(j).where(WAITS)).scalar_one())


@query(roles=STAFF | SYSTEM)
def reviewed(look: Look, job_id: int) -> Any:
    """One of them, or None."""
    return look.conn.execute(REVIEW.where(j.c.id == job_id)).one_or_none()

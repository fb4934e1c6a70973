"""What people and ticks ask about jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from domain.action import STAFF, SYSTEM, Look, query
from domain.base import table
from domain.campaigns import Approval, Campaign, CampaignTarget
from domain.campaigns import Status as CampaignStatus
from domain.channels import Channel
from domain.post_jobs.row import Failure, Status, j

c, ct, cp = table(Channel), table(CampaignTarget), table(Campaign)


UNSEEN = (j.c.status == Status.success) & j.c.served_at.is_(None) & j.c.next_look_at.is_(None)
"""Its looks gave up: it was published, and nobody can tell whether it stayed."""
TECHNICAL = (Failure.poison, Failure.refused, Failure.unsent)
REVIEW = (
    select(j, ct.c.price, c.c.title)
    .join(ct, ct.c.id == j.c.id)
    .join(c, c.c.id == ct.c.channel_id)
    .where((j.c.status == Status.uncertain) | UNSEEN | j.c.failure.in_(TECHNICAL))
)


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
    return int(look.conn.execute(select(func.count()).select_from(REVIEW.subquery())).scalar_one())


@query(roles=STAFF | SYSTEM)
def reviewed(look: Look, job_id: int) -> Any:
    """One of them, or None."""
    return look.conn.execute(REVIEW.where(j.c.id == job_id)).one_or_none()


@query(roles=SYSTEM)
def next_slot(look: Look) -> datetime | None:
    """When the next approved job of a running campaign is due, after this moment."""
    waiting = select(j.c.due_at).join(ct, ct.c.id == j.c.campaign_target_id).join(cp, cp.c.id == ct.c.campaign_id)
    waiting = waiting.where(j.c.status == Status.queued, j.c.due_at > look.now, ct.c.approval == Approval.approved)
    waiting = waiting.where(cp.c.status == CampaignStatus.active).order_by(j.c.due_at).limit(1)
    at: datetime | None = look.conn.scalar(waiting)
    return at


@query(roles=SYSTEM)
def soonest_look(look: Look) -> datetime | None:
    """When the next post is to be looked at, after this moment."""
    later = (j.c.status == Status.success) & (j.c.next_look_at > look.now)
    at: datetime | None = look.conn.scalar(select(func.min(j.c.next_look_at)).where(later))
    return at


@query(roles=STAFF | SYSTEM)
def by_status(look: Look) -> dict[Status, int]:
    """How many jobs there are in each state."""
    counted = {
        row.status: row.many
        for row in look.conn.execute(select(j.c.status, func.count().label("many")).group_by(j.c.status))
    }
    return {status: counted.get(status, 0) for status in Status}

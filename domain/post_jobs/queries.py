"""What ticks and figures ask about jobs."""

from datetime import datetime

from sqlalchemy import func, select

from domain.action import STAFF, SYSTEM, Look, query
from domain.base import table
from domain.campaigns import Approval, Campaign, CampaignTarget
from domain.campaigns import Status as CampaignStatus
from domain.post_jobs.row import Status, j

ct, cp = table(CampaignTarget), table(Campaign)


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

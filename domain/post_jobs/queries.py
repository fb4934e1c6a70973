"""What people and ticks ask about jobs."""

from typing import Any

from sqlalchemy import func, select

from domain.action import STAFF, SYSTEM, Look, query
from domain.base import table
from domain.campaigns import CampaignTarget
from domain.channels import Channel
from domain.post_jobs.row import Failure, Status, j

c, ct = table(Channel), table(CampaignTarget)


@query(roles=STAFF | SYSTEM)
def review(look: Look, limit: int = 100) -> list[Any]:
    """The jobs a person should look at: uncertain, published but not to be seen, poison, or refused by Telegram. Oldest first."""
    technical = j.c.failure.in_([Failure.poison, Failure.refused])
    found = select(j, ct.c.price, c.c.title).join(ct, ct.c.id == j.c.id).join(c, c.c.id == ct.c.channel_id)
    unseen = (j.c.status == Status.success) & j.c.served_at.is_(None) & j.c.next_look_at.is_(None)
    found = (
        found.where((j.c.status == Status.uncertain) | unseen | technical).order_by(j.c.created_at, j.c.id).limit(limit)
    )
    return list(look.conn.execute(found))


@query(roles=STAFF | SYSTEM)
def by_status(look: Look) -> dict[Status, int]:
    """How many jobs there are in each state."""
    counted = {
        row.status: row.many
        for row in look.conn.execute(select(j.c.status, func.count().label("many")).group_by(j.c.status))
    }
    return {status: counted.get(status, 0) for status in Status}

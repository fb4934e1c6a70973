"""What people ask about proposals."""

from typing import Any

from sqlalchemy import func, or_, select

from domain.action import ANYONE, STAFF, SYSTEM, Look, query
from domain.base import table
from domain.campaigns import Campaign, CampaignTarget
from domain.channels import Channel, ChannelManager
from domain.proposals.row import Proposal, Status, p

c, m, cp, ct = (table(row) for row in (Channel, ChannelManager, Campaign, CampaignTarget))


@query(roles=ANYONE | STAFF | SYSTEM)
def get(look: Look, proposal_id: int) -> Proposal | None:
    """A proposal, for the two sides of its placement and the staff; for anybody else there is none."""
    one = select(p).where(p.c.id == proposal_id)
    if not look.actor.roles & (STAFF | SYSTEM):
        me = look.actor.user_id
        one = one.join(ct, ct.c.id == p.c.campaign_target_id).join(cp, cp.c.id == ct.c.campaign_id)
        mine = ct.c.channel_id.in_(select(m.c.channel_id).where(m.c.user_id == me))
        one = one.where(or_(cp.c.advertiser_id == me, mine))
    row = look.conn.execute(one).one_or_none()
    return None if row is None else Proposal(**row._mapping)


@query(roles=SYSTEM)
def about(look: Look, target_id: int) -> dict[int, Proposal]:
    """Every proposal that was made about a placement, by its number."""
    found = look.conn.execute(select(p).where(p.c.campaign_target_id == target_id).order_by(p.c.id))
    return {row.id: Proposal(**row._mapping) for row in found}


@query(roles=STAFF | SYSTEM)
def waiting(look: Look, offset: int = 0, limit: int = 10) -> list[Any]:
    """A page of those that wait for an advertiser, the soonest first, with the channel and the booked price."""
    found = (
        select(p, c.c.title, ct.c.price.label("booked"))
        .join(ct, ct.c.id == p.c.campaign_target_id)
        .join(c, c.c.id == ct.c.channel_id)
        .where(p.c.status == Status.made)
    )
    return list(look.conn.execute(found.order_by(p.c.answer_by, p.c.id).offset(offset).limit(limit)))


@query(roles=STAFF | SYSTEM)
def counted(look: Look) -> int:
    """How many there are of them."""
    return look.conn.execute(select(func.count()).where(p.c.status == Status.made)).scalar_one()

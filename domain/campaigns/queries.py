"""What people and the worker ask about campaigns."""

from sqlalchemy import bindparam, select

from domain.action import ANYONE, STAFF, SYSTEM, Look, query
from domain.campaigns.content import Content
from domain.campaigns.row import Campaign, cp, cr, ct

CONTENT = select(cr.c.content).join(ct, ct.c.creative_id == cr.c.id).where(ct.c.id == bindparam("target"))


@query(roles=ANYONE | STAFF | SYSTEM)
def creative_of(look: Look, target_id: int) -> Content | None:
    """What a placement publishes; for its two sides, staff and the worker."""
    sides = {row.advertiser_id: row.publisher_id for row in look.conn.execute(SIDES, {"target": target_id})}
    mine = look.actor.roles & (STAFF | SYSTEM) or look.actor.user_id in (*sides.keys(), *sides.values())
    content = look.conn.execute(CONTENT, {"target": target_id}).scalar() if mine else None
    return None if content is None else Content.from_json(content)


SIDES = (
    select(cp.c.advertiser_id, ct.c.publisher_id)
    .join(ct, ct.c.campaign_id == cp.c.id)
    .where(ct.c.id == bindparam("target"))
)


@query(roles=ANYONE)
def draft_content(look: Look, campaign_id: int) -> Content | None:
    """The latest version of one's own campaign."""
    latest = (
        select(cr.c.content)
        .join(cp, cp.c.id == cr.c.campaign_id)
        .where(cp.c.id == campaign_id, cp.c.advertiser_id == look.actor.user_id)
        .order_by(cr.c.version.desc())
        .limit(1)
    )
    content = look.conn.execute(latest).scalar()
    return None if content is None else Content.from_json(content)


@query(roles=ANYONE)
def mine(look: Look, campaign_id: int) -> Campaign | None:
    """One's own campaign; anybody else's is as if there were none."""
    one = select(cp).where(cp.c.id == campaign_id, cp.c.advertiser_id == look.actor.user_id)
    row = look.conn.execute(one).one_or_none()
    return None if row is None else Campaign(**row._mapping)

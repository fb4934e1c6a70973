"""What the two sides and the staff see of disputes. To anybody else there are none."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select

from domain.action import ANYONE, STAFF, SYSTEM, Look, query
from domain.base import table
from domain.channels import ChannelManager
from domain.disputes.row import WAITING, Dispute, Side, d, h
from domain.disputes.sides import c, cp, ct

m = table(ChannelManager)

SEEN = (
    select(d, c.c.title, ct.c.price, ct.c.fee_bps, ct.c.publisher_id, cp.c.advertiser_id)
    .join(ct, ct.c.id == d.c.campaign_target_id)
    .join(c, c.c.id == ct.c.channel_id)
    .join(cp, cp.c.id == ct.c.campaign_id)
)
HISTORY = select(h).order_by(h.c.id)


@dataclass(frozen=True)
class View:
    """A dispute as somebody sees it: the placement's channel and price, on which side they are, and what has happened."""

    dispute: Dispute
    channel: str
    price: int
    side: Side | None
    history: tuple[Any, ...]


@query(roles=ANYONE | STAFF | SYSTEM)
def get(look: Look, dispute_id: int) -> View | None:
    """One by its number, for its parties and the staff."""
    return _seen(look, SEEN.where(d.c.id == dispute_id))


@query(roles=ANYONE | STAFF | SYSTEM)
def of(look: Look, target_id: int) -> View | None:
    """The newest about a placement, for its parties and the staff."""
    return _seen(look, SEEN.where(d.c.campaign_target_id == target_id).order_by(d.c.id.desc()).limit(1))


@query(roles=ANYONE | STAFF | SYSTEM)
def side(look: Look, target_id: int) -> Side | None:
    """On which side of a placement the one who asks is, if on any."""
    who = look.actor.user_id
    manages = exists().where(m.c.channel_id == ct.c.channel_id, m.c.user_id == who).label("manages")
    wanted = select(ct.c.publisher_id, cp.c.advertiser_id, manages).join(cp, cp.c.id == ct.c.campaign_id)
    row = look.conn.execute(wanted.where(ct.c.id == target_id)).one_or_none()
    return None if row is None else _side(look, row)


def _side(look: Look, row: Any) -> Side | None:
    if look.actor.is_user(row.advertiser_id):
        return Side.advertiser
    return Side.publisher if look.actor.is_user(row.publisher_id) or row.manages else None


def _seen(look: Look, wanted: Any) -> View | None:
    who = look.actor.user_id
    manages = exists().where(m.c.channel_id == ct.c.channel_id, m.c.user_id == who).label("manages")
    row = look.conn.execute(wanted.add_columns(manages)).one_or_none()
    if row is None:
        return None
    own = _side(look, row)
    if own is None and not look.actor.roles & (STAFF | SYSTEM):
        return None
    dispute = Dispute(**{column.name: row._mapping[column.name] for column in d.columns})
    history = tuple(look.conn.execute(HISTORY.where(h.c.dispute_id == dispute.id)))
    return View(dispute, row.title, row.price, own, history)


@query(roles=STAFF | SYSTEM)
def listed(look: Look, offset: int = 0, limit: int = 10, *, waiting: bool = True) -> list[Any]:
    """A page of those that wait for a judge, or of all that are open; the oldest first, each with its channel and price."""
    return list(look.conn.execute(SEEN.where(_open(waiting=waiting)).order_by(d.c.id).offset(offset).limit(limit)))


@query(roles=STAFF | SYSTEM)
def counted(look: Look, *, waiting: bool = True) -> int:
    """How many they are."""
    return look.conn.execute(select(func.count()).select_from(d).where(_open(waiting=waiting))).scalar_one()


def _open(*, waiting: bool) -> Any:
    return d.c.status.in_(WAITING) if waiting else d.c.ended_at.is_(None)

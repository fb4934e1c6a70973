"""What people ask about channels: the catalogue, and their own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from domain.action import ANYONE, STAFF, SYSTEM, Look, query
from domain.base import is_one
from domain.channels.row import OWNER_BLOCKED, Channel, Offer, Status, c, m, o
from domain.errors import NotFound, Refused


@dataclass(frozen=True)
class Listing:
    """A channel as the catalogue shows it."""

    channel_id: int
    offer_id: int
    title: str
    username: str | None
    subscribers: int
    counted_at: datetime
    price: int
    currency: str
    hours: int
    pin: bool
    proportional: bool


LISTING = (
    select(
        c.c.id.label("channel_id"),
        o.c.id.label("offer_id"),
        c.c.title,
        c.c.username,
        c.c.subscribers,
        c.c.inspected_at.label("counted_at"),
        o.c.price,
        o.c.currency,
        o.c.hours,
        o.c.pin,
        o.c.proportional,
    )
    .join(o, o.c.channel_id == c.c.id)
    .where(is_one(c.c.status, Status.listed), c.c.blocked_at.is_(None), ~OWNER_BLOCKED)
)


@query(roles=ANYONE | STAFF | SYSTEM)
def catalogue(look: Look, offset: int = 0, limit: int = 8) -> tuple[list[Listing], int]:
    """A page of what can be booked by the one who asks (not their own), and how many there are."""
    others = LISTING.where(c.c.owner_id != (look.actor.user_id or 0))
    total = look.conn.execute(select(func.count()).select_from(others.subquery())).scalar_one()
    page = look.conn.execute(others.order_by(c.c.subscribers.desc(), c.c.id).offset(offset).limit(limit))
    return [Listing(**row._mapping) for row in page], total


@query(roles=ANYONE | STAFF | SYSTEM)
def listing(look: Look, channel_id: int) -> Listing | None:
    row = look.conn.execute(LISTING.where(c.c.id == channel_id)).one_or_none()
    return None if row is None else Listing(**row._mapping)


def _managed(look: Look) -> Select[Any]:
    return select(c).join(m, m.c.channel_id == c.c.id).where(m.c.user_id == look.actor.user_id)


@query(roles=ANYONE | STAFF | SYSTEM)
def mine(look: Look, offset: int = 0, limit: int = 8) -> tuple[list[Channel], int]:
    """A page of the channels that the one who asks manages, the oldest first, and how many there are."""
    total = look.conn.execute(select(func.count()).where(m.c.user_id == look.actor.user_id)).scalar_one()
    page = look.conn.execute(_managed(look).order_by(c.c.id).offset(offset).limit(limit))
    return [Channel(**row._mapping) for row in page], total


@query(roles=ANYONE | STAFF | SYSTEM)
def own(look: Look, channel_id: int) -> tuple[Channel, Offer | None]:
    """A channel that the one who asks manages, with its offer; refused where it is not theirs."""
    row = look.conn.execute(_managed(look).where(c.c.id == channel_id)).one_or_none()
    if row is None:
        raise Refused(NotFound("channels"))
    line = look.conn.execute(select(o).where(o.c.channel_id == channel_id)).one_or_none()
    return Channel(**row._mapping), None if line is None else Offer(**line._mapping)


@query(roles=ANYONE | STAFF | SYSTEM)
def manages(look: Look, chat_id: int) -> bool:
    """Does the one who asks manage the channel of this chat?"""
    return look.conn.execute(_managed(look).where(c.c.chat_id == chat_id)).one_or_none() is not None


@query(roles=SYSTEM)
def to_examine(look: Look, limit: int) -> list[tuple[int, str, int | None]]:
    """Chat, title and courier of listed channels, those first that were visited longest ago."""
    rows = (
        select(c.c.chat_id, c.c.title, c.c.courier_id)
        .where(c.c.status == Status.listed)
        .order_by(c.c.visited_at, c.c.id)
        .limit(limit)
    )
    return [(row.chat_id, row.title, row.courier_id) for row in look.conn.execute(rows)]


@query(roles=ANYONE | STAFF | SYSTEM)
def by_chat(look: Look, chat_id: int) -> Channel | None:
    row = look.conn.execute(select(c).where(c.c.chat_id == chat_id)).one_or_none()
    return None if row is None else Channel(**row._mapping)

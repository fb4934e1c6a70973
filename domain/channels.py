"""A channel is registered by an admin of it, once, and listed when it has an offer and the bot has the rights it needs.

Telegram's number is its key towards the outside (`chat_id`; the username may change); ours is its id. Whoever registered it is
its manager, and only a manager of that very channel may answer for it. An offer is one line of the rate card: price in minor
units, hours the post stays (0: paid at once), pinned or not. What is booked is frozen on the placement, so an offer may change.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, exists, func, select
from sqlalchemy.orm import Mapped, mapped_column

from domain import flow, notices
from domain.action import ANYONE, PEOPLE, STAFF, SYSTEM, Act, Look, action, query
from domain.base import Base, Member, index_of, one_of, table
from domain.errors import NotFound, OutOfRange, Refusal, Refused
from domain.money import MOST, XTR

MOST_HOURS = 720
RIGHTS = ("can_post_messages", "can_edit_messages", "can_delete_messages")
"""What the bot needs in a channel: to publish, to look (an edit that changes nothing) and pin, to take down."""


class Status(StrEnum):
    pending = "pending"
    """Registered, not offered yet."""
    listed = "listed"
    """In the catalogue."""
    paused = "paused"
    """Taken out of the catalogue by a manager; what is booked runs on."""
    lost = "lost"
    """The bot has lost a right it needs."""


FLOW = {
    Status.pending: frozenset({Status.listed, Status.lost}),
    Status.listed: frozenset({Status.paused, Status.lost}),
    Status.paused: frozenset({Status.listed, Status.lost}),
    Status.lost: frozenset({Status.pending, Status.listed}),
}


class Channel(Base):
    __tablename__ = "channels"
    __table_args__ = (
        one_of("status", Status),
        index_of("ix_channels_listed", "id", where="status = 'listed'"),
        Index("ix_channels_visited", "visited_at"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str]
    username: Mapped[str | None]
    status: Mapped[Status] = mapped_column(Member(Status), default=Status.pending)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    subscribers: Mapped[int]
    inspected_at: Mapped[datetime]
    visited_at: Mapped[datetime]
    """When Telegram last told us of the bot's rights in it."""
    created_at: Mapped[datetime]

    check_status = flow.follows(FLOW)


class ChannelManager(Base):
    __tablename__ = "channel_managers"
    __table_args__ = (Index("ix_channel_managers_user_id", "user_id"), Base.__table_args__)

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)


class Offer(Base):
    __tablename__ = "offers"
    __table_args__ = (
        CheckConstraint(f"price BETWEEN 1 AND {MOST}", name="price"),
        CheckConstraint(f"hours BETWEEN 0 AND {MOST_HOURS}", name="hours"),
        UniqueConstraint("channel_id"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    price: Mapped[int]
    currency: Mapped[str] = mapped_column(default=XTR)
    hours: Mapped[int]
    pin: Mapped[bool] = mapped_column(default=False)


flow.guard(Channel, FLOW, Status.pending)


@dataclass(frozen=True)
class Inspection:
    """What Telegram says of a chat right now."""

    chat_id: int
    is_channel: bool
    title: str
    username: str | None
    subscribers: int
    bot_rights: frozenset[str]
    user_is_admin: bool

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(right for right in RIGHTS if right not in self.bot_rights)


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


@dataclass(frozen=True)
class NotAChannel(Refusal):
    """A group or a private chat."""


@dataclass(frozen=True)
class MissingRights(Refusal):
    """The bot needs these rights in the channel and does not have them."""

    channel: str
    rights: tuple[str, ...]


@dataclass(frozen=True)
class NotChannelAdmin(Refusal):
    """The one who asks is no admin of the channel."""

    channel: str


@dataclass(frozen=True)
class ListedByAnother(Refusal):
    """Somebody else has registered this channel."""

    channel: str


c, m, o = table(Channel), table(ChannelManager), table(Offer)


def check_registration(seen: Inspection, user_id: int, owner_id: int | None) -> None:
    """Only a channel, only by an admin of it, only with the rights to keep a promise, only once."""
    if not seen.is_channel:
        raise Refused(NotAChannel())
    if not seen.user_is_admin:
        raise Refused(NotChannelAdmin(seen.title))
    if owner_id is not None and owner_id != user_id:
        raise Refused(ListedByAnother(seen.title))
    if seen.missing:
        raise Refused(MissingRights(seen.title, seen.missing))


def check_offer(price: int, hours: int) -> None:
    if not 1 <= price <= MOST:
        raise Refused(OutOfRange("price", 1, MOST))
    if not 0 <= hours <= MOST_HOURS:
        raise Refused(OutOfRange("hours", 0, MOST_HOURS))


@action("channels.register", roles=PEOPLE, gates=())
def register(act: Act, seen: Inspection) -> Channel:
    """Registers a channel as its admin found it; asked again, answers the same one, renewed."""
    user_id = act.actor.user_id
    assert user_id is not None
    channel = act.session.scalars(
        select(Channel).where(Channel.chat_id == seen.chat_id).with_for_update()
    ).one_or_none()
    check_registration(seen, user_id, channel.owner_id if channel else None)
    if channel is None:
        channel = Channel(
            chat_id=seen.chat_id, status=Status.pending, owner_id=user_id, created_at=act.now, **_described(act, seen)
        )
        act.session.add(channel)
        act.session.flush()
        act.session.add(ChannelManager(channel_id=channel.id, user_id=user_id))
    else:
        _renew(act, channel, seen)
    act.record("channels", channel.id, chat_id=seen.chat_id)
    return channel


@action("channels.offer", roles=PEOPLE, gates=())
def offer(act: Act, channel_id: int, price: int, hours: int, *, pin: bool = False) -> Offer:
    """Sets the rate line of one's channel and lists it. What is booked already keeps its price."""
    check_offer(price, hours)
    channel = managed(act, channel_id)
    line = act.session.scalars(select(Offer).where(Offer.channel_id == channel_id)).one_or_none()
    if line is None:
        line = Offer(channel_id=channel_id, price=price, currency=XTR, hours=hours, pin=pin)
        act.session.add(line)
    else:
        line.price, line.hours, line.pin = price, hours, pin
    if channel.status != Status.lost:
        channel.status = Status.listed
    act.session.flush()
    act.record("channels", channel_id, price=price, hours=hours, pin=pin)
    return line


@action("channels.pause", roles=ANYONE, gates=())
def pause(act: Act, channel_id: int, *, paused: bool) -> Channel:
    """Takes one's channel out of the catalogue, or puts it back."""
    channel = managed(act, channel_id)
    wanted = Status.paused if paused else Status.listed
    if channel.status in (Status.listed, Status.paused) and channel.status != wanted:
        channel.status = wanted
        act.record("channels", channel_id, status=wanted)
    return channel


@action("channels.inspect", roles=SYSTEM, gates=())
def inspect(act: Act, seen: Inspection) -> Channel | None:
    """What Telegram says of a channel: with lost rights it leaves the catalogue and returns with them; its owner is told."""
    channel = act.session.scalars(
        select(Channel).where(Channel.chat_id == seen.chat_id).with_for_update()
    ).one_or_none()
    if channel is not None:
        before = channel.status
        _renew(act, channel, seen)
        act.session.flush()
        told = {"channel": channel.title}
        if channel.status == Status.lost and before != Status.lost:
            notices.owe(act, [(channel.owner_id, "channel-lost", channel.id, told)])
        elif before == Status.lost and channel.status != Status.lost:
            notices.owe(act, [(channel.owner_id, "channel-back", channel.id, told)])
        act.record("channels", channel.id, before=before, after=channel.status, missing=list(seen.missing))
    return channel


def managed(act: Act, channel_id: int) -> Channel:
    """The channel, locked, if the actor manages it; otherwise as if there were none."""
    mine = exists().where(ChannelManager.channel_id == Channel.id, ChannelManager.user_id == act.actor.user_id)
    channel = act.session.scalars(select(Channel).where(Channel.id == channel_id, mine).with_for_update()).one_or_none()
    if channel is None:
        raise Refused(NotFound("channels"))
    return channel


def _described(act: Act, seen: Inspection) -> dict[str, Any]:
    return {
        "title": seen.title,
        "username": seen.username,
        "subscribers": seen.subscribers,
        "inspected_at": act.now,
        "visited_at": act.now,
    }


def _renew(act: Act, channel: Channel, seen: Inspection) -> None:
    if seen.missing:
        channel.status, channel.visited_at = Status.lost, act.now
    else:
        for name, value in _described(act, seen).items():
            setattr(channel, name, value)
        if channel.status == Status.lost:
            offered = act.session.scalar(select(func.count()).select_from(Offer).where(Offer.channel_id == channel.id))
            channel.status = Status.listed if offered else Status.pending


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
    )
    .join(o, o.c.channel_id == c.c.id)
    .where(c.c.status == Status.listed)
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


@query(roles=ANYONE | STAFF | SYSTEM)
def mine(look: Look) -> list[tuple[Channel, Offer | None]]:
    """The channels that the one who asks manages, with their offers."""
    own = select(m.c.channel_id).where(m.c.user_id == look.actor.user_id)
    rows = look.conn.execute(select(c).where(c.c.id.in_(own)).order_by(c.c.id)).all()
    offers = {r.channel_id: Offer(**r._mapping) for r in look.conn.execute(select(o).where(o.c.channel_id.in_(own)))}
    return [(Channel(**row._mapping), offers.get(row.id)) for row in rows]


@query(roles=ANYONE | STAFF | SYSTEM)
def by_chat(look: Look, chat_id: int) -> Channel | None:
    row = look.conn.execute(select(c).where(c.c.chat_id == chat_id)).one_or_none()
    return None if row is None else Channel(**row._mapping)

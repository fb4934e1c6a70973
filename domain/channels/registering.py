"""Registering a channel, offering a place in it, pausing it; and what Telegram says of the bot's rights there."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import exists, func, select

from domain import notices
from domain.action import ANYONE, PEOPLE, SYSTEM, Act, action
from domain.channels.row import MOST_HOURS, RIGHTS, Channel, ChannelManager, Offer, Status
from domain.errors import NotFound, OutOfRange, Refusal, Refused
from domain.money import MOST, XTR


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
    courier: "Courier | None" = None
    """The other bot whose rights there were looked at too, where there is one."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The rights that a bot of ours needs there and lacks."""
        has = self.bot_rights if self.courier is None else self.bot_rights & self.courier.rights
        return tuple(right for right in RIGHTS if right not in has)

    def beside(self, bot_id: int, courier: "Inspection") -> "Inspection":
        """With what its courier found there."""
        return replace(self, courier=Courier(bot_id, courier.bot_rights))


@dataclass(frozen=True)
class Courier:
    """A bot that only publishes, and its rights in a channel."""

    id: int
    rights: frozenset[str]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(right for right in RIGHTS if right not in self.rights)


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
        renew(act, channel, seen)
    act.record("channels", channel.id, chat_id=seen.chat_id)
    return channel


@action("channels.offer", roles=PEOPLE, gates=())
def offer(act: Act, channel_id: int, price: int, hours: int, *, pin: bool = False, proportional: bool = False) -> Offer:
    """Sets the rate line of one's channel and lists it. What is booked already keeps its terms.

    Without a minimum time (0 hours) there is nothing to be proportional to.
    """
    proportional = proportional and hours > 0
    check_offer(price, hours)
    channel = managed(act, channel_id)
    line = act.session.scalars(select(Offer).where(Offer.channel_id == channel_id)).one_or_none()
    if line is None:
        terms = {"hours": hours, "pin": pin, "proportional": proportional}
        line = Offer(channel_id=channel_id, price=price, currency=XTR, **terms)
        act.session.add(line)
    else:
        line.price, line.hours, line.pin, line.proportional = price, hours, pin, proportional
    if channel.status != Status.lost:
        channel.status = Status.listed
    act.session.flush()
    act.record("channels", channel_id, price=price, hours=hours, pin=pin, proportional=proportional)
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
        renew(act, channel, seen)
        act.session.flush()
        told = {"channel": channel.title}
        if channel.status == Status.lost and before != Status.lost:
            if seen.courier is not None and seen.courier.missing:
                notices.owe(act, [(channel.owner_id, "courier-lost", channel.id, told)])
            else:
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


def renew(act: Act, channel: Channel, seen: Inspection) -> None:
    """What was seen of another courier tells nothing any more; only the rights of all its bots bring a channel back."""
    courier = seen.courier.id if seen.courier else None
    if courier not in (None, channel.courier_id):
        return
    if seen.missing:
        channel.status, channel.visited_at = Status.lost, act.now
    else:
        for name, value in _described(act, seen).items():
            setattr(channel, name, value)
        if channel.status == Status.lost and courier == channel.courier_id:
            offered = act.session.scalar(select(func.count()).select_from(Offer).where(Offer.channel_id == channel.id))
            channel.status = Status.listed if offered else Status.pending

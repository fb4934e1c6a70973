"""Couriers: other bots of the house, which only publish. Telegram's limits are a bot's own, so each brings 30 messages a second.

A channel is published to by the main bot or by one courier. Whoever manages it says which, once Telegram has shown that bot's
rights there. The main bot stays an admin beside it: it hears of edits, and publishes what has media, since a file belongs to the
bot that was sent it. Without the rights of both the channel is *lost*, as it is without the main bot's alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from domain.action import ANYONE, PEOPLE, Act, Look, action, query
from domain.channels.registering import Inspection, MissingRights, managed, renew
from domain.channels.row import Channel, c
from domain.errors import NotFound, Refusal, Refused


@dataclass(frozen=True)
class CourierLacks(Refusal):
    """The courier needs these rights in the channel and does not have them."""

    channel: str
    rights: tuple[str, ...]


@dataclass(frozen=True)
class NoCourier(Refusal):
    """There is no such courier, or not any more."""


LOADS = (
    select(c.c.courier_id, func.count().label("many"))
    .where(c.c.courier_id.in_(bindparam("couriers", expanding=True)))
    .group_by(c.c.courier_id)
)


@query(roles=ANYONE)
def least_busy(look: Look, couriers: Sequence[int]) -> int | None:
    """Of these couriers the one with the fewest channels, the first of equals; None where there is none."""
    many = {row.courier_id: row.many for row in look.conn.execute(LOADS, {"couriers": list(couriers)})}
    return min(couriers, key=lambda courier: many.get(courier, 0), default=None)


@action("channels.entrust", roles=PEOPLE, gates=())
def entrust(act: Act, channel_id: int, seen: Inspection) -> Channel:
    """From now on the courier that was seen there publishes in one's channel, or with none the main bot; asked again, the same.

    Refused where a bot that is to publish lacks a right. What was published stays with the bot that published it.
    """
    channel = managed(act, channel_id)
    if seen.chat_id != channel.chat_id:
        raise Refused(NotFound("channels"))
    if seen.courier is not None and seen.courier.missing:
        raise Refused(CourierLacks(channel.title, seen.courier.missing))
    if seen.courier is not None and seen.missing:
        raise Refused(MissingRights(channel.title, seen.missing))
    before, channel.courier_id = channel.courier_id, seen.courier.id if seen.courier else None
    renew(act, channel, seen)
    act.session.flush()
    if channel.courier_id != before:
        act.record("channels", channel_id, courier=channel.courier_id, before=before, status=channel.status)
    return channel

"""A new post: what, with which buttons, where, when; then the price, and one confirmation that holds it.

The post is a draft row from the first message on; the preview is the very call that publishes. The placement is written, with the
price frozen on it, when its time is chosen; confirming holds exactly that one, however often it is pressed.
"""

from datetime import UTC, datetime
from typing import Any

from aiogram import F
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import Dialog, DialogManager

from bot import cards, moments
from bot.buttons import PAGE, keyboard, menu
from bot.dialogs.order.post import (
    album_complete,
    buttons_typed,
    chosen_channel,
    gathered,
    manner,
    other_buttons,
    other_post,
    other_sound,
    post_sent,
    without_buttons,
)
from bot.dialogs.states import Order
from bot.dialogs.widgets import CANCEL, Given, Label, Say, choices, press, typed, window
from bot.dialogs.zones import settled, zones
from bot.handlers.catalogue import listing_label
from bot.screen import Screen, say
from bot.texts import Text
from domain import campaigns, channels, escrow, placements, wallets
from domain.campaigns import NotListed
from domain.errors import NotFound, Refused
from domain.users import User
from storage.gate import Do, Gate

# Where


async def go_on(query: CallbackQuery, manager: DialogManager) -> None:
    start = manager.start_data
    if isinstance(start, dict) and not manager.dialog_data.get("channel"):
        await choose_channel(manager, int(start["channel"]))
    else:
        await manager.switch_to(Order.channel)


async def catalogue(do: Do, text: Text, dialog_manager: DialogManager, **_: Any) -> dict[str, Any]:
    page = dialog_manager.dialog_data.get("page", 0)
    found, total = await do.ask(channels.catalogue, page * PAGE, PAGE)
    return {
        "channels": [(listing_label(text, listing), str(listing.channel_id)) for listing in found],
        "total": total,
        "has_before": page > 0,
        "has_after": (page + 1) * PAGE < total,
    }


async def page_before(query: CallbackQuery, manager: DialogManager) -> None:
    manager.dialog_data["page"] = max(0, manager.dialog_data.get("page", 0) - 1)


async def page_after(query: CallbackQuery, manager: DialogManager) -> None:
    manager.dialog_data["page"] = manager.dialog_data.get("page", 0) + 1


async def channel_chosen(query: CallbackQuery, manager: DialogManager, item: str) -> None:
    await choose_channel(manager, int(item))


async def choose_channel(manager: DialogManager, channel_id: int) -> None:
    given = Given.of(manager)
    if await given.do.ask(channels.listing, channel_id) is None:
        raise Refused(NotListed(channel_id))
    manager.dialog_data["channel"] = channel_id
    await manager.switch_to(Order.time if given.user.time_zone else Order.zone)


async def other_channel(query: CallbackQuery, manager: DialogManager) -> None:
    await manager.switch_to(Order.channel)


# When


async def to_time(manager: DialogManager) -> None:
    await manager.switch_to(Order.time)


zone_chosen, zone_typed = settled(to_time)


async def hours(gate: Gate, text: Text, user: User, **_: Any) -> dict[str, Any]:
    now = gate.now()
    times = [(text.brief(at), str(int(at.timestamp()))) for at in moments.suggestions(now, user.zone)]
    return {"now": text.moment(now), "times": times}


async def at_once(query: CallbackQuery, manager: DialogManager) -> None:
    await place(manager, None)


async def time_chosen(query: CallbackQuery, manager: DialogManager, item: str) -> None:
    await place(manager, datetime.fromtimestamp(int(item), UTC))


async def time_typed(message: Message, manager: DialogManager) -> None:
    given = Given.of(manager)
    await place(manager, moments.parse(message.text or "", given.gate.now(), given.user.zone))


async def place(manager: DialogManager, slot: datetime | None) -> None:
    """Writes the placement: from here on its price is frozen."""
    campaign, channel = manager.dialog_data["campaign"], manager.dialog_data["channel"]
    silent = manager.dialog_data.get("silent", False)
    target = await Given.of(manager).do(campaigns.place, campaign, channel, slot, silent=silent)
    manager.dialog_data["target"] = target.id
    await manager.switch_to(Order.confirm)


async def other_time(query: CallbackQuery, manager: DialogManager) -> None:
    await manager.switch_to(Order.time)


# The confirmation


async def terms(do: Do, text: Text, user: User, dialog_manager: DialogManager, **_: Any) -> dict[str, Any]:
    placement = await do.ask(placements.get, dialog_manager.dialog_data["target"])
    if placement is None:
        raise Refused(NotFound("campaign_targets"))
    balance = await do.ask(wallets.balance, wallets.user(user.id))
    return {
        "channel": placement.channel,
        "when": cards.when(text, placement.slot),
        "stay": cards.stay(text, placement.hours, proportional=placement.proportional),
        "manner": cards.manner(text, placement),
        "price": placement.price,
        "fee": placement.parts.fee,
        "balance": balance,
        "after": max(0, balance - placement.price),
        "short": max(0, placement.price - balance),
    }


async def confirm(query: CallbackQuery, manager: DialogManager) -> None:
    given, target = Given.of(manager), manager.dialog_data["target"]
    await given.do(escrow.hold, (target,))
    placement = await given.do.ask(placements.get, target)
    balance = await given.do.ask(wallets.balance, wallets.user(given.user.id))
    assert placement is not None
    assert placement.answer_by is not None
    said = given.text(
        "order-booked",
        price=placement.price,
        channel=placement.channel,
        balance=balance,
        until=placement.answer_by,
    )
    await manager.done()
    await say(given.data["bot"], given.user.id, Screen(said, keyboard(menu(given.text))))


def dialog() -> Dialog:
    return Dialog(
        window(
            Order.post,
            Say("order-post"),
            Say("order-for", "channel", when="channel"),
            CANCEL,
            typed(post_sent),
            getter=chosen_channel,
        ),
        window(
            Order.album,
            Say("order-album", "many"),
            press(Label("order-album-complete"), "complete", album_complete),
            CANCEL,
            typed(post_sent),
            getter=gathered,
        ),
        window(
            Order.buttons,
            Say("order-buttons"),
            press(Label("order-skip"), "skip", without_buttons),
            CANCEL,
            typed(buttons_typed),
        ),
        window(
            Order.preview,
            Say("order-preview"),
            Say("order-preview-silent", when="silent"),
            press(Label("order-go-on"), "go_on", go_on),
            press(Label("order-other-post"), "post", other_post),
            press(Label("order-other-buttons"), "buttons", other_buttons, when="single"),
            press(Label("order-silent"), "silent", other_sound, when="loud"),
            press(Label("order-loud"), "loud", other_sound, when="silent"),
            CANCEL,
            typed(post_sent, F.media_group_id),
            getter=manner,
        ),
        window(
            Order.channel,
            Say("order-channel", "total"),
            choices("channels", channel_chosen),
            press(Label("button-before"), "before", page_before, when="has_before"),
            press(Label("button-after"), "after", page_after, when="has_after"),
            CANCEL,
            getter=catalogue,
        ),
        window(
            Order.zone,
            Say("order-zone"),
            choices("zones", zone_chosen, width=2),
            CANCEL,
            typed(zone_typed),
            getter=zones,
        ),
        window(
            Order.time,
            Say("order-time", "now"),
            press(Label("order-now"), "now", at_once),
            choices("times", time_chosen, width=2),
            press(Label("order-other-channel"), "channel", other_channel),
            CANCEL,
            typed(time_typed),
            getter=hours,
        ),
        window(
            Order.confirm,
            Say("order-confirm", "channel", "when", "stay", "price", "fee", "balance", "after"),
            Say("prohibited"),
            Say("order-manner", "manner", when="manner"),
            Say("order-short", "short", when="short"),
            press(Label("order-yes", "price"), "yes", confirm),
            press(Label("order-other-time"), "time", other_time),
            press(Label("order-other-channel"), "channel", other_channel),
            CANCEL,
            getter=terms,
        ),
    )

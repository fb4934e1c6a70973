"""What a post costs in a channel, how long it stays there, and what is paid if it does not. Starts with the channel's number."""

import re
from typing import Any

from aiogram.types import CallbackQuery, Message
from aiogram_dialog import Dialog, DialogManager

from bot import cards
from bot.buttons import keyboard, menu
from bot.dialogs.states import Offer
from bot.dialogs.widgets import CANCEL, Given, Label, Say, choices, press, typed, window
from bot.screen import Screen, say
from bot.texts import Text
from domain import channels
from domain.channels import MOST_HOURS
from domain.errors import OutOfRange, Refused
from domain.money import parse, split
from storage.gate import Do

HOURS = (0, 24, 48, 72, 168, 720)


async def channel(do: Do, dialog_manager: DialogManager, text: Text, **_: Any) -> dict[str, Any]:
    hours = [(text.plain("offer-hours-button", hours=n), str(n)) for n in HOURS]
    price, pin = dialog_manager.dialog_data.get("price", 0), dialog_manager.dialog_data.get("pin", False)
    named = await title(do, _channel_id(dialog_manager))
    return {"channel": named, "hours": hours, "price": price, "pinned": pin, "unpinned": not pin}


def _channel_id(manager: DialogManager) -> int:
    start = manager.start_data
    assert isinstance(start, dict)
    return int(start["channel"])


async def title(do: Do, channel_id: int) -> str:
    named, _ = await do.ask(channels.own, channel_id)
    return named.title


async def price_typed(message: Message, manager: DialogManager) -> None:
    price = parse(message.text or "")
    channels.check_offer(price, 0)
    _, line = await Given.of(manager).do.ask(channels.own, _channel_id(manager))
    manager.dialog_data.update(price=price, pin=line is not None and line.pin)
    await manager.switch_to(Offer.hours)


async def other_pin(query: CallbackQuery, manager: DialogManager) -> None:
    manager.dialog_data["pin"] = not manager.dialog_data.get("pin", False)


async def hours_typed(message: Message, manager: DialogManager) -> None:
    number = re.fullmatch(r"[0-9]{1,4}", (message.text or "").strip())
    if number is None:
        raise Refused(OutOfRange("hours", 0, MOST_HOURS))
    await stays(manager, int(number[0]))


async def hours_chosen(query: CallbackQuery, manager: DialogManager, item: str) -> None:
    await stays(manager, int(item))


async def stays(manager: DialogManager, hours: int) -> None:
    """What is paid at once has no time of which a part could be served."""
    channels.check_offer(manager.dialog_data["price"], hours)
    manager.dialog_data["hours"] = hours
    if hours == 0:
        await offer(manager, proportional=False)
    else:
        await manager.switch_to(Offer.early)


async def all_or_nothing(query: CallbackQuery, manager: DialogManager) -> None:
    await offer(manager, proportional=False)


async def by_the_hour(query: CallbackQuery, manager: DialogManager) -> None:
    await offer(manager, proportional=True)


async def offer(manager: DialogManager, *, proportional: bool) -> None:
    given, channel_id, data = Given.of(manager), _channel_id(manager), manager.dialog_data
    terms = {"pin": data.get("pin", False), "proportional": proportional}
    line = await given.do(channels.offer, channel_id, data["price"], data["hours"], **terms)
    parts = split(line.price, given.gate.terms.fee_bps)
    said = given.text(
        "offer-done",
        channel=await title(given.do, channel_id),
        price=line.price,
        stay=cards.stay(given.text, line.hours, proportional=line.proportional),
        payout=parts.payout,
        fee=parts.fee,
    )
    await manager.done()
    await say(given.data["bot"], given.user.id, Screen(said, keyboard(menu(given.text))))


def dialog() -> Dialog:
    return Dialog(
        window(Offer.price, Say("offer-price", "channel"), CANCEL, typed(price_typed), getter=channel),
        window(
            Offer.hours,
            Say("offer-hours", "channel", "price"),
            choices("hours", hours_chosen, width=3),
            press(Label("offer-pin"), "pin", other_pin, when="unpinned"),
            press(Label("offer-pinned"), "unpin", other_pin, when="pinned"),
            CANCEL,
            typed(hours_typed),
            getter=channel,
        ),
        window(
            Offer.early,
            Say("offer-early", "channel"),
            press(Label("offer-early-nothing"), "nothing", all_or_nothing),
            press(Label("offer-early-part"), "part", by_the_hour),
            CANCEL,
            getter=channel,
        ),
    )

"""A publisher's other terms: another time, or another price. Starts with the placement and the version that was shown."""

from datetime import UTC, datetime
from typing import Any

from aiogram.types import CallbackQuery, Message
from aiogram_dialog import Dialog, DialogManager

from bot import cards, moments
from bot.dialogs.states import Propose
from bot.dialogs.widgets import CANCEL, Given, Say, choices, typed, window
from bot.handlers.requests import asked
from bot.screen import say
from bot.texts import Text
from domain import proposals
from domain.money import parse
from domain.users import User
from storage.gate import Do, Gate


async def facts(do: Do, gate: Gate, text: Text, user: User, dialog_manager: DialogManager, **_: Any) -> dict[str, Any]:
    start = dialog_manager.start_data
    assert isinstance(start, dict)
    now, placement = gate.now(), await asked(do, start["id"])
    times = [(text.brief(at), str(int(at.timestamp()))) for at in moments.suggestions(now, user.zone)]
    when = cards.when(text, placement.slot)
    return {
        "channel": placement.channel,
        "when": when,
        "price": placement.price,
        "now": text.moment(now),
        "times": times,
    }


async def time_chosen(query: CallbackQuery, manager: DialogManager, item: str) -> None:
    await propose(manager, slot=datetime.fromtimestamp(int(item), UTC))


async def time_typed(message: Message, manager: DialogManager) -> None:
    given = Given.of(manager)
    await propose(manager, slot=moments.parse(message.text or "", given.gate.now(), given.user.zone))


async def price_typed(message: Message, manager: DialogManager) -> None:
    await propose(manager, price=parse(message.text or ""))


async def propose(manager: DialogManager, **terms: Any) -> None:
    """Makes it, and shows the card as it is then, here and wherever else it was sent."""
    given, start = Given.of(manager), manager.start_data
    assert isinstance(start, dict)
    bot = given.data["bot"]
    made = await given.do(proposals.make, start["id"], start["version"], **terms)
    await manager.done()
    card = cards.request(given.text, await asked(given.do, made.campaign_target_id))
    await say(bot, given.user.id, card)
    await cards.settle(bot, given.gate, given.data["texts"], made.campaign_target_id)


def dialog() -> Dialog:
    return Dialog(
        window(
            Propose.time,
            Say("propose-time", "channel", "when", "now"),
            choices("times", time_chosen, width=2),
            CANCEL,
            typed(time_typed),
            getter=facts,
        ),
        window(Propose.price, Say("propose-price", "channel", "price"), CANCEL, typed(price_typed), getter=facts),
    )

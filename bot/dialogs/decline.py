"""A publisher's reason in their own words. Starts with the placement and the version that was shown."""

from aiogram.types import Message
from aiogram_dialog import Dialog, DialogManager

from bot import cards
from bot.dialogs.states import Decline
from bot.dialogs.widgets import CANCEL, Given, Say, typed, window
from bot.handlers.requests import asked
from bot.screen import show
from domain import approvals


async def reason(message: Message, manager: DialogManager) -> None:
    given = Given.of(manager)
    start = manager.start_data
    assert isinstance(start, dict)
    assert message.bot is not None
    decision = await given.do(approvals.decline, start["id"], start["version"], message.text or "")
    await manager.done()
    await show(message, cards.request(given.text, await asked(given.do, decision.id)))
    await cards.settle(message.bot, given.gate, given.data["texts"], decision.id)


def dialog() -> Dialog:
    return Dialog(window(Decline.reason, Say("request-write-ask"), CANCEL, typed(reason)))

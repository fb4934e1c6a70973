"""What is wrong with a channel, a post or a person, in one's own words. Starts with the thing and its number."""

from aiogram.types import Message
from aiogram_dialog import Dialog, DialogManager

from bot.dialogs.states import Complaint
from bot.dialogs.widgets import CANCEL, Given, Say, typed, window
from bot.handlers.reports import filed
from domain.reports import Reason, Thing


async def words(message: Message, manager: DialogManager) -> None:
    given, start = Given.of(manager), manager.start_data
    assert isinstance(start, dict)
    thing, number = Thing(start["thing"]), int(start["id"])
    await filed(message, given.do, given.text, thing, number, Reason.other, message.text or message.caption or "")
    await manager.done()


def dialog() -> Dialog:
    return Dialog(window(Complaint.words, Say("report-words"), CANCEL, typed(words)))

"""What is wrong, in one message to the admins."""

from aiogram.types import Message
from aiogram_dialog import Dialog, DialogManager

from bot.dialogs.states import Report
from bot.dialogs.widgets import CANCEL, Given, Say, typed, window
from bot.screen import Screen, show
from domain import notices


async def words(message: Message, manager: DialogManager) -> None:
    given = Given.of(manager)
    await given.do(notices.report, message.text or message.caption or "")
    await manager.done()
    await show(message, Screen(given.text("report-done")))


def dialog() -> Dialog:
    return Dialog(window(Report.words, Say("report-ask"), CANCEL, typed(words)))

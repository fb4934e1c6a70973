"""What is wrong, in one message to the staff: a ticket."""

from aiogram.types import Message
from aiogram_dialog import Dialog, DialogManager

from bot.dialogs.states import Report
from bot.dialogs.widgets import CANCEL, Given, Say, typed, window
from bot.screen import Screen, show
from domain import tickets


async def words(message: Message, manager: DialogManager) -> None:
    given = Given.of(manager)
    ticket = await given.do(tickets.report, message.text or message.caption or "")
    await manager.done()
    await show(message, Screen(given.text("report-done", id=str(ticket.id))))


def dialog() -> Dialog:
    return Dialog(window(Report.words, Say("report-ask"), CANCEL, typed(words)))

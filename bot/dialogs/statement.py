"""Which wallet? Its address, in one message."""

from aiogram.types import Message
from aiogram_dialog import Dialog, DialogManager

from bot.dialogs.states import Statement
from bot.dialogs.widgets import CANCEL, Given, Say, typed, window
from bot.filters import is_staff
from bot.handlers.books import statement
from bot.handlers.start import menu_screen
from bot.screen import show


async def wallet(message: Message, manager: DialogManager) -> None:
    given = Given.of(manager)
    await manager.done()
    if is_staff(given.user, given.settings):
        await show(message, await statement(given.do, given.text, (message.text or "").strip(), 0))
    else:
        await show(message, menu_screen(given.text, given.user, given.settings))


def dialog() -> Dialog:
    return Dialog(window(Statement.wallet, Say("books-statement-ask"), CANCEL, typed(wallet)))

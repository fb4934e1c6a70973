"""Search: one command that understands whatever names a thing, and the cards of what was found."""

from aiogram import F
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, StartMode

from bot import findings
from bot.buttons import Case, Go, To
from bot.dialogs import states
from bot.routes import Routes
from bot.screen import answer, show
from bot.texts import Text
from storage.gate import Do

routes = Routes()


@routes.message(Command("find"))
async def find(message: Message, command: CommandObject, do: Do, text: Text, dialog_manager: DialogManager) -> None:
    if not command.args:
        await dialog_manager.start(states.Desk.words, mode=StartMode.RESET_STACK)
        return
    await show(message, await findings.search(do, text, command.args))


@routes.callback_query(Go.filter(F.to == To.lookup))
async def ask(query: CallbackQuery, dialog_manager: DialogManager) -> None:
    await dialog_manager.start(states.Desk.words, mode=StartMode.RESET_STACK)
    await answer(query)


@routes.callback_query(Case.filter())
async def open_(query: CallbackQuery, callback_data: Case, do: Do, text: Text) -> None:
    await show(query, await findings.card(do, text, callback_data.kind, callback_data.id))

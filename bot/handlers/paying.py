"""What admins do about withdrawals: a yes and the beginning of a payment at once, the rest with words that are asked for."""

from aiogram import F
from aiogram.types import CallbackQuery
from aiogram_dialog import DialogManager, ShowMode, StartMode

from bot import findings
from bot.buttons import Handle, Handling
from bot.dialogs.paying import done
from bot.dialogs.states import Paying
from bot.routes import Routes
from bot.screen import answer, show
from bot.texts import Text
from domain import withdrawals
from domain.action import Role
from domain.errors import NotAllowed, Refused
from domain.finds import Kind
from storage.gate import Do

routes = Routes()


@routes.callback_query(Handle.filter(F.deed == Handling.approve))
async def approve(query: CallbackQuery, callback_data: Handle, do: Do, text: Text) -> None:
    await do(withdrawals.approve, callback_data.id)
    await show(query, await done(do, text, callback_data.id))


@routes.callback_query(Handle.filter(F.deed == Handling.send))
async def send(query: CallbackQuery, callback_data: Handle, do: Do, text: Text) -> None:
    await do(withdrawals.send, callback_data.id)
    await show(query, await done(do, text, callback_data.id))


@routes.callback_query(Handle.filter())
async def ask_words(
    query: CallbackQuery, callback_data: Handle, do: Do, text: Text, dialog_manager: DialogManager
) -> None:
    """Asks for the reason, the reference or the evidence. Whoever may not do it is told at once, and what is not there."""
    await findings.card(do, text, Kind.withdrawal, callback_data.id)
    if do.who.user_id not in do.gate.admins:
        raise Refused(NotAllowed(Role.admin))
    given = {"deed": callback_data.deed, "id": callback_data.id}
    await dialog_manager.start(Paying.words, given, StartMode.RESET_STACK, ShowMode.SEND)
    await answer(query)

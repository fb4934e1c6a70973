"""Opens the settings."""

from aiogram import F
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, StartMode

from bot.buttons import Go, To
from bot.dialogs.states import Settings
from bot.routes import Routes
from bot.screen import answer

routes = Routes()


@routes.message(Command("settings"))
@routes.callback_query(Go.filter(F.to == To.settings))
async def settings(event: Message | CallbackQuery, dialog_manager: DialogManager) -> None:
    await dialog_manager.start(Settings.main, mode=StartMode.RESET_STACK)
    if isinstance(event, CallbackQuery):
        await answer(event)

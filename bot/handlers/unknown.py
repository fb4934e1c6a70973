"""What nobody else wants: unknown commands, forwarded posts, stray words, old buttons. Never silence."""

from aiogram import Bot, F
from aiogram.types import CallbackQuery, Message, MessageOriginChannel
from aiogram_dialog import DialogManager

from bot.buttons import keyboard, menu
from bot.handlers.channels import register
from bot.handlers.proof import is_proof
from bot.handlers.start import menu_screen
from bot.routes import Routes
from bot.screen import Screen, say, show
from bot.settings import Settings
from bot.texts import Text
from domain import post_jobs
from domain.ports import Telegram
from domain.users import User
from storage.gate import Do, Gate

commands, forwards, rest = Routes(), Routes(), Routes()


@commands.message(F.text.startswith("/"), F.entities[0].type == "bot_command")
async def unknown_command(message: Message, text: Text) -> None:
    await show(message, Screen(text("unknown-command"), keyboard(menu(text))))


@forwards.message(F.forward_origin.type == "channel")
async def forwarded(
    message: Message, bot: Bot, do: Do, gate: Gate, text: Text, telegram: Telegram, dialog_manager: DialogManager
) -> None:
    """A post of a channel, outside of any wizard: a proof that is waited for, or else that channel is to be added."""
    origin = message.forward_origin
    assert isinstance(origin, MessageOriginChannel)
    if await is_proof(message, do, text, telegram):
        return
    await register(message, origin.chat.id, bot, do, text, telegram, dialog_manager)
    await gate.system("telegram")(post_jobs.saw, origin.chat.id, origin.message_id)


@rest.message()
async def unknown_message(message: Message, text: Text, user: User, settings: Settings) -> None:
    await show(message, menu_screen(text, user, settings, text("unknown-message")))


@rest.callback_query()
async def unknown_button(query: CallbackQuery, bot: Bot, text: Text, user: User, settings: Settings) -> None:
    await query.answer(text.plain("stale"))
    await say(bot, user.id, menu_screen(text, user, settings))

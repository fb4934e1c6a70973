"""What nobody else wants: unknown commands, forwarded posts, stray words, old buttons. Never silence."""

from aiogram import Bot, F
from aiogram.types import CallbackQuery, Message, MessageOriginChannel
from aiogram_dialog import DialogManager

from bot.buttons import keyboard, menu
from bot.handlers.channels import register
from bot.handlers.start import menu_screen
from bot.routes import Routes
from bot.screen import Screen, say, show
from bot.settings import Settings
from bot.texts import Text
from domain.users import User
from storage.gate import Do

commands, forwards, rest = Routes("unknown commands"), Routes("forwards"), Routes("rest")


@commands.message(F.text.startswith("/"), F.entities[0].type == "bot_command")
async def unknown_command(message: Message, text: Text) -> None:
    await show(message, Screen(text("unknown-command"), keyboard(menu(text))))


@forwards.message(F.forward_origin.type == "channel")
async def forwarded(message: Message, bot: Bot, do: Do, text: Text, dialog_manager: DialogManager) -> None:
    """A post of a channel, outside of any wizard: that channel is to be added."""
    assert isinstance(message.forward_origin, MessageOriginChannel)
    await register(message, message.forward_origin.chat.id, bot, do, text, dialog_manager)


@rest.message()
async def unknown_message(message: Message, text: Text, user: User, settings: Settings) -> None:
    await show(message, menu_screen(text, user, settings, text("unknown-message")))


@rest.callback_query()
async def unknown_button(query: CallbackQuery, bot: Bot, text: Text, user: User, settings: Settings) -> None:
    await query.answer(text.plain("stale"))
    await say(bot, user.id, menu_screen(text, user, settings))

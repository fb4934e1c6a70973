"""A screen is a text with its buttons. From a button it is shown in place, otherwise as a message of its own.

Only messages in private chats are ever edited, so a forged button cannot alter a post in a channel. A receipt (`say`) is
always a message of its own and never changes.
"""

from contextlib import suppress
from dataclasses import dataclass

from aiogram import Bot
from aiogram.enums import ChatType, ParseMode
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from bot.texts import Safe

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
UNCHANGED = "message is not modified"


@dataclass(frozen=True)
class Screen:
    text: Safe
    keyboard: InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None = None


async def say(bot: Bot, chat_id: int, screen: Screen) -> int:
    """A message of its own; answers its id."""
    sent = await bot.send_message(
        chat_id,
        screen.text,
        parse_mode=ParseMode.HTML,
        link_preview_options=NO_PREVIEW,
        reply_markup=screen.keyboard,
    )
    return sent.message_id


async def tell(bot: Bot, chat_id: int, screen: Screen) -> None:
    """The same for somebody who may have blocked the bot or never started it; then it is left unsaid."""
    with suppress(TelegramAPIError):
        await say(bot, chat_id, screen)


async def redraw(bot: Bot, chat_id: int, message_id: int, screen: Screen) -> None:
    """Replaces what a message of ours shows. Telegram's refusals (unchanged, gone, blocked) are nothing to worry about."""
    with suppress(TelegramBadRequest, TelegramForbiddenError):
        await _edit(bot, chat_id, message_id, screen)


async def _edit(bot: Bot, chat_id: int, message_id: int, screen: Screen) -> None:
    markup = screen.keyboard if isinstance(screen.keyboard, InlineKeyboardMarkup) else None
    await bot.edit_message_text(
        screen.text,
        chat_id=chat_id,
        message_id=message_id,
        parse_mode=ParseMode.HTML,
        link_preview_options=NO_PREVIEW,
        reply_markup=markup,
    )


async def show(event: Message | CallbackQuery, screen: Screen) -> None:
    """Answers a message or a button with a screen."""
    bot = event.bot
    assert bot is not None
    if isinstance(event, Message):
        await say(bot, event.chat.id, screen)
        return
    under = event.message
    plain = screen.keyboard is None or isinstance(screen.keyboard, InlineKeyboardMarkup)
    if plain and isinstance(under, Message) and under.chat.type == ChatType.PRIVATE:
        try:
            await _edit(bot, under.chat.id, under.message_id, screen)
        except TelegramBadRequest as refused:
            if UNCHANGED not in refused.message:
                await say(bot, event.from_user.id, screen)
    else:
        await say(bot, event.from_user.id, screen)
    await answer(event)


async def answer(query: CallbackQuery, words: str | None = None, *, alert: bool = False) -> None:
    """Stops the button's spinner, perhaps with words (at most 200). Too late is no harm."""
    with suppress(TelegramBadRequest):
        await query.answer(words, show_alert=alert)

"""What every handler is given: the user as we know them, their gate and their texts. It is the one place where people are met."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiogram import BaseMiddleware
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.exceptions import TelegramAPIError
from aiogram.types import TelegramObject, Update
from aiogram.types import User as Sender

from bot.settings import Settings
from bot.texts import Texts
from domain import users
from domain.users import User
from storage.gate import Gate

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


@dataclass(frozen=True)
class Meeting(BaseMiddleware):
    """Puts `user`, `do`, `text`, `gate`, `texts` and `settings` beside each update.

    A button under anything but a private message is not ours to handle: it is answered and goes no further.
    """

    gate: Gate
    settings: Settings
    texts: Texts

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        assert isinstance(event, Update)
        data |= {"gate": self.gate, "settings": self.settings, "texts": self.texts}
        query = event.callback_query
        if query is not None and (query.message is None or query.message.chat.type != ChatType.PRIVATE):
            with suppress(TelegramAPIError):
                await query.answer()
            return None
        sender: Sender | None = data.get("event_from_user")
        if sender is None or sender.is_bot:
            return await handler(event, data)
        if _is_farewell(event):
            await self.gate.system("telegram")(users.mark_unreachable, sender.id)
            return None
        remember(data, await self._met(sender))
        return await handler(event, data)

    async def _met(self, sender: Sender) -> User:
        telegram = self.gate.system("telegram")
        user = await telegram.ask(users.get, sender.id)
        now = (sender.full_name, sender.username)
        if user is None or (user.name, user.username) != now or user.unreachable_at:
            language = users.nearest_language(sender.language_code)
            return await telegram(users.meet, sender.id, *now, language)
        return user


def remember(data: dict[str, Any], user: User) -> None:
    """The user as they are now, with the texts in their language and zone."""
    data |= {"user": user, "do": data["gate"].user(user.id), "text": data["texts"].of(user)}


def _is_farewell(event: Update) -> bool:
    """The user blocked the bot."""
    change = event.my_chat_member
    return (
        change is not None
        and change.chat.type == ChatType.PRIVATE
        and change.new_chat_member.status == ChatMemberStatus.KICKED
    )

"""Around every update: who sent it and what it is, on every line that is logged while it is handled; and how it ended."""

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, Message, TelegramObject, Update
from structlog.contextvars import bind_contextvars, clear_contextvars

from bot.seeing.counted import Counted
from domain.errors import Refused

COMMAND, PREFIX = re.compile(r"/[a-z_]{1,32}"), re.compile(r"[a-z][a-z-]{0,31}(?=:|$)")


def handled(event: TelegramObject) -> str | None:
    """The command or the button, without a word of what a person wrote; None where it is neither."""
    if isinstance(event, Message):
        found = COMMAND.match(event.text or "")
    elif isinstance(event, CallbackQuery):
        found = PREFIX.match(event.data or "")
    else:
        found = None
    return found[0] if found else None


class Watching(BaseMiddleware):
    """The outermost of ours. What it binds stays until the task's next update: the error handler's lines carry it too."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted

    async def __call__(
        self, handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]], event: TelegramObject, data: Any
    ) -> Any:
        assert isinstance(event, Update)
        kind, outcome, began = event.event_type, "done", time.perf_counter()
        sender, chat = data.get("event_from_user"), data.get("event_chat")
        told = {
            "update": event.update_id,
            "kind": kind,
            "handled": handled(event.event),
            "user": sender.id if sender else None,
            "chat": chat.id if chat else None,
        }
        clear_contextvars()
        bind_contextvars(**{name: fact for name, fact in told.items() if fact is not None})
        try:
            return await handler(event, data)
        except Refused:
            outcome = "refused"
            raise
        except BaseException:
            outcome = "failed"
            raise
        finally:
            self._counted.updates.labels(kind, outcome).inc()
            self._counted.update_seconds.labels(kind).observe(time.perf_counter() - began)

"""The time zones that many of our people live in; any other can be typed."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager

from bot.dialogs.widgets import Given
from bot.middlewares import remember
from domain import users

COMMON = (
    "Europe/Moscow",
    "Europe/Kyiv",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Istanbul",
    "Asia/Tbilisi",
    "Asia/Dubai",
    "Asia/Almaty",
    "Asia/Tashkent",
    "Asia/Yekaterinburg",
    "America/New_York",
    "UTC",
)


async def zones(**_: Any) -> dict[str, Any]:
    return {"zones": [(name, str(n)) for n, name in enumerate(COMMON)]}


def settled(then: Callable[[DialogManager], Awaitable[None]]) -> tuple[Any, Any]:
    """Handlers of a pressed and of a typed zone: both settle it, then go on."""

    async def settle(manager: DialogManager, name: str) -> None:
        user = await Given.of(manager).do(users.settle, time_zone=name)
        remember(manager.middleware_data, user)
        await then(manager)

    async def chosen(query: CallbackQuery, manager: DialogManager, item: str) -> None:
        await settle(manager, COMMON[int(item)])

    async def typed(message: Message, manager: DialogManager) -> None:
        await settle(manager, (message.text or "").strip())

    return chosen, typed

"""Who a handler is for. Cosmetic: the gate decides anyway; but staff commands are to strangers as if there were none."""

from typing import Any

from aiogram.filters import Filter
from aiogram.types import TelegramObject

from bot.settings import Settings
from domain.users import User


def is_staff(user: User, settings: Settings) -> bool:
    return user.id in settings.admins or (user.is_operator and user.blocked_at is None)


class Staff(Filter):
    """Admins of the settings, and operators."""

    async def __call__(self, event: TelegramObject, user: User, settings: Settings, **data: Any) -> bool:
        return is_staff(user, settings)

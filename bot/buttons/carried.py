"""What every button has in common. A number that nothing can have makes it no button of ours: it is answered as an old one is."""

from typing import Any

from aiogram.filters.callback_data import CallbackData
from pydantic import field_validator

from bot.numbers import LARGEST


class Carried(CallbackData, prefix="-"):
    """At most 64 bytes, in which anybody can write anything."""

    @field_validator("*")
    @classmethod
    def is_possible(cls, value: Any) -> Any:
        if isinstance(value, int) and abs(value) > LARGEST:
            raise ValueError("a number that nothing has")
        return value

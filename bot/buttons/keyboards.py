"""Buttons in rows, and lists in pages."""

from collections.abc import Iterable, Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.buttons.people import Go, To
from bot.texts import Text

PAGE = 8
"""The most lines of a page."""

Row = Sequence[InlineKeyboardButton]


def button(label: str, data: CallbackData) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=label, callback_data=data.pack())


def link(label: str, url: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=label, url=url)


def keyboard(*rows: Row) -> InlineKeyboardMarkup:
    """Rows of buttons; empty ones are left out."""
    return InlineKeyboardMarkup(inline_keyboard=[list(row) for row in rows if row])


def menu(text: Text) -> Row:
    """The way back."""
    return [button(text.plain("button-menu"), Go(to=To.menu))]


def pager(text: Text, to: To, page: int, total: int) -> Row:
    """To the page before and the page after, where there are such."""
    row = []
    if page > 0:
        row.append(button(text.plain("button-before"), Go(to=to, page=page - 1)))
    if (page + 1) * PAGE < total:
        row.append(button(text.plain("button-after"), Go(to=to, page=page + 1)))
    return row


def pages(total: int) -> int:
    return max(1, -(-total // PAGE))


def rows(buttons: Iterable[InlineKeyboardButton], width: int = 1) -> list[Row]:
    """Buttons in rows of `width`."""
    every = list(buttons)
    return [every[i : i + width] for i in range(0, len(every), width)]

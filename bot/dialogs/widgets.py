"""The few widgets the wizards are made of: texts by key, choices that the getter names, and a window in HTML."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiogram.enums import ParseMode
from aiogram.fsm.state import State
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, Window
from aiogram_dialog.widgets.input import MessageInput
from aiogram_dialog.widgets.kbd import Button, Column, Group, Keyboard, Select
from aiogram_dialog.widgets.link_preview import LinkPreview
from aiogram_dialog.widgets.text import Format, Text

from bot import texts
from bot.settings import Settings
from domain.users import User
from storage.gate import Do, Gate

Getter = Callable[..., Awaitable[dict[str, Any]]]
Typed = Callable[[Message, DialogManager], Awaitable[None]]
Pressed = Callable[[CallbackQuery, DialogManager], Awaitable[None]]
Chosen = Callable[[CallbackQuery, DialogManager, str], Awaitable[None]]


@dataclass(frozen=True)
class Given:
    """What the middleware put beside the update, with its types."""

    data: dict[str, Any]

    @classmethod
    def of(cls, manager: DialogManager) -> "Given":
        return cls(manager.middleware_data)

    @property
    def do(self) -> Do:
        return self.data["do"]  # type: ignore[no-any-return]

    @property
    def gate(self) -> Gate:
        return self.data["gate"]  # type: ignore[no-any-return]

    @property
    def text(self) -> texts.Text:
        return self.data["text"]  # type: ignore[no-any-return]

    @property
    def user(self) -> User:
        return self.data["user"]  # type: ignore[no-any-return]

    @property
    def settings(self) -> Settings:
        return self.data["settings"]  # type: ignore[no-any-return]


class Say(Text):
    """The message's words: the Fluent key, with the facts of these names from the getter."""

    def __init__(self, key: str, *facts: str, when: Any = None) -> None:
        super().__init__(when=when)
        self.key, self.facts = key, facts

    async def _render_text(self, data: dict[str, Any], manager: DialogManager) -> str:
        return Given.of(manager).text(self.key, **{fact: data[fact] for fact in self.facts})


class Label(Say):
    """The same for a button, which knows no markup."""

    async def _render_text(self, data: dict[str, Any], manager: DialogManager) -> str:
        return Given.of(manager).text.plain(self.key, **{fact: data[fact] for fact in self.facts})


def press(label: Text, name: str, pressed: Pressed, when: Any = None) -> Button:
    """A button that calls `pressed`."""

    async def on_click(query: CallbackQuery, _: Button, manager: DialogManager) -> None:
        await pressed(query, manager)

    return Button(label, name, on_click=on_click, when=when)


def choices(name: str, chosen: Chosen, width: int = 1, items: str | None = None) -> Keyboard:
    """A button for each pair (label, id) that the getter puts under `items`."""

    async def on_click(query: CallbackQuery, _: Any, manager: DialogManager, item: str) -> None:
        await chosen(query, manager, item)

    select: Select[str] = Select(
        Format("{item[0]}"), name, item_id_getter=lambda pair: pair[1], items=items or name, on_click=on_click
    )
    return Column(select) if width == 1 else Group(select, width=width)


def typed(handle: Typed, only: Any = None) -> MessageInput:
    """Whatever the person writes goes to `handle`; with a filter, only what it lets pass."""

    async def on_message(message: Message, _: MessageInput, manager: DialogManager) -> None:
        await handle(message, manager)

    return MessageInput(on_message, filter=only)


async def leave(query: CallbackQuery, manager: DialogManager) -> None:
    await manager.done()


CANCEL = press(Label("button-cancel"), "cancel", leave)


def window(state: State, *widgets: Any, getter: Getter | None = None) -> Window:
    return Window(*widgets, NO_PREVIEW, state=state, parse_mode=ParseMode.HTML, getter=getter)


NO_PREVIEW = LinkPreview(is_disabled=True)

"""Language and time zone."""

from typing import Any

from aiogram.types import CallbackQuery
from aiogram_dialog import Dialog, DialogManager

from bot.dialogs.states import Settings
from bot.dialogs.widgets import Given, Label, Say, choices, press, typed, window
from bot.dialogs.zones import settled, zones
from bot.handlers.start import menu_screen
from bot.middlewares import remember
from bot.screen import redraw
from bot.texts import Text
from domain import users


async def now(user: users.User, **_: Any) -> dict[str, Any]:
    return {"language": user.language, "zone": user.zone.key}


async def languages(text: Text, **_: Any) -> dict[str, Any]:
    """Each by its own name, so that nobody is stuck in a language they cannot read."""
    return {"languages": [(text.plain(f"language-{code}"), code) for code in users.LANGUAGES]}


async def to_language(query: CallbackQuery, manager: DialogManager) -> None:
    await manager.switch_to(Settings.language)


async def to_zone(query: CallbackQuery, manager: DialogManager) -> None:
    await manager.switch_to(Settings.zone)


async def to_main(query: CallbackQuery, manager: DialogManager) -> None:
    await manager.switch_to(Settings.main)


async def speak(query: CallbackQuery, manager: DialogManager, item: str) -> None:
    user = await Given.of(manager).do(users.settle, language=item)
    remember(manager.middleware_data, user)
    await manager.switch_to(Settings.main)


async def done(query: CallbackQuery, manager: DialogManager) -> None:
    given = Given.of(manager)
    await manager.done()
    if query.message is not None and query.bot is not None:
        menu = menu_screen(given.text, given.user, given.settings)
        await redraw(query.bot, query.from_user.id, query.message.message_id, menu)


async def back(manager: DialogManager) -> None:
    await manager.switch_to(Settings.main)


zone_chosen, zone_typed = settled(back)


def dialog() -> Dialog:
    return Dialog(
        window(
            Settings.main,
            Say("settings", "language", "zone"),
            press(Label("settings-language"), "language", to_language),
            press(Label("settings-zone"), "zone", to_zone),
            press(Label("settings-done"), "done", done),
            getter=now,
        ),
        window(
            Settings.language,
            Say("settings-language-ask"),
            choices("languages", speak, width=2),
            press(Label("button-back"), "back", to_main),
            getter=languages,
        ),
        window(
            Settings.zone,
            Say("settings-zone-ask"),
            choices("zones", zone_chosen, width=2),
            press(Label("button-back"), "back", to_main),
            typed(zone_typed),
            getter=zones,
        ),
    )

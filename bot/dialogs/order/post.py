"""What is published: a message just as it is sent to us, an album gathered from its messages, then buttons, a preview.

Telegram sends an album as several messages and does not say which is the last. They are gathered under their number in the
dialog's state, which is in the database, so neither a restart nor a second delivery loses or doubles one; its sender says when
all are there. The preview is the very call that publishes.
"""

import re
from dataclasses import replace
from typing import Any

from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, ShowMode

from bot.dialogs.states import Order
from bot.dialogs.widgets import Given
from bot.posts import content_of, send_content
from domain import campaigns, channels
from domain.campaigns import BadLink, Content
from domain.errors import NotFound, Refused
from storage.gate import Do

LINE = re.compile(r"(?P<label>.+?)\s+[-–—]\s+(?P<link>\S+)")


async def chosen_channel(do: Do, dialog_manager: DialogManager, **_: Any) -> dict[str, Any]:
    start = dialog_manager.start_data
    listing = await do.ask(channels.listing, start["channel"]) if isinstance(start, dict) else None
    return {"channel": listing.title if listing else ""}


async def post_sent(message: Message, manager: DialogManager) -> None:
    """A message that is to be the post, or one more of an album."""
    content = content_of(message)
    if message.media_group_id is not None:
        await gather(manager, message.media_group_id, message.message_id, content)
        return
    manager.dialog_data.pop("album", None)
    await write(manager, content)
    await manager.switch_to(Order.buttons)


async def gather(manager: DialogManager, group: str, number: int, part: Content) -> None:
    """Puts a message beside the others of its album; another album begins anew."""
    album = manager.dialog_data.get("album")
    if album is None or album["group"] != group:
        album = {"group": group, "parts": {}}
    album["parts"][str(number)] = part.as_json()
    manager.dialog_data["album"] = album
    is_first = len(album["parts"]) == 1
    await manager.switch_to(Order.album, ShowMode.SEND if is_first else ShowMode.EDIT)


async def gathered(dialog_manager: DialogManager, **_: Any) -> dict[str, Any]:
    return {"many": len(dialog_manager.dialog_data["album"]["parts"])}


async def album_complete(query: CallbackQuery, manager: DialogManager) -> None:
    parts = sorted(manager.dialog_data["album"]["parts"].items(), key=lambda part: int(part[0]))
    content = campaigns.album([Content.from_json(part) for _, part in parts])
    await write(manager, content)
    if content.is_album:
        await preview(manager, content)
    else:
        await manager.switch_to(Order.buttons)


async def write(manager: DialogManager, content: Content) -> None:
    """The draft of this order, or a new version of it."""
    do = Given.of(manager).do
    if campaign := manager.dialog_data.get("campaign"):
        await do(campaigns.write, campaign, content)
    else:
        manager.dialog_data["campaign"] = (await do(campaigns.draft, content)).id


async def buttons_typed(message: Message, manager: DialogManager) -> None:
    lines = [line.strip() for line in (message.text or "").splitlines() if line.strip()]
    found = [LINE.fullmatch(line) for line in lines]
    wrong = next((line for line, match in zip(lines, found, strict=True) if match is None), None)
    if wrong is not None or not lines:
        raise Refused(BadLink((wrong or "")[:60]))
    rows = tuple(({"text": match["label"], "url": match["link"]},) for match in found if match is not None)
    await with_buttons(manager, rows)


async def without_buttons(query: CallbackQuery, manager: DialogManager) -> None:
    await with_buttons(manager, ())


async def with_buttons(manager: DialogManager, rows: tuple[tuple[dict[str, str], ...], ...]) -> None:
    content = await draft(manager)
    content = replace(content, buttons=rows)
    await write(manager, content)
    await preview(manager, content)


async def draft(manager: DialogManager) -> Content:
    content = await Given.of(manager).do.ask(campaigns.draft_content, manager.dialog_data["campaign"])
    if content is None:
        raise Refused(NotFound("campaigns"))
    return content


async def preview(manager: DialogManager, content: Content) -> None:
    """The draft, sent by the very call that will publish it."""
    given = Given.of(manager)
    await send_content(given.data["bot"], given.user.id, content)
    manager.dialog_data["single"] = not content.is_album
    await manager.switch_to(Order.preview, ShowMode.SEND)


async def manner(dialog_manager: DialogManager, **_: Any) -> dict[str, Any]:
    """How it will be published, and what may be changed."""
    silent = dialog_manager.dialog_data.get("silent", False)
    return {"silent": silent, "loud": not silent, "single": dialog_manager.dialog_data.get("single", True)}


async def other_sound(query: CallbackQuery, manager: DialogManager) -> None:
    manager.dialog_data["silent"] = not manager.dialog_data.get("silent", False)


async def other_post(query: CallbackQuery, manager: DialogManager) -> None:
    await manager.switch_to(Order.post)


async def other_buttons(query: CallbackQuery, manager: DialogManager) -> None:
    await manager.switch_to(Order.buttons)

"""Posts as Telegram has them: a message read as the content of a post, and the call that sends exactly that content."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiogram import Bot
from aiogram.enums import ContentType
from aiogram.methods import (
    SendAnimation,
    SendDocument,
    SendMediaGroup,
    SendMessage,
    SendPhoto,
    SendVideo,
    TelegramMethod,
)
from aiogram.types import (
    Animation,
    Document,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    PhotoSize,
    Video,
)

from domain.campaigns import Content, NotPublishable
from domain.errors import Refused

SEND_SECONDS = 30
"""How long a call may take; well inside a lease."""

METHODS: dict[str, Callable[..., TelegramMethod[Message]]] = {
    "photo": SendPhoto,
    "animation": SendAnimation,
    "video": SendVideo,
    "document": SendDocument,
}
ITEMS: dict[str, Callable[..., Any]] = {
    "photo": InputMediaPhoto,
    "video": InputMediaVideo,
    "document": InputMediaDocument,
}


def content_of(message: Message) -> Content:
    """A message as somebody sent it, as the content of a post. Refuses what can be none: a voice message, a poll, …"""
    media = _media(message)
    if not media and message.text is None:
        raise Refused(NotPublishable(ContentType(message.content_type).value))
    entities = message.caption_entities if media else message.entities
    preview = message.link_preview_options
    return Content(
        text=(message.caption if media else message.text) or "",
        entities=tuple(entity.model_dump(mode="json", exclude_none=True) for entity in entities or ()),
        media=media,
        link_preview={} if preview is None else preview.model_dump(mode="json", exclude_none=True, exclude_unset=True),
        caption_above=bool(message.show_caption_above_media),
    )


def _media(message: Message) -> tuple[dict[str, str], ...]:
    kinds: tuple[tuple[str, PhotoSize | Animation | Video | Document | None], ...] = (
        ("photo", message.photo[-1] if message.photo else None),
        ("animation", message.animation),  # before document: an animation carries both
        ("video", message.video),
        ("document", message.document),
    )
    for kind, file in kinds:
        if file is not None:
            covered = {"spoiler": "yes"} if message.has_media_spoiler else {}
            return ({"kind": kind, "file_id": file.file_id, "unique_id": file.file_unique_id} | covered,)
    return ()


def shown(message: Message) -> Content:
    """A post as Telegram shows it, with its buttons. An album is a message for each of its media."""
    markup = message.reply_markup
    rows = markup.inline_keyboard if isinstance(markup, InlineKeyboardMarkup) else []
    buttons = tuple(tuple({"text": b.text, "url": b.url or ""} for b in row) for row in rows)
    return replace(content_of(message), buttons=buttons)


def markup_of(content: Content) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(text=b["text"], url=b["url"]) for b in row] for row in content.buttons]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


Call = TelegramMethod[Any]


def call_of(chat_id: int, content: Content, *, silent: bool = False) -> Call:
    """The call that sends exactly this content. Raises for content that is none."""
    quiet = True if silent else None
    entities = [MessageEntity.model_validate(entity) for entity in content.entities] or None
    if not content.media:
        preview = LinkPreviewOptions(**content.link_preview) if content.link_preview else None
        return SendMessage(
            chat_id=chat_id,
            text=content.text,
            entities=entities,
            parse_mode=None,
            link_preview_options=preview,
            reply_markup=markup_of(content),
            disable_notification=quiet,
        )
    caption: dict[str, Any] = {"caption": content.text or None, "caption_entities": entities, "parse_mode": None}
    above = (
        {} if content.media[0]["kind"] == "document" else {"show_caption_above_media": content.caption_above or None}
    )
    if len(content.media) > 1:
        first, *others = content.media
        album = [ITEMS[first["kind"]](media=first["file_id"], **caption, **above, **_covered(first))]
        album += [ITEMS[item["kind"]](media=item["file_id"], **_covered(item)) for item in others]
        return SendMediaGroup(chat_id=chat_id, media=album, disable_notification=quiet)
    (item,) = content.media
    how = {item["kind"]: item["file_id"]} | caption | above | _covered(item)
    return METHODS[item["kind"]](chat_id=chat_id, **how, reply_markup=markup_of(content), disable_notification=quiet)


def _covered(item: dict[str, str]) -> dict[str, bool]:
    return {"has_spoiler": True} if item.get("spoiler") else {}


async def send_content(bot: Bot, chat_id: int, content: Content) -> list[int]:
    """Sends exactly this content, as a post or as its preview; answers the ids of its messages."""
    return [message.message_id for message in await make(bot, call_of(chat_id, content))]


async def make(bot: Bot, call: Call) -> list[Message]:
    sent: Message | list[Message] = await bot(call, request_timeout=SEND_SECONDS)
    return sent if isinstance(sent, list) else [sent]

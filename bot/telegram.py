"""Telegram as the rest of us see it: what it answered, as a value. SAFETY.md section 5 is the table behind `publish`.

Telegram has no idempotency key, so an answer is one of four: accepted, refused for good, known not to have been taken (a
429, a refused connection), or unknown. Only the third may be tried again.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiogram import Bot
from aiogram.enums import ContentType
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
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
    ChatFullInfo,
    ChatMemberAdministrator,
    ChatMemberOwner,
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
    ResultChatMemberUnion,
    StarTransaction,
    TransactionPartnerUser,
    Video,
)
from aiohttp import ClientConnectorError

from domain import channels, stars
from domain.campaigns import Content, NotPublishable
from domain.channels import Inspection, NotAChannel
from domain.checks import Seen, Verdict
from domain.errors import Refused
from domain.notices import Notice
from domain.ports import Told
from domain.post_jobs import AttemptStatus, Sent
from domain.stars import Line, Payer

log = logging.getLogger(__name__)

SEND_SECONDS = 30
"""How long a call may take; well inside a lease."""
GONE = ("message to edit not found", "MESSAGE_ID_INVALID", "message to forward not found")


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
    return await _make(bot, call_of(chat_id, content))


async def _make(bot: Bot, call: Call) -> list[int]:
    sent: Message | list[Message] = await bot(call, request_timeout=SEND_SECONDS)
    return [message.message_id for message in (sent if isinstance(sent, list) else [sent])]


async def inspect(bot: Bot, chat_id: int, user_id: int) -> Inspection:
    """What Telegram says of a channel, of the bot's rights in it, and of whether this user is its admin.

    A chat that the bot cannot see has no rights to offer; one that is not there is no channel: `Refused`.
    """
    try:
        chat = await bot.get_chat(chat_id)
        mine = await bot.get_chat_member(chat_id, bot.id)
        theirs = await bot.get_chat_member(chat_id, user_id)
        count = await bot.get_chat_member_count(chat_id)
    except (TelegramBadRequest, TelegramForbiddenError):
        raise Refused(NotAChannel()) from None
    return _inspection(chat, mine, count, user_is_admin=isinstance(theirs, ChatMemberOwner | ChatMemberAdministrator))


def _inspection(chat: ChatFullInfo, mine: ResultChatMemberUnion, count: int, *, user_is_admin: bool) -> Inspection:
    rights = [right for right in channels.RIGHTS if isinstance(mine, ChatMemberAdministrator) and getattr(mine, right)]
    return Inspection(
        chat_id=chat.id,
        is_channel=chat.type == "channel",
        title=chat.title or str(chat.id),
        username=chat.username,
        subscribers=count,
        bot_rights=frozenset(rights),
        user_is_admin=user_is_admin,
    )


def out_of_sight(chat_id: int) -> Inspection:
    """A channel that the bot cannot look into any more: it has no rights there."""
    return Inspection(
        chat_id, is_channel=True, title="", username=None, subscribers=0, bot_rights=frozenset(), user_is_admin=False
    )


def line_of(entry: StarTransaction) -> Line:
    """A line of Telegram's book. Whatever is no invoice's payment or its return (gifts, ads, withdrawals) has no payer."""
    partner = entry.source or entry.receiver
    if not isinstance(partner, TransactionPartnerUser) or partner.transaction_type != "invoice_payment":
        return Line(entry.id, entry.amount)
    payer = Payer(partner.user.id, partner.user.full_name, partner.user.username)
    return Line(entry.id, entry.amount, entry.source is None, payer, partner.invoice_payload)


def outcome(error: Exception) -> Sent:
    """What a failed call means for the job."""
    words = str(error) or type(error).__name__
    match error:
        case TelegramRetryAfter():
            return Sent(AttemptStatus.not_sent, error=words, retry_in=timedelta(seconds=error.retry_after))
        case TelegramMigrateToChat():
            return Sent(AttemptStatus.not_sent, error=words, moved_to=error.migrate_to_chat_id)
        case TelegramUnauthorizedError():
            return Sent(AttemptStatus.not_sent, error=words, unauthorized=True)
        case TelegramEntityTooLarge() | TelegramBadRequest() | TelegramForbiddenError():
            return Sent(AttemptStatus.refused, error=words)
        case TelegramNetworkError() if isinstance(error.__cause__, ClientConnectorError):
            return Sent(AttemptStatus.not_sent, error=words)
        case _:
            return Sent(AttemptStatus.unknown, error=f"{type(error).__name__}: {words}")


@dataclass(frozen=True)
class Adapter:
    """The scheduler's Telegram, over one bot. `send_notice` renders and sends (`bot.notices`)."""

    bot: Bot
    send_notice: Callable[[Notice], Awaitable[int]]

    def prepare(self, chat_id: int, content: dict[str, Any], *, silent: bool) -> Callable[[], Awaitable[Sent]]:
        call = call_of(chat_id, Content.from_json(content), silent=silent)

        async def publish() -> Sent:
            try:
                ids = await _make(self.bot, call)
            except Exception as error:
                return outcome(error)
            return Sent(AttemptStatus.accepted, tuple(ids))

        return publish

    async def pin(self, chat_id: int, message_id: int) -> Sent:
        try:
            await self.bot.pin_chat_message(chat_id, message_id, disable_notification=True)
        except Exception as error:
            return outcome(error)
        return Sent(AttemptStatus.accepted)

    async def look(self, chat_id: int, message_id: int, content: Content) -> Seen:
        """An edit that changes nothing: Telegram refuses it for a post that is up, and in other words for one that is gone."""
        try:
            await self.bot.edit_message_reply_markup(
                chat_id=chat_id, message_id=message_id, reply_markup=markup_of(content)
            )
        except TelegramBadRequest as error:
            if "message is not modified" in error.message:
                return Seen(Verdict.up, error.message)
            if any(words in error.message for words in GONE):
                return Seen(Verdict.gone, error.message)
            return Seen(Verdict.unknown, error.message)
        except Exception as error:
            return Seen(Verdict.unknown, f"{type(error).__name__}: {error}")
        return Seen(Verdict.up, "its buttons were restored")

    async def tell(self, notice: Notice) -> Told:
        try:
            return Told(await self.send_notice(notice))
        except TelegramForbiddenError:
            return Told(gone=True)
        except TelegramBadRequest as error:
            if "chat not found" in error.message:
                return Told(gone=True)
            log.exception("notice %s could not be sent", notice.id)
            return Told(retry_in=timedelta(minutes=5 * (notice.attempts + 1)))
        except TelegramRetryAfter as error:
            return Told(retry_in=timedelta(seconds=error.retry_after))
        except Exception as error:
            log.warning("notice %s could not be sent: %s", notice.id, type(error).__name__)
            return Told(retry_in=timedelta(seconds=min(300, 5 * 2**notice.attempts)))

    @property
    def bot_id(self) -> int:
        return self.bot.id

    async def stars(self, read: int) -> list[Line] | None:
        try:
            page = await self.bot.get_star_transactions(offset=read, limit=stars.PAGE)
        except Exception as error:
            log.warning("Telegram's book of Stars could not be read: %s", type(error).__name__)
            return None
        return [line_of(entry) for entry in page.transactions]

    async def visit(self, chat_id: int) -> Inspection | None:
        """A chat that Telegram refuses to show has no rights to offer; where it does not answer, nothing is known."""
        try:
            chat = await self.bot.get_chat(chat_id)
            mine = await self.bot.get_chat_member(chat_id, self.bot.id)
            return _inspection(chat, mine, await self.bot.get_chat_member_count(chat_id), user_is_admin=False)
        except (TelegramBadRequest, TelegramForbiddenError):
            return out_of_sight(chat_id)
        except Exception as error:
            log.warning("channel %s could not be visited: %s", chat_id, type(error).__name__)
            return None

"""Telegram as the rest of us see it: what it answered, as a value. SAFETY.md section 5 is the table behind `publish`.

Telegram has no idempotency key, so an answer is one of four: accepted, refused for good, known not to have been taken (a
429, a refused connection), or unknown. Only the third may be tried again.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    ChatFullInfo,
    ChatMemberAdministrator,
    ChatMemberOwner,
    ResultChatMemberUnion,
    StarTransaction,
    TransactionPartnerUser,
)
from aiohttp import ClientConnectorError

from bot.counting import Counts
from bot.looks import look
from bot.posts import call_of, make, shown
from bot.rate import Pace, unhurried
from domain import channels, notices, stars
from domain.campaigns import Content
from domain.channels import Inspection, NotAChannel
from domain.checks import Seen, ToLook, Verdict
from domain.errors import Refused
from domain.notices import Notice
from domain.ports import Publisher, Told
from domain.post_jobs import AttemptStatus, Sent
from domain.searches import Searched, Wanted
from domain.stars import Line, Payer

log = logging.getLogger(__name__)


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
    """The scheduler's Telegram, over one bot. `send_notice` renders and sends (`bot.notices`); without a pace nothing waits."""

    bot: Bot
    send_notice: Callable[[Notice], Awaitable[int]]
    evidence_chat: int | None = None
    """Where posts are forwarded to be read; without it a look sees only that a post is there."""
    pace: Pace | None = None
    counts: Counts | None = None
    others: Mapping[int, Publisher] = field(default_factory=dict)
    """The couriers, each with a bot and a pace of its own."""

    @property
    def couriers(self) -> Sequence[int]:
        return tuple(self.others)

    def by(self, courier: int) -> Publisher:
        return self.others.get(courier) or Unknown(courier)

    async def name(self) -> str | None:
        try:
            return (await self.bot.me()).username
        except Exception as error:
            log.warning("the bot %s could not be asked for its name: %s", self.bot.id, type(error).__name__)
            return None

    def counted(self) -> dict[datetime, tuple[int, int]]:
        return self.counts.take() if self.counts else {}

    def prepare(self, chat_id: int, content: dict[str, Any], *, silent: bool) -> Callable[[], Awaitable[Sent]]:
        call = call_of(chat_id, Content.from_json(content), silent=silent)

        async def publish() -> Sent:
            try:
                sent = await make(self.bot, call)
            except Exception as error:
                return outcome(error)
            ids = tuple(message.message_id for message in sent)
            return Sent(AttemptStatus.accepted, ids, tuple(shown(message).fingerprint for message in sent))

        return publish

    async def permit(self, chat_id: int) -> timedelta | None:
        return await self.pace.permit(chat_id) if self.pace else None

    async def pin(self, chat_id: int, message_id: int) -> Sent:
        try:
            with unhurried():
                await self.bot.pin_chat_message(chat_id, message_id, disable_notification=True)
        except Exception as error:
            return outcome(error)
        return Sent(AttemptStatus.accepted)

    async def look(self, post: ToLook) -> Seen:
        with unhurried():
            return await look(self.bot, post, self.evidence_chat)

    async def tell(self, notice: Notice) -> Told:
        try:
            with nullcontext() if notice.kind in notices.URGENT else unhurried():
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

    async def balance(self) -> int | None:
        try:
            return (await self.bot.get_my_star_balance()).amount
        except Exception as error:
            log.warning("Telegram's balance of Stars could not be read: %s", type(error).__name__)
            return None

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


@dataclass(frozen=True)
class Unknown:
    """A courier whose token is not in the settings any more: it publishes nothing, sees nothing, and has no rights anywhere."""

    id: int

    @property
    def _why(self) -> str:
        return f"the token of the courier {self.id} is not in the settings"

    def prepare(self, chat_id: int, content: dict[str, Any], *, silent: bool) -> Callable[[], Awaitable[Sent]]:
        async def publish() -> Sent:
            return Sent(AttemptStatus.not_sent, error=self._why)

        return publish

    async def permit(self, chat_id: int) -> timedelta | None:
        return timedelta(0)

    async def pin(self, chat_id: int, message_id: int) -> Sent:
        return Sent(AttemptStatus.not_sent, error=self._why)

    async def look(self, post: ToLook) -> Seen:
        return Seen(Verdict.unknown, self._why)

    async def search(self, wanted: Wanted) -> Searched:
        return Searched(completed=False, note=self._why)

    async def take_down(self, chat_id: int, message_ids: tuple[int, ...]) -> Seen:
        return Seen(Verdict.unknown, self._why)

    async def visit(self, chat_id: int) -> Inspection | None:
        return out_of_sight(chat_id)

    async def name(self) -> str | None:
        return None

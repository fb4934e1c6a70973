"""Looking for a post that Telegram may have taken: its channel's messages are forwarded to the evidence chat, and compared there.

Copies that are not the post are deleted again; a copy that is stays as evidence. *Not found* is an answer; anything else that
goes wrong makes the search incomplete, and it says why.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import Message, MessageOriginChannel

from bot.posts import SEND_SECONDS, content_of
from bot.telegram import Adapter
from domain import searches
from domain.checks import Seen, Verdict
from domain.errors import Refused
from domain.searches import Searched, Shown, Wanted

log = logging.getLogger(__name__)

NOT_FOUND = ("message to forward not found", "MESSAGE_ID_INVALID")
UNFORWARDABLE = "message can't be forwarded"
"""A service message: it is there, and no post."""
DELETED = ("message to delete not found", "message identifier is not specified")
MAY_NOT = ("message can't be deleted", "not enough rights", "CHAT_ADMIN_REQUIRED", "MESSAGE_DELETE_FORBIDDEN")
PROTECTED = "the channel does not let its posts be forwarded"
NO_CHAT = "there is no evidence chat"


async def search(bot: Bot, evidence_chat: int | None, wanted: Wanted) -> Searched:
    """One search, over all candidates from the first to the channel's end."""
    if evidence_chat is None:
        return Searched(completed=False, note=NO_CHAT, hopeless=True)
    shown: list[Shown] = []
    copies: list[int] = []
    examined, trouble = 0, None
    try:
        if (await bot.get_chat(wanted.chat_id, request_timeout=SEND_SECONDS)).has_protected_content:
            return Searched(completed=False, note=PROTECTED, hopeless=True)
        number, missing = wanted.after, 0
        while (missing < wanted.gap or number < wanted.newest) and examined < wanted.most:
            number += 1
            if number in wanted.known:
                missing = 0
                continue
            examined += 1
            copy = await _copy(bot, evidence_chat, wanted.chat_id, number)
            missing = missing + 1 if copy is None else 0
            if isinstance(copy, Message):
                copies.append(copy.message_id)
                shown += _shown(wanted.chat_id, number, copy)
    except Exception as error:
        trouble = f"{type(error).__name__}: {error}"
    came = searches.judge(wanted, shown, examined, trouble)
    await _forget(bot, evidence_chat, set(copies) - set(searches.evidence(wanted, shown)))
    return came


async def _copy(bot: Bot, evidence_chat: int, chat_id: int, message_id: int) -> Message | bool | None:
    """The copy of a message; True for one that is there and cannot be copied, None where there is none."""
    try:
        return await bot.forward_message(
            evidence_chat, chat_id, message_id, disable_notification=True, request_timeout=SEND_SECONDS
        )
    except TelegramBadRequest as error:
        if any(words in error.message for words in NOT_FOUND):
            return None
        if UNFORWARDABLE in error.message:
            return True
        raise


def _shown(chat_id: int, message_id: int, copy: Message) -> list[Shown]:
    """What the copy shows, if it was written in this very channel and not forwarded into it."""
    origin = shown_from(copy)
    if origin is None or origin[:2] != (chat_id, message_id):
        return []
    try:
        return [Shown(message_id, content_of(copy), origin[2], copy.message_id)]
    except Refused:  # a voice message, a poll: it is there, and nothing that we publish
        return []


def shown_from(copy: Message) -> tuple[int, int, datetime] | None:
    """The channel, number and time of a forwarded post."""
    origin = copy.forward_origin
    return (origin.chat.id, origin.message_id, origin.date) if isinstance(origin, MessageOriginChannel) else None


async def _forget(bot: Bot, evidence_chat: int, copies: Iterable[int]) -> None:
    """Copies of what is none of our business. What stays behind does no harm."""
    try:
        if ids := sorted(copies):
            await bot.delete_messages(evidence_chat, ids, request_timeout=SEND_SECONDS)
    except Exception as error:
        log.warning("copies stay in the evidence chat: %s: %s", type(error).__name__, error)


async def take_down(bot: Bot, chat_id: int, message_ids: tuple[int, ...]) -> Seen:
    """Deletes messages, and says whether they are gone."""
    for message_id in message_ids:
        try:
            await bot.delete_message(chat_id, message_id, request_timeout=SEND_SECONDS)
        except TelegramBadRequest as error:
            if any(words in error.message for words in MAY_NOT):
                return Seen(Verdict.up, error.message)
            if not any(words in error.message for words in DELETED):
                return Seen(Verdict.unknown, error.message)
        except Exception as error:
            return Seen(Verdict.unknown, f"{type(error).__name__}: {error}")
    return Seen(Verdict.gone, "deleted")


@dataclass(frozen=True)
class SearchingAdapter(Adapter):
    """The scheduler's Telegram with everything it can do: it also searches, and takes down what must not stay."""

    async def search(self, wanted: Wanted) -> Searched:
        return await search(self.bot, self.evidence_chat, wanted)

    async def take_down(self, chat_id: int, message_ids: tuple[int, ...]) -> Seen:
        return await take_down(self.bot, chat_id, message_ids)

"""A look: is a post still up, and is it what was published? An album is as many messages as it has pictures, and all count.

The look is an edit that changes nothing: Telegram refuses it for a message that is up, and in other words for one that is gone.
It puts lost buttons back. The words and the picture are seen only in a copy, forwarded to the evidence chat. Both are a call for
each message: what answers for several at once (`forwardMessages`) copies what was deleted half an hour ago, and does not tell
what it copied. So nothing is asked that cannot change the answer any more: one that is gone settles it, and where it is not this
message that Telegram refuses, the next would fare no better.
"""

import logging
from dataclasses import replace

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest

from bot.posts import markup_of, shown
from domain.campaigns import same_words
from domain.checks import Seen, ToLook, Verdict, together

log = logging.getLogger(__name__)

GONE = ("message to edit not found", "MESSAGE_ID_INVALID")
SAME = "message is not modified"


async def look(bot: Bot, post: ToLook, evidence_chat: int | None) -> Seen:
    """What the worst of its messages is; compared with what was published only where that is asked for, and can be done."""
    seen: list[Seen] = []
    for message_id in post.message_ids:
        try:
            seen.append(await _touch(bot, post, message_id))
        except Exception as error:
            return together([*seen, Seen(Verdict.unknown, f"{type(error).__name__}: {error}")])
        if seen[-1].verdict == Verdict.gone:
            return seen[-1]
    if post.closely and evidence_chat is not None:
        await _read(bot, post, seen, evidence_chat)
    return together(seen)


async def _touch(bot: Bot, post: ToLook, message_id: int) -> Seen:
    """Is this message there?"""
    try:
        await bot.edit_message_reply_markup(
            chat_id=post.chat_id, message_id=message_id, reply_markup=markup_of(post.content)
        )
    except TelegramBadRequest as error:
        which = f"message {message_id}: " if len(post.message_ids) > 1 else ""
        if any(words in error.message for words in GONE):
            return Seen(Verdict.gone, which + error.message)
        return Seen(Verdict.up if SAME in error.message else Verdict.unknown, which + error.message)
    return Seen(Verdict.up, "its buttons were restored")


async def _read(bot: Bot, post: ToLook, seen: list[Seen], evidence_chat: int) -> None:
    """Compares the messages that are up. Where no copy can be had, nobody knows of those that were altered; the others are up."""
    there = [number for number, one in enumerate(seen) if one.verdict == Verdict.up]
    for number in there:
        if post.message_ids[number] in post.altered:
            seen[number] = Seen(Verdict.unknown, "it was not read")
    for number in there:
        message_id = post.message_ids[number]
        try:
            copy = await bot.forward_message(evidence_chat, post.chat_id, message_id, disable_notification=True)
        except Exception as error:
            log.warning("post %s is up, and could not be read: %s: %s", post.id, type(error).__name__, error)
            seen[number] = replace(seen[number], evidence=f"could not be read: {error}")
            if not isinstance(error, TelegramBadRequest):
                break
            continue
        words, it = f"copied to {evidence_chat} as message {copy.message_id}", frozenset([message_id])
        is_same = same_words(shown(copy).fingerprint, post.fingerprints[number])
        seen[number] = Seen(Verdict.up, words, same=it) if is_same else Seen(Verdict.changed, words, altered=it)

"""Looks: is the post still up, and what it was? They are made whatever the switches say, since looking moves nothing."""

import asyncio
import logging
from dataclasses import replace

from domain import checks
from domain.checks import Seen, ToLook, Verdict
from domain.ports import Do, Telegram, bot_of

log = logging.getLogger(__name__)

TOGETHER = 8
"""How many looks run at the same time."""


async def look_at_posts(do: Do, telegram: Telegram) -> int:
    """Looks at the posts whose moment has come and records what was seen, as one set."""
    due = await do.ask(checks.due)
    room = asyncio.Semaphore(TOGETHER)
    seen = await asyncio.gather(*(_look(telegram, post, room) for post in due))
    if due:
        ids = [post.id for post in due]
        await do.each(checks.record, ids, dict(zip(ids, seen, strict=True)))
    return len(due)


async def _look(telegram: Telegram, post: ToLook, room: asyncio.Semaphore) -> Seen:
    """One look, of the moment its post was found due. What fails in it is no reason to forget what the others saw."""
    async with room:
        try:
            seen = await bot_of(telegram, post.bot_id).look(post)
        except Exception as error:
            log.exception("Worker error: the look at post %s failed", post.id, extra={"job": post.id})
            seen = Seen(Verdict.unknown, type(error).__name__)
    if seen.verdict == Verdict.unknown:
        log.warning("could not see post %s: %s", post.id, seen.evidence, extra={"job": post.id})
    return replace(seen, since=post.since)

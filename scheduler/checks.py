"""Looks: is the post still up? They are made whatever the switches say, since looking moves nothing."""

import logging

from domain import checks
from domain.checks import Verdict
from domain.ports import Do, Telegram

log = logging.getLogger(__name__)


async def look_at_posts(do: Do, telegram: Telegram) -> int:
    """Looks at the posts whose moment has come and records what was seen."""
    due = await do.ask(checks.due)
    seen = {}
    for post in due:
        seen[post.id] = await telegram.look(post.chat_id, post.message_id, post.content)
        if seen[post.id].verdict == Verdict.unknown:
            log.warning("could not see post %s: %s", post.id, seen[post.id].evidence)
    if seen:
        await do.each(checks.record, seen, seen)
    return len(due)

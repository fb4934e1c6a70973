"""Searches for the posts of uncertain jobs, and for what turns up too late. Run whatever the switches say: looking moves nothing.

crash after the search       nothing was recorded; it is searched again
crash after the record       what must not stay is found and taken down by the next search, a minute later
found, but gone              Telegram's cache shows a deleted post for half an hour: it counts as not found
could not be seen            the search is incomplete, and comes again
it took long                 it counts for the moment it was begun, and not at all if another one was recorded meanwhile
"""

import logging
from dataclasses import replace

from domain import searches
from domain.checks import ToLook, Verdict
from domain.ports import Do, Publisher, Telegram, bot_of
from domain.post_jobs import Status
from domain.searches import Match, Searched, Wanted

log = logging.getLogger(__name__)


async def search_posts(do: Do, telegram: Telegram) -> int:
    """Searches for what is due, one channel after the other; answers how many searches were made."""
    due = await do.ask(searches.due)
    for wanted in due:
        bot = bot_of(telegram, wanted.bot_id)
        came = await bot.search(wanted)
        if wanted.status == Status.uncertain:
            came = await _confirmed(bot, wanted, came)
        came = replace(came, since=wanted.asked)
        if came.note:
            log.warning("search for job %s: %s", wanted.id, came.note, extra={"job": wanted.id})
        settled = await do(searches.record, wanted.id, came)
        if settled.take_down:
            seen = await bot.take_down(wanted.chat_id, settled.take_down)
            facts = {"job": wanted.id, "chat": wanted.chat_id}
            log.warning("job %s: messages %s are taken down: %s", wanted.id, settled.take_down, seen, extra=facts)
            await do(searches.took_down, wanted.id, settled.take_down, seen)
    return len(due)


async def _confirmed(bot: Publisher, wanted: Wanted, came: Searched) -> Searched:
    """Only what is up now may be adopted; a copy may show what was deleted."""
    up: list[Match] = []
    for match in came.matches:
        seen = await bot.look(ToLook(wanted.id, wanted.chat_id, match.message_ids, wanted.content))
        if seen.verdict == Verdict.unknown:
            return replace(came, completed=False, matches=tuple(up), note=seen.evidence, hopeless=False)
        if seen.verdict == Verdict.up:
            up.append(match)
    return replace(came, matches=tuple(up))

"""Notices: what was owed with a change is sent after it, at least once, oldest first; different people side by side.

Alerts have a tick of their own, so that none waits while notices stand in line behind publications.
"""

import asyncio
from collections import defaultdict

from domain import notices, users
from domain.notices import Notice
from domain.ports import Do, Telegram


async def send_notices(do: Do, telegram: Telegram) -> int:
    """Sends what is owed; whoever cannot be reached is marked, and what Telegram could not take now is tried later."""
    return await _send_all(do, telegram, await do.ask(notices.owed))


async def send_alerts(do: Do, telegram: Telegram) -> int:
    """Sends what somebody has to act on at once."""
    return await _send_all(do, telegram, await do.ask(notices.owed, urgent=True))


async def _send_all(do: Do, telegram: Telegram, owed: list[Notice]) -> int:
    people: dict[int, list[Notice]] = defaultdict(list)
    for notice in owed:
        people[notice.user_id].append(notice)
    came = await asyncio.gather(*(_in_order(do, telegram, mine) for mine in people.values()), return_exceptions=True)
    for error in came:
        if isinstance(error, BaseException):
            raise error
    return len(owed)


async def _in_order(do: Do, telegram: Telegram, mine: list[Notice]) -> None:
    for notice in mine:
        await _send(do, telegram, notice)


async def _send(do: Do, telegram: Telegram, notice: Notice) -> None:
    told = await telegram.tell(notice)
    if told.gone:
        await do.each(notices.drop, [notice.id])
        await do(users.mark_unreachable, notice.user_id)
    elif told.message_id is None:
        await do(notices.postpone, notice.id, told.retry_in)
    else:
        await do.each(notices.sent, [notice.id], {notice.id: told.message_id})

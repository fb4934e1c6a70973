"""Callers who come while the last commit is under way share the next transaction. The answers are those they would get alone.

Whoever gets into the lead takes all who wait with them. Each keeps their own item, actor, refusal and audit event; a set that
breaks (a lost connection, one item that spoils it) is asked for again by each caller alone. So only actions that give their
first answer when asked again may be gathered.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final

from domain.action import Actor, Asked, Outcomes
from domain.errors import Refused

Decide = Callable[[Any, Asked[Any]], Awaitable[Outcomes[Any, Any]]]
"""`Gate.decide`: a set in one transaction, each item for its own asker."""

MOST: Final = 64
"""The largest set, so that nobody waits long for others."""


@dataclass(frozen=True)
class Caller:
    """Who asks, and the answer owed: an outcome, or `ALONE`."""

    who: Actor
    answer: asyncio.Future[Any]


ALONE: Final = object()
"""The set broke: ask by yourself."""


@dataclass
class Line:
    """Those who wait for one action, by what they ask for, in the order they came.

    One leads at a time. Measured: two or three at once are no faster on PostgreSQL, and two to four times slower on SQLite.
    """

    waiting: dict[Hashable, Caller] = field(default_factory=dict)
    lead: asyncio.Lock = field(default_factory=asyncio.Lock)


class Gather:
    """The lines of the actions that are gathered; nobody else's act waits for anything."""

    def __init__(self, *actions: Callable[..., Any]) -> None:
        self._lines: dict[Callable[..., Any], Line] = {action: Line() for action in actions}

    def takes(self, action: Callable[..., Any]) -> bool:
        return action in self._lines

    async def __call__(self, decide: Decide, action: Callable[..., Any], item: Hashable, who: Actor) -> Any:
        """The outcome for this item, or its refusal. The same item twice at once is asked for alone the second time."""
        line = self._lines[action]
        if item in line.waiting:
            return (await decide(action, Asked({item: who})))[item]
        caller = line.waiting[item] = Caller(who, asyncio.get_running_loop().create_future())
        try:
            async with line.lead:
                if line.waiting.get(item) is caller:
                    await asyncio.shield(_answer(_taken(line, item), decide, action))  # also if its leader goes away
        finally:
            if line.waiting.get(item) is caller:  # cancelled before anybody took it
                del line.waiting[item]
        came = await caller.answer
        return (await decide(action, Asked({item: who})))[item] if came is ALONE else came


def _taken(line: Line, item: Hashable) -> dict[Hashable, Caller]:
    """This item and all who wait, up to MOST."""
    taken = {item: line.waiting.pop(item)}
    while line.waiting and len(taken) < MOST:
        first = next(iter(line.waiting))
        taken[first] = line.waiting.pop(first)
    return taken


async def _answer(taken: dict[Hashable, Caller], decide: Decide, action: Callable[..., Any]) -> None:
    """Answers every one of them."""
    came: dict[Any, Any] = dict.fromkeys(taken, ALONE)
    try:
        came = await decide(action, Asked({one: caller.who for one, caller in taken.items()}))
    except Refused as refused:
        if len({caller.who for caller in taken.values()}) == 1:
            came = dict.fromkeys(taken, refused.refusal)
    except Exception:
        if len(taken) == 1:
            raise
    finally:
        for one, caller in taken.items():
            if not caller.answer.done():
                caller.answer.set_result(came[one])

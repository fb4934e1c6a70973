"""What the drills' workers do, each in a process that dies by SIGKILL: nothing of it is undone by us.

`work`: every tick, until it is told to stop; it dies where it has to prepare a certain post. `release`: pays one placement; dies
after the statement of a number, or when COMMIT has returned and nobody knows yet.
"""

import asyncio
import dataclasses
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event

from bot.app import build
from bot.drills.rounds import rounds
from bot.evidence import SearchingAdapter
from bot.settings import Settings, load
from domain import escrow
from domain.ports import Clock
from domain.post_jobs import Sent
from storage.database import Database
from storage.gate import Gate

PAUSE = 0.1
"""Seconds between two rounds of a worker."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Crashing(SearchingAdapter):
    """A post with a certain word in it kills the process that prepares it."""

    word = ""

    def prepare(self, chat_id: int, content: dict[str, Any], *, silent: bool) -> Callable[[], Awaitable[Sent]]:
        if Crashing.word and Crashing.word in str(content):
            die()
        return super().prepare(chat_id, content, silent=silent)


async def work(settings: Settings, now: Clock, crash: str) -> None:
    """A worker: every tick, again and again, until SIGTERM."""
    app, stop = build(settings, now=now, rates=None), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    Crashing.word = crash
    adapter = app.loop.telegram
    assert isinstance(adapter, SearchingAdapter)
    app.loop.telegram = Crashing(**{f.name: getattr(adapter, f.name) for f in dataclasses.fields(adapter)})
    while not stop.is_set():
        await rounds(app, frozenset())
        await asyncio.sleep(PAUSE)
    await app.close()


async def release(settings: Settings, now: Clock, placement: int, after: str) -> None:
    """The release of one placement. `after`: "3" is the third statement, "COMMIT" when it has returned."""
    database = Database(settings.database_url)
    _die_after(database.engine, after)
    gate = Gate(database, now, settings.terms, settings.admins)
    await gate.system("releases")(escrow.release, placement)
    await database.close()


def _die_after(engine: Engine, after: str) -> None:
    """This process dies at the step of this name."""
    steps = 0

    @event.listens_for(engine, "after_cursor_execute")
    def _statement(*_given: Any) -> None:
        nonlocal steps
        steps += 1
        if str(steps) == after:
            die()

    @event.listens_for(engine, "checkin")
    def _returned(*_given: Any) -> None:
        if after == "COMMIT":
            die()


WORKS: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {"work": work, "release": release}


def run(do: str, settings: dict[str, Any], ahead: float, given: dict[str, Any]) -> None:
    """The whole life of the process."""
    logging.disable()
    asyncio.run(
        WORKS[do](load(_env_file=None, **settings), lambda: datetime.now(UTC) + timedelta(seconds=ahead), **given)
    )

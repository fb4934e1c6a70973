"""A warm process that bears workers to be killed: `python -m bot.drills.child`, one order of JSON a line on its input.

A child is forked before anything is opened, and then is a process like any other: its death is SIGKILL, and nothing of it is
undone by us. Orders: `work` (ticks until it is told to stop; dies where it has to prepare a certain post), `release` (pays one
placement; dies after the statement of a number, or when COMMIT has returned and nobody knows yet).
"""

import asyncio
import dataclasses
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
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


def say(**facts: Any) -> None:
    os.write(1, (json.dumps(facts) + "\n").encode())


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
    steps = _listen(database.writes.sync_engine, after)
    gate = Gate(database, now, settings.terms, settings.admins)
    await gate.system("releases")(escrow.release, placement)
    say(steps=steps)
    await database.close()


def _listen(engine: Engine, after: str) -> list[str]:
    """The steps of the transaction as they go by; at the one called `after` this process dies."""
    steps: list[str] = []

    def step(name: str) -> None:
        steps.append(name)
        if name == after:
            die()

    @event.listens_for(engine, "after_cursor_execute")
    def _statement(*_given: Any) -> None:
        step(str(len(steps) + 1))

    @event.listens_for(engine, "checkin")
    def _returned(*_given: Any) -> None:
        step("COMMIT")

    return steps


WORKS: dict[str, Callable[..., Awaitable[None]]] = {"work": work, "release": release}


async def _run(do: str, settings: dict[str, Any], ahead: float, given: dict[str, Any]) -> None:
    await WORKS[do](load(_env_file=None, **settings), lambda: datetime.now(UTC) + timedelta(seconds=ahead), **given)


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            try:
                asyncio.run(_run(**order))
            except BaseException as error:  # whatever it is, the drill must hear of it, and this process must end here
                say(error=repr(error))
            os._exit(0)
        say(pid=pid)
        say(killed=os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL)


if __name__ == "__main__":
    main()

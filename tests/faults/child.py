"""A warm process that bears children to be killed: `python -m tests.faults.child`, orders on its input, one line of JSON each.

A child is forked before anything is opened, does one act and ends. On PostgreSQL it is killed from outside (`kills.py`, by the
proxy). On SQLite nobody stands between, so the child listens to SQLAlchemy's own events and sends SIGKILL to itself: after
the statement of a number, while COMMIT is on its way, or when COMMIT has returned and nobody knows yet.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from typing import Any

from sqlalchemy import Engine, event

from tests.faults.deeds import DEEDS, answer
from tests.faults.worlds import opened


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            try:
                asyncio.run(act(**order))
            except BaseException as error:  # whatever it is, the parent must hear of it, and this process must end here
                say(error=repr(error))
            os._exit(0)
        say(pid=pid)
        say(killed=os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL)


def say(**facts: Any) -> None:
    os.write(1, (json.dumps(facts) + "\n").encode())


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def act(address: str, port: int | None, deed: str, facts: dict[str, Any], after: str | None, wait: float) -> None:
    async with opened(address, port) as house:
        if address.startswith("sqlite"):
            steps = listen(house.gate.database.engine, after, wait)
        await answer(DEEDS[deed], house, facts)
        if address.startswith("sqlite"):
            say(steps=steps)


def listen(engine: Engine, after: str | None, wait: float) -> list[str]:
    """The steps of the first transaction as they go by, by name; at the one called `after` this process dies."""
    steps: list[str] = []

    def step(name: str) -> None:
        steps.append(name)
        if name == after:
            die()

    @event.listens_for(engine, "after_cursor_execute")
    def _statement(*_given: Any) -> None:
        step(f"statement {len(steps) + 1}")

    @event.listens_for(engine, "commit")
    def _commit(_connection: Any) -> None:
        if after == "during COMMIT":
            threading.Timer(wait, die).start()

    @event.listens_for(engine, "checkin")
    def _returned(*_given: Any) -> None:
        step("COMMIT")

    return steps


if __name__ == "__main__":
    main()

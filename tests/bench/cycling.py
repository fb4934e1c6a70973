"""One worker process for the benchmark: it claims, starts and records as the worker does, with calls that take no time.

`python -m tests.bench.cycling ADDRESS` says `ready`, and for each line of its input, a number of seconds, how many jobs it has
brought from *queued* to *success* in about so many, and how long that took.
"""

import asyncio
import gc
import itertools
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import uvloop

from domain.post_jobs import AttemptStatus, Sent
from scheduler import posting
from storage.database import Database
from tests.conftest import Clock, gate_of


class Nothing:
    """A Telegram that takes everything at once, until a moment after which nobody gets a permit."""

    couriers = ()

    def __init__(self, first: int) -> None:
        self.until, self.numbers = 0.0, itertools.count(first)

    def prepare(self, chat_id: int, content: dict[str, Any], *, silent: bool) -> Callable[[], Awaitable[Sent]]:
        sent = Sent(AttemptStatus.accepted, (next(self.numbers),), ("f",))

        async def publish() -> Sent:
            return sent

        return publish

    async def permit(self, chat_id: int) -> timedelta | None:
        return None if time.perf_counter() < self.until else timedelta(0)


async def main(address: str, first: int) -> None:
    database = Database(address)
    do, nothing = gate_of(database, Clock()).system("posting"), Nothing(first)
    gc.collect()
    gc.freeze()  # as a running process does
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while line := await asyncio.to_thread(sys.stdin.readline):
        began, done = time.perf_counter(), 0
        nothing.until = began + float(line)
        while time.perf_counter() < nothing.until:
            done += await posting.publish_due(do, nothing)  # type: ignore[arg-type]
        sys.stdout.write(f"{done} {time.perf_counter() - began}\n")
        sys.stdout.flush()
    await database.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))

"""SIGKILL at each step of each act. Right after it nothing is half done; the act, asked again by a fresh process, completes.

A step is a statement as it reaches the database: the process dies when the server has the request, or when the server has
answered and the process has not heard. COMMIT is a step like the others.
"""

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.deeds import DEEDS, answer
from tests.faults.proxy import Proxy, Turn
from tests.faults.worlds import World, offences, opened


@dataclass(frozen=True)
class Point:
    """Where a process dies: after a step, or while it is on its way. `done`: whether the act has then happened, if certain."""

    step: str
    answered: bool
    done: bool | None
    wait: float = 0


@dataclass
class Nursery:
    """The warm process (`child.py`), and how many of its children have ended by SIGKILL."""

    process: asyncio.subprocess.Process
    killed: int = 0

    async def bear(self, **order: Any) -> int:
        assert self.process.stdin
        self.process.stdin.write((json.dumps(order) + "\n").encode())
        return int((await self.hear())["pid"])

    async def hear(self) -> dict[str, Any]:
        assert self.process.stdout
        said: dict[str, Any] = json.loads(await self.process.stdout.readline())
        assert "error" not in said, said
        self.killed += said.get("killed", False)
        return said


@asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    pipe = asyncio.subprocess.PIPE
    root = Path(__file__).parents[2]
    command = (sys.executable, "-m", "tests.faults.child")
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, cwd=root)
    try:
        yield Nursery(process)
    finally:
        assert process.stdin
        process.stdin.close()
        await process.wait()


@dataclass
class Watcher:
    """On PostgreSQL: sees the child's turns go by in the proxy, and kills it at one of them."""

    point: Point | None
    child: int | None = None

    def __post_init__(self) -> None:
        self.turns: list[Turn] = []

    def __call__(self, turn: Turn) -> bool:
        if turn.answered:
            self.turns.append(turn)
        if self.point is None or (str(turn.number), turn.answered) != (self.point.step, self.point.answered):
            return False
        assert self.child
        os.kill(self.child, signal.SIGKILL)
        return True


async def points(world: World, children: Nursery) -> list[Point]:
    """Every point at which the act can be killed, from an undisturbed run."""
    with world.copy() as address:
        if address.startswith("sqlite"):
            await children.bear(**_order(world, address, None))
            steps = (await children.hear())["steps"]
            await children.hear()
            commit = steps.index("COMMIT")
            found = [Point(step, answered=True, done=False) for step in steps[:commit]]
            waits = [0, 0.0002, 0.0005, 0.001, 0.002, 0.004]
            found += [Point("during COMMIT", answered=False, done=None, wait=wait) for wait in waits]
            return [*found, Point("COMMIT", answered=True, done=True)]
        async with Proxy(world.ground.port) as proxy:
            proxy.fault = watcher = Watcher(None)
            await children.bear(**_order(world, address, proxy.port))
            await children.hear()
    commit = next(turn.number for turn in watcher.turns if turn.is_commit)
    begin = max(turn.number for turn in watcher.turns if turn.is_begin and turn.number < commit)
    return [
        Point(str(number), answered, done=False if number < commit else (True if answered else None))
        for number in range(begin, commit + 1)
        for answered in (False, True)
    ]


def _order(world: World, address: str, port: int | None, point: Point | None = None) -> dict[str, Any]:
    where = {"after": point.step if point else None, "wait": point.wait if point else 0}
    return {"address": address, "port": port, "deed": world.deed, "facts": world.facts, **where}


async def kill(world: World, children: Nursery, point: Point) -> bool:
    """One child killed at `point`, then the act again by somebody else. Was it killed? It may be quicker than its killer."""
    with world.copy() as address:
        if address.startswith("sqlite"):
            await children.bear(**_order(world, address, None, point))
            killed = (await children.hear()).get("killed", False)
            if not killed and point.done is None:
                await children.hear()
        else:
            async with Proxy(world.ground.port) as proxy:
                proxy.fault = watcher = Watcher(point)
                watcher.child = await children.bear(**_order(world, address, proxy.port, point))
                killed = (await children.hear())["killed"]
        assert killed or (point.done is None and address.startswith("sqlite")), f"it lived: {point}"
        done = await world.is_done(address)
        assert point.done in (done, None), point
        async with opened(address) as house:
            assert await offences(house) == []
            came = await answer(DEEDS[world.deed], house, world.facts)
            assert came == (world.again if done else world.first)
            assert await world.is_done(address)
            assert await offences(house) == []
    return killed


async def kill_some(
    world: World, children: Nursery, many: int, rng: random.Random, *, at_commit: bool = True
) -> list[Point]:
    """So many killed: at an end of COMMIT first, then at the points in an order of chance, all of them before any again.

    That first is left out where it is not to be `at_commit`. Who was not killed does not count: another point is tried.
    """
    every = await points(world, children)
    last = [point for point in every if point.done is not False]
    rest = [point for point in every if point.done is False]
    killed: list[Point] = []
    ahead: list[Point] = []
    while len(killed) < many:
        is_first = at_commit and not killed
        ahead = ahead or rng.sample(last, len(last)) + ([] if is_first else rng.sample(rest, len(rest)))
        if await kill(world, children, point := ahead.pop()):
            killed.append(point)
            ahead = [] if is_first else ahead
    return killed

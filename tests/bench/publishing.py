"""The parts of the benchmark that publish: cycles of claim, start and record beside other queues, a backlog, and lone posts."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench.figures import Figures, Target
from tests.bench.ground import Ground
from tests.bench.world import World

ROOT = Path(__file__).parents[2]
PEOPLE = 400
TOKEN_RATE = 30
"""What one token may send in a second."""
MESSAGES = 1_000_000_000


@contextmanager
def cycler(address: str, number: int) -> Iterator["subprocess.Popen[str]"]:
    """A worker process that has said that it is ready."""
    command = [sys.executable, "-m", "tests.bench.cycling", address, str(number * MESSAGES)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        try:
            _line(process)
            yield process
        finally:
            process.stdin.close()
            process.wait()


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("a worker of the benchmark has ended")
    return line


def cycled(workers: "list[subprocess.Popen[str]]", seconds: float) -> float:
    """Cycles a second of all of them together."""
    for worker in workers:
        assert worker.stdin
        worker.stdin.write(f"{seconds}\n")
        worker.stdin.flush()
    total = 0.0
    for worker in workers:
        done, took = _line(worker).split()
        total += int(done) / float(took)
    return total


async def cycles(ground: Ground) -> Figures:
    """How many posts a second the queue itself brings from *queued* to *success*, with calls that take no time."""
    figures = Figures("Claim, start, record: cycles a second (PostgreSQL, fsync on; calls that take no time)")
    many = 3_000 if ground.quick else 60_000
    async with ground.open("cycles", World(PEOPLE, queued=many)) as bench:
        with ExitStack() as stack:
            workers = [stack.enter_context(cycler(bench.address, number)) for number in (1, 2)]
            await asyncio.to_thread(cycled, workers, ground.seconds / 4)
            for _ in range(ground.rounds):
                one = await asyncio.to_thread(cycled, workers[:1], ground.seconds)
                figures.add("one worker process", one, target=Target(20 * TOKEN_RATE))
                figures.add("two worker processes", await asyncio.to_thread(cycled, workers, ground.seconds))
                figures.add("one process / what a token may send", one / TOKEN_RATE, "x")
        figures.said.append(f"{await bench.clean()}.")
    return figures

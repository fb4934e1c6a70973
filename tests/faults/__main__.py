"""The soak: `python -m tests.faults --kills N --replies N --flips N --chaos N --sends N --seed S --minutes M --results FILE`.

A run is made of rounds, each with chance of its own from the seed and the round's name, so a round is the same whichever rounds
went before. What is done is kept in the file given by `--resume`; started again with it, a run goes on where it stopped. A
round that fails ends the run, with the round's name, which `--only` runs again.
"""

import argparse
import asyncio
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.conftest import KINDS, templates
from tests.faults.chaos import havoc, plan, town
from tests.faults.deeds import DEEDS
from tests.faults.flips import flip_under_load
from tests.faults.kills import kill_some, nursery
from tests.faults.replies import lose_replies, losses
from tests.faults.sends import send_under_faults
from tests.faults.worlds import Ground, world
from tests.servers import Postgres, scratch

ROOT = Path(__file__).parents[2]
ROUND = {"kills": 60, "replies": 60, "flips": 100, "chaos": 40, "sends": 50}
"""How many faults of each sort a round tries, at least."""


@dataclass
class Soak:
    """What is wanted of each sort of fault, what is done, and how the halts went."""

    seed: int
    wanted: dict[str, int]
    done: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ROUND, 0))
    rounds: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ROUND, 0))
    seconds: float = 0
    slowest_halt: float = 0

    def next(self) -> str | None:
        """The sort that is furthest from its end."""
        left = {sort: 1 - self.done[sort] / most for sort, most in self.wanted.items() if self.done[sort] < most}
        return max(left, key=lambda sort: left[sort]) if left else None

    async def round(self, ground: Ground, sort: str, number: int) -> int:
        """One round; answers how many faults it tried."""
        rng = random.Random(f"{self.seed}:{sort}:{number}")
        names = list(DEEDS)
        if sort == "chaos":
            return await self._chaos(rng)
        if sort == "flips":
            return await self._flips(ground, KINDS[number % 2], rng)
        if sort == "sends":
            with ground.copy(ground.template(KINDS[number % 2])) as address:
                return (await send_under_faults(address, ROUND[sort], rng)).faults
        name, kind = names[number % len(names)], KINDS[number // len(names) % 2]
        if sort == "replies":
            tried = 0
            async with world(ground, name, "postgresql") as made:
                while tried < ROUND[sort]:
                    tried += await lose_replies(made, losses(rng))
            return tried
        async with nursery() as children, world(ground, name, kind) as made:
            await kill_some(made, children, ROUND[sort], rng)
        return ROUND[sort]

    async def _flips(self, ground: Ground, kind: str, rng: random.Random) -> int:
        windows = ROUND["flips"] // 2
        with ground.copy(ground.template(kind)) as address:
            flips = await flip_under_load(address, windows, rng.choice([16, 24, 32]), rng)
        assert (flips.broken, flips.starved, flips.errors, flips.offences) == (0, 0, 0, []), f"{kind}: {flips}"
        self.slowest_halt = max(self.slowest_halt, *flips.seconds)
        return 2 * windows

    async def _chaos(self, rng: random.Random) -> int:
        faults = plan(rng, kill=20, freeze=10, database=6, redis=4)
        async with town(rng) as made:
            came = await havoc(made, faults)
        assert (came.twice, came.lost, came.offences) == ([], [], []), str(came)
        return len(faults)

    def keep(self, path: Path | None) -> None:
        if path:
            path.write_text(json.dumps(vars(self)))

    def __str__(self) -> str:
        parts = [f"{self.done[sort]} of {most} {sort}" for sort, most in self.wanted.items()]
        return (
            f"seed {self.seed}: {', '.join(parts)}; {self.seconds / 60:.1f} min; slowest halt {self.slowest_halt:.2f} s"
        )


@asynccontextmanager
async def standing() -> AsyncIterator[Ground]:
    """A PostgreSQL, a migrated template of each kind, a folder; all gone afterwards."""
    folder = scratch()
    postgres = await asyncio.to_thread(Postgres().start)
    try:
        await asyncio.to_thread(templates, folder, postgres)
        yield Ground(str(folder), postgres.port, folder)
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def soak(run: Soak, minutes: float, kept: Path | None, only: str | None) -> str | None:
    """Rounds until all is done, the time is over or one fails; answers what failed."""
    began = last = time.monotonic()
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(standing())
        if only:
            sort, _, number = only.partition(":")
            await run.round(ground, sort, int(number))
            return None
        while (sort := run.next()) and time.monotonic() - began < minutes * 60:
            name = f"{sort}:{run.rounds[sort]}"
            try:
                run.done[sort] += await run.round(ground, sort, run.rounds[sort])
            except Exception as error:
                return f"{name} failed: {error!r}"
            run.rounds[sort] += 1
            run.seconds, last = run.seconds + time.monotonic() - last, time.monotonic()
            run.keep(kept)
            tell(f"{name}  {run}")
    return None


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    for sort in ROUND:
        parser.add_argument(f"--{sort}", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--results", type=Path, help="a file that a dated summary is appended to")
    parser.add_argument("--resume", type=Path, help="a file that says how far the run is; made if it is not there")
    parser.add_argument("--only", help="one round again, by its name: kills:3")
    given = parser.parse_args()
    wanted = {sort: getattr(given, sort) for sort in ROUND}
    run = Soak(given.seed, {sort: most for sort, most in wanted.items() if most})
    if given.resume and given.resume.exists():
        run = Soak(**json.loads(given.resume.read_text()) | {"wanted": run.wanted})
    failed = asyncio.run(soak(run, given.minutes, given.resume, given.only))
    tell(failed or str(run))
    if given.results:
        git = ["git", "rev-parse", "--short", "HEAD"]
        commit = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
        with given.results.open("a") as results:
            results.write(
                f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit}, {failed or 'no failure'}; {run}\n"
            )
    return int(failed is not None)


if __name__ == "__main__":
    raise SystemExit(main())

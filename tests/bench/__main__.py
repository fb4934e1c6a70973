"""`python -m tests.bench [--quick] [--only PARTS]`: prints the tables; a whole run that is not quick writes RESULTS.md."""

import argparse
import asyncio
import gc
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
import uvloop

from tests.bench.figures import Figures
from tests.bench.ground import TUNED, Ground
from tests.bench.parts import PARTS
from tests.conftest import OWNER, Sql
from tests.servers import Postgres, scratch

RESULTS = Path(__file__).with_name("RESULTS.md")


def machine(server: Postgres) -> str:
    version = Sql(server.address("postgres")).one("SHOW server_version")
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
    )
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, commit {described.stdout.strip() or 'unknown'}; {os.cpu_count()} cores, {memory:.0f} GB;"
        f" PostgreSQL {version} (fsync on), SQLite {sqlite3.sqlite_version}, Python {platform.python_version()};"
        f" clients beside the server; load before the run {os.getloadavg()[0]:.1f}."
    )


async def run(ground: Ground, names: list[str], about: str, results: Path | None) -> list[Figures]:
    """Part after part; after each the results are written, so that a run that is ended tells what it has measured."""
    found: list[Figures] = []
    began = time.monotonic()
    for name in names:
        figures = await PARTS[name](ground)
        sys.stdout.write(f"{figures}\n")
        sys.stdout.flush()
        found.append(figures)
        if results:
            await asyncio.to_thread(results.write_text, told(about, found, ground.rounds, time.monotonic() - began))
    return found


def told(about: str, found: list[Figures], rounds: int, seconds: float) -> str:
    took = f"{rounds} rounds, {seconds:.0f} s in all."
    return "\n".join(["# Measured by `make bench`", "", about, took, "", *map(str, found), total(found), ""])


def total(found: list[Figures]) -> str:
    missed = [f"{figures.title}: {name}" for figures in found for name in figures.missed()]
    return "Targets missed: " + ("; ".join(missed) or "none") + "."


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, one round: only to see that it runs")
    parser.add_argument("--only", choices=PARTS, nargs="+", help="these parts")
    given = parser.parse_args()
    gc.collect()
    gc.freeze()  # as a running process does
    began, folder = time.monotonic(), scratch()
    server = Postgres(durable=True, tuned=TUNED).start()
    server.execute(f"CREATE ROLE {OWNER} SUPERUSER LOGIN")  # who asks and settles, as in the tests
    try:
        rounds, seconds = (1, 0.1) if given.quick else (3, 2.0)
        about = machine(server)
        sys.stdout.write(f"{about}\n\n")
        ground = Ground(folder, rounds, seconds, given.quick, server)
        results = None if given.quick or given.only else RESULTS
        found = uvloop.run(run(ground, given.only or [*PARTS], about, results))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(f"{total(found)}\n{rounds} rounds, {time.monotonic() - began:.0f} s in all.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""The soak: `python -m tests.model --steps N --seed S --database sqlite|postgresql|both`.

Prints steps a second and what was reached how often; ends with 1 and the failing seed when the marketplace breaks a promise, or
when something was reached too rarely. With `HOLDFAST_SOAK_DIR` it goes on where it stopped.
"""

import argparse
import os
import shutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests import conftest
from tests.model.coverage import STEPS, Coverage
from tests.model.run import Progress, play
from tests.model.world import world
from tests.servers import Postgres, scratch

console = Console()


@contextmanager
def servers(kinds: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """A folder with the SQLite template and, if it is wanted, a PostgreSQL with another."""
    folder = scratch()
    postgres = Postgres().start() if "postgresql" in kinds else None
    try:
        conftest.templates(folder, postgres)
        yield {"folder": str(folder), "postgres": postgres.port if postgres else 0}
    finally:
        if postgres:
            postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def table(coverage: Coverage) -> Table:
    shown = Table("reached", "times", "floor", box=None)
    floors = dict(coverage.floors())
    for what in sorted({*floors, *coverage.reached}):
        times, least = coverage.reached[what], floors.get(what)
        style = "red" if least and times < least else ""
        shown.add_row(what, str(times), "" if least is None else str(least), style=style)
    return shown


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.model")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=[*conftest.KINDS, "both"], default="both")
    parser.add_argument("--shrink", action="store_true", help="look for the shortest way to a failure; takes minutes")
    given = parser.parse_args()
    kinds = conftest.KINDS if given.database == "both" else (given.database,)
    folder = os.environ.get("HOLDFAST_SOAK_DIR")
    is_bad = False
    with servers(kinds) as where:
        for kind in kinds:
            coverage, file = Coverage(), Path(folder, f"model-{kind}.json") if folder else None

            def tell(progress: Progress, kind: str = kind, coverage: Coverage = coverage) -> None:
                made = f"{coverage.steps} steps, {coverage.acts.total()} acts"
                console.print(
                    f"{kind}: seed {progress.seed} held; {made}, {coverage.steps / progress.seconds:.0f} steps/s"
                )

            try:
                with world(kind, where) as place:
                    play(place, given.steps, given.seed, coverage, file=file, shrink=given.shrink, tell=tell)
            except Exception:
                console.print(traceback.format_exc(), markup=False, highlight=False, soft_wrap=True)
                return 1
            console.print(table(coverage))
            console.print("acts:", *(f"{name} {times}" for name, times in coverage.acts.most_common()), sep="  ")
            lacking = coverage.lacking() if coverage.steps >= STEPS else []
            console.print(*(f"too rarely: {what}" for what in lacking), sep="\n", style="red")
            is_bad = is_bad or bool(lacking)
    return int(is_bad)


if __name__ == "__main__":
    sys.exit(main())

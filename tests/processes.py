"""Real processes of ours: started with an environment, killed like anybody's, waited for by what they did."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

TOKEN = "555000111:" + "T" * 35


@contextmanager
def holdfast(*arguments: str, **settings: object) -> Iterator[subprocess.Popen[bytes]]:
    """`holdfast ARGUMENTS` with HOLDFAST_* from `settings`; killed at the end of the block. What it logs is in `.log`."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    env |= {f"HOLDFAST_{name.upper()}": str(value) for name, value in settings.items()}
    with tempfile.TemporaryDirectory(prefix="hf-run-") as folder, (Path(folder) / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", *arguments],
            env=env | {"PYTHONPATH": str(Path(__file__).parents[1])},
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        process.log = Path(folder) / "log"  # type: ignore[attr-defined]
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


async def until(true: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Waits for what other processes do; fails by name. A process may take half a minute to start where much else runs."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(0.05)

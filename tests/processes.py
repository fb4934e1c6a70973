"""Real processes of ours: started with an environment, killed like anybody's, waited for by what they did.

They are forked by a server that has imported everything and opened nothing: the imports take longer than most tests. That the
command starts from nothing, and loads no more than it needs, is `test_cli_starts.py`'s.
"""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

TOKEN = "555000111:" + "T" * 35
ROOT = Path(__file__).parents[1]
FORKS = multiprocessing.get_context("forkserver")
SERVER: Any = forkserver._forkserver  # type: ignore[attr-defined]
WHERE = "_forkserver_address", "_forkserver_authkey"
"""What a process needs to know of a server that another one has started; the second since Python 3.14."""


def warm() -> None:
    """Starts the server of this process, if it has none; it gets ready by itself, and ends with this process."""
    commands = (path.stem for path in (ROOT / "bot" / "cli").glob("[a-z]*.py"))
    loaded = ["bot.app", "bot.demo", "bot.drills.child", *(f"bot.cli.{name}" for name in commands), "tests.warmth"]
    FORKS.set_forkserver_preload(loaded)
    SERVER.ensure_running()


def shared() -> dict[str, Any]:
    """This process's server, for others to `share`."""
    warm()
    return {name: getattr(SERVER, name) for name in WHERE if hasattr(SERVER, name)}


def share(server: dict[str, Any]) -> None:
    """Lets this process fork from another one's server: it takes as long to get ready as many tests last."""
    for name, value in server.items():
        setattr(SERVER, name, value)
    SERVER._forkserver_alive_fd = os.open(os.devnull, os.O_RDONLY)  # it lives as long as its owner, not as we do
    SERVER.ensure_running = lambda: None


class Process:
    """`holdfast ARGUMENTS` with nothing but these settings; what `subprocess.Popen` can do, as far as it is needed here."""

    def __init__(
        self, arguments: Sequence[str], settings: dict[str, object], folder: Path, log: Path, errors: Path
    ) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
        env |= {f"HOLDFAST_{name.upper()}": str(value) for name, value in settings.items()}
        warm()
        log.touch()
        self.log = log
        self._process = FORKS.Process(target=_typed, args=(tuple(arguments), env, folder, log, errors))
        self._process.start()
        assert self._process.pid
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int:
        self._process.join(seconds)
        assert self._process.exitcode is not None, f"not within {seconds} s: its end"
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _typed(arguments: tuple[str, ...], env: dict[str, str], folder: Path, log: Path, errors: Path) -> None:
    """In the forked process: it becomes the command, as if it had been typed in that folder."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    for number, path in ((1, log), (2, errors)):
        with path.open("ab") as file:
            os.dup2(file.fileno(), number)
    sys.argv = ["holdfast", *arguments]
    from bot.cli import main

    try:
        main()
    except Exception as error:
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)


@contextmanager
def holdfast(*arguments: str, **settings: object) -> Iterator[Process]:
    """`holdfast ARGUMENTS` with HOLDFAST_* from `settings`; killed at the end of the block. What it says is in `.log`."""
    with tempfile.TemporaryDirectory(prefix="hf-run-") as folder:
        log = Path(folder) / "log"
        process = Process(arguments, settings, Path(folder), log, log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def run(*arguments: str, folder: Path, **settings: object) -> subprocess.CompletedProcess[str]:
    """`holdfast ARGUMENTS` in a folder, with nothing but these settings, to its end."""
    with tempfile.TemporaryDirectory(prefix="hf-run-") as place:
        log, errors = Path(place) / "out", Path(place) / "err"
        process = Process(arguments, settings, folder, log, errors)
        try:
            code = process.wait(300)
        finally:
            process.kill()
        return subprocess.CompletedProcess(arguments, code, log.read_text(), errors.read_text())


WAITING = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
"""How many wait for a lock that others hold; others' waits are shown to their own login and to a superuser."""


async def until(true: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Waits for what other processes do; fails by name. A process may take half a minute to start where much else runs."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(0.05)

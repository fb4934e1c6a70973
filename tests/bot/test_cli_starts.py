"""A halt at night waits for nothing that only the chat needs: the commands of the shell load nothing of Telegram's."""

import subprocess
import sys
from pathlib import Path

import bot.app  # noqa: F401  (imports whatever there is)
from bot.cli import new_event_loop
from domain.base import Base

ROOT = Path(__file__).parents[2]
LIGHT = ("acts", "database", "desk", "doctor", "ledger", "refusals", "watchdog")


def test_a_command_of_the_shell_loads_nothing_of_telegrams() -> None:
    asked = (
        "import importlib, sys\n"
        f"for name in {LIGHT}:\n"
        "    importlib.import_module(f'bot.cli.{name}')\n"
        "    assert 'aiogram' not in sys.modules, name"
    )
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_who_migrates_and_grants_knows_every_table() -> None:
    asked = "import storage.roles as r; print(*r.Base.metadata.tables)"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {*done.stdout.split()} == {*Base.metadata.tables}


def test_a_process_runs_on_the_quicker_loop() -> None:
    loop = new_event_loop()
    loop.close()
    assert type(loop).__module__ == "uvloop"

"""A halt at night waits for nothing that only the chat needs: the commands of the shell load nothing of Telegram's."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import new_event_loop

ROOT = Path(__file__).parents[2]
LIGHT = ("acts", "database", "desk", "doctor", "ledger", "refusals", "watchdog")


@pytest.mark.parametrize("name", LIGHT)
def test_a_command_of_the_shell_loads_nothing_of_telegrams(name: str) -> None:
    asked = f"import sys, bot.cli.{name}; sys.exit('aiogram' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=False).returncode == 0


def test_who_migrates_and_grants_knows_every_table() -> None:
    asked = (
        "import storage.roles as r; known = set(r.Base.metadata.tables); import bot.app;"
        "assert set(r.Base.metadata.tables) == known, set(r.Base.metadata.tables) - known"
    )
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_process_runs_on_the_quicker_loop() -> None:
    loop = new_event_loop()
    loop.close()
    assert type(loop).__module__ == "uvloop"

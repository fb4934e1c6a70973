"""Backup and restore to a moment, with the scripts that production uses: the books of that moment, and nothing after it."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio
import yaml

from domain import escrow, kill_switches, payments
from domain.action import Switch
from storage.database import Database
from tests import story
from tests.conftest import ADMIN, Clock, House, Sql, gate_of
from tests.deploy.conftest import ROOT, Founded, found, holdfast
from tests.processes import until
from tests.servers import Postgres, scratch
from tests.story import ANN, BOB


def as_server(server: Postgres, *command: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs a script as the user, and with the tools, of this PostgreSQL."""
    env = {"PATH": f"{server.binaries}:{os.environ['PATH']}", "PGHOST": "127.0.0.1", "PGPORT": str(server.port)}
    return subprocess.run(
        [str(word) for word in command],
        env=env | {"PGUSER": "postgres", "LC_ALL": "C"},
        check=check,
        capture_output=True,
        text=True,
        cwd=server.base,
        **server.user,
    )


def ask(server: Postgres, statement: str) -> Any:
    with psycopg.connect(server.address("postgres"), autocommit=True) as conn:
        (value,) = conn.execute(statement.encode()).fetchone() or (None,)
        return value


def archiving(vault: Path) -> dict[str, str]:
    """The options about the log with which compose.yaml starts PostgreSQL, with the scripts and the archive of `vault`."""
    command = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]["postgres"]["command"]
    options = dict(word.split("=", 1) for word in command if re.match(r"(wal|archive)_\w+=", word))
    assert (options["wal_level"], options["archive_mode"]) == ("replica", "on")
    script, *names, archive = shlex.split(options["archive_command"].removeprefix("sh "))
    assert (script, names, archive) == ("/opt/backup/archive.sh", ["%p", "%f"], "/archive")
    return options | {"archive_command": f'sh {vault}/scripts/archive.sh "%p" "%f" {vault}/archive'}


@pytest.fixture
def vault() -> Iterator[Path]:
    """A folder for backups and the archive that outlives the server, and the scripts where the server's user may read them."""
    folder = scratch()
    shutil.copytree(ROOT / "deploy/backup", folder / "scripts")
    for name in ("base", "archive"):
        (folder / name).mkdir()
        (folder / name).chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def archived(vault: Path, tmp_path: Path) -> Iterator[Founded]:
    options = archiving(vault) | {"max_wal_senders": "4"}
    server = Postgres(tuned=options).start()
    yield found(server, tmp_path)
    server.stop()


def house_of(founded: Founded, clock: Clock) -> House:
    return House(gate_of(Database(founded.app), clock), clock, Sql(founded.owner), founded.app)


@pytest_asyncio.fixture
async def house(archived: Founded) -> AsyncIterator[House]:
    made = house_of(archived, Clock())
    yield made
    await made.gate.database.close()


def money(sql: Sql) -> dict[str, Any]:
    """Everything that has to do with money, to be compared."""
    return {
        name: sql(f"SELECT * FROM {name} ORDER BY 1, 2")
        for name in ("wallets", "transfers", "ledger_entries", "escrows", "deposits", "campaign_targets", "post_jobs")
    }


async def test_a_restored_database_is_the_one_of_that_moment_and_its_books_are_clean(
    archived: Founded, house: House, vault: Path, tmp_path: Path
) -> None:
    """Base backup, more money moves, a moment is noted, more moves, the disaster; restored, checked, and money moves again."""
    server, backups, archive = archived.server, vault / "base", vault / "archive"
    paid = await story.booked(house, money=2000)
    taken = [f"{datetime.now(UTC) + timedelta(seconds=ahead):%Y%m%dT%H%M%SZ}" for ahead in range(3)]
    for name in taken:  # two backups may begin within a second
        (backups / name).mkdir()
    (older, line) = [
        as_server(server, "sh", vault / "scripts/base.sh", backups, archive, 1).stdout.strip() for _ in "ab"
    ]
    assert list(backups.iterdir()) == [Path(line)]  # the older one had served
    assert str(backups / taken[-1]) < older < line

    await story.succeed(house, paid)
    await house.system(escrow.release, paid.id)
    second = await story.draft(house, paid.channel)
    await house.gate.user(ANN)(escrow.hold, (second.id,))
    moment = str(house.sql.one("SELECT clock_timestamp()"))
    then = money(house.sql)
    await story.decline(house, second)
    await house.system(escrow.refund, second.id)
    await story.fund(house, ANN, 777, "too-late")
    assert money(house.sql) != then
    segment = ask(server, "SELECT pg_walfile_name(pg_switch_wal())")
    await until(lambda: (archive / segment).exists(), "the log is in the archive")
    await house.gate.database.close()

    server.kill()
    lost = server.base / "data"
    shutil.rmtree(lost)
    as_server(server, "sh", vault / "scripts/restore.sh", line, archive, lost, moment)
    server.start()

    await until(lambda: not Sql(archived.owner).one("SELECT pg_is_in_recovery()"), "it is open", 120)
    halted = holdfast("switch", "halt", "all", "restored", folder=tmp_path, **archived.settings)
    assert "HALTED" in halted.stdout
    assert money(Sql(archived.owner)) == then
    checked = holdfast("books", "check", folder=tmp_path, **archived.settings)
    assert checked.stdout == "books: clean\n"
    restored = house_of(archived, house.clock)
    await restored.gate.user(ADMIN)(kill_switches.resume, list(Switch), "looked through")
    await story.decline(restored, second)
    await restored.system(escrow.refund, second.id)
    late = await restored.system(payments.receive, ANN, 777, "XTR", "too-late")
    await restored.system(payments.credit, late.id)
    assert story.balance(restored, f"user:{ANN}:XTR") == 2000 - 400 + 777
    assert story.balance(restored, f"user:{BOB}:XTR") == 360
    await restored.gate.database.close()


def test_the_archive_takes_a_segment_once_and_never_another_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    segment, stored = tmp_path / "segment", tmp_path / "archive/000000010000000000000001"

    def archive() -> int:
        command = ["sh", ROOT / "deploy/backup/archive.sh", segment, stored.name, stored.parent]
        return subprocess.run([str(word) for word in command], check=False).returncode

    segment.write_text("log")
    assert (archive(), archive(), stored.read_text()) == (0, 0, "log")
    segment.write_text("another log")
    assert (archive() != 0, stored.read_text()) == (True, "log")
    assert list(stored.parent.iterdir()) == [stored]


def test_nothing_is_restored_over_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("somebody's")
    command = ["sh", str(ROOT / "deploy/backup/restore.sh"), str(tmp_path), str(tmp_path), str(tmp_path)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (ended.returncode, "nothing was restored" in ended.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]

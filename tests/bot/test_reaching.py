"""A database that cannot be used is told in one line, with the setting and what is wrong, and looking for one makes no file."""

import os
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from bot.cli import typed
from bot.cli.reaching import CAUSES, told, wrong
from bot.settings import BadSettings, load
from domain.errors import NotFound
from storage import backup
from storage.gate import Ended
from tests.conftest import ADMIN, APP, OTHER_ADMIN, Sql, apps, owners
from tests.processes import run
from tests.servers import WITH_PASSWORD, free_port

Says = Callable[..., Awaitable[tuple[int, str]]]
ADMINS = frozenset({ADMIN, OTHER_ADMIN})
COMMANDS = ("switch halt all night", "books check", "audit", "migrate")


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str]) -> Says:
    async def line(address: str, words: str, **given: Any) -> tuple[int, str]:
        status = await typed(load(database_url=address, admins=ADMINS, **given), words.split())
        return status, capsys.readouterr().err

    return line


REFUSED = {
    "sqlite:///": "SQLite needs a file: sqlite:///holdfast.db",
    "sqlite:///:memory:": "SQLite needs a file",
    "sqlite:///a.db?cache=shared": "there is no option ?cache=",
    "postgresql://a@b/c?sslmode=require": "?sslmode= is called ?ssl= here",
    "postgresql://a@b/c?ssl=yes": "?ssl= is one of disable, allow,",
    "postgresql://a@b/c?application_name=x": "there is no option ?application_name=",
    "postgresql://a@b:65536/c": "there is no port 65536",
    "sqlite:///a.db?ssl=require": "there is no option ?ssl=",
    "postgresql+psycopg2://a@b/c": "without a driver",
}


@pytest.mark.parametrize("address", REFUSED)
@pytest.mark.parametrize("name", ["database_url", "owner_database_url"])
def test_an_address_that_no_driver_understands_is_a_wrong_setting(name: str, address: str) -> None:
    with pytest.raises(BadSettings) as refused:
        load(**{name: address})
    assert str(refused.value).startswith(f"HOLDFAST_{name.upper()}: ")
    assert REFUSED[address] in str(refused.value)


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_file_that_is_no_database_is_told_in_one_line(command: str, tmp_path: Path, says: Says) -> None:
    text, folder = tmp_path / "notes.txt", tmp_path / "folder"
    text.write_text("not a database at all " * 50)
    folder.mkdir()
    for path, words in (
        (text, f"{text} is no SQLite database"),
        (folder, f"{folder} is a folder"),
        (tmp_path / "none" / "x.db", f"there is no folder {tmp_path / 'none'}"),
    ):
        status, said = await says(f"sqlite:///{path}", command)
        assert (status, said.count("\n")) == (2, 1), said
        assert said.startswith(f"HOLDFAST_DATABASE_URL: {words}")


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_server_that_does_not_let_in_is_told_in_one_line_without_its_password(
    command: str, postgresql_address: str, says: Says
) -> None:
    url = make_url(postgresql_address)
    for changed, words in (
        ({"port": free_port()}, "nothing answers at 127.0.0.1:"),
        ({"host": "no.such.host.invalid"}, "the host no.such.host.invalid is not known"),
        ({"username": "stranger"}, 'role "stranger" does not exist'),
        ({"username": WITH_PASSWORD}, f'user "{WITH_PASSWORD}"'),
        ({"database": "elsewhere"}, 'database "elsewhere" does not exist'),
        ({"query": {"ssl": "require"}}, "rejected SSL upgrade"),
    ):
        address = url.set(**({"password": "sesame!"} | changed)).render_as_string(hide_password=False)
        status, said = await says(address, command)
        assert (status, said.count("\n"), "sesame" in said) == (2, 1, False), said
        assert said.startswith("HOLDFAST_DATABASE_URL: ")
        assert words in said
        assert said.endswith("; nothing was done\n") == (command != "migrate")


async def test_nothing_but_a_migration_makes_a_file(tmp_path: Path, says: Says) -> None:
    address = f"sqlite:///{tmp_path}/none.db"
    for command in (*COMMANDS[:-1], "doctor", "launch status", "run", f"backup {tmp_path}/copy.db"):
        status, said = await says(address, command, bot_token="123456789:" + "A" * 35)
        assert status == (1 if command == "doctor" else 2), command
        assert f"there is no file {tmp_path}/none.db: run `holdfast migrate`" in said or command == "doctor"
        assert os.listdir(tmp_path) == [], command
    assert (await says(address, "migrate"))[0] == 0


async def test_empty_older_and_newer_are_told_apart_and_only_what_is_known_is_migrated(
    address: str, says: Says
) -> None:
    sql, owner = Sql(owners(address)), {} if address.startswith("sqlite") else {"owner_database_url": owners(address)}
    version = sql.one("SELECT version_num FROM alembic_version")
    where = make_url(address).database
    sql("UPDATE alembic_version SET version_num = 'ff00'")
    for command in COMMANDS:
        status, said = await says(address, command, **owner)
        assert (status, said.count("\n")) == (2, 1), said
        assert f"{where} is of a newer version than this, or another program's" in said
    sql("UPDATE alembic_version SET version_num = '0001'")
    assert f"{where} is of an older version: run `holdfast migrate`" in (await says(address, "books check"))[1]
    sql("DELETE FROM alembic_version")
    assert f"{where} holds nothing of Holdfast: run `holdfast migrate`" in (await says(address, "books check"))[1]
    sql("INSERT INTO alembic_version VALUES ('0001'), ('0002')")
    status, said = await says(address, "migrate", **owner)
    assert (status, said.count("\n"), "0001" in said) == (2, 1, True), said
    assert said.startswith("HOLDFAST_OWNER_DATABASE_URL: " if owner else "HOLDFAST_DATABASE_URL: ")
    sql("DELETE FROM alembic_version")
    sql("INSERT INTO alembic_version VALUES (:version)", version=version)
    assert await says(address, "books check") == (0, "")


async def test_the_doctor_tells_a_newer_database_from_an_empty_one(
    sqlite_address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = Sql(sqlite_address)
    for change, words in (
        ("UPDATE alembic_version SET version_num = 'ff00'", "is of a newer version"),
        ("DELETE FROM alembic_version", "holds nothing of Holdfast"),
    ):
        sql(change)
        assert await typed(load(database_url=sqlite_address, admins=ADMINS), ["doctor"]) == 1
        (line,) = [line for line in capsys.readouterr().out.splitlines() if "migrations" in line]
        assert words in line


async def test_a_schema_is_changed_by_its_owner_alone(postgresql_address: str, says: Says) -> None:
    status, said = await says(apps(postgresql_address), "migrate")
    assert (status, said.count("\n")) == (2, 1), said
    assert said.startswith("HOLDFAST_OWNER_DATABASE_URL: this login may not change the schema")
    assert APP not in said


async def test_a_right_that_the_login_has_not_is_told_with_the_login(postgresql_address: str, says: Says) -> None:
    Sql(owners(postgresql_address))(f"REVOKE SELECT ON wallets FROM {APP}")
    status, said = await says(postgresql_address, "books check")
    assert (status, said.count("\n")) == (2, 1), said
    assert said.startswith(f"HOLDFAST_DATABASE_URL: its login {APP} may not do this at 127.0.0.1:")


SAID = {
    "attempt to write a readonly database": " may only be read by this login",
    "database is locked": " is kept by another process: end that, or try again",
    "disk I/O error\nin two lines": ": disk I/O error",
}


@pytest.mark.parametrize("said", SAID)
def test_what_sqlite_says_of_a_file_is_told_in_one_line(tmp_path: Path, said: str) -> None:
    error = DBAPIError("BEGIN", None, sqlite3.OperationalError(said))
    assert wrong(error, f"sqlite:///{tmp_path}/x.db") == f"{tmp_path}/x.db{SAID[said]}"


def test_a_server_that_says_nothing_is_told_as_such() -> None:
    assert wrong(TimeoutError(), "postgresql://a@b/c") == "b:5432 does not answer in time"


@pytest.mark.parametrize("command", ["books rebuild fees:XTR", "books repair 7", "books repair escrow:7"])
async def test_on_postgresql_a_repair_without_the_owners_address_is_refused_before_anybody_signs(
    command: str, postgresql_address: str, says: Says
) -> None:
    status, said = await says(postgresql_address, f"{command} --evidence x --as {ADMIN}")
    assert (status, said) == (2, "HOLDFAST_OWNER_DATABASE_URL: set it for this one command; see the runbook\n")
    assert Sql(postgresql_address)("SELECT 1 FROM audit_events") == []


def test_what_had_begun_is_not_called_undone() -> None:
    broken = DBAPIError("COMMIT", None, Exception("gone"), connection_invalidated=True)
    answered = DBAPIError("COMMIT", None, Exception("no"))
    committed: Any = object()
    for acts, words in (
        ([], "nothing was done"),
        ([Ended("x", 0, error=answered)], "nothing was done"),
        ([Ended("x", 0, refused=(NotFound("users"),))], "nothing was done"),
        ([Ended("x", 0, act=committed)], "look what was done before you repeat it"),
        ([Ended("x", 0, error=broken)], "look what was done before you repeat it"),
        ([Ended("x", 0, error=OSError("gone"))], "look what was done before you repeat it"),
    ):
        with pytest.raises(BadSettings) as ended, told("SETTING", "postgresql://a:sesame@b/c", acts):
            raise broken
        assert str(ended.value) == f"SETTING: b:5432: gone; {words}"


def test_an_error_of_another_file_or_connection_is_not_the_databases(tmp_path: Path) -> None:
    for address in ("sqlite:///x.db", "postgresql://a@b/c"):
        with pytest.raises(FileNotFoundError), told("SETTING", address):
            (tmp_path / "none").read_text()
    with pytest.raises(ConnectionRefusedError), told("SETTING", "sqlite:///x.db"):
        raise ConnectionRefusedError
    assert OSError in CAUSES


def test_a_backup_of_nothing_is_not_whole(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    ended = run("backup", "copy.db", folder=tmp_path, database_url="sqlite:///empty.db")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"{tmp_path}/empty.db holds nothing of Holdfast" in ended.stderr
    with closing(sqlite3.connect(tmp_path / "other.db")) as conn:
        conn.execute("CREATE TABLE other (id)")
    with pytest.raises(backup.Empty):
        backup.copy(tmp_path / "other.db", tmp_path / "copy.db")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.db", "other.db"]

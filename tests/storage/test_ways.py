"""Two ways into a database: a question sees one moment and changes nothing; what an act wrote is on the disk when it answers."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from storage.database import Database
from tests import story
from tests.conftest import House
from tests.story import ANN

NAME = text("SELECT name FROM users WHERE id = :id")


async def test_a_question_sees_one_moment_whatever_is_committed_while_it_is_asked(house: House) -> None:
    await story.people(house)

    def asked(conn: Connection) -> list[Any]:
        before = conn.scalar(NAME, {"id": ANN})
        house.sql("UPDATE users SET name = 'Another' WHERE id = :id", id=ANN)
        return [before, conn.scalar(NAME, {"id": ANN})]

    assert await house.gate.database.read(asked) == [f"Person {ANN}"] * 2
    assert await house.gate.database.read(lambda conn: conn.scalar(NAME, {"id": ANN})) == "Another"


async def test_a_question_changes_nothing(house: House) -> None:
    await story.people(house)
    with pytest.raises(DBAPIError, match=r"read-?only"):
        await house.gate.database.read(lambda conn: conn.execute(text("UPDATE users SET name = 'Another'")))
    assert house.sql.one("SELECT COUNT(*) FROM users WHERE name = 'Another'") == 0


async def test_sqlite_waits_for_the_disk_and_holds_what_refers_to_another_row(sqlite_address: str) -> None:
    database = Database(sqlite_address)
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}

    def found(conn: Connection) -> dict[str, Any]:
        return {name: conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}

    assert await database.write(found) == await database.read(found) == wanted
    await database.close()


async def test_what_is_closed_leaves_nothing_beside_the_file_of_sqlite(sqlite_address: str) -> None:
    database, file = Database(sqlite_address), Path(sqlite_address.removeprefix("sqlite:///"))
    for way in (database.write, database.read):
        await way(lambda conn: conn.execute(NAME, {"id": ANN}))
    assert len([*file.parent.iterdir()]) > 1
    await database.close()
    assert [*file.parent.iterdir()] == [file]

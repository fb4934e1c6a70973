"""A set of rows is written by one statement, and comes back as it was given; a set with one bad row is not written at all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import DBAPIError, StatementError

from domain import notices, sets, users
from domain.base import table
from domain.heartbeats import Heartbeat
from domain.notices import Notice
from tests.conftest import NOON, House

n, h = table(Notice), table(Heartbeat)


def notice(about: int | None, args: dict[str, Any], due: datetime = NOON) -> sets.Row:
    row = {"user_id": 7, "kind": "paid", "about": about, "args": args, "status": notices.Status.owed, "attempts": 0}
    return row | {"created_at": NOON, "due_at": due}


def beat(name: str, at: datetime = NOON, said: str = "ok") -> sets.Row:
    return {"name": name, "at": at, "since": NOON, "said": said}


async def written(house: House, work: Callable[[Connection], None]) -> list[str]:
    """The statements it took."""
    heard: list[str] = []
    engine = house.gate.database.engine

    def hear(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        heard.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    try:
        await house.gate.database.write(work)
    finally:
        event.remove(engine, "before_cursor_execute", hear)
    return [statement for statement in heard if not statement.startswith("BEGIN")]


async def test_rows_come_back_as_they_were_given_in_their_order_and_are_one_statement(house: House) -> None:
    await house.gate.system("test")(users.meet, 7, "Ada", None, "en")
    moscow = datetime.fromisoformat("2026-03-02T18:30:00.000001+03:00")
    rows = [
        notice(3, {"word": "Привет, \"мир\" \\ 'x' {1,2} \n", "none": None, "deep": [1, {"a": 2.5}]}, moscow),
        notice(None, {}),
        notice(1, {"word": "NULL"}, NOON + timedelta(days=1)),
        *(notice(i, {"i": i}) for i in range(200)),
    ]
    assert len(await written(house, lambda conn: sets.insert(conn, n, rows))) == 1
    rows.append(notice(5, {"alone": ['"']}))
    await written(house, lambda conn: sets.insert(conn, n, rows[-1:]))
    found = await house.gate.database.read(lambda conn: conn.execute(select(n).order_by(n.c.id)).all())
    assert [{name: getattr(row, name) for name in rows[0]} for row in found] == rows
    assert found[0].due_at == datetime(2026, 3, 2, 15, 30, 0, 1, tzinfo=UTC)


async def test_no_rows_are_no_statement(house: House) -> None:
    def work(conn: Connection) -> None:
        sets.insert(conn, h, [])
        sets.update(conn, n, [])

    assert await written(house, work) == []


async def test_a_set_with_one_bad_row_is_not_written_at_all(house: House) -> None:
    bad = [beat("one"), beat("two", said=None), beat("three")]  # type: ignore[arg-type]
    with pytest.raises(DBAPIError):
        await written(house, lambda conn: sets.insert(conn, h, bad))
    assert house.sql("SELECT * FROM heartbeats") == []


@pytest.mark.parametrize("at", [datetime(2026, 3, 2), NOON.replace(tzinfo=None)])  # noqa: DTZ001
async def test_a_moment_without_a_time_zone_is_refused_wherever_it_stands(house: House, at: datetime) -> None:
    for rows in ([beat("one", at)], [beat("one"), beat("two", at)]):
        with pytest.raises((StatementError, TypeError), match="time zone"):
            await written(house, lambda conn, rows=rows: sets.insert(conn, h, rows))
    assert house.sql("SELECT * FROM heartbeats") == []


async def test_rows_that_exist_are_passed_over_if_that_is_asked_and_refused_if_not(house: House) -> None:
    await written(house, lambda conn: sets.insert(conn, h, [beat("one", said="first")]))
    both = [beat("one", said="second"), beat("two", said="second")]
    await written(house, lambda conn: sets.insert(conn, h, both, unless_there="name"))
    said = "SELECT name, said FROM heartbeats ORDER BY name"
    assert house.sql(said) == [{"name": "one", "said": "first"}, {"name": "two", "said": "second"}]
    with pytest.raises(DBAPIError):
        await written(house, lambda conn: sets.insert(conn, h, both))


async def test_an_update_changes_the_given_columns_of_the_given_rows(house: House) -> None:
    await house.gate.system("test")(users.meet, 7, "Ada", None, "en")
    await written(house, lambda conn: sets.insert(conn, n, [notice(i, {"i": i}) for i in range(4)]))
    before = house.sql("SELECT * FROM notices ORDER BY id")
    sent = {"status": notices.Status.sent, "message_id": 9, "due_at": NOON, "ended_at": NOON}
    owed = {"status": notices.Status.owed, "message_id": None, "due_at": NOON + timedelta(hours=1), "ended_at": None}
    changes = [{"id": before[2]["id"]} | owed, {"id": before[0]["id"]} | sent, {"id": 10**9} | sent]
    await written(house, lambda conn: sets.update(conn, n, changes[:1]))
    await written(house, lambda conn: sets.update(conn, n, changes[1:]))
    found = await house.gate.database.read(lambda conn: conn.execute(select(n).order_by(n.c.id)).all())
    assert [(row.message_id, row.status) for row in found] == [(9, "sent"), *[(None, "owed")] * 3]
    assert found[2].due_at == NOON + timedelta(hours=1)
    after = house.sql("SELECT * FROM notices ORDER BY id")
    assert [after[1], after[3]] == [before[1], before[3]]

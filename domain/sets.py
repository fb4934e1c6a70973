"""A set of rows is written by one statement.

PostgreSQL is given a set a column at a time: one plan, whatever the set's size, and its guards see the set whole. SQLite's
driver, which runs in our own process, repeats the statement for each row.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import Enum, auto
from functools import cache
from itertools import repeat
from operator import is_
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg

DIALECTS = {"sqlite": sqlite.dialect(), "postgresql": asyncpg.dialect()}  # type: ignore[no-untyped-call]
Row = dict[str, Any]
Bind = Callable[[Any], Any] | None
"""Makes of a value what the driver wants; None where it is that already."""
Column = tuple[str, Bind]


def insert(conn: Connection, table: Table, rows: Sequence[Row], *, unless_there: str = "") -> None:
    """Inserts rows that all have the same columns, in their order; those are passed over whose column `unless_there` exists."""
    if rows:
        form = _form(conn, rows)
        _send(conn, form, *_insert(form, table, tuple(rows[0]), unless_there), rows)


def update(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Sets columns of the rows with these ids: all the others that are given, the same for each."""
    if rows:
        form = _form(conn, rows)
        _send(conn, form, *_update(form, table, tuple(rows[0])), rows)


class Form(Enum):
    """How the driver takes values."""

    repeated = auto()
    """SQLite's: a statement with the values of one row, and many of these."""
    single = auto()
    """PostgreSQL's for one row: a statement with its values."""
    columns = auto()
    """PostgreSQL's for more: a statement with a list for each column."""


def _form(conn: Connection, rows: Sequence[Row]) -> Form:
    if conn.dialect.name == "sqlite":
        return Form.repeated
    return Form.columns if len(rows) > 1 else Form.single


def _send(conn: Connection, form: Form, statement: str, columns: Iterable[Column], rows: Sequence[Row]) -> None:
    sent = [_bound([row[name] for row in rows], bind) for name, bind in columns]
    if form is Form.columns:
        conn.exec_driver_sql(statement, tuple(sent))
    else:
        given = list(zip(*sent, strict=True))
        conn.exec_driver_sql(statement, given if form is Form.repeated else given[0])


def _bound(values: list[Any], bind: Bind) -> list[Any]:
    """A column as the driver wants it; most columns of a set have one value, which is bound once."""
    if bind is None:
        return values
    if all(map(is_, values, repeat(values[0]))):
        return [bind(values[0])] * len(values)
    return [bind(value) for value in values]


@cache
def _insert(form: Form, table: Table, names: tuple[str, ...], unless_there: str) -> tuple[str, list[Column]]:
    given, values = _given(form, table, names)
    rows = f"SELECT {', '.join(values)} {given}" if given else f"VALUES ({', '.join(values)})"
    ending = f" ON CONFLICT ({unless_there}) DO NOTHING" if unless_there else ""
    return f"INSERT INTO {table.name} ({', '.join(names)}) {rows}{ending}", _columns(form, table, names)


@cache
def _update(form: Form, table: Table, names: tuple[str, ...]) -> tuple[str, list[Column]]:
    names = (*(name for name in names if name != "id"), "id")
    given, (*values, number) = _given(form, table, names)
    changes = ", ".join(f"{name} = {value}" for name, value in zip(names[:-1], values, strict=True))
    return f"UPDATE {table.name} SET {changes} {given} WHERE {table.name}.id = {number}", _columns(form, table, names)


def _given(form: Form, table: Table, names: tuple[str, ...]) -> tuple[str, list[str]]:
    """Where a statement has its rows from, and the values of each."""
    if form is Form.repeated:
        return "", ["?"] * len(names)
    types = [table.c[name].type.compile(DIALECTS["postgresql"]) for name in names]
    if form is Form.single:
        return "", [f"${i}::{kind}" for i, kind in enumerate(types, 1)]
    lists = ", ".join(f"${i}::text[]" for i in range(1, len(names) + 1))
    return f"FROM unnest({lists}) AS g ({', '.join(names)})", [
        f"g.{name}::{kind}" for name, kind in zip(names, types, strict=True)
    ]


def _columns(form: Form, table: Table, names: tuple[str, ...]) -> list[Column]:
    dialect = DIALECTS["sqlite" if form is Form.repeated else "postgresql"]
    binds = [(name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]
    return [(name, _as_text(bind) if form is Form.columns else bind) for name, bind in binds]


def _as_text(bind: Bind) -> Bind:
    """In lists all values go as text: what other lists look like the driver would ask in each new session."""

    def bound(value: Any) -> str | None:
        value = bind(value) if bind else value
        if value is None or isinstance(value, str):
            return value
        return value.isoformat() if isinstance(value, datetime) else str(value)

    return bound

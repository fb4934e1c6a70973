"""What a table is made of, as the models say it and as a database's catalogue tells it, in one form for both.

    column      its type and collation, whether it may be empty, what it is where nothing is given
    constraint  what it demands, in full; a name proves nothing
    index       of the unique ones: which columns, of which rows

Either is a thing, known by its name and its table. The two databases print what they were told each in its own way, and neither
as it was written: an expression of PostgreSQL's is compared as it is nested, after the words for the same thing are made one.
Nothing else is forgiven: what cannot be read so is compared as it stands, and then differs.
"""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.schema import CreateIndex, CreateTable

from domain.base import Base
from domain.sets import DIALECTS
from storage import dialog_states

assert dialog_states.DialogState.metadata is Base.metadata

Things = dict[tuple[str, str], str]
"""What each is, by its name and its table's."""

POSTGRESQL: Any = DIALECTS["postgresql"]
DDL = POSTGRESQL.ddl_compiler(POSTGRESQL, None)
QUOTE = "'"
QUOTED = r"'(?:[^']|'')*'"
SAME = (
    (r"(\w+) BETWEEN (\w+) AND (\w+)", r"(\1 >= \2 AND \1 <= \3)"),
    (r"<> ALL \(ARRAY\[|\bNOT IN \(", " not in ("),
    (r"= ANY \(ARRAY\[|\bIN \(", " in ("),
    (r"\]\)", ")"),
    (r"<>", "!="),
    (r"(?<![<>!=])=(?!=)", "=="),
    (r"\|\|", "@"),
    (r"#", "?"),
    (r"\bIS NOT NULL\b", "is not None"),
    (r"\bIS NULL\b", "is None"),
    (r"\bCASE\b", "case("),
    (r"\b(WHEN|THEN|ELSE)\b", r",\1,"),
    (r"\bEND\b", ")"),
    (r"\b(AND|OR|NOT)\b", lambda found: found[0].lower()),
)
"""What SQL spells in more ways than one, and then as Python does, which can read how it is nested. The order matters. What would
begin a comment there is an operator here, and of none of ours."""


@lru_cache(4096)
def expression(sql: str) -> str:
    """How a condition is nested, whoever printed it. Of casts only those of literals go, since PostgreSQL adds them."""
    pieces = re.split(rf"({QUOTED})(::text|::bigint|)", sql)
    for at in range(0, len(pieces), 3):
        for spelling, one in SAME:
            pieces[at] = re.sub(spelling, one, pieces[at])
    for at in range(1, len(pieces), 3):
        number = pieces[at + 1] == "::bigint" and pieces[at].strip("'").isdecimal()
        pieces[at] = pieces[at].strip("'") if number else repr(pieces[at] + pieces[at + 1].replace("::text", ""))
        pieces[at + 1] = ""
    try:
        return ast.dump(ast.parse(f"({''.join(pieces)})", mode="eval"))
    except SyntaxError:
        return " ".join(sql.split())


@lru_cache(4096)
def constraint(sql: str) -> str:
    """A constraint's: a CHECK as it is nested, the others as written, but for spaces and quotes."""
    check = re.fullmatch(r"CHECK \((.*)\)", sql, re.DOTALL)
    return f"CHECK {expression(check[1])}" if check else re.sub(r'[\s"]', "", sql)


def default(sql: str | None) -> str:
    """What a column is where nothing is given; a moment as in UTC, whatever the session's time zone."""
    if not sql:
        return ""
    if moment := re.fullmatch(r"'(\d{4}-[-\d:.+TZ ]+)'(::timestamp with time zone)?", sql):
        return f" default {datetime.fromisoformat(moment[1]).astimezone(UTC)}"
    return f" default {sql if QUOTE in sql else sql.lower()}"


@cache
def wanted(dialect: str) -> Things:
    """The things of every table of the models."""
    made = _in_sqlite if dialect == "sqlite" else _in_postgresql
    return {(name, table.name): thing for table in Base.metadata.tables.values() for name, thing in made(table)}


def _in_postgresql(table: Table) -> Iterator[tuple[str, str]]:
    for column in table.columns:
        given = DDL.get_column_default_string(column)
        if column is table.autoincrement_column:
            given = f"nextval('{sequence(table)}'::regclass)"
        kind, full = column.type.compile(POSTGRESQL).lower(), "" if column.nullable else " not null"
        yield f"{table}.{column.name}", f"{kind}{full}{default(given)}"
    for one in (*table.constraints, *(own for column in table.columns for own in column.constraints)):
        name = DDL.preparer.format_constraint(one)
        yield str(name), constraint(DDL.process(one).partition(f"CONSTRAINT {name} ")[2])
    for index in table.indexes:
        if index.unique:
            where = index.dialect_options["postgresql"]["where"]
            of = ",".join(column.name for column in index.columns)
            yield str(index.name), unique_index(f"({of})", None if where is None else str(where))


def sequence(table: Table) -> str:
    """Where PostgreSQL has the numbers of a table's rows from, if it numbers them."""
    assert table.autoincrement_column is not None
    return f"{table.name}_{table.autoincrement_column.name}_seq"


def unique_index(of: str, where: str | None) -> str:
    """A unique index by its columns (and what PostgreSQL says between them and its condition)."""
    return re.sub(r'[\s"]', "", of) + (f" where {expression(where)}" if where else "")


def _in_sqlite(table: Table) -> Iterator[tuple[str, str]]:
    yield from of_table(table.name, str(CreateTable(table).compile(dialect=DIALECTS["sqlite"])))
    for index in table.indexes:
        if index.unique:
            yield str(index.name), spaced(str(CreateIndex(index).compile(dialect=DIALECTS["sqlite"])))


def spaced(sql: str) -> str:
    """As SQLite keeps what it was told, but for spaces and quotes."""
    pieces = re.split(f"({QUOTED})", sql)
    pieces[::2] = [re.sub(r"\s+", " ", piece.replace('"', "")) for piece in pieces[::2]]
    return "".join(pieces).strip()


@lru_cache(4096)
def of_table(table: str, sql: str) -> list[tuple[str, str]]:
    """The columns and constraints of a CREATE TABLE in any order, and what it says after them (STRICT)."""
    body, _, ending = sql.partition("(")[2].rpartition(")")
    parts, depth = [""], 0
    for piece in re.split(rf"({QUOTED}|[(),]|\bCONSTRAINT\b)", body):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth == 0 and piece in {",", "CONSTRAINT"}:
            parts.append("")
        parts[-1] += "" if depth == 0 and piece == "," else piece
    found = [(table, spaced(ending))]
    for part in filter(None, map(spaced, parts)):
        words = part.split(" ", 2)
        found.append((words[1] if words[0] == "CONSTRAINT" else f"{table}.{words[0]}", part))
    return found

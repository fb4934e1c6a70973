"""The only column types there are, and the metadata every row hangs on.

On SQLite each type is plain INTEGER or TEXT, so that STRICT tables hold what PostgreSQL holds by itself: no text in an
amount, no float anywhere. Moments are UTC and aware on both sides; in SQLite they are text of one fixed width, so they
sort and compare as moments do.
"""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    literal,
    or_,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase

MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Whole(TypeDecorator[int]):
    """A whole number of 64 bits: ids, counts and minor units of money."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise TypeError(f"a whole number is needed, not {value!r}")
        return value


class Word(TypeDecorator[str]):
    """Text of any length."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)


class Member(TypeDecorator[StrEnum]):
    """A word of one enum: text in the database, the member in Python."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


class Truth(TypeDecorator[bool]):
    """True or false; 1 or 0 in SQLite."""

    impl = Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Boolean())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> bool | int | None:  # noqa: FBT001
        return int(value) if dialect.name == "sqlite" and value is not None else value

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        return None if value is None else bool(value)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond. A naive one is refused."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else TIMESTAMP(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(f"a moment needs its time zone: {value!r}")
        value = value.astimezone(UTC)
        return value.strftime(MOMENT) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.strptime(value, MOMENT).replace(tzinfo=UTC)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


class Json(TypeDecorator[Any]):
    """Lists and dictionaries of plain values; jsonb on PostgreSQL, text in SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else JSONB(none_as_null=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return json.loads(value) if isinstance(value, str) and dialect.name == "sqlite" else value


class Base(DeclarativeBase):
    """Rows of the domain. `str`, `int`, `bool`, `datetime` and JSON values map to the types above and to no others."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        int: Whole(),
        str: Word(),
        bool: Truth(),
        datetime: Moment(),
        dict[str, Any]: Json(),
        list[Any]: Json(),
    }
    __table_args__: Any = {"sqlite_strict": True}  # noqa: RUF012


def table(row: type[Base]) -> Table:
    """The Core table of a row, for statements over sets."""
    found = row.__table__
    assert isinstance(found, Table)
    return found


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """A CHECK that keeps `column` to the members of `words`."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def is_one(column: ColumnElement[Any], *words: StrEnum) -> ColumnElement[bool]:
    """Written out, so that either database knows at once which of its partial indexes will do."""
    return or_(*(column == literal(word, column.type, literal_execute=True) for word in words))


def index_of(name: str, *columns: str, where: str) -> Index:
    """An index of the few rows for which `where` holds, in both databases."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))

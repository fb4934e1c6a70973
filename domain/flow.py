"""A flow says which status may follow which; it is data, and everything that enforces it is generated from it.

Three enforcers: triggers in the database hold everyone, `@validates` on the row serves ORM code, and `move` is the one
statement by which sets change status: it names the old statuses in its WHERE and the caller asserts the row count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Update, bindparam, update
from sqlalchemy.orm import validates

from domain.base import Base, table

Flow = Mapping[Any, frozenset[Any]]


@dataclass(frozen=True)
class Guarded:
    """A status column with its flow and the statuses a row may be born in."""

    table: str
    column: str
    steps: Flow
    born: frozenset[Any]

    @property
    def pairs(self) -> list[str]:
        return sorted(f"{old}>{new}" for old, news in self.steps.items() for new in news)


FLOWS: list[Guarded] = []


def guard(row: type[Base], steps: Flow, *born: StrEnum, column: str = "status") -> None:
    """Puts the column under its flow; called once below each row that has a status."""
    FLOWS.append(Guarded(row.__tablename__, column, steps, frozenset(born)))


def may(steps: Flow, old: Any, new: Any) -> bool:
    return new in steps[old]


def before(steps: Flow, new: Any) -> list[Any]:
    """The statuses from which `new` may be reached."""
    return sorted(old for old, news in steps.items() if new in news)


def move(row: type[Base], to: StrEnum, steps: Flow, *, by: str = "id", column: str = "status", **values: Any) -> Update:
    """UPDATE … SET column = to, … WHERE by IN :ids AND column IN (where `to` may follow). Built once, at import."""
    t = table(row)
    return (
        update(t)
        .where(t.c[by].in_(bindparam("ids", expanding=True)), t.c[column].in_(before(steps, to)))
        .values({column: to, **values})
    )


def follows(steps: Flow, column: str = "status") -> Any:
    """The `@validates` of a row whose `column` is under `steps`."""

    def check(self: Base, name: str, new: Any) -> Any:
        old = getattr(self, name, None)
        if old is not None and old != new and not may(steps, type(new)(old), new):
            raise ValueError(f"{self.__tablename__}.{name}: {old} cannot become {new}")
        return new

    return validates(column)(check)

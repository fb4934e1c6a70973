"""`check_books`: one snapshot, all questions, every offender named with the difference.

Full, it asks everything. Incrementally it asks about what was touched since the last checkpoint, whose hash vouches for the rest;
the wallets that everybody touches (the house's) are compared with their sums at the checkpoint and the entries since. What
cannot be read is an offence: a book that nobody can check is not clean.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, TextClause, text
from sqlalchemy.exc import DBAPIError, OperationalError

from domain.action import STAFF, SYSTEM, Look, query
from domain.books import checkpoints
from domain.books.invariants import questions
from domain.books.question import Question, touched

log = logging.getLogger(__name__)
UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading ends in that meets what no act of ours wrote. That the database does not answer is no offence."""


@dataclass(frozen=True)
class Offence:
    """An invariant, who offends it, and how."""

    invariant: str
    subject: str
    detail: str


@cache
def statements(dialect: str, *, narrowed: bool) -> list[tuple[list[Question], TextClause]]:
    """The questions of each invariant as one statement; its rows say by number which question they answer."""
    false = "0" if dialect == "sqlite" else "false"
    asked = []
    for _, alike in groupby(questions(dialect), key=lambda question: question.invariant):
        group = list(alike)
        parts = [
            f"SELECT {number} AS question, CAST(subject AS TEXT) AS subject, CAST(detail AS TEXT) AS detail"  # noqa: S608
            f" FROM ({question.text(narrowed=narrowed).replace('{false}', false)}) q"
            for number, question in enumerate(group)
        ]
        before = touched() if narrowed else ""
        asked.append((group, text(before + " UNION ALL ".join(parts) + " ORDER BY question")))
    return asked


IN_MEMORY = text("SET LOCAL random_page_cost = 1")
"""What was touched lately lies in memory: looking it up by its index costs less than PostgreSQL thinks."""


def answers(conn: Connection, since: int | None) -> Iterator[tuple[Question, Any]]:
    """The offending rows with the question that each answers: of everything, or of what was touched since an entry."""
    if since is not None and conn.dialect.name == "postgresql":
        conn.execute(IN_MEMORY)
    given = {} if since is None else {"since": since}
    for group, statement in statements(conn.dialect.name, narrowed=since is not None):
        try:
            found = [(group[row.question], row) for row in conn.execute(statement, given)]
        except OperationalError as error:
            _why(error)
            found = [answer for question in group for answer in _alone(conn, question, given)]
        yield from found


@dataclass(frozen=True)
class Unanswered:
    """A question that SQLite cannot answer, and why."""

    detail: str
    subject: str = "the books"


WHY = {
    "integer overflow": "more than can be added up",
    "malformed JSON": "what cannot be read",
    "Could not decode": "what is no text",
}
"""What SQLite cannot add up, though PostgreSQL can (the amounts that are too large are I15's to name); and what PostgreSQL cannot
even store."""
OF_DATA = "22"
"""PostgreSQL's codes of what is wrong with the data begin so."""


def _why(error: DBAPIError) -> str:
    """What is wrong with the data; raises any other error."""
    told = str(error.orig)
    if (getattr(error.orig, "sqlstate", None) or "").startswith(OF_DATA):
        return told.rpartition(": ")[2]
    for words, why in WHY.items():
        if words in told:
            return why
    raise error


def _alone(conn: Connection, question: Question, given: dict[str, int]) -> list[tuple[Question, Any]]:
    """What SQLite answers to one question of a group that it cannot answer together."""
    asked = question.text(narrowed=bool(given)).replace("{false}", "0")
    try:
        return [(question, row) for row in conn.execute(text(f"{touched() if given else ''} {asked}"), given)]
    except OperationalError as error:
        return [(question, Unanswered(_why(error)))]


def check_books(look: Look, *, incremental: bool = False) -> list[Offence]:
    """Every offence against the invariants, in their order; none means clean. The caller gives one snapshot."""
    checkpoints.unhurried(look)
    found: list[Offence] = []
    last = None
    with _reading(look, "the last checkpoint", found):
        last = checkpoints.last(look) if incremental else None
    with _reading(look, "the ledger", found):
        found += [
            Offence(question.invariant, str(row.subject), f"{question.words} {row.detail}")
            for question, row in answers(look.conn, last.entry_id if last is not None else None)
        ]
    with _reading(look, "the sums of the house's wallets", found):
        differences = checkpoints.house_differences(look, last) if last is not None else {}
        found += [
            Offence("I1", wallet, f"balance differs from the entries by {difference}")
            for wallet, difference in differences.items()
        ]
    with _reading(look, "the checkpoints", found):
        found += [
            Offence("I12", f"checkpoint {checkpoint.id}", checkpoint.why)
            for checkpoint in checkpoints.broken(look, only_last=incremental)
        ]
    return found


@contextmanager
def _reading(look: Look, what: str, found: list[Offence]) -> Iterator[None]:
    """A savepoint, since PostgreSQL answers nothing more after an error."""
    try:
        with look.conn.begin_nested():
            yield
    except (*UNREADABLE, DBAPIError) as error:
        why = _why(error) if isinstance(error, DBAPIError) else type(error).__name__
        log.exception("%s cannot be read", what)
        found.append(Offence("I12", what, f"cannot be read: {why}"))


@query(roles=STAFF | SYSTEM)
def check(look: Look, *, incremental: bool = False) -> list[Offence]:
    """`check_books`, for those who may ask."""
    return check_books(look, incremental=incremental)

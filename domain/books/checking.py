"""`check_books`: one snapshot, all questions, every offender named with the difference.

Full, it asks everything. Incrementally it asks about what was touched since the last checkpoint, whose hash vouches for the rest;
the wallets that everybody touches (the house's) are compared with their sums at the checkpoint and the entries since.
"""

from dataclasses import dataclass
from functools import cache
from itertools import groupby

from sqlalchemy import TextClause, text

from domain.action import STAFF, SYSTEM, Look, query
from domain.books import checkpoints
from domain.books.invariants import questions
from domain.books.question import Question, touched


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
        before = touched() if narrowed and any(question.is_narrowed for question in group) else ""
        asked.append((group, text(before + " UNION ALL ".join(parts) + " ORDER BY question")))
    return asked


IN_MEMORY = text("SET LOCAL random_page_cost = 1")
"""What was touched lately lies in memory: looking it up by its index costs less than PostgreSQL thinks."""


def check_books(look: Look, *, incremental: bool = False) -> list[Offence]:
    """Every offence against the invariants, in their order; none means clean. The caller gives one snapshot."""
    last = checkpoints.last(look) if incremental else None
    found = []
    if last is not None and look.conn.dialect.name == "postgresql":
        look.conn.execute(IN_MEMORY)
    for group, statement in statements(look.conn.dialect.name, narrowed=last is not None):
        since = {"since": last.entry_id} if last is not None and any(question.is_narrowed for question in group) else {}
        for row in look.conn.execute(statement, since):
            question = group[row.question]
            found.append(Offence(question.invariant, str(row.subject), f"{question.words} {row.detail}"))
    if last is not None:
        found += [
            Offence("I1", wallet, f"balance differs from the entries by {difference}")
            for wallet, difference in checkpoints.house_differences(look, last).items()
        ]
    found += [
        Offence("I12", f"checkpoint {checkpoint}", "what was appended before it was changed")
        for checkpoint in checkpoints.broken(look, only_last=incremental)
    ]
    return found


@query(roles=STAFF | SYSTEM)
def check(look: Look, *, incremental: bool = False) -> list[Offence]:
    """`check_books`, for those who may ask."""
    return check_books(look, incremental=incremental)

"""`check_books`: one snapshot, all questions, every offender named with the difference.

Full, it asks everything. Incrementally it asks about what was touched since the last checkpoint, whose hash vouches for the rest;
the wallets that everybody touches (the house's) are compared with their sums at the checkpoint and the entries since.
"""

from dataclasses import dataclass

from sqlalchemy import text

from domain.action import STAFF, SYSTEM, Look, query
from domain.books import checkpoints
from domain.books.invariants import questions


@dataclass(frozen=True)
class Offence:
    """An invariant, who offends it, and how."""

    invariant: str
    subject: str
    detail: str


def check_books(look: Look, *, incremental: bool = False) -> list[Offence]:
    """Every offence against the invariants, in their order; none means clean. The caller gives one snapshot."""
    last = checkpoints.last(look) if incremental else None
    false = "0" if look.conn.dialect.name == "sqlite" else "false"
    found = []
    for question in questions(look.conn.dialect.name):
        narrowed = last is not None and question.scope
        sql = question.sql.replace("{false}", false).replace("{scope}", question.scope if narrowed else "")
        rows = look.conn.execute(text(sql), {"since": last.entry_id} if narrowed and last else {})
        found += [Offence(question.invariant, str(row.subject), f"{question.words} {row.detail}") for row in rows]
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

"""Sealing the books, a checkpoint after the other: each is an act of its own, so that a halt never waits for all of them.

Only what a full check has found right is sealed, by whoever asks: a seal vouches for what lies below it, so the quick check would
call a mistake clean for ever, and no repair could set it right any more. The check is asked before the
acts and not within one, which would hold up every flip meanwhile. Nothing but this module draws checkpoints.
"""

from domain import books
from domain.books import Offence
from domain.ports import Do


class Unsound(Exception):
    """The books do not hold, so nothing was sealed; who offends them, and how."""

    def __init__(self, offences: list[Offence]) -> None:
        super().__init__(f"{len(offences)} offences")
        self.offences = offences


async def seal(do: Do, *, if_due: bool = False) -> int | None:
    """Checks everything, then seals everything up to now; raises `Unsound` where an invariant does not hold.

    Answers the number of the newest checkpoint, or None if nothing is new; with `if_due`, if there is no whole segment yet.
    """
    if offences := await do.ask(books.check):
        raise Unsound(offences)
    number = None
    if if_due and not await do.ask(books.is_due):
        return number
    while (sealed := await do(books.checkpoint)) is not None:
        number = sealed.number
        if not sealed.is_more:
            break
    return number

"""Sealing the books, a checkpoint after the other: each is an act of its own, so that a halt never waits for all of them."""

from domain import books
from domain.ports import Do


async def seal(do: Do) -> int | None:
    """Seals everything up to now; answers the number of the newest checkpoint, or None if nothing is new."""
    number = None
    while (sealed := await do(books.checkpoint)) is not None:
        number = sealed.number
        if not sealed.is_more:
            break
    return number

"""What somebody means by the words they typed, in the chat or at the shell."""

from collections.abc import Callable

from domain import finds
from domain.errors import NotFound, Refused
from domain.finds import Card, Found, Kind
from storage.gate import Do

CARDS: dict[Kind, Callable[..., Card | None]] = {
    Kind.user: finds.user,
    Kind.channel: finds.channel,
    Kind.placement: finds.placement,
    Kind.transfer: finds.transfer,
    Kind.deposit: finds.deposit,
    Kind.ticket: finds.ticket,
    Kind.withdrawal: finds.withdrawal,
    Kind.report: finds.report,
}


async def named(do: Do, words: str, *kinds: Kind) -> list[Found]:
    """Whatever of these kinds is meant; a bare number is the first kind's."""
    words = f"{kinds[0]}:{words}" if words.isdecimal() else words
    return [one for one in await do.ask(finds.find, words) if one.kind in kinds]


async def the_one(do: Do, words: str, *kinds: Kind) -> Found:
    """The only one that is meant; refused where there are none or several."""
    found = await named(do, words, *kinds)
    if len(found) != 1:
        raise Refused(NotFound("users"))
    return found[0]

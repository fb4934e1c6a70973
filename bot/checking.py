"""The check of the books as people ask for it: what the rows tell, and the other half of I9, the guards of their tables."""

from domain import books
from domain.books import Offence
from storage import guards
from storage.gate import Do


async def offences(do: Do, *, incremental: bool) -> list[Offence]:
    """`books.check`, and each guard, column, constraint and unique index that is missing, changed, switched off or not ours."""
    found = await do.ask(books.check, incremental=incremental)
    unlike = await guards.examined(do.gate.database)
    return found + [
        Offence("I9", name, "is not as this version generates it: see `holdfast doctor`") for name in unlike
    ]

"""The check of the books as people ask for it: what the rows tell, and the other half of I9, the guards of their tables."""

from domain import books
from domain.books import Offence
from storage import guards
from storage.gate import Do


async def offences(do: Do, *, incremental: bool) -> list[Offence]:
    """`books.check`, and each guard that is missing, changed, switched off or not ours."""
    found = await do.ask(books.check, incremental=incremental)
    unlike = await guards.examined(do.gate.database)
    return found + [
        Offence("I9", name, "the guard is not as generated from the tables: `holdfast migrate`") for name in unlike
    ]

"""The check of the books as people ask for it: what the rows tell, and the other half of I9, the guards of their tables."""

from domain import books
from domain.books import Offence
from scheduler.sealing import Unsound, seal
from storage import guards
from storage.gate import Do


async def offences(do: Do, *, incremental: bool) -> list[Offence]:
    """`books.check`, and each guard, column, constraint and unique index that is missing, changed, switched off or not ours."""
    return await do.ask(books.check, incremental=incremental) + await _unlike(do)


async def sealed(do: Do) -> tuple[list[Offence], int | None]:
    """Seals the books by hand: what a full check found, or else the number of the newest checkpoint, None if nothing is new."""
    if await _unlike(do):
        return await offences(do, incremental=False), None
    try:
        return [], await seal(do)
    except Unsound as unsound:
        return unsound.offences, None


async def _unlike(do: Do) -> list[Offence]:
    unlike = await guards.examined(do.gate.database)
    return [Offence("I9", name, "is not as this version generates it: see `holdfast doctor`") for name in unlike]

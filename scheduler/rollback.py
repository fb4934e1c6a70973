"""The evaluator of the rollback criteria. It halts by itself and never resumes; it runs whatever the switches say."""

import logging
from collections.abc import Sequence

from domain import books, calls, rollback
from domain.ports import Do, Telegram
from scheduler.sealing import Unsound, seal

log = logging.getLogger(__name__)


async def evaluate(do: Do, telegram: Telegram) -> int:
    """R2 to R4, then of R1 what was touched since the last checkpoint, which takes longer; all of R1 is `check_ledger`'s.

    The books are asked even where the others fail, by a heartbeat that cannot be read or whatever else.
    """
    try:
        met = await _halt(do, await do.ask(rollback.evaluate))
    finally:
        offences = await _halt(do, rollback.of_books(await do.ask(books.check, incremental=True)))
    return met + offences


async def _halt(do: Do, findings: Sequence[rollback.Finding]) -> int:
    if findings:
        halted = await do(rollback.halt, findings)
        if halted:
            log.critical("halted %s: %s", ", ".join(halted), findings)
    return len(findings)


async def count_calls(do: Do, telegram: Telegram) -> int:
    """How Telegram answered this process lately."""
    minutes = telegram.counted()
    if minutes:
        await do(calls.count, minutes)
    return sum(many for many, _ in minutes.values())


async def check_ledger(do: Do, telegram: Telegram) -> int:
    """R1: do all invariants hold? If so, what has come together is sealed, so that what `evaluate` has to look at stays small."""
    log.info("[INVARIANT] Ledger check started")
    try:
        await seal(do, if_due=True)
    except Unsound as unsound:
        for offence in unsound.offences:
            log.critical("Ledger invariant violated: %s %s: %s", offence.invariant, offence.subject, offence.detail)
        await do(rollback.halt, rollback.of_books(unsound.offences))
        return len(unsound.offences)
    return 0

"""The evaluator of the rollback criteria. It halts by itself and never resumes; it runs whatever the switches say."""

import logging

from domain import books, calls, rollback
from domain.ports import Do, Telegram

log = logging.getLogger(__name__)


async def evaluate(do: Do, telegram: Telegram) -> int:
    """R2 to R4, and of R1 what was touched since the last checkpoint; the whole of it is `check_ledger`'s."""
    offences = await do.ask(books.check, incremental=True)
    findings = rollback.of_books(offences) + await do.ask(rollback.evaluate)
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
    """R1: do all invariants hold?"""
    log.info("[INVARIANT] Ledger check started")
    offences = await do.ask(books.check)
    for offence in offences:
        log.critical("Ledger invariant violated: %s %s: %s", offence.invariant, offence.subject, offence.detail)
    if offences:
        await do(rollback.halt, rollback.of_books(offences))
    return len(offences)

"""Those who act (gated by `worker_watchdogs`), those who end what nobody answered, and those who only look and always run.

A watchdog never touches money: it ends jobs that were never started, and the settlement refunds them.
"""

import logging

from domain import approvals, books, countersigns, escrow, post_jobs
from domain.ports import Do, Telegram

log = logging.getLogger(__name__)


async def expire_leases(do: Do, telegram: Telegram) -> int:
    """Leases whose worker was lost."""
    came = await do(post_jobs.expire_leases)
    for job, status in came.items():
        log.error("Worker error: job %s lost its lease and is %s", job, status)
    return len(came)


async def fail_overdue(do: Do, telegram: Telegram) -> int:
    """Jobs that were never started and are past their deadline."""
    failed = await do(post_jobs.fail_overdue)
    if failed:
        log.error("failed %s overdue jobs: %s", len(failed), failed)
    return len(failed)


async def expire_approvals(do: Do, telegram: Telegram) -> int:
    """Placements that nobody answered in time. No watchdog: never gated."""
    return len(await do(approvals.expire))


async def expire_countersigns(do: Do, telegram: Telegram) -> int:
    """Countersigns whose time is over. Never gated."""
    return len(await do(countersigns.expire))


async def check_ledger(do: Do, telegram: Telegram) -> int:
    """Detector: do all invariants hold?"""
    log.info("[INVARIANT] Ledger check started")
    offences = await do.ask(books.check)
    for offence in offences:
        log.critical("Ledger invariant violated: %s %s: %s", offence.invariant, offence.subject, offence.detail)
    return len(offences)


async def count_stuck(do: Do, telegram: Telegram) -> int:
    """Detector: escrows without an outcome past their job's deadline."""
    stuck = await do.ask(escrow.stuck)
    if stuck:
        log.warning("[CRON] Escrow watchdog triggered: %s stuck escrows: %s", len(stuck), stuck)
    return len(stuck)

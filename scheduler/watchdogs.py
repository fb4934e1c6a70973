"""Those who act (gated by `worker_watchdogs`), those who end what nobody answered, and those who only look and always run.

A watchdog never touches money: it ends jobs that were never started, and the settlement refunds them. Nor does it fail what may
have been published: of that the admins are told.
"""

import logging

from domain import approvals, channels, countersigns, disputes, escrow, post_jobs, proposals, visits
from domain.ports import Do, Telegram
from scheduler.visiting import visited

log = logging.getLogger(__name__)


async def expire_leases(do: Do, telegram: Telegram) -> int:
    """Leases whose worker was lost."""
    came = await do(post_jobs.expire_leases)
    for job, status in came.items():
        log.error("Worker error: job %s lost its lease and is %s", job, status, extra={"job": job})
    return len(came)


async def fail_overdue(do: Do, telegram: Telegram) -> int:
    """Jobs that were never started and are past their deadline."""
    failed = await do(post_jobs.fail_overdue)
    if failed:
        log.error("failed %s overdue jobs: %s", len(failed), failed, extra={"jobs": failed})
    return len(failed)


async def expire_approvals(do: Do, telegram: Telegram) -> int:
    """Proposals, then placements, that nobody answered in time. No watchdog: never gated."""
    return len(await do(proposals.expire)) + len(await do(approvals.expire))


async def expire_disputes(do: Do, telegram: Telegram) -> int:
    """Disputes whose time to agree or to appeal is over, or whose post is gone. No watchdog: never gated."""
    return len(await do(disputes.expire))


async def remind(do: Do, telegram: Telegram) -> int:
    """Publishers who have not answered, while there is time. Never gated."""
    return len(await do(approvals.remind))


async def visit_channels(do: Do, telegram: Telegram) -> int:
    """Have the bots still their rights? Where Telegram does not answer, the rest waits for the next round. Never gated."""
    due = await do.ask(visits.due, couriers=telegram.couriers)
    for done, one in enumerate(due):
        seen = await visited(telegram, one.chat_id, one.courier_id)
        if seen is None:
            return done
        await do(channels.inspect, seen)
    return len(due)


async def expire_countersigns(do: Do, telegram: Telegram) -> int:
    """Countersigns whose time is over. Never gated."""
    return len(await do(countersigns.expire))


async def count_stuck(do: Do, telegram: Telegram) -> int:
    """Detector: escrows without an outcome past their job's deadline; and, apart, those that only wait for a switch."""
    stuck = await do.ask(escrow.stuck)
    if stuck:
        log.warning(
            "[CRON] Escrow watchdog triggered: %s stuck escrows: %s", len(stuck), stuck, extra={"escrows": stuck}
        )
    if unmoved := await do.ask(escrow.unmoved):
        log.warning("%s escrows have their outcome and are not moved: is a switch HALTED?", unmoved)
    return len(stuck)


async def tell_overdue(do: Do, telegram: Telegram) -> int:
    """Detector: jobs that may have been published and are past their deadline. Only the admins are told."""
    overdue = await do(post_jobs.tell_overdue)
    if overdue:
        log.error("jobs are uncertain past their deadline: %s", overdue, extra={"jobs": overdue})
    return len(overdue)


async def ask_late(do: Do, telegram: Telegram) -> int:
    """Asks advertisers about what has become late. Never gated."""
    return len(await do(post_jobs.ask_late))


async def ask_rights(do: Do, telegram: Telegram) -> int:
    """Tells publishers of what is due where the bot lost its rights. Never gated."""
    return len(await do(post_jobs.ask_rights))

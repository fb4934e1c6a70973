"""The watchdogs by hand: for when the workers are down, or `worker_watchdogs` is HALTED and stays so.

What was never started and is past its deadline fails; the settlement refunds it. What may have been published goes to a person.
"""

import argparse
import logging

from bot.cli.acts import door
from bot.cli.console import complain, say
from bot.settings import Settings
from domain import approvals, escrow, kill_switches, post_jobs
from domain.ledger import GATES, Reason
from domain.post_jobs import Status

log = logging.getLogger(__name__)


async def escrows(settings: Settings, given: argparse.Namespace) -> int:
    """Gives every stuck escrow an outcome, as far as nobody has to judge it. Asked again, it finds nothing more."""
    if given.admin is None:
        complain("ending jobs needs an admin: add --as ADMIN_ID")
        return 2
    async with door(settings, given) as do:
        stuck = await do.ask(escrow.stuck)
        log.warning("[CRON] Escrow watchdog triggered: %s stuck escrows: %s", len(stuck), stuck)
        leases: dict[int, Status] = {}
        while lost := await do(post_jobs.expire_leases):
            leases |= lost
        failed: list[int] = []
        for end in (post_jobs.fail_overdue, approvals.expire):
            while ended := await do(end):
                failed += ended
        unsure = [job for job, status in leases.items() if status == Status.uncertain]
        left = await do.ask(escrow.stuck)
        halted = await do.ask(kill_switches.permits, GATES[Reason.refund])
    say(f"stuck: {len(stuck)}; failed, since they were never started in time: {_named(failed)}")
    say(f"may have been published, so for review: {_named(unsure)}; still stuck: {_named(left)}")
    if failed:
        say(f"their refunds wait: {halted} is HALTED" if halted else "the settlement refunds what failed")
    return 0


def _named(ids: list[int]) -> str:
    return f"{len(ids)} ({', '.join(map(str, sorted(ids)))})" if ids else "0"

"""Drills: the seven incidents of the runbook, played from the injection to the first operation after it, and timed.

Each injects what goes wrong, waits one check interval for the house to see it, checks what halted by itself and that nothing
moves, types the runbook's lines, checks the books, resumes, and sees that work goes on. The first deviation ends it.
"""

from collections.abc import Awaitable, Callable

from bot.drills import books, outages, workers
from bot.drills.opening import end, opened
from bot.drills.report import Report, Step
from bot.drills.stage import Clock, Deviation, Stage
from bot.rate import TELEGRAM, Rates
from bot.settings import Settings
from domain.errors import Refused

__all__ = ["DRILLS", "Clock", "Report", "Stage", "play"]

DRILLS: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "ledger-violation": books.ledger_violation,
    "stuck-escrow": workers.stuck_escrow,
    "wallet-mismatch": books.wallet_mismatch,
    "telegram-outage": outages.telegram_outage,
    "redis-outage": outages.redis_outage,
    "worker-crash-loop": workers.crash_loop,
    "partial-payout": books.partial_payout,
}
PACED = ("telegram-outage", "redis-outage")
"""In these the calls wait for their turn, as in operation."""


async def play(
    name: str,
    settings: Settings,
    where: str,
    clock: Clock,
    without: frozenset[str] = frozenset(),
    pace: Rates = TELEGRAM,
) -> Report:
    """Plays one drill on the database of the settings, which is migrated; `without` these detectors it must fail.

    Tests may give a quicker `pace` than Telegram's; then the sandbox does not hold anybody to it.
    """
    report = Report(name, where, clock)
    try:
        async with outages.redis_for(name, settings, without) as (place, relay):
            rates = pace if name in PACED else None
            async with opened(place, report, clock, without, rates=rates, relay=relay) as stage:
                await DRILLS[name](stage)
                if not clock.jumps:
                    await end(stage)
    except (Deviation, AssertionError) as wrong:
        report.add(Step.failed, str(wrong))
    except Refused as refused:
        report.add(Step.failed, f"refused: {refused.refusal}")
    return report

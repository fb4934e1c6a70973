"""Rounds of the scheduler's ticks, by hand. What reads Telegram's own books or visits channels is left out: a drill's Telegram
knows only the drill's people."""

from bot.app import App
from scheduler.loop import TICKS

APART = frozenset({"stars", "visits"})
PERIODS = {tick.name: tick.every for tick in TICKS}


async def rounds(app: App, without: frozenset[str], *names: str) -> None:
    """Every tick once, in the order of the table; or only those named."""
    for tick in TICKS:
        if tick.name not in without | APART and (not names or tick.name in names):
            await app.loop.run(tick)

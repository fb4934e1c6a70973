"""`holdfast demo`: the main job, played end to end by three people against a local Telegram, and told as it happens.

Real parts only: the bot polls the sandbox over HTTP, the database is a fresh SQLite file, every button is pressed as a
person would. Only the clock is the demo's own: it jumps, and then every tick of the scheduler runs. Each step checks what
came of it; the first deviation ends the play with exit status 1 and says which step it was.
"""

from pathlib import Path

from bot.demo.stage import Deviation, Stage, open_stage
from bot.demo.story import SCENES

__all__ = ["Deviation", "Stage", "play"]


async def play(folder: Path) -> int:
    """Plays every scene in a fresh database in `folder`; answers the exit status."""
    async with open_stage(folder) as stage:
        try:
            for scene in SCENES:
                await scene(stage)
        except (Deviation, AssertionError) as wrong:
            stage.transcript.failed(stage.step, str(wrong))
            return 1
    return 0

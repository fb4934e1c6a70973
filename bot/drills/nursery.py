"""Workers that are real processes: started by the drill, and killed by their pid. None outlives it.

They are forked by a server that has imported everything and opened nothing, so that a new one costs little.
"""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from typing import Any

from bot.drills import child
from bot.drills.stage import Deviation, Stage

SECONDS = 30.0
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([child.__name__])


@dataclass
class Nursery:
    """One child at a time (`child.py`)."""

    stage: Stage
    process: ForkServerProcess | None = None

    async def bear(self, do: str, **given: Any) -> int:
        """Starts a child; answers its pid."""
        s = self.stage.settings
        assert s.bot_token
        settings = {
            "bot_token": s.bot_token.get_secret_value(),
            "courier_tokens": (),
            "bot_api": s.bot_api,
            "database_url": s.database_url,
            "owner_database_url": None,
            "redis_url": None,
            "admins": s.admins,
            "environment": s.environment,
            "evidence_chat": s.evidence_chat,
            "webhook_url": None,
            "fee_bps": s.fee_bps,
        }
        ahead = self.stage.clock.ahead.total_seconds()
        self.process = FORKS.Process(target=child.run, args=(do, settings, ahead, given), daemon=True)
        await asyncio.to_thread(self.process.start)
        assert self.process.pid
        return self.process.pid

    async def ended(self) -> bool:
        """Waits for the child's end: was it killed?"""
        assert self.process
        await asyncio.to_thread(self.process.join, SECONDS)
        code, self.process = self.process.exitcode, None
        if code not in (0, -signal.SIGKILL):
            raise Deviation(f"a worker of the drill did not end as it should: {code}")
        return code != 0

    async def kill(self) -> None:
        """SIGKILL, as a machine that loses its power."""
        assert self.process
        assert self.process.pid
        os.kill(self.process.pid, signal.SIGKILL)
        await self.ended()

    async def stop(self) -> None:
        """SIGTERM: it finishes what it has in hand."""
        assert self.process
        assert self.process.pid
        os.kill(self.process.pid, signal.SIGTERM)
        if await self.ended():
            raise Deviation("the worker did not end by itself")


@asynccontextmanager
async def nursery(stage: Stage) -> AsyncIterator[Nursery]:
    made = Nursery(stage)
    try:
        yield made
    finally:
        if made.process is not None:
            made.process.kill()
            made.process.join()

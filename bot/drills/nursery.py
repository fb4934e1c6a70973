"""Workers that are real processes: started by the drill, and killed by their pid. None outlives it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.drills.stage import Deviation, Stage

SECONDS = 30.0


@dataclass
class Nursery:
    """The warm process (`child.py`); one child at a time."""

    process: asyncio.subprocess.Process
    stage: Stage
    pid: int | None = None

    async def bear(self, do: str, **given: Any) -> int:
        """Starts a child; answers its pid."""
        s = self.stage.settings
        assert s.bot_token
        settings = {
            "bot_token": s.bot_token.get_secret_value(),
            "bot_api": s.bot_api,
            "database_url": s.database_url,
            "admins": ",".join(map(str, s.admins)),
            "environment": s.environment,
            "evidence_chat": s.evidence_chat,
            "fee_bps": s.fee_bps,
        }
        ahead = self.stage.clock.ahead.total_seconds()
        order = {"do": do, "settings": settings, "ahead": ahead, "given": given}
        assert self.process.stdin
        self.process.stdin.write((json.dumps(order) + "\n").encode())
        self.pid = int((await self._hear())["pid"])
        return self.pid

    async def ended(self) -> bool:
        """Waits for the child's end: was it killed?"""
        while "killed" not in (said := await self._hear()):
            continue
        self.pid = None
        return bool(said["killed"])

    async def kill(self) -> None:
        """SIGKILL, as a machine that loses its power."""
        assert self.pid
        os.kill(self.pid, signal.SIGKILL)
        await self.ended()

    async def stop(self) -> None:
        """SIGTERM: it finishes what it has in hand."""
        assert self.pid
        os.kill(self.pid, signal.SIGTERM)
        if await self.ended():
            raise Deviation("the worker did not end by itself")

    async def _hear(self) -> dict[str, Any]:
        assert self.process.stdout
        async with asyncio.timeout(SECONDS):
            line = await self.process.stdout.readline()
        said: dict[str, Any] = json.loads(line) if line else {"error": "the process is gone"}
        if "error" in said:
            raise Deviation(f"a worker of the drill failed: {said['error']}")
        return said


@asynccontextmanager
async def nursery(stage: Stage) -> AsyncIterator[Nursery]:
    pipe = asyncio.subprocess.PIPE
    paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.drills.child"),
        stdin=pipe,
        stdout=pipe,
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )
    made = Nursery(process, stage)
    try:
        yield made
    finally:
        if made.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(made.pid, signal.SIGKILL)
        assert process.stdin
        process.stdin.close()
        await process.wait()

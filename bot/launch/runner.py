"""Runs a phase: for each step its probe, the look, the record; until one fails, one waits, or all have passed.

The command line and the chat run phases with this, and with nothing else. Whoever stops or crashes leaves what was recorded;
the next one goes on from there.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiogram import Bot

from bot.launch.probes import PROBES, Outside
from bot.launch.source import digest
from bot.settings import Settings
from bot.texts import Texts
from domain import launch
from domain.errors import Refused
from domain.launch import Came, Outcome, Phase, Status
from storage.gate import Do

Told = Callable[[str, Came], None]


@dataclass(frozen=True)
class Report:
    """How a phase stands after a go, and what came of the step it stopped at."""

    run: int
    status: Status
    step: str
    came: Came


@dataclass(frozen=True)
class Launcher:
    """Who runs phases, with what they look at."""

    do: Do
    settings: Settings
    texts: Texts
    bot: Bot | None
    log: Path | None = None
    build: str = field(default_factory=digest)

    async def go(
        self, phase: Phase, setup: dict[str, Any] | None = None, told: Told = lambda step, came: None
    ) -> Report:
        """Begins a phase or goes on with it. Raises `Refused` where it may not begin."""
        token = uuid.uuid4().hex
        run = await self.do(launch.begin, phase, self.build, token, setup)
        row = await self.do.ask(launch.run_of, run)
        outside = Outside(self.do, self.settings, self.texts, self.bot, self.log, row)
        for step in await self.do.ask(launch.to_do, run):
            came = await self._seen(outside, phase, step)
            status = await self.do(launch.record, run, token, step, came.outcome, came.evidence)
            told(step, came)
            if came.outcome != Outcome.passed:
                break
        if status == Status.running:
            await self.do(launch.rest, run, token)
        return Report(run, status, step, came)

    async def _seen(self, outside: Outside, phase: Phase, step: str) -> Came:
        """A refusal of what a probe does is a failure with that reason."""
        probe = PROBES.get((phase, step))
        try:
            facts = await probe(outside) if probe else {}
        except Refused as refused:
            facts = {"refusal": refused.refusal.key(), **refused.refusal.facts()}
        return await self.do.ask(launch.examine, outside.run.id, step, facts)

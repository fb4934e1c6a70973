"""The launch from the shell: run a phase, see how it stands, roll it back."""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiogram import Bot

from bot.cli.acts import door
from bot.cli.console import complain, say
from bot.launch import Launcher, Report
from bot.launch.words import MARKS, advice, awaited, facts
from bot.session import Session
from bot.settings import Settings
from bot.texts import Text, Texts
from domain import launch
from domain.launch import Came, Line, Phase, Status

WAITS = 3
"""The exit status of a phase that waits."""
LOOKS_EVERY = 2.0
"""Seconds between two looks at a step that waits."""
NAMES = ("advertiser", "publisher", "channel", "price", "watch")


@asynccontextmanager
async def _telegram(settings: Settings) -> AsyncIterator[Bot | None]:
    if settings.bot_token is None:
        yield None
        return
    async with Bot(settings.bot_token.get_secret_value(), session=Session(settings)) as bot:
        yield bot


async def run(settings: Settings, given: argparse.Namespace) -> int:
    """One go, or as many as fit into `--wait` while a step waits."""
    if given.admin is None:
        complain("running a phase needs an admin: add --as ADMIN_ID")
        return 2
    phase = Phase(f"P{given.phase}")
    if phase != Phase.P2 and any(getattr(given, name) is not None for name in NAMES if name != "watch"):
        complain("who takes part, where and at what price is said in phase 2")
        return 2
    setup: dict[str, Any] = {name: getattr(given, name) for name in NAMES if getattr(given, name) is not None}
    texts, said = Texts(), set[str]()
    text = texts.bind("en")

    def told(step: str, came: Came) -> None:
        line = _line(text.plain("launch-step", step=step), Line(step, came.outcome, came.evidence))
        if line not in said:
            said.add(line)
            say(line)

    until = time.monotonic() + given.wait
    async with door(settings, given) as do, _telegram(settings) as bot:
        launcher = Launcher(do, settings, texts, bot, given.log)
        say(f"{phase}: {text.plain('launch-phase', phase=phase)} (build {launcher.build})")
        while True:
            report = await launcher.go(phase, setup or None, told)
            if report.status != Status.running or time.monotonic() >= until:
                break
            await asyncio.sleep(LOOKS_EVERY)
    return _ended(text, phase, report)


def _ended(text: Text, phase: Phase, report: Report) -> int:
    line = Line(report.step, report.came.outcome, report.came.evidence)
    if report.status == Status.passed:
        say(f"{phase} passed")
        return 0
    if report.status == Status.running:
        say(f"{phase} waits at {report.step}. {awaited(text, line) or ''}".rstrip())
        say(f"then: holdfast launch run {phase.number} --as ADMIN_ID")
        return WAITS
    complain(f"{phase} failed at {report.step}: do not launch")
    if words := advice(text, line):
        complain(words)
    if phase == Phase.P5:
        complain(text.plain("launch-failed-last"))
    return 1


def _line(title: str, line: Line) -> str:
    evidence = facts(line.evidence)
    return f"  {MARKS.get(line.outcome, '')} {line.step}: {title}" + (f"\n      {evidence}" if evidence else "")


async def status(settings: Settings, given: argparse.Namespace) -> int:
    """Every phase and step; exit status 0 when all phases have passed."""
    async with door(settings, given) as do:
        board = await do.ask(launch.board)
    text = Texts().bind("en")
    say(f"launch {board.launch}" if board.launch else "no launch yet: holdfast launch run 0 --as ADMIN_ID")
    for shown in board.phases:
        state = "not run" if shown.run is None else shown.run.status
        where = "" if shown.run is None else f" (build {shown.run.build}, database {shown.run.database})"
        say(f"{shown.phase} {text.plain('launch-phase', phase=shown.phase)}: {state}{where}")
        for line in shown.lines:
            say(_line(text.plain("launch-step", step=line.step), line))
            if line.at is not None:
                say(f"      {line.at:%Y-%m-%d %H:%M:%S} UTC, {line.actor}")
    if board.next is None:
        say("every phase has passed")
        return 0
    say(f"next: holdfast launch run {board.next.number} --as ADMIN_ID")
    return 1


async def rollback(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        changed = await do(launch.rollback, " ".join(given.reason))
    say(f"HALTED: {', '.join(changed)}" if changed else "already HALTED")
    say("the launch is rolled back; a new one begins with phase 0")
    return 0

"""How a drill begins and ends: in a house of its own with everything ENABLED, or in somebody's, at peace and left at peace."""

import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

from pydantic import SecretStr

from bot.app import App, build
from bot.drills.hearing import listening
from bot.drills.relay import Relay
from bot.drills.report import Report
from bot.drills.stage import ANN, BOB, PRICE, Clock, Deviation, Stage
from bot.rate import TELEGRAM, Rates
from bot.sandbox import Client, Person, Sandbox
from bot.settings import Environment, Settings
from domain import approvals, books, kill_switches, payments, users
from domain.action import Switch

TOKEN = "700000009:" + "D" * 35
MOST_ROUNDS = 300
"""In which the last notices must have been sent."""


async def _met(app: App, telegram: Client, number: int, name: str) -> Person:
    """Somebody who has met the bot, in the database and at the sandbox."""
    house = app.gate.system("drill")
    known = await house.ask(users.get, number)
    if known is None:
        await house(users.meet, number, name, None, "en")
    person = await telegram.person(known.name if known else name, id=number)
    await person.say("/start")
    return person


async def _begin(stage: Stage) -> None:
    """In a house of its own everything is ENABLED; another is taken as it is, and must be at peace."""
    admin = replace(stage.app.gate, terms=replace(stage.app.gate.terms, countersign=False)).user(stage.admins[0].id)
    if stage.clock.jumps:
        await admin(kill_switches.init)
        await admin(kill_switches.resume, list(Switch), "a drill begins")
    if halted := await stage.house.ask(kill_switches.permits, tuple(Switch)):
        raise Deviation(f"not begun: {halted} is HALTED, and a drill begins with every switch ENABLED")
    if offences := await stage.house.ask(books.check):
        raise Deviation(f"not begun: the books are not clean (offences: {len(offences)})")
    at_work = (
        "SELECT COUNT(*) FROM post_jobs WHERE status IN ('queued', 'sending', 'uncertain') OR next_look_at IS NOT NULL"
    )
    if many := await stage.one(at_work):
        raise Deviation(f"not begun: open placements: {many}; the drill's ticks would touch them: let them end")
    if many := await stage.one("SELECT COUNT(*) FROM notices WHERE status = 'owed'"):
        raise Deviation(f"not begun: owed notices: {many}; they would go to the drill's Telegram: let them be sent")


async def end(stage: Stage) -> None:
    """Leaves nothing open in somebody else's house: what is booked is taken back, what is owed is sent."""
    for row in await stage.rows("SELECT id FROM post_jobs WHERE status = 'queued' ORDER BY id"):
        await stage.ann(approvals.cancel, row.id)
    await stage.work()
    for _ in range(MOST_ROUNDS):
        if not await stage.one("SELECT COUNT(*) FROM notices WHERE status = 'owed'"):
            return
        await stage.tick("alerts", "notices")
        await stage.clock.wait(timedelta(seconds=1))
    raise Deviation("notices are still owed at the end")


@contextlib.asynccontextmanager
async def opened(
    settings: Settings,
    report: Report,
    clock: Clock,
    without: frozenset[str] = frozenset(),
    *,
    rates: Rates | None = None,
    relay: Relay | None = None,
) -> AsyncIterator[Stage]:
    """The house on this database, all ENABLED, with money in Ann's wallet; its Telegram is a sandbox of its own."""
    async with Sandbox(now=clock, limits=rates == TELEGRAM) as sandbox, Client(sandbox.api) as telegram:
        await telegram.add_bot(TOKEN)
        given = {
            "bot_token": SecretStr(TOKEN),
            "courier_tokens": (),
            "bot_api": sandbox.api,
            "environment": Environment.production,
            "evidence_chat": min(settings.admins),
            "webhook_url": None,
        }
        settings = settings.model_copy(update=given)
        app = build(settings, now=clock, rates=rates)
        try:
            with listening() as heard:
                one, other = sorted(settings.admins)[:2]
                admins = await _met(app, telegram, one, "Olga"), await _met(app, telegram, other, "Pit")
                await _met(app, telegram, ANN, "Ann of the drills")
                bob = await _met(app, telegram, BOB, "Bob of the drills")
                number = -(1_002_000_000_000 + secrets.randbelow(10**9))
                channel = await telegram.channel("Drill", owner=bob, id=number)
                stage = Stage(settings, app, telegram, clock, report, heard, admins, channel, without, relay)
                await _begin(stage)
                await stage.list_channel(channel)
                paid = await stage.house(payments.receive, ANN, 20 * PRICE, "XTR", f"drill-{secrets.token_hex(8)}")
                await stage.house(payments.credit, paid.id)
                await stage.tick("alerts", "notices")
                stage.bell = int(await stage.one("SELECT COALESCE(MAX(id), 0) FROM notices"))
                yield stage
        finally:
            await app.close()

"""`holdfast drill NAME`: an incident, injected, detected, halted, recovered, with a report. Never in production."""

import argparse
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url

from bot.cli.console import complain, out, say, write
from bot.cli.reaching import OURS, check_schema, told
from bot.settings import BadSettings, Environment, Settings
from domain import heartbeats
from domain.ports import Clock
from storage.database import Database
from storage.gate import Gate

NAMES = (
    "ledger-violation",
    "stuck-escrow",
    "wallet-mismatch",
    "telegram-outage",
    "redis-outage",
    "worker-crash-loop",
    "partial-payout",
)
ADMINS = frozenset({7101, 7102})
"""The two admins of the sandbox, where none are set."""


async def drill(settings: Settings, given: argparse.Namespace) -> int:
    if settings.environment == Environment.production:
        complain("drills break things on purpose: they are refused in production (HOLDFAST_ENVIRONMENT)")
        return 1
    from bot.drills import Clock as DrillClock
    from bot.drills import play

    if settings.environment == Environment.staging:
        await fit(settings, given.now)
    if given.report:
        try:
            given.report.open("a").close()
        except OSError as error:
            raise BadSettings(f"--report {given.report}: cannot be written ({error.strerror})") from None
    reports = []
    for name in NAMES if given.name == "all" else (given.name,):
        async with ground(settings) as (place, where):
            report = await play(name, place, where, DrillClock(jumps=settings.environment == Environment.sandbox))
        write(out, report.table())
        say("")
        reports.append(report)
    if given.report:
        given.report.write_text(
            "\n".join(["# Drills", "", *(report.markdown() for report in reports)]), encoding="utf-8"
        )
    failed = [report.drill for report in reports if not report.passed]
    say(f"drills: {len(reports) - len(failed)} passed" + (f", FAILED: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


async def fit(settings: Settings, now: Clock) -> None:
    """Refuses a staging where a drill cannot be played, or would disturb others."""
    if len(settings.admins) < 2:
        raise BadSettings("HOLDFAST_ADMINS: a drill needs two admins, since repairs take two")
    database = Database(settings.database_url)
    try:
        if not database.is_sqlite and settings.owner_database_url is None:
            raise BadSettings(
                "HOLDFAST_OWNER_DATABASE_URL: is needed to break what the application cannot, and to repair it"
            )
        with told(OURS, settings.database_url):
            await check_schema(database, settings.database_url)
            beats = await Gate(database, now, settings.terms, settings.admins).system("drill").ask(heartbeats.latest)
    finally:
        await database.close()
    if "posting" in beats and now() - beats["posting"][0] < heartbeats.GAP:
        raise BadSettings(
            f"a scheduler worked on this database less than {heartbeats.GAP.seconds} seconds ago, and would publish the drill's"
            " posts: stop it and wait so long; after another drill only wait"
        )


@asynccontextmanager
async def ground(settings: Settings) -> AsyncIterator[tuple[Settings, str]]:
    """Where it is played: in the sandbox always a new SQLite file, whatever address is set; on staging its database."""
    if settings.environment == Environment.staging:
        kind = make_url(settings.database_url).get_backend_name()
        yield settings, f"staging, {kind}, in real time"
        return
    with tempfile.TemporaryDirectory(prefix="holdfast-drill-") as folder:
        address = f"sqlite:///{Path(folder) / 'drill.db'}"
        database = Database(address)
        await database.migrate()
        await database.close()
        admins = settings.admins if len(settings.admins) > 1 else ADMINS
        place = {"database_url": address, "owner_database_url": None, "admins": admins}
        yield settings.model_copy(update=place), "sandbox, SQLite, a clock that jumps"

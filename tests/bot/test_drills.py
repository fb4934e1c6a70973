"""The seven drills, each on both databases, and each with its detector switched off: then it must fail."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli import typed
from bot.cli.console import err
from bot.cli.drills import NAMES
from bot.drills import DRILLS, Clock, Report, play
from bot.drills.report import Step
from bot.rate import Rates, Rule
from bot.settings import Environment, Settings
from domain import kill_switches
from domain.action import Switch, Terms
from domain.rollback import STOP, STOP_ALL
from storage.database import Database
from storage.gate import Gate
from tests.conftest import ADMIN, OTHER_ADMIN, Sql, owners
from tests.processes import run

HALTS = {
    "ledger-violation": STOP_ALL,
    "stuck-escrow": STOP,
    "wallet-mismatch": STOP_ALL,
    "telegram-outage": STOP,
    "partial-payout": STOP_ALL,
}
"""What halts by itself, and nothing else; the other drills halt no switch."""
DETECTORS = {
    "ledger-violation": ({"rollback", "ledger"}, "nobody detected it within 10 s"),
    "stuck-escrow": ({"rollback", "stuck"}, "nobody detected it within 10 s"),
    "wallet-mismatch": ({"rollback", "ledger"}, "nobody detected it within 10 s"),
    "telegram-outage": ({"calls"}, "nobody detected it within 10 s"),
    "redis-outage": ({"redis"}, "nobody noticed that Redis is away"),
    "worker-crash-loop": ({"leases"}, "nobody noticed within one interval"),
    "partial-payout": ({"rollback", "ledger"}, "nobody detected it within 10 s"),
}

QUICK = Rates(chat=Rule(3, 0.2), channel=Rule(20, 4.0))


def settings_of(address: str, servers: dict[str, Any]) -> Settings:
    return Settings(
        _env_file=None,
        database_url=address,
        owner_database_url=owners(address),
        redis_url=f"redis://127.0.0.1:{servers['valkey']}/9",
        admins=frozenset({ADMIN, OTHER_ADMIN}),
    )


def steps(report: Report) -> list[Step]:
    return [line.step for line in report.lines]


def test_there_is_a_drill_for_each_incident_of_the_runbook() -> None:
    assert tuple(DRILLS) == NAMES
    assert set(DETECTORS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
async def test_a_drill_goes_from_the_injection_to_the_first_operation_after_it(
    name: str, address: str, servers: dict[str, Any]
) -> None:
    logged = logging.getLogger().handlers[:]
    report = await play(name, settings_of(address, servers), "test", Clock(jumps=True), pace=QUICK)
    assert report.passed, report.markdown()
    assert logging.getLogger().handlers == logged
    assert {Step.injected, Step.detected, Step.halted, Step.recovered, Step.invariants, Step.resumed} <= set(
        steps(report)
    )
    assert Step.refused in steps(report)
    sql = Sql(address)
    by_itself = {
        row["key"]
        for row in sql(
            "SELECT DISTINCT key FROM kill_switch_flips WHERE NOT enabled AND actor IN ('system:rollback', 'system:ledger')"
        )
    } - {"worker_post"}  # where the operator was faster
    assert by_itself == set(HALTS.get(name, ())) - {"worker_post"}
    assert sql.one("SELECT COUNT(*) FROM kill_switches WHERE NOT enabled") == 0
    assert sql.one("SELECT COUNT(*) FROM post_jobs WHERE status IN ('sending', 'uncertain')") == 0


@pytest.mark.parametrize("name", NAMES)
async def test_a_drill_whose_detector_is_off_fails(name: str, sqlite_address: str, servers: dict[str, Any]) -> None:
    off, words = DETECTORS[name]
    report = await play(name, settings_of(sqlite_address, servers), "test", Clock(jumps=True), frozenset(off), QUICK)
    assert not report.passed
    assert words in report.lines[-1].words, report.markdown()
    assert {Step.injected} <= set(steps(report))
    assert not {Step.recovered, Step.resumed} & set(steps(report))


class Stepping(Clock):
    """On staging a drill waits in real time; here it is told that it does."""

    async def wait(self, step: timedelta) -> None:
        self.ahead += step


async def test_on_staging_all_drills_in_a_row_take_the_house_as_it_is_and_leave_nothing_open(
    postgresql_address: str, servers: dict[str, Any]
) -> None:
    address = postgresql_address
    settings = settings_of(address, servers).model_copy(update={"environment": Environment.staging})
    sql, clock = Sql(address), Stepping(jumps=False)
    report = await play("ledger-violation", settings, "test", clock)
    assert "is HALTED, and a drill begins with every switch ENABLED" in report.lines[-1].words
    assert sql("SELECT 1 FROM kill_switches") == []
    database = Database(address)
    admin = Gate(database, clock, Terms(), settings.admins).user(ADMIN)
    await admin(kill_switches.init)
    await admin(kill_switches.resume, list(Switch), "staging opens")
    await database.close()
    for name in NAMES:
        report = await play(name, settings, "test", clock, pace=QUICK)
        assert report.passed, report.markdown()
        assert sql("SELECT id FROM post_jobs WHERE status IN ('queued', 'sending', 'uncertain')") == []
        assert sql("SELECT id FROM escrows WHERE status = 'held'") == []
        assert sql("SELECT id FROM notices WHERE status = 'owed'") == []
    sql("UPDATE wallets SET balance = balance + 1 WHERE id = 'fees:XTR'")
    report = await play("ledger-violation", settings, "test", clock)
    assert "the books are not clean" in report.lines[-1].words
    assert report.injected is None


def test_the_command_line_alone_plays_a_drill_and_writes_its_report(tmp_path: Path) -> None:
    done = run("drill", "ledger-violation", "--report", "report.md", folder=tmp_path, admins="")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "drills: 1 passed" in done.stdout
    assert list(tmp_path.glob("*.db")) == []
    written = (tmp_path / "report.md").read_text()
    for words in (
        "injected at",
        "detected after 10.",
        "halted after",
        "first operation after",
        "books: clean",
        "| refused |",
    ):
        assert words in written


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"environment": Environment.production}, 1, "they are refused in production"),
        ({"admins": frozenset({ADMIN})}, 2, "a drill needs two admins"),
        ({"owner_database_url": None}, 2, "HOLDFAST_OWNER_DATABASE_URL: is needed"),
        ({}, 2, "a scheduler worked on this database less than 90 seconds ago"),
    ],
    ids=["production", "one admin", "no owner", "another scheduler"],
)
async def test_drills_are_refused_in_production_and_on_a_staging_that_does_not_fit(
    change: dict[str, Any], status: int, words: str, postgresql_address: str, servers: dict[str, Any]
) -> None:
    settings = settings_of(postgresql_address, servers).model_copy(update={"environment": Environment.staging} | change)
    sql, now = Sql(postgresql_address), datetime.now(UTC)
    sql("INSERT INTO heartbeats (name, at, since, said) VALUES ('posting', :now, :now, 'ok')", now=now)
    with err.capture() as complained:
        assert await typed(settings, ["drill", "all"]) == status
    assert words in complained.get()
    assert sql("SELECT id FROM users") == []

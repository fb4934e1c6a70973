"""The seven drills, each on both databases, and each with its detector switched off: then it must fail."""

import logging
from typing import Any

import pytest

from bot.cli.drills import NAMES
from bot.drills import DRILLS, Clock, Report, play
from bot.drills.report import Step
from bot.rate import Rates, Rule
from bot.settings import Settings
from domain.rollback import STOP, STOP_ALL
from tests.conftest import ADMIN, OTHER_ADMIN, Sql, owners

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

"""Whoever types the runbook line by line is led out of the incident: each section is played on both databases, as it is printed.

The house is in the incident first. Then every line is typed as it stands, with the placeholders of a table, in production's
rules; at the end the books are clean and everything runs. Every question in SQL is asked of both databases.
"""

import re
import shlex
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.cli import typed
from bot.cli.console import err, out
from bot.drills.books import mark_released
from bot.drills.opening import opened
from bot.drills.report import Report
from bot.drills.stage import ANN, BOB, Clock, Stage
from bot.sandbox import Fault
from domain import kill_switches
from domain.action import Switch
from domain.rollback import STOP, STOP_ALL
from scheduler.loop import TICKS
from tests.bot.test_drills import settings_of
from tests.conftest import ADMIN, OTHER_ADMIN, Sql
from tests.runbook import INCIDENTS, blocks, sections

LOOKS = ("books check", "doctor", "launch status")
"""Lines that only look, and say by their exit status that something is wrong."""
Facts = dict[str, str]


def test_every_incident_of_the_plan_has_its_section() -> None:
    assert [name for name in sections() if name in INCIDENTS] == list(INCIDENTS)
    for name in INCIDENTS:
        text = sections()[name]
        for words in ("What you see.", "What it did by itself.", "Judge.", "Recover.", "Resume", "Never"):
            assert f"**{words}" in text, (name, words)
        assert "```sql" in text
        assert "```sh" in text


async def _ledger(stage: Stage) -> Facts:
    await stage.forge("UPDATE wallets SET balance = balance + 1 WHERE id = :id", id=f"user:{ANN}:XTR")
    await stage.tick("rollback")
    return {"WALLET": f"user:{ANN}:XTR"}


async def _stuck(stage: Stage) -> Facts:
    """One that was never started, and one of which nobody knows."""
    unsure, never = await _unsure(stage), await stage.book("never started")
    await stage.forge(
        "UPDATE post_jobs SET deadline = :past WHERE status = 'queued'", past=stage.clock() - timedelta(hours=1)
    )
    await stage.app.gate.system("drill")(kill_switches.halt, [Switch.worker_watchdogs], "the incident")
    await stage.tick("rollback")
    return {"JOB": str(unsure), "failed": str(never)}


async def _unsure(stage: Stage) -> int:
    placement = await stage.book("nobody knows")
    await stage.telegram.fault("sendMessage", Fault.SERVER_ERROR, chat=stage.channel)
    await stage.tick("posting")
    await stage.expect("nobody knows", "SELECT status FROM post_jobs WHERE id = :id", "uncertain", id=placement)
    return placement


async def _mismatch(stage: Stage) -> Facts:
    await stage.book("paid")
    await stage.tick("posting", "releases")
    wallet = f"user:{BOB}:XTR"
    key = await stage.one("SELECT key FROM transfers WHERE destination_id = :id", id=f"user:{ANN}:XTR")
    forged = """INSERT INTO ledger_entries (transfer_key, wallet_id, amount, reason)
        VALUES (:key, :wallet, 5, 'deposit')"""
    await stage.forge(forged, unguarded=True, key=key, wallet=wallet)
    await stage.tick("rollback")
    entry = await stage.one("SELECT MAX(id) FROM ledger_entries")
    return {"WALLET": wallet, "ENTRY": str(entry), "USER_ID": str(BOB), "AMOUNT": "5", "TICKET": "1"}


async def _outage(stage: Stage) -> Facts:
    """R4 has halted; one job failed before, and was refunded."""
    failed = await stage.book("failed before")
    await stage.forge("UPDATE post_jobs SET deadline = :past", past=stage.clock() - timedelta(minutes=1))
    await stage.tick("overdue", "refunds")
    await stage.app.gate.system("rollback")(kill_switches.halt, list(STOP), "outage: 84")
    return {"JOB": str(failed)}


async def _nothing(stage: Stage) -> Facts:
    return {}


async def _crashes(stage: Stage) -> Facts:
    return {"JOB": str(await _unsure(stage))}


async def _partial(stage: Stage) -> Facts:
    placement = await stage.book("released, they say")
    await stage.tick("posting")
    await mark_released(stage, placement)
    await stage.tick("rollback")
    return {"ESCROW": str(placement)}


INCIDENT: dict[str, tuple[Callable[[Stage], Awaitable[Facts]], set[str]]] = {
    "Ledger Invariant Violation": (_ledger, set(STOP_ALL)),
    "Escrow Stuck in HELD": (_stuck, {*STOP, "worker_watchdogs"}),
    "Wallet Balance Mismatch (User-Reported)": (_mismatch, set(STOP_ALL)),
    "Telegram API Outage": (_outage, set(STOP)),
    "Redis Outage": (_nothing, set()),
    "Worker Crash Loop": (_crashes, set()),
    "Partial Payout Executed": (_partial, set(STOP_ALL)),
}
"""How the house comes into the incident, and what is HALTED then."""
OTHERS = [name for name in sections() if name not in INCIDENTS and blocks("sh", name)]


async def type_section(stage: Stage, section: str, facts: Facts) -> int:
    """Types every line of a section; answers how many. A line that asks for a Countersign gives the number for the next ones."""
    facts |= {"ADMIN_ID": str(ADMIN), "OTHER_ADMIN_ID": str(OTHER_ADMIN)}
    typed_lines = 0
    for block in blocks("sh", section):
        for line in block.lines:
            words = shlex.split(line)
            assert words[0] == "holdfast", line
            words = [
                re.sub(r"\b[A-Z_]{4,}\b|\bN\b|\bJOB\b", lambda m: facts.get(m[0], m[0]), word) for word in words[1:]
            ]
            with out.capture() as said, err.capture() as complained:
                status = await typed(stage.settings, words, stage.clock)
            printed = f"{line} ({words}):\n{said.get()}{complained.get()}"
            asked = re.search(r"asked for as number (\d+)", complained.get())
            if asked:
                facts["N"] = asked[1]
                assert (status, "--countersign" in words) == (1, False), printed
            elif line.removeprefix("holdfast ").startswith(LOOKS):
                assert status in (0, 1), printed
            else:
                assert status == 0, printed
            typed_lines += 1
            await stage.tick("refunds")
    return typed_lines


@pytest.mark.parametrize("section", INCIDENTS)
async def test_whoever_types_a_section_is_led_out_of_the_incident(
    section: str, address: str, servers: dict[str, Any]
) -> None:
    begin, halted = INCIDENT[section]
    clock = Clock(jumps=True)
    async with opened(settings_of(address, servers), Report(section, "test", clock), clock) as stage:
        facts = await begin(stage)
        sql = Sql(address)
        assert {row["key"] for row in sql("SELECT key FROM kill_switches WHERE NOT enabled")} == halted
        lines = await type_section(stage, section, facts)
        assert lines == sum(len(block.lines) for block in blocks("sh", section))
        await stage.tick()
        await stage.clean()
        assert sql("SELECT key FROM kill_switches WHERE NOT enabled") == []
        assert sql("SELECT id FROM post_jobs WHERE status = 'uncertain'") == []
        stuck = "SELECT e.id FROM escrows e JOIN post_jobs j ON j.id = e.id WHERE e.status = 'held' AND j.status <> 'queued'"
        assert sql(stuck) == []
        if "ESCROW" in facts:
            assert sql.one("SELECT status FROM escrows WHERE id = :id", id=int(facts["ESCROW"])) == "released"
        if "TICKET" in facts:
            assert sql.one("SELECT status FROM tickets") == "closed"
            assert sql.one("SELECT balance FROM wallets WHERE id = :id", id=facts["WALLET"]) == 90
        if section == "Telegram API Outage":
            assert sql.one("SELECT COUNT(*) FROM campaign_targets WHERE retry_of IS NOT NULL") == 1


@pytest.mark.parametrize("section", OTHERS)
async def test_every_other_line_of_the_runbook_runs(section: str, sqlite_address: str, servers: dict[str, Any]) -> None:
    clock = Clock(jumps=True)
    async with opened(settings_of(sqlite_address, servers), Report(section, "test", clock), clock) as stage:
        await type_section(stage, section, {})


def test_every_question_of_the_runbook_is_asked_of_both_databases(address: str) -> None:
    sql = Sql(address)
    asked = blocks("sql")
    assert {block.section for block in asked} >= set(INCIDENTS)
    for block in asked:
        sql(block.text.replace("'WALLET'", f"'user:{ANN}:XTR'").rstrip(";\n"))


def test_the_ticks_whose_periods_the_runbook_tells_have_them() -> None:
    periods = {tick.name: tick.every for tick in TICKS}
    assert "within 10 seconds" in sections()["Ledger Invariant Violation"]
    assert periods["rollback"] == timedelta(seconds=10)
    assert "within 30 seconds" in sections()["Escrow Stuck in HELD"]
    assert periods["overdue"] == timedelta(seconds=30)
    assert "every three seconds" in sections()["Redis Outage"]
    assert periods["posting"] == timedelta(seconds=3)

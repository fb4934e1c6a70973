"""Each tick says that it ran, or why it skipped. Detectors always run; what may have been published is only told of."""

import logging

import pytest

from bot.sandbox import Fault
from domain import kill_switches
from domain.action import Switch
from scheduler import posting, settlement, watchdogs
from scheduler.loop import TICKS, Loop
from tests import story
from tests.conftest import ADMIN
from tests.scheduler.conftest import Stage

OVERDUE = "SELECT user_id, about FROM notices WHERE kind = 'overdue'"


def said(stage: Stage) -> dict[str, str]:
    return {row["name"]: row["said"] for row in stage.house.sql("SELECT name, said FROM heartbeats")}


TICK_SWITCHES: dict[str, tuple[Switch, ...]] = {
    "deposits": (Switch.money_movement,),
    "reversals": (Switch.money_movement,),
    "posting": (Switch.worker_post, Switch.telegram_posting),
    "pins": (Switch.telegram_posting,),
    "leases": (Switch.worker_watchdogs,),
    "overdue": (Switch.worker_watchdogs,),
    "releases": (Switch.payouts, Switch.money_movement),
    "refunds": (Switch.money_movement,),
} | dict.fromkeys(
    (
        *("late", "rights", "looks", "searches", "approvals", "disputes", "reminders", "countersigns", "campaigns"),
        *("alerts", "notices", "calls", "rollback", "ledger", "stuck", "uncertain", "stars", "digest", "visits"),
    ),
    (),
)
"""What each tick needs, written down by hand: no fewer, and no more."""


def test_a_tick_needs_the_switches_that_are_written_down_and_no_other() -> None:
    assert {tick.name: tick.switches for tick in TICKS} == TICK_SWITCHES


def expected(halted: set[Switch]) -> dict[str, str]:
    stops = {name: [switch for switch in needed if switch in halted] for name, needed in TICK_SWITCHES.items()}
    return {name: f"skipped: {found[0]} is HALTED" if found else "ok" for name, found in stops.items()}


@pytest.mark.parametrize("switch", [None, *Switch], ids=str)
async def test_a_tick_whose_switch_is_halted_says_so_and_every_other_runs(stage: Stage, switch: Switch | None) -> None:
    await story.people(stage.house)
    await story.switches(stage.house, *[key for key in Switch if key != switch])
    await Loop(stage.house.gate.system, stage.adapter, stage.house.clock).once()
    assert said(stage) == expected({switch} if switch else set())


async def test_with_no_switch_row_at_all_detectors_still_run(stage: Stage) -> None:
    await Loop(stage.house.gate.system, stage.adapter, stage.house.clock).once()
    ran = {name for name, words in said(stage).items() if words == "ok"}
    assert ran == {name for name, needed in TICK_SWITCHES.items() if not needed}


async def test_a_job_that_may_have_been_published_is_told_of_once_and_left_alone(stage: Stage) -> None:
    placement = await stage.book()
    await stage.telegram.fault("sendMessage", Fault.SERVER_ERROR_AFTER_ACCEPTING)
    await posting.publish_due(stage.house.system, stage.adapter)
    stage.house.clock.forward(hours=2, minutes=14)
    assert await watchdogs.tell_overdue(stage.house.system, stage.adapter) == 0
    stage.house.clock.forward(minutes=1)
    assert await watchdogs.tell_overdue(stage.house.system, stage.adapter) == 1
    picture = stage.house.sql.picture()
    stage.house.clock.forward(days=3)
    assert await watchdogs.tell_overdue(stage.house.system, stage.adapter) == 0
    assert await watchdogs.count_stuck(stage.house.system, stage.adapter) == 0
    assert await watchdogs.fail_overdue(stage.house.system, stage.adapter) == 0
    assert stage.house.sql.picture() == picture
    assert stage.house.sql(OVERDUE) == [{"user_id": ADMIN, "about": placement.id}]
    assert stage.job()["status"] == "uncertain"
    assert stage.house.sql.one("SELECT status FROM escrows") == "held"


@pytest.mark.parametrize("sending", [False, True])
async def test_a_job_that_is_neither_done_nor_failed_is_stuck_a_quarter_of_an_hour_past_its_deadline(
    stage: Stage, sending: bool, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.book()
    if sending:
        await story.started(stage.house)
    stage.house.clock.forward(hours=2, minutes=14, seconds=59)
    assert await watchdogs.count_stuck(stage.house.system, stage.adapter) == 0
    stage.house.clock.forward(seconds=1)
    assert await watchdogs.count_stuck(stage.house.system, stage.adapter) == 1
    assert "[CRON] Escrow watchdog triggered: 1 stuck escrows" in caplog.text


@pytest.mark.parametrize("outcome", ["served", "failed"])
async def test_what_only_waits_for_a_switch_is_not_stuck_and_is_told_of(
    stage: Stage, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.book()
    if outcome == "failed":
        await stage.telegram.fault("sendMessage", Fault.FORBIDDEN)
    await posting.publish_due(stage.house.system, stage.adapter)
    await stage.house.gate.user(ADMIN)(kill_switches.halt, [Switch.payouts, Switch.money_movement], "incident")
    stage.house.clock.forward(hours=3)
    with caplog.at_level(logging.WARNING):
        assert await watchdogs.count_stuck(stage.house.system, stage.adapter) == 0
    assert "1 escrows have their outcome and are not moved" in caplog.text
    assert "[CRON]" not in caplog.text
    await stage.house.gate.user(ADMIN)(kill_switches.resume, [Switch.payouts, Switch.money_movement], "over")
    await settlement.release_served(stage.house.system, stage.adapter)
    await settlement.refund_failed(stage.house.system, stage.adapter)
    caplog.clear()
    await watchdogs.count_stuck(stage.house.system, stage.adapter)
    assert caplog.text == ""

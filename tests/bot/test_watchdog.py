"""`holdfast watchdog run escrows`: what was never started fails, what may be published is left to people, no money is touched."""

import pytest

from bot.cli import typed
from bot.cli.console import err, out
from bot.settings import Settings
from domain import escrow, kill_switches, post_jobs
from domain.action import Switch
from tests import story
from tests.conftest import ADMIN, OTHER_ADMIN, House
from tests.domain.test_publishing import many
from tests.story import ANN


async def stuck_house(house: House) -> tuple[int, int, int]:
    """Three placements, booked yesterday: never started, perhaps published, never answered; all watchdogs HALTED."""
    started = await story.booked(house, money=2000)
    await story.approve(house, started)
    await story.started(house)
    never = await story.draft(house, started.channel)
    unanswered = await story.draft(house, started.channel)
    for placement in (never, unanswered):
        await house.gate.user(ANN)(escrow.hold, (placement.id,))
    await story.approve(house, never)
    await house.gate.user(ADMIN)(kill_switches.halt, [Switch.worker_watchdogs, Switch.money_movement], "night")
    house.clock.forward(days=1, hours=5)
    return never.id, started.id, unanswered.id


async def run_by_hand(house: House, *more: str) -> tuple[int, str]:
    """`holdfast watchdog run escrows`: its exit status, and what it printed."""
    admins = frozenset({ADMIN, OTHER_ADMIN})
    settings = Settings(_env_file=None, database_url=house.address, admins=admins)
    with out.capture() as said, err.capture() as complained:
        status = await typed(settings, ["watchdog", "run", "escrows", *more], house.clock)
    return status, said.get() + complained.get()


async def test_what_was_never_started_fails_and_the_settlement_refunds_it(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    never, started, unanswered = await stuck_house(house)
    before = house.sql("SELECT id, balance FROM wallets ORDER BY id")
    status, said = await run_by_hand(house)
    assert (status, "--as ADMIN_ID" in said) == (2, True)
    status, said = await run_by_hand(house, "--as", f"{ADMIN}")
    assert status == 0, said
    assert "[CRON] Escrow watchdog triggered: 3 stuck escrows: [1, 2, 3]" in caplog.text
    assert f"never started in time: 2 ({never}, {unanswered})" in said
    assert f"for review: 1 ({started}); still stuck: 0" in said
    assert "their refunds wait: money_movement is HALTED" in said
    assert house.sql("SELECT id, balance FROM wallets ORDER BY id") == before
    jobs = {row["id"]: (row["status"], row["failure"]) for row in house.sql("SELECT * FROM post_jobs")}
    assert jobs == {never: ("failed", "overdue"), started: ("uncertain", None), unanswered: ("failed", "expired")}
    assert (
        house.sql.one("SELECT DISTINCT actor FROM audit_events WHERE action = 'post_jobs.fail_overdue'")
        == f"user:{ADMIN}"
    )

    await house.gate.user(ADMIN)(kill_switches.resume, [Switch.money_movement], "day")
    assert sorted(await house.system.ask(escrow.to_refund)) == sorted([never, unanswered])
    await house.system.each(escrow.refund, [never, unanswered])
    _, said = await run_by_hand(house, "--as", f"{ADMIN}")
    assert "stuck: 0; failed, since they were never started in time: 0" in said
    assert await house.system.ask(post_jobs.in_review) == 1


async def test_more_than_one_part_is_ended_until_none_is_left_and_the_sum_is_told(house: House) -> None:
    ids = await many(house, 201)
    house.clock.forward(days=1)
    status, said = await run_by_hand(house, "--as", f"{ADMIN}")
    assert status == 0, said
    assert f"never started in time: 201 ({ids[0]}, " in said
    acts = "SELECT COUNT(DISTINCT act_id) FROM audit_events WHERE action = 'post_jobs.fail_overdue'"
    assert house.sql.one(acts) == 2

"""`holdfast watchdog run escrows`: what was never started fails, what may be published is left to people, no money is touched."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain import escrow, kill_switches, post_jobs
from domain.action import Switch
from tests import story
from tests.bot.test_cli import run
from tests.conftest import ADMIN, OTHER_ADMIN, House
from tests.story import ANN


async def stuck_house(house: House) -> tuple[int, int, int]:
    """Three placements, booked yesterday: never started, perhaps published, never answered; all watchdogs HALTED."""
    house.clock.at = datetime.now(UTC) - timedelta(days=1, hours=5)
    started = await story.booked(house, money=2000)
    await story.approve(house, started)
    await story.started(house)
    never = await story.draft(house, started.channel)
    unanswered = await story.draft(house, started.channel)
    for placement in (never, unanswered):
        await house.gate.user(ANN)(escrow.hold, (placement.id,))
    await story.approve(house, never)
    await house.gate.user(ADMIN)(kill_switches.halt, [Switch.worker_watchdogs, Switch.money_movement], "night")
    house.clock.at = datetime.now(UTC)
    return never.id, started.id, unanswered.id


async def test_what_was_never_started_fails_and_the_settlement_refunds_it(house: House, tmp_path: Path) -> None:
    never, started, unanswered = await stuck_house(house)
    settings = {"admins": f"{ADMIN},{OTHER_ADMIN}", "database_url": house.address}
    before = house.sql("SELECT id, balance FROM wallets ORDER BY id")
    alone = run("watchdog", "run", "escrows", folder=tmp_path, **settings)
    assert (alone.returncode, "--as ADMIN_ID" in alone.stderr) == (2, True)
    done = run("watchdog", "run", "escrows", "--as", f"{ADMIN}", folder=tmp_path, **settings)
    assert done.returncode == 0, done.stderr
    assert "[CRON] Escrow watchdog triggered: 3 stuck escrows: [1, 2, 3]" in done.stderr
    assert f"never started in time: 2 ({never}, {unanswered})" in done.stdout
    assert f"for review: 1 ({started}); still stuck: 0" in done.stdout
    assert "their refunds wait: money_movement is HALTED" in done.stdout
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
    again = run("watchdog", "run", "escrows", "--as", f"{ADMIN}", folder=tmp_path, **settings)
    assert "stuck: 0; failed, since they were never started in time: 0" in again.stdout
    assert await house.system.ask(post_jobs.in_review) == 1

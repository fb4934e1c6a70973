"""Publishing: whatever Telegram answers, a placement is in the channel at most once and its money waits for the truth."""

import asyncio
from typing import Any

import pytest

import bot.telegram
from bot.sandbox import Fault
from domain import campaigns, escrow, kill_switches, post_jobs
from domain.action import Switch
from domain.errors import Refused
from scheduler import posting, settlement, telling, watchdogs
from tests import story
from tests.conftest import ADMIN
from tests.scheduler.conftest import Stage
from tests.story import ANN, BOB


async def publish(stage: Stage) -> int:
    return await posting.publish_due(stage.house.system, stage.adapter)


async def test_an_approved_placement_is_published_with_exactly_its_content(stage: Stage) -> None:
    placement = await stage.book()
    assert await publish(stage) == 1
    (post,) = await stage.channel.posts()
    assert post.text == "Buy our tea"
    assert stage.job("status", "message_id", "chat_id", "attempts") == {
        "status": "success",
        "message_id": post.id,
        "chat_id": stage.channel.id,
        "attempts": 1,
    }
    assert await publish(stage) == 0
    await settlement.release_served(stage.house.system, stage.adapter)
    assert story.balance(stage.house, f"user:{BOB}:XTR") == 360
    assert stage.house.sql.one("SELECT status FROM campaign_targets WHERE id = :id", id=placement.id) == "posted"


OUTCOMES = {
    Fault.TOO_MANY_REQUESTS: ("queued", "not_sent", 0),
    Fault.BAD_REQUEST: ("failed", "refused", 0),
    Fault.FORBIDDEN: ("failed", "refused", 0),
    Fault.TOO_LARGE: ("failed", "refused", 0),
    Fault.MIGRATED: ("queued", "not_sent", 0),
    Fault.UNAUTHORIZED: ("queued", "not_sent", 0),
    Fault.REFUSED: ("queued", "not_sent", 0),
    Fault.SERVER_ERROR: ("uncertain", "unknown", 0),
    Fault.BAD_GATEWAY: ("uncertain", "unknown", 0),
    Fault.CONFLICT: ("uncertain", "unknown", 0),
    Fault.RESET: ("uncertain", "unknown", 0),
    Fault.HANG: ("uncertain", "unknown", 0),
    Fault.SERVER_ERROR_AFTER_ACCEPTING: ("uncertain", "unknown", 1),
    Fault.BAD_GATEWAY_AFTER_ACCEPTING: ("uncertain", "unknown", 1),
    Fault.RESET_AFTER_ACCEPTING: ("uncertain", "unknown", 1),
    Fault.TIMEOUT_AFTER_ACCEPTING: ("uncertain", "unknown", 1),
    Fault.TRUNCATED_AFTER_ACCEPTING: ("uncertain", "unknown", 1),
    Fault.GARBLED_AFTER_ACCEPTING: ("uncertain", "unknown", 1),
    Fault.BROKEN_UTF8_AFTER_ACCEPTING: ("uncertain", "unknown", 1),
    Fault.UNKNOWN_TYPE_AFTER_ACCEPTING: ("uncertain", "unknown", 1),
    Fault.SLOW: ("success", "accepted", 1),
}
"""SAFETY.md section 5: the answer, what the job and the attempt become, and how many messages Telegram took."""


def test_every_fault_of_the_sandbox_is_in_the_table() -> None:
    assert set(OUTCOMES) == set(Fault)


@pytest.mark.parametrize("fault", Fault)
async def test_each_answer_becomes_what_the_table_says(
    stage: Stage, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.telegram, "SEND_SECONDS", 1)
    await stage.book()
    await stage.telegram.fault("sendMessage", fault, seconds=0.05 if fault is Fault.SLOW else 30)
    await publish(stage)
    job, attempt, taken = OUTCOMES[fault]
    assert stage.job()["status"] == job
    assert stage.house.sql("SELECT status FROM post_attempts") == [{"status": attempt}]
    assert (await stage.telegram.counts()).get(stage.channel.id, 0) == taken
    counted = stage.job("attempts")["attempts"]
    assert counted == (0 if job == "queued" else 1)

    await stage.telegram.clear_faults()
    stage.house.clock.forward(minutes=5)
    await publish(stage)  # what may have been taken is not sent again; what was not is
    await settlement.refund_failed(stage.house.system, stage.adapter)
    await settlement.release_served(stage.house.system, stage.adapter)
    published = await stage.channel.published()
    assert len(published) <= 1
    money = {"success": "released", "failed": "refunded"}.get(str(stage.job()["status"]), "held")
    assert stage.house.sql.one("SELECT status FROM escrows") == money
    if fault is Fault.UNAUTHORIZED:
        assert (
            await stage.house.system.ask(kill_switches.permits, (Switch.telegram_posting,)) == Switch.telegram_posting
        )


async def test_a_429_waits_as_long_as_telegram_says(stage: Stage) -> None:
    await stage.book()
    await stage.telegram.fault("sendMessage", Fault.TOO_MANY_REQUESTS, retry_after=40)
    await publish(stage)
    stage.house.clock.forward(seconds=39)
    assert await publish(stage) == 0
    stage.house.clock.forward(seconds=2)
    assert await publish(stage) == 1
    assert stage.job()["status"] == "success"


async def test_two_workers_publish_one_message(stage: Stage) -> None:
    await stage.book()
    await asyncio.gather(*(publish(stage) for _ in range(8)))
    assert len(await stage.channel.published()) == 1


async def test_a_halted_switch_between_claim_and_start_puts_the_job_back(stage: Stage) -> None:
    await stage.book()
    await stage.house.gate.user(ADMIN)(kill_switches.halt, [Switch.telegram_posting], "test")
    await publish(stage)
    assert stage.job("status", "attempts", "lost_leases") == {"status": "queued", "attempts": 0, "lost_leases": 0}
    assert await stage.channel.published() == []
    await stage.house.gate.user(ADMIN)(kill_switches.resume, [Switch.telegram_posting], "test")
    await publish(stage)
    assert len(await stage.channel.published()) == 1


async def test_a_paused_campaign_is_not_sent(stage: Stage) -> None:
    placement = await stage.book()
    await stage.house.gate.user(ANN)(campaigns.pause, placement.campaign, paused=True)
    assert await publish(stage) == 0
    assert await stage.channel.published() == []
    await stage.house.gate.user(ANN)(campaigns.pause, placement.campaign, paused=False)
    assert await publish(stage) == 1


async def test_a_campaign_paused_after_the_claim_is_not_sent(stage: Stage) -> None:
    placement = await stage.book()
    (duty,) = await stage.house.system(post_jobs.claim)
    await stage.house.gate.user(ANN)(campaigns.pause, placement.campaign, paused=True)
    came = await stage.house.system.each(post_jobs.start, [duty.id], duty.token)
    assert came == {duty.id: post_jobs.CampaignPaused(duty.id)}


async def test_payouts_halted_while_posting_goes_on_holds_the_money_and_pays_once_after_resume(stage: Stage) -> None:
    await stage.book()
    admin = stage.house.gate.user(ADMIN)
    await admin(kill_switches.halt, [Switch.payouts], "test")
    await publish(stage)
    for _ in range(2):
        with pytest.raises(Refused):
            await settlement.release_served(stage.house.system, stage.adapter)
        await settlement.refund_failed(stage.house.system, stage.adapter)
    assert stage.house.sql("SELECT status FROM escrows") == [{"status": "held"}]
    assert stage.job()["status"] == "success"
    await admin(kill_switches.resume, [Switch.payouts], "test")
    for _ in range(2):
        await settlement.release_served(stage.house.system, stage.adapter)
    assert story.balance(stage.house, f"user:{BOB}:XTR") == 360


async def test_a_database_that_fails_right_after_telegram_accepted_sends_and_refunds_nothing(stage: Stage) -> None:
    await stage.book()
    rename = "ALTER TABLE post_attempts RENAME TO "
    real = stage.adapter.prepare

    class Failing:
        def prepare(self, chat_id: int, content: dict[str, Any], *, pin: bool) -> Any:
            call = real(chat_id, content, pin=pin)

            async def publish_then_lose_the_database() -> Any:
                sent = await call()
                stage.house.sql(rename + "away")
                return sent.__class__(sent.status, sent.message_ids)

            return publish_then_lose_the_database

    with pytest.raises(Exception, match="post_attempts"):
        await posting.publish_due(stage.house.system, Failing())  # type: ignore[arg-type]
    stage.house.sql("ALTER TABLE away RENAME TO post_attempts")
    assert stage.job()["status"] == "sending"
    stage.house.clock.forward(minutes=3)
    await watchdogs.expire_leases(stage.house.system, stage.adapter)
    await publish(stage)
    await settlement.refund_failed(stage.house.system, stage.adapter)
    assert stage.job()["status"] == "uncertain"
    assert len(await stage.channel.published()) == 1
    assert stage.house.sql("SELECT status FROM escrows") == [{"status": "held"}]


async def test_a_worker_lost_before_it_started_sent_nothing_and_the_job_is_queued_again(stage: Stage) -> None:
    await stage.book()
    await stage.house.system(post_jobs.claim)
    stage.house.clock.forward(minutes=3)
    await watchdogs.expire_leases(stage.house.system, stage.adapter)
    assert stage.job("status", "lost_leases") == {"status": "queued", "lost_leases": 1}
    await publish(stage)
    assert stage.job()["status"] == "success"


async def test_a_late_worker_cannot_overwrite(stage: Stage) -> None:
    await stage.book()
    (duty,) = await story.started(stage.house)
    stage.house.clock.forward(minutes=3)
    await watchdogs.expire_leases(stage.house.system, stage.adapter)
    sent = post_jobs.Sent(post_jobs.AttemptStatus.accepted, (99,))
    came = await stage.house.system.each(post_jobs.record, [duty.id], duty.token, {duty.id: sent})
    assert came == {duty.id: post_jobs.LeaseLost(duty.id)}
    assert stage.job("status", "message_id") == {"status": "uncertain", "message_id": None}


async def test_a_creative_nobody_can_read_fails_alone_as_poison(stage: Stage) -> None:
    placement = await stage.book(money=5000)
    good = await story.draft(stage.house, placement.channel)
    await stage.house.gate.user(ANN)(escrow.hold, (good.id,))
    await story.approve(stage.house, good)
    bad = stage.house.sql.one("SELECT creative_id FROM campaign_targets WHERE id = :id", id=placement.id)
    stage.house.sql("""UPDATE creatives SET content = '{"nonsense": 1}' WHERE id = :id""", id=bad)
    for _ in range(4):
        await publish(stage)
    rows = stage.house.sql("SELECT id, status, failure FROM post_jobs ORDER BY id")
    assert rows == [
        {"id": placement.id, "status": "failed", "failure": "poison"},
        {"id": good.id, "status": "success", "failure": None},
    ]
    await settlement.refund_failed(stage.house.system, stage.adapter)
    assert stage.house.sql.one("SELECT status FROM escrows WHERE id = :id", id=placement.id) == "refunded"


async def test_what_was_never_started_fails_after_its_deadline_and_is_refunded(stage: Stage) -> None:
    await stage.book()
    await stage.house.gate.user(ADMIN)(kill_switches.halt, [Switch.worker_post], "test")
    stage.house.clock.forward(hours=2, seconds=1)
    assert await watchdogs.count_stuck(stage.house.system, stage.adapter) == 1
    await watchdogs.fail_overdue(stage.house.system, stage.adapter)
    await settlement.refund_failed(stage.house.system, stage.adapter)
    assert stage.job("status", "failure") == {"status": "failed", "failure": "overdue"}
    assert story.balance(stage.house, f"user:{ANN}:XTR") == 1000


async def test_the_watchdog_fails_no_job_that_may_have_been_sent(stage: Stage) -> None:
    await stage.book()
    await stage.telegram.fault("sendMessage", Fault.SERVER_ERROR_AFTER_ACCEPTING)
    await publish(stage)
    stage.house.clock.forward(hours=30)
    assert await watchdogs.fail_overdue(stage.house.system, stage.adapter) == 0
    assert stage.job()["status"] == "uncertain"


async def test_an_unanswered_request_expires_and_is_refunded(stage: Stage) -> None:
    await story.booked(stage.house)
    stage.house.clock.forward(hours=24, seconds=1)
    assert await watchdogs.expire_approvals(stage.house.system, stage.adapter) == 1
    await settlement.refund_failed(stage.house.system, stage.adapter)
    assert stage.job("status", "failure") == {"status": "failed", "failure": "expired"}
    assert story.balance(stage.house, f"user:{ANN}:XTR") == 1000


async def test_notices_are_sent_once_and_dropped_for_whoever_blocked_the_bot(stage: Stage) -> None:
    await stage.ann.say("/start")
    await stage.book()
    await telling.send_notices(stage.house.system, stage.adapter)
    await telling.send_notices(stage.house.system, stage.adapter)
    sent = stage.house.sql("SELECT user_id, status FROM notices WHERE kind IN ('approved', 'request') ORDER BY user_id")
    assert sent == [{"user_id": ANN, "status": "sent"}, {"user_id": BOB, "status": "dropped"}]
    assert len([m for m in (await stage.ann.chat()).messages if m.text == "approved"]) == 1
    assert stage.house.sql.one("SELECT COUNT(*) FROM users WHERE unreachable_at IS NOT NULL") == 1

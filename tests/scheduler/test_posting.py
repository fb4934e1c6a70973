"""Publishing: whatever Telegram answers, a placement is in the channel at most once and its money waits for the truth."""

import asyncio
import json
import random
from datetime import timedelta
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

import bot.posts
from bot.sandbox import Fault
from bot.telegram import Adapter
from domain import approvals, campaigns, escrow, kill_switches, post_jobs
from domain.action import Switch
from domain.base import MOMENT
from domain.campaigns import Content
from domain.errors import Refused
from scheduler import posting, settlement, telling, watchdogs
from storage import guards
from tests import story
from tests.conftest import ADMIN
from tests.processes import TOKEN, until
from tests.scheduler.conftest import Stage
from tests.story import ANN, BOB, POST


async def publish(stage: Stage) -> int:
    return await posting.publish_due(stage.house.system, stage.adapter)


async def beside(stage: Stage, placement: story.Placement, content: Content = POST) -> story.Placement:
    """Another placement in the same channel, held and approved after it."""
    other = await story.draft(stage.house, placement.channel, content=content)
    await stage.house.gate.user(ANN)(escrow.hold, (other.id,))
    await story.approve(stage.house, other)
    return other


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
    monkeypatch.setattr(bot.posts, "SEND_SECONDS", 1)
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


TWICE = {
    Fault.TOO_MANY_REQUESTS: ("queued", 0),
    Fault.FORBIDDEN: ("failed", 0),
    Fault.MIGRATED: ("queued", 0),
    Fault.SERVER_ERROR_AFTER_ACCEPTING: ("uncertain", 2),
    Fault.RESET_AFTER_ACCEPTING: ("uncertain", 2),
    Fault.TRUNCATED_AFTER_ACCEPTING: ("uncertain", 2),
    Fault.UNKNOWN_TYPE_AFTER_ACCEPTING: ("uncertain", 2),
    Fault.SLOW: ("success", 2),
}
"""The same for an album of two."""


@pytest.mark.parametrize("fault", TWICE)
async def test_an_album_is_published_once_whatever_is_answered(stage: Stage, fault: Fault) -> None:
    await stage.book(content=await stage.media("photo", "video", caption="Our tea"))
    await stage.telegram.fault("sendMediaGroup", fault, seconds=0.05, retry_after=1)
    await publish(stage)
    job, taken = TWICE[fault]
    assert stage.job()["status"] == job
    assert (await stage.telegram.counts()).get(stage.channel.id, 0) == taken
    stage.house.clock.forward(minutes=5)
    await publish(stage)
    assert len(await stage.channel.published()) <= 2


@pytest.mark.parametrize(
    "kinds", [("photo",), ("video",), ("animation",), ("document",), ("photo", "video"), ("document",) * 10]
)
async def test_every_kind_of_post_is_published_as_it_was_sent(stage: Stage, kinds: tuple[str, ...]) -> None:
    bold = [{"type": "bold", "offset": 0, "length": 3}]
    await stage.book(content=await stage.media(*kinds, caption="Our tea", entities=bold))
    assert await publish(stage) == 1
    posts = await stage.channel.posts()
    assert [post.media for post in posts] == list(kinds)
    assert [(post.text, post.entities) for post in posts] == [("Our tea", bold)] + [("", [])] * (len(kinds) - 1)
    ids = stage.job("message_id", "message_ids")
    listed = ids["message_ids"] if isinstance(ids["message_ids"], list) else json.loads(str(ids["message_ids"]))
    assert (ids["message_id"], listed) == (posts[0].id, [post.id for post in posts])


async def test_a_name_that_nobody_knows_was_not_sent_to() -> None:
    """DNS: the cause is a ClientConnectorError, as for a refused connection."""
    nowhere = TelegramAPIServer.from_base("http://nobody-has-this-name.invalid")
    async with Bot(TOKEN, session=AiohttpSession(api=nowhere, timeout=2)) as nobody:
        sent = await Adapter(nobody, None).prepare(-1, Content(text="hi").as_json(), silent=False)()  # type: ignore[arg-type]
    assert sent.status == post_jobs.AttemptStatus.not_sent


@pytest.mark.parametrize("silent", [True, False])
@pytest.mark.parametrize("kinds", [(), ("photo",), ("photo", "photo")])
async def test_silence_is_the_advertisers_choice(stage: Stage, kinds: tuple[str, ...], *, silent: bool) -> None:
    content = await stage.media(*kinds) if kinds else POST
    await stage.book(content=content, silent=silent)
    await publish(stage)
    method = ("sendMessage", "sendPhoto", "sendMediaGroup")[len(kinds)]
    asked = [
        call.get("disable_notification") for call in stage.calls(method) if int(call["chat_id"]) == stage.channel.id
    ]
    assert [str(quiet).lower() for quiet in asked] == ["true" if silent else "none"]


async def test_a_cover_over_a_picture_is_published_too(stage: Stage) -> None:
    await stage.book(content=await stage.media("photo", "video", spoiler=True))
    await publish(stage)
    assert [post.raw.get("has_media_spoiler") for post in await stage.channel.posts()] == [True, True]


async def test_a_post_with_a_pin_is_pinned_after_it_was_recorded(stage: Stage) -> None:
    await stage.book(pin=True, content=await stage.media("photo", "photo"))
    assert await publish(stage) == 1
    assert [post.pinned for post in await stage.channel.posts()] == [False, False]
    assert await posting.pin_due(stage.house.system, stage.adapter) == 1
    assert [post.pinned for post in await stage.channel.posts()] == [True, False]
    assert await posting.pin_due(stage.house.system, stage.adapter) == 0
    assert [str(call["disable_notification"]).lower() for call in stage.calls("pinChatMessage")] == ["true"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [(Fault.BAD_REQUEST, 2), (Fault.SERVER_ERROR, 0), (Fault.TOO_MANY_REQUESTS, 0), (Fault.REFUSED, 0)],
)
async def test_a_pin_that_fails_leaves_the_post_and_is_told_or_made_again(
    stage: Stage, fault: Fault, told: int
) -> None:
    await stage.book(pin=True)
    await publish(stage)
    await stage.telegram.fault("pinChatMessage", fault)
    await posting.pin_due(stage.house.system, stage.adapter)
    await stage.telegram.clear_faults()
    assert stage.job()["status"] == "success"
    assert stage.house.sql.one("SELECT COUNT(*) FROM notices WHERE kind = 'not-pinned'") == told
    stage.house.clock.forward(minutes=1)
    await posting.pin_due(stage.house.system, stage.adapter)
    (post,) = await stage.channel.posts()
    assert post.pinned == (not told)


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
    assert stage.house.sql.one("SELECT COUNT(*) FROM post_attempts") == 0  # not even claimed
    assert await stage.channel.published() == []
    await stage.house.gate.user(ANN)(campaigns.pause, placement.campaign, paused=False)
    assert await publish(stage) == 1


@pytest.mark.parametrize("ended", ["declined", "cancelled", "expired", "overdue"])
async def test_what_was_refunded_before_it_was_claimed_is_never_sent(stage: Stage, ended: str) -> None:
    house = stage.house
    if ended in ("declined", "expired"):
        placement = await story.booked(house)
        house.sql("UPDATE channels SET chat_id = :chat", chat=stage.channel.id)
    else:
        placement = await stage.book()
    if ended == "declined":
        await story.decline(house, placement)
    elif ended == "cancelled":
        await house.gate.user(ANN)(approvals.cancel, placement.id)
    else:
        house.clock.forward(hours=25)
        await watchdogs.expire_approvals(house.system, stage.adapter)
        await watchdogs.fail_overdue(house.system, stage.adapter)
    await settlement.refund_failed(house.system, stage.adapter)
    assert story.balance(house, f"user:{ANN}:XTR") == 1000
    assert stage.job("failure")["failure"] == ended
    for _ in range(3):
        assert await publish(stage) == 0
        house.clock.forward(hours=1)
    assert await stage.channel.published() == []


COPIES = """INSERT INTO campaign_targets (campaign_id, creative_id, channel_id, publisher_id, status, approval, price, currency,
    fee_bps, hours, pin, version, created_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 499)
  SELECT campaign_id, creative_id, channel_id, publisher_id, status, approval, price, currency, fee_bps, hours, pin, version,
    created_at FROM campaign_targets, n"""


async def test_five_hundred_queued_jobs_are_claimed_in_the_order_of_their_slots(stage: Stage) -> None:
    """When an outage ends. (The rate is the limiter's.)"""
    house = stage.house
    await story.people(house)
    await story.switches(house, *Switch)
    await story.fund(house, ANN, 500, "c1")
    await story.draft(house, await story.channel(house, price=1, chat_id=stage.channel.id))
    house.sql(COPIES)
    ids = [row["id"] for row in house.sql("SELECT id FROM campaign_targets ORDER BY id")]
    await house.gate.user(ANN)(escrow.hold, tuple(ids))
    house.sql("UPDATE campaign_targets SET approval = 'approved', decided_at = created_at")
    slots = list(range(500))
    random.Random(7).shuffle(slots)
    wanted = [target for _, target in sorted(zip(slots, ids, strict=True))]
    for slot, target in zip(slots, ids, strict=True):
        at = house.clock() + timedelta(seconds=3 * slot)
        given = at.strftime(MOMENT) if house.address.startswith("sqlite") else at
        house.sql("UPDATE post_jobs SET due_at = :at WHERE id = :id", at=given, id=target)
    house.clock.forward(minutes=25)
    claimed: list[int] = []
    while duties := await house.system(post_jobs.claim, posting.BATCH):
        assert len(duties) == min(posting.BATCH, len(ids) - len(claimed))
        claimed += [duty.id for duty in duties]
    assert claimed == wanted


async def test_a_campaign_paused_after_the_claim_is_not_sent(stage: Stage) -> None:
    placement = await stage.book()
    (duty,) = await stage.house.system(post_jobs.claim)
    await stage.house.gate.user(ANN)(campaigns.pause, placement.campaign, paused=True)
    came = await stage.house.system.each(post_jobs.start, [duty.id], duty.token)
    assert came == {duty.id: post_jobs.HeldBack(duty.id)}


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


async def test_a_database_that_fails_right_after_telegram_accepted_sends_and_refunds_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "INSIST", ())
    await stage.book()
    rename = "ALTER TABLE post_attempts RENAME TO "
    real = stage.adapter.prepare

    class Failing:
        couriers = ()
        permit = stage.adapter.permit

        def prepare(self, chat_id: int, content: dict[str, Any], *, silent: bool) -> Any:
            call = real(chat_id, content, silent=silent)

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


async def test_a_database_that_is_away_for_a_moment_hears_what_telegram_answered(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "INSIST", (0.1,) * 100)
    await stage.book()
    real = stage.adapter.prepare

    class Failing:
        couriers = ()
        permit = stage.adapter.permit

        def prepare(self, *given: Any, **more: Any) -> Any:
            call = real(*given, **more)

            async def publish_then_lose_the_database() -> Any:
                sent = await call()
                stage.house.sql("ALTER TABLE post_attempts RENAME TO away")
                return sent

            return publish_then_lose_the_database

    async def come_back() -> None:
        there = "SELECT 1 FROM sqlite_master WHERE name = 'away'"
        if not stage.house.address.startswith("sqlite"):
            there = "SELECT 1 FROM information_schema.tables WHERE table_name = 'away'"
        await until(lambda: stage.house.sql(there) != [], "published, and the database lost")
        await asyncio.sleep(0.3)
        stage.house.sql("ALTER TABLE away RENAME TO post_attempts")

    await asyncio.gather(posting.publish_due(stage.house.system, Failing()), come_back())  # type: ignore[arg-type]
    assert stage.job("status", "attempts", "lost_leases") == {"status": "success", "attempts": 1, "lost_leases": 0}
    assert len(await stage.channel.published()) == 1


async def test_a_database_that_fails_at_the_start_is_nobodys_poison(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "INSIST", (0.1,) * 100)
    await stage.book()

    class Away:
        couriers = ()
        prepare = stage.adapter.prepare

        async def permit(self, chat_id: int) -> None:
            stage.house.sql("ALTER TABLE post_attempts RENAME TO away")

    async def come_back() -> None:
        await until(lambda: stage.house.sql("SELECT 1 FROM post_jobs WHERE status = 'sending'") != [], "claimed")
        await asyncio.sleep(0.5)
        stage.house.sql("ALTER TABLE away RENAME TO post_attempts")

    with pytest.raises(Exception, match="post_attempts"):
        await asyncio.gather(posting.publish_due(stage.house.system, Away()), come_back())  # type: ignore[arg-type]
    await until(lambda: stage.job()["status"] == "queued", "it is put back")
    assert stage.job("attempts", "lost_leases", "lost_alone") == {"attempts": 0, "lost_leases": 0, "lost_alone": 0}
    assert await publish(stage) == 1


async def test_a_worker_lost_before_it_started_sent_nothing_and_the_job_is_queued_again(stage: Stage) -> None:
    await stage.book()
    await stage.house.system(post_jobs.claim)
    stage.house.clock.forward(minutes=3)
    await watchdogs.expire_leases(stage.house.system, stage.adapter)
    assert stage.job("status", "lost_leases") == {"status": "queued", "lost_leases": 1}
    await publish(stage)
    assert stage.job()["status"] == "success"


@pytest.mark.parametrize("status", ["accepted", "refused", "not_sent", "unknown"])
async def test_a_late_worker_cannot_overwrite(stage: Stage, status: str) -> None:
    """Neither a job that is uncertain meanwhile, nor one that another worker has taken and started: only the token tells."""
    await stage.book()
    sent = post_jobs.Sent(post_jobs.AttemptStatus(status), (99,))
    (late,) = await stage.house.system(post_jobs.claim)
    stage.house.clock.forward(minutes=3)
    await watchdogs.expire_leases(stage.house.system, stage.adapter)
    (duty,) = await story.started(stage.house)
    lost = {duty.id: post_jobs.LeaseLost(duty.id)}
    assert await stage.house.system.each(post_jobs.record, [late.id], late.token, {late.id: sent}) == lost
    assert stage.job("status", "lease_token") == {"status": "sending", "lease_token": duty.token}
    stage.house.clock.forward(minutes=3)
    await watchdogs.expire_leases(stage.house.system, stage.adapter)
    assert await stage.house.system.each(post_jobs.record, [duty.id], duty.token, {duty.id: sent}) == lost
    assert stage.job("status", "message_id") == {"status": "uncertain", "message_id": None}


async def test_a_creative_nobody_can_read_fails_alone_as_poison(stage: Stage) -> None:
    placement = await stage.book(money=5000)
    good = await beside(stage, placement)
    bad = stage.house.sql.one("SELECT creative_id FROM campaign_targets WHERE id = :id", id=placement.id)
    guard = guards.generated("sqlite" if stage.house.address.startswith("sqlite") else "postgresql")["fixed_creatives"]
    stage.house.sql(f"DROP TRIGGER {guard.name}{'' if 'sqlite' in stage.house.address else ' ON creatives'}")
    stage.house.sql("""UPDATE creatives SET content = '{"nonsense": 1}' WHERE id = :id""", id=bad)
    stage.house.sql(guard.sql)
    for _ in range(4):
        await publish(stage)
    rows = stage.house.sql("SELECT id, status, failure FROM post_jobs ORDER BY id")
    assert rows == [
        {"id": placement.id, "status": "failed", "failure": "poison"},
        {"id": good.id, "status": "success", "failure": None},
    ]
    await settlement.refund_failed(stage.house.system, stage.adapter)
    assert stage.house.sql.one("SELECT status FROM escrows WHERE id = :id", id=placement.id) == "refunded"


class Died(BaseException):
    """No code of the process runs after this."""


class Deadly:
    """A process that dies where it has to prepare a certain post; every channel waits for its permit."""

    couriers = ()

    def __init__(self, stage: Stage, word: str) -> None:
        self.stage, self.word, self.prepared = stage, word, list[str]()

    def prepare(self, chat_id: int, content: dict[str, Any], *, silent: bool) -> Any:
        if self.word in str(content):
            raise Died
        self.prepared.append(content["text"])
        return self.stage.adapter.prepare(chat_id, content, silent=silent)

    async def permit(self, chat_id: int) -> None:
        await asyncio.sleep(60)


class Stopped:
    """Everything may be prepared, nothing may go out: come again at once."""

    couriers = ()

    def __init__(self, stage: Stage) -> None:
        self.prepare = stage.adapter.prepare

    async def permit(self, chat_id: int) -> timedelta:
        return timedelta(0)


async def test_what_is_being_claimed_when_a_stop_comes_is_put_back_too(stage: Stage) -> None:
    first = await stage.book(money=5000)
    other = await beside(stage, first)
    await stage.house.system(post_jobs.claim)
    stage.house.clock.forward(minutes=3)
    await watchdogs.expire_leases(stage.house.system, stage.adapter)  # from now on each is claimed alone
    await posting.publish_due(stage.house.system, Stopped(stage))  # type: ignore[arg-type]
    assert stage.house.sql("SELECT post_job_id, error FROM post_attempts WHERE id > 2 ORDER BY id") == [
        {"post_job_id": first.id, "error": "put back"},
        {"post_job_id": other.id, "error": "put back"},
    ]
    assert stage.house.sql.one("SELECT COUNT(*) FROM post_jobs WHERE status = 'queued' AND lost_leases = 1") == 2


async def test_only_the_post_that_kills_its_workers_is_poison_and_not_one_in_hand_beside_it(stage: Stage) -> None:
    innocent = await stage.book(money=5000)
    await beside(stage, innocent, Content(text="Deadly"))
    for lost_alone in (0, 0, 1, 2):
        assert stage.house.sql("SELECT lost_alone FROM post_jobs ORDER BY id") == [
            {"lost_alone": 0},
            {"lost_alone": lost_alone},
        ]
        worker = Deadly(stage, "Deadly")
        with pytest.raises((Died, BaseExceptionGroup)) as died:
            await posting.publish_due(stage.house.system, worker)  # type: ignore[arg-type]
        assert "Died()" in repr(died.value)
        assert worker.prepared == ["Buy our tea"]
        stage.house.clock.forward(minutes=3)
        await watchdogs.expire_leases(stage.house.system, stage.adapter)
    assert stage.house.sql("SELECT status, failure, lost_alone FROM post_jobs ORDER BY id") == [
        {"status": "queued", "failure": None, "lost_alone": 0},
        {"status": "failed", "failure": "poison", "lost_alone": 2},
    ]
    assert await publish(stage) == 1


async def test_what_was_never_started_fails_after_its_deadline_and_is_refunded(stage: Stage) -> None:
    await stage.book()
    await stage.house.gate.user(ADMIN)(kill_switches.halt, [Switch.worker_post], "test")
    stage.house.clock.forward(hours=2, minutes=15)
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

"""Several bots of one house: a courier publishes texts in its channels, looks at what it published, and has a pace of its own."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot.evidence import SearchingAdapter
from bot.rate import Pace, Rates, Rule
from bot.sandbox import Client, Fault, Person
from bot.telegram import Adapter
from domain import channels, post_jobs, searches
from domain.channels import RIGHTS
from domain.checks import ToLook, Verdict
from domain.errors import NotFound, Refused
from domain.post_jobs import HeldBack
from scheduler import checks, posting, searching, watchdogs
from scheduler.visiting import visited
from tests import story
from tests.conftest import ADMIN, House
from tests.processes import TOKEN
from tests.scheduler.conftest import Stage
from tests.scheduler.drain import COURIERS, FIRST, Watched, number, queue, telegram_of
from tests.story import BOB, CLEO, SEEN

COURIER, SECOND = map(number, COURIERS[:2])
MAIN = number(TOKEN)
TOLD = "SELECT kind FROM notices WHERE user_id = :bob AND kind IN ('courier-lost', 'courier-missing', 'channel-back') ORDER BY id"


@dataclass
class Fleet:
    """A stage with a second bot, which is an admin of Bob's channel and may write to the evidence chat."""

    stage: Stage
    adapter: SearchingAdapter

    @property
    def house(self) -> House:
        return self.stage.house

    def by(self, method: str) -> list[int]:
        """Which bots made the calls of this method, in their order."""
        told = [json.loads(line) for line in self.stage.record.read_text().splitlines()]
        return [line["bot"] for line in told if line.get("method") == method]

    async def entrust(self, courier: int | None = COURIER) -> None:
        """Bob lets this bot publish, once Telegram has shown its rights."""
        channel = self.house.sql.one("SELECT id FROM channels")
        seen = await visited(self.adapter, self.stage.channel.id, courier)
        assert seen
        await self.house.gate.user(BOB)(channels.entrust, channel, seen)

    async def publish(self) -> int:
        return await posting.publish_due(self.house.system, self.adapter)

    def told(self) -> list[str]:
        return [row["kind"] for row in self.house.sql(TOLD, bob=BOB)]


@pytest_asyncio.fixture
async def fleet(stage: Stage) -> AsyncIterator[Fleet]:
    assert await stage.telegram.add_bot(COURIERS[0]) == COURIER
    async with Client(stage.telegram.api, bot=COURIER) as there:
        await Person(there, ADMIN, "Olga").say("/start")
    await stage.channel.promote(bot=COURIER)
    api = TelegramAPIServer.from_base(stage.telegram.api)
    bot = Bot(COURIERS[0], session=AiohttpSession(api=api, timeout=2))
    courier = SearchingAdapter(bot, stage.adapter.send_notice, ADMIN)
    yield Fleet(stage, replace(stage.adapter, others={COURIER: courier}))
    await bot.session.close()


async def test_a_text_is_published_pinned_and_looked_at_by_the_courier_even_when_the_channel_goes_back(
    fleet: Fleet,
) -> None:
    await fleet.stage.book(hours=24, pin=True)
    await fleet.entrust()
    assert await fleet.publish() == 1
    assert fleet.stage.job("status", "bot_id") == {"status": "success", "bot_id": COURIER}
    await fleet.entrust(None)
    await posting.pin_due(fleet.house.system, fleet.adapter)
    fleet.house.clock.forward(hours=25)
    assert await checks.look_at_posts(fleet.house.system, fleet.adapter) == 1
    for method in ("sendMessage", "pinChatMessage", "editMessageReplyMarkup", "forwardMessage"):
        assert fleet.by(method) == [COURIER], method
    assert fleet.house.sql("SELECT verdict FROM post_checks") == [{"verdict": "up"}]
    assert len([post for post in await fleet.stage.channel.published() if post.by_bot and post.text]) == 1


@pytest.mark.parametrize("kinds", [("photo",), ("photo", "video")])
async def test_what_has_media_goes_out_through_the_bot_that_was_sent_it(fleet: Fleet, kinds: tuple[str, ...]) -> None:
    await fleet.stage.book(content=await fleet.stage.media(*kinds, caption="Tea"))
    await fleet.entrust()
    assert await fleet.publish() == 1
    assert fleet.stage.job("status", "bot_id") == {"status": "success", "bot_id": None}
    assert fleet.by("sendPhoto" if len(kinds) == 1 else "sendMediaGroup") == [MAIN]


async def test_a_post_that_the_courier_may_have_sent_is_searched_for_by_the_courier(fleet: Fleet) -> None:
    await fleet.stage.channel.post("Before")
    await fleet.stage.book()
    await fleet.entrust()
    await fleet.house.system(post_jobs.saw, fleet.stage.channel.id, 1)
    await fleet.stage.telegram.fault("sendMessage", Fault.RESET_AFTER_ACCEPTING, chat=fleet.stage.channel)
    await fleet.publish()
    assert fleet.stage.job("status", "bot_id") == {"status": "uncertain", "bot_id": COURIER}
    (claim,) = await fleet.house.gate.user(BOB).ask(searches.claims)
    assert claim.bot_id == COURIER
    await fleet.entrust(None)
    fleet.house.clock.forward(seconds=10)
    assert await searching.search_posts(fleet.house.system, fleet.adapter) == 1
    assert fleet.stage.job("status", "bot_id") == {"status": "success", "bot_id": COURIER}
    assert set(fleet.by("forwardMessage") + fleet.by("editMessageReplyMarkup")) == {COURIER}
    assert len([post for post in await fleet.stage.channel.published() if post.by_bot]) == 1


async def test_a_channel_that_changes_its_bot_after_the_claim_holds_the_job_back_for_the_other(fleet: Fleet) -> None:
    await fleet.stage.book()
    await fleet.entrust()
    assert await fleet.house.system(post_jobs.claim) == []
    (duty,) = await fleet.house.system(post_jobs.claim, 60, COURIER)
    await fleet.entrust(None)
    with pytest.raises(Refused) as refused:
        await fleet.house.system(post_jobs.start, duty.id, duty.token)
    assert refused.value.refusal == HeldBack(duty.id)
    await fleet.house.system(post_jobs.put_back, duty.id, duty.token)
    assert await fleet.publish() == 1
    assert fleet.stage.job("status", "bot_id") == {"status": "success", "bot_id": None}
    assert fleet.by("sendMessage") == [MAIN]


async def test_a_courier_that_loses_its_rights_takes_the_channel_out_until_it_has_them_again(fleet: Fleet) -> None:
    await fleet.stage.book()
    await fleet.entrust()
    await fleet.stage.channel.demote(bot=COURIER)
    fleet.house.clock.forward(hours=1)
    assert await watchdogs.visit_channels(fleet.house.system, fleet.adapter) == 1
    assert fleet.house.sql.one("SELECT status FROM channels") == "lost"
    assert await fleet.publish() == 0
    await watchdogs.ask_rights(fleet.house.system, fleet.adapter)
    assert fleet.told() == ["courier-lost", "courier-missing"]
    publisher = fleet.house.gate.user(BOB)
    await publisher(channels.register, replace(SEEN, chat_id=fleet.stage.channel.id))  # the main bot's rights alone
    assert fleet.house.sql.one("SELECT status FROM channels") == "lost"
    await fleet.stage.channel.promote(bot=COURIER)
    fleet.house.clock.forward(hours=1)
    await watchdogs.visit_channels(fleet.house.system, fleet.adapter)
    assert fleet.told()[2:] == ["channel-back"]
    assert fleet.house.sql.one("SELECT status FROM channels") == "listed"


async def test_a_courier_whose_token_is_gone_publishes_nothing_and_its_publisher_is_told_at_once(fleet: Fleet) -> None:
    await fleet.stage.book(hours=24)
    await fleet.entrust()
    alone = fleet.stage.adapter
    assert await posting.publish_due(fleet.house.system, alone) == 0
    assert await watchdogs.visit_channels(fleet.house.system, alone) == 1
    assert (fleet.house.sql.one("SELECT status FROM channels"), fleet.told()) == ("lost", ["courier-lost"])
    seen = await alone.by(COURIER).look(ToLook(1, fleet.stage.channel.id, (1,), story.POST))
    assert seen.verdict == Verdict.unknown
    await fleet.entrust(None)
    assert fleet.house.sql.one("SELECT status FROM channels") == "listed"
    assert await posting.publish_due(fleet.house.system, alone) == 1
    assert fleet.by("sendMessage") == [MAIN]


async def test_a_token_that_is_not_accepted_halts_posting_and_the_alert_says_whose(fleet: Fleet) -> None:
    await fleet.stage.book()
    await fleet.entrust()
    await fleet.stage.telegram.revoke(COURIERS[0])
    await fleet.publish()
    assert fleet.stage.job()["status"] == "queued"
    reason = fleet.house.sql.one("SELECT reason FROM kill_switch_flips ORDER BY epoch DESC LIMIT 1")
    assert reason == f"Telegram does not accept the token of the courier {COURIER} (401)"


async def test_only_its_manager_entrusts_a_channel_and_only_to_a_bot_with_its_rights(fleet: Fleet) -> None:
    await fleet.stage.book()
    channel = fleet.house.sql.one("SELECT id FROM channels")
    seen = replace(SEEN, chat_id=fleet.stage.channel.id)
    whole, lame = (seen.beside(COURIER, replace(seen, bot_rights=frozenset(some))) for some in (RIGHTS, RIGHTS[:1]))
    lost = replace(whole, bot_rights=frozenset(RIGHTS[1:]))
    for who, given, refusal in (
        (CLEO, whole, NotFound("channels")),
        (BOB, replace(whole, chat_id=-5), NotFound("channels")),
        (BOB, lame, channels.CourierLacks("Tech Daily", RIGHTS[1:])),
        (BOB, lost, channels.MissingRights("Tech Daily", RIGHTS[:1])),
    ):
        with pytest.raises(Refused) as refused:
            await fleet.house.gate.user(who)(channels.entrust, channel, given)
        assert refused.value.refusal == refusal
    assert fleet.house.sql.one("SELECT courier_id FROM channels") is None
    kept = "SELECT COUNT(*) FROM audit_events WHERE action = 'channels.entrust' AND refusal IS NULL"
    for _ in range(2):
        await fleet.house.gate.user(BOB)(channels.entrust, channel, whole)
        assert fleet.house.sql.one(kept) == 1
    assert fleet.house.sql.one("SELECT courier_id FROM channels") == COURIER
    assert await fleet.house.gate.user(BOB).ask(channels.least_busy, (COURIER, SECOND)) == SECOND
    gone = seen.beside(SECOND, replace(seen, bot_rights=frozenset()))
    await fleet.house.system(channels.inspect, gone)  # a look at a bot that does not publish there tells nothing
    assert fleet.house.sql.one("SELECT status FROM channels") == "listed"


MOST, ALONE, TOGETHER = 5, 20, 40
PATIENT = 600.0


@dataclass
class Two:
    """A house with as many due posts as are asked for, and two bots with a pace of so many a second each."""

    house: House
    adapter: Adapter
    watched: Watched

    async def drained(self, first: int, after: int, adapter: Adapter) -> float:
        """The posts of these places become due and go out; answers in how many seconds."""
        self.house.sql(
            "UPDATE post_jobs SET due_at = created_at WHERE id IN (SELECT j.id FROM post_jobs j JOIN campaign_targets t"
            " ON t.id = j.id JOIN channels c ON c.id = t.channel_id WHERE :first - c.chat_id >= :a AND :first - c.chat_id < :b)",
            first=FIRST,
            a=first,
            b=after,
        )
        began = time.monotonic()
        while await posting.publish_due(self.house.system, adapter):
            pass
        return time.monotonic() - began


@pytest_asyncio.fixture
async def two(house: House, tmp_path: Path) -> AsyncIterator[Two]:
    await queue(house, ALONE + TOGETHER, 2)
    house.sql("UPDATE post_jobs SET due_at = deadline")
    house.sql("UPDATE channels SET courier_id = NULL WHERE :first - chat_id < :alone", first=FIRST, alone=ALONE)
    watched = Watched(tmp_path / "two.jsonl")
    async with telegram_of(ALONE + TOGETHER, watched.record, bots=2, most=MOST) as api:
        adapters: list[Adapter] = []
        for token in (TOKEN, COURIERS[0]):
            bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(api)))
            pace = Pace(bot.id, rates=Rates(bot=Rule(MOST, 1.0)))
            bot.session.middleware(pace)
            adapters.append(Adapter(bot, _nobody, pace=pace))
        yield Two(house, replace(adapters[0], others={COURIER: adapters[1]}), watched)  # type: ignore[dict-item]
        for adapter in adapters:
            await adapter.bot.session.close()


async def _nobody(notice: Any) -> int:
    raise AssertionError("nobody is told of anything here")


async def test_two_bots_publish_faster_than_one_may_and_each_keeps_its_limit(two: Two) -> None:
    one = await two.drained(0, ALONE, replace(two.adapter, others={}))
    both = await two.drained(ALONE, ALONE + TOGETHER, two.adapter)
    assert (TOGETHER - 2 * MOST) / both > 1.4 * (ALONE - MOST) / one  # twice as fast, but for what a busy machine takes
    two.watched.look()
    assert two.watched.refused == 0  # by the count of the local Telegram
    assert sorted(two.watched.order) == list(range(ALONE + TOGETHER))  # one message a job
    for bot in (MAIN, COURIER):
        mine = [place for place, by in zip(two.watched.order, two.watched.by, strict=True) if by == bot]
        assert len(mine) == TOGETHER // 2 + (ALONE if bot == MAIN else 0)
        assert max(abs(mine.index(place) - rank) for rank, place in enumerate(sorted(mine))) < MOST
    done = "SELECT COUNT(*) FROM post_jobs WHERE status = 'success' AND attempts = 1"
    assert two.house.sql.one(done) == ALONE + TOGETHER


async def test_a_bot_that_has_to_wait_holds_up_no_other(two: Two) -> None:
    assert two.adapter.pace
    two.adapter.pace.own.pause(f"{MAIN}", PATIENT)
    await two.drained(ALONE, ALONE + TOGETHER, two.adapter)
    by = "SELECT bot_id, status, COUNT(*) AS n FROM post_jobs WHERE due_at < deadline GROUP BY bot_id, status ORDER BY n, status"
    rows = {(row["bot_id"], row["status"]): row["n"] for row in two.house.sql(by)}
    assert rows == {(COURIER, "success"): TOGETHER // 2, (None, "queued"): TOGETHER // 2}

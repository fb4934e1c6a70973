"""Searching: an uncertain post is found and adopted, or twice not found and given back; what nobody sees is for a person."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bot.evidence import SearchingAdapter
from bot.posts import content_of
from bot.sandbox import Fault
from domain import checks, escrow, post_jobs
from domain.campaigns import Content
from domain.post_jobs import Status
from domain.searches import Searched, Wanted
from scheduler import posting, searching, settlement, watchdogs
from tests import story
from tests.conftest import ADMIN
from tests.scheduler.conftest import Stage
from tests.story import ANN, BOB

LOST, UNSENT = Fault.SERVER_ERROR_AFTER_ACCEPTING, Fault.SERVER_ERROR
"""An answer that is lost though the post was published, and one behind which nothing was."""


async def stand(stage: Stage) -> None:
    """The channel has posts of its own, and the newest is known."""
    for words in ("Good morning", "The weather"):
        newest = await stage.channel.post(words)
    await stage.house.system(post_jobs.saw, stage.channel.id, newest)


async def uncertain(stage: Stage, fault: Fault = LOST, hours: int = 0, method: str = "sendMessage") -> int:
    """A job whose call was answered with this fault."""
    placement = await stage.book(hours=hours)
    await stand(stage)
    await stage.telegram.fault(method, fault)
    await posting.publish_due(stage.house.system, stage.adapter)
    assert stage.job()["status"] == "uncertain"
    return placement.id


async def another(stage: Stage, fault: Fault = LOST) -> int:
    """One more uncertain job of the same channel, with the same post."""
    channel = stage.house.sql.one("SELECT id FROM channels")
    placement = await story.draft(stage.house, channel)
    await stage.house.gate.user(ANN)(escrow.hold, (placement.id,))
    await story.approve(stage.house, placement)
    await stage.telegram.fault("sendMessage", fault)
    await posting.publish_due(stage.house.system, stage.adapter)
    return placement.id


async def search(stage: Stage) -> int:
    return await searching.search_posts(stage.house.system, stage.adapter)


async def settle(stage: Stage) -> list[str]:
    await settlement.release_served(stage.house.system, stage.adapter)
    await settlement.refund_failed(stage.house.system, stage.adapter)
    return [str(row["status"]) for row in stage.house.sql("SELECT status FROM escrows ORDER BY id")]


def searches(stage: Stage) -> list[tuple[bool, int | None]]:
    """Each search: was it completed, and what did it find."""
    rows = stage.house.sql("SELECT completed, found_message_id FROM post_searches ORDER BY id")
    return [(bool(row["completed"]), row["found_message_id"]) for row in rows]


def told(stage: Stage) -> list[tuple[int, str]]:
    rows = stage.house.sql(
        "SELECT user_id, kind FROM notices WHERE kind IN ('uncertain', 'unclear', 'turned-up', 'stays-up') ORDER BY id"
    )
    return [(row["user_id"], row["kind"]) for row in rows]


async def evidence(stage: Stage) -> list[str]:
    return [m.text for m in (await stage.olga.chat()).messages if m.by_bot]


async def test_a_post_whose_answer_was_lost_is_found_adopted_and_paid(stage: Stage) -> None:
    await uncertain(stage)
    published = stage.house.clock()
    stage.house.clock.forward(seconds=10)
    assert await search(stage) == 1
    (post,) = [post for post in await stage.channel.posts() if post.by_bot]
    job = stage.job("status", "chat_id", "message_id", "next_search_at")
    assert job == {"status": "success", "chat_id": stage.channel.id, "message_id": post.id, "next_search_at": None}
    at = stage.job("published_at")["published_at"]
    assert str(at)[:19].replace("T", " ") == str(published)[:19]
    assert searches(stage) == [(True, post.id)]
    assert await evidence(stage) == ["Buy our tea"]
    assert told(stage) == []
    assert [row["kind"] for row in stage.house.sql("SELECT kind FROM notices WHERE kind = 'published'")] == [
        "published"
    ] * 2
    assert await settle(stage) == ["released"]
    assert story.balance(stage.house, f"user:{BOB}:XTR") == 360
    assert await search(stage) == 0


async def test_an_adopted_post_is_watched_from_the_moment_it_was_published(stage: Stage) -> None:
    await uncertain(stage, hours=24)
    stage.house.clock.forward(hours=3)
    await search(stage)
    assert await settle(stage) == ["held"]
    stage.house.clock.forward(hours=21, minutes=38)
    for _ in range(4):
        for row in await stage.house.system.ask(checks.due):
            seen = await stage.adapter.look(row)
            await stage.house.system.each(checks.record, [row.id], {row.id: seen})
    assert await settle(stage) == ["released"]


async def test_what_two_searches_do_not_find_fails_and_is_refunded_but_not_before_35_minutes(stage: Stage) -> None:
    await uncertain(stage, UNSENT)
    stage.house.clock.forward(seconds=1)
    assert await search(stage) == 1
    assert (stage.job()["status"], searches(stage)) == ("uncertain", [(True, None)])
    stage.house.clock.forward(minutes=34, seconds=58)
    assert await search(stage) == 0
    assert await settle(stage) == ["held"]
    stage.house.clock.forward(seconds=2)
    assert await search(stage) == 1
    assert stage.job("status", "failure") == {"status": "failed", "failure": "unsent"}
    assert await settle(stage) == ["refunded"]
    assert story.balance(stage.house, f"user:{ANN}:XTR") == 1000
    assert (await stage.telegram.counts()).get(stage.channel.id, 0) == 0
    assert await evidence(stage) == []


async def test_one_search_late_enough_is_not_enough(stage: Stage) -> None:
    await uncertain(stage, UNSENT)
    stage.house.clock.forward(hours=5)
    await search(stage)
    assert stage.job()["status"] == "uncertain"
    stage.house.clock.forward(minutes=4, seconds=59)
    assert await search(stage) == 0
    stage.house.clock.forward(seconds=1)
    await search(stage)
    assert stage.job()["status"] == "failed"


async def test_two_searches_that_come_too_early_fail_nothing_whoever_ordered_them(stage: Stage) -> None:
    await uncertain(stage, UNSENT)
    await search(stage)
    soon = stage.house.sql.one("SELECT created_at FROM post_jobs")
    stage.house.sql("UPDATE post_jobs SET next_search_at = :soon", soon=soon)
    stage.house.clock.forward(minutes=6)
    assert await search(stage) == 1
    assert (searches(stage), stage.job()["status"]) == ([(True, None)] * 2, "uncertain")


async def test_a_job_is_never_failed_by_its_age(stage: Stage) -> None:
    await uncertain(stage, UNSENT)
    await stage.telegram.fault("forwardMessage", Fault.SERVER_ERROR, forever=True)
    for _ in range(30):
        stage.house.clock.forward(hours=3)
        await search(stage)
        await watchdogs.fail_overdue(stage.house.system, stage.adapter)
        await watchdogs.expire_leases(stage.house.system, stage.adapter)
    assert stage.job("status", "next_search_at") == {"status": "uncertain", "next_search_at": None}
    assert await settle(stage) == ["held"]


async def test_a_message_that_appears_late_is_found_by_the_second_search(stage: Stage) -> None:
    await uncertain(stage, UNSENT)
    stage.house.clock.forward(seconds=1)
    await search(stage)
    stage.house.clock.forward(minutes=20)
    late = await appears(stage)
    stage.house.clock.forward(minutes=16)
    await search(stage)
    assert stage.job("status", "message_id") == {"status": "success", "message_id": late}


async def appears(stage: Stage, words: str = "Buy our tea") -> int:
    """Telegram takes the call after all."""
    return (await stage.adapter.bot.send_message(stage.channel.id, words)).message_id


@pytest.mark.parametrize(
    "fault", [Fault.SERVER_ERROR, Fault.TOO_MANY_REQUESTS, Fault.FORBIDDEN, Fault.RESET, Fault.BAD_GATEWAY, Fault.HANG]
)
async def test_a_search_that_could_not_look_is_repeated_and_then_a_person_decides(
    stage: Stage, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.evidence.SEND_SECONDS", 1)
    await uncertain(stage, UNSENT)
    await stage.telegram.fault("forwardMessage", fault, forever=True)
    for minutes in (0, 1, 5, 15, 45, 120):
        stage.house.clock.forward(minutes=minutes, seconds=-1)
        assert await search(stage) == 0
        stage.house.clock.forward(seconds=1)
        assert await search(stage) == 1
    assert searches(stage) == [(False, None)] * 6
    stage.house.clock.forward(hours=48)
    assert await search(stage) == 0
    assert told(stage) == [(BOB, "uncertain"), (ADMIN, "unclear")]
    assert await settle(stage) == ["held"]
    await stage.telegram.clear_faults()


async def test_two_empty_searches_count_whatever_failed_in_between(stage: Stage) -> None:
    await uncertain(stage, UNSENT)
    await search(stage)
    stage.house.clock.forward(minutes=35)
    await stage.telegram.fault("forwardMessage", Fault.TOO_MANY_REQUESTS)
    await search(stage)
    assert stage.job()["status"] == "uncertain"
    stage.house.clock.forward(minutes=1)
    await search(stage)
    assert stage.job()["status"] == "failed"


async def test_a_search_that_could_not_look_does_not_count_as_one_that_found_nothing(stage: Stage) -> None:
    await uncertain(stage, UNSENT)
    await stage.telegram.fault("forwardMessage", Fault.TOO_MANY_REQUESTS)
    await search(stage)
    stage.house.clock.forward(minutes=50)
    await search(stage)
    assert (searches(stage), stage.job()["status"]) == ([(False, None), (True, None)], "uncertain")


async def test_what_a_lost_worker_published_is_found(stage: Stage) -> None:
    await stage.book()
    await stand(stage)
    await story.started(stage.house)
    message = await appears(stage)
    stage.house.clock.forward(minutes=3)
    await watchdogs.expire_leases(stage.house.system, stage.adapter)
    await search(stage)
    assert stage.job("status", "message_id") == {"status": "success", "message_id": message}


async def test_without_an_evidence_chat_it_waits_for_a_person_who_is_asked_at_once(stage: Stage) -> None:
    await uncertain(stage)
    blind = SearchingAdapter(stage.adapter.bot, stage.adapter.send_notice)
    await searching.search_posts(stage.house.system, blind)
    assert stage.job("status", "next_search_at") == {"status": "uncertain", "next_search_at": None}
    assert told(stage) == [(BOB, "uncertain"), (ADMIN, "unclear")]
    assert await searching.search_posts(stage.house.system, blind) == 0


async def test_where_nobody_knows_where_the_channel_stood_a_person_decides(stage: Stage) -> None:
    await stage.book()
    await stage.telegram.fault("sendMessage", UNSENT)
    await posting.publish_due(stage.house.system, stage.adapter)
    await search(stage)
    assert stage.job("status", "next_search_at") == {"status": "uncertain", "next_search_at": None}
    assert told(stage) == [(BOB, "uncertain"), (ADMIN, "unclear")]


async def test_where_nobody_knows_where_the_channel_stood_what_is_found_is_adopted(stage: Stage) -> None:
    await stage.book()
    await stage.telegram.fault("sendMessage", LOST)
    await posting.publish_due(stage.house.system, stage.adapter)
    await search(stage)
    assert stage.job()["status"] == "success"


async def test_a_channel_that_protects_its_posts_is_for_a_person(stage: Stage) -> None:
    await uncertain(stage)
    await stage.channel.protect()
    await search(stage)
    assert (stage.job()["status"], told(stage)[-1]) == ("uncertain", (ADMIN, "unclear"))


async def test_a_busy_channel_is_searched_to_its_end_and_its_own_posts_are_forgotten_again(stage: Stage) -> None:
    await stage.book()
    await stand(stage)
    await stage.telegram.fault("sendMessage", LOST)
    for number in range(12):
        await stage.channel.post(f"News {number}")
    gone = [await stage.channel.post(f"Gone {number}") for number in range(18)]
    for number in gone:
        await stage.channel.delete_post(number)
    await posting.publish_due(stage.house.system, stage.adapter)
    await search(stage)
    assert stage.job()["status"] == "success"
    assert await evidence(stage) == ["Buy our tea"]


async def test_a_gap_longer_than_the_usual_does_not_hide_what_is_known_to_be_behind_it(stage: Stage) -> None:
    await stage.book()
    await stand(stage)
    before = stage.house.sql.one("SELECT newest_message_id FROM channels")
    gone = [await stage.channel.post(f"Gone {number}") for number in range(30)]
    for number in gone:
        await stage.channel.delete_post(number)
    await stage.telegram.fault("sendMessage", LOST)
    await posting.publish_due(stage.house.system, stage.adapter)
    assert stage.house.sql.one("SELECT newest_before FROM post_attempts") == before
    await stage.house.system(post_jobs.saw, stage.channel.id, await stage.channel.post("After it"))
    await search(stage)
    assert stage.job()["status"] == "success"


async def test_more_messages_than_a_search_may_look_at_are_for_a_person(stage: Stage) -> None:
    await uncertain(stage, UNSENT)
    for number in range(101):
        await stage.channel.post(f"News {number}")
    await search(stage)
    assert searches(stage) == [(False, None)]
    assert told(stage)[-1] == (ADMIN, "unclear")


async def test_another_post_is_not_taken_for_it(stage: Stage) -> None:
    await uncertain(stage, UNSENT)
    await stage.channel.post("Buy our coffee")
    await search(stage)
    assert searches(stage) == [(True, None)]


async def test_one_that_is_like_it_is_for_a_person(stage: Stage) -> None:
    await uncertain(stage, UNSENT)
    await stage.channel.post("Buy our tea", entities=[{"type": "bold", "offset": 0, "length": 3}])
    await search(stage)
    assert (stage.job()["status"], told(stage)[-1]) == ("uncertain", (ADMIN, "unclear"))
    assert await evidence(stage) == ["Buy our tea"]


async def test_one_that_is_older_by_its_date_and_not_by_its_number_is_for_a_person(stage: Stage) -> None:
    """Nobody had told of it before the attempt; or our clock is fast, and it is the post."""
    await stage.book()
    await stand(stage)
    await stage.channel.post("Buy our tea")
    stage.house.clock.forward(minutes=10)
    await stage.telegram.fault("sendMessage", UNSENT)
    await posting.publish_due(stage.house.system, stage.adapter)
    for _ in range(2):
        await search(stage)
        stage.house.clock.forward(minutes=36)
    assert searches(stage) == [(False, None)]
    assert told(stage) == [(BOB, "uncertain"), (ADMIN, "unclear")]
    assert await evidence(stage) == ["Buy our tea"]
    assert await settle(stage) == ["held"]


async def test_the_same_words_forwarded_from_elsewhere_are_not_taken_for_it(stage: Stage) -> None:
    await uncertain(stage, UNSENT)
    elsewhere = await stage.telegram.channel("Elsewhere", owner=stage.bob, username="elsewhere")
    await elsewhere.promote()
    post = await elsewhere.post("Buy our tea")
    await stage.adapter.bot.forward_message(stage.channel.id, elsewhere.id, post)
    await search(stage)
    assert searches(stage) == [(True, None)]


async def test_a_post_that_was_deleted_is_not_adopted_from_telegrams_cache(stage: Stage) -> None:
    await uncertain(stage)
    (post,) = [post for post in await stage.channel.posts() if post.by_bot]
    await stage.channel.delete_post(post.id, cached=True)
    await search(stage)
    assert (stage.job()["status"], searches(stage)) == ("uncertain", [(True, None)])
    stage.house.clock.forward(minutes=35)
    await search(stage)
    assert await settle(stage) == ["refunded"]


async def test_a_find_that_cannot_be_confirmed_makes_the_search_incomplete(stage: Stage) -> None:
    await uncertain(stage)
    await stage.telegram.fault("editMessageReplyMarkup", Fault.SERVER_ERROR)
    await search(stage)
    assert (stage.job()["status"], searches(stage)) == ("uncertain", [(False, None)])
    stage.house.clock.forward(minutes=1)
    await search(stage)
    assert stage.job()["status"] == "success"


PHOTO = {"kind": "photo", "caption": "Our tea"}


async def album(stage: Stage) -> tuple[Content, int]:
    """An album of two pictures in the channel, and what it consists of."""
    await stage.ann.send_album(PHOTO | {"data": "one"}, {"kind": "photo", "data": "two"})
    updates = await stage.adapter.bot.get_updates()
    media: tuple[dict[str, str], ...] = ()
    for update in updates:
        if update.message and update.message.photo:
            media += content_of(update.message).media
    return Content(text="Our tea", media=media), len(updates)


async def test_an_album_is_found_and_adopted_with_all_its_messages(stage: Stage) -> None:
    content, _ = await album(stage)
    await stage.book(content=content)
    await stand(stage)
    await stage.telegram.fault("sendMediaGroup", LOST)
    await posting.publish_due(stage.house.system, stage.adapter)
    ids = [post.id for post in await stage.channel.posts() if post.by_bot]
    assert len(ids) == 2
    await search(stage)
    (row,) = stage.house.sql("SELECT status, message_id, message_ids FROM post_jobs")
    assert (row["status"], row["message_id"]) == ("success", ids[0])
    assert str(row["message_ids"]).replace(" ", "") == str(ids).replace(" ", "")


async def test_an_album_of_which_a_picture_is_gone_is_not_adopted_from_telegrams_cache(stage: Stage) -> None:
    content, _ = await album(stage)
    await stage.book(content=content)
    await stand(stage)
    await stage.telegram.fault("sendMediaGroup", LOST)
    await posting.publish_due(stage.house.system, stage.adapter)
    *_, last = await stage.channel.posts()
    await stage.channel.delete_post(last.id, cached=True)
    await search(stage)
    assert stage.job()["status"] == "uncertain"
    assert await settle(stage) == ["held"]


async def test_a_duplicate_is_taken_down_and_the_first_one_stays(stage: Stage) -> None:
    await uncertain(stage)
    first = next(post.id for post in await stage.channel.posts() if post.by_bot)
    await appears(stage)
    assert await search(stage) == 1
    assert stage.job("status", "message_id") == {"status": "success", "message_id": first}
    assert await search(stage) == 1
    assert [post.id for post in await stage.channel.posts() if post.by_bot] == [first]
    assert told(stage) == [(ADMIN, "turned-up")]
    stage.house.clock.forward(minutes=1)
    await search(stage)
    assert stage.job("next_search_at") == {"next_search_at": None}
    assert await settle(stage) == ["released"]


async def test_two_jobs_with_the_same_post_adopt_a_message_each(stage: Stage) -> None:
    one = await uncertain(stage)
    other = await another(stage)
    await search(stage)
    rows = stage.house.sql("SELECT id, status, message_id FROM post_jobs ORDER BY id")
    assert [row["status"] for row in rows] == ["success", "success"]
    assert len({row["message_id"] for row in rows}) == 2
    stage.house.clock.forward(minutes=10)
    await search(stage)
    assert len([post for post in await stage.channel.posts() if post.by_bot]) == 2
    assert (one, other) == tuple(row["id"] for row in rows)


async def test_a_second_message_is_not_taken_down_while_it_may_be_that_of_another_job(stage: Stage) -> None:
    await uncertain(stage)
    other = await another(stage)
    later = stage.house.sql.one("SELECT deadline FROM post_jobs WHERE id = :id", id=other)
    stage.house.sql("UPDATE post_jobs SET next_search_at = :later WHERE id = :id", later=later, id=other)
    for _ in range(3):
        await search(stage)
        stage.house.clock.forward(minutes=6)
    assert len([post for post in await stage.channel.posts() if post.by_bot]) == 2
    stage.house.clock.forward(hours=2)
    await search(stage)
    assert stage.house.sql("SELECT status FROM post_jobs") == [{"status": "success"}] * 2
    assert len([post for post in await stage.channel.posts() if post.by_bot]) == 2


async def test_of_two_jobs_with_the_same_post_one_finds_it_and_the_other_is_refunded(stage: Stage) -> None:
    await uncertain(stage)
    await another(stage, UNSENT)
    await search(stage)
    stage.house.clock.forward(minutes=36)
    await search(stage)
    assert sorted(await settle(stage)) == ["refunded", "released"]
    assert (
        await evidence(stage) == ["Buy our tea"] * 2
    )  # both saw it before it was anybody's; known, it is not copied again
    assert len([post for post in await stage.channel.posts() if post.by_bot]) == 1


async def test_a_message_that_may_be_another_jobs_is_not_taken_while_its_worker_is_at_work(stage: Stage) -> None:
    await uncertain(stage, UNSENT)
    channel = stage.house.sql.one("SELECT id FROM channels")
    placement = await story.draft(stage.house, channel)
    await stage.house.gate.user(ANN)(escrow.hold, (placement.id,))
    await story.approve(stage.house, placement)
    (duty,) = await story.started(stage.house)
    message = await appears(stage)
    await search(stage)
    assert stage.house.sql("SELECT status FROM post_jobs ORDER BY id") == [
        {"status": "uncertain"},
        {"status": "sending"},
    ]
    sent = post_jobs.Sent(post_jobs.AttemptStatus.accepted, (message,))
    assert await stage.house.system(post_jobs.record, duty.id, duty.token, {duty.id: sent}) == Status.success
    stage.house.clock.forward(minutes=1)
    await search(stage)
    assert stage.house.sql("SELECT status FROM post_jobs ORDER BY id") == [
        {"status": "uncertain"},
        {"status": "success"},
    ]


async def failed(stage: Stage) -> int:
    job = await uncertain(stage, UNSENT)
    await search(stage)
    stage.house.clock.forward(minutes=35)
    await search(stage)
    assert await settle(stage) == ["refunded"]
    return job


@pytest.mark.parametrize("hours", [1, 6, 24])
async def test_what_turns_up_after_the_refund_is_taken_down_and_the_admins_are_told(stage: Stage, hours: int) -> None:
    job = await failed(stage)
    for after in [h for h in (1, 6, 24) if h < hours]:
        stage.house.clock.at = await due_at(stage, after)
        assert await search(stage) == 1
    post = await appears(stage)
    stage.house.clock.at = await due_at(stage, hours)
    assert await search(stage) == 1
    assert [p.id for p in await stage.channel.posts() if p.by_bot] == []
    assert stage.job()["status"] == "failed"
    assert told(stage)[-1] == (ADMIN, "turned-up")
    (event,) = stage.house.sql(
        "SELECT details FROM audit_events WHERE action = 'searches.took_down' AND subject = :job", job=str(job)
    )
    assert str(post) in str(event["details"])
    stage.house.clock.forward(minutes=1)
    assert await search(stage) == 1
    assert [row for row in told(stage) if row[1] == "turned-up"] == [(ADMIN, "turned-up")]


async def due_at(stage: Stage, hours: int) -> Any:
    from datetime import timedelta

    from tests.conftest import NOON

    return NOON + timedelta(hours=hours)


async def test_a_post_of_a_new_placement_is_not_taken_down_for_that_of_an_old_one(stage: Stage) -> None:
    """The advertiser tried again with the same post after the refund."""
    await failed(stage)
    channel = stage.house.sql.one("SELECT id FROM channels")
    placement = await story.draft(stage.house, channel)
    await stage.house.gate.user(ANN)(escrow.hold, (placement.id,))
    await story.approve(stage.house, placement)
    await posting.publish_due(stage.house.system, stage.adapter)
    for _ in range(3):
        stage.house.clock.forward(hours=12)
        await search(stage)
    assert len([p for p in await stage.channel.posts() if p.by_bot]) == 1


async def test_after_two_days_nothing_is_searched_any_more(stage: Stage) -> None:
    await failed(stage)
    await stage.telegram.fault("forwardMessage", Fault.SERVER_ERROR, forever=True)
    stage.house.clock.forward(hours=49)
    await search(stage)
    assert stage.job("next_search_at") == {"next_search_at": None}


async def test_what_cannot_be_deleted_is_told_to_the_admins(stage: Stage) -> None:
    await failed(stage)
    await appears(stage)
    await stage.channel.promote("can_post_messages", "can_edit_messages")
    await stage.telegram.fault("deleteMessage", Fault.BAD_REQUEST, text="message can't be deleted")
    stage.house.clock.forward(hours=1)
    await search(stage)
    assert told(stage)[-2:] == [(ADMIN, "turned-up"), (ADMIN, "stays-up")]
    assert stage.job("next_search_at") == {"next_search_at": None}


async def test_a_deletion_that_nobody_heard_of_is_tried_again(stage: Stage) -> None:
    await failed(stage)
    await appears(stage)
    await stage.telegram.fault("deleteMessage", Fault.SERVER_ERROR)
    stage.house.clock.forward(hours=1)
    await search(stage)
    assert len([p for p in await stage.channel.posts() if p.by_bot]) == 1
    stage.house.clock.forward(minutes=1)
    await search(stage)
    assert [p for p in await stage.channel.posts() if p.by_bot] == []


async def test_a_second_process_that_searched_too_changes_nothing(stage: Stage) -> None:
    await uncertain(stage, UNSENT)
    (wanted,) = await stage.house.system.ask(searching.searches.due)
    came = await stage.adapter.search(wanted)
    for _ in range(2):
        await stage.house.system(searching.searches.record, wanted.id, came)
    assert searches(stage) == [(True, None)]
    stage.house.clock.forward(minutes=35)
    await stage.house.system(searching.searches.record, wanted.id, came)
    for _ in range(2):
        await stage.house.system(searching.searches.record, wanted.id, came)
    assert len(searches(stage)) == 2


@dataclass(frozen=True)
class StandsStill(SearchingAdapter):
    """A process that stands still once it has looked, until something has happened meanwhile."""

    meanwhile: Callable[[], Awaitable[Any]] | None = None

    async def search(self, wanted: Wanted) -> Searched:
        came = await super().search(wanted)
        if self.meanwhile is not None:
            await self.meanwhile()
        return came


async def test_what_a_process_saw_before_it_stood_still_is_no_second_search(stage: Stage) -> None:
    """Meanwhile the other one has searched, and Telegram has taken the call after all."""
    await uncertain(stage, UNSENT)

    async def meanwhile() -> None:
        await search(stage)
        stage.house.clock.forward(minutes=36)
        await appears(stage)

    usual = stage.adapter
    slow = StandsStill(usual.bot, usual.send_notice, evidence_chat=usual.evidence_chat, meanwhile=meanwhile)
    await searching.search_posts(stage.house.system, slow)
    assert (stage.job()["status"], searches(stage)) == ("uncertain", [(True, None)])
    await search(stage)
    assert stage.job()["status"] == "success"
    assert await settle(stage) == ["released"]

"""Watching: only what was seen moves anything. The clock jumps; every look goes to the sandbox over HTTP."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from bot.sandbox import Channel, Fault
from domain import checks, escrow
from domain.campaigns import Content
from domain.checks import Seen, ToLook, Verdict
from domain.errors import NotAllowed, Refused
from domain.post_jobs import Status
from scheduler import checks as looks
from scheduler import posting, settlement
from tests import story
from tests.conftest import ADMIN, House
from tests.scheduler.conftest import Stage
from tests.story import ANN, BOB, CLEO


async def published(stage: Stage, hours: int = 24, **more: Any) -> int:
    placement = await stage.book(hours=hours, **more)
    await posting.publish_due(stage.house.system, stage.adapter)
    return placement.id


async def look(stage: Stage) -> int:
    return await looks.look_at_posts(stage.house.system, stage.adapter)


async def settle(stage: Stage) -> str:
    await settlement.release_served(stage.house.system, stage.adapter)
    await settlement.refund_failed(stage.house.system, stage.adapter)
    return str(stage.house.sql.one("SELECT status FROM escrows"))


async def test_a_post_that_stayed_is_paid_after_the_confirming_look_and_not_before(stage: Stage) -> None:
    """The promise: 24 hours, then the confirming look, then the money. The tick comes by each ten minutes."""
    await published(stage)
    assert await look(stage) == 0
    looks = 0
    for _ in range(24 * 6 + 3):
        stage.house.clock.forward(minutes=10)
        looks += await look(stage)
        assert await settle(stage) == "held"
    assert looks == 10
    stage.house.clock.forward(minutes=10)
    assert await look(stage) == 1
    assert await settle(stage) == "released"
    assert story.balance(stage.house, f"user:{BOB}:XTR") == 360
    assert {row["verdict"] for row in stage.house.sql("SELECT verdict FROM post_checks")} == {"up"}


async def test_a_post_deleted_early_is_refunded_after_two_looks_that_agree(stage: Stage) -> None:
    await published(stage)
    (post,) = await stage.channel.posts()
    await stage.channel.delete_post(post.id)
    stage.house.clock.forward(hours=24)
    await look(stage)
    assert await settle(stage) == "held"
    stage.house.clock.forward(minutes=4)
    await look(stage)
    assert await settle(stage) == "refunded"
    assert stage.job()["status"] == "removed"
    assert story.balance(stage.house, f"user:{ANN}:XTR") == 1000


async def test_a_post_deleted_between_the_end_and_the_confirming_look_is_refunded(stage: Stage) -> None:
    await published(stage)
    stage.house.clock.forward(hours=24)
    await look(stage)
    (post,) = await stage.channel.posts()
    await stage.channel.delete_post(post.id)
    stage.house.clock.forward(minutes=37)
    await look(stage)
    stage.house.clock.forward(minutes=4)
    await look(stage)
    assert await settle(stage) == "refunded"


@pytest.mark.parametrize(
    "fault", [Fault.SERVER_ERROR, Fault.FORBIDDEN, Fault.RESET, Fault.BAD_GATEWAY, Fault.TOO_MANY_REQUESTS]
)
async def test_a_look_that_could_not_see_moves_no_money(stage: Stage, fault: Fault) -> None:
    await published(stage)
    stage.house.clock.forward(hours=24)
    await stage.telegram.fault("editMessageReplyMarkup", fault, forever=True)
    for minutes in (0, 5, 15, 45, 120):
        stage.house.clock.forward(minutes=minutes)
        assert await look(stage) == 1
        assert await settle(stage) == "held"
    stage.house.clock.forward(hours=100)
    assert await look(stage) == 0  # now a person decides
    assert await settle(stage) == "held"


async def test_a_person_decides_when_the_looks_gave_up(stage: Stage) -> None:
    job = await published(stage)
    stage.house.clock.forward(hours=24)
    await stage.telegram.fault("editMessageReplyMarkup", Fault.SERVER_ERROR, forever=True)
    for minutes in (0, 5, 15, 45, 120):
        stage.house.clock.forward(minutes=minutes)
        await look(stage)
    admin = stage.house.gate.user(ADMIN)
    await admin(checks.verdict, job, Status.success, "seen with my own eyes")
    assert await settle(stage) == "released"


@pytest.mark.parametrize(("to", "money"), [(Status.success, "released"), (Status.failed, "refunded")])
async def test_a_verdict_settles_what_was_uncertain(stage: Stage, to: Status, money: str) -> None:
    placement = await stage.book()
    await stage.telegram.fault("sendMessage", Fault.SERVER_ERROR_AFTER_ACCEPTING)
    await posting.publish_due(stage.house.system, stage.adapter)
    admin = stage.house.gate.user(ADMIN)
    message = 2 if to == Status.success else None
    with pytest.raises(Refused):
        await admin(checks.verdict, placement.id, to, "  ", message)
    await story.people(stage.house, CLEO)
    for who in (BOB, CLEO):
        with pytest.raises(Refused) as refused:
            await stage.house.gate.user(who)(checks.verdict, placement.id, to, "trust me", message)
        assert refused.value.refusal == NotAllowed("post_jobs.verdict")
    await admin(checks.verdict, placement.id, to, "looked at the channel", message)
    assert await settle(stage) == money
    assert await admin(checks.verdict, placement.id, to, "looked at the channel", message) == to


async def test_a_released_placement_cannot_be_judged_again(stage: Stage) -> None:
    placement = await stage.book()
    await posting.publish_due(stage.house.system, stage.adapter)
    assert await settle(stage) == "released"
    with pytest.raises(Refused):
        await stage.house.gate.user(ADMIN)(checks.verdict, placement.id, Status.removed, "gone today")
    assert await stage.house.system.ask(escrow.to_refund) == []


async def test_a_reaction_is_no_breach(stage: Stage) -> None:
    await published(stage)
    (post,) = await stage.channel.posts()
    await stage.channel.react(post.id)
    await at_the_end(stage)
    assert await settle(stage) == "released"


async def at_the_end(stage: Stage) -> None:
    """The end's look, and the confirming one."""
    stage.house.clock.forward(hours=24)
    await look(stage)
    stage.house.clock.forward(minutes=37)
    await look(stage)


async def test_a_deleted_post_that_can_still_be_copied_is_gone(stage: Stage) -> None:
    """Telegram's cache gives copies for half an hour; the look that counts is not made of copies."""
    await with_evidence(stage)
    await published(stage)
    (post,) = await stage.channel.posts()
    stage.house.clock.forward(hours=24)
    await stage.channel.delete_post(post.id, cached=True)
    await look(stage)
    stage.house.clock.forward(minutes=4)
    await look(stage)
    assert await settle(stage) == "refunded"


async def test_lost_buttons_are_put_back(stage: Stage) -> None:
    """Who edits a bot's post in Telegram's client may take its buttons off it without knowing."""
    content = Content(text="Buy our tea", buttons=(({"text": "Shop", "url": "https://example.com"},),))
    await published(stage, content=content)
    (post,) = await stage.channel.posts()
    await stage.channel.edit_post(post.id, "Buy our tea", buttons=False)
    await at_the_end(stage)
    (post,) = await stage.channel.posts()
    assert post.buttons == ["Shop"]
    assert await settle(stage) == "released"


async def with_evidence(stage: Stage) -> Channel:
    """From here on posts are read from copies in a private chat."""
    chat = await stage.telegram.channel("Evidence", owner=stage.bob)
    await chat.promote()
    stage.adapter = replace(stage.adapter, evidence_chat=chat.id)
    return chat


async def test_from_its_end_on_a_post_is_read_and_an_edit_that_nobody_told_of_is_found(stage: Stage) -> None:
    evidence = await with_evidence(stage)
    await published(stage)
    (post,) = await stage.channel.posts()
    stage.house.clock.forward(hours=12)
    await look(stage)
    assert await evidence.posts() == []
    await stage.channel.edit_post(post.id, "Buy their coffee")
    stage.house.clock.forward(hours=12)
    await look(stage)
    assert [copy.text for copy in await evidence.posts()] == ["Buy their coffee"]
    assert [row["verdict"] for row in stage.house.sql("SELECT verdict FROM post_checks ORDER BY id")] == [
        "up",
        "changed",
    ]
    stage.house.clock.forward(minutes=30)
    await look(stage)
    assert await settle(stage) == "refunded"


async def test_a_post_that_was_restored_is_read_again_and_paid(stage: Stage) -> None:
    await with_evidence(stage)
    await published(stage)
    (post,) = await stage.channel.posts()
    await stage.channel.edit_post(post.id, "Buy their coffee")
    stage.house.clock.forward(hours=24)
    await look(stage)
    await stage.channel.edit_post(post.id, "Buy our tea")
    stage.house.clock.forward(minutes=30)
    await look(stage)
    stage.house.clock.forward(minutes=37)
    await look(stage)
    assert await settle(stage) == "released"


async def test_an_evidence_chat_that_is_lost_holds_up_no_money(stage: Stage) -> None:
    """The post is there, and nobody has told of an edit."""
    evidence = await with_evidence(stage)
    await published(stage)
    await evidence.remove_bot()
    await at_the_end(stage)
    assert await settle(stage) == "released"


async def test_a_change_that_cannot_be_read_again_is_unknown(stage: Stage) -> None:
    evidence = await with_evidence(stage)
    job = await published(stage)
    (post,) = await stage.channel.posts()
    await stage.house.system(checks.saw_edit, stage.channel.id, post.id, Content(text="Buy their coffee").fingerprint)
    await evidence.remove_bot()
    stage.house.clock.forward(minutes=30)
    await look(stage)
    assert await settle(stage) == "held"
    latest = "SELECT verdict FROM post_checks WHERE post_job_id = :id ORDER BY id DESC LIMIT 1"
    assert stage.house.sql.one(latest, id=job) == "unknown"


async def test_what_was_published_is_kept_as_telegram_showed_it(stage: Stage) -> None:
    await published(stage)
    (kept,) = stage.house.sql("SELECT fingerprints FROM post_jobs")
    assert Content(text="Buy our tea").fingerprint in str(kept["fingerprints"])


# An album


async def album(stage: Stage) -> list[int]:
    """Three pictures in the channel; answers their numbers."""
    await published(stage, content=await stage.media("photo", "photo", "photo", caption="Our tea"))
    return [post.id for post in await stage.channel.posts()]


@pytest.mark.parametrize("lost", [[0], [1], [2], [1, 2]])
async def test_an_album_that_is_not_all_there_is_gone(stage: Stage, lost: list[int]) -> None:
    """And no more is asked than is needed to see it."""
    posts = await album(stage)
    for n in lost:
        await stage.channel.delete_post(posts[n], cached=True)
    before = len(stage.calls("editMessageReplyMarkup"))
    await at_the_end(stage)
    assert len(stage.calls("editMessageReplyMarkup")) - before == 2 * (lost[0] + 1)
    assert stage.job()["status"] == "removed"
    assert await settle(stage) == "refunded"


async def test_a_message_that_cannot_be_seen_hides_no_other_that_is_gone(stage: Stage) -> None:
    posts = await album(stage)
    await stage.channel.delete_post(posts[2])
    stage.house.clock.forward(hours=24)
    for _ in range(2):
        await stage.telegram.fault("editMessageReplyMarkup", Fault.BAD_REQUEST)
        await look(stage)
        stage.house.clock.forward(minutes=4)
    assert await settle(stage) == "refunded"


async def test_an_album_of_which_one_message_cannot_be_seen_is_not_up(stage: Stage) -> None:
    await album(stage)
    stage.house.clock.forward(hours=25)
    await stage.telegram.fault("editMessageReplyMarkup", Fault.BAD_REQUEST)
    await look(stage)
    await stage.telegram.fault("editMessageReplyMarkup", Fault.SERVER_ERROR)
    stage.house.clock.forward(minutes=5)
    before = len(stage.calls("editMessageReplyMarkup"))
    await look(stage)
    assert len(stage.calls("editMessageReplyMarkup")) == before + 1  # where Telegram is out, it is asked once
    assert [row["verdict"] for row in stage.house.sql("SELECT verdict FROM post_checks")] == ["unknown"] * 2
    assert await settle(stage) == "held"


async def test_each_picture_of_an_album_is_read_and_an_edit_that_nobody_told_of_is_found(stage: Stage) -> None:
    evidence = await with_evidence(stage)
    posts = await album(stage)
    await stage.channel.edit_post(posts[1], "Tea is poison")
    stage.house.clock.forward(hours=24)
    await look(stage)
    assert [copy.text for copy in await evidence.posts()] == ["Our tea", "Tea is poison", ""]
    assert str(stage.job("altered")["altered"]) == f"[{posts[1]}]"
    await stage.channel.edit_post(posts[1], "")
    stage.house.clock.forward(minutes=30)
    await look(stage)
    stage.house.clock.forward(minutes=37)
    await look(stage)
    assert [row["verdict"] for row in stage.house.sql("SELECT verdict FROM post_checks ORDER BY id")] == [
        "changed",
        "up",
        "up",
    ]
    assert await settle(stage) == "released"


async def test_an_altered_picture_that_cannot_be_read_again_is_unknown_whatever_the_others_are(stage: Stage) -> None:
    evidence = await with_evidence(stage)
    posts = await album(stage)
    await stage.house.system(checks.saw_edit, stage.channel.id, posts[1], Content(text="Tea is poison").fingerprint)
    stage.house.clock.forward(minutes=30)
    (post,) = await stage.house.system.ask(checks.due)
    await stage.telegram.fault("forwardMessage", Fault.BAD_REQUEST, times=3)
    assert (await stage.adapter.look(post)).verdict == Verdict.unknown
    await stage.channel.edit_post(posts[2], "Tea is poison")
    await stage.telegram.fault("forwardMessage", Fault.BAD_REQUEST, times=2)
    seen = await stage.adapter.look(post)
    assert (seen.verdict, seen.altered, seen.same) == (Verdict.changed, {posts[2]}, frozenset())
    await evidence.remove_bot()
    before = len(stage.calls("forwardMessage"))
    assert (await stage.adapter.look(post)).verdict == Verdict.unknown
    assert len(stage.calls("forwardMessage")) == before + 1


@dataclass
class Eyes:
    """A Telegram that only looks: it counts how many looks run at once, and one of them fails."""

    running: int = 0
    most: int = 0
    seen: list[int] = field(default_factory=list)

    async def look(self, post: ToLook) -> Seen:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        self.seen.append(post.id)
        if post.id == 3:
            raise RuntimeError("a look failed")
        return Seen(Verdict.up)


async def test_looks_are_made_side_by_side_but_few_at_once_and_one_that_fails_spoils_no_other(house: House) -> None:
    await story.people(house)
    await story.switches(house, *story.Switch)
    await story.fund(house, ANN, 10_000, "c1")
    placed = await story.channel(house, price=400, hours=24)
    for message in range(20):
        placement = await story.draft(house, placed)
        await house.gate.user(ANN)(escrow.hold, (placement.id,))
        await story.succeed(house, placement, 10 + message)
    house.clock.forward(minutes=10)
    eyes = Eyes()
    assert await looks.look_at_posts(house.system, cast(Any, eyes)) == 20
    assert (eyes.most, sorted(eyes.seen)) == (looks.TOGETHER, list(range(1, 21)))
    found = house.sql("SELECT post_job_id AS job, verdict FROM post_checks ORDER BY post_job_id")
    assert [(row["job"], row["verdict"]) for row in found] == [(i, "unknown" if i == 3 else "up") for i in range(1, 21)]

"""Watching: only what was seen moves anything. The clock jumps; every look goes to the sandbox over HTTP."""

import pytest

from bot.sandbox import Fault
from domain import checks, escrow
from domain.errors import Refused
from domain.post_jobs import Status
from scheduler import checks as looks
from scheduler import posting, settlement
from tests import story
from tests.conftest import ADMIN
from tests.scheduler.conftest import Stage
from tests.story import ANN, BOB


async def published(stage: Stage, hours: int = 24) -> int:
    placement = await stage.book(hours=hours)
    await posting.publish_due(stage.house.system, stage.adapter)
    return placement.id


async def look(stage: Stage) -> int:
    return await looks.look_at_posts(stage.house.system, stage.adapter)


async def settle(stage: Stage) -> str:
    await settlement.release_served(stage.house.system, stage.adapter)
    await settlement.refund_failed(stage.house.system, stage.adapter)
    return str(stage.house.sql.one("SELECT status FROM escrows"))


async def test_a_post_that_stayed_is_paid_after_the_confirming_look_and_not_before(stage: Stage) -> None:
    """The promise: 24 hours, then the confirming look, then the money."""
    await published(stage)
    assert await look(stage) == 0
    stage.house.clock.forward(hours=23, minutes=59)
    assert await look(stage) == 0
    assert await settle(stage) == "held"
    stage.house.clock.forward(minutes=1)
    assert await look(stage) == 1
    assert await settle(stage) == "held"
    stage.house.clock.forward(minutes=36)
    assert await look(stage) == 0
    stage.house.clock.forward(minutes=1)
    assert await look(stage) == 1
    assert await settle(stage) == "released"
    assert story.balance(stage.house, f"user:{BOB}:XTR") == 360
    assert [row["verdict"] for row in stage.house.sql("SELECT verdict FROM post_checks ORDER BY id")] == ["up", "up"]


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
    with pytest.raises(Refused):
        await stage.house.gate.user(BOB)(checks.verdict, placement.id, to, "trust me", message)
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
    stage.house.clock.forward(hours=24)
    await look(stage)
    stage.house.clock.forward(minutes=37)
    await look(stage)
    assert await settle(stage) == "released"

"""The publisher's word: by a manager of that channel, once, in time, about the version they saw."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from domain import approvals, campaigns, channels, escrow, post_jobs
from domain.approvals import AnswerTooLate, Changed, Decision
from domain.campaigns import Approval
from domain.errors import NotFound, Refused, WrongState
from tests import story
from tests.conftest import ADMIN, NOON, House
from tests.story import ANN, BOB, CLEO


async def answer(house: House, who: int, verb: str, target: int, version: int = 1) -> Decision:
    do = house.gate.user(who)
    if verb == "approve":
        return await do(approvals.approve, target, version)
    return await do(approvals.decline, target, version, "not for us")


@pytest.mark.parametrize("verb", ["approve", "decline"])
@pytest.mark.parametrize("who", [ANN, CLEO, ADMIN])
async def test_only_a_manager_of_the_channel_may_answer(house: House, verb: str, who: int) -> None:
    placement = await story.booked(house)
    await story.channel(house, owner=CLEO, chat_id=-1002)  # a manager, but of another channel
    picture = house.sql.picture()
    with pytest.raises(Refused) as refused:
        await answer(house, who, verb, placement.id)
    assert refused.value.refusal == NotFound("campaign_targets")
    assert house.sql.picture() == picture


@pytest.mark.parametrize("verb", ["approve", "decline"])
async def test_the_first_answer_wins_and_is_given_again(house: House, verb: str) -> None:
    placement = await story.booked(house)
    first = await answer(house, BOB, verb, placement.id)
    assert await answer(house, BOB, verb, placement.id) == first
    other = "decline" if verb == "approve" else "approve"
    with pytest.raises(Refused) as refused:
        await answer(house, BOB, other, placement.id)
    assert refused.value.refusal == WrongState("campaign_targets", first.approval)


ANSWERS: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "approve": ("approved", [(ANN, "approved")]),
    "decline": ("declined", [(ANN, "failed")]),
    "cancel": ("cancelled", [(BOB, "failed")]),
    "expire": ("expired", [(ANN, "failed"), (BOB, "failed")]),
}


@pytest.mark.parametrize("verb", ANSWERS)
async def test_what_becomes_of_a_placement_is_told_to_whoever_did_not_do_it_and_kept(house: House, verb: str) -> None:
    placement = await story.booked(house)
    before = house.sql.one("SELECT MAX(id) FROM notices")
    if verb == "cancel":
        await house.gate.user(ANN)(approvals.cancel, placement.id)
    elif verb == "expire":
        house.clock.forward(days=2)
        assert await house.system(approvals.expire) == [placement.id]
    else:
        await answer(house, BOB, verb, placement.id)
    approval, told = ANSWERS[verb]
    found = house.sql("SELECT user_id, kind, about FROM notices WHERE id > :before ORDER BY user_id", before=before)
    assert [(row["user_id"], row["kind"], row["about"]) for row in found] == [(*one, placement.id) for one in told]
    events = house.sql(
        "SELECT details FROM audit_events WHERE action = :act AND noun = 'campaign_targets'", act=f"approvals.{verb}"
    )
    assert [f'"{approval}"' in str(row["details"]).replace("'", '"') for row in events] == [True]


async def test_declined_again_for_another_reason_is_refused_and_the_first_reason_stays(house: House) -> None:
    placement = await story.booked(house)
    first = await answer(house, BOB, "decline", placement.id)
    picture = house.sql.picture()
    with pytest.raises(Refused) as refused:
        await house.gate.user(BOB)(approvals.decline, placement.id, 1, "something else")
    assert refused.value.refusal == WrongState("campaign_targets", "declined")
    assert house.sql.picture() == picture
    assert await house.gate.user(BOB)(approvals.decline, placement.id, 1, " not for us ") == first


@pytest.mark.parametrize("verb", ["approve", "decline"])
@pytest.mark.parametrize("version", [0, 2, 3])
async def test_an_answer_about_another_version_is_no_repetition(house: House, verb: str, version: int) -> None:
    placement = await story.booked(house)
    first = await answer(house, BOB, verb, placement.id)
    picture = house.sql.picture()
    with pytest.raises(Refused) as refused:
        await answer(house, BOB, verb, placement.id, version)
    assert refused.value.refusal == Changed()
    assert house.sql.picture() == picture
    assert await answer(house, BOB, verb, placement.id) == first


async def test_of_two_answers_at_once_one_counts(house: House) -> None:
    placement = await story.booked(house)
    both = await asyncio.gather(
        answer(house, BOB, "approve", placement.id), answer(house, BOB, "decline", placement.id), return_exceptions=True
    )
    assert sum(isinstance(one, Refused) for one in both) == 1


@pytest.mark.parametrize("verb", ["approve", "decline"])
async def test_an_old_button_cannot_decide(house: House, verb: str) -> None:
    placement = await story.booked(house)
    with pytest.raises(Refused) as refused:
        await answer(house, BOB, verb, placement.id, version=2)
    assert refused.value.refusal == Changed()


async def test_an_answer_that_comes_too_late_is_refused(house: House) -> None:
    placement = await story.booked(house)
    house.clock.forward(hours=24)
    with pytest.raises(Refused) as refused:
        await answer(house, BOB, "approve", placement.id)
    assert refused.value.refusal == AnswerTooLate()


async def test_a_slot_is_ahead_and_no_further_than_the_terms_say(house: House) -> None:
    placement = await story.booked(house)
    days, little = house.gate.terms.ahead, timedelta(microseconds=1)
    for slot in (NOON, NOON - little, NOON + days):
        with pytest.raises(Refused) as refused:
            await story.draft(house, placement.channel, slot=slot)
        assert refused.value.refusal == campaigns.BadSlot(days.days)
    for slot in (NOON + little, NOON + days - little):
        await story.draft(house, placement.channel, slot=slot)


async def test_what_a_campaign_publishes_has_versions_of_its_own(house: House) -> None:
    placement = await story.booked(house)
    other = await story.draft(house, placement.channel)
    ann = house.gate.user(ANN)
    assert (await ann(campaigns.write, other.campaign, campaigns.Content(text="Drink coffee"))).version == 2
    rows = house.sql("SELECT campaign_id, version FROM creatives ORDER BY campaign_id, version")
    assert [tuple(row.values()) for row in rows] == [(placement.campaign, 1), (other.campaign, 1), (other.campaign, 2)]


async def test_the_time_to_answer_never_passes_the_slot(house: House) -> None:
    placement = await story.booked(house, slot=NOON + timedelta(hours=3))
    house.clock.forward(hours=3)
    assert await house.system(approvals.expire) == [placement.id]


async def test_what_nobody_answered_in_time_is_expired_and_no_watchdogs_to_fail(house: House) -> None:
    placement = await story.booked(house)
    house.clock.forward(hours=24)
    picture = house.sql.picture()
    assert await house.system(post_jobs.fail_overdue) == []
    assert house.sql.picture() == picture
    assert await house.system(approvals.expire) == [placement.id]


async def test_declined_money_comes_back(house: House) -> None:
    placement = await story.booked(house)
    await answer(house, BOB, "decline", placement.id)
    await house.system(escrow.refund, placement.id)
    assert story.balance(house, f"user:{ANN}:XTR") == 1000


async def test_an_approved_placement_is_due_at_its_slot_and_overdue_two_hours_later(house: House) -> None:
    slot = NOON + timedelta(hours=5)
    placement = await story.booked(house, slot=slot)
    await answer(house, BOB, "approve", placement.id)
    (job,) = house.sql("SELECT due_at, deadline FROM post_jobs")
    stamp = [str(job[name]).replace("T", " ")[:16] for name in ("due_at", "deadline")]
    assert stamp == ["2026-03-02 17:00", "2026-03-02 19:00"]


async def cancel(house: House, who: int, target: int) -> Decision:
    return await house.gate.user(who)(approvals.cancel, target)


async def test_the_advertiser_may_cancel_until_a_worker_has_it(house: House) -> None:
    placement = await story.booked(house)
    await story.approve(house, placement)
    assert (await cancel(house, ANN, placement.id)).approval == Approval.cancelled
    assert (await cancel(house, ANN, placement.id)).approval == Approval.cancelled
    await house.system(escrow.refund, placement.id)
    assert story.balance(house, f"user:{ANN}:XTR") == 1000


async def test_what_a_worker_has_claimed_cannot_be_cancelled(house: House) -> None:
    placement = await story.booked(house)
    await story.approve(house, placement)
    await story.started(house)
    with pytest.raises(Refused) as refused:
        await cancel(house, ANN, placement.id)
    assert refused.value.refusal == WrongState("post_jobs", "sending")


@pytest.mark.parametrize("who", [BOB, CLEO])
async def test_nobody_else_may_cancel(house: House, who: int) -> None:
    placement = await story.booked(house)
    with pytest.raises(Refused) as refused:
        await cancel(house, who, placement.id)
    assert refused.value.refusal == NotFound("campaign_targets")


Registration = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"is_channel": False}, "not-a-channel"),
        ({"user_is_admin": False}, "not-channel-admin"),
        ({"bot_rights": frozenset({"can_post_messages"})}, "missing-rights"),
        ({}, "listed-by-another"),
    ],
)
async def test_a_channel_is_registered_once_by_its_admin_with_the_rights_it_takes(
    house: House, change: dict[str, Any], refusal: str
) -> None:
    await story.people(house)
    if not change:
        await house.gate.user(CLEO)(channels.register, story.SEEN)
    with pytest.raises(Refused) as refused:
        await house.gate.user(BOB)(channels.register, story.replace(story.SEEN, **change))
    assert refused.value.refusal.key() == refusal


async def test_a_channel_registered_again_is_the_same_one_as_it_is_now(house: House) -> None:
    await story.people(house)
    number = await story.channel(house)
    await house.system(channels.inspect, story.replace(story.SEEN, bot_rights=frozenset()))
    now = story.replace(story.SEEN, title="Tech Weekly", username="techweekly", subscribers=9)
    assert (await house.gate.user(BOB)(channels.register, now)).id == number
    (row,) = house.sql("SELECT title, username, subscribers, status FROM channels")
    assert row == {"title": "Tech Weekly", "username": "techweekly", "subscribers": 9, "status": "listed"}


async def test_of_a_channel_nobody_registered_nothing_is_kept(house: House) -> None:
    await story.people(house)
    picture = house.sql.picture()
    assert await house.system(channels.inspect, story.SEEN) is None
    assert house.sql.picture() == picture


async def test_a_channel_whose_rights_are_lost_leaves_the_catalogue_and_comes_back(house: House) -> None:
    await story.people(house)
    await story.channel(house)
    ann = house.gate.user(ANN)
    assert (await ann.ask(channels.catalogue))[1] == 1
    await house.system(channels.inspect, story.replace(story.SEEN, bot_rights=frozenset()))
    assert (await ann.ask(channels.catalogue))[1] == 0
    await house.system(channels.inspect, story.SEEN)
    assert (await ann.ask(channels.catalogue))[1] == 1
    assert (await house.gate.user(BOB).ask(channels.catalogue))[1] == 0  # nobody books their own


REMINDERS = "SELECT COUNT(*) FROM notices WHERE kind = 'reminder' AND user_id = :user"


async def rounds(house: House, hours: float) -> int:
    """A round of reminders each quarter of an hour, for so long; answers how many reminded."""
    came = 0
    for _ in range(int(hours * 4)):
        house.clock.forward(minutes=15)
        came += len(await house.system(approvals.remind))
    return came


async def test_who_has_not_answered_is_reminded_twelve_and_two_hours_before_the_end_once_each(house: House) -> None:
    await story.booked(house)
    assert await rounds(house, 11.75) == 0
    assert await rounds(house, 0.25) == 1
    assert await rounds(house, 9.75) == 0
    assert await rounds(house, 0.25) == 1
    assert await rounds(house, 6) == 0
    assert house.sql.one(REMINDERS, user=BOB) == 2


async def test_nobody_is_reminded_of_what_can_no_longer_be_answered(house: House) -> None:
    await story.booked(house)
    house.clock.forward(hours=24)  # nothing ran meanwhile, and the answer is due at this moment
    assert await house.system(approvals.remind) == []
    assert house.sql.one(REMINDERS, user=BOB) == 0


@pytest.mark.parametrize(
    ("hours", "reminders"), [(24, 2), (13, 2), (12, 1), (3, 1), (2, 0), (1, 0)], ids=lambda value: str(value)
)
async def test_a_shorter_time_to_answer_leaves_out_what_does_not_fit(house: House, hours: int, reminders: int) -> None:
    await story.booked(house, slot=NOON + timedelta(hours=hours))
    assert await rounds(house, hours) == reminders


async def test_every_manager_is_reminded(house: House) -> None:
    placement = await story.booked(house)
    house.sql("INSERT INTO channel_managers (channel_id, user_id) VALUES (:c, :u)", c=placement.channel, u=CLEO)
    await rounds(house, 12)
    assert [house.sql.one(REMINDERS, user=user) for user in (BOB, CLEO, ANN)] == [1, 1, 0]


@pytest.mark.parametrize("verb", ["approve", "decline"])
async def test_who_has_answered_is_left_alone(house: House, verb: str) -> None:
    placement = await story.booked(house)
    await answer(house, BOB, verb, placement.id)
    assert await rounds(house, 24) == 0
    assert house.sql("SELECT remind_at FROM campaign_targets") == [{"remind_at": None}]


async def test_reminders_that_nobody_could_send_are_not_made_up_for_by_two(house: House) -> None:
    await story.booked(house)
    house.clock.forward(hours=23)
    came = await asyncio.gather(*(house.system(approvals.remind) for _ in range(8)))
    assert sum(map(len, came)) == 1
    assert await rounds(house, 1) == 0


async def test_once_the_time_is_over_nobody_is_reminded(house: House) -> None:
    await story.booked(house)
    house.clock.forward(hours=24)
    assert await house.system(approvals.remind) == []

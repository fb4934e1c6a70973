"""Another time, another price: made by a manager, answered by the advertiser, one at a time, three at most, the money held."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from domain import agreements, approvals, blocks, campaigns, channels, escrow, kill_switches, post_jobs, proposals
from domain.action import Switch
from domain.agreements import NotEnoughBeside
from domain.campaigns import AnswerTooLate, Approval, BadSlot, Changed, ChannelBlocked, NotListed
from domain.errors import Halted, NotAllowed, NotFound, Refused, WrongState
from domain.money import BadAmount
from domain.proposals import SameTerms, TooManyRounds
from tests import story
from tests.conftest import ADMIN, NOON, House, refusal
from tests.story import ANN, BOB, CLEO, balance

HOUR = timedelta(hours=1)
EVENING = NOON + 30 * HOUR


async def make(house: House, placement: story.Placement, who: int = BOB, version: int = 1, **terms: Any) -> Any:
    terms = terms or {"slot": EVENING}
    return await house.gate.user(who)(proposals.make, placement.id, version, **terms)


def target(house: House, number: int) -> dict[str, Any]:
    (row,) = house.sql(
        "SELECT t.approval, t.version, t.price, j.status, j.failure, e.status AS escrow FROM campaign_targets t"
        " JOIN post_jobs j ON j.id = t.id JOIN escrows e ON e.id = t.id WHERE t.id = :id",
        id=number,
    )
    return row


def moments(house: House, number: int) -> dict[str, str]:
    (row,) = house.sql(
        "SELECT t.slot, t.answer_by, t.remind_at, j.due_at, j.deadline FROM campaign_targets t"
        " JOIN post_jobs j ON j.id = t.id WHERE t.id = :id",
        id=number,
    )
    return {name: str(at).replace("T", " ")[5:16] for name, at in row.items()}


def statuses(house: House) -> list[str]:
    return [row["status"] for row in house.sql("SELECT status FROM proposals ORDER BY id")]


def told(house: House, user: int) -> list[str]:
    return [row["kind"] for row in house.sql("SELECT kind FROM notices WHERE user_id = :u ORDER BY id", u=user)]


# A new time


async def test_an_accepted_time_moves_the_slot_and_is_approved(house: House) -> None:
    placement = await story.booked(house)
    made = await make(house, placement)
    assert told(house, ANN)[-1] == "proposal"
    came = await house.gate.user(ANN)(agreements.accept_time, made.id)
    assert (came.id, came.approval, came.version) == (placement.id, Approval.approved, 3)
    at = moments(house, placement.id)
    assert (at["slot"], at["due_at"], at["deadline"]) == ("03-03 18:00", "03-03 18:00", "03-03 20:00")
    assert statuses(house) == ["accepted"]
    assert told(house, BOB)[-1] == "agreed"
    assert target(house, placement.id)["escrow"] == "held"
    picture = house.sql.picture()
    assert await house.gate.user(ANN)(agreements.accept_time, made.id) == came
    assert house.sql.picture() == picture
    house.clock.forward(hours=30)
    (duty,) = await story.started(house)
    assert duty.id == placement.id


async def test_the_money_stays_held_while_it_waits(house: House) -> None:
    placement = await story.booked(house)
    await make(house, placement)
    assert balance(house, f"escrow:{placement.id}") == 400
    assert target(house, placement.id) | {"version": 0} == {
        "approval": "waiting",
        "version": 0,
        "price": 400,
        "status": "queued",
        "failure": None,
        "escrow": "held",
    }


# A new price


async def test_an_accepted_price_books_a_linked_placement_and_gives_the_old_one_up(house: House) -> None:
    placement = await story.booked(house, hours=24, pin=True)
    made = await make(house, placement, price=450)
    came = await house.gate.user(ANN)(agreements.accept_price, made.id)
    assert (came.approval, came.version) == (Approval.approved, 2)
    assert target(house, placement.id) | {"version": 0} == {
        "approval": "declined",
        "version": 0,
        "price": 400,
        "status": "failed",
        "failure": "repriced",
        "escrow": "held",
    }
    new = target(house, came.id)
    assert (new["approval"], new["price"], new["status"], new["escrow"]) == ("approved", 450, "queued", "held")
    same = "campaign_id, creative_id, channel_id, publisher_id, fee_bps, hours, pin, silent, proportional, slot"
    before, after = house.sql(f"SELECT {same} FROM campaign_targets ORDER BY id")
    assert before == after
    at = moments(house, came.id)
    assert (at["due_at"], at["deadline"]) == ("03-02 12:00", "03-02 14:00")
    assert house.sql.one("SELECT retry_of FROM campaign_targets WHERE id = :id", id=came.id) == placement.id
    assert balance(house, f"user:{ANN}:XTR") == 150
    await house.system(escrow.refund, placement.id)
    assert balance(house, f"user:{ANN}:XTR") == 550
    assert "request" not in told(house, BOB)[1:]
    assert told(house, BOB)[-1] == "agreed"
    await story.recorded(house, post_jobs.AttemptStatus.accepted, message_ids=(7,))
    assert house.sql.one("SELECT status FROM campaigns") == "active"


async def test_what_is_booked_at_another_price_is_due_at_its_slot(house: House) -> None:
    placement = await story.booked(house, slot=NOON + 6 * HOUR)
    made = await make(house, placement, price=450)
    came = await house.gate.user(ANN)(agreements.accept_price, made.id)
    at = moments(house, came.id)
    assert (at["slot"], at["due_at"], at["deadline"]) == ("03-02 18:00", "03-02 18:00", "03-02 20:00")


async def test_a_price_accepted_again_answers_the_same_and_moves_nothing(house: House) -> None:
    placement = await story.booked(house)
    made = await make(house, placement, price=300)
    ann = house.gate.user(ANN)
    came = await asyncio.gather(*(ann(agreements.accept_price, made.id) for _ in range(6)))
    assert len({one.id for one in came}) == 1
    assert house.sql.one("SELECT COUNT(*) FROM escrows") == 2
    assert balance(house, f"user:{ANN}:XTR") == 300
    picture = house.sql.picture()
    assert (await ann(agreements.accept_price, made.id)).id == came[0].id
    assert house.sql.picture() == picture


async def test_a_price_needs_the_money_beside_what_is_held_and_nothing_is_lost_without(house: House) -> None:
    placement = await story.booked(house, money=700)
    made = await make(house, placement, price=301)
    picture = house.sql.picture()
    ann = house.gate.user(ANN)
    assert await refusal(ann(agreements.accept_price, made.id)) == NotEnoughBeside(301, 300, 400)
    assert house.sql.picture() == picture
    await story.fund(house, ANN, 1, "c2")
    came = await ann(agreements.accept_price, made.id)
    assert balance(house, f"user:{ANN}:XTR") == 0
    assert target(house, came.id)["escrow"] == "held"


@pytest.mark.parametrize("switch", [Switch.new_escrows, Switch.money_movement])
async def test_a_halted_switch_refuses_a_price_by_its_name_and_after_resuming_it_works(
    house: House, switch: Switch
) -> None:
    placement = await story.booked(house)
    made = await make(house, placement, price=450)
    await house.gate.user(ADMIN)(kill_switches.halt, [switch], "test")
    picture = house.sql.picture()
    assert await refusal(house.gate.user(ANN)(agreements.accept_price, made.id)) == Halted(switch)
    assert house.sql.picture() == picture
    await house.gate.user(ADMIN)(kill_switches.resume, [switch], "test")
    assert (await house.gate.user(ANN)(agreements.accept_price, made.id)).approval == Approval.approved


async def test_a_time_needs_no_switch(house: House) -> None:
    placement = await story.booked(house)
    made = await make(house, placement)
    await house.gate.user(ADMIN)(kill_switches.halt, list(Switch), "test")
    assert (await house.gate.user(ANN)(agreements.accept_time, made.id)).approval == Approval.approved


async def test_what_may_not_be_booked_any_more_is_not_agreed_upon(house: House) -> None:
    placement = await story.booked(house)
    made = await make(house, placement, price=450)
    ann = house.gate.user(ANN)
    await house.gate.user(BOB)(channels.pause, placement.channel, paused=True)
    picture = house.sql.picture()
    assert await refusal(ann(agreements.accept_price, made.id)) == NotListed(placement.channel)
    assert house.sql.picture() == picture
    await house.gate.user(BOB)(channels.pause, placement.channel, paused=False)
    await house.gate.user(ADMIN)(blocks.block_channel, placement.channel, "why", blocked=True)
    assert await refusal(ann(agreements.accept_price, made.id)) == ChannelBlocked("Tech Daily")


async def test_neither_a_blocked_channel_nor_a_blocked_manager_nor_a_blocked_advertiser_agrees(house: House) -> None:
    placement = await story.booked(house)
    made = await make(house, placement)
    ann, admin = house.gate.user(ANN), house.gate.user(ADMIN)
    await admin(blocks.block_channel, placement.channel, "why", blocked=True)
    assert await refusal(ann(agreements.accept_time, made.id)) == ChannelBlocked("Tech Daily")
    await admin(blocks.block_channel, placement.channel, "why", blocked=False)
    await admin(blocks.block_user, BOB, "why", blocked=True)
    assert await refusal(ann(agreements.accept_time, made.id)) == ChannelBlocked("Tech Daily")
    assert await refusal(make(house, placement, price=5)) == NotAllowed("proposals.make")
    await admin(blocks.block_user, BOB, "why", blocked=False)
    await admin(blocks.block_user, ANN, "why", blocked=True)
    assert await refusal(ann(agreements.accept_time, made.id)) == NotAllowed("proposals.accept_time")
    await ann(proposals.decline, made.id)  # whoever is blocked still ends what runs
    assert statuses(house) == ["declined"]


# Who may, and what


@pytest.mark.parametrize("who", [ANN, CLEO, ADMIN])
async def test_only_a_manager_of_the_channel_proposes(house: House, who: int) -> None:
    placement = await story.booked(house)
    await story.channel(house, owner=CLEO, chat_id=-1002)
    picture = house.sql.picture()
    assert await refusal(make(house, placement, who)) == NotFound("campaign_targets")
    assert house.sql.picture() == picture


async def test_an_advertiser_who_manages_the_channel_does_not_propose_to_themselves(house: House) -> None:
    placement = await story.booked(house)
    house.sql("INSERT INTO channel_managers (channel_id, user_id) VALUES (:c, :u)", c=placement.channel, u=ANN)
    assert await refusal(make(house, placement, ANN)) == NotFound("campaign_targets")
    assert statuses(house) == []


async def test_a_blocked_channel_proposes_nothing(house: House) -> None:
    placement = await story.booked(house)
    await house.gate.user(ADMIN)(blocks.block_channel, placement.channel, "why", blocked=True)
    assert await refusal(make(house, placement)) == ChannelBlocked("Tech Daily")
    assert statuses(house) == []


@pytest.mark.parametrize("terms", [{"slot": EVENING}, {"price": 450}], ids=["time", "price"])
async def test_whoever_manages_the_channel_no_longer_is_not_agreed_with(house: House, terms: dict[str, Any]) -> None:
    placement = await story.booked(house)
    made = await make(house, placement, **terms)
    house.sql("DELETE FROM channel_managers WHERE user_id = :u", u=BOB)
    accept = agreements.accept_time if "slot" in terms else agreements.accept_price
    picture = house.sql.picture()
    assert await refusal(house.gate.user(ANN)(accept, made.id)) == ChannelBlocked("Tech Daily")
    assert house.sql.picture() == picture
    await house.gate.user(ANN)(proposals.decline, made.id)  # the answer that is left
    assert statuses(house) == ["declined"]


@pytest.mark.parametrize("who", [BOB, CLEO, ADMIN])
@pytest.mark.parametrize("terms", [{"slot": EVENING}, {"price": 450}], ids=["time", "price"])
async def test_only_the_advertiser_answers(house: House, who: int, terms: dict[str, Any]) -> None:
    placement = await story.booked(house)
    made = await make(house, placement, **terms)
    picture, do = house.sql.picture(), house.gate.user(who)
    for act in (agreements.accept_time, agreements.accept_price, proposals.decline):
        assert await refusal(do(act, made.id)) == NotFound("proposals")
    other = agreements.accept_price if "slot" in terms else agreements.accept_time
    assert await refusal(house.gate.user(ANN)(other, made.id)) == NotFound("proposals")
    assert await refusal(house.gate.user(ANN)(other, 77)) == NotFound("proposals")
    assert house.sql.picture() == picture


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"price": 400}, SameTerms()),
        ({"slot": NOON}, BadSlot(60)),
        ({"slot": NOON + 60 * 24 * HOUR}, BadSlot(60)),
    ],
    ids=["same price", "past", "far"],
)
async def test_terms_that_cannot_be_are_refused(house: House, terms: dict[str, Any], why: Any) -> None:
    placement = await story.booked(house)
    assert await refusal(make(house, placement, **terms)) == why
    assert statuses(house) == []


@pytest.mark.parametrize("price", [0, -1, True, 10**12 + 1])
async def test_a_price_is_a_whole_number(house: House, price: int) -> None:
    placement = await story.booked(house)
    with pytest.raises(BadAmount):
        await make(house, placement, price=price)


async def test_the_booked_time_is_no_other_time(house: House) -> None:
    placement = await story.booked(house, slot=EVENING)
    assert await refusal(make(house, placement)) == SameTerms()


async def test_of_two_managers_at_once_the_first_counts_and_an_old_card_decides_nothing(house: House) -> None:
    placement = await story.booked(house)
    house.sql("INSERT INTO channel_managers (channel_id, user_id) VALUES (:c, :u)", c=placement.channel, u=CLEO)
    both = await asyncio.gather(
        make(house, placement, BOB, price=300), make(house, placement, CLEO, price=500), return_exceptions=True
    )
    assert [one.refusal for one in both if isinstance(one, Refused)] == [Changed()]
    assert statuses(house) == ["made"]
    (first,) = (one for one in both if not isinstance(one, BaseException))
    again = await make(house, placement, first.made_by, price=first.price)  # the same tap twice
    assert again.id == first.id
    assert await refusal(make(house, placement, first.made_by, price=301)) == Changed()
    old = house.gate.user(CLEO if first.made_by == BOB else BOB)
    assert await refusal(old(approvals.approve, placement.id, 1)) == Changed()


async def test_one_is_open_and_only_its_maker_is_answered_again(house: House) -> None:
    placement = await story.booked(house)
    house.sql("INSERT INTO channel_managers (channel_id, user_id) VALUES (:c, :u)", c=placement.channel, u=CLEO)
    first = await make(house, placement)
    assert await refusal(make(house, placement, CLEO, version=2)) == Changed()  # the same terms, but not theirs
    assert await refusal(make(house, placement, version=2, price=300)) == Changed()
    assert (await make(house, placement)).id == first.id
    assert house.sql("SELECT made_by, status FROM proposals") == [{"made_by": BOB, "status": "made"}]


async def test_an_old_card_proposes_nothing(house: House) -> None:
    placement = await story.booked(house)
    await house.gate.user(ANN)(proposals.decline, (await make(house, placement)).id)
    assert await refusal(make(house, placement, version=1, price=300)) == Changed()
    assert statuses(house) == ["declined"]
    await make(house, placement, version=2, price=300)


@pytest.mark.parametrize("answer", [Approval.approved, Approval.declined, Approval.cancelled])
async def test_what_was_answered_is_not_proposed_about(house: House, answer: Approval) -> None:
    placement = await story.booked(house)
    if answer == Approval.approved:
        await story.approve(house, placement)
    elif answer == Approval.declined:
        await story.decline(house, placement)
    else:
        await house.gate.user(ANN)(approvals.cancel, placement.id)
    assert await refusal(make(house, placement, version=2)) == WrongState("campaign_targets", answer)
    assert statuses(house) == []


async def test_after_three_rounds_it_is_yes_or_no_counting_both_kinds(house: House) -> None:
    """Those about another placement are counted by themselves."""
    placement = await story.booked(house)
    for n, terms in enumerate(({"slot": EVENING}, {"price": 500}, {"price": 450}), start=1):
        made = await make(house, placement, version=n, **terms)
        assert made.round == n
        await house.gate.user(ANN)(proposals.decline, made.id)
    assert await refusal(make(house, placement, version=4, price=420)) == TooManyRounds(3)
    await house.gate.user(BOB)(approvals.approve, placement.id, 4)
    other = await story.draft(house, placement.channel)
    await house.gate.user(ANN)(escrow.hold, (other.id,))
    assert (await make(house, other, price=300)).round == 1


async def test_what_follows_a_placement_goes_on_counting(house: House) -> None:
    placement = await story.booked(house)
    await house.gate.user(ANN)(agreements.accept_price, (await make(house, placement, price=300)).id)
    (new,) = house.sql("SELECT id FROM campaign_targets WHERE retry_of = :id", id=placement.id)
    await story.recorded(house, post_jobs.AttemptStatus.refused, error="chat not found")
    await house.system(escrow.refund, new["id"])
    third = await house.gate.user(ADMIN)(escrow.retry_as_new, new["id"])
    made = await make(house, story.Placement(third, 0, placement.channel), price=310)
    assert made.round == 2


# The clocks


async def test_the_publishers_clock_stands_still_and_they_have_what_was_left(house: House) -> None:
    placement = await story.booked(house)
    house.clock.forward(hours=2)  # 22 h of 24 are left
    made = await make(house, placement)
    assert moments(house, placement.id)["answer_by"] == moments(house, placement.id)["deadline"] == "03-04 00:00"
    house.clock.forward(hours=5)
    await house.gate.user(ANN)(proposals.decline, made.id)
    at = moments(house, placement.id)
    assert (at["answer_by"], at["deadline"], at["remind_at"]) == ("03-03 17:00", "03-03 17:00", "03-03 05:00")
    assert told(house, BOB)[-1] == "proposal-over"


async def test_unanswered_for_twelve_hours_it_expires_and_the_publisher_has_at_least_four(house: House) -> None:
    placement = await story.booked(house)
    house.clock.forward(hours=23)
    await make(house, placement, price=450)
    house.clock.forward(hours=11, minutes=59)
    assert await house.system(proposals.expire) == []
    assert await house.system(approvals.expire) == []
    assert await house.system(approvals.remind) == []  # it is not theirs to answer
    house.clock.forward(minutes=1)
    both = await asyncio.gather(*(house.system(proposals.expire) for _ in range(4)))
    assert sum(map(len, both)) == 1
    assert statuses(house) == ["expired"]
    assert moments(house, placement.id)["answer_by"] == "03-04 03:00"
    house.clock.forward(hours=4)
    assert await house.system(approvals.expire) == [placement.id]


async def test_no_clock_passes_the_booked_slot(house: House) -> None:
    placement = await story.booked(house, slot=NOON + 3 * HOUR)
    made = await make(house, placement, slot=EVENING)
    assert made.answer_by == NOON + 3 * HOUR
    house.clock.forward(hours=3)
    assert await refusal(house.gate.user(ANN)(agreements.accept_time, made.id)) == AnswerTooLate()
    assert await house.system(proposals.expire) == [made.id]
    assert await house.system(approvals.expire) == [placement.id]


async def test_nor_the_proposed_one(house: House) -> None:
    placement = await story.booked(house)
    made = await make(house, placement, slot=NOON + 2 * HOUR)
    assert made.answer_by == NOON + 2 * HOUR
    house.clock.forward(hours=2)
    assert await refusal(house.gate.user(ANN)(proposals.decline, made.id)) == AnswerTooLate()


async def test_whoever_is_too_late_to_answer_is_too_late_to_propose(house: House) -> None:
    placement = await story.booked(house)
    house.clock.forward(hours=24)
    assert await refusal(make(house, placement, slot=NOON + 40 * HOUR)) == AnswerTooLate()


async def test_a_waiting_proposal_halts_nothing(house: House) -> None:
    """A long answer is no stuck escrow: the job's deadline follows the answer's."""
    placement = await story.booked(house)
    house.clock.forward(hours=23)
    await make(house, placement, price=450)
    house.clock.forward(hours=11)
    assert await house.system.ask(escrow.stuck) == []


# What ends the waiting


@pytest.mark.parametrize("verb", ["approve", "decline", "cancel"])
async def test_the_publishers_own_answer_and_the_advertisers_second_thoughts_withdraw_it(
    house: House, verb: str
) -> None:
    placement = await story.booked(house)
    made = await make(house, placement, price=450)
    if verb == "approve":
        await house.gate.user(BOB)(approvals.approve, placement.id, 2)
    elif verb == "decline":
        await house.gate.user(BOB)(approvals.decline, placement.id, 2, "no")
    else:
        await house.gate.user(ANN)(approvals.cancel, placement.id)
    assert statuses(house) == ["withdrawn"]
    gone = WrongState("proposals", "withdrawn")
    assert await refusal(house.gate.user(ANN)(agreements.accept_price, made.id)) == gone
    assert await refusal(house.gate.user(ANN)(proposals.decline, made.id)) == gone
    assert house.sql.one("SELECT COUNT(*) FROM escrows") == 1


@pytest.mark.parametrize("terms", [{"slot": EVENING}, {"price": 450}], ids=["time", "price"])
@pytest.mark.parametrize("rival", ["approve", "cancel"])
async def test_of_an_answer_and_an_agreement_at_once_one_counts(
    house: House, terms: dict[str, Any], rival: str
) -> None:
    placement = await story.booked(house)
    made = await make(house, placement, **terms)
    ann, bob = house.gate.user(ANN), house.gate.user(BOB)
    accept = ann(agreements.accept_time if "slot" in terms else agreements.accept_price, made.id)
    other = bob(approvals.approve, placement.id, 2) if rival == "approve" else ann(approvals.cancel, placement.id)
    agreed, answered = await asyncio.gather(accept, other, return_exceptions=True)
    (status,) = statuses(house)
    if isinstance(agreed, Refused):
        assert (status, agreed.refusal) == ("withdrawn", WrongState("proposals", "withdrawn"))
        assert house.sql.one("SELECT COUNT(*) FROM escrows") == 1
    else:
        assert status == "accepted"
        if rival == "approve" and "slot" in terms:
            assert not isinstance(answered, Refused)  # approved it is, at the agreed time
        elif "price" in terms:
            assert isinstance(answered, Refused)
    assert house.sql.one("SELECT COUNT(*) FROM campaign_targets WHERE approval = 'approved'") <= 1


async def test_accepting_and_declining_at_once_one_counts(house: House) -> None:
    placement = await story.booked(house)
    made = await make(house, placement)
    ann = house.gate.user(ANN)
    both = await asyncio.gather(
        ann(agreements.accept_time, made.id), ann(proposals.decline, made.id), return_exceptions=True
    )
    assert sum(isinstance(one, Refused) for one in both) == 1


async def test_declined_again_it_answers_the_same_and_gives_no_more_time(house: House) -> None:
    placement = await story.booked(house)
    made = await make(house, placement)
    first = await house.gate.user(ANN)(proposals.decline, made.id)
    house.clock.forward(hours=3)
    picture = house.sql.picture()
    again = await house.gate.user(ANN)(proposals.decline, made.id)
    assert (again.status, again.ended_at) == (first.status, first.ended_at)
    assert house.sql.picture() == picture


async def test_a_paused_campaign_agrees_upon_a_time_and_is_resumed_for_a_price(house: House) -> None:
    placement = await story.booked(house)
    ann = house.gate.user(ANN)
    await ann(campaigns.pause, placement.campaign, paused=True)
    made = await make(house, placement, price=450)
    assert await refusal(ann(agreements.accept_price, made.id)) == WrongState("campaigns", "paused")
    await ann(campaigns.pause, placement.campaign, paused=False)
    assert (await ann(agreements.accept_price, made.id)).approval == Approval.approved


async def test_the_staff_sees_what_waits_and_strangers_see_nothing(house: House) -> None:
    placement = await story.booked(house)
    made = await make(house, placement)
    admin = house.gate.user(ADMIN)
    (row,) = await admin.ask(proposals.waiting)
    assert (row.id, row.title, row.booked) == (made.id, "Tech Daily", 400)
    assert await admin.ask(proposals.counted) == 1
    seen = [await house.gate.user(who).ask(proposals.get, made.id) is not None for who in (ANN, BOB, CLEO, ADMIN)]
    assert seen == [True, True, False, True]

"""Disputes: who may open one and when, how the sides agree, how an admin decides, one appeal, and what the money then does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain import books, checks, countersigns, disputes, escrow, kill_switches
from domain.action import Switch
from domain.checks import Seen, Verdict
from domain.disputes import Dispute, NotDisputable, PartyCannotJudge, SameJudge, Side, Status, TalksFirst, read_share
from domain.errors import NotAllowed, NotFound, OutOfRange, Refusal, Refused, WrongState
from domain.escrow import InDispute
from tests import story
from tests.begun import begun
from tests.conftest import ADMIN, NOON, OTHER_ADMIN, House, meanwhile
from tests.story import ANN, BOB, CLEO

UP, GONE = Seen(Verdict.up), Seen(Verdict.gone)
DAY = timedelta(hours=24)
JUDGING, APPEALED = Status.judging, Status.appealed


@begun
async def published(house: House, hours: int = 0, **more: Any) -> None:
    """Placement 1 of 400 Stars stands in the channel since NOON; nothing has moved."""
    await story.succeed(house, await story.booked(house, hours=hours, **more))
    await story.people(house, OTHER_ADMIN)


async def do(house: House, who: int, action: Any, *given: Any) -> Dispute:
    done = await house.gate.user(who)(action, *given)
    assert isinstance(done, Dispute)
    return done


async def refusal(house: House, who: int, action: Any, *given: Any) -> Refusal:
    with pytest.raises(Refused) as refused:
        await house.gate.user(who)(action, *given)
    return refused.value.refusal


async def opened(house: House, who: int = ANN, **more: Any) -> int:
    await published(house, **more)
    return (await do(house, who, disputes.open_, 1, "the text was cut")).id


async def judging(house: House) -> int:
    number = await opened(house)
    house.clock.forward(hours=48)
    assert await house.system(disputes.expire) == [number]
    return number


async def decided(house: House, share: int = 100) -> int:
    number = await judging(house)
    await do(house, ADMIN, disputes.judge, number, JUDGING, share, "seen in the channel")
    return number


async def settle(house: House) -> str:
    """What may move moves; answers what the escrow is now."""
    await house.system.each(escrow.release, await house.system.ask(escrow.to_release))
    await house.system.each(escrow.refund, await house.system.ask(escrow.to_refund))
    return str(house.sql.one("SELECT status FROM escrows WHERE id = 1"))


def state(house: House) -> tuple[str, bool]:
    """Of the newest dispute, and whether the job is held by one."""
    status = house.sql.one("SELECT status FROM disputes ORDER BY id DESC LIMIT 1")
    return status, house.sql.one("SELECT disputed_at FROM post_jobs WHERE id = 1") is not None


def paid(house: House) -> dict[str, int]:
    rows = house.sql("SELECT reason, amount FROM transfers WHERE reference_id = 1 AND reason <> 'escrow_hold'")
    return {row["reason"]: row["amount"] for row in rows if row["reason"] != "deposit"}


def told(house: House, step: str) -> list[int]:
    like = f'%"step":%"{step}"%'
    asked = "SELECT user_id FROM notices WHERE kind = 'dispute' AND CAST(args AS TEXT) LIKE :like ORDER BY user_id"
    return [row["user_id"] for row in house.sql(asked, like=like)]


# Opening


@pytest.mark.parametrize(("who", "side"), [(ANN, "advertiser"), (BOB, "publisher")])
async def test_either_side_opens_one_and_what_was_served_is_not_due(house: House, who: int, side: str) -> None:
    await published(house)
    assert await house.system.ask(escrow.to_release) == [1]
    dispute = await do(house, who, disputes.open_, 1, "  the text was cut ")
    assert (dispute.side, dispute.words, dispute.until) == (side, "the text was cut", NOON + 2 * DAY)
    assert state(house) == ("talks", True)
    assert await house.system.ask(escrow.to_release) == []
    with pytest.raises(Refused) as refused:
        await house.system(escrow.release, 1)
    assert refused.value.refusal == InDispute(1)
    assert await settle(house) == "held"
    house.clock.forward(hours=1)
    assert await house.system.ask(escrow.unmoved) == await house.system.ask(escrow.overdue_count) == 0
    assert await house.system.ask(escrow.stuck) == []
    assert told(house, "opened") == [BOB if who == ANN else ANN]


async def test_asked_again_it_is_the_same_and_nobody_else_opens_another(house: House) -> None:
    number = await opened(house)
    before = house.sql.picture()
    assert (await do(house, ANN, disputes.open_, 1, "the text was cut")).id == number
    assert await refusal(house, ANN, disputes.open_, 1, "other words") == WrongState("disputes", "talks")
    assert await refusal(house, BOB, disputes.open_, 1, "the text was cut") == WrongState("disputes", "talks")
    assert house.sql.picture() == before


@pytest.mark.parametrize("words", ["", "  ", "x" * 1001])
async def test_it_says_something_in_bounds(house: House, words: str) -> None:
    await published(house)
    assert await refusal(house, ANN, disputes.open_, 1, words) == OutOfRange("report", 1, 1000)


async def test_to_whoever_is_no_party_there_is_nothing(house: House) -> None:
    """Also where they publish, or advertise, elsewhere."""
    number = await opened(house)
    await story.draft(house, await story.channel(house, owner=CLEO, chat_id=-1002), by=ADMIN)
    for who in (CLEO, ADMIN):
        assert await refusal(house, who, disputes.open_, 1, "x") == NotFound("campaign_targets")
        for action, *given in (
            (disputes.propose, number, 5),
            (disputes.ask_judge, number),
            (disputes.withdraw, number),
            (disputes.accept, number),
            (disputes.appeal, number, "x"),
        ):
            assert await refusal(house, who, action, *given) == NotFound("disputes")
    for ask in (disputes.get, disputes.of):
        assert await house.gate.user(CLEO).ask(ask, 1) is None
        assert (await house.gate.user(ANN).ask(ask, 1)).side == Side.advertiser
        assert (await house.gate.user(BOB).ask(ask, 1)).side == Side.publisher
        assert (await house.gate.user(ADMIN).ask(ask, 1)).side is None
        assert await house.gate.user(ADMIN).ask(ask, 99) is None
    assert await refusal(house, ANN, disputes.open_, 99, "x") == NotFound("campaign_targets")
    assert await refusal(house, ANN, disputes.propose, 99, 5) == NotFound("disputes")


async def test_the_newest_dispute_about_a_placement_is_seen_with_its_own_history(house: House) -> None:
    first = await opened(house)
    await do(house, ANN, disputes.withdraw, first)
    second = (await do(house, BOB, disputes.open_, 1, "it was up all day")).id
    ask = house.gate.user(ANN).ask
    assert (await ask(disputes.of, 1)).dispute.id == second
    for number, steps in ((first, ["opened", "withdrawn"]), (second, ["opened"])):
        view = await ask(disputes.get, number)
        assert (view.dispute.id, [step.step for step in view.history]) == (number, steps)


async def test_the_next_moment_to_wake_for_is_when_the_time_of_an_open_one_is_over(house: House) -> None:
    assert await house.system.ask(disputes.next_due) is None
    number = await opened(house)
    assert await house.system.ask(disputes.next_due) == NOON + 2 * DAY
    house.clock.forward(days=2)
    assert await house.system.ask(disputes.next_due) is None
    assert await house.system(disputes.expire) == [number]


async def test_a_manager_of_the_channel_speaks_for_its_publisher(house: House) -> None:
    number = await opened(house)
    house.sql("INSERT INTO channel_managers (channel_id, user_id) VALUES (1, :id)", id=CLEO)
    assert (await do(house, CLEO, disputes.propose, number, 300)).publisher_share == 300


async def test_none_opens_before_publication_nor_after_the_money_has_moved(house: House) -> None:
    placement = await story.booked(house)
    assert await refusal(house, ANN, disputes.open_, 1, "x") == NotDisputable("queued")
    await story.succeed(house, placement)
    assert await settle(house) == "released"
    assert await refusal(house, ANN, disputes.open_, 1, "x") == NotDisputable("released")
    assert await refusal(house, BOB, disputes.open_, 1, "x") == NotDisputable("released")


async def test_a_release_and_an_opening_at_the_same_moment_never_both_win(house: House) -> None:
    """Twenty rounds; whoever is first, the other one is refused, and the books are clean."""
    await published(house)
    won = {"released": 0, "held": 0}
    for number in range(1, 21):
        if number > 1:
            await story.fund(house, ANN, 400, f"c{number}")
            draft = await story.draft(house, 1)
            await house.gate.user(ANN)(escrow.hold, (draft.id,))
            await story.succeed(house, draft, number + 100)
        ways = [
            house.gate.user(ANN)(disputes.open_, number, "x"),
            house.system(escrow.release, number),
        ]
        came = await asyncio.gather(*(ways if number % 2 else reversed(ways)), return_exceptions=True)
        assert sum(isinstance(one, Refused) for one in came) == 1, came
        status = house.sql.one("SELECT status FROM escrows WHERE id = :id", id=number)
        is_open = house.sql.one("SELECT COUNT(*) AS n FROM disputes WHERE campaign_target_id = :id", id=number) == 1
        assert is_open == (status == "held")
        won[status] += 1
    assert sum(won.values()) == 20


# Talks


@pytest.mark.parametrize(
    ("share", "wanted", "escrowed"),
    [
        (0, {"refund": 400}, "refunded"),
        (1, {"payout": 1, "rebate": 399}, "released"),
        (155, {"payout": 140, "fee": 15, "rebate": 245}, "released"),
        (400, {"payout": 360, "fee": 40}, "released"),
    ],
)
async def test_equal_proposals_settle_at_once_and_pay_exactly_the_share(
    house: House, share: int, wanted: dict[str, int], escrowed: str
) -> None:
    number = await opened(house)
    await do(house, ANN, disputes.propose, number, 0 if share else 7)
    assert (await do(house, BOB, disputes.propose, number, share)).status == "talks"
    dispute = await do(house, ANN, disputes.propose, number, share)
    assert (dispute.status, dispute.share, dispute.ended_at) == ("settled", share, NOON)
    assert state(house) == ("settled", False)
    assert await settle(house) == escrowed
    assert paid(house) == wanted
    assert sum(wanted.values()) == 400
    assert told(house, "settled") == [BOB]
    before = house.sql.picture()
    for who in (ANN, BOB):
        assert (await do(house, who, disputes.propose, number, share)).status == "settled"
        other = await refusal(house, who, disputes.propose, number, 399)
        assert other == WrongState("disputes", "settled")
    assert house.sql.picture() == before


async def test_a_proposal_may_be_changed_and_stays_within_the_price(house: House) -> None:
    number = await opened(house)
    for share in (-1, 401, True):
        assert await refusal(house, ANN, disputes.propose, number, share) == OutOfRange("share", 0, 400)
    for share in (10, 20, 20):
        dispute = await do(house, ANN, disputes.propose, number, share)
    assert dispute.advertiser_share == 20
    assert told(house, "proposed") == [BOB, BOB]


@pytest.mark.parametrize(
    ("words", "share"), [("0", 0), ("0 %", 0), ("50%", 200), (" 33% ", 132), ("100%", 400), ("155", 155), ("400", 400)]
)
def test_a_share_is_read_in_percent_or_in_stars(words: str, share: int) -> None:
    assert read_share(words, 400) == share


@pytest.mark.parametrize("words", ["", "half", "401", "101%", "-1", "1.5", "5 0", "٣", "%", "50%%", "1e2"])
def test_what_is_no_share_is_refused(words: str) -> None:
    with pytest.raises(Refused) as refused:
        read_share(words, 400)
    assert refused.value.refusal == OutOfRange("share", 0, 400)


async def test_a_judge_is_asked_for_once_both_have_proposed_or_comes_when_time_is_over(house: House) -> None:
    number = await opened(house)
    await do(house, ANN, disputes.propose, number, 0)
    for who in (ANN, BOB):
        assert await refusal(house, who, disputes.ask_judge, number) == TalksFirst()
    await do(house, BOB, disputes.propose, number, 400)
    for _ in range(2):
        assert (await do(house, BOB, disputes.ask_judge, number)).status == "judging"
    staff = "SELECT user_id FROM notices WHERE kind = 'dispute-judge' ORDER BY user_id"
    assert [row["user_id"] for row in house.sql(staff)] == [ADMIN, OTHER_ADMIN]
    assert await house.gate.user(ADMIN).ask(disputes.counted) == 1
    # they may still agree
    assert (await do(house, ANN, disputes.propose, number, 400)).status == "settled"
    assert await house.gate.user(ADMIN).ask(disputes.counted) == 0


async def test_after_48_hours_of_talks_a_judge_is_called_once(house: House) -> None:
    number = await opened(house)
    house.clock.forward(hours=47, minutes=59)
    assert await house.system(disputes.expire) == []
    house.clock.forward(minutes=1)
    assert await house.system(disputes.expire) == [number]
    assert await house.system(disputes.expire) == []
    assert state(house) == ("judging", True)
    assert told(house, "judging") == [ANN, BOB]


@pytest.mark.parametrize(("made", "to"), [(opened, "judging"), (decided, "final")])
async def test_of_two_that_find_its_time_over_at_once_one_goes_on_with_it(
    house: House, made: Callable[[House], Awaitable[int]], to: str
) -> None:
    number = await made(house)
    house.clock.forward(hours=48)
    async with asyncio.TaskGroup() as group, meanwhile(house, "campaign_targets"):
        asked = [group.create_task(house.system(disputes.expire)) for _ in range(2)]
    assert sorted(one.result() for one in asked) == [[], [number]]
    assert house.sql.one("SELECT status FROM disputes") == to
    assert told(house, to) == [ANN, BOB]


async def test_withdrawn_it_goes_on_as_if_it_had_not_been_and_what_became_due_is_paid(house: House) -> None:
    """The confirming look came while it was open."""
    await published(house, hours=24)
    number = (await do(house, ANN, disputes.open_, 1, "x")).id
    while (due := house.sql.one("SELECT next_look_at FROM post_jobs")) is not None:
        house.clock.at = due if not isinstance(due, str) else NOON.fromisoformat(due)
        await house.system(checks.record, 1, {1: UP})
    assert await settle(house) == "held"
    assert await refusal(house, BOB, disputes.withdraw, number) == NotAllowed("disputes.withdraw")
    for _ in range(2):
        assert (await do(house, ANN, disputes.withdraw, number)).status == "withdrawn"
    assert told(house, "withdrawn") == [BOB]
    assert state(house) == ("withdrawn", False)
    assert await refusal(house, ANN, disputes.open_, 1, "again") == WrongState("disputes", "withdrawn")
    assert (await do(house, BOB, disputes.open_, 1, "now I")).side == "publisher"
    await do(house, BOB, disputes.withdraw, 2)
    assert await settle(house) == "released"
    assert paid(house) == {"payout": 360, "fee": 40}


# A post that goes meanwhile


async def test_a_look_that_finds_it_gone_refunds_and_the_dispute_is_moot(house: House) -> None:
    await published(house, hours=24)
    number = (await do(house, ANN, disputes.open_, 1, "x")).id
    for minutes in (10, 15):
        house.clock.at = NOON + timedelta(minutes=minutes)
        await house.system(checks.record, 1, {1: GONE})
    assert state(house) == ("talks", False)
    assert await refusal(house, BOB, disputes.propose, number, 400) == WrongState("disputes", "moot")
    assert await house.system(disputes.expire) == [number]
    assert state(house) == ("moot", False)
    assert await settle(house) == "refunded"
    assert paid(house) == {"refund": 400}
    assert told(house, "moot") == [ANN, BOB]
    assert await refusal(house, BOB, disputes.open_, 1, "unfair") == WrongState("disputes", "moot")


async def test_an_offer_paid_by_the_hour_is_still_in_dispute_when_its_post_goes(house: House) -> None:
    await published(house, hours=24, proportional=True)
    number = (await do(house, ANN, disputes.open_, 1, "x")).id
    for hours, seen in ((12, UP), (13, GONE), (14, GONE)):
        house.clock.at = NOON + timedelta(hours=hours)
        house.sql("UPDATE post_jobs SET next_look_at = published_at")
        await house.system(checks.record, 1, {1: seen})
    assert house.sql.one("SELECT share FROM post_jobs") == 200
    assert await settle(house) == "held"
    await do(house, ANN, disputes.propose, number, 120)
    await do(house, BOB, disputes.propose, number, 120)
    assert await settle(house) == "released"
    assert paid(house) == {"payout": 108, "fee": 12, "rebate": 280}


async def test_while_it_is_open_a_person_gives_no_verdict_beside_it(house: House) -> None:
    await opened(house)
    given = (1, "removed", "gone")
    assert await refusal(house, ADMIN, checks.verdict, *given) == WrongState("post_jobs", "disputed")
    assert state(house) == ("talks", True)


# Judgement


@pytest.mark.parametrize(
    ("share", "wanted", "escrowed"),
    [
        (0, {"refund": 400}, "refunded"),
        (100, {"payout": 90, "fee": 10, "rebate": 300}, "released"),
        (400, {"payout": 360, "fee": 40}, "released"),
    ],
)
async def test_a_decision_moves_money_only_when_the_time_to_appeal_is_over(
    house: House, share: int, wanted: dict[str, int], escrowed: str
) -> None:
    number = await decided(house, share)
    assert state(house) == ("decided", True)
    assert await settle(house) == "held"
    house.clock.forward(hours=47, minutes=59)
    assert await house.system(disputes.expire) == []
    house.clock.forward(minutes=1)
    for word in (ANN, BOB):  # the tick is late; the time is over all the same
        assert await refusal(house, word, disputes.appeal, number, "x") == WrongState("disputes", "final")
    assert await house.system(disputes.expire) == [number]
    assert state(house) == ("final", False)
    assert await settle(house) == escrowed
    assert paid(house) == wanted
    if share:
        evidence = house.sql.one("SELECT evidence FROM post_checks ORDER BY id DESC LIMIT 1")
        assert evidence == f"dispute {number}: {share} of 400; seen in the channel"
    assert told(house, "final") == [ANN, BOB]


async def test_accepted_by_both_it_is_final_at_once(house: House) -> None:
    number = await decided(house)
    for _ in range(2):
        assert (await do(house, BOB, disputes.accept, number)).status == "decided"
    assert await refusal(house, BOB, disputes.appeal, number, "no!") == WrongState("disputes", "accepted")
    for _ in range(2):
        assert (await do(house, ANN, disputes.accept, number)).status == "final"
    assert await settle(house) == "released"
    assert paid(house) == {"payout": 90, "fee": 10, "rebate": 300}
    assert await refusal(house, ANN, disputes.open_, 1, "again") == WrongState("disputes", "final")


async def test_a_decision_is_given_once_with_evidence_by_an_admin_who_is_no_party(house: House) -> None:
    number = await judging(house)
    await do(house, ANN, disputes.propose, number, 5)
    house.sql("INSERT INTO channel_managers (channel_id, user_id) VALUES (1, :id)", id=OTHER_ADMIN)
    given = (number, JUDGING, 100, "seen")
    assert await refusal(house, OTHER_ADMIN, disputes.judge, *given) == PartyCannotJudge()
    for who in (ANN, BOB, CLEO):
        assert await refusal(house, who, disputes.judge, *given) == NotAllowed("disputes.judge")
    assert await refusal(house, ADMIN, disputes.judge, number, JUDGING, 100, " ") == OutOfRange("report", 1, 1000)
    assert await refusal(house, ADMIN, disputes.judge, number, JUDGING, 401, "x") == OutOfRange("share", 0, 400)
    assert await refusal(house, ADMIN, disputes.judge, number, APPEALED, 1, "x") == WrongState("disputes", "judging")
    assert await refusal(house, ADMIN, disputes.judge, number, Status.talks, 1, "x") == WrongState(
        "disputes", "judging"
    )
    assert await refusal(house, ADMIN, disputes.judge, 99, JUDGING, 1, "x") == NotFound("disputes")
    for _ in range(2):
        assert (await do(house, ADMIN, disputes.judge, *given)).judged_by == f"user:{ADMIN}"
    for stage in set(Status) - {JUDGING, APPEALED}:
        again = await refusal(house, ADMIN, disputes.judge, number, stage, *given[2:])
        assert again == WrongState("disputes", "decided")
    assert await refusal(house, ADMIN, disputes.judge, number, JUDGING, 99, "seen") == WrongState("disputes", "decided")
    for action, *more in ((disputes.propose, 5), (disputes.ask_judge,), (disputes.withdraw,)):
        assert await refusal(house, ANN, action, number, *more) == WrongState("disputes", "decided")
    assert told(house, "decided") == [ANN, BOB]


async def test_nobody_decides_while_the_sides_still_talk(house: House) -> None:
    number = await opened(house)
    assert await refusal(house, ADMIN, disputes.judge, number, JUDGING, 1, "x") == WrongState("disputes", "talks")


async def test_one_appeal_is_decided_by_another_admin_for_good(house: House) -> None:
    number = await decided(house)
    for _ in range(2):
        assert (await do(house, BOB, disputes.appeal, number, "it was up")).status == "appealed"
    assert await refusal(house, BOB, disputes.appeal, number, "and more") == WrongState("disputes", "appealed")
    for words in ("me too", "it was up"):
        assert await refusal(house, ANN, disputes.appeal, number, words) == WrongState("disputes", "appealed")
    assert await refusal(house, ANN, disputes.accept, number) == WrongState("disputes", "appealed")
    assert await refusal(house, ADMIN, disputes.judge, number, APPEALED, 400, "no") == SameJudge()
    house.clock.forward(days=30)
    assert await house.system(disputes.expire) == []
    given = (number, APPEALED, 400, "it was")
    for _ in range(2):
        assert (await do(house, OTHER_ADMIN, disputes.judge, *given)).status == "final"
    assert await refusal(house, ANN, disputes.appeal, number, "once more") == WrongState("disputes", "final")
    assert await settle(house) == "released"
    assert paid(house) == {"payout": 360, "fee": 40}
    steps = [row["step"] for row in house.sql("SELECT step FROM dispute_steps ORDER BY id")]
    assert steps == ["opened", "judging", "decided", "appealed", "final"]


async def test_where_there_is_no_other_admin_the_same_one_decides_the_appeal_but_not_in_production(
    house: House,
) -> None:
    number = await decided(house)
    await do(house, BOB, disputes.appeal, number, "it was up")
    alone = replace(house.gate, admins=frozenset({ADMIN}))
    strict = replace(alone, terms=replace(alone.terms, countersign=True))
    with pytest.raises(Refused) as refused:
        await strict.user(ADMIN)(disputes.judge, number, APPEALED, 400, "it was")
    assert refused.value.refusal == SameJudge()
    assert (await alone.user(ADMIN)(disputes.judge, number, APPEALED, 400, "it was")).status == "final"


async def test_above_the_limit_a_decision_takes_a_second_admin_who_is_no_party_either(house: House) -> None:
    number = await judging(house)
    gate = replace(house.gate, terms=replace(house.gate.terms, countersign=True, verdict_limit=399))
    given = (number, JUDGING, 100, "seen")
    with pytest.raises(Refused) as refused:
        await gate.user(ADMIN)(disputes.judge, *given)
    needs = refused.value.refusal
    assert isinstance(needs, countersigns.NeedsCountersign)
    asked = await gate.user(ADMIN)(countersigns.ask, needs.act, needs.arguments)
    await gate.user(OTHER_ADMIN)(countersigns.sign, asked.id)
    house.sql("INSERT INTO channel_managers (channel_id, user_id) VALUES (1, :id)", id=OTHER_ADMIN)
    with pytest.raises(Refused) as refused:
        await gate.user(ADMIN)(disputes.judge, *given, asked.id)
    assert refused.value.refusal == PartyCannotJudge()
    house.sql("DELETE FROM channel_managers WHERE user_id = :id", id=OTHER_ADMIN)
    assert (await gate.user(ADMIN)(disputes.judge, *given, asked.id)).status == "decided"
    assert house.sql.one("SELECT status FROM countersigns") == "used"


async def test_with_payouts_halted_it_is_decided_and_the_money_waits(house: House) -> None:
    number = await decided(house)
    await house.gate.user(ADMIN)(kill_switches.halt, list(Switch), "test")
    await do(house, ANN, disputes.accept, number)
    await do(house, BOB, disputes.accept, number)
    assert state(house) == ("final", False)
    with pytest.raises(Refused):
        await house.system(escrow.release, 1)
    assert house.sql.one("SELECT status FROM escrows") == "held"
    house.clock.forward(hours=1)
    assert await house.system.ask(escrow.unmoved) == 1
    await house.gate.user(ADMIN)(kill_switches.resume, list(Switch), "test")
    assert await settle(house) == "released"
    assert paid(house) == {"payout": 90, "fee": 10, "rebate": 300}


async def test_the_campaign_is_over_only_when_its_dispute_is(house: House) -> None:
    number = await opened(house)
    assert await house.system(escrow.complete) == []
    await do(house, BOB, disputes.propose, number, 0)
    await do(house, ANN, disputes.propose, number, 0)
    assert await settle(house) == "refunded"
    assert await house.system(escrow.complete) == [1]


async def test_the_books_see_a_job_and_a_dispute_that_disagree(house: House) -> None:
    await opened(house)
    since = house.sql.one("SELECT disputed_at FROM post_jobs")
    house.sql("UPDATE post_jobs SET disputed_at = NULL")
    assert [offence.invariant for offence in await house.system.ask(books.check)] == ["I6"]
    house.sql("UPDATE post_jobs SET disputed_at = :at", at=since)
    assert await house.system.ask(books.check) == []

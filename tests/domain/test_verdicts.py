"""A person's verdict: not of one's own money or channel, about a message of this job's own, and with searches after it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain import approvals, channels, checks, countersigns, escrow, post_jobs, searches
from domain.action import Switch
from domain.checks import AnotherMessage, MessageTaken, NotThereYet, PartyCannotJudge
from domain.countersigns import NeedsCountersign
from domain.errors import NotFound, OutOfRange, Refusal, Refused, WrongState
from domain.post_jobs import AttemptStatus, BeingSent, Duty, LeaseLost, Sent, Status
from domain.searches import Match, Searched
from tests import story
from tests.conftest import ADMIN, NOON, OTHER_ADMIN, House, refusal
from tests.domain.test_checks import moment
from tests.story import ANN, BOB, Placement

VERDICTS: dict[str, tuple[AttemptStatus, tuple[Any, ...]]] = {
    "published": (AttemptStatus.unknown, (Status.success, "seen in the channel", 7)),
    "not published": (AttemptStatus.unknown, (Status.failed, "it is not there")),
    "removed": (AttemptStatus.accepted, (Status.removed, "it is gone")),
}


async def placed(house: House, advertiser: int, owner: int, attempt: AttemptStatus) -> None:
    await story.people(house, ANN, BOB, ADMIN, OTHER_ADMIN)
    await story.switches(house, *Switch)
    await story.fund(house, advertiser, 1000, "c1")
    channel = await story.channel(house, owner=owner, hours=24)
    placement = await story.draft(house, channel, by=advertiser)
    await house.gate.user(advertiser)(escrow.hold, (placement.id,))
    await house.gate.user(owner)(approvals.approve, 1, 1)
    await story.recorded(house, attempt, message_ids=(7,) if attempt == AttemptStatus.accepted else ())


async def uncertain(house: House) -> None:
    await placed(house, ANN, BOB, AttemptStatus.unknown)


@pytest.mark.parametrize("name", VERDICTS)
@pytest.mark.parametrize("party", ["advertiser", "publisher", "manager"])
async def test_nobody_gives_a_verdict_about_their_own_money_or_channel(house: House, party: str, name: str) -> None:
    attempt, words = VERDICTS[name]
    await placed(house, ADMIN if party == "advertiser" else ANN, ADMIN if party == "publisher" else BOB, attempt)
    if party == "manager":
        house.sql("INSERT INTO channel_managers (channel_id, user_id) VALUES (1, :user)", user=ADMIN)
    picture = house.sql.picture()
    assert await refusal(house.gate.user(ADMIN)(checks.verdict, 1, *words)) == PartyCannotJudge()
    assert house.sql.picture() == picture
    assert await house.gate.user(OTHER_ADMIN)(checks.verdict, 1, *words) == words[0]
    assert await refusal(house.gate.user(ADMIN)(checks.verdict, 1, *words)) == PartyCannotJudge()


@pytest.mark.parametrize("judge", [ADMIN, OTHER_ADMIN])
async def test_whoever_publishes_or_advertises_elsewhere_gives_one_about_what_is_others(
    house: House, judge: int
) -> None:
    await uncertain(house)
    await story.draft(house, await story.channel(house, owner=ADMIN, chat_id=-1002), by=OTHER_ADMIN)
    assert await house.gate.user(judge)(checks.verdict, 1, Status.failed, "it is not there") == Status.failed


async def test_above_the_limit_no_party_signs_a_verdict_either(house: House) -> None:
    await placed(house, ANN, OTHER_ADMIN, AttemptStatus.unknown)
    await story.people(house, 9003)
    admins = frozenset({ADMIN, OTHER_ADMIN, 9003})
    strict = replace(house.gate.terms, countersign=True, verdict_limit=399)
    house.gate = replace(house.gate, admins=admins, terms=strict)
    admin, words = house.gate.user(ADMIN), (Status.failed, "it is not there", None)
    needs = await refusal(admin(checks.verdict, 1, *words))
    assert isinstance(needs, NeedsCountersign)
    asked = await admin(countersigns.ask, needs.act, needs.arguments)
    await house.gate.user(OTHER_ADMIN)(countersigns.sign, asked.id)
    assert await refusal(admin(checks.verdict, 1, *words, asked.id)) == PartyCannotJudge()
    house.clock.forward(hours=25)
    asked = await admin(countersigns.ask, needs.act, needs.arguments)
    await house.gate.user(9003)(countersigns.sign, asked.id)
    assert await admin(checks.verdict, 1, *words, asked.id) == Status.failed


async def test_the_house_itself_gives_one_as_before(house: House) -> None:
    await uncertain(house)
    assert await house.system(checks.verdict, 1, Status.failed, "the launch was rolled back") == Status.failed


@pytest.mark.parametrize("name", VERDICTS)
async def test_a_verdict_given_again_on_other_evidence_is_refused(house: House, name: str) -> None:
    attempt, (to, evidence, *message) = VERDICTS[name]
    await placed(house, ANN, BOB, attempt)
    await house.gate.user(ADMIN)(checks.verdict, 1, to, evidence, *message)
    picture = house.sql.picture()
    for admin in (ADMIN, OTHER_ADMIN):
        verdict = house.gate.user(admin)(checks.verdict, 1, to, "what somebody else saw", *message)
        assert await refusal(verdict) == WrongState("post_jobs", to)
    assert await house.gate.user(ADMIN)(checks.verdict, 1, to, f" {evidence} ", *message) == to
    assert house.sql.picture() == picture


async def test_a_verdict_given_again_about_another_message_is_refused(house: House) -> None:
    await uncertain(house)
    given = (1, Status.success, "seen in the channel")
    assert await house.gate.user(ADMIN)(checks.verdict, *given, 7) == Status.success
    picture = house.sql.picture()
    assert await refusal(house.gate.user(ADMIN)(checks.verdict, *given, 8)) == AnotherMessage(7)
    for message in (7, None):
        assert await house.gate.user(ADMIN)(checks.verdict, *given, message) == Status.success
    assert house.sql.picture() == picture


@pytest.mark.parametrize("to", [Status.success, Status.failed, Status.removed])
async def test_what_was_not_sent_yet_is_not_decided(house: House, to: Status) -> None:
    await story.approved(house)
    picture = house.sql.picture()
    given = (1, to, "seen in the channel", 7 if to == Status.success else None)
    assert await refusal(house.gate.user(ADMIN)(checks.verdict, *given)) == WrongState("post_jobs", "queued")
    assert house.sql.picture() == picture


async def test_what_has_ended_so_by_itself_is_no_verdict(house: House) -> None:
    """The evidence would be kept nowhere."""
    placement = await story.booked(house)
    await story.decline(house, placement)
    picture = house.sql.picture()
    verdict = house.gate.user(ADMIN)(checks.verdict, placement.id, Status.failed, "not in the channel")
    assert await refusal(verdict) == WrongState("post_jobs", "failed")
    assert house.sql.picture() == picture


@pytest.mark.parametrize("message", [7, 8])
async def test_a_message_that_is_another_jobs_is_refused(house: House, message: int) -> None:
    first = await story.booked(house)
    await story.succeed(house, first, message_ids=(7, 8), fingerprints=("one", "two"))
    second = await story.draft(house, first.channel)
    await house.gate.user(ANN)(escrow.hold, (second.id,))
    await story.approve(house, second)
    await story.recorded(house, AttemptStatus.unknown, error="timeout")
    picture = house.sql.picture()
    verdict = house.gate.user(ADMIN)(checks.verdict, second.id, Status.success, "seen", message)
    assert await refusal(verdict) == MessageTaken(message, first.id)
    assert house.sql.picture() == picture
    assert await house.gate.user(ADMIN)(checks.verdict, second.id, Status.success, "seen", 9) == Status.success


async def unknown(house: House, newest: int) -> None:
    """An uncertain job in a channel where `newest` was the newest message before."""
    await story.booked(house, money=5000)
    await house.system(post_jobs.saw, -1001, newest)
    await story.approve(house, Placement(1, 1, 1))
    await story.recorded(house, AttemptStatus.unknown, error="timeout")


@pytest.mark.parametrize("message", [1, 2**31 - 1])
async def test_the_first_and_the_last_number_that_a_message_can_have_are_taken(house: House, message: int) -> None:
    await unknown(house, 0)
    assert await house.gate.user(ADMIN)(checks.verdict, 1, Status.success, "seen", message) == Status.success


@pytest.mark.parametrize("message", [0, -5, 2**31, 2**62])
async def test_a_number_that_no_message_can_have_is_refused(house: House, message: int) -> None:
    await unknown(house, 0)
    picture = house.sql.picture()
    verdict = house.gate.user(ADMIN)(checks.verdict, 1, Status.success, "seen", message)
    assert await refusal(verdict) == OutOfRange("message", 1, 2**31 - 1)
    assert house.sql.picture() == picture


async def test_a_message_further_on_than_any_search_looks_is_not_there_yet(house: House) -> None:
    await unknown(house, 10)
    picture = house.sql.picture()
    verdict = house.gate.user(ADMIN)(checks.verdict, 1, Status.success, "seen", 31)
    assert await refusal(verdict) == NotThereYet(31, 10)
    assert house.sql.picture() == picture
    await house.system(post_jobs.saw, -1001, 11)
    assert await house.gate.user(ADMIN)(checks.verdict, 1, Status.success, "seen", 31) == Status.success


@pytest.mark.parametrize("blind", ["nothing was ever seen there", "the rights are lost"])
async def test_no_number_is_too_great_where_nobody_told_us_of_the_newest(house: House, blind: str) -> None:
    await unknown(house, 0 if blind.startswith("nothing") else 10)
    if not blind.startswith("nothing"):
        await house.system(channels.inspect, replace(story.SEEN, bot_rights=frozenset()))
    assert await house.gate.user(ADMIN)(checks.verdict, 1, Status.success, "seen", 7000) == Status.success


async def test_a_message_that_may_be_a_post_being_sent_is_refused_and_an_earlier_one_is_not(house: House) -> None:
    await unknown(house, 10)
    await house.system(post_jobs.saw, -1001, 12)
    elsewhere = await story.channel(house, chat_id=-1002)
    for channel in (1, elsewhere):
        placement = await story.draft(house, channel, content=story.Content(text="other"))
        await house.gate.user(ANN)(escrow.hold, (placement.id,))
        await story.approve(house, placement)
    duty, beside = await house.system(post_jobs.claim)
    admin = house.gate.user(ADMIN)
    for started in (False, True):
        if started:
            await house.system.each(post_jobs.start, [duty.id, beside.id], duty.token)
        picture = house.sql.picture()
        assert await refusal(admin(checks.verdict, 1, Status.success, "seen", 13)) == BeingSent()
        assert house.sql.picture() == picture
    assert await admin(checks.verdict, 1, Status.success, "seen", 12) == Status.success


async def test_a_post_being_sent_in_another_channel_keeps_nobody_waiting(house: House) -> None:
    await unknown(house, 10)
    second = await story.draft(house, await story.channel(house, chat_id=-1002))
    await house.gate.user(ANN)(escrow.hold, (second.id,))
    await story.approve(house, second)
    await story.started(house)
    assert await house.gate.user(ADMIN)(checks.verdict, 1, Status.success, "seen", 13) == Status.success


async def mistaken(house: House, hours: int = 24) -> tuple[int, Duty]:
    """An admin says that the first job's post is message 20; then the second is really published as that, beside a third."""
    first = await story.booked(house, money=5000, hours=hours)
    other = await story.channel(house, chat_id=-1002, hours=hours)
    rest = [
        await story.draft(house, channel, content=story.Content(text="other")) for channel in (first.channel, other)
    ]
    for placement in rest:
        await house.gate.user(ANN)(escrow.hold, (placement.id,))
    await story.approve(house, first)
    await story.recorded(house, AttemptStatus.unknown, error="timeout")
    await house.gate.user(ADMIN)(checks.verdict, first.id, Status.success, "seen it", 20)
    for placement in rest:
        await story.approve(house, placement)
    duty, beside = await story.started(house)
    sent = {duty.id: Sent(AttemptStatus.accepted, (20,)), beside.id: Sent(AttemptStatus.accepted, (20,))}
    for _ in range(2):
        came = await house.system.each(post_jobs.record, list(sent), duty.token, sent)
        assert came == {duty.id: Status.uncertain, beside.id: Status.success}
    return first.id, duty


def row(house: House, job: int) -> dict[str, Any]:
    (found,) = house.sql("SELECT status, message_id, last_error FROM post_jobs WHERE id = :id", id=job)
    return found


async def test_a_post_whose_number_is_another_jobs_by_a_verdict_is_uncertain_and_for_a_person(house: House) -> None:
    first, duty = await mistaken(house)
    assert row(house, duty.id) == {
        "status": "uncertain",
        "message_id": None,
        "last_error": f"message 20 is job {first}'s",
    }
    assert [job.id for job in await house.gate.user(ADMIN).ask(post_jobs.review)] == [duty.id]
    told = house.sql("SELECT user_id, about, args FROM notices WHERE kind = 'contested'")
    assert [(one["user_id"], one["about"]) for one in told] == [(ADMIN, duty.id)]
    with pytest.raises(Refused) as refused:
        await house.system(post_jobs.record, duty.id, duty.token, {duty.id: Sent(AttemptStatus.accepted, (21,))})
    assert refused.value.refusal == LeaseLost(duty.id)


async def test_of_two_posts_of_one_set_with_the_same_number_the_second_is_uncertain_and_the_third_is_recorded(
    house: House,
) -> None:
    first = await story.booked(house, money=5000)
    rest = [await story.draft(house, first.channel, content=story.Content(text=text)) for text in ("other", "third")]
    for placement in rest:
        await house.gate.user(ANN)(escrow.hold, (placement.id,))
    for placement in (first, *rest):
        await story.approve(house, placement)
    duties = await story.started(house)
    numbers = zip(duties, (20, 20, 21), strict=True)
    sent = {duty.id: Sent(AttemptStatus.accepted, (number,)) for duty, number in numbers}
    for _ in range(2):
        came = await house.system.each(post_jobs.record, list(sent), duties[0].token, sent)
        assert list(came.values()) == [Status.success, Status.uncertain, Status.success]
    wrong = {"status": "uncertain", "message_id": None, "last_error": f"message 20 is job {first.id}'s"}
    assert row(house, rest[0].id) == wrong
    assert house.sql("SELECT about FROM notices WHERE kind = 'contested'") == [{"about": rest[0].id}]


async def test_no_search_and_no_publisher_settles_a_post_whose_number_is_anothers(house: House) -> None:
    _, duty = await mistaken(house)
    for _ in range(3):
        house.clock.forward(minutes=40)
        assert await house.system.ask(searches.due) == []
        nothing = Searched(completed=True, examined=30, since=house.clock())
        assert (await house.system(searches.record, duty.id, nothing)).status == Status.uncertain
    assert await house.gate.user(BOB).ask(searches.claims) == []
    shown = searches.Shown(21, story.Content(text="other"), house.clock())
    proof = house.gate.user(BOB)(searches.prove, duty.id, -1001, shown, checks.Seen(checks.Verdict.up))
    assert await refusal(proof) == NotFound("post_jobs")
    assert isinstance((await house.system.each(escrow.refund, [duty.id]))[duty.id], Refusal)


@pytest.mark.parametrize("hours", [0, 24])
async def test_a_number_that_a_verdict_gave_the_wrong_job_goes_to_the_right_one(house: House, hours: int) -> None:
    first, duty = await mistaken(house, hours)
    admin = house.gate.user(ADMIN)
    picture = house.sql.picture()
    assert await refusal(admin(checks.verdict, duty.id, Status.success, "it is", 20)) == MessageTaken(20, first)
    assert await refusal(admin(checks.verdict, duty.id, Status.success, "it is", 21)) == AnotherMessage(20)
    assert house.sql.picture() == picture
    if hours:
        await admin(checks.verdict, first, Status.removed, "message 20 is the other post")
    else:
        await house.system(escrow.release, first)
    assert await admin(checks.verdict, duty.id, Status.success, "it is", 20) == Status.success
    assert row(house, first)["message_id"] is None
    assert row(house, duty.id) == {"status": "success", "message_id": 20, "last_error": None}
    assert house.sql.one("SELECT message_ids FROM post_jobs WHERE id = :id", id=duty.id) in ("[20]", [20])
    await house.system.each(escrow.refund, [first])
    paid = (await house.system.each(escrow.release, [duty.id])).done()
    assert list(paid) == ([] if hours else [duty.id])
    sent = {duty.id: Sent(AttemptStatus.accepted, (20,))}
    assert await house.system(post_jobs.record, duty.id, duty.token, sent) == Status.uncertain


async def test_a_post_whose_number_is_anothers_may_be_said_not_to_be_there(house: House) -> None:
    first, duty = await mistaken(house)
    verdict = house.gate.user(ADMIN)(checks.verdict, duty.id, Status.failed, "20 is the first one's")
    assert await verdict == Status.failed
    await house.system(escrow.refund, duty.id)
    assert row(house, first)["message_id"] == 20


async def test_what_turns_up_after_a_verdict_that_it_was_not_published_is_taken_down(house: House) -> None:
    await uncertain(house)
    while (due := house.sql.one("SELECT next_search_at FROM post_jobs")) is not None:
        house.clock.at = max(house.clock.at, moment(due))
        await house.system(searches.record, 1, Searched(completed=False, note="TelegramNetworkError"))
    await house.gate.user(ADMIN)(checks.verdict, 1, Status.failed, "I cannot see it")
    assert await house.system.each(escrow.refund, [1]) != {}
    assert moment(house.sql.one("SELECT next_search_at FROM post_jobs")) == NOON + timedelta(hours=6)
    house.clock.at = NOON + timedelta(hours=6)
    assert [wanted.id for wanted in await house.system.ask(searches.due)] == [1]
    found = Searched(completed=True, examined=20, matches=(Match((11,), NOON),))
    came = await house.system(searches.record, 1, found)
    assert (came.status, came.take_down) == (Status.failed, (11,))
    again = moment(house.sql.one("SELECT next_search_at FROM post_jobs"))
    assert again == house.clock.at + house.gate.terms.search_again[0]


async def test_a_search_that_is_due_sooner_than_after_a_failure_stays_due(house: House) -> None:
    await uncertain(house)
    due = house.sql.one("SELECT next_search_at FROM post_jobs")
    await house.gate.user(ADMIN)(checks.verdict, 1, Status.failed, "I cannot see it")
    assert house.sql.one("SELECT next_search_at FROM post_jobs") == due

"""A person's verdict: not of one's own money or channel, about a message of this job's own, and with searches after it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain import approvals, checks, countersigns, escrow, searches
from domain.action import Switch
from domain.checks import MessageTaken, PartyCannotJudge
from domain.countersigns import NeedsCountersign
from domain.errors import Refusal, Refused
from domain.post_jobs import AttemptStatus, Status
from domain.searches import Match, Searched
from tests import story
from tests.conftest import ADMIN, NOON, OTHER_ADMIN, House
from tests.domain.test_checks import moment
from tests.story import ANN, BOB

VERDICTS: dict[str, tuple[AttemptStatus, tuple[Any, ...]]] = {
    "published": (AttemptStatus.unknown, (Status.success, "seen in the channel", 7)),
    "not published": (AttemptStatus.unknown, (Status.failed, "it is not there")),
    "removed": (AttemptStatus.accepted, (Status.removed, "it is gone")),
}


async def refusal(act: Any) -> Refusal:
    with pytest.raises(Refused) as refused:
        await act
    return refused.value.refusal


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


async def test_a_search_that_is_due_sooner_than_after_a_failure_stays_due(house: House) -> None:
    await uncertain(house)
    due = house.sql.one("SELECT next_search_at FROM post_jobs")
    await house.gate.user(ADMIN)(checks.verdict, 1, Status.failed, "I cannot see it")
    assert house.sql.one("SELECT next_search_at FROM post_jobs") == due

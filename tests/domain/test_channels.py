"""A channel is its managers': whoever manages another one is a stranger to it and to what is booked there."""

from dataclasses import replace
from typing import Any

from domain import approvals, channels, checks, disputes, escrow, placements, post_jobs, proposals, reports, searches
from domain.checks import Seen, Verdict
from domain.disputes import Side
from domain.errors import NotFound
from domain.post_jobs import AttemptStatus
from domain.reports import Thing
from domain.searches import Shown
from tests import story
from tests.begun import begun
from tests.conftest import House, refusal
from tests.story import ANN, BOB, CLEO, POST, SEEN


@begun
async def busy(house: House) -> None:
    """In Bob's channel one post is up and disputed, a booking waits with a proposal, and a post is uncertain. Cleo has hers."""
    first = await story.booked(house, money=5000, hours=24)
    await story.succeed(house, first)
    house.clock.at = await house.system.ask(post_jobs.soonest_look)
    await house.system(checks.record, 1, {1: Seen(Verdict.up)})
    await house.gate.user(ANN)(disputes.open_, 1, "the text was cut")
    waits, lost = [await story.draft(house, first.channel) for _ in range(2)]
    await house.gate.user(ANN).each(escrow.hold, [(waits.id,), (lost.id,)])
    await house.gate.user(BOB)(proposals.make, waits.id, 1, price=350)
    await story.approve(house, lost)
    await story.recorded(house, AttemptStatus.unknown, error="timeout")
    for chat_id in (-1002, -1003):
        await story.channel(house, owner=CLEO, chat_id=chat_id)


async def test_whoever_manages_another_channel_changes_nothing_in_this_one(house: House) -> None:
    await busy(house)
    picture = house.sql.picture()
    cleo, shown = house.gate.user(CLEO), Shown(11, POST, house.clock.at)
    for action, given, noun in (
        (channels.offer, (1, 500, 24), "channels"),
        (channels.entrust, (1, SEEN), "channels"),
        (approvals.approve, (2, 2), "campaign_targets"),
        (proposals.make, (3, 2), "campaign_targets"),
        (searches.prove, (3, SEEN.chat_id, shown, Seen(Verdict.up)), "post_jobs"),
        (disputes.propose, (1, 100), "disputes"),
    ):
        more = {"price": 300} if action is proposals.make else {}
        assert await refusal(cleo(action, *given, **more)) == NotFound(noun)
    assert await refusal(cleo(channels.pause, 1, paused=True)) == NotFound("channels")
    assert house.sql.picture() == picture
    assert (await cleo(channels.pause, 2, paused=True)).status == "paused"


async def test_whoever_manages_another_channel_sees_nothing_of_this_one(house: House) -> None:
    await busy(house)

    async def seen(who: int) -> list[Any]:
        ask = house.gate.user(who).ask
        own = await ask(channels.mine)
        waiting = await ask(approvals.requests)
        return [
            ([one.id for one in own[0]], own[1]),
            (await ask(channels.manages, SEEN.chat_id), await ask(channels.manages, -1002)),
            ([one.id for one in waiting[0]], waiting[1]),
            [await ask(placements.get, i) is not None for i in (1, 2, 3)],
            len(await ask(checks.timeline, 1)),
            await ask(proposals.get, 1) is not None,
            (
                await ask(disputes.side, 1),
                await ask(disputes.get, 1) is not None,
                await ask(disputes.of, 1) is not None,
            ),
            [claim.id for claim in await ask(searches.claims)],
            await ask(searches.is_known, SEEN.chat_id, 7),
        ]

    assert await seen(CLEO) == [
        ([2, 3], 2),
        (False, True),
        ([], 0),
        [False] * 3,
        0,
        False,
        (None, False, False),
        [],
        False,
    ]
    assert await seen(BOB) == [
        ([1], 1),
        (True, False),
        ([2], 1),
        [True] * 3,
        1,
        True,
        (Side.publisher, True, True),
        [3],
        True,
    ]
    cleo = house.gate.user(CLEO)
    assert await refusal(cleo.ask(channels.own, 1)) == NotFound("channels")
    assert await refusal(cleo.ask(reports.subject, Thing.creative, 1)) == NotFound("campaign_targets")
    assert (await house.gate.user(BOB).ask(channels.own, 1))[0].id == 1
    assert await house.gate.user(BOB).ask(reports.subject, Thing.creative, 1) == 1


async def test_the_catalogue_is_of_others_channels_the_greatest_first_and_only_of_those_that_can_be_booked(
    house: House,
) -> None:
    await story.people(house)
    for number, subscribers in ((1, 50), (2, 900), (3, 50), (4, 7)):
        seen = replace(SEEN, chat_id=-1000 - number, subscribers=subscribers)
        owner = house.gate.user(CLEO if number == 4 else BOB)
        registered = await owner(channels.register, seen)
        await owner(channels.offer, registered.id, 400, 0)

    async def listed(who: int, *page: int) -> tuple[list[int], int]:
        found, total = await house.gate.user(who).ask(channels.catalogue, *page)
        return [one.channel_id for one in found], total

    assert (await listed(ANN), await listed(ANN, 1, 2)) == (([2, 1, 3, 4], 4), ([1, 3], 4))
    assert (await listed(BOB), await listed(CLEO)) == (([4], 1), ([2, 1, 3], 3))
    await house.gate.user(BOB)(channels.pause, 2, paused=True)
    await house.system(channels.inspect, replace(SEEN, chat_id=-1001, bot_rights=frozenset()))
    assert await listed(ANN) == ([3, 4], 2)
    assert await house.gate.user(ANN).ask(channels.listing, 2) is None

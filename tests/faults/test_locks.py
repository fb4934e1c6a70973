"""One lock order everywhere: switches, campaign, target and job, escrow, wallets. Then nobody ever waits in a circle.

A deadlock is not seen by callers, since the gate tries again; PostgreSQL counts them.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from domain import agreements, approvals, disputes, escrow, proposals
from domain.action import Switch
from domain.errors import Refused
from tests import story
from tests.conftest import House
from tests.faults.worlds import Ground, offences, opened
from tests.story import ANN, BOB

ROUNDS, PLACEMENTS = 6, 24


async def crowd(house: House) -> None:
    """Placements are held, haggled over, answered, refunded and paid by everybody at once, all of the same few people's."""
    await story.people(house)
    await story.switches(house, *Switch)
    await story.fund(house, ANN, 10**6)
    first = await story.draft(house, await story.channel(house))
    for number in range(ROUNDS):
        drafts = [(await story.draft(house, first.channel)).id for _ in range(PLACEMENTS)]
        ann, bob = house.gate.user(ANN), house.gate.user(BOB)
        await ann.each(escrow.hold, [(target,) for target in drafts[::2]])
        async with asyncio.TaskGroup() as group:
            for target in drafts[::2]:
                group.create_task(quietly(haggled(house, target)))
            for target in drafts:
                group.create_task(quietly(ann(escrow.hold, (target,))))
                group.create_task(quietly(bob(approvals.decline, target, 1, "no")))
                group.create_task(quietly(ann(approvals.cancel, target)))
                group.create_task(quietly(ann(disputes.open_, target, "x")))
            for _ in range(4):
                group.create_task(quietly(house.system.each(escrow.refund, drafts)))
                group.create_task(quietly(house.system.each(escrow.release, drafts)))
                group.create_task(quietly(house.system(escrow.complete)))
                group.create_task(quietly(house.system(disputes.expire)))
                group.create_task(quietly(house.system(proposals.expire)))
                group.create_task(quietly(ann.each(escrow.hold, [(target,) for target in reversed(drafts)])))
            for charge in range(4):
                group.create_task(story.fund(house, ANN, 5, f"c{number}-{charge}"))


async def haggled(house: House, target: int) -> None:
    """Another price is asked for, and booked while the same order is being held again."""
    made = await house.gate.user(BOB)(proposals.make, target, 1, price=350)
    await house.gate.user(ANN)(agreements.accept_price, made.id)


async def quietly(asked: Awaitable[Any]) -> None:
    with suppress(Refused):
        await asked


async def test_nobody_waits_in_a_circle(ground: Ground) -> None:
    with ground.copy(ground.template("postgresql")) as address:
        async with opened(address) as house:
            await crowd(house)
            assert await offences(house) == []
        async with opened(address) as house:  # the counts are complete when the connections are closed
            assert house.sql.one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0

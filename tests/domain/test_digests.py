"""A day is told once, from its hour on, with the figures that SQL says; what was told is kept."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain import digests, escrow, kill_switches
from domain.action import Switch
from domain.errors import Refused
from domain.post_jobs import AttemptStatus
from scheduler import digest
from storage.database import Database
from tests import story
from tests.conftest import ADMIN, OTHER_ADMIN, House, gate_of
from tests.story import ANN

FIRST = "2026-03-02"
"""The day of NOON, on which everything happens."""


class Silent:
    """Telegram, as far as a digest needs it: how many Stars the bot has, or no answer."""

    def __init__(self, stars: int | None) -> None:
        self.stars = stars

    async def balance(self) -> int | None:
        return self.stars


async def tell(house: House, stars: int | None = None) -> int:
    return await digest.tell(house.gate.system("digest"), Silent(stars))  # type: ignore[arg-type]


async def a_day(house: House) -> None:
    """Of four placements one is paid, one refunded, one uncertain, one waits; and one request is refused."""
    await story.people(house, story.ANN, story.BOB, ADMIN, OTHER_ADMIN)
    await story.switches(house, *Switch)
    await story.fund(house, ANN, 2000, "c1")
    channel = await story.channel(house)
    paid, declined, lost, _ = placements = [await story.draft(house, channel) for _ in range(4)]
    for placement in placements:
        await house.gate.user(ANN)(escrow.hold, (placement.id,))
    await story.succeed(house, paid)
    await story.decline(house, declined)
    await story.approve(house, lost)
    await story.recorded(house, AttemptStatus.unknown, error="no")
    await house.system(escrow.release, paid.id)
    await house.system(escrow.refund, declined.id)
    with pytest.raises(Refused):
        await house.gate.user(ANN)(kill_switches.init)
    await house.gate.user(ADMIN)(kill_switches.halt, [Switch.payouts], "test")


def at(house: House, hour: int, minute: int = 0, day: int = 3) -> None:
    house.clock.at = datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def told(house: House) -> list[dict[str, Any]]:
    return house.sql("SELECT user_id FROM notices WHERE kind = 'digest' ORDER BY user_id")


@pytest.mark.parametrize("hour", [0, 12])
async def test_the_figures_of_a_day_are_those_of_sql(house: House, hour: int) -> None:
    """A day begins with its first moment, and that is of no other day."""
    at(house, hour, day=2)
    await a_day(house)
    at(house, 6)
    seen = await house.system.ask(digests.figures, FIRST, 5000)
    moved = {
        row["reason"]: (row["many"], int(row["amount"]))
        for row in house.sql("SELECT reason, COUNT(*) AS many, SUM(amount) AS amount FROM transfers GROUP BY reason")
    }
    assert (seen.bookings, seen.booked) == moved["escrow_hold"] == (4, 1600)
    assert (seen.payouts, seen.paid) == moved["payout"] == (1, 360)
    assert (seen.refunds, seen.refunded) == moved["refund"] == (1, 400)
    assert (seen.deposits, seen.deposited) == moved["deposit"] == (1, 2000)
    assert seen.fees == moved["fee"][1] == 40
    assert (seen.published, seen.failed, seen.refusals, seen.uncertain, seen.review) == (1, 1, 1, 1, 1)
    assert (seen.held, seen.held_amount) == (2, 800)
    assert (seen.halted, seen.offences, seen.checked) == ([Switch.payouts], 0, None)
    owed = "SELECT SUM(balance) AS s FROM wallets WHERE kind IN ('user', 'escrow', 'withdrawal')"
    assert seen.owed == house.sql.one(owed) == 1960
    assert seen.cover == 5000 - 1960
    unknown = await house.system.ask(digests.figures, FIRST)
    assert (unknown.owed, unknown.cover) == (None, None)


@pytest.mark.parametrize("day", ["2026-03-01", "2026-03-03"])
@pytest.mark.parametrize("hour", [0, 12])
async def test_what_happened_on_another_day_is_not_told(house: House, hour: int, day: str) -> None:
    at(house, hour, day=2)
    await a_day(house)
    seen = asdict(await house.system.ask(digests.figures, day))
    happened = list(seen)[1 : list(seen).index("held")]
    assert {name: seen[name] for name in happened} == dict.fromkeys(happened, 0)


async def test_a_day_is_told_from_six_on_to_each_admin_once(house: House) -> None:
    await a_day(house)
    assert await tell(house) == 0, "the day is not over"
    at(house, 5, 59)
    assert await tell(house) == 0
    at(house, 6)
    assert [await tell(house), await tell(house)] == [1, 0]
    at(house, 23, 59)
    assert await tell(house) == 0
    assert told(house) == [{"user_id": ADMIN}, {"user_id": OTHER_ADMIN}]
    assert house.sql.one("SELECT day FROM digests") == FIRST
    at(house, 6, day=4)
    assert await tell(house) == 1
    assert house.sql.one("SELECT COUNT(*) AS n FROM digests") == 2


async def test_of_several_silent_days_only_the_last_is_told(house: House) -> None:
    await a_day(house)
    at(house, 9, day=9)
    assert [await tell(house), await tell(house)] == [1, 0]
    assert house.sql.one("SELECT day FROM digests") == "2026-03-08"


async def test_a_house_says_nothing_of_a_day_on_which_it_was_not_there(house: House) -> None:
    assert await tell(house) == 0
    await a_day(house)
    assert await tell(house) == 0


async def test_several_processes_tell_a_day_once(house: House) -> None:
    await a_day(house)
    at(house, 6)
    seen = await house.system.ask(digests.figures, FIRST)
    others = [Database(house.address) for _ in range(3)]
    came = await asyncio.gather(*(gate_of(db, house.clock).system("digest")(digests.tell, seen) for db in others))
    for database in others:
        await database.close()
    assert sorted(came) == [False, False, True]
    assert len(told(house)) == 2
    assert house.sql.one("SELECT COUNT(*) AS n FROM audit_events WHERE action = 'digests.tell'") == 1


async def test_the_hour_is_the_houses(house: House) -> None:
    await a_day(house)
    house.clock.at += timedelta(days=1)
    early = house.gate.terms
    assert await house.system.ask(digests.due) == FIRST
    later = type(early)(digest_hour=13)
    gate = type(house.gate)(house.gate.database, house.clock, later, house.gate.admins)
    assert await gate.system("digest").ask(digests.due) is None

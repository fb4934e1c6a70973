"""What may be withdrawn: matured payouts less what was withdrawn of them, and never more than there is."""

from datetime import timedelta

import pytest

from domain import escrow, withdrawals
from domain.earnings import Earnings, earnings
from tests import story
from tests.conftest import ADMIN, NOON, House
from tests.story import ANN, BOB


@pytest.mark.parametrize(
    ("balance", "matured", "withdrawn", "available"),
    [(0, 0, 0, 0), (500, 0, 0, 0), (500, 360, 0, 360), (100, 360, 0, 100), (500, 360, 200, 160), (500, 100, 200, 0)],
)
def test_it_is_the_least_of_what_there_is_and_what_was_earned(
    balance: int, matured: int, withdrawn: int, available: int
) -> None:
    assert Earnings(balance, matured, withdrawn, 0, None).available == available


async def paid(house: House) -> None:
    placement = await story.booked(house)
    await story.succeed(house, placement)
    await house.system(escrow.release, placement.id)


async def test_a_payout_matures_after_twenty_one_days_and_not_before(house: House) -> None:
    await paid(house)
    ripe = NOON + timedelta(days=21)
    house.clock.at = ripe - timedelta(microseconds=1)
    assert await house.system.ask(earnings, BOB) == Earnings(360, 0, 0, 360, ripe)
    house.clock.at = ripe
    assert await house.system.ask(earnings, BOB) == Earnings(360, 360, 0, 0, None)


async def test_what_was_topped_up_cannot_be_withdrawn(house: House) -> None:
    await paid(house)
    house.clock.forward(days=30)
    mine = await house.system.ask(earnings, ANN)
    assert (mine.balance, mine.available) == (600, 0)
    await story.fund(house, BOB, 1000, "c9")
    assert (await house.system.ask(earnings, BOB)).available == 360


async def test_what_is_withdrawn_or_reserved_for_it_counts_and_what_came_back_does_not(house: House) -> None:
    await story.earned(house)
    bob, admin = house.gate.user(BOB), house.gate.user(ADMIN)
    first = await story.withdrawal(house, 300)
    assert await bob.ask(earnings, BOB) == Earnings(60, 360, 300, 0, None)
    await admin(withdrawals.reject, first, "not yet")
    assert await bob.ask(earnings, BOB) == Earnings(360, 360, 0, 0, None)
    second = await story.withdrawal(house, 200, approved=True)
    await admin(withdrawals.pay, second, "tx-1")
    came = await bob.ask(earnings, BOB)
    assert (came, came.available) == (Earnings(160, 360, 200, 0, None), 160)

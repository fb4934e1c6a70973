"""What may be withdrawn: matured payouts less what was withdrawn of them, and never more than there is."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from domain import escrow
from domain.action import SYSTEM, Actor, Look, Terms
from domain.earnings import Earnings, earnings
from storage.database import Database
from tests import story
from tests.conftest import NOON, House
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
    """No action withdraws yet: the transfers are made by hand, in a transaction that is undone."""
    await paid(house)
    house.clock.forward(days=21)
    database = Database(house.address)
    wallet = (
        "INSERT INTO wallets (id, kind, owner_id, currency, balance, created_at) VALUES"
        " ('withdrawal:1', 'withdrawal', 1, 'XTR', 0, :at)"
    )
    move = (
        "INSERT INTO transfers (key, source_id, destination_id, amount, reason, epoch, actor, act_id, at) VALUES"
        " ('{key}', '{source}', '{to}', {amount}, '{reason}', 1, 'system:test', 'x', :at)"
    )
    at = house.sql("SELECT at FROM transfers")[0]["at"]
    mine = f"user:{BOB}:XTR"
    hold = move.format(key="w:1", source=mine, to="withdrawal:1", amount=300, reason="withdrawal_hold")
    back = move.format(key="w:2", source="withdrawal:1", to=mine, amount=100, reason="withdrawal_return")
    async with database.writes.connect() as conn:
        for statement in (wallet, hold, back):
            await conn.execute(text(statement), {"at": at})
        look = (house.clock(), Actor("system:test", SYSTEM), Terms(), frozenset[int]())
        came = await conn.run_sync(lambda c: earnings(Look(c, *look), BOB))
        await conn.rollback()
    await database.close()
    assert came == Earnings(160, 360, 200, 0, None)
    assert came.available == 160

"""What may be withdrawn: matured payouts less what was withdrawn of them, and never more than there is."""

from datetime import timedelta

import pytest

from domain import approvals, blocks, books, escrow, payments, withdrawals
from domain.earnings import Earnings, earnings
from tests import story
from tests.conftest import ADMIN, NOON, House
from tests.domain.test_books import broken, released, unguarded
from tests.domain.test_repairs import added, owner
from tests.story import ANN, BOB, CLEO

__all__ = ["broken"]  # a fixture


@pytest.mark.parametrize(
    ("balance", "matured", "withdrawn", "available"),
    [(0, 0, 0, 0), (500, 0, 0, 0), (500, 360, 0, 360), (100, 360, 0, 100), (500, 360, 200, 160), (500, 100, 200, 0)],
)
def test_it_is_the_least_of_what_there_is_and_what_was_earned(
    balance: int, matured: int, withdrawn: int, available: int
) -> None:
    assert Earnings(balance, matured, withdrawn, 0, None).available == available


async def test_a_payout_matures_after_twenty_one_days_and_not_before(house: House) -> None:
    await released(house)
    ripe = NOON + timedelta(days=21)
    house.clock.at = ripe - timedelta(microseconds=1)
    assert await house.system.ask(earnings, BOB) == Earnings(360, 0, 0, 360, ripe)
    house.clock.at = ripe
    assert await house.system.ask(earnings, BOB) == Earnings(360, 360, 0, 0, None)


async def test_what_was_topped_up_cannot_be_withdrawn(house: House) -> None:
    await released(house)
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


async def test_what_an_adjustment_took_back_is_not_withdrawn_from_what_was_topped_up_since(house: House) -> None:
    await story.earned(house)
    admin, wallet = house.gate.user(ADMIN), f"user:{BOB}:XTR"
    await admin(books.adjust, "t1", wallet, f"user:{ANN}:XTR", 300, "it was not served after all")
    await story.fund(house, BOB, 1000, "cb")
    assert (await house.system.ask(earnings, BOB)).available == 60
    await admin(books.adjust, "t2", wallet, "suspense:XTR", 200, "more of it")
    assert (await house.system.ask(earnings, BOB)).available == 0
    await admin(books.adjust, "t3", "suspense:XTR", wallet, 200, "not that")
    assert (await house.system.ask(earnings, BOB)).available == 60
    await admin(books.adjust, "t4", f"user:{ANN}:XTR", wallet, 500, "a present is not earned")
    came = await house.system.ask(earnings, BOB)
    assert (came.available, came.taken) == (360, 0)


async def test_a_payout_that_no_transfer_has_is_not_earned_and_reversing_it_costs_nothing(broken: House) -> None:
    await released(broken)
    broken.clock.forward(days=21)
    wallet = f"user:{BOB}:XTR"
    entry = await added(broken, wallet, 5000, reason="payout")
    await owner(broken)(books.repair_entry, entry, "nobody paid it")
    assert (await broken.system.ask(earnings, BOB)).available == 360
    await broken.gate.user(ADMIN)(books.adjust, "t1", wallet, "losses:XTR", 5000, "nobody paid it")
    assert (await broken.system.ask(earnings, BOB)).available == 360
    await story.fund(broken, BOB, 5000, "cb")
    assert (await broken.system.ask(earnings, BOB)).available == 360


async def test_a_payout_whose_entry_was_changed_is_not_earned_and_takes_nothing_from_the_others(broken: House) -> None:
    placement = await released(broken)
    broken.clock.forward(days=21)
    other = await story.draft(broken, placement.channel)
    await broken.gate.user(ANN)(escrow.hold, (other.id,))
    await story.succeed(broken, other, 8)
    await broken.system(escrow.release, other.id)
    wallet, paid = f"user:{BOB}:XTR", f"escrow:{other.id}:payout"
    async with unguarded(broken):
        broken.sql(
            "UPDATE ledger_entries SET amount = 5000 WHERE transfer_key = :k AND wallet_id = :w", k=paid, w=wallet
        )
    assert await broken.system.ask(earnings, BOB) == Earnings(720, 360, 0, 0, None)


async def taken_back(house: House, charge: str) -> int:
    """Telegram takes Bob's payment back, the money follows, and an admin unblocks him; answers what the house lost."""
    deposit = await house.system(payments.take_back, charge)
    lost = int(await house.system(payments.reverse, deposit.id))
    await house.gate.user(ADMIN)(blocks.block_user, BOB, "his bank's mistake", blocked=False)
    return lost


async def bought(house: House, price: int) -> story.Placement:
    """A placement of Bob's in a channel of Cleo's, held."""
    placement = await story.draft(house, await story.channel(house, CLEO, price, chat_id=-1002), by=BOB)
    await house.gate.user(BOB)(escrow.hold, (placement.id,))
    return placement


async def test_what_was_topped_up_and_taken_back_unspent_leaves_the_earnings_whole(house: House) -> None:
    await story.earned(house)
    await story.fund(house, BOB, 300, "cb")
    assert await taken_back(house, "cb") == 0
    assert await house.system.ask(earnings, BOB) == Earnings(360, 360, 0, 0, None)
    await house.gate.user(BOB)(withdrawals.request, 360, "TON")
    await story.fund(house, BOB, 300, "cc")
    assert (await house.system.ask(earnings, BOB)).available == 0


async def test_what_was_topped_up_and_spent_and_taken_back_is_paid_for_by_what_was_earned(house: House) -> None:
    await story.earned(house)
    await story.fund(house, BOB, 300, "cb")
    await bought(house, 300)
    assert await taken_back(house, "cb") == 0
    came = await house.system.ask(earnings, BOB)
    assert (came.balance, came.available) == (60, 60)
    await story.fund(house, BOB, 200, "cc")
    assert (await house.system.ask(earnings, BOB)).available == 260
    await story.fund(house, BOB, 1000, "cd")
    assert (await house.system.ask(earnings, BOB)).available == 360


async def test_what_made_good_a_loss_of_the_house_leaves_later_earnings_whole(house: House) -> None:
    """Spent in a placement that was then cancelled; the refund went to the losses, as far as they were open."""
    await story.earned(house)
    await house.gate.user(BOB)(withdrawals.request, 360, "TON")
    await story.fund(house, BOB, 300, "cb")
    placement = await bought(house, 300)
    assert await taken_back(house, "cb") == 300
    await house.gate.user(BOB)(approvals.cancel, placement.id)
    await house.system(escrow.refund, placement.id)
    admin, wallet = house.gate.user(ADMIN), f"user:{BOB}:XTR"
    await admin(books.adjust, "t1", wallet, "losses:XTR", 300, "the Stars came back")
    await admin(withdrawals.reject, 1, "not yet")
    assert (await house.system.ask(earnings, BOB)).available == 360
    await admin(books.adjust, "t2", wallet, "losses:XTR", 100, "more than was lost")
    await story.fund(house, BOB, 1000, "cc")
    assert (await house.system.ask(earnings, BOB)).available == 260


async def test_what_admins_took_out_stays_out_beside_what_was_taken_back(house: House) -> None:
    await story.earned(house)
    await story.fund(house, BOB, 300, "cb")
    await house.gate.user(ADMIN)(books.adjust, "t1", f"user:{BOB}:XTR", "suspense:XTR", 100, "it was not served")
    await taken_back(house, "cb")
    await story.fund(house, BOB, 1000, "cc")
    came = await house.system.ask(earnings, BOB)
    assert (came.balance, came.taken, came.available) == (1260, 100, 260)

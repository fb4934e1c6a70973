"""Stars taken back that are not there any more: what the house lost, who is told, and what makes it good."""

import json
from typing import Any

from domain import approvals, books, escrow, finds, payments, withdrawals
from domain.action import Actor, Look, Terms
from domain.payments import Loss, loss_of
from tests import story
from tests.conftest import ADMIN, OTHER_ADMIN, House
from tests.domain.test_books import broken
from tests.domain.test_repairs import added
from tests.story import ANN, BOB, CLEO

__all__ = ["broken"]  # a fixture

ANNS, LOSSES = f"user:{ANN}:XTR", "losses:XTR"


async def lost(house: House, charge: str = "c1") -> int:
    deposit = await house.system(payments.take_back, charge)
    return int(await house.system(payments.reverse, deposit.id))


async def losses(house: House, user: int = ANN) -> Loss:
    look = (house.clock(), Actor.system("test"), Terms(), frozenset[int]())
    found: Loss = await house.gate.database.read(lambda conn: loss_of(Look(conn, *look), user))
    return found


def told(house: House) -> list[tuple[int, Any]]:
    rows = house.sql("SELECT user_id, CAST(args AS TEXT) AS args FROM notices WHERE kind = 'loss' ORDER BY id")
    return [(row["user_id"], json.loads(row["args"])) for row in rows]


async def moved(house: House, key: str, source: str, destination: str, amount: int) -> None:
    await house.gate.user(ADMIN)(books.adjust, key, source, destination, amount, "letter of 2 March")


async def test_the_admins_are_told_what_is_lost_and_what_may_come_back(house: House) -> None:
    await story.earned(house)
    await story.people(house, OTHER_ADMIN)
    bob = house.gate.user(BOB)
    await bob(withdrawals.cancel, (await bob(withdrawals.request, 100, "TON")).id)
    await bob(withdrawals.request, 150, "TON")
    await story.fund(house, BOB, 300, "cb")
    placed = await story.channel(house, CLEO, 200, chat_id=-1002)
    for is_kept in (False, True, True):
        placement = await story.draft(house, placed, by=BOB)
        await bob(escrow.hold, (placement.id,))
        if not is_kept:
            await bob(approvals.cancel, placement.id)
            await house.system(escrow.refund, placement.id)
    ids = [(await house.system(payments.take_back, charge)).id for charge in ("c1", "cb")]
    assert (await house.system.each(payments.reverse, ids)).done() == {ids[0]: 400, ids[1]: 190}
    anns = {"user": ANN, "amount": 1000, "lost": 400, "escrows": 0, "withdrawals": 0}
    bobs = {"user": BOB, "amount": 300, "lost": 190, "escrows": 400, "withdrawals": 150}
    assert told(house) == [(admin, about) for about in (anns, bobs) for admin in (ADMIN, OTHER_ADMIN)]
    await house.system.each(payments.reverse, ids)
    assert len(told(house)) == 4


async def test_of_payments_of_one_person_in_one_set_each_takes_what_the_one_before_left(house: House) -> None:
    await story.booked(house, money=300, price=300)
    await story.fund(house, ANN, 250, "c2")
    await story.fund(house, ANN, 200, "c3")
    ids = [(await house.system(payments.take_back, charge)).id for charge in ("c1", "c2", "c3")]
    assert (await house.system.each(payments.reverse, ids)).done() == {ids[0]: 0, ids[1]: 100, ids[2]: 200}
    assert story.balance(house, ANNS) == 0


async def test_what_somebody_wrote_beside_a_booking_is_not_told_as_set_aside(broken: House) -> None:
    await story.booked(broken)
    await story.fund(broken, BOB, 300, "cb")
    await moved(broken, "t1", f"user:{BOB}:XTR", "suspense:XTR", 300)
    await added(broken, f"user:{BOB}:XTR", -400, key="escrow:1:hold", reason="escrow_hold")
    assert await lost(broken, "cb") == 300
    assert told(broken) == [(ADMIN, {"user": BOB, "amount": 300, "lost": 300, "escrows": 0, "withdrawals": 0})]


async def test_where_nothing_is_lost_nobody_is_told(house: House) -> None:
    await story.booked(house, money=1000)
    await story.fund(house, ANN, 400, "c2")
    assert await lost(house, "c2") == 0
    assert (told(house), await losses(house)) == ([], Loss())


async def test_what_came_back_to_the_wallet_is_on_the_card_as_lost_until_it_is_made_good(house: House) -> None:
    placement = await story.booked(house, money=400)
    await lost(house)
    await house.gate.user(ANN)(approvals.cancel, placement.id)
    await house.system(escrow.refund, placement.id)
    admin = house.gate.user(ADMIN)
    card = await admin.ask(finds.user, ANN)
    assert (card.facts["balance"], card.facts["lost"]) == (400, 400)
    await moved(house, "t1", ANNS, LOSSES, 400)
    card = await admin.ask(finds.user, ANN)
    assert (card.facts["balance"], card.facts["lost"]) == (0, 0)


async def test_what_was_moved_before_there_was_a_loss_makes_none_good(house: House) -> None:
    await story.booked(house, money=1000)
    await moved(house, "t1", ANNS, LOSSES, 300)
    await moved(house, "t2", LOSSES, ANNS, 100)
    await moved(house, "t3", ANNS, "suspense:XTR", 400)
    assert await lost(house) == 1000
    assert await losses(house) == Loss(1000, 0)


async def test_what_is_lost_is_open_until_it_is_made_good_and_no_further(house: House) -> None:
    placement = await story.booked(house, money=400)
    assert await losses(house) == Loss()
    assert await lost(house) == 400
    assert await losses(house) == Loss(400, 0)
    await story.fund(house, ANN, 90, "c3")
    await moved(house, "t0", ANNS, "suspense:XTR", 90)  # that is not where it was lost
    assert await losses(house) == Loss(400, 0)
    await house.gate.user(ANN)(approvals.cancel, placement.id)
    await house.system(escrow.refund, placement.id)
    await moved(house, "t1", ANNS, LOSSES, 150)
    assert await losses(house) == Loss(250, 150)
    await moved(house, "t2", LOSSES, ANNS, 50)  # that was too much
    assert await losses(house) == Loss(300, 100)
    await story.fund(house, ANN, 1000, "c2")
    await moved(house, "t3", ANNS, LOSSES, 1000)
    assert await losses(house) == Loss(0, 400)
    await moved(house, "t4", LOSSES, ANNS, 1000)
    assert await losses(house) == Loss(400, 0)
    assert await losses(house, BOB) == Loss()

"""Telegram's book of Stars against ours: what polling lost is found, what differs is told, nothing is credited twice."""

import asyncio

import pytest
from aiogram.types import LabeledPrice

from bot.sandbox import Fault
from domain import payments, stars
from domain.action import Switch
from domain.stars import Line, News, Payer
from scheduler import settlement
from tests import story
from tests.conftest import ADMIN, House, meanwhile
from tests.scheduler.conftest import Stage
from tests.story import ANN

TOLD = "SELECT kind, about FROM notices WHERE kind IN ('stars-differ', 'stars-missing') AND user_id = :admin"


async def lost(stage: Stage, amount: int = 100, payload: str = "somebody else's", known: bool = True) -> str:
    """Ann pays an invoice of the bot's; the bot says yes, and then the update with the payment is lost."""
    if known:
        await story.people(stage.house)
    await stage.ann.say("/start")
    bot = stage.adapter.bot
    price = [LabeledPrice(label="Stars", amount=amount)]
    await bot.send_invoice(ANN, "Stars", "Stars", payload, "XTR", price, provider_token="", start_parameter="pay")
    async with asyncio.TaskGroup() as group:
        paying = group.create_task(stage.ann.pay(balance=amount))
        offset = None
        while not paying.done():
            for update in await bot.get_updates(offset=offset, timeout=1, request_timeout=5):
                offset = update.update_id + 1
                if update.pre_checkout_query:
                    await bot.answer_pre_checkout_query(update.pre_checkout_query.id, ok=True)
    return await paying


async def read(stage: Stage) -> int:
    return await settlement.read_stars(stage.house.system, stage.adapter)


async def credited(stage: Stage) -> int:
    await settlement.credit_deposits(stage.house.system, stage.adapter)
    return story.balance(stage.house, f"user:{ANN}:XTR")


async def test_a_payment_that_polling_lost_is_found_and_credited_once(stage: Stage) -> None:
    await story.people(stage.house)
    await story.switches(stage.house, *Switch)
    invoice = await stage.house.gate.user(ANN)(payments.invoice, 100)
    charge = await lost(stage, payload=invoice.payload)
    assert await read(stage) == 1
    assert stage.house.sql("SELECT id, charge_id, status FROM deposits") == [
        {"id": invoice.id, "charge_id": charge, "status": "received"}
    ]
    assert await credited(stage) == 100
    picture = stage.house.sql.picture()
    assert await read(stage) == 0
    assert await credited(stage) == 100
    assert stage.house.sql.picture() == picture


async def test_a_payment_of_somebody_we_never_met_is_theirs_all_the_same(stage: Stage) -> None:
    await lost(stage, known=False)
    await read(stage)
    assert stage.house.sql("SELECT user_id, amount, status FROM deposits") == [
        {"user_id": ANN, "amount": 100, "status": "received"}
    ]
    assert stage.house.sql("SELECT name FROM users") == [{"name": "Ann"}]


async def test_it_is_read_and_recorded_whatever_the_switches_say(stage: Stage) -> None:
    await story.people(stage.house)
    await story.switches(stage.house)  # all of them HALTED
    await lost(stage)
    assert await read(stage) == 1
    assert stage.house.sql.one("SELECT status FROM deposits") == "received"


async def test_a_return_that_was_missed_is_taken_back_even_together_with_its_payment(stage: Stage) -> None:
    await story.people(stage.house)
    await story.switches(stage.house, *Switch)
    charge = await lost(stage)
    await stage.telegram.refund_from_outside(charge)
    assert await read(stage) == 2
    assert await credited(stage) == 0
    await settlement.reverse_taken_back(stage.house.system, stage.adapter)
    assert stage.house.sql.one("SELECT status FROM deposits") == "reversed"
    assert stage.house.sql.one("SELECT COUNT(*) FROM users WHERE blocked_at IS NOT NULL") == 1


async def test_a_return_that_was_missed_is_taken_back_though_its_payment_was_read_before(stage: Stage) -> None:
    await story.people(stage.house)
    await story.switches(stage.house, *Switch)
    charge = await lost(stage)
    assert await read(stage) == 1
    assert await credited(stage) == 100
    await stage.telegram.refund_from_outside(charge)
    assert await read(stage) == 1
    assert story.balance(stage.house, f"user:{ANN}:XTR") == 100
    await settlement.reverse_taken_back(stage.house.system, stage.adapter)
    assert stage.house.sql.one("SELECT status FROM deposits") == "reversed"
    assert story.balance(stage.house, f"user:{ANN}:XTR") == 0
    picture = stage.house.sql.picture()
    assert await read(stage) == 0
    assert stage.house.sql.picture() == picture


async def test_an_amount_that_differs_is_told_to_the_admins_once_and_moves_nothing(stage: Stage) -> None:
    await story.people(stage.house)
    await story.switches(stage.house, *Switch)
    charge = await lost(stage)
    deposit = await story.fund(stage.house, ANN, 101, charge)
    for _ in range(2):
        await read(stage)
        stage.house.clock.forward(hours=2)
    assert stage.house.sql(TOLD, admin=ADMIN) == [{"kind": "stars-differ", "about": deposit}]
    assert await credited(stage) == 101


async def test_a_payment_that_telegram_does_not_know_is_told_after_an_hour_once(stage: Stage) -> None:
    """Other word that bears the same number, of a placement, is not this word."""
    await story.booked(stage.house)
    deposit = stage.house.sql.one("SELECT id FROM deposits")
    assert stage.house.sql.one("SELECT COUNT(*) FROM notices WHERE kind = 'request' AND about = :about", about=deposit)
    stage.house.clock.forward(minutes=59)
    await read(stage)
    assert stage.house.sql(TOLD, admin=ADMIN) == []
    stage.house.clock.forward(minutes=1)
    await asyncio.gather(*(read(stage) for _ in range(4)))
    await read(stage)
    assert stage.house.sql(TOLD, admin=ADMIN) == [{"kind": "stars-missing", "about": deposit}]


async def test_a_payment_we_know_is_nothing_to_tell(stage: Stage) -> None:
    await story.people(stage.house)
    await story.switches(stage.house, *Switch)
    charge = await lost(stage)
    await story.fund(stage.house, ANN, 100, charge)
    await read(stage)
    stage.house.clock.forward(days=1)
    await read(stage)
    assert stage.house.sql(TOLD, admin=ADMIN) == []
    assert await credited(stage) == 100


async def test_while_the_book_cannot_be_read_nothing_is_missing(stage: Stage) -> None:
    await story.people(stage.house)
    await story.switches(stage.house, *Switch)
    await story.fund(stage.house, ANN, 50, "made-up")
    stage.house.clock.forward(days=1)
    picture = stage.house.sql.picture()
    await stage.telegram.fault("getStarTransactions", Fault.SERVER_ERROR)
    assert await read(stage) == 0
    assert stage.house.sql.picture() == picture


async def test_the_book_is_read_page_by_page_from_where_it_was_left(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stars, "PAGE", 2)
    await story.people(stage.house)
    await story.switches(stage.house, *Switch)
    for amount in (1, 2, 3, 4):
        await lost(stage, amount)
    came = await asyncio.gather(*(read(stage) for _ in range(3)))
    assert max(came) == 4
    assert stage.house.sql.one("SELECT lines FROM star_books") == 4
    assert await credited(stage) == 10
    await lost(stage, 5)
    assert await read(stage) == 1
    assert await credited(stage) == 15


async def test_what_nobody_paid_in_is_read_over(house: House) -> None:
    """The bot's own Stars go in and out of its book too: withdrawn, spent on advertising, given by Telegram."""
    paid = Line("c1", 70, payer=Payer(ANN, "Ann"))
    page = [Line("w1", 500), Line("w1", 500, is_return=True), paid]
    assert await house.system.ask(stars.news, page) == News((paid,), (), (Payer(ANN, "Ann"),))
    assert await house.system(stars.turn, 7, 0, page)
    assert await house.system.ask(stars.read_so_far, 7) == 3


async def test_a_return_does_not_tell_what_was_paid(house: House) -> None:
    await story.people(house)
    await story.switches(house, *Switch)
    await story.fund(house, ANN, 70, "c1")
    assert await house.system(stars.turn, 7, 0, [Line("c1", 7, is_return=True, payer=Payer(ANN, "Ann"))])
    assert house.sql("SELECT seen_at FROM deposits") == [{"seen_at": None}]
    assert house.sql(TOLD, admin=ADMIN) == []


async def test_of_two_who_have_read_a_page_at_once_one_turns_it(house: House) -> None:
    page = [Line(f"c{number}", 5, payer=Payer(ANN, "Ann")) for number in range(3)]
    assert await house.system(stars.turn, 7, 0, [])
    async with asyncio.TaskGroup() as group, meanwhile(house, "star_books"):
        turning = [group.create_task(house.system(stars.turn, 7, 0, page)) for _ in range(2)]
    assert sorted(turned.result() for turned in turning) == [False, True]
    assert await house.system.ask(stars.read_so_far, 7) == 3

"""Topping up, in the chat: amounts, invoices, payments, and what a person can do wrong with each."""

import asyncio

import pytest

from bot.sandbox import PaymentFailed
from domain import approvals, books, payments
from domain.action import Switch
from tests.conftest import ADMIN
from tests.flows.conftest import Town
from tests.processes import until

CARD = {"name": "Ann", "username": "none", "role": "operator", "since": "", "blocked": "", "unreachable": ""}


async def test_a_deposit_is_credited_once_and_told(town: Town) -> None:
    await town.open_everything()
    ann = await town.person("Ann")
    invoice = await town.say(ann, "/deposit 1000")
    assert invoice.is_invoice
    assert town.sql.one("SELECT status FROM deposits") == "invoiced"
    await ann.pay(balance=5000)
    await town.tick()
    receipt = await ann.sees(town.said("notice-deposit-credited", amount=1000))
    assert receipt.buttons == []
    assert town.balance(ann) == 1000
    await town.tick()
    assert town.sql.one("SELECT COUNT(*) AS n FROM transfers") == 1
    wallet = await town.say(ann, "/wallet")
    assert town.said("wallet", available=1000, held=0) in wallet.text


async def test_a_paid_invoice_cannot_be_paid_again(town: Town) -> None:
    await town.open_everything()
    ann = await town.person("Ann")
    await town.say(ann, "/deposit 100")
    await ann.pay(balance=5000)
    await town.tick()
    with pytest.raises(PaymentFailed, match="/deposit") as failed:
        await ann.pay(again=True)
    assert town.said("error-invoice-mismatch") in str(failed.value)
    assert town.balance(ann) == 100


@pytest.mark.parametrize("amount", ["0", "-5", "1.5", "1e3", "ten", "٣", "10 00", "999999999999999"])
async def test_a_bad_amount_gets_a_kind_answer_and_no_deposit(town: Town, amount: str) -> None:
    ann = await town.person("Ann")
    answer = await town.say(ann, f"/deposit {amount}")
    assert answer.text == town.said("error-bad-amount")
    assert town.sql.one("SELECT COUNT(*) AS n FROM deposits") == 0


async def test_more_than_telegram_takes_is_refused_with_the_limits(town: Town) -> None:
    ann = await town.person("Ann")
    answer = await town.say(ann, "/deposit 100001")
    assert answer.text == town.said("error-bad-deposit", least=1, most=100_000)


async def test_a_deposit_without_an_amount_offers_some_and_takes_any(town: Town) -> None:
    await town.open_everything()
    ann = await town.person("Ann")
    await town.say(ann, "/deposit")
    await town.tap(ann, "deposit-button", amount=250)
    assert (await town.newest(ann)).is_invoice
    await town.tap(ann, "deposit-other")
    await ann.sees(town.said("deposit-ask"))
    assert (await town.say(ann, "many")).text == town.said("error-bad-amount")
    assert (await town.say(ann, "1 234")).is_invoice
    assert [row["amount"] for row in town.sql("SELECT amount FROM deposits ORDER BY id")] == [250, 1234]


async def test_a_checkout_is_refused_in_words_while_money_may_not_move(town: Town) -> None:
    await town.open_everything()
    ann = await town.person("Ann")
    await town.say(ann, "/deposit 100")
    await town.halt(Switch.money_movement)
    with pytest.raises(PaymentFailed) as failed:
        await ann.pay(balance=5000)
    assert town.said("error-halted", switch="money_movement") in str(failed.value)
    assert await ann.stars() == 5000


async def test_a_payment_that_telegram_took_before_a_halt_is_safe_and_credited_on_resume(town: Town) -> None:
    await town.open_everything()
    ann = await town.person("Ann")
    await town.say(ann, "/deposit 100")
    payload = town.sql.one("SELECT payload FROM deposits")
    await town.halt(Switch.money_movement)
    paid = {"currency": "XTR", "total_amount": 100, "invoice_payload": payload}
    paid |= {"telegram_payment_charge_id": "charge-1", "provider_payment_charge_id": ""}
    message = {"message_id": 900, "date": int(town.clock().timestamp()), "successful_payment": paid}
    message |= {
        "chat": {"id": ann.id, "type": "private", "first_name": "Ann"},
        "from": {"id": ann.id, "is_bot": False, "first_name": "Ann", "language_code": town.language},
    }
    for _ in range(2):
        await town.telegram.raw_update({"message": message})
        await town.tick()
    await ann.sees(town.said("deposit-received", amount=100))
    assert town.sql.one("SELECT status FROM deposits") == "received"
    assert town.balance(ann) == 0
    await town.resume(Switch.money_movement)
    await town.tick()
    assert town.balance(ann) == 100
    await ann.sees(town.said("notice-deposit-credited", amount=100))


async def test_the_wallet_shows_its_entries_in_pages(town: Town) -> None:
    await town.open_everything()
    ann = await town.person("Ann")
    for amount in range(1, 11):
        await town.say(ann, f"/deposit {amount}")
        await ann.pay(balance=100)
        await town.telegram.idle()
    newest = await town.say(ann, "/wallet")
    assert [f"+{n} ⭐" in newest.text for n in (10, 3, 2)] == [True, True, False]
    await town.tap(ann, "wallet-older")
    older = await town.newest(ann)
    assert [f"+{n} ⭐" in older.text for n in (2, 1)] == [True, True]
    await town.tap(ann, "wallet-newest")
    assert "+10 ⭐" in (await town.newest(ann)).text


async def test_a_payment_that_the_database_could_not_record_comes_again_and_is_credited(town: Town) -> None:
    await town.open_everything()
    ann = await town.person("Ann")
    await town.say(ann, "/deposit 300")
    query = "SELECT COUNT(*) FROM audit_events WHERE action = 'payments.check_out'"
    town.sql("CREATE TRIGGER broken BEFORE UPDATE ON deposits BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    await ann.pay(balance=300)
    assert town.sql.one(query) == 1
    await ann.sees(town.said("error-unexpected"))
    assert town.sql.one("SELECT COUNT(*) FROM transfers") == 0
    # the bot tries again meanwhile and may hold the write lock: waiting for it must not stop the bot's own loop
    await asyncio.to_thread(town.sql, "DROP TRIGGER broken")
    await until(lambda: town.sql.one("SELECT COUNT(*) FROM transfers") == 1, "the payment is credited")
    assert town.sql.one("SELECT balance FROM wallets WHERE id = :id", id=f"user:{ann.id}:XTR") == 300


async def test_stars_taken_back_from_outside_leave_the_wallet(town: Town) -> None:
    await town.open_everything()
    ann = await town.person("Ann")
    await town.say(ann, "/deposit 300")
    charge = await ann.pay(balance=300)
    await town.telegram.idle()
    await town.telegram.refund_from_outside(charge)
    await town.telegram.idle()
    await town.app.tick()
    assert town.sql.one("SELECT balance FROM wallets WHERE id = :id", id=f"user:{ann.id}:XTR") == 0
    assert town.sql.one("SELECT status FROM deposits") == "reversed"


@pytest.mark.both_languages
async def test_stars_taken_back_while_they_are_set_aside_are_told_to_the_admins_and_shown_until_made_good(
    town: Town,
) -> None:
    olga, bob, ann = await town.admin(), await town.person("Bob"), await town.person("Ann")
    await town.open_everything()
    await town.listed(bob)
    await town.say(ann, "/deposit 400")
    charge = await ann.pay(balance=400)
    await town.telegram.idle()
    placement = await town.booked(ann)
    await town.telegram.refund_from_outside(charge)
    await town.telegram.idle()
    await town.tick()
    told = {"user": str(ann.id), "amount": 400, "lost": 400, "escrows": 400, "withdrawals": 0}
    await olga.sees(town.said("notice-loss", **told))
    await town.tap(olga, "loss-look")
    shown = town.said("case-user", **CARD, id=str(ann.id), balance=0, held=400, lost=400)
    (lost,) = (line for line in shown.splitlines() if "⚠️" in line)
    assert lost in (await town.newest(olga)).text
    await town.app.gate.user(ann.id)(approvals.cancel, placement)
    await town.tick()
    await town.app.gate.user(ADMIN)(books.adjust, "l1", f"user:{ann.id}:XTR", "losses:XTR", 400, "the refund")
    assert lost not in (await town.say(olga, f"/find user:{ann.id}")).text


async def test_whose_stars_telegram_took_back_is_told_and_told_once(town: Town) -> None:
    olga, ann = await town.admin(), await town.person("Ann")
    await town.open_everything()
    await town.funded(ann, 700)
    charge = town.sql.one("SELECT charge_id FROM deposits")
    await town.telegram.refund_from_outside(charge)
    await town.drain()
    told = town.said("notice-charged-back", amount=700)
    await ann.sees(told)
    await olga.sees(town.said("notice-taken-back", user=str(ann.id), amount=700))
    await town.app.gate.system("test")(payments.take_back, charge)
    await town.tick()
    assert [m.text for m in (await ann.chat()).messages].count(told) == 1
    assert town.sql.one("SELECT blocked_at FROM users WHERE id = :id", id=ann.id) is not None

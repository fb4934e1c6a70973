"""Stars: invoices, the round trip of a payment, refunds, the book."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.sandbox import PaymentFailed, Person

BAD = "400 Bad Request: "
INVOICE = {
    "title": "Deposit",
    "description": "700 Stars into your wallet",
    "payload": "deposit:1",
    "currency": "XTR",
    "prices": [{"label": "Deposit", "amount": 700}],
    "start_parameter": "deposit1",
}


@asynccontextmanager
async def till(api: Any, **answer: Any) -> AsyncIterator[list[dict[str, Any]]]:
    """A bot that answers every pre-checkout query, and keeps what else it hears."""
    heard: list[dict[str, Any]] = []

    async def play() -> None:
        offset = 0
        while True:
            for update in await api("getUpdates", timeout=10, offset=offset):
                offset = update["update_id"] + 1
                heard.append(update)
                if query := update.get("pre_checkout_query"):
                    await api("answerPreCheckoutQuery", pre_checkout_query_id=query["id"], **answer)

    async with asyncio.TaskGroup() as tasks:
        bot = tasks.create_task(play())
        yield heard
        bot.cancel()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"provider_token": "381764678:TEST:1"}, "PAYMENT_PROVIDER_INVALID"),
        ({"currency": "EUR"}, "PAYMENT_PROVIDER_INVALID"),
        ({"prices": []}, "STARS_INVOICE_INVALID"),
        ({"prices": [{"label": "a", "amount": 1}, {"label": "b", "amount": 1}]}, "STARS_INVOICE_INVALID"),
        ({"prices": [{"label": "a", "amount": 0}]}, "CURRENCY_TOTAL_AMOUNT_INVALID"),
        ({"prices": [{"label": "a", "amount": 100_001}]}, "CURRENCY_TOTAL_AMOUNT_INVALID"),
        ({"payload": ""}, "INVOICE_PAYLOAD_INVALID"),
        ({"payload": "я" * 65}, "INVOICE_PAYLOAD_INVALID"),
        ({"title": "x" * 33}, "invoice title is too long"),
        ({"description": ""}, "description must be non-empty"),
        ({"reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}}, "BUTTON_POS_INVALID"),
    ],
)
async def test_an_invoice_in_stars_has_its_rules(api: Any, ann: Person, change: Any, why: str) -> None:
    assert await api.refused("sendInvoice", chat_id=ann.id, **INVOICE | change) == BAD + why


async def test_an_invoice_shows_a_button_to_pay(api: Any, ann: Person) -> None:
    sent = await api("sendInvoice", chat_id=ann.id, **INVOICE, provider_token="")
    assert sent["invoice"]["total_amount"] == 700
    assert sent["reply_markup"]["inline_keyboard"][0][0]["pay"] is True
    assert (await ann.sees("Deposit")).is_invoice


async def test_a_payment_asks_first_and_then_moves_the_stars(api: Any, ann: Person) -> None:
    await api("sendInvoice", chat_id=ann.id, **INVOICE)
    async with till(api, ok=True) as heard:
        charge = await ann.pay(balance=1000)
        await ann.telegram.idle()
    query, paid = heard[0]["pre_checkout_query"], heard[1]["message"]["successful_payment"]
    assert (query["invoice_payload"], query["total_amount"], query["currency"]) == ("deposit:1", 700, "XTR")
    assert (paid["telegram_payment_charge_id"], paid["invoice_payload"]) == (charge, "deposit:1")
    assert (await ann.stars(), await ann.telegram.stars()) == (300, 700)
    assert await api("getMyStarBalance") == {"amount": 700}
    book = (await api("getStarTransactions"))["transactions"]
    assert [(entry["id"], entry["amount"], entry["source"]["invoice_payload"]) for entry in book] == [
        (charge, 700, "deposit:1")
    ]


async def test_a_refused_pre_checkout_moves_nothing_and_the_payer_reads_why(api: Any, ann: Person) -> None:
    await api("sendInvoice", chat_id=ann.id, **INVOICE)
    async with till(api, ok=False, error_message="Deposits are halted"):
        with pytest.raises(PaymentFailed, match="Deposits are halted"):
            await ann.pay(balance=1000)
    assert (await ann.stars(), await ann.telegram.stars()) == (1000, 0)


async def test_a_bot_that_does_not_answer_in_time_loses_the_payment(api: Any, ann: Person) -> None:
    await api("sendInvoice", chat_id=ann.id, **INVOICE)
    with pytest.raises(PaymentFailed, match="BOT_PRECHECKOUT_TIMEOUT"):
        await ann.pay(patience=0.02)
    query = (await api.updates())[-1]["pre_checkout_query"]
    late = await api.refused("answerPreCheckoutQuery", pre_checkout_query_id=query["id"], ok=True)
    assert late == BAD + "query is too old and response timeout expired or query ID is invalid"
    assert await ann.telegram.stars() == 0


async def test_a_payer_without_the_stars_is_not_even_asked_about(api: Any, ann: Person) -> None:
    await api("sendInvoice", chat_id=ann.id, **INVOICE)
    with pytest.raises(PaymentFailed, match="BALANCE_TOO_LOW"):
        await ann.pay(balance=699)
    assert await api.updates() == []


async def test_an_invoice_is_paid_once_unless_the_test_insists(api: Any, ann: Person) -> None:
    await api("sendInvoice", chat_id=ann.id, **INVOICE)
    async with till(api, ok=True):
        first = await ann.pay()
        with pytest.raises(AssertionError, match="is paid"):
            await ann.pay()
        assert await ann.pay(again=True) != first
    assert await ann.telegram.stars() == 1400


async def test_of_two_payments_at_once_one_succeeds(api: Any, ann: Person) -> None:
    await api("sendInvoice", chat_id=ann.id, **INVOICE)
    async with till(api, ok=True):
        ends = await asyncio.gather(ann.pay(), ann.pay(), return_exceptions=True)
    assert sorted(isinstance(end, PaymentFailed) for end in ends) == [False, True]
    assert await ann.telegram.stars() == 700


async def test_a_forwarded_invoice_is_paid_by_another_only_without_a_start_parameter(api: Any, ann: Person) -> None:
    bob = await ann.telegram.person("Bob")
    await api("sendInvoice", chat_id=ann.id, **INVOICE)
    with pytest.raises(AssertionError, match="opens the bot"):
        await bob.pay(of=ann)
    await api("sendInvoice", chat_id=ann.id, **INVOICE | {"start_parameter": ""})
    async with till(api, ok=True) as heard:
        await bob.pay(of=ann)
        await ann.telegram.idle()
    assert heard[0]["pre_checkout_query"]["from"]["id"] == bob.id
    assert heard[1]["message"]["chat"]["id"] == bob.id


async def test_a_link_can_be_paid_by_several(api: Any, ann: Person) -> None:
    bob = await ann.telegram.person("Bob")
    link = await api("createInvoiceLink", **{k: v for k, v in INVOICE.items() if k != "start_parameter"})
    async with till(api, ok=True):
        await ann.pay(link=link)
        await bob.pay(link=link)
    assert await ann.telegram.stars() == 1400


async def test_a_refund_gives_all_back_once(api: Any, ann: Person) -> None:
    await api("sendInvoice", chat_id=ann.id, **INVOICE)
    async with till(api, ok=True) as heard:
        charge = await ann.pay(balance=700)
        refund = {"user_id": ann.id, "telegram_payment_charge_id": charge}
        wrong = await api.refused("refundStarPayment", **refund | {"user_id": 1})
        assert await api("refundStarPayment", **refund)
        again = await api.refused("refundStarPayment", **refund)
        await ann.telegram.idle()
    assert (wrong, again) == (BAD + "CHARGE_NOT_FOUND", BAD + "CHARGE_ALREADY_REFUNDED")
    assert heard[-1]["message"]["refunded_payment"]["telegram_payment_charge_id"] == charge
    assert (await ann.stars(), await ann.telegram.stars()) == (700, 0)
    book = (await api("getStarTransactions"))["transactions"]
    assert [(entry["id"], "receiver" in entry) for entry in book] == [(charge, False), (charge, True)]
    assert (await api("getStarTransactions", offset=1, limit=1))["transactions"] == book[1:]


async def test_a_refund_may_come_from_outside(api: Any, ann: Person) -> None:
    await api("sendInvoice", chat_id=ann.id, **INVOICE)
    async with till(api, ok=True) as heard:
        charge = await ann.pay()
        await ann.telegram.refund_from_outside(charge)
        await ann.telegram.idle()
    assert heard[-1]["message"]["refunded_payment"]["total_amount"] == 700
    refund = {"user_id": ann.id, "telegram_payment_charge_id": charge}
    assert await api.refused("refundStarPayment", **refund) == BAD + "CHARGE_ALREADY_REFUNDED"


async def test_a_refused_pre_checkout_needs_a_reason(api: Any, ann: Person) -> None:
    await api("sendInvoice", chat_id=ann.id, **INVOICE)
    with pytest.raises(PaymentFailed):
        await ann.pay(patience=0.02)
    assert (await api.refused("answerPreCheckoutQuery", pre_checkout_query_id="1", ok=False)).startswith(BAD)

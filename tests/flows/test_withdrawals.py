"""A withdrawal from the wish to the receipt, in the chat: asked for, taken back, refused, paid by hand, with two admins."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.buttons import Handle, Handling, Look, Pen, Recall, Signature, TakeBack, To
from bot.sandbox import Person
from bot.settings import Environment
from domain.action import Switch
from tests.conftest import OTHER_ADMIN
from tests.flows.conftest import Town, name_of, town_of
from tests.flows.test_countersigns import opened, statuses

TO = "TON <EQ-bob> & co"


@pytest_asyncio.fixture
async def bank(sqlite_address: str, language: str, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """What is earned matures at once; in its language, on SQLite."""
    async for town in town_of(sqlite_address, language, name_of(request), maturity_days=0):
        yield town


@pytest_asyncio.fixture
async def strict(address: str, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """In production, with a small limit and no waiting; in English, on each database."""
    given = {"maturity_days": 0, "withdrawal_limit": 100, "first_withdrawal_hours": 0}
    async for town in town_of(address, "en", name_of(request), environment=Environment.production, **given):
        yield town


async def earned(town: Town) -> Person:
    """Bob, who was paid 360 for a post."""
    bob, ann = await town.person("Bob <i>"), await town.person("Ann")
    await town.listed(bob, hours=0)
    await town.funded(ann)
    await town.booked(ann)
    await town.tap(bob, "request-approve")
    await town.drain()
    assert town.balance(bob) == 360
    return bob


async def asked(town: Town, bob: Person, amount: int) -> None:
    await town.say(bob, "/withdraw")
    await town.say(bob, str(amount))
    await town.say(bob, TO)
    await town.tap(bob, "withdraw-yes", amount=amount)
    await town.drain()


def status(town: Town, number: int = 1) -> str:
    return str(town.sql.one("SELECT status FROM withdrawals WHERE id = :id", id=number))


async def test_what_was_earned_is_asked_for_approved_and_paid_by_hand(bank: Town) -> None:
    town = bank
    await town.open_everything()
    olga, bob = await town.admin(), await earned(town)
    await town.say(bob, "/wallet")
    await town.tap(bob, "menu-withdraw")
    assert (await town.newest(bob)).text == town.said("withdraw-amount", least=100, available=360)
    assert (await town.say(bob, "99")).text == town.said("error-too-little", least=100)
    assert (await town.say(bob, "a lot")).text == town.said("error-bad-amount")
    assert (await town.say(bob, "361")).text == town.said("error-not-earned", asked=361, available=360)
    assert (await town.say(bob, "300")).text == town.said("withdraw-destination", amount=300)
    wrong = await town.say(bob, "x" * 301)
    assert wrong.text == town.said("error-out-of-range", what="destination", least=1, most=300)
    confirm = await town.say(bob, TO)
    first = town.clock() + timedelta(hours=24)
    facts = {"amount": 300, "destination": TO, "after": 60, "waits": True, "since": first}
    assert confirm.text == town.said("withdraw-confirm", **facts)
    assert town.sql.one("SELECT COUNT(*) AS n FROM withdrawals") == 0
    await town.tap(bob, "withdraw-yes", amount=300)
    assert town.said("withdraw-done") in (await town.newest(bob)).text
    assert town.said("wallet-withdrawing", amount=300) in (await town.say(bob, "/wallet")).text
    await town.drain()
    await olga.sees(town.said("notice-withdrawal", id="1", name="Bob <i>", user=str(bob.id), amount=300))
    await town.tap(olga, "withdrawal-look")
    card = await town.newest(olga)
    assert TO in card.text
    early = await olga.tap(town.label("handle-approve"))
    assert early is not None
    assert (early, early.alert) == (town.said("error-too-early", hours=24), True)
    town.clock.forward(hours=24)
    await town.tap(olga, "handle-approve")
    await town.drain()
    await bob.sees(town.said("notice-withdrawal-approved", id="1", amount=300))
    await town.tap(olga, "handle-send")
    assert status(town) == "sending"
    await town.tap(olga, "handle-paid")
    assert (await town.newest(olga)).text == town.said("handle-ask", deed="paid", id="1")
    done = await town.say(olga, "tx-<77>")
    assert done.text.startswith(town.said("desk-done"))
    assert "tx-<77>" in done.text
    assert (status(town), town.balance(bob)) == ("paid", 60)
    await town.tick()
    receipt = await bob.sees(town.said("notice-withdrawal-paid", id="1", amount=300, reference="tx-<77>"))
    assert receipt.buttons == []
    before = town.sql.picture()
    for deed in Handling:  # every old button again
        await olga.press(Handle(deed=deed, id=1).pack(), card.id)
    await bob.press(TakeBack(step=Recall.sure, id=1).pack(), (await town.newest(bob)).id)
    assert town.sql.picture() == before
    await town.say(olga, "/cancel")
    found = await town.say(olga, "/find tx-<77>")
    assert TO in found.text
    await town.say(olga, "/admin")
    await town.tap(olga, "desk-to-pay", many=0)
    await town.tap(olga, "desk-to-ended-withdrawals")
    await town.tap(
        olga, "desk-withdrawal", id="1", name="Bob <i>", amount=300, status=town.label("word-withdrawal", word="paid")
    )
    assert "tx-<77>" in (await town.newest(olga)).text


async def test_what_waits_is_taken_back_and_asked_for_again(bank: Town) -> None:
    town = bank
    await town.open_everything()
    bob = await earned(town)
    await town.say(bob, "/withdraw")
    await town.tap(bob, "withdraw-all", available=360)
    await town.say(bob, TO)
    await town.tap(bob, "withdraw-yes", amount=360)
    again = await town.say(bob, "/withdraw")  # there is one already: it is shown
    assert town.label("withdrawal-cancel") in again.buttons
    await town.say(bob, "/wallet")
    await town.tap(bob, "menu-withdrawals")
    await town.tap(bob, "withdrawal-line", id="1", amount=360, status="requested")
    await town.tap(bob, "withdrawal-cancel")
    assert town.said("withdrawal-cancel-ask") in (await town.newest(bob)).text
    assert town.balance(bob) == 0
    sure = (await town.newest(bob)).id
    await town.tap(bob, "withdrawal-sure")
    assert (status(town), town.balance(bob)) == ("cancelled", 360)
    await bob.press(TakeBack(step=Recall.sure, id=1).pack(), sure)
    assert town.balance(bob) == 360
    await town.tick()
    await bob.sees(town.said("notice-withdrawal-back", how="cancelled", id="1", amount=360, note="none"))
    await asked(town, bob, 100)
    assert status(town, 2) == "requested"
    eve = await town.person("Eve")
    forged = [Look(at=To.withdrawals, id=2), *(TakeBack(step=step, id=2) for step in Recall)]
    under = (await town.newest(eve)).id
    assert {await eve.press(data.pack(), under) for data in forged} == {town.said("error-not-found")}
    none = await town.say(eve, "/withdraw")
    assert none.text == town.said("withdraw-none", available=0, least=100)


async def test_what_is_refused_or_did_not_arrive_goes_back_with_the_reason(bank: Town) -> None:
    town = bank
    await town.open_everything()
    olga, bob = await town.admin(), await earned(town)
    pavel = await town.person("Pavel", id=OTHER_ADMIN)
    await asked(town, bob, 300)
    await town.say(olga, "/find withdrawal:1")
    await town.tap(olga, "handle-reject")
    await town.say(olga, "which <network>?")
    await town.drain()
    await bob.sees(town.said("notice-withdrawal-back", how="rejected", id="1", amount=300, note="which <network>?"))
    await asked(town, bob, 200)
    town.clock.forward(hours=24)
    await town.say(olga, "/find withdrawal:2")
    await town.tap(olga, "handle-approve")
    await town.tap(olga, "handle-send")
    late = await town.say(pavel, "/find withdrawal:2")
    assert not {town.label(f"handle-{deed}") for deed in ("send", "paid", "returned")} & set(late.buttons)
    assert town.label("handle-uncertain") in late.buttons
    assert f"user:{olga.id}" in late.text
    await pavel.press(Handle(deed=Handling.paid, id=2).pack(), late.id)
    said = await town.say(pavel, "tx-of-pavel")
    assert said.text == town.said("error-being-paid", by=f"user:{olga.id}")
    await town.say(pavel, "/cancel")
    late = await town.say(pavel, "/find withdrawal:2")
    taken = await pavel.press(Handle(deed=Handling.send, id=2).pack(), late.id)
    assert taken == town.said("error-being-paid", by=f"user:{olga.id}")
    await town.tap(olga, "handle-uncertain")
    await town.say(olga, "the bank does not answer")
    await town.drain()
    await bob.sees(town.said("notice-withdrawal-uncertain", id="2", amount=200))
    assert town.label("handle-reject") not in (await town.newest(olga)).buttons
    await town.tap(olga, "handle-returned")
    await town.say(olga, "letter of 2 March")
    assert (status(town, 2), town.balance(bob)) == ("returned", 360)
    await town.tick()
    await bob.sees(town.said("notice-withdrawal-back", how="returned", id="2", amount=200, note="letter of 2 March"))


async def test_while_paying_out_is_halted_nobody_pays_and_all_else_goes_on(bank: Town) -> None:
    town = bank
    await town.open_everything()
    olga, bob = await town.admin(), await earned(town)
    await town.halt(Switch.withdrawals)
    await asked(town, bob, 300)
    town.clock.forward(hours=24)
    await town.say(olga, "/find withdrawal:1")
    await town.tap(olga, "handle-approve")
    assert await olga.tap(town.label("handle-send")) == town.said("error-halted", switch="withdrawals")
    await town.tap(olga, "handle-paid")
    assert (await town.say(olga, "tx-1")).text == town.said("error-halted", switch="withdrawals")
    assert status(town) == "approved"
    await town.resume(Switch.withdrawals)
    await town.say(olga, "tx-1")  # the question is still open
    assert status(town) == "paid"


async def test_above_the_limit_a_second_admin_signs_who_how_much_and_where_to(strict: Town) -> None:
    town = strict
    olga, pavel = await town.admin(), await town.person("Pavel", id=OTHER_ADMIN)
    await opened(town)
    bob = await earned(town)
    await asked(town, bob, 300)
    await town.say(olga, "/find withdrawal:1")
    await town.tap(olga, "handle-approve")
    assert status(town) == "requested"
    await town.tick()
    card = await town.newest(pavel)
    for words in (TO, "300", f"user:{bob.id}", "Olga"):
        assert words in card.text
    await town.tap(pavel, "countersign-sign")
    await town.drain()
    await town.tap(olga, "countersign-act")
    assert (status(town), statuses(town)) == ("approved", ["used", "used"])
    act = Signature(pen=Pen.act, id=2).pack()
    used = town.said("error-wrong-state", noun="countersigns", status="used")
    assert await olga.press(act, (await town.newest(olga)).id) == used
    assert town.sql.one("SELECT COUNT(*) AS n FROM notices WHERE kind = 'withdrawal-approved'") == 1
    await town.say(olga, "/find withdrawal:1")
    await town.tap(olga, "handle-send")
    await town.tap(olga, "handle-returned")
    await town.say(olga, "letter of 2 March")
    assert status(town) == "sending"
    await town.tick()
    card = await town.newest(pavel)
    for words in ("letter of 2 March", "300", f"user:{bob.id}"):
        assert words in card.text
    await town.tap(pavel, "countersign-sign")
    await town.drain()
    await town.tap(olga, "countersign-act")
    assert (status(town), town.balance(bob)) == ("returned", 360)

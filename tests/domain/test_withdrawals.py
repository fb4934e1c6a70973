"""Withdrawals: what was earned is set aside, decided by an admin, paid by hand once, or given back whole."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain import approvals, blocks, books, countersigns, escrow, finds, withdrawals
from domain.books import Offence
from domain.countersigns import BadCountersign, NeedsCountersign
from domain.earnings import earnings
from domain.errors import NotAllowed, NotFound, OutOfRange, Refused, WrongState
from domain.finds import Found, Kind
from domain.post_jobs import AttemptStatus
from domain.withdrawals import (
    FLOW,
    AlreadyWithdrawing,
    BeingPaid,
    NotEarned,
    OwnWithdrawal,
    PaidOtherwise,
    ReferenceTaken,
    Status,
    TooEarly,
    TooLittle,
)
from scheduler.sealing import seal
from storage import guards
from tests import story
from tests.conftest import ADMIN, OTHER_ADMIN, House, meanwhile, refusal
from tests.domain.test_books import broken
from tests.story import ANN, BOB, CLEO

__all__ = ["broken"]  # a fixture

TO = "TON EQ-bob"
BOBS, ITS = f"user:{BOB}:XTR", "withdrawal:1"


def told(house: House, number: int = 1) -> list[tuple[int, str]]:
    of_it = "substr(kind, 1, 10) = 'withdrawal' AND about = :number"
    rows = house.sql(f"SELECT user_id, kind FROM notices WHERE {of_it} ORDER BY id", number=number)
    return [(row["user_id"], row["kind"]) for row in rows]


async def available(house: House) -> int:
    return (await house.gate.user(BOB).ask(earnings, BOB)).available


ACTS: dict[str, tuple[Any, tuple[Any, ...], int]] = {
    "cancel": (withdrawals.cancel, (), BOB),
    "approve": (withdrawals.approve, (), ADMIN),
    "reject": (withdrawals.reject, ("not you",), ADMIN),
    "send": (withdrawals.send, (), ADMIN),
    "pay": (withdrawals.pay, ("tx-{id}",), ADMIN),
    "doubt": (withdrawals.doubt, ("no answer",), ADMIN),
    "give_back": (withdrawals.give_back, ("the bank's letter",), ADMIN),
}
"""Each act with its words, and who does it."""
LEADS = {
    "cancel": Status.cancelled,
    "approve": Status.approved,
    "reject": Status.rejected,
    "send": Status.sending,
    "pay": Status.paid,
    "doubt": Status.uncertain,
    "give_back": Status.returned,
}
TELLS = {
    "cancel": "withdrawal-back",
    "approve": "withdrawal-approved",
    "reject": "withdrawal-back",
    "pay": "withdrawal-paid",
    "doubt": "withdrawal-uncertain",
    "give_back": "withdrawal-back",
}
"""What its person reads of it; of who begins to pay, nothing."""
AUDITED = "SELECT actor FROM audit_events WHERE action = :action AND subject = :subject AND refusal IS NULL"
PATHS: dict[tuple[str, ...], str] = {
    (): "cancel",
    ("approve",): "reject",
    ("approve", "send"): "give_back",
    ("approve", "send", "doubt"): "pay",
    ("approve", "pay"): "",
    ("approve", "send", "pay"): "",
    ("approve", "send", "doubt", "give_back"): "",
    ("approve", "send", "doubt", "pay"): "",
    ("reject",): "",
    ("cancel",): "",
}
"""The ways to each status, and what ends those that are open."""


async def act(house: House, name: str, number: int) -> Any:
    action, words, who = ACTS[name]
    return await house.gate.user(who)(action, number, *(word.format(id=number) for word in words))


async def test_what_was_earned_is_set_aside_approved_begun_and_paid(house: House) -> None:
    await story.earned(house)
    assert await available(house) == 360
    asked = await house.gate.user(BOB)(withdrawals.request, 300, f"  {TO} ")
    assert (asked.id, asked.status, asked.destination) == (1, Status.requested, TO)
    assert (story.balance(house, BOBS), story.balance(house, ITS)) == (60, 300)
    assert await available(house) == 60
    assert told(house) == [(ADMIN, "withdrawal")]
    house.clock.forward(hours=24)
    outside = story.balance(house, "external:XTR")
    for name in ("approve", "send", "pay"):
        assert (await act(house, name, 1)).status == LEADS[name]
    assert (story.balance(house, BOBS), story.balance(house, ITS)) == (60, 0)
    assert story.balance(house, "external:XTR") == outside + 300
    assert told(house)[1:] == [(BOB, "withdrawal-approved"), (BOB, "withdrawal-paid")]
    (row,) = house.sql("SELECT status, approved_by, sending_by, ended_by, reference FROM withdrawals")
    admin = f"user:{ADMIN}"
    assert row == {"status": "paid", "approved_by": admin, "sending_by": admin, "ended_by": admin, "reference": "tx-1"}
    moved = house.sql(
        "SELECT key, amount, reference_id FROM transfers WHERE substr(key, 1, 10) = 'withdrawal' ORDER BY key"
    )
    assert [(m["key"], m["amount"], m["reference_id"]) for m in moved] == [
        ("withdrawal:1:hold", 300, 1),
        ("withdrawal:1:paid", 300, 1),
    ]
    assert await available(house) == 60


async def test_from_each_status_exactly_what_the_flow_permits_is_done_and_each_press_again_changes_nothing(
    house: House,
) -> None:
    await story.earned(house, price=2000)
    seen = set()
    for number, (path, end) in enumerate(PATHS.items(), 1):
        assert await story.withdrawal(house, 100) == number
        before, status = story.balance(house, BOBS), Status.requested
        for name in path:
            await act(house, name, number)
            status = LEADS[name]
            picture = house.sql.picture()
            assert (await act(house, name, number)).status == status  # pressed again
            assert house.sql.picture() == picture
            audited = house.sql(AUDITED, action=f"withdrawals.{name}", subject=f"{number}")
            assert audited == [{"actor": f"user:{ACTS[name][2]}"}]
            assert name == "send" or (BOB, TELLS[name]) in told(house, number)
        seen.add(status)
        picture = house.sql.picture()
        for name, to in LEADS.items():
            if to not in FLOW[status] and to != status:
                came = await refusal(act(house, name, number))
                other = status == Status.paid and name == "pay"
                assert came == WrongState("withdrawals", status) or other, (status, name)
        assert house.sql.picture() == picture
        if end:
            await act(house, end, number)
        back = 0 if (status == Status.paid or end == "pay") else 100
        assert story.balance(house, f"withdrawal:{number}") == 0
        assert story.balance(house, BOBS) == before + back
    assert seen == set(Status)


async def test_the_database_itself_refuses_a_step_that_the_flow_does_not_have(house: House) -> None:
    await story.earned(house)
    await story.withdrawal(house)
    with pytest.raises(Exception, match="flow"):
        house.sql("UPDATE withdrawals SET status = 'sending', approved_at = created_at, sending_at = created_at")


@pytest.mark.parametrize("name", ["reject", "doubt", "give_back"])
async def test_the_same_act_with_other_words_is_another_act_and_comes_too_late(house: House, name: str) -> None:
    await story.earned(house)
    number = await story.withdrawal(house)
    for step in () if name == "reject" else ("approve", "send"):
        await act(house, step, number)
    await act(house, name, number)
    picture = house.sql.picture()
    other = house.gate.user(ADMIN)(ACTS[name][0], number, "something else")
    assert await refusal(other) == WrongState("withdrawals", LEADS[name])
    assert house.sql.picture() == picture


async def test_of_fifty_requests_at_once_one_is_made(house: House) -> None:
    await story.earned(house)
    wishes = [house.gate.user(BOB)(withdrawals.request, 300, f"address {n}") for n in range(50)]
    came = await asyncio.gather(*wishes, return_exceptions=True)
    refused = [one.refusal for one in came if isinstance(one, Refused)]
    assert refused == [AlreadyWithdrawing(1)] * 49
    assert (story.balance(house, BOBS), story.balance(house, ITS)) == (60, 300)
    assert house.sql.one("SELECT COUNT(*) AS n FROM withdrawals") == 1


async def test_the_same_request_pressed_twice_at_once_is_one(house: House) -> None:
    await story.earned(house)
    came = await asyncio.gather(*(house.gate.user(BOB)(withdrawals.request, 300, TO) for _ in range(5)))
    assert {one.id for one in came} == {1}
    assert house.sql.one("SELECT COUNT(*) AS n FROM notices WHERE kind = 'withdrawal'") == 1


async def test_what_is_withdrawn_cannot_be_spent_at_the_same_moment(house: House) -> None:
    await story.earned(house)
    target = await story.draft(house, await story.channel(house, CLEO, price=360, chat_id=-1002), by=BOB)
    wishes = house.gate.user(BOB)(escrow.hold, (target.id,)), house.gate.user(BOB)(withdrawals.request, 360, TO)
    async with meanwhile(house, f"wallets WHERE id = '{BOBS}'") as waited:
        spending = asyncio.gather(wishes[0], return_exceptions=True)
        await waited(1)  # the one who spends comes first
        asking = asyncio.gather(wishes[1], return_exceptions=True)
    came = [*await spending, *await asking]
    assert len([one for one in came if isinstance(one, Refused)]) == 1
    assert story.balance(house, BOBS) == 0


@pytest.mark.parametrize("name", ["cancel", "reject"])
async def test_what_ends_unpaid_goes_back_whole_and_may_be_asked_for_again(house: House, name: str) -> None:
    await story.earned(house)
    await story.withdrawal(house, 360)
    assert await available(house) == 0
    await act(house, name, 1)
    assert (story.balance(house, BOBS), await available(house)) == (360, 360)
    assert told(house)[-1] == (BOB, "withdrawal-back")
    assert (await house.gate.user(BOB)(withdrawals.request, 360, TO)).id == 2


async def test_only_what_has_matured_and_is_there_may_be_asked_for(house: House) -> None:
    await story.earned(house)
    bob = house.gate.user(BOB)
    assert await refusal(bob(withdrawals.request, 361, TO)) == NotEarned(361, 360)
    await story.fund(house, BOB, 1000, "c9")
    assert await refusal(bob(withdrawals.request, 361, TO)) == NotEarned(361, 360)  # what was topped up is no earning
    for wrong in (0, -1, 99, True, 100.0, "100", 10**13):
        assert await refusal(bob(withdrawals.request, wrong, TO)) == TooLittle(100)
    for words in ("", "  ", "x" * 301):
        assert await refusal(bob(withdrawals.request, 100, words)) == OutOfRange("destination", 1, 300)
    assert await refusal(house.gate.user(CLEO)(withdrawals.request, 100, TO)) == NotEarned(100, 0)
    house.gate = replace(house.gate, terms=replace(house.gate.terms, maturity=timedelta(days=21)))
    assert await refusal(house.gate.user(BOB)(withdrawals.request, 100, TO)) == NotEarned(100, 0)
    assert house.sql.one("SELECT COUNT(*) AS n FROM withdrawals") == 0
    house.clock.forward(days=21)
    await house.gate.user(BOB)(withdrawals.request, 360, TO)


async def test_a_first_withdrawal_waits_a_day_until_one_was_paid(house: House) -> None:
    await story.earned(house, price=2000)
    bob, admin = house.gate.user(BOB), house.gate.user(ADMIN)
    await bob(withdrawals.request, 100, TO)
    house.clock.forward(hours=23, minutes=59)
    assert await refusal(admin(withdrawals.approve, 1)) == TooEarly(1)
    await admin(withdrawals.reject, 1, "another address, please")
    await bob(withdrawals.request, 100, TO)
    assert await refusal(admin(withdrawals.approve, 2)) == TooEarly(24)
    house.clock.forward(hours=24)
    await admin(withdrawals.approve, 2)
    await admin(withdrawals.pay, 2, "tx-2")
    await bob(withdrawals.request, 100, TO)
    await admin(withdrawals.approve, 3)


async def test_what_came_back_was_not_paid_and_the_next_one_waits_a_day_too(house: House) -> None:
    await story.earned(house)
    admin = house.gate.user(ADMIN)
    await admin(withdrawals.send, await story.withdrawal(house, approved=True))
    await admin(withdrawals.give_back, 1, "the address is closed")
    await house.gate.user(BOB)(withdrawals.request, 100, TO)
    assert await refusal(admin(withdrawals.approve, 2)) == TooEarly(24)


async def test_who_is_blocked_asks_for_nothing_new_and_may_take_back_what_waits(house: House) -> None:
    await story.earned(house)
    await story.withdrawal(house)
    await house.gate.user(ADMIN)(blocks.block_user, BOB, "fraud", blocked=True)
    await house.gate.user(BOB)(withdrawals.cancel, 1)
    assert await refusal(house.gate.user(BOB)(withdrawals.request, 100, TO)) == NotAllowed("withdrawals.request")


async def test_anothers_is_as_if_it_were_not_there(house: House) -> None:
    await story.earned(house)
    await story.withdrawal(house)
    ann = house.gate.user(ANN)
    assert await refusal(ann(withdrawals.cancel, 1)) == await refusal(ann(withdrawals.cancel, 99))
    assert await refusal(ann(withdrawals.cancel, 1)) == NotFound("withdrawals")
    assert await ann.ask(withdrawals.mine_one, 1) is None
    assert await ann.ask(withdrawals.mine) == []
    for name in ACTS.keys() - {"cancel"}:
        action, words, _ = ACTS[name]
        assert isinstance(await refusal(ann(action, 1, *words)), NotAllowed)
        assert await refusal(house.gate.user(ADMIN)(action, 99, *words)) == NotFound("withdrawals")


async def test_one_reference_pays_one_withdrawal(house: House) -> None:
    await story.earned(house, price=2000)
    admin = house.gate.user(ADMIN)
    await story.withdrawal(house, approved=True)
    assert await refusal(admin(withdrawals.pay, 1, "  ")) == OutOfRange("reference", 1, 100)
    await admin(withdrawals.pay, 1, " tx-1 ")
    assert await refusal(admin(withdrawals.pay, 1, "tx-2")) == PaidOtherwise("tx-1")
    await story.withdrawal(house, approved=True)
    picture = house.sql.picture()
    assert await refusal(admin(withdrawals.pay, 2, "tx-1")) == ReferenceTaken("tx-1", "withdrawal:1")
    assert house.sql.picture() == picture


async def test_of_two_recordings_at_once_one_pays(house: House) -> None:
    """Of one withdrawal under two references, and of two withdrawals under one."""
    await story.earned(house, price=2000)
    await story.people(house, OTHER_ADMIN)
    admins = house.gate.user(ADMIN), house.gate.user(OTHER_ADMIN)
    await story.withdrawal(house, approved=True)
    came = await asyncio.gather(
        *(one(withdrawals.pay, 1, f"tx-{n}") for n, one in enumerate(admins)), return_exceptions=True
    )
    assert [type(one.refusal) for one in came if isinstance(one, Refused)] == [PaidOtherwise]
    await story.withdrawal(house, approved=True)
    soon = replace(house.gate, terms=replace(house.gate.terms, first_withdrawal=timedelta(0)))
    target = await story.draft(house, await story.channel(house, CLEO, price=300, chat_id=-1002))
    await house.gate.user(ANN)(escrow.hold, (target.id,))
    await house.gate.user(CLEO)(approvals.approve, target.id, 1)
    await story.recorded(house, AttemptStatus.accepted, message_ids=(8,))
    await house.system(escrow.release, target.id)
    await soon.user(CLEO)(withdrawals.request, 200, "TON EQ-cleo")
    await soon.user(ADMIN)(withdrawals.approve, 3)
    both = (admins[0](withdrawals.pay, 2, "tx-9"), admins[1](withdrawals.pay, 3, "tx-9"))
    came = await asyncio.gather(*both, return_exceptions=True)
    assert [type(one.refusal) for one in came if isinstance(one, Refused)] == [ReferenceTaken]


async def test_of_two_admins_who_begin_to_pay_one_does(house: House) -> None:
    await story.earned(house)
    await story.people(house, OTHER_ADMIN)
    await story.withdrawal(house, approved=True)
    both = [house.gate.user(admin)(withdrawals.send, 1) for admin in (ADMIN, OTHER_ADMIN)]
    async with meanwhile(house, "withdrawals"):
        asked = asyncio.gather(*both, return_exceptions=True)
    came = await asked
    first = house.sql.one("SELECT sending_by FROM withdrawals")
    assert [one.refusal for one in came if isinstance(one, Refused)] == [BeingPaid(first)]


async def test_above_the_limit_and_of_ones_own_a_yes_takes_a_second_admin(house: House) -> None:
    await story.earned(house, price=2000)
    await story.people(house, OTHER_ADMIN)
    terms = replace(house.gate.terms, countersign=True, withdrawal_limit=300)
    house.gate = replace(house.gate, terms=terms)
    admin, other = house.gate.user(ADMIN), house.gate.user(OTHER_ADMIN)
    await story.withdrawal(house, 300, approved=True)  # not above it
    await act(house, "pay", 1)
    number = await story.withdrawal(house, 301)
    await act(house, "reject", number)  # what nobody has begun to pay goes back on one word
    number = await story.withdrawal(house, 301)
    needs = await refusal(admin(withdrawals.approve, number))
    given = {"withdrawal_id": 3, "user": BOB, "amount": 301, "destination": TO}
    assert needs == NeedsCountersign("withdrawals.approve", given)
    assert isinstance(needs, NeedsCountersign)
    asked = await admin(countersigns.ask, needs.act, needs.arguments)
    assert await refusal(admin(withdrawals.approve, number, asked.id)) == BadCountersign(asked.id)
    await other(countersigns.sign, asked.id)
    assert (await admin(withdrawals.approve, number, asked.id)).status == Status.approved
    assert house.sql.one("SELECT status FROM countersigns") == "used"
    await act(house, "pay", number)
    house.gate = replace(house.gate, admins=frozenset({ADMIN, OTHER_ADMIN, BOB}))
    number = await story.withdrawal(house, 100)
    assert isinstance(await refusal(house.gate.user(BOB)(withdrawals.approve, number)), NeedsCountersign)
    admin = house.gate.user(ADMIN)
    await admin(withdrawals.approve, number)
    await act(house, "reject", number)
    number = await story.withdrawal(house, 302)
    needs = await refusal(admin(withdrawals.approve, number))
    assert isinstance(needs, NeedsCountersign)
    asked = await admin(countersigns.ask, needs.act, needs.arguments)
    await house.gate.user(BOB)(countersigns.sign, asked.id)
    assert await refusal(admin(withdrawals.approve, number, asked.id)) == OwnWithdrawal()
    assert house.sql.one("SELECT status FROM withdrawals ORDER BY id DESC LIMIT 1") == "requested"


@pytest.mark.parametrize("name", ["reject", "give_back"])
async def test_whoever_is_to_be_paid_does_not_say_that_what_may_be_paid_goes_back(house: House, name: str) -> None:
    await story.earned(house)
    await story.withdrawal(house, approved=True)
    if name == "give_back":
        await act(house, "send", 1)
    house.gate = replace(house.gate, admins=frozenset({ADMIN, BOB}))
    picture = house.sql.picture()
    assert await refusal(house.gate.user(BOB)(ACTS[name][0], 1, "it did not arrive")) == OwnWithdrawal()
    assert house.sql.picture() == picture
    await act(house, name, 1)


async def test_above_the_limit_going_back_takes_a_second_admin_too_who_is_not_to_be_paid(house: House) -> None:
    await story.earned(house, price=2000)
    await story.people(house, OTHER_ADMIN)
    house.gate = replace(house.gate, admins=frozenset({ADMIN, OTHER_ADMIN, BOB}))
    admin = house.gate.user(ADMIN)
    for number, name in enumerate(("reject", "give_back"), 1):
        await story.withdrawal(house, 301, approved=True)
        if name == "give_back":
            await act(house, "send", number)
        terms = replace(house.gate.terms, countersign=True, withdrawal_limit=300)
        strict = replace(house.gate, terms=terms).user(ADMIN)
        needs = await refusal(strict(ACTS[name][0], number, "a letter"))
        given = {"withdrawal_id": number, "user": BOB, "amount": 301, "reason": "a letter"}
        assert needs == NeedsCountersign(f"withdrawals.{name}", given)
        assert isinstance(needs, NeedsCountersign)
        for signer in (BOB, OTHER_ADMIN):
            asked = await admin(countersigns.ask, needs.act, needs.arguments)
            if asked.status == countersigns.Status.signed:
                house.clock.forward(hours=25)
                asked = await admin(countersigns.ask, needs.act, needs.arguments)
            await house.gate.user(signer)(countersigns.sign, asked.id)
            assert await refusal(strict(ACTS[name][0], number, "another letter", asked.id)) == BadCountersign(asked.id)
            if signer == BOB:
                assert await refusal(strict(ACTS[name][0], number, "a letter", asked.id)) == OwnWithdrawal()
        assert (await strict(ACTS[name][0], number, "a letter", asked.id)).status == LEADS[name]
    assert story.balance(house, BOBS) == 1800


async def test_while_one_admin_is_paying_another_says_neither_that_it_is_paid_nor_that_it_came_back(
    house: House,
) -> None:
    await story.earned(house, price=2000)
    await story.people(house, OTHER_ADMIN)
    other = house.gate.user(OTHER_ADMIN)
    for number, name in enumerate(("pay", "give_back"), 1):
        await story.withdrawal(house, approved=True)
        await act(house, "send", number)
        picture = house.sql.picture()
        assert await refusal(other(ACTS[name][0], number, f"ref-{number}")) == BeingPaid(f"user:{ADMIN}")
        assert house.sql.picture() == picture
        await other(withdrawals.doubt, number, "nobody answers")
        assert (await other(ACTS[name][0], number, f"ref-{number}")).status == LEADS[name]


async def test_the_queue_is_counted_and_listed_oldest_first_and_found(house: House) -> None:
    await story.earned(house, price=2000)
    await story.withdrawal(house, approved=True)
    await act(house, "pay", 1)
    await story.withdrawal(house)
    admin = house.gate.user(ADMIN)
    assert [(r.id, r.name) for r in await admin.ask(withdrawals.listed)] == [(2, f"Person {BOB}")]
    assert [r.id for r in await admin.ask(withdrawals.listed, ended=True)] == [1]
    assert (await admin.ask(withdrawals.counted), await admin.ask(withdrawals.counted, ended=True)) == (1, 1)
    mine = house.gate.user(BOB)
    assert [row.id for row in await mine.ask(withdrawals.mine)] == [2, 1]
    assert await mine.ask(withdrawals.mine_counted) == 2
    for number in (1, 2):
        assert (await mine.ask(withdrawals.mine_one, number)).id == number
    assert await mine.ask(withdrawals.mine_one, 3) is None
    assert await admin.ask(finds.find, "tx-1") == [Found(Kind.withdrawal, 1, "paid")]
    assert await admin.ask(finds.find, "withdrawal:2") == [Found(Kind.withdrawal, 2, "requested")]
    card = await admin.ask(finds.withdrawal, 1)
    assert card is not None
    assert [(one.kind, one.name) for one in card.links] == [
        (Kind.user, f"Person {BOB}"),
        (Kind.transfer, "withdrawal:1:hold"),
        (Kind.transfer, "withdrawal:1:paid"),
    ]
    moved = await admin.ask(finds.transfer, card.links[1].id)
    assert moved is not None
    assert moved.links[0] == Found(Kind.withdrawal, 1, "paid")


FORGED = {
    "paid, and nothing moved": (
        "UPDATE withdrawals SET status = 'paid', reference = 'x', ended_at = approved_at",
        {("I4", ITS), ("I5", ITS)},
    ),
    "given back, and nothing moved": (
        "UPDATE withdrawals SET status = 'rejected', note = 'x', ended_at = approved_at",
        {("I4", ITS), ("I5", ITS)},
    ),
    "another amount": ("UPDATE withdrawals SET amount = 299", {("I4", ITS), ("I5", ITS)}),
    "of nobody": ("DELETE FROM withdrawals", {("I4", ITS)}),
    "rejected, and nobody knows why": (
        "UPDATE withdrawals SET status = 'rejected', ended_at = approved_at",
        {("I9", "withdrawals 1")},
    ),
}


@pytest.mark.parametrize("name", FORGED)
async def test_i4_and_i5_a_forged_withdrawal_is_found_by_the_quick_check_too(broken: House, name: str) -> None:
    await story.earned(broken)
    await story.withdrawal(broken, approved=True)
    await seal(broken.gate.user(ADMIN))
    assert await broken.system.ask(books.check) == []
    async with broken.owner() as gate:
        await gate.database.write(guards.remove)
    statement, wanted = FORGED[name]
    broken.sql(statement)
    found: list[Offence] = await broken.system.ask(books.check)
    assert wanted <= {(one.invariant, one.subject) for one in found}
    if name != "of nobody":
        quick: list[Offence] = await broken.system.ask(books.check, incremental=True)
        assert wanted <= {(one.invariant, one.subject) for one in quick}

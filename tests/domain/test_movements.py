"""Each transfer can show what it moved for, between whom, by which act and when; each switch its flips.

Each test forges one thing as only the owner of the database could, or as the application's own login can.
"""

from datetime import timedelta

import pytest

from domain import books, escrow, payments, users, withdrawals
from domain.action import ACTIONS
from domain.ledger import GATES, MOVERS, Reason
from scheduler.sealing import seal
from storage import guards
from tests import story
from tests.conftest import ADMIN, House
from tests.domain.test_books import broken, offences, released, unguarded
from tests.story import ANN, BOB, CLEO

__all__ = ["broken"]  # a fixture

MINTED = """INSERT INTO transfers (key, source_id, destination_id, amount, reason, reference_id, epoch, actor, act_id, at)
    SELECT :key, :source, :destination, 5, :reason, {}, epoch, actor, act_id, at FROM transfers WHERE key = :like"""
ANNS, BOBS, CLEOS = (f"user:{who}:XTR" for who in (ANN, BOB, CLEO))
ORPHANS = [
    (Reason.payout, "escrow:2", BOBS, "I5", "escrow:1:payout"),
    (Reason.refund, "escrow:2", BOBS, "I5", "deposit:c1"),
    (Reason.rebate, "escrow:2", BOBS, "I5", "escrow:1:payout"),
    (Reason.fee, "escrow:2", "fees:XTR", "I5", "escrow:1:payout"),
    (Reason.escrow_hold, ANNS, "escrow:2", "I5", "escrow:1:hold"),
    (Reason.withdrawal, "withdrawal:1", "external:XTR", "I5", "deposit:c1"),
    (Reason.withdrawal_return, "withdrawal:1", BOBS, "I5", "deposit:c1"),
    (Reason.withdrawal_hold, ANNS, "withdrawal:1", "I5", "deposit:c1"),
    (Reason.loss, "losses:XTR", "external:XTR", "I13", "deposit:c1"),
    (Reason.adjustment, "external:XTR", BOBS, "I13", "deposit:c1"),
    (Reason.deposit, "external:XTR", BOBS, "I13", "deposit:c1"),
]


async def minted(
    house: House, reason: str, source: str, destination: str, like: str, about: str = "NULL", key: str = ""
) -> str:
    """A transfer under an act that there was; the application's login can insert it, and the ledger's pen writes it down."""
    key = key or f"x:{reason}"
    house.sql(MINTED.format(about), key=key, source=source, destination=destination, reason=reason, like=like)
    return key


@pytest.mark.parametrize(("reason", "source", "destination", "invariant", "like"), ORPHANS)
async def test_a_transfer_needs_what_it_moved_for(
    broken: House, reason: str, source: str, destination: str, invariant: str, like: str
) -> None:
    await story.earned(broken)
    await story.withdrawal(broken)
    other = await story.draft(broken, 1)
    await broken.gate.user(ANN)(escrow.hold, (other.id,))
    key = await minted(broken, reason, source, destination, like)
    found = await offences(broken)
    assert (invariant, key) in found
    assert (("I14", key) in found) == (like not in ("escrow:1:payout", "escrow:1:hold") and reason != "deposit")


@pytest.mark.parametrize("charge", ["c9", ""])
async def test_nothing_is_minted_on_a_payment_that_was_not_credited_or_never_made(broken: House, charge: str) -> None:
    """A real act of crediting lends its name, and a real deposit its number: received and not credited, or not even paid."""
    await released(broken)
    if charge:
        deposit = await broken.system(payments.receive, ANN, 1, "XTR", charge)
    else:
        deposit = await broken.gate.user(ANN)(payments.invoice, 1)
    key = await minted(broken, "deposit", "external:XTR", BOBS, "deposit:c1", str(deposit.id), f"deposit:{charge}")
    assert ("I13", key) in await offences(broken)


@pytest.mark.parametrize(("reason", "source", "word"), [("adjustment", ANNS, "back"), ("loss", "losses:XTR", "loss")])
async def test_nothing_is_taken_back_of_what_was_never_paid(broken: House, reason: str, source: str, word: str) -> None:
    await released(broken)
    await story.fund(broken, CLEO, 500, "c5")
    await broken.system(payments.take_back, "c5")
    await broken.system(payments.reverse, 2)
    deposit = await broken.gate.user(ANN)(payments.invoice, 1)
    like = "deposit:c5:back"
    key = await minted(broken, reason, source, "external:XTR", like, str(deposit.id), f"deposit::{word}")
    assert ("I13", key) in await offences(broken)


async def test_i14_an_adjustment_is_the_one_that_its_act_made(broken: House) -> None:
    await released(broken)
    await broken.gate.user(ADMIN)(books.adjust, "t-1", ANNS, "suspense:XTR", 5, "a letter")
    assert await offences(broken) == set()
    async with unguarded(broken):
        broken.sql("UPDATE transfers SET amount = 6 WHERE key = 'adjust:t-1'")
        broken.sql("UPDATE ledger_entries SET amount = amount * 6 / 5 WHERE transfer_key = 'adjust:t-1'")
        broken.sql("UPDATE wallets SET balance = balance - 1 WHERE id = :id", id=ANNS)
        broken.sql("UPDATE wallets SET balance = balance + 1 WHERE id = 'suspense:XTR'")
    assert await offences(broken) == {("I14", "adjust:t-1")}


async def redirected(house: House, key: str, side: str, to: str, was: str) -> None:
    """One side of a transfer is another wallet, and everything adds up."""
    sign = -1 if side == "source_id" else 1
    amount = sign * house.sql.one("SELECT amount FROM transfers WHERE key = :key", key=key)
    async with unguarded(house):
        house.sql(f"UPDATE transfers SET {side} = :to WHERE key = :key", to=to, key=key)
        house.sql(
            "UPDATE ledger_entries SET wallet_id = :to WHERE transfer_key = :key AND wallet_id = :was",
            to=to,
            key=key,
            was=was,
        )
        house.sql("UPDATE wallets SET balance = balance + :amount WHERE id = :to", to=to, amount=amount)
        house.sql("UPDATE wallets SET balance = balance - :amount WHERE id = :was", was=was, amount=amount)


async def cleo(house: House) -> None:
    await house.system(users.meet, CLEO, "Cleo", None, "en")
    await story.fund(house, CLEO, 500, "c5")


@pytest.mark.parametrize(
    ("key", "side", "was"),
    [
        ("escrow:1:payout", "destination_id", BOBS),
        ("escrow:1:fee", "destination_id", "fees:XTR"),
        ("escrow:1:hold", "source_id", ANNS),
        ("deposit:c1", "destination_id", ANNS),
    ],
)
async def test_a_placements_money_goes_between_its_people(broken: House, key: str, side: str, was: str) -> None:
    await released(broken)
    await cleo(broken)
    if key == "deposit:c1":
        await story.fund(broken, ANN, 1000, "c6")
    await redirected(broken, key, side, CLEOS, was)
    assert await offences(broken) == ({("I13", "c1"), ("I13", key)} if key == "deposit:c1" else {("I5", key)})


async def test_a_refund_goes_to_its_advertiser(broken: House) -> None:
    await story.refused_and_refunded(broken, await story.booked(broken))
    await cleo(broken)
    await redirected(broken, "escrow:1:refund", "destination_id", CLEOS, ANNS)
    assert await offences(broken) == {("I5", "escrow:1:refund")}


@pytest.mark.parametrize(
    ("key", "side", "was"),
    [("withdrawal:1:hold", "source_id", BOBS), ("withdrawal:1:paid", "destination_id", "external:XTR")],
)
async def test_a_withdrawal_goes_from_its_person_outside(broken: House, key: str, side: str, was: str) -> None:
    await story.earned(broken)
    await story.withdrawal(broken, approved=True)
    await broken.gate.user(ADMIN)(withdrawals.pay, 1, "tx-1")
    await cleo(broken)
    await redirected(broken, key, side, CLEOS, was)
    assert await offences(broken) == {("I5", key)}


async def test_what_is_taken_back_leaves_its_owner_or_the_losses(broken: House) -> None:
    await story.booked(broken)
    await broken.system(payments.take_back, "c1")
    await broken.system(payments.reverse, 1)
    await cleo(broken)
    assert await offences(broken) == set()
    await redirected(broken, "deposit:c1:loss", "source_id", CLEOS, "losses:XTR")
    assert await offences(broken) == {("I13", "deposit:c1:loss")}


async def test_i14_a_transfer_is_as_old_as_its_act(broken: House) -> None:
    """Older, it would have matured, and could be withdrawn."""
    await released(broken)
    old = broken.clock() - timedelta(days=30)
    shown = f"{old:%Y-%m-%dT%H:%M:%S.%fZ}"
    async with unguarded(broken):
        broken.sql("UPDATE transfers SET at = :old WHERE reason = 'payout'", old=shown)
    assert await offences(broken) == {("I14", "escrow:1:payout")}


def test_each_reason_has_actions_that_move_money_so_and_they_ask_its_switches() -> None:
    """MOVERS names actions that there are, with the gates of the reason; `ledger.transfer` holds everybody to it."""
    gates = {facts.name: facts.gates for facts in ACTIONS.values()}
    assert set(MOVERS) == set(Reason)
    assert {
        (reason, name) for reason, names in MOVERS.items() for name in names if gates[name] != GATES[reason]
    } == set()


WRONG_DEPOSITS = {
    "received although it is credited": "UPDATE deposits SET status = 'received'",
    "reversed, and nothing taken back": "UPDATE deposits SET status = 'reversed', taken_back_at = credited_at",
    "received, and nothing says that it was credited": "UPDATE deposits SET status = 'received', credited_at = NULL",
}


@pytest.mark.parametrize("what", WRONG_DEPOSITS)
async def test_a_forged_deposit_is_found_and_holds_up_no_other(broken: House, what: str) -> None:
    await released(broken)
    async with unguarded(broken):
        broken.sql(WRONG_DEPOSITS[what])
    found = await offences(broken)
    assert {("I9", "deposits 1"), ("I13", "c1")} & found
    async with broken.owner() as gate:
        await gate.database.write(guards.install)
    other = await broken.system(payments.receive, ANN, 10, "XTR", "c2")
    due = await broken.system.ask(payments.to_credit)
    came = await broken.system.each(payments.credit, sorted({1, *due}))
    assert came.done() == {other.id: 10}
    assert set(came.refused()) == {1}
    assert story.balance(broken, ANNS) == 610


async def test_a_deposit_that_says_it_was_credited_and_never_was_holds_up_no_other(broken: House) -> None:
    await released(broken)
    forged, other = [await broken.system(payments.receive, ANN, 10, "XTR", charge) for charge in ("c2", "c3")]
    async with unguarded(broken):
        broken.sql("UPDATE deposits SET credited_at = received_at WHERE id = :id", id=forged.id)
    assert ("I9", f"deposits {forged.id}") in await offences(broken)
    async with broken.owner() as gate:
        await gate.database.write(guards.install)
    came = await broken.system.each(payments.credit, [forged.id, other.id])
    assert (list(came.done()), list(came.refused())) == ([other.id], [forged.id])


async def test_a_forged_share_is_found_and_holds_up_no_other(broken: House) -> None:
    first = await story.booked(broken)
    second = await story.draft(broken, first.channel)
    await broken.gate.user(ANN)(escrow.hold, (second.id,))
    for message, placement in enumerate((first, second), 7):
        await story.succeed(broken, placement, message)
    async with unguarded(broken):
        broken.sql("UPDATE post_jobs SET share = 401 WHERE id = :id", id=first.id)
    assert ("I5", str(first.id)) in await offences(broken)
    async with broken.owner() as gate:
        await gate.database.write(guards.install)
    came = await broken.system.each(escrow.release, [first.id, second.id])
    assert (list(came.done()), list(came.refused())) == ([second.id], [first.id])


async def test_i13_what_was_taken_back_is_the_amount(broken: House) -> None:
    await story.booked(broken)
    await broken.system(payments.take_back, "c1")
    await broken.system(payments.reverse, 1)
    assert await offences(broken) == set()
    async with unguarded(broken):
        broken.sql("DELETE FROM ledger_entries WHERE transfer_key = 'deposit:c1:loss'")
        broken.sql("DELETE FROM transfers WHERE key = 'deposit:c1:loss'")
        broken.sql("UPDATE wallets SET balance = 0 WHERE kind = 'losses'")
        broken.sql("UPDATE wallets SET balance = -400 WHERE kind = 'external'")
    assert await offences(broken) == {("I13", "c1")}


async def test_i2_an_entry_is_about_what_its_transfer_is_about(broken: House) -> None:
    await released(broken)
    async with unguarded(broken):
        broken.sql("UPDATE ledger_entries SET reference_id = 77 WHERE transfer_key = 'escrow:1:payout'")
    assert ("I2", "escrow:1:payout") in await offences(broken)


FLIPS: dict[str, tuple[str, tuple[str, str]]] = {
    "an epoch that no flip has": (
        "UPDATE transfers SET epoch = 999 WHERE reason = 'payout'",
        ("I11", "escrow:1:payout"),
    ),
    "a flip is gone": ("DELETE FROM kill_switch_flips WHERE epoch = 2", ("I11", "3")),
    "the first flip is gone": ("DELETE FROM kill_switch_flips WHERE epoch = 1", ("I11", "2")),
    "a switch is not as its latest flip left it": (
        "UPDATE kill_switches SET enabled = NOT enabled WHERE key = 'payouts'",
        ("I11", "payouts"),
    ),
    "a switch stands at an older flip": (
        """UPDATE kill_switches SET enabled = false, epoch =
           (SELECT MIN(f.epoch) FROM kill_switch_flips f WHERE f.key = 'payouts') WHERE key = 'payouts'""",
        ("I11", "payouts"),
    ),
    "a limit is gone": ("UPDATE kill_switches SET max_open = 3 WHERE key = 'payouts'", ("I11", "payouts")),
}


@pytest.mark.parametrize("what", FLIPS)
async def test_i11_switches_and_transfers_follow_flips(broken: House, what: str) -> None:
    await released(broken)
    statement, offender = FLIPS[what]
    async with unguarded(broken):
        broken.sql(statement)
    assert offender in await offences(broken)


async def test_i5_the_fee_is_what_was_agreed(broken: House) -> None:
    await released(broken)
    async with unguarded(broken):
        for key, amount in (("escrow:1:payout", 399), ("escrow:1:fee", 1)):
            broken.sql("UPDATE transfers SET amount = :amount WHERE key = :key", amount=amount, key=key)
            changed = "amount = CASE WHEN amount < 0 THEN -:amount ELSE :amount END"
            broken.sql(f"UPDATE ledger_entries SET {changed} WHERE transfer_key = :key", amount=amount, key=key)
        broken.sql("UPDATE wallets SET balance = balance + 39 WHERE id = :id", id=BOBS)
        broken.sql("UPDATE wallets SET balance = balance - 39 WHERE id = 'fees:XTR'")
    assert await offences(broken) == {("I5", "1")}


@pytest.mark.parametrize("change", ["price = 5000", "fee_bps = 0"])
async def test_i5_what_is_held_and_paid_is_what_was_agreed(broken: House, change: str) -> None:
    await released(broken)
    async with unguarded(broken):
        broken.sql(f"UPDATE campaign_targets SET {change}")
    assert await offences(broken) == {("I5", "1")}


NOBODYS = "user:555:XTR"


async def test_i16_a_persons_wallet_needs_the_person(broken: House) -> None:
    await released(broken)
    broken.sql(
        """INSERT INTO wallets (id, kind, owner_id, currency, balance, created_at)
           SELECT 'user:' || 555 || ':XTR', 'user', 555, 'XTR', 0, created_at FROM wallets WHERE id = 'fees:XTR'"""
    )
    await broken.gate.user(ADMIN)(books.adjust, "t-1", ANNS, NOBODYS, 5, "a letter")
    assert await offences(broken) == {("I16", NOBODYS)}


HUGE = 2**63 - 1


async def test_balances_too_large_to_add_up_are_named(broken: House) -> None:
    await released(broken)
    for wallet in ("fees:XTR", ANNS):
        broken.sql("UPDATE wallets SET balance = :huge WHERE id = :id", huge=HUGE, id=wallet)
    found = {(o.invariant, o.subject) for o in await broken.system.ask(books.check)}
    assert {("I1", "fees:XTR"), ("I1", ANNS), ("I3", "XTR")} <= found
    await broken.system.ask(books.check, incremental=True)


async def test_entries_too_large_to_add_up_are_named(broken: House) -> None:
    await released(broken)
    await seal(broken.system)
    async with unguarded(broken):
        for key in ("deposit:c1", "escrow:1:payout"):
            broken.sql(
                "INSERT INTO ledger_entries (transfer_key, wallet_id, amount, reason) VALUES (:key, 'fees:XTR', :huge, 'fee')",
                key=key,
                huge=HUGE,
            )
    for incremental in (False, True):
        found = {(o.invariant, o.subject) for o in await broken.system.ask(books.check, incremental=incremental)}
        assert {("I2", "deposit:c1"), ("I2", "escrow:1:payout")} <= found
        assert [subject for invariant, subject in found if invariant == "I1"]

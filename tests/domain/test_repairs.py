"""Mending the books, the second signature, the seals, statements and reserves, and Stars that were taken back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from domain import books, checks, countersigns, escrow, kill_switches, ledger, payments
from domain.action import Limit, Switch, Terms
from domain.books import checkpoints
from domain.countersigns import BadCountersign, NeedsCountersign, OwnCountersign
from domain.errors import NeedsOwner, NotAllowed, NotFound, OutOfRange, Refusal, Refused, WrongState
from domain.money import MOST
from domain.post_jobs import AttemptStatus, Status
from scheduler.sealing import seal
from storage import guards
from tests import story
from tests.conftest import ADMIN, OTHER_ADMIN, House
from tests.domain.test_books import broken, offences, released, unguarded
from tests.story import ANN, BOB

__all__ = ["broken"]  # a fixture


def owner(house: House, who: int = ADMIN) -> Any:
    """Somebody at the shell, with the owner's address."""

    async def do(*act: Any) -> Any:
        async with house.owner() as gate:
            return await gate.user(who)(*act)

    return do


@pytest_asyncio.fixture
async def strict(house: House) -> AsyncIterator[House]:
    """A house that asks for countersigns, as production does."""
    await story.people(house, ANN, BOB, ADMIN, OTHER_ADMIN)
    house.gate = replace(house.gate, terms=replace(Terms(), countersign=True, verdict_limit=399))
    yield house


async def test_rebuild_lets_the_ledger_win(broken: House) -> None:
    await released(broken)
    wallet = f"user:{BOB}:XTR"
    broken.sql("UPDATE wallets SET balance = balance + 1 WHERE id = :id", id=wallet)
    assert await owner(broken)(books.rebuild, wallet, "drill") == (361, 360)
    assert await offences(broken) == set()
    with pytest.raises(Refused) as refused:
        await owner(broken)(books.rebuild, wallet, "drill")
    assert refused.value.refusal == books.NothingToRepair(wallet)


async def test_repairs_run_only_through_the_owners_address(broken: House) -> None:
    await released(broken)
    wallet = f"user:{BOB}:XTR"
    broken.sql("UPDATE wallets SET balance = balance + 1 WHERE id = :id", id=wallet)
    with pytest.raises(Refused) as refused:
        await broken.gate.user(ADMIN)(books.rebuild, wallet, "drill")
    assert refused.value.refusal == NeedsOwner("books.rebuild")
    with pytest.raises(Refused) as refused:
        await owner(broken, BOB)(books.rebuild, wallet, "mine")
    assert refused.value.refusal == NotAllowed("books.rebuild")


async def test_an_entry_too_many_is_completed_and_can_then_be_reversed(broken: House) -> None:
    await released(broken)
    wallet = f"user:{BOB}:XTR"
    async with unguarded(broken):
        broken.sql(
            "INSERT INTO ledger_entries (transfer_key, wallet_id, amount, reason) VALUES ('deposit:c1', :w, 5, 'deposit')",
            w=wallet,
        )
    entry = broken.sql.one("SELECT MAX(id) FROM ledger_entries")
    assert {("I1", wallet), ("I2", "deposit:c1")} <= await offences(broken)
    await owner(broken)(books.repair_entry, entry, "drill")
    assert await offences(broken) == set()
    assert story.balance(broken, wallet) == 365
    with pytest.raises(Refused):
        await owner(broken)(books.repair_entry, entry, "again")
    assert broken.sql.one("SELECT balance FROM wallets WHERE id = 'losses:XTR'") == -5
    await broken.gate.user(ADMIN)(books.adjust, "ticket-1", wallet, "losses:XTR", 5, "no evidence for it")
    assert broken.sql("SELECT balance FROM wallets WHERE id IN (:w, 'losses:XTR') ORDER BY balance", w=wallet) == [
        {"balance": 0},
        {"balance": 360},
    ]
    assert await offences(broken) == set()


async def test_a_good_entry_is_not_repaired(broken: House) -> None:
    await released(broken)
    with pytest.raises(Refused) as refused:
        await owner(broken)(books.repair_entry, 1, "drill")
    assert refused.value.refusal == books.NothingToRepair("1")


EXTRA = "INSERT INTO ledger_entries (transfer_key, wallet_id, amount, reason) VALUES (:key, :wallet, :amount, :reason)"


async def added(house: House, wallet: str, amount: int, key: str = "deposit:c1", reason: str = "deposit") -> int:
    """An entry that an intruder with the owner's power wrote; the guards are back."""
    async with unguarded(house):
        house.sql(EXTRA, key=key, wallet=wallet, amount=amount, reason=reason)
    async with house.owner() as gate:
        await gate.database.write(guards.install)
    return int(house.sql.one("SELECT MAX(id) FROM ledger_entries"))


async def refused(house: House, *act: Any) -> Refusal:
    """Refused through the owner's address, and nothing is changed."""
    picture = house.sql.picture()
    with pytest.raises(Refused) as came:
        await owner(house)(*act)
    assert house.sql.picture() == picture
    return came.value.refusal


@pytest.mark.parametrize("is_sealed", [False, True])
async def test_an_entry_that_was_changed_is_set_to_what_its_transfer_says(broken: House, is_sealed: bool) -> None:
    placement = await released(broken)
    if is_sealed:
        await broken.system(books.checkpoint)
    key, wallet = f"escrow:{placement.id}:payout", f"user:{BOB}:XTR"
    entry = broken.sql.one("SELECT id FROM ledger_entries WHERE transfer_key = :k AND amount = 360", k=key)
    async with unguarded(broken):
        broken.sql("UPDATE ledger_entries SET amount = 400, reason = 'rebate' WHERE id = :id", id=entry)
    assert {("I1", wallet), ("I2", key)} <= await offences(broken)
    assert await refused(broken, books.rebuild, wallet, "drill") == books.RepairFirst(entry, wallet)
    assert await owner(broken)(books.repair_entry, entry, "drill") == entry
    assert await offences(broken) == set()
    assert story.balance(broken, wallet) == 360
    assert await refused(broken, books.repair_entry, entry, "drill") == books.NothingToRepair(str(entry))


async def test_a_seal_that_was_broken_before_does_not_stand_in_the_way_of_a_repair(broken: House) -> None:
    placement = await released(broken)
    await broken.system(books.checkpoint)
    other = await story.draft(broken, placement.channel)
    await broken.gate.user(ANN)(escrow.hold, (other.id,))
    first, last = broken.sql(
        "SELECT MIN(id) AS id FROM ledger_entries UNION SELECT MAX(id) FROM ledger_entries ORDER BY id"
    )
    async with unguarded(broken):
        broken.sql("UPDATE checkpoints SET actor = 'user:1'")
        broken.sql("UPDATE ledger_entries SET amount = amount + 1 WHERE id IN (:a, :b)", a=first["id"], b=last["id"])
    for row in (last, first):
        assert await owner(broken)(books.repair_entry, row["id"], "drill") == row["id"]
    assert await offences(broken) == {("I12", "checkpoint 1")}


async def test_what_took_too_much_from_a_wallet_is_set_right(broken: House) -> None:
    placement = await released(broken)
    wallet = f"user:{ANN}:XTR"
    there = story.balance(broken, wallet)
    wanted = "SELECT id FROM ledger_entries WHERE wallet_id = :w AND transfer_key = :k"
    entry = broken.sql.one(wanted, w=wallet, k=f"escrow:{placement.id}:hold")
    async with unguarded(broken):
        broken.sql("UPDATE ledger_entries SET amount = amount - :there WHERE id = :id", there=there, id=entry)
    assert await owner(broken)(books.repair_entry, entry, "drill") == entry
    assert await offences(broken) == set()
    assert story.balance(broken, wallet) == there


@pytest.mark.parametrize("which", ["MIN(id)", "MAX(id)"])
async def test_an_entry_that_was_changed_before_it_was_sealed_is_left_alone(broken: House, which: str) -> None:
    await released(broken)
    entry = broken.sql.one(f"SELECT {which} FROM ledger_entries")
    async with unguarded(broken):
        broken.sql("UPDATE ledger_entries SET amount = amount + 1 WHERE id = :id", id=entry)
    await broken.system(books.checkpoint)
    assert await refused(broken, books.repair_entry, entry, "drill") == books.SealedAsItIs(entry)


async def test_where_neither_entry_is_as_the_transfer_says_nobody_can_tell(broken: House) -> None:
    placement = await released(broken)
    key = f"escrow:{placement.id}:payout"
    async with unguarded(broken):
        broken.sql("UPDATE transfers SET amount = 361 WHERE key = :k", k=key)
    entry = broken.sql.one("SELECT id FROM ledger_entries WHERE transfer_key = :k AND amount = 360", k=key)
    assert await refused(broken, books.repair_entry, entry, "drill") == books.TransferUneven(key)
    added_too = await added(broken, f"user:{ANN}:XTR", 5, key)
    first = broken.sql.one("SELECT MIN(id) FROM ledger_entries WHERE transfer_key = :k", k=key)
    assert isinstance(came := await refused(broken, books.repair_entry, added_too, "drill"), books.RepairFirst)
    assert came.entry == first


@pytest.mark.parametrize("how", ["DELETE FROM ledger_entries", "UPDATE ledger_entries SET wallet_id = 'losses:XTR'"])
async def test_where_an_entry_is_missing_no_balance_is_set_to_the_rest(broken: House, how: str) -> None:
    placement = await released(broken)
    key, wallet = f"escrow:{placement.id}:payout", f"user:{BOB}:XTR"
    entry = broken.sql.one("SELECT id FROM ledger_entries WHERE transfer_key = :k AND amount = 360", k=key)
    async with unguarded(broken):
        broken.sql(f"{how} WHERE id = :id", id=entry)
    found = {(one.invariant, one.subject) for one in await broken.system.ask(books.check)}
    assert {("I1", wallet), ("I2", key)} <= found
    assert await refused(broken, books.rebuild, wallet, "drill") == books.TransferUneven(key)
    added_too = await added(broken, wallet, 5)
    assert await refused(broken, books.repair_entry, added_too, "drill") == books.TransferUneven(key)


async def test_what_would_leave_a_wallet_below_zero_waits_for_money(broken: House) -> None:
    await released(broken)
    wallet = f"user:{BOB}:XTR"
    entry = await added(broken, wallet, -500)
    assert await refused(broken, books.repair_entry, entry, "drill") == books.Overdrawn(wallet, 140)
    assert await refused(broken, books.rebuild, wallet, "drill") == books.RepairFirst(entry, wallet)
    await broken.gate.user(ADMIN)(books.adjust, "t1", "losses:XTR", wallet, 140, "for the repair")
    await owner(broken)(books.repair_entry, entry, "drill")
    assert (await offences(broken), story.balance(broken, wallet)) == (set(), 0)


async def test_all_that_was_added_under_one_transfer_is_completed_at_once(broken: House) -> None:
    await released(broken)
    one = await added(broken, f"user:{BOB}:XTR", 5)
    other = await added(broken, "fees:XTR", 7)
    made = await owner(broken)(books.repair_entry, one, "drill")
    assert broken.sql("SELECT wallet_id, amount FROM ledger_entries WHERE id = :id", id=made) == [
        {"wallet_id": "losses:XTR", "amount": -12}
    ]
    assert await offences(broken) == set()
    assert await refused(broken, books.repair_entry, other, "drill") == books.NothingToRepair(str(other))


async def test_what_was_added_and_comes_to_nothing_needs_no_counterpart_and_touches_no_other_wallet(
    broken: House,
) -> None:
    await released(broken)
    await broken.gate.user(ADMIN)(books.adjust, "t1", "losses:XTR", "suspense:XTR", 3, "nobody knows whose")
    one = await added(broken, f"user:{BOB}:XTR", 5)
    await added(broken, "fees:XTR", -5)
    broken.sql("UPDATE wallets SET balance = balance + 1 WHERE id = 'suspense:XTR'")
    assert await owner(broken)(books.repair_entry, one, "drill") == one
    assert [story.balance(broken, wallet) for wallet in (f"user:{BOB}:XTR", "fees:XTR")] == [365, 35]
    assert await offences(broken) == {("I1", "suspense:XTR"), ("I3", "XTR")}


@pytest.mark.parametrize(
    ("wallet", "amount", "where"),
    [
        ("suspense:XTR", 5, "losses:XTR"),
        ("losses:XTR", 5, "fees:XTR"),
        ("losses:XTR", -5, "suspense:XTR"),
        ("losses:XTR", 41, None),
    ],
)
async def test_the_counterpart_lies_where_the_transfer_has_nothing_yet_and_there_is_enough(
    broken: House, wallet: str, amount: int, where: str | None
) -> None:
    await released(broken)
    entry = await added(broken, wallet, amount)
    if where is None:
        assert await refused(broken, books.repair_entry, entry, "drill") == books.NoCounterpart(entry, amount)
        await broken.gate.user(ADMIN)(books.adjust, "t1", f"user:{ANN}:XTR", "suspense:XTR", amount, "for the repair")
        where = "suspense:XTR"
    made = await owner(broken)(books.repair_entry, entry, "drill")
    assert broken.sql.one("SELECT wallet_id FROM ledger_entries WHERE id = :id", id=made) == where
    assert await offences(broken) == set()


@pytest.mark.parametrize("kind", ["escrow", "withdrawal"])
async def test_an_entry_added_to_what_is_set_aside_is_not_repaired(broken: House, kind: str) -> None:
    if kind == "escrow":
        await story.booked(broken)
    else:
        await story.earned(broken)
        await story.withdrawal(broken)
    entry = await added(broken, f"{kind}:1", 5)
    refusal = books.AddedToSetAside(entry, f"{kind}:1")
    assert await refused(broken, books.repair_entry, entry, "drill") == refusal
    assert await refused(broken, books.rebuild, f"{kind}:1", "drill") == books.RepairFirst(entry, f"{kind}:1")


async def test_a_forged_release_is_held_again_and_then_pays_once(broken: House) -> None:
    """What moved for another placement is not what moved for this one."""
    other = await released(broken)
    placement = await story.draft(broken, other.channel)
    await broken.gate.user(ANN)(escrow.hold, (placement.id,))
    await story.succeed(broken, placement, 8)
    async with unguarded(broken):
        broken.sql("UPDATE escrows SET status = 'released', resolved_at = created_at WHERE id = :id", id=placement.id)
        broken.sql("UPDATE campaign_targets SET status = 'posted' WHERE id = :id", id=placement.id)
    assert ("I5", str(placement.id)) in await offences(broken)
    await owner(broken)(books.repair_escrow, placement.id, "drill")
    assert await offences(broken) == set()
    await broken.system(escrow.release, placement.id)
    assert story.balance(broken, f"user:{BOB}:XTR") == 2 * 360
    with pytest.raises(Refused):
        await owner(broken)(books.repair_escrow, placement.id, "again")


async def test_the_guards_are_back_after_a_repair(broken: House) -> None:
    await released(broken)
    broken.sql("UPDATE wallets SET balance = balance + 1 WHERE id = 'fees:XTR'")
    await owner(broken)(books.rebuild, "fees:XTR", "drill")
    with pytest.raises((psycopg.Error, Exception), match="append-only"):
        broken.sql("DELETE FROM transfers")


async def test_an_adjustment_answers_its_first_result_and_refuses_another_content(house: House) -> None:
    await story.booked(house)
    admin, wallet = house.gate.user(ADMIN), f"user:{ANN}:XTR"
    first = await admin(books.adjust, "t1", wallet, "suspense:XTR", 5, "ticket 1")
    assert await admin(books.adjust, "t1", wallet, "suspense:XTR", 5, "ticket 1") == first
    assert story.balance(house, wallet) == 595
    with pytest.raises(Refused) as refused:
        await admin(books.adjust, "t1", wallet, "suspense:XTR", 6, "ticket 1")
    assert refused.value.refusal == books.KeyTaken("t1")


async def test_an_adjustment_with_other_evidence_is_another_one(house: House) -> None:
    await story.booked(house)
    admin, given = house.gate.user(ADMIN), ("t1", f"user:{ANN}:XTR", "suspense:XTR", 5)
    first = await admin(books.adjust, *given, " ticket 1 ")
    picture = house.sql.picture()
    assert await admin(books.adjust, *given, "ticket 1") == first
    with pytest.raises(Refused) as refused:
        await admin(books.adjust, *given, "ticket 2")
    assert refused.value.refusal == books.KeyTaken("t1")
    assert house.sql.picture() == picture


async def test_without_a_key_or_evidence_nothing_is_mended(broken: House) -> None:
    await released(broken)
    wallet = f"user:{BOB}:XTR"
    entry = await added(broken, wallet, 5)
    broken.sql("UPDATE wallets SET balance = balance + 1 WHERE id = 'fees:XTR'")
    evidence = OutOfRange("evidence", 1, books.MOST_EVIDENCE)
    given = wallet, "suspense:XTR", 5
    assert await refused(broken, books.adjust, "  ", *given, "why") == OutOfRange("key", 1, books.MOST_KEY)
    for act in (
        (books.adjust, "t1", *given),
        (books.rebuild, "fees:XTR"),
        (books.repair_entry, entry),
        (books.repair_escrow, 1),
    ):
        for words in ("  \n", "x" * (books.MOST_EVIDENCE + 1)):
            assert await refused(broken, *act, words) == evidence


async def test_what_is_not_there_is_not_mended(broken: House) -> None:
    await released(broken)
    for act, subject, noun in (
        (books.rebuild, "user:555:XTR", "wallets"),
        (books.repair_entry, 555, "ledger_entries"),
        (books.repair_escrow, 555, "escrow"),
    ):
        assert await refused(broken, act, subject, "drill") == NotFound(noun)


@pytest.mark.parametrize(
    ("source", "destination", "amount", "refusal"),
    [
        (f"user:{ANN}:XTR", "suspense:XTR", 601, "wallet-short"),
        (f"user:{ANN}:XTR", "suspense:XTR", 0, "out-of-range"),
        (f"user:{ANN}:XTR", "suspense:XTR", MOST + 1, "out-of-range"),
        ("escrow:1", "suspense:XTR", 5, "not-adjustable"),
        ("suspense:XTR", "withdrawal:1", 5, "not-found"),
        ("suspense:XTR", "escrow:1", 5, "not-adjustable"),
        ("fees:XTR", "fees:XTR", 5, "same-wallet"),
        ("escrow:1", "escrow:1", 5, "same-wallet"),
        ("user:555:XTR", "fees:XTR", 5, "not-found"),
    ],
)
async def test_an_adjustment_cannot_touch_what_is_set_aside(
    house: House, source: str, destination: str, amount: int, refusal: str
) -> None:
    await story.booked(house)
    picture = house.sql.picture()
    with pytest.raises(Refused) as refused:
        await house.gate.user(ADMIN)(books.adjust, "t1", source, destination, amount, "why")
    assert refused.value.refusal.key() == refusal
    assert house.sql.picture() == picture
    with pytest.raises(Refused) as rehearsed:
        await house.gate.user(ADMIN).ask(books.rehearse, "t1", source, destination, amount, "why")
    assert rehearsed.value.refusal == refused.value.refusal
    if refusal == "out-of-range":
        assert refused.value.refusal == OutOfRange("amount", 1, MOST)


async def signed(house: House, needs: NeedsCountersign) -> int:
    asked = await house.gate.user(ADMIN)(countersigns.ask, needs.act, needs.arguments)
    await house.gate.user(OTHER_ADMIN)(countersigns.sign, asked.id)
    return int(asked.id)


async def test_money_that_was_halted_anew_is_not_resumed_by_a_signature_for_the_earlier_halt(strict: House) -> None:
    admin, resume = strict.gate.user(ADMIN), (kill_switches.resume, [Switch.money_movement])
    await admin(kill_switches.init)
    numbers = []
    for why in ("one", "two", "two"):
        with pytest.raises(Refused) as came:
            await admin(*resume, why)
        needs = came.value.refusal
        assert isinstance(needs, NeedsCountersign)
        numbers.append(await signed(strict, needs))
        if len(numbers) == 2:
            await admin(*resume, "one", countersign=numbers[0])
            await strict.gate.system("rollback")(kill_switches.halt, [Switch.money_movement], "R1")
            with pytest.raises(Refused) as came:
                await admin(*resume, "two", countersign=numbers[1])
            assert came.value.refusal == BadCountersign(numbers[1])
    assert len({*numbers}) == 3
    assert await admin(*resume, "two", countersign=numbers[2]) == [Switch.money_movement]


async def test_resuming_money_needs_another_admin_in_production(strict: House) -> None:
    admin = strict.gate.user(ADMIN)
    await admin(kill_switches.init)
    with pytest.raises(Refused) as refused:
        await admin(kill_switches.resume, [Switch.money_movement], "go")
    needs = refused.value.refusal
    assert isinstance(needs, NeedsCountersign)
    asked = await admin(countersigns.ask, needs.act, needs.arguments)
    assert (await admin(countersigns.ask, needs.act, needs.arguments)).id == asked.id
    for number in (asked.id, 99):  # not signed yet, and never asked for
        with pytest.raises(Refused) as refused:
            await admin(kill_switches.resume, [Switch.money_movement], "go", countersign=number)
        assert refused.value.refusal == BadCountersign(number)
    with pytest.raises(Refused) as refused:
        await admin(countersigns.sign, asked.id)
    assert refused.value.refusal == OwnCountersign()
    await strict.gate.user(OTHER_ADMIN)(countersigns.sign, asked.id)
    signed_by = strict.sql("SELECT actor FROM audit_events WHERE action = 'countersigns.sign' AND refusal IS NULL")
    assert signed_by == [{"actor": f"user:{OTHER_ADMIN}"}]
    with pytest.raises(Refused):  # signed for the asker, for that act, and for nobody and nothing else
        await strict.gate.user(OTHER_ADMIN)(kill_switches.resume, [Switch.money_movement], "go", countersign=asked.id)
    both = [Switch.money_movement, Switch.payouts]
    with pytest.raises(Refused):
        await admin(kill_switches.resume, both, "go", countersign=asked.id)
    assert await admin(kill_switches.resume, [Switch.money_movement], "go", countersign=asked.id) == [
        Switch.money_movement
    ]
    await admin(kill_switches.halt, [Switch.money_movement], "stop")
    with pytest.raises(Refused) as refused:  # it serves once
        await admin(kill_switches.resume, [Switch.money_movement], "go", countersign=asked.id)
    assert refused.value.refusal == BadCountersign(asked.id)


async def test_another_limit_of_money_needs_another_admin_in_production_and_the_same_one_does_not(
    strict: House,
) -> None:
    admin, keys = strict.gate.user(ADMIN), [Switch.money_movement]
    await admin(kill_switches.init)
    with pytest.raises(Refused) as refused:
        await admin(kill_switches.resume, keys, "go", Limit(5))
    needs = refused.value.refusal
    assert isinstance(needs, NeedsCountersign)
    assert await admin(kill_switches.resume, keys, "go", Limit(5), countersign=await signed(strict, needs)) == keys
    assert await admin(kill_switches.resume, keys, "go", Limit(5)) == []
    for limit in (Limit(6), kill_switches.UNLIMITED):
        with pytest.raises(Refused) as refused:
            await admin(kill_switches.resume, keys, "go", limit)
        assert isinstance(refused.value.refusal, NeedsCountersign)


async def test_a_signature_serves_once_also_for_the_same_act(broken: House) -> None:
    await released(broken)
    await story.people(broken, ADMIN, OTHER_ADMIN)
    broken.gate = replace(broken.gate, terms=replace(broken.gate.terms, countersign=True))
    wallet = f"user:{BOB}:XTR"
    damage, given = f"UPDATE wallets SET balance = balance + 1 WHERE id = '{wallet}'", (books.rebuild, wallet, "drill")
    broken.sql(damage)
    needs = await refused(broken, *given)
    assert isinstance(needs, NeedsCountersign)
    number = await signed(broken, needs)
    assert await owner(broken)(*given, number) == (361, 360)
    broken.sql(damage)
    assert await refused(broken, *given, number) == BadCountersign(number)


DAMAGE: dict[str, tuple[Any, Any, str, dict[str, Any]]] = {
    "a balance": (
        books.rebuild,
        "fees:XTR",
        "UPDATE wallets SET balance = 41 WHERE id = 'fees:XTR'",
        {"wallet": "fees:XTR", "from": 41, "to": 40},
    ),
    "an entry": (
        books.repair_entry,
        1,
        "UPDATE ledger_entries SET amount = -1001 WHERE id = 1",
        {"entry": 1, "wallet": "external:XTR", "amount": -1001, "lawful": -1000, "others": []},
    ),
    "two entries too many": (
        books.repair_entry,
        11,
        EXTRA.partition("VALUES")[0]
        + "VALUES ('deposit:c1', 'fees:XTR', 5, 'deposit'), ('deposit:c1', 'user:202:XTR', 7, 'deposit')",
        {"entry": 11, "wallet": "fees:XTR", "amount": 5, "lawful": None, "others": [12]},
    ),
    "an escrow": (
        books.repair_escrow,
        2,
        "UPDATE escrows SET status = 'released', resolved_at = created_at WHERE id = 2",
        {"escrow": 2, "from": "released"},
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
async def test_a_repair_in_production_is_what_another_admin_has_signed(broken: House, what: str) -> None:
    act, subject, damage, given = DAMAGE[what]
    placement = await story.draft(broken, (await released(broken)).channel)
    await broken.gate.user(ANN)(escrow.hold, (placement.id,))
    await story.succeed(broken, placement, 8)
    await story.people(broken, ADMIN, OTHER_ADMIN)
    broken.gate = replace(broken.gate, terms=replace(broken.gate.terms, countersign=True))
    async with unguarded(broken):
        broken.sql(damage)
    needs = await refused(broken, act, subject, "drill")
    assert isinstance(needs, NeedsCountersign)
    assert needs.arguments == given | {"evidence": "drill"}
    number = await signed(broken, needs)
    assert await refused(broken, act, subject, "another", number) == BadCountersign(number)
    await owner(broken)(act, subject, "drill", number)
    assert await offences(broken) == set()
    told = "SELECT actor, noun, subject FROM audit_events WHERE action = :name AND refusal IS NULL AND noun = :noun"
    noun = {books.rebuild: "wallets", books.repair_escrow: "escrow"}.get(act, "ledger_entries")
    assert {"actor": f"user:{ADMIN}", "noun": noun, "subject": str(subject)} in broken.sql(
        told, name=needs.act, noun=noun
    )


async def test_who_asks_for_the_same_act_as_another_has_a_signature_of_their_own(strict: House) -> None:
    one, other = [
        await strict.gate.user(admin)(countersigns.ask, "books.adjust", {"key": "t1"}) for admin in (ADMIN, OTHER_ADMIN)
    ]
    assert (one.asked_by, other.asked_by) == (ADMIN, OTHER_ADMIN)


async def test_who_asks_for_the_same_act_many_times_at_once_has_one_number_and_one_card_for_the_others(
    strict: House,
) -> None:
    admin = strict.gate.user(ADMIN)
    asked = await asyncio.gather(*(admin(countersigns.ask, "books.adjust", {"key": "t1"}) for _ in range(8)))
    assert len({one.id for one in asked}) == 1
    assert strict.sql("SELECT user_id FROM notices WHERE kind = 'countersign'") == [{"user_id": OTHER_ADMIN}]


async def test_a_signature_serves_until_its_time_is_over_and_no_longer(strict: House) -> None:
    admin = strict.gate.user(ADMIN)
    await admin(kill_switches.init)
    for late in (0, 1):
        with pytest.raises(Refused) as refused:
            await admin(kill_switches.resume, [Switch.money_movement], "go")
        needs = refused.value.refusal
        assert isinstance(needs, NeedsCountersign)
        number = await signed(strict, needs)
        strict.clock.forward(hours=24, microseconds=late - 1)
        again = admin(kill_switches.resume, [Switch.money_movement], "go", countersign=number)
        if late:
            with pytest.raises(Refused) as refused:
                await again
            assert refused.value.refusal == BadCountersign(number)
        else:
            assert await again == [Switch.money_movement]
            await admin(kill_switches.halt, [Switch.money_movement], "stop")


async def test_a_signature_does_not_outlive_the_rights_of_whoever_signed(strict: House) -> None:
    wallet = f"user:{ANN}:XTR"
    await strict.gate.user(ADMIN)(kill_switches.init)
    once = replace(strict.gate, terms=replace(strict.gate.terms, countersign=False))
    await once.user(ADMIN)(kill_switches.resume, [Switch.money_movement], "go")
    await story.fund(strict, ANN, 100, "c1")
    act = (books.adjust, "t1", wallet, "suspense:XTR", 5, "ticket 1")
    with pytest.raises(Refused) as came:
        await strict.gate.user(ADMIN)(*act)
    needs = came.value.refusal
    assert isinstance(needs, NeedsCountersign)
    number = await signed(strict, needs)
    later = replace(strict.gate, admins=frozenset({ADMIN, 9003}))
    with pytest.raises(Refused) as came:
        await later.user(ADMIN)(*act, number)
    assert came.value.refusal == BadCountersign(number)
    await strict.gate.user(ADMIN)(*act, number)


async def test_a_refused_act_does_not_use_its_countersign_up(strict: House) -> None:
    admin = strict.gate.user(ADMIN)
    await admin(kill_switches.init)
    epoch = strict.sql.one("SELECT epoch FROM kill_switches WHERE key = 'money_movement'")
    given = {"keys": ["money_movement"], "reason": "go", "limit": None, "epoch": epoch}
    needs = NeedsCountersign("kill_switches.resume", given)
    number = await signed(strict, needs)
    strict.clock.forward(hours=25)
    with pytest.raises(Refused) as refused:
        await admin(kill_switches.resume, [Switch.money_movement], "go", countersign=number)
    assert refused.value.refusal == BadCountersign(number)
    assert await strict.system(countersigns.expire) == [number]
    with pytest.raises(Refused) as refused:
        await strict.gate.user(OTHER_ADMIN)(countersigns.sign, number)
    assert refused.value.refusal == WrongState("countersigns", "expired")


async def test_a_verdict_above_the_limit_needs_another_admin(house: House) -> None:
    placement = await story.booked(house)
    await story.people(house, OTHER_ADMIN)
    await story.approve(house, placement)
    await story.recorded(house, AttemptStatus.unknown, error="timeout")
    house.gate = replace(house.gate, terms=replace(Terms(), countersign=True, verdict_limit=399))
    admin = house.gate.user(ADMIN)
    with pytest.raises(Refused) as refused:
        await admin(checks.verdict, placement.id, Status.failed, "looked")
    needs = refused.value.refusal
    assert isinstance(needs, NeedsCountersign)
    number = await signed(house, needs)
    assert await admin(checks.verdict, placement.id, Status.failed, "looked", countersign=number) == Status.failed
    house.gate = replace(house.gate, terms=Terms())
    house.clock.forward(hours=25)
    assert await house.system(countersigns.expire) == []  # what was used has not run out
    assert house.sql.one("SELECT status FROM countersigns") == "used"
    await house.system(escrow.refund, placement.id)


@pytest.mark.parametrize("act", [countersigns.ask, countersigns.sign])
async def test_people_cannot_countersign(strict: House, act: Any) -> None:
    with pytest.raises(Refused) as refused:
        await strict.gate.user(ANN)(act, *((1,) if act is countersigns.sign else ("books.adjust", {})))
    assert isinstance(refused.value.refusal, NotAllowed)


async def test_a_checkpoint_seals_what_was_appended_and_chains(house: House) -> None:
    placement = await story.booked(house)
    assert await seal(house.system) == 1
    assert await seal(house.system) is None
    await story.succeed(house, placement)
    await house.system(escrow.release, placement.id)
    assert await seal(house.system) == 2
    rows = house.sql("SELECT hash, previous, entry_id FROM checkpoints ORDER BY id")
    assert rows[1]["previous"] == rows[0]["hash"]
    assert [row["entry_id"] for row in rows] == [4, 8]
    assert await house.system.ask(books.check, incremental=True) == []


TAMPERING = {
    "an entry": "UPDATE ledger_entries SET reference_id = 77 WHERE id = 1",
    "a transfer": "UPDATE transfers SET actor = 'user:1' WHERE key = 'deposit:c1'",
    "audit": "UPDATE audit_events SET actor = 'user:1' WHERE act_id = (SELECT act_id FROM transfers WHERE key = 'deposit:c1')",
    "a flip": "UPDATE kill_switch_flips SET reason = 'other' WHERE epoch = 1",
    "the last entry": "UPDATE ledger_entries SET reference_id = 77 WHERE id = (SELECT entry_id FROM checkpoints)",
    "the last event": "UPDATE audit_events SET actor = 'user:1' WHERE id = (SELECT event_id FROM checkpoints)",
    "the last flip": "UPDATE kill_switch_flips SET reason = 'other' WHERE epoch = (SELECT epoch FROM checkpoints)",
}


@pytest.mark.parametrize("what", TAMPERING)
async def test_i12_whoever_changes_what_is_sealed_is_found(broken: House, what: str) -> None:
    await released(broken)
    await seal(broken.system)
    async with unguarded(broken):
        broken.sql(TAMPERING[what])
    assert ("I12", "checkpoint 1") in await offences(broken)


async def test_much_is_sealed_in_segments_and_the_incremental_check_looks_at_the_newest(
    broken: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "SEGMENT", 3)
    await released(broken)
    events = broken.sql.one("SELECT COUNT(*) FROM audit_events")
    made = await seal(broken.system)
    assert made == -(-events // 3) > 4  # its own events are nothing new
    assert await seal(broken.system) is None
    rows = broken.sql("SELECT entry_id, event_id, entries, hash, previous FROM checkpoints ORDER BY id")
    assert [(row["entry_id"], row["entries"]) for row in rows] == [(3, 3), (6, 3), (8, 2)] + [(8, 0)] * (made - 3)
    assert [row["event_id"] for row in rows] == list(range(3, 3 * made + 1, 3))
    assert [row["previous"] for row in rows] == ["", *(row["hash"] for row in rows[:-1])]
    assert await offences(broken) == set()
    assert await broken.system.ask(books.check, incremental=True) == []
    async with unguarded(broken):
        broken.sql("UPDATE ledger_entries SET reference_id = 77 WHERE id IN (4, 8)")
        broken.sql("UPDATE audit_events SET noun = 'other' WHERE id = :last", last=rows[-1]["event_id"])
    wrong = {("I12", f"checkpoint {number}") for number in (2, 3, made)}
    assert {one for one in await offences(broken) if one[0] == "I12"} == wrong
    newest = {(o.invariant, o.subject) for o in await broken.system.ask(books.check, incremental=True)}
    assert {one for one in newest if one[0] == "I12"} == {("I12", f"checkpoint {made}")}


async def test_the_incremental_check_finds_what_is_wrong_since_the_checkpoint(broken: House) -> None:
    placement = await story.booked(broken)
    await seal(broken.system)
    await story.succeed(broken, placement)
    await broken.system(escrow.release, placement.id)
    assert await broken.system.ask(books.check, incremental=True) == []
    for wallet in (f"user:{BOB}:XTR", "fees:XTR", "external:XTR"):
        broken.sql("UPDATE wallets SET balance = balance + 1 WHERE id = :id", id=wallet)
    found = {(o.invariant, o.subject) for o in await broken.system.ask(books.check, incremental=True)}
    assert {("I1", f"user:{BOB}:XTR"), ("I1", "fees:XTR"), ("I1", "external:XTR"), ("I3", "XTR")} <= found


@pytest.mark.parametrize("wallet", [f"user:{BOB}:XTR", "withdrawal:1", "escrow:2"])
async def test_the_quick_check_adds_up_whatever_was_touched(broken: House, wallet: str) -> None:
    await story.earned(broken)
    await seal(broken.system)
    await story.withdrawal(broken)
    other = await story.draft(broken, 1)
    await broken.gate.user(ANN)(escrow.hold, (other.id,))
    broken.sql("UPDATE wallets SET balance = balance + 1 WHERE id = :id", id=wallet)
    found = {(o.invariant, o.subject) for o in await broken.system.ask(books.check, incremental=True)}
    assert ("I1", wallet) in found


async def test_stars_taken_back_come_from_the_wallet_and_the_rest_from_the_house(house: House) -> None:
    await story.booked(house, money=1000, price=400)
    await house.system(payments.take_back, "c1")
    assert await house.system.ask(payments.to_reverse) == [1]
    assert await house.system(payments.reverse, 1) == 400
    assert story.balance(house, f"user:{ANN}:XTR") == 0
    assert house.sql.one("SELECT balance FROM wallets WHERE id = 'losses:XTR'") == -400
    assert house.sql.one("SELECT balance FROM wallets WHERE id = 'external:XTR'") == 0
    assert house.sql.one("SELECT COUNT(*) FROM users WHERE blocked_at IS NOT NULL") == 1
    assert await house.system(payments.reverse, 1) == 400  # the first answer
    assert house.sql.one("SELECT balance FROM wallets WHERE id = 'losses:XTR'") == -400
    with pytest.raises(Refused) as refused:  # a blocked user starts nothing new
        await house.gate.user(ANN)(payments.invoice, 5)
    assert refused.value.refusal == NotAllowed("payments.invoice")


async def test_stars_taken_back_before_they_were_credited_are_never_credited(house: House) -> None:
    await story.people(house)
    await story.switches(house, *Switch)
    deposit = await house.system(payments.receive, ANN, 50, "XTR", "c1")
    await asyncio.gather(*(house.system(payments.take_back, "c1") for _ in range(4)))
    told = house.sql("SELECT user_id, about FROM notices WHERE kind = 'taken-back'")
    assert told == [{"user_id": ADMIN, "about": deposit.id}]
    audited = house.sql("SELECT noun, subject FROM audit_events WHERE action = 'payments.take_back' ORDER BY id")
    assert [tuple(one.values()) for one in audited] == [("payments", str(deposit.id)), ("users", str(ANN))]
    assert await house.system.ask(payments.to_credit) == []
    with pytest.raises(Refused):
        await house.system(payments.credit, deposit.id)
    assert await house.system(payments.reverse, deposit.id) == 0
    assert house.sql.one("SELECT COUNT(*) FROM transfers") == 0


async def test_a_statement_tells_the_balance_after_each_entry_whatever_page_it_is_on(house: House) -> None:
    placement = await story.booked(house, money=1000, price=400)
    await story.fund(house, ANN, 7, "c2")
    await story.decline(house, placement)
    await house.system(escrow.refund, placement.id)
    await story.fund(house, BOB, 5, "c3")
    ann, mine = house.gate.user(ANN), f"user:{ANN}:XTR"
    wanted = [(400, 1007), (7, 607), (-400, 600), (1000, 1000)]
    for size in range(1, 6):
        pages: list[Any] = []
        while page := await ann.ask(ledger.statement, mine, size, pages[-1].id if pages else None):
            assert len(page) <= size
            pages += page
        assert [(row.amount, row.balance_after) for row in pages] == wanted


async def test_reserves_compare_what_is_held_with_what_is_owed(house: House) -> None:
    await story.booked(house, money=1000, price=400)
    found = await house.gate.user(ADMIN).ask(books.reserves, held=900, outside=50)
    assert (found.users, found.escrows, found.owed, found.cover) == (600, 400, 1000, -50)


async def test_what_is_set_aside_to_be_paid_out_is_owed_and_fees_are_the_houses_own(house: House) -> None:
    await story.earned(house)
    await story.withdrawal(house, 300)
    found = await house.gate.user(ADMIN).ask(books.reserves, held=1000)
    assert (found.users, found.withdrawals, found.fees) == (660, 300, 40)
    assert (found.owed, found.cover) == (960, 40)


async def test_what_is_received_and_not_credited_and_what_lies_in_suspense_is_owed(house: House) -> None:
    await story.people(house)
    await story.switches(house, *Switch)
    await story.fund(house, ANN, 500, "c1")
    admin = house.gate.user(ADMIN)
    await admin(books.adjust, "t1", f"user:{ANN}:XTR", "suspense:XTR", 200, "ticket 1")
    await house.system(payments.receive, ANN, 70, "XTR", "c2")
    await house.system(payments.receive, ANN, 7, "XTR", "c3")
    await house.system(payments.take_back, "c3")
    found = await admin.ask(books.reserves, held=570)
    assert (found.users, found.suspense, found.received) == (300, 200, 70)
    assert (found.owed, found.cover) == (570, 0)

"""INT-KS-01: a halted switch is an authoritative gate. Every gated operation, every switch, both ways."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, select

from bot.cli.refusals import words
from domain import (
    agreements,
    books,
    escrow,
    kill_switches,
    launch,
    payments,
    post_jobs,
    proposals,
    rollback,
    withdrawals,
)
from domain.action import ACTIONS, STAFF, Limit, Switch
from domain.errors import Halted, NotAllowed, OutOfRange, Refused
from domain.escrow import OverLimit
from domain.ledger import GATES
from domain.post_jobs import AttemptStatus
from domain.users import MOST_REASON
from scheduler.loop import TICKS, Loop
from storage.database import Database
from tests import story
from tests.begun import begun
from tests.conftest import ADMIN, House, gate_of, unchanged
from tests.processes import run
from tests.scheduler.test_ticks import TICK_SWITCHES
from tests.story import ANN, BOB

Call = Callable[[], Awaitable[Any]]


@dataclass(frozen=True)
class Operation:
    """Something gated: how to come to the point, and the act itself."""

    action: Callable[..., Any]
    ready: Callable[[House], Awaitable[Call]]
    by_user: bool


async def _hold(house: House) -> Call:
    placement = await story.booked(house)
    second = await story.draft(house, placement.channel)
    return lambda: house.gate.user(ANN)(escrow.hold, (second.id,))


async def _release(house: House) -> Call:
    placement = await story.booked(house)
    await story.succeed(house, placement)
    return lambda: house.system(escrow.release, placement.id)


async def _refund(house: House) -> Call:
    placement = await story.booked(house)
    await story.decline(house, placement)
    return lambda: house.system(escrow.refund, placement.id)


async def _credit(house: House) -> Call:
    await story.booked(house)
    deposit = await house.system(payments.receive, ANN, 50, "XTR", "c2")
    return lambda: house.system(payments.credit, deposit.id)


async def _check_out(house: House) -> Call:
    await story.booked(house)
    deposit = await house.gate.user(ANN)(payments.invoice, 50)
    return lambda: house.gate.user(ANN)(payments.check_out, deposit.payload, 50, "XTR")


async def _claim(house: House) -> Call:
    await story.approve(house, await story.booked(house))
    return lambda: house.system(post_jobs.claim)


async def _start(house: House) -> Call:
    await story.approve(house, await story.booked(house))
    (duty,) = await house.system(post_jobs.claim)
    return lambda: house.system(post_jobs.start, duty.id, duty.token)


async def _claim_pins(house: House) -> Call:
    await story.succeed(house, await story.booked(house, pin=True))
    return lambda: house.system(post_jobs.claim_pins)


async def _reverse(house: House) -> Call:
    await story.booked(house)
    await house.system(payments.take_back, "c1")
    deposit = house.sql.one("SELECT id FROM deposits")
    return lambda: house.system(payments.reverse, deposit)


async def _adjust(house: House) -> Call:
    await story.booked(house)
    wallets = f"user:{ANN}:XTR", "suspense:XTR"
    return lambda: house.gate.user(ADMIN)(books.adjust, "t1", *wallets, 5, "ticket 1")


async def _retry_as_new(house: House) -> Call:
    placement = await story.booked(house)
    await story.refused_and_refunded(house, placement)
    return lambda: house.gate.user(ADMIN)(escrow.retry_as_new, placement.id)


@begun
async def _asked(house: House) -> int:
    await story.earned(house)
    return await story.withdrawal(house)


async def _request(house: House) -> Call:
    await story.earned(house)
    return lambda: house.gate.user(BOB)(withdrawals.request, 300, "TON EQ-bob")


async def _cancel_withdrawal(house: House) -> Call:
    number = await _asked(house)
    return lambda: house.gate.user(BOB)(withdrawals.cancel, number)


async def _reject(house: House) -> Call:
    number = await _asked(house)
    return lambda: house.gate.user(ADMIN)(withdrawals.reject, number, "not you")


async def _send(house: House) -> Call:
    await story.earned(house)
    number = await story.withdrawal(house, approved=True)
    return lambda: house.gate.user(ADMIN)(withdrawals.send, number)


async def _pay(house: House) -> Call:
    await story.earned(house)
    number = await story.withdrawal(house, approved=True)
    return lambda: house.gate.user(ADMIN)(withdrawals.pay, number, "tx-1")


async def _give_back(house: House) -> Call:
    number = await _asked(house)
    await house.gate.user(ADMIN)(withdrawals.approve, number)
    await house.gate.user(ADMIN)(withdrawals.send, number)
    return lambda: house.gate.user(ADMIN)(withdrawals.give_back, number, "the bank sent it back")


async def _accept_price(house: House) -> Call:
    placement = await story.booked(house)
    made = await house.gate.user(BOB)(proposals.make, placement.id, 1, price=450)
    return lambda: house.gate.user(ANN)(agreements.accept_price, made.id)


OPERATIONS = {
    "hold": Operation(escrow.hold, _hold, by_user=True),
    "accept_price": Operation(agreements.accept_price, _accept_price, by_user=True),
    "retry_as_new": Operation(escrow.retry_as_new, _retry_as_new, by_user=True),
    "release": Operation(escrow.release, _release, by_user=False),
    "refund": Operation(escrow.refund, _refund, by_user=False),
    "credit": Operation(payments.credit, _credit, by_user=False),
    "reverse": Operation(payments.reverse, _reverse, by_user=False),
    "adjust": Operation(books.adjust, _adjust, by_user=True),
    "check_out": Operation(payments.check_out, _check_out, by_user=True),
    "request": Operation(withdrawals.request, _request, by_user=True),
    "cancel_withdrawal": Operation(withdrawals.cancel, _cancel_withdrawal, by_user=True),
    "reject": Operation(withdrawals.reject, _reject, by_user=True),
    "send": Operation(withdrawals.send, _send, by_user=True),
    "pay": Operation(withdrawals.pay, _pay, by_user=True),
    "give_back": Operation(withdrawals.give_back, _give_back, by_user=True),
    "claim": Operation(post_jobs.claim, _claim, by_user=False),
    "start": Operation(post_jobs.start, _start, by_user=False),
    "claim_pins": Operation(post_jobs.claim_pins, _claim_pins, by_user=False),
}


MONEY = (Switch.money_movement,)
HOLDS, PAYS, PAYS_OUT = (Switch.new_escrows, *MONEY), (Switch.payouts, *MONEY), (Switch.withdrawals, *MONEY)
NEEDS: dict[str, tuple[Switch, ...]] = {
    **dict.fromkeys(("hold", "accept_price", "retry_as_new"), HOLDS),
    "release": PAYS,
    **dict.fromkeys(("refund", "credit", "reverse", "adjust", "check_out"), MONEY),
    **dict.fromkeys(("request", "cancel_withdrawal", "reject", "give_back"), MONEY),
    **dict.fromkeys(("send", "pay"), PAYS_OUT),
    "claim": (Switch.worker_post,),
    **dict.fromkeys(("start", "claim_pins"), (Switch.telegram_posting,)),
}
"""What each operation needs, written down by hand: no fewer, and no more."""


def test_int_ks_01_each_gated_action_needs_the_switches_that_are_written_down_and_no_other() -> None:
    gated = {action: facts.gates for action, facts in ACTIONS.items() if facts.gates}
    assert gated == {OPERATIONS[name].action: needed for name, needed in NEEDS.items()}
    assert len(gated) == len(NEEDS) == len(OPERATIONS)


def test_int_ks_01_each_transfer_needs_the_switches_that_are_written_down_and_no_other() -> None:
    money = dict.fromkeys(("deposit", "refund", "withdrawal_hold", "withdrawal_return", "adjustment", "loss"), MONEY)
    paid = dict.fromkeys(("payout", "fee", "rebate"), PAYS)
    assert money | paid | {"escrow_hold": HOLDS, "withdrawal": PAYS_OUT} == GATES


@pytest.mark.parametrize("name", OPERATIONS)
async def test_int_ks_01_each_of_its_switches_blocks_and_no_other_does(house: House, name: str) -> None:
    operation, admin = OPERATIONS[name], house.gate.user(ADMIN)
    gates = NEEDS[name]
    call = await operation.ready(house)
    for switch in gates:
        await admin(kill_switches.halt, [switch], "test")
        with unchanged(house, refusals=int(operation.by_user)), pytest.raises(Refused) as refused:
            await call()
        assert refused.value.refusal == Halted(switch)
        await admin(kill_switches.resume, [switch], "test")
    await admin(kill_switches.halt, [switch for switch in Switch if switch not in gates], "test")
    picture = house.sql.picture()
    await call()  # the positive control: it was the switch and nothing else
    assert house.sql.picture() != picture or operation.action is payments.check_out


@pytest.mark.parametrize("name", OPERATIONS)
async def test_int_ks_01_a_missing_row_is_halted(house: House, name: str) -> None:
    operation = OPERATIONS[name]
    call = await operation.ready(house)
    for gate in NEEDS[name]:
        house.sql("DELETE FROM kill_switches WHERE key = :key", key=gate)
        with unchanged(house, refusals=int(operation.by_user)), pytest.raises(Refused) as refused:
            await call()
        assert refused.value.refusal == Halted(gate)
        await house.gate.user(ADMIN)(kill_switches.resume, [gate], "test")
    await call()  # the positive control


@pytest.mark.parametrize("name", OPERATIONS)
async def test_int_ks_01_a_read_that_fails_is_halted(house: House, name: str) -> None:
    operation = OPERATIONS[name]
    call = await operation.ready(house)
    with unchanged(house, refusals=int(operation.by_user)):
        house.sql("ALTER TABLE kill_switches RENAME TO away")
        with pytest.raises(Refused) as refused:
            await call()
        house.sql("ALTER TABLE away RENAME TO kill_switches")
    assert refused.value.refusal == Halted(NEEDS[name][0])
    await call()  # the positive control


async def _lost(house: House) -> None:
    await story.approve(house, await story.booked(house))
    await house.system(post_jobs.claim)
    house.clock.forward(minutes=3)


async def _overdue(house: House) -> None:
    await story.approve(house, await story.booked(house))
    house.clock.forward(hours=3)


TICKED: dict[str, Callable[[House], Awaitable[Any]]] = {
    "deposits": _credit,
    "reversals": _reverse,
    "posting": _claim,
    "pins": _claim_pins,
    "leases": _lost,
    "overdue": _overdue,
    "releases": _release,
    "refunds": _refund,
}
"""The ticks that wait for a switch, and what makes them due."""


def test_int_ks_01_no_gated_tick_is_left_out() -> None:
    assert TICKED.keys() == {name for name, needed in TICK_SWITCHES.items() if needed}


@pytest.mark.parametrize("name", TICKED)
async def test_int_ks_01_a_halted_tick_changes_nothing_and_says_so_and_works_with_every_other_switch_halted(
    house: House, name: str
) -> None:
    await TICKED[name](house)
    (tick,) = [tick for tick in TICKS if tick.name == name]
    admin, loop = house.gate.user(ADMIN), Loop(house.gate.system, Nowhere(), house.clock)  # type: ignore[arg-type]
    for switch in TICK_SWITCHES[name]:
        await admin(kill_switches.halt, [switch], "test")
        with unchanged(house):
            assert await loop.run(tick) is None
        said = house.sql.one("SELECT said FROM heartbeats WHERE name = :name", name=name)
        assert said == f"skipped: {switch} is HALTED"
        await admin(kill_switches.resume, [switch], "test")
    await admin(kill_switches.halt, [switch for switch in Switch if switch not in TICK_SWITCHES[name]], "test")
    assert await loop.run(tick) == 1


class Nowhere:
    """A Telegram that takes everything."""

    couriers = ()

    async def permit(self, chat_id: int) -> None:
        return None

    def prepare(self, chat_id: int, content: dict[str, Any], *, silent: bool) -> Call:
        async def taken() -> post_jobs.Sent:
            return post_jobs.Sent(AttemptStatus.accepted, (7,))

        return taken

    async def pin(self, chat_id: int, message_id: int) -> post_jobs.Sent:
        return post_jobs.Sent(AttemptStatus.accepted)


async def test_int_ks_01_the_command_line_is_halted_too(house: House, tmp_path: Path) -> None:
    await story.booked(house)
    settings = {"admins": f"{ADMIN}", "database_url": house.address}
    adjust = ("books", "adjust", "t1", f"user:{ANN}:XTR", "suspense:XTR", "5", "--evidence", "ticket 1")
    await house.gate.user(ADMIN)(kill_switches.halt, [Switch.money_movement], "test")
    with unchanged(house, refusals=1):
        refused = run(*adjust, "--as", f"{ADMIN}", folder=tmp_path, **settings)
    assert (refused.returncode, words(Halted(Switch.money_movement)) in refused.stderr) == (1, True)
    (event,) = house.sql("SELECT action, refusal, details FROM audit_events WHERE refusal IS NOT NULL")
    assert (event["action"], event["refusal"]) == ("books.adjust", "halted")
    assert "money_movement" in str(event["details"])
    await house.gate.user(ADMIN)(kill_switches.resume, [Switch.money_movement], "test")
    assert run(*adjust, "--as", f"{ADMIN}", folder=tmp_path, **settings).returncode == 0
    assert story.balance(house, "suspense:XTR") == 5


async def test_int_ks_01_of_a_hundred_operations_in_flight_none_commits_after_the_flip_returned(house: House) -> None:
    await story.people(house)
    await story.switches(house, *Switch)
    placed, admin = await story.channel(house), house.gate.user(ADMIN)
    elsewhere = Database(house.address)  # the flip comes from another process' pool
    flipping = gate_of(elsewhere, house.clock).user(ADMIN)

    async def held_at_the_flip() -> int:
        targets, begun = [(await story.draft(house, placed)).id for _ in range(100)], asyncio.Event()

        async def hold(number: int, target: int) -> None:
            await house.gate.user(ANN).each(escrow.hold, [(target,)])
            if number >= 5:
                begun.set()

        with house.sql.counting("escrows") as held:
            before = held()
            async with asyncio.TaskGroup() as group:
                for number, target in enumerate(targets):
                    group.create_task(quietly(hold(number, target)))
                await begun.wait()
                await flipping(kill_switches.halt, [Switch.new_escrows], "incident")
                at_the_flip = held()
            assert held() == at_the_flip
        return at_the_flip - before

    for attempt in range(10):  # until the flip came between: a hundred may all have been quicker
        await story.fund(house, ANN, 100 * 400, f"c{attempt}")
        if 0 < await held_at_the_flip() < 100:
            break
        await admin(kill_switches.resume, [Switch.new_escrows], "again")
    else:
        pytest.fail("no flip came between the operations")
    await elsewhere.close()


async def quietly(act: Awaitable[Any]) -> None:
    with contextlib.suppress(Refused):
        await act


async def test_int_ks_01_there_are_no_defaults(house: House) -> None:
    board = await house.system.ask(kill_switches.board)
    assert [(line.enabled, line.known) for line in board] == [(False, False)] * len(Switch)
    await house.system(kill_switches.init)
    board = await house.system.ask(kill_switches.board)
    assert [(line.enabled, line.known) for line in board] == [(False, True)] * len(Switch)
    assert await house.system(kill_switches.init) == []


async def windows(house: House, rounds: int, *, first: bool = False) -> int:
    """How often something committed after a halt had answered, with 16 callers at it; ends with the `first` if that is enough."""
    await story.people(house)
    await story.switches(house, *Switch)
    await story.fund(house, ANN, 10**6)
    placed = await story.channel(house, price=1)
    targets: asyncio.Queue[int | None] = asyncio.Queue()
    permitted, broken = asyncio.Event(), 0

    async def caller() -> None:
        while (target := await targets.get()) is not None:
            await permitted.wait()
            with contextlib.suppress(Refused):
                await house.gate.user(ANN)(escrow.hold, (target,))

    admin = house.gate.user(ADMIN)
    with house.sql.counting("escrows") as held:
        async with asyncio.TaskGroup() as group:
            for _ in range(16):
                group.create_task(caller())
            for _ in range(rounds):
                for _ in range(30):
                    targets.put_nowait((await story.draft(house, placed)).id)
                await admin(kill_switches.resume, [Switch.new_escrows], "test")
                permitted.set()
                await asyncio.sleep(0.03)
                permitted.clear()
                await admin(kill_switches.halt, [Switch.new_escrows], "test")
                at_once = held()
                await asyncio.sleep(0.03)
                broken += held() != at_once
                if first and broken:
                    break
            permitted.set()
            for _ in range(16):
                targets.put_nowait(None)
        assert held() > 0
    return broken


async def test_int_ks_01_nothing_commits_after_a_halt_has_answered(house: House) -> None:
    assert await windows(house, rounds=8) == 0


async def test_int_ks_01_a_gate_that_only_selects_would_be_caught(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: on PostgreSQL a plain SELECT lets what is in flight commit after the halt. The test above must see it."""
    if house.address.startswith("sqlite"):
        return  # one writer at a time: there is nothing in flight
    plain = select(kill_switches.s).where(kill_switches.s.c.key.in_(bindparam("keys", expanding=True)))
    monkeypatch.setattr(kill_switches, "READ", plain)
    house.sql("DROP TRIGGER asks_switches ON transfers")
    assert await windows(house, rounds=20, first=True) > 0


async def test_an_operator_may_halt_and_may_not_resume(house: House) -> None:
    await story.people(house)
    await story.switches(house, *Switch)
    house.sql(
        f"UPDATE users SET is_operator = {'1' if house.address.startswith('sqlite') else 'true'} WHERE id = :id", id=BOB
    )
    operator = house.gate.user(BOB)
    assert await operator(kill_switches.halt, [Switch.payouts], "night") == [Switch.payouts]
    with pytest.raises(Refused) as refused:
        await operator(kill_switches.resume, [Switch.payouts], "day")
    assert refused.value.refusal == NotAllowed("kill_switches.resume")


async def test_a_halt_is_never_refused_for_its_reason_and_a_resume_needs_a_good_one(house: House) -> None:
    await story.people(house)
    await story.switches(house, *Switch)
    admin, long = house.gate.user(ADMIN), "x" * (MOST_REASON + 1)
    latest = "SELECT reason FROM kill_switch_flips ORDER BY epoch DESC LIMIT 1"
    await admin(kill_switches.halt, [Switch.payouts], long)
    assert house.sql.one(latest) == long[:MOST_REASON]
    await admin(kill_switches.halt, [Switch.withdrawals], " ")
    assert house.sql.one(latest) == kill_switches.NO_REASON
    picture = house.sql.picture()
    for reason in ("", " ", long):
        with pytest.raises(Refused) as refused:
            await admin(kill_switches.resume, [Switch.payouts], reason)
        assert refused.value.refusal == OutOfRange("reason", 1, MOST_REASON)
    assert house.sql.picture() == picture
    await admin(launch.rollback, long)
    assert house.sql.one(latest) == f"launch rolled back: {long[:MOST_REASON]}"


@pytest.mark.parametrize("act", [kill_switches.halt, kill_switches.resume])
async def test_people_may_not_flip(house: House, act: Any) -> None:
    await story.people(house)
    await story.switches(house, *Switch)
    with unchanged(house, refusals=1), pytest.raises(Refused):
        await house.gate.user(ANN)(act, [Switch.payouts], "why not")
    assert not STAFF & {"user"}


async def test_flips_are_numbered_and_transfers_carry_what_they_read(house: House) -> None:
    await story.booked(house)
    epochs = [row["epoch"] for row in house.sql("SELECT epoch FROM kill_switch_flips ORDER BY epoch")]
    assert epochs == list(range(1, len(epochs) + 1))
    held = house.sql.one("SELECT epoch FROM transfers WHERE reason = 'escrow_hold'")
    newest = house.sql.one("SELECT MAX(epoch) FROM kill_switches WHERE key IN ('new_escrows', 'money_movement')")
    assert held == newest


async def test_a_switch_may_carry_the_launchs_micro_limit(house: House) -> None:
    placement = await story.booked(house)
    admin, advertiser = house.gate.user(ADMIN), house.gate.user(ANN)
    await admin(kill_switches.resume, [Switch.new_escrows], "launch", Limit(max_amount=400, max_open=1))
    second = await story.draft(house, placement.channel)
    with pytest.raises(Refused) as refused:
        await advertiser(escrow.hold, (second.id,))
    assert refused.value.refusal == OverLimit("open", 1)
    await admin(kill_switches.resume, [Switch.new_escrows], "launch", Limit(max_amount=399, max_open=5))
    with pytest.raises(Refused) as refused:
        await advertiser(escrow.hold, (second.id,))
    assert refused.value.refusal == OverLimit("amount", 399)


@pytest.mark.parametrize(
    "limit", [Limit(0), Limit(None, 0), Limit(-1, 5), Limit(400, -1), Limit(2**63), Limit(5, 2**63)]
)
async def test_a_limit_that_lets_nothing_through_or_is_no_number_is_refused(house: House, limit: Limit) -> None:
    await story.people(house)
    await story.switches(house)
    picture = house.sql.picture()
    with pytest.raises(Refused) as refused:
        await house.gate.user(ADMIN)(kill_switches.resume, [Switch.new_escrows], "launch", limit)
    assert refused.value.refusal == OutOfRange("limit", 1, 10**12)
    assert house.sql.picture() == picture


async def test_a_switch_that_is_named_twice_is_flipped_once(house: House) -> None:
    await story.people(house)
    await story.switches(house, *Switch)
    admin, twice = house.gate.user(ADMIN), [Switch.payouts, Switch.withdrawals, Switch.payouts]
    before = house.sql.one("SELECT COUNT(*) FROM kill_switch_flips")
    assert await admin(kill_switches.halt, twice, "incident") == [Switch.payouts, Switch.withdrawals]
    assert house.sql.one("SELECT COUNT(*) FROM kill_switch_flips") == before + 2
    assert await admin(kill_switches.resume, twice, "it is over") == [Switch.payouts, Switch.withdrawals]
    assert house.sql.one("SELECT COUNT(*) FROM kill_switch_flips") == before + 4


LIMIT = Limit(max_amount=399, max_open=1)
HALTS: dict[str, Callable[[House], Awaitable[Any]]] = {
    "by hand": lambda house: house.gate.user(ADMIN)(kill_switches.halt, [Switch.new_escrows], "incident"),
    "by the house": lambda house: house.system(rollback.halt, [rollback.Finding(rollback.Criterion.outage, 20)]),
    "with the launch": lambda house: house.gate.user(ADMIN)(launch.rollback, "it smells"),
}


def limit_of(house: House) -> Any:
    (row,) = house.sql("SELECT max_amount, max_open FROM kill_switches WHERE key = 'new_escrows'")
    return row["max_amount"], row["max_open"]


@pytest.mark.parametrize("how", HALTS)
async def test_a_limit_outlives_a_halt_and_a_resume_until_somebody_clears_it(house: House, how: str) -> None:
    """After an incident in the middle of a launch nobody books without the limit, unless an admin says so."""
    placement = await story.booked(house)
    admin, advertiser = house.gate.user(ADMIN), house.gate.user(ANN)
    await admin(kill_switches.resume, [Switch.new_escrows], "launch", LIMIT)
    await HALTS[how](house)
    assert limit_of(house) == (399, 1)
    with unchanged(house):
        assert await admin(kill_switches.halt, [Switch.new_escrows], "again") == []
    both = [Switch.new_escrows, Switch.money_movement]
    assert Switch.new_escrows in await admin(kill_switches.resume, both, "it is over")
    assert await admin(kill_switches.resume, both, "it is over") == []
    states = {state.key: state for state in await admin.ask(kill_switches.board)}
    assert (states[Switch.new_escrows].limit, states[Switch.money_movement].limit) == (LIMIT, kill_switches.UNLIMITED)
    second = await story.draft(house, placement.channel)
    with pytest.raises(Refused) as refused:
        await advertiser(escrow.hold, (second.id,))
    assert refused.value.refusal == OverLimit("amount", 399)
    changed = await admin(kill_switches.resume, [Switch.new_escrows], "open for all", kill_switches.UNLIMITED)
    assert (changed, limit_of(house)) == ([Switch.new_escrows], (None, None))
    assert [held.id for held in await advertiser(escrow.hold, (second.id,))] == [second.id]


async def test_halted_between_claim_and_start_nothing_is_sent_and_nothing_counted(house: House) -> None:
    await story.approve(house, await story.booked(house))
    (duty,) = await house.system(post_jobs.claim)
    await house.gate.user(ADMIN)(kill_switches.halt, [Switch.telegram_posting], "test")
    with pytest.raises(Refused):
        await house.system(post_jobs.start, duty.id, duty.token)
    await house.system(post_jobs.put_back, duty.id, duty.token)
    job = house.sql("SELECT status, attempts, lost_leases FROM post_jobs")
    assert job == [{"status": "queued", "attempts": 0, "lost_leases": 0}]
    assert house.sql("SELECT status FROM post_attempts") == [{"status": AttemptStatus.dropped}]

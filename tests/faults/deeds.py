"""The acts that move money or decide where it goes, each with a world in which it may happen and what it answers.

Asked again after it was done, an act moves nothing. Most give their first answer; the others say what they promise instead.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from domain import agreements, approvals, books, escrow, kill_switches, payments, post_jobs, proposals, withdrawals
from domain.action import Switch
from domain.errors import Refused
from domain.post_jobs import AttemptStatus, LeaseLost, Sent
from tests import story
from tests.begun import begun
from tests.conftest import ADMIN, House
from tests.story import ANN, BOB

Facts = dict[str, Any]
"""What an act needs to know of its world: numbers and words, so that another process can be told."""
Ready = Callable[[House], Awaitable[Facts]]
Ask = Callable[[House, Facts], Awaitable[Any]]
SAME = object()
"""Asked again, the first answer."""


@dataclass(frozen=True)
class Deed:
    """An act: how its world is made, how it is asked for, and what it answers when it was done before."""

    ready: Ready
    ask: Ask
    again: Any = SAME


async def answer(deed: Deed, house: House, facts: Facts) -> Any:
    """What the act answers: its result, or its refusal."""
    try:
        return await deed.ask(house, facts)
    except Refused as refused:
        return refused.refusal


async def _everybody(house: House) -> Facts:
    await story.people(house)
    await story.switches(house, *Switch)
    return {}


async def _invoiced(house: House) -> Facts:
    await _everybody(house)
    return {"payload": (await house.gate.user(ANN)(payments.invoice, 700)).payload}


async def _received(house: House) -> Facts:
    await _everybody(house)
    return {"deposit": (await house.system(payments.receive, ANN, 700, "XTR", "c9")).id}


async def _drafted(house: House) -> Facts:
    await _everybody(house)
    await story.fund(house, ANN, 1000)
    first = await story.draft(house, await story.channel(house))
    second = await story.draft(house, first.channel, campaign=first.campaign)
    return {"order": [first.id, second.id]}


async def _held(house: House) -> Facts:
    """Two placements of one order."""
    facts = await _drafted(house)
    await house.gate.user(ANN)(escrow.hold, tuple(facts["order"]))
    return facts | {"target": facts["order"][0]}


async def _approved(house: House) -> Facts:
    facts = await _held(house)
    for target in facts["order"]:
        await house.gate.user(BOB)(approvals.approve, target, 1)
    return facts


async def _claimed(house: House) -> Facts:
    facts = await _approved(house)
    duties = await house.system(post_jobs.claim)
    return facts | {"token": duties[0].token}


async def _started(house: House) -> Facts:
    facts = await _claimed(house)
    await house.system.each(post_jobs.start, facts["order"], facts["token"])
    return facts


async def _served(house: House) -> Facts:
    facts = await _started(house)
    sent = {i: Sent(AttemptStatus.accepted, message_ids=(i,)) for i in facts["order"]}
    await house.system.each(post_jobs.record, facts["order"], facts["token"], sent)
    return facts


async def _declined(house: House) -> Facts:
    facts = await _held(house)
    for target in facts["order"]:
        await house.gate.user(BOB)(approvals.decline, target, 1, "not for us")
    return facts


async def _repriced(house: House) -> Facts:
    """Another price is asked for; Ann has the money for it."""
    facts = await _held(house)
    await story.fund(house, ANN, 350, "c2")
    return facts | {"proposal": (await house.gate.user(BOB)(proposals.make, facts["target"], 1, price=350)).id}


async def _moved(house: House) -> Facts:
    facts = await _held(house)
    slot = house.clock() + timedelta(hours=5)
    return facts | {"proposal": (await house.gate.user(BOB)(proposals.make, facts["target"], 1, slot=slot)).id}


async def receive(house: House, facts: Facts) -> Any:
    deposit = await house.system(payments.receive, ANN, 700, "XTR", "c9", facts.get("payload"))
    return deposit.user_id, deposit.amount, deposit.status, deposit.charge_id


async def credit(house: House, facts: Facts) -> Any:
    return await house.system(payments.credit, facts["deposit"])


async def hold(house: House, facts: Facts) -> Any:
    return await house.gate.user(ANN)(escrow.hold, tuple(facts["order"]))


async def approve(house: House, facts: Facts) -> Any:
    return await house.gate.user(BOB)(approvals.approve, facts["target"], 1)


async def decline(house: House, facts: Facts) -> Any:
    return await house.gate.user(BOB)(approvals.decline, facts["target"], 1, "not for us")


async def cancel(house: House, facts: Facts) -> Any:
    return await house.gate.user(ANN)(approvals.cancel, facts["target"])


async def accept_price(house: House, facts: Facts) -> Any:
    return await house.gate.user(ANN)(agreements.accept_price, facts["proposal"])


async def accept_time(house: House, facts: Facts) -> Any:
    return await house.gate.user(ANN)(agreements.accept_time, facts["proposal"])


async def claim(house: House, facts: Facts) -> Any:
    return [duty.id for duty in await house.system(post_jobs.claim)]


async def start(house: House, facts: Facts) -> Any:
    return await house.system(post_jobs.start, facts["target"], facts["token"])


async def record(house: House, facts: Facts) -> Any:
    sent = Sent(AttemptStatus.accepted, message_ids=(7,))
    return await house.system(post_jobs.record, facts["target"], facts["token"], {facts["target"]: sent})


async def release(house: House, facts: Facts) -> Any:
    return await house.system.each(escrow.release, facts["order"])


async def refund(house: House, facts: Facts) -> Any:
    return await house.system.each(escrow.refund, facts["order"])


async def halt(house: House, facts: Facts) -> Any:
    return await house.gate.user(ADMIN)(kill_switches.halt, [Switch.payouts, Switch.new_escrows], "test")


async def resume(house: House, facts: Facts) -> Any:
    return await house.gate.user(ADMIN)(kill_switches.resume, [Switch.payouts, Switch.new_escrows], "test")


async def _taken_back(house: House) -> Facts:
    """Ann has spent 800 of the 1,000 that are taken back from outside."""
    facts = await _held(house)
    deposit = await house.system(payments.take_back, f"charge-{ANN}-1000")
    assert deposit
    return facts | {"deposit": deposit.id}


async def reverse(house: House, facts: Facts) -> Any:
    return await house.system(payments.reverse, facts["deposit"])


async def adjust(house: House, facts: Facts) -> Any:
    given = ("T-1", "external:XTR", f"user:{ANN}:XTR", 5, "a letter")
    return await house.gate.user(ADMIN)(books.adjust, *given)


async def _earned(house: House) -> Facts:
    await story.earned(house)
    return {}


@begun
async def _asked(house: House) -> Facts:
    await story.earned(house)
    return {"withdrawal": await story.withdrawal(house)}


@begun
async def _approved_withdrawal(house: House) -> Facts:
    await story.earned(house)
    return {"withdrawal": await story.withdrawal(house, approved=True)}


async def withdraw(house: House, facts: Facts) -> Any:
    soon = replace(house.gate, terms=replace(house.gate.terms, maturity=timedelta(0)))  # in another process too
    return (await soon.user(BOB)(withdrawals.request, 300, "TON EQ-bob")).status


async def reject(house: House, facts: Facts) -> Any:
    return (await house.gate.user(ADMIN)(withdrawals.reject, facts["withdrawal"], "not you")).status


async def pay(house: House, facts: Facts) -> Any:
    return (await house.gate.user(ADMIN)(withdrawals.pay, facts["withdrawal"], "tx-1")).status


async def _all_halted(house: House) -> Facts:
    await story.people(house)
    await story.switches(house)
    return {}


DEEDS = {
    "receive what was invoiced": Deed(_invoiced, receive),
    "receive what nobody invoiced": Deed(_everybody, receive),
    "credit": Deed(_received, credit),
    "hold": Deed(_drafted, hold),
    "approve": Deed(_held, approve),
    "decline": Deed(_held, decline),
    "cancel": Deed(_held, cancel),
    "accept another price": Deed(_repriced, accept_price),
    "accept another time": Deed(_moved, accept_time),
    "claim": Deed(
        _approved, claim, again=[]
    ),  # they are under the lost claim's lease, and nobody else's until it runs out
    "start": Deed(_claimed, start, again=LeaseLost(1)),  # may have been sent by whoever heard the first answer
    "record": Deed(_started, record),
    "release": Deed(_served, release),
    "refund": Deed(_declined, refund),
    "reverse": Deed(_taken_back, reverse),
    "adjust": Deed(_drafted, adjust),
    "withdraw": Deed(_earned, withdraw),
    "reject": Deed(_asked, reject),
    "pay": Deed(_approved_withdrawal, pay),
    "halt": Deed(_everybody, halt, again=[]),  # the switches that it changed: none any more
    "resume": Deed(_all_halted, resume, again=[]),
}

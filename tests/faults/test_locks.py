"""One lock order everywhere: switches, campaign, target and job, escrow, wallets. Then nobody ever waits in a circle.

A deadlock is not seen by callers, since the gate tries again; PostgreSQL counts them.
"""

import asyncio
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from domain import agreements, approvals, campaigns, checks, disputes, escrow, post_jobs, proposals
from domain.action import Switch
from domain.errors import Refused
from domain.post_jobs import AttemptStatus, Sent
from tests import story
from tests.conftest import ADMIN, House, superusers
from tests.faults.deeds import DEEDS, Ask, Facts, Ready
from tests.faults.worlds import Ground, offences, opened
from tests.processes import WAITING, until
from tests.story import ANN, BOB, CLEO

ROUNDS, PLACEMENTS = 6, 24


async def crowd(house: House) -> None:
    """Placements are held, haggled over, answered, refunded and paid by everybody at once, all of the same few people's."""
    await story.people(house)
    await story.switches(house, *Switch)
    await story.fund(house, ANN, 10**6)
    first = await story.draft(house, await story.channel(house))
    for number in range(ROUNDS):
        drafts = [(await story.draft(house, first.channel)).id for _ in range(PLACEMENTS)]
        ann, bob = house.gate.user(ANN), house.gate.user(BOB)
        await ann.each(escrow.hold, [(target,) for target in drafts[::2]])
        async with asyncio.TaskGroup() as group:
            for target in drafts[::2]:
                group.create_task(quietly(haggled(house, target)))
            for target in drafts:
                group.create_task(quietly(ann(escrow.hold, (target,))))
                group.create_task(quietly(bob(approvals.decline, target, 1, "no")))
                group.create_task(quietly(ann(approvals.cancel, target)))
                group.create_task(quietly(ann(disputes.open_, target, "x")))
            for _ in range(4):
                group.create_task(quietly(house.system.each(escrow.refund, drafts)))
                group.create_task(quietly(house.system.each(escrow.release, drafts)))
                group.create_task(quietly(house.system(escrow.complete)))
                group.create_task(quietly(house.system(disputes.expire)))
                group.create_task(quietly(house.system(proposals.expire)))
                group.create_task(quietly(ann.each(escrow.hold, [(target,) for target in reversed(drafts)])))
            for charge in range(4):
                group.create_task(story.fund(house, ANN, 5, f"c{number}-{charge}"))


async def haggled(house: House, target: int) -> None:
    """Another price is asked for, and booked while the same order is being held again."""
    made = await house.gate.user(BOB)(proposals.make, target, 1, price=350)
    await house.gate.user(ANN)(agreements.accept_price, made.id)


async def quietly(asked: Awaitable[Any]) -> None:
    with suppress(Refused):
        await asked


async def test_nobody_waits_in_a_circle(ground: Ground) -> None:
    with ground.copy(ground.template("postgresql")) as address:
        async with opened(address) as house:
            await crowd(house)
            assert await offences(house) == []
        async with opened(address) as house:  # the counts are complete when the connections are closed
            assert house.sql.one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0


SWITCHES, CAMPAIGN, TARGET, JOB, ESCROW, WALLETS = LEVELS = (
    "kill_switches",
    "campaigns",
    "campaign_targets",
    "post_jobs",
    "escrows",
    "wallets",
)
MONEY = (SWITCHES, WALLETS)
WHOLE = (SWITCHES, TARGET, JOB, ESCROW, WALLETS)
HOLD = "SELECT 1 FROM {} FOR UPDATE"
ONE, BEYOND = "wallets WHERE id = '{}'", "wallets WHERE id > '{}'"
EVENTS = "SELECT COUNT(*) FROM audit_events"


def before(name: str) -> Ready:
    """The world of a deed."""
    return DEEDS[name].ready


def after(name: str) -> Ready:
    """The world that a deed leaves."""

    async def ready(house: House) -> Facts:
        facts = await DEEDS[name].ready(house)
        await DEEDS[name].ask(house, facts)
        return facts

    return ready


def then(ready: Ready, *asked: Ask, hours: float = 0) -> Ready:
    """That world after these acts, and hours later."""

    async def made(house: House) -> Facts:
        facts = await ready(house)
        for ask in asked:
            await ask(house, facts)
        house.clock.forward(hours=hours)
        return facts

    return made


def by(who: int, action: Any, *given: Any, **more: Any) -> Ask:
    """The act of somebody; `"target"` and the like stand for what is known of the world. 0: the house itself."""

    async def ask(house: House, facts: Facts) -> Any:
        do = house.gate.user(who) if who else house.system
        return await do(action, *(facts.get(one, one) if isinstance(one, str) else one for one in given), **more)

    return ask


async def unknown(house: House, facts: Facts) -> Any:
    lost = {i: Sent(AttemptStatus.unknown) for i in facts["order"]}
    return await house.system.each(post_jobs.record, facts["order"], facts["token"], lost)


async def refused(house: House, facts: Facts) -> Any:
    said = {i: Sent(AttemptStatus.refused, error="chat not found") for i in facts["order"]}
    return await house.system.each(post_jobs.record, facts["order"], facts["token"], said)


DISPUTED = then(after("record"), by(ANN, disputes.open_, "target", "the text was cut"))
JUDGING = then(DISPUTED, hours=48)
JUDGED = (by(0, disputes.expire), by(ADMIN, disputes.judge, 1, disputes.Status.judging, 100, "seen"))
LATE = then(then(before("claim"), hours=1), by(0, post_jobs.ask_late))
ACTS: dict[str, tuple[Ready, Ask, tuple[str, ...]]] = {
    "place": (before("hold"), by(ANN, campaigns.place, 1, 1, None), (CAMPAIGN,)),
    "pause": (before("claim"), by(ANN, campaigns.pause, 1, paused=True), (CAMPAIGN,)),
    "propose": (before("approve"), by(BOB, proposals.make, "target", 1, price=350), (TARGET, JOB)),
    "decline a proposal": (before("accept another time"), by(ANN, proposals.decline, "proposal"), (TARGET, JOB)),
    "expire a proposal": (then(before("accept another time"), hours=5), by(0, proposals.expire), (JOB,)),
    "expire an approval": (then(before("approve"), hours=48), by(0, approvals.expire), (JOB,)),
    "remind": (then(before("approve"), hours=20), by(0, approvals.remind), ()),
    "accept it late": (LATE, by(ANN, post_jobs.accept_late, "target"), (JOB,)),
    "fail what is overdue": (then(LATE, hours=2), by(0, post_jobs.fail_overdue), ()),
    "expire a lease": (then(before("start"), hours=1), by(0, post_jobs.expire_leases), ()),
    "complete": (after("refund"), by(0, escrow.complete), (ESCROW,)),
    "decide what is uncertain": (
        then(before("record"), unknown),
        by(ADMIN, checks.verdict, "target", post_jobs.Status.success, "seen", 7),
        (JOB, ESCROW),
    ),
    "set aside": (then(before("record"), refused), by(ADMIN, post_jobs.set_aside, "target", "seen"), (JOB,)),
    "open a dispute": (after("record"), by(ANN, disputes.open_, "target", "the text was cut"), (TARGET, JOB, ESCROW)),
    "call a judge": (JUDGING, by(0, disputes.expire), (TARGET, JOB, ESCROW)),
    "judge": (then(JUDGING, JUDGED[0]), JUDGED[1], (TARGET, JOB, ESCROW)),
    "appeal": (then(JUDGING, *JUDGED), by(BOB, disputes.appeal, 1, "it was up"), (TARGET, JOB, ESCROW)),
    "make a decision final": (then(JUDGING, *JUDGED, hours=49), by(0, disputes.expire), (TARGET, JOB, ESCROW)),
}
"""Other acts about a placement, with the rows they wait for. Rows that a round leaves for the next one are not waited for."""
WAITS_FOR = {
    "credit": MONEY,
    "hold": (SWITCHES, CAMPAIGN, TARGET, WALLETS),
    "approve": (TARGET, JOB),
    "decline": (TARGET, JOB),
    "cancel": (TARGET, JOB),
    "accept another price": (SWITCHES, CAMPAIGN, TARGET, JOB, WALLETS),
    "accept another time": (CAMPAIGN, TARGET, JOB),
    "claim": (SWITCHES,),
    "start": (SWITCHES, CAMPAIGN, JOB),
    "record": (JOB,),
    "release": WHOLE,
    "refund": WHOLE,
    "reverse": MONEY,
    "adjust": MONEY,
    "withdraw": MONEY,
    "reject": MONEY,
    "pay": MONEY,
    "halt": (SWITCHES,),
    "resume": (SWITCHES,),
}
"""The same of the deeds; what was paid is received whatever others hold."""
ACTS |= {name: (deed.ready, deed.ask, WAITS_FOR.get(name, ())) for name, deed in DEEDS.items()}


@pytest.mark.parametrize("name", ACTS)
async def test_whoever_waits_holds_nothing_that_comes_later(ground: Ground, name: str) -> None:
    """At each level somebody else holds every row; what comes after it is then free, however far the act has come."""
    ready, ask, waits_for = ACTS[name]
    with ground.copy(ground.template("postgresql")) as address:
        async with opened(address) as house:
            facts, at = await ready(house), house.clock.at
        waited, done = [], 0
        for level in LEVELS:
            with ground.copy(address) as copy:
                async with opened(copy) as house:
                    house.clock.at, events = at, house.sql.one(EVENTS)
                    if await waits(house, ask(house, facts), [level], *LEVELS[LEVELS.index(level) + 1 :]):
                        waited.append(level)
                    done += house.sql.one(EVENTS) - events
        assert (tuple(waited), done > 0) == (waits_for, True)


@pytest.mark.parametrize("name", [name for name, (_, _, waits_for) in ACTS.items() if WALLETS in waits_for])
async def test_wallets_are_locked_in_the_order_of_their_ids(ground: Ground, name: str) -> None:
    """Somebody else holds one wallet; those with higher ids are then free."""
    ready, ask, _ = ACTS[name]
    with ground.copy(ground.template("postgresql")) as address:
        async with opened(address) as house:
            facts, at = await ready(house), house.clock.at
            ids = [row["id"] for row in house.sql('SELECT id FROM wallets ORDER BY id COLLATE "C"')]
        waited = []
        for wallet in ids:
            with ground.copy(address) as copy:
                async with opened(copy) as house:
                    house.clock.at = at
                    if await waits(house, ask(house, facts), [ONE.format(wallet)], BEYOND.format(wallet)):
                        waited.append(wallet)
        assert waited


async def stranger(house: House) -> list[str]:
    """Cleo books another channel of Bob's; answers the rows of that deal, level by level."""
    await story.people(house)
    await story.fund(house, CLEO, 1000, "cleo")
    placement = await story.draft(house, await story.channel(house, chat_id=-1099), by=CLEO)
    await house.gate.user(CLEO)(escrow.hold, (placement.id,))
    hers = {CAMPAIGN: placement.campaign, TARGET: placement.id, JOB: placement.id, ESCROW: placement.id}
    rows = [f"{table} WHERE id = {number}" for table, number in hers.items()]
    return [*rows, f"{WALLETS} WHERE id IN ('user:{CLEO}:XTR', 'escrow:{placement.id}')"]


@pytest.mark.parametrize(
    "name", [name for name, (_, _, waits_for) in ACTS.items() if waits_for not in [(), (SWITCHES,)]]
)
async def test_nobody_waits_for_the_rows_of_another_deal(ground: Ground, name: str) -> None:
    ready, ask, _ = ACTS[name]
    with ground.copy(ground.template("postgresql")) as address:
        async with opened(address) as house:
            facts = await ready(house)
            theirs = await stranger(house)
            assert not await waits(house, ask(house, facts), theirs)


async def waits(house: House, asked: Awaitable[Any], held: Iterable[str], *free: str) -> bool:
    """Whether an act, which is not refused, waits where others hold these rows; those others are free."""
    address = superusers(house.address)
    async with asyncio.TaskGroup() as group:
        with psycopg.connect(address) as other, psycopg.connect(address, autocommit=True) as own:
            for rows in held:
                other.execute(HOLD.format(rows).encode())
            acting = group.create_task(asked)
            await until(lambda: acting.done() or own.execute(WAITING).fetchone() == (1,), "it waits or has acted")
            if acting.done():
                return False
            for rows in free:
                own.execute(f"{HOLD.format(rows)} NOWAIT".encode())
    return True

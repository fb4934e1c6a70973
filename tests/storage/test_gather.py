"""Callers gathered into one transaction get the answers they would get alone, whatever happens to the others."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from bot.app import build
from bot.settings import load
from domain import escrow, kill_switches, payments
from domain.action import Actor, Asked, Outcomes, Switch
from domain.errors import Halted, NotAllowed, NotFound, Refused
from domain.escrow import Held, NotEnoughMoney
from storage.gate import Gate
from storage.gather import MOST, Gather
from tests import story
from tests.conftest import ADMIN, House
from tests.faults.deeds import DEEDS, SAME
from tests.faults.proxy import Proxy, Turn
from tests.faults.worlds import opened
from tests.story import ANN, CLEO, balance

DAN = 404

HELD_BY = "SELECT DISTINCT act_id FROM audit_events WHERE action = 'escrow.hold' AND refusal IS NULL"
EVENTS = "SELECT actor, subject, refusal FROM audit_events WHERE action = 'escrow.hold' ORDER BY subject, actor"


def gathering(house: House) -> Gate:
    return replace(house.gate, gather=Gather(escrow.hold, payments.credit))


async def together(*asked: Awaitable[Any]) -> list[Any]:
    """What everybody hears who asks at the same moment: an answer, a refusal, or an error."""
    heard = await asyncio.gather(*asked, return_exceptions=True)
    return [each.refusal if isinstance(each, Refused) else each for each in heard]


async def drafts(house: House, by: int, many: int, money: int = 10_000) -> list[int]:
    """An advertiser with money and this many placements that cost 400 each, all in one campaign."""
    await story.fund(house, by, money)
    first = await story.draft(house, await story.channel(house, chat_id=-1000 - by), by)
    rest = [await story.draft(house, first.channel, by, campaign=first.campaign) for _ in range(many - 1)]
    return [first.id, *(placement.id for placement in rest)]


@pytest.fixture
async def market(house: House) -> House:
    await story.people(house)
    await story.switches(house, *Switch)
    return house


async def test_callers_who_come_at_once_share_transactions_and_each_gets_their_own(market: House) -> None:
    gate = gathering(market)
    anns, cleos = await drafts(market, ANN, 6), await drafts(market, CLEO, 6)
    asked = [(by, i) for pair in zip(anns, cleos, strict=True) for by, i in zip((ANN, CLEO), pair, strict=True)]
    heard = await together(*(gate.user(by)(escrow.hold, (i,)) for by, i in asked))
    assert heard == [(Held(i, 400),) for _, i in asked]
    assert len(market.sql(HELD_BY)) < len(asked) / 2
    assert market.sql(EVENTS) == [
        {"actor": f"user:{by}", "subject": str(i), "refusal": None} for by, i in sorted(asked, key=lambda a: str(a[1]))
    ]
    moved = "SELECT actor FROM transfers WHERE reason = 'escrow_hold' AND reference_id = :i"
    assert [market.sql.one(moved, i=i) for _, i in asked] == [f"user:{by}" for by, _ in asked]


async def test_each_refusal_in_a_set_is_its_askers(market: House) -> None:
    gate = gathering(market)
    (mine, other), (cleos,) = await drafts(market, ANN, 2, money=500), await drafts(market, CLEO, 1)
    await story.people(market, DAN)
    market.sql("UPDATE users SET blocked_at = created_at WHERE id = :id RETURNING id", id=DAN)
    heard = await together(
        gate.user(ANN)(escrow.hold, (mine,)),
        gate.user(ANN)(escrow.hold, (cleos,)),
        gate.user(ANN)(escrow.hold, (other,)),
        gate.user(DAN)(escrow.hold, (12345,)),
        gate.user(CLEO)(escrow.hold, (cleos, cleos)),
    )
    assert heard == [
        (Held(mine, 400),),
        NotFound("campaign_targets"),
        NotEnoughMoney(400, 100),
        NotAllowed("escrow.hold"),
        (Held(cleos, 400),),
    ]
    refused = [(row["actor"], row["refusal"]) for row in market.sql(EVENTS) if row["refusal"]]
    assert sorted(refused) == [
        (f"user:{ANN}", "not-enough-money"),
        (f"user:{ANN}", "not-found"),
        (f"user:{DAN}", "not-allowed"),
    ]


async def test_orders_of_one_wallet_are_decided_in_the_order_they_came(market: House) -> None:
    gate = gathering(market)
    ids = await drafts(market, ANN, 10, money=7 * 400)
    heard = await together(*(gate.user(ANN)(escrow.hold, (i,)) for i in ids))
    assert heard == [(Held(i, 400),) for i in ids[:7]] + [NotEnoughMoney(400, 0)] * 3
    assert balance(market, f"user:{ANN}:XTR") == 0


async def test_a_halted_switch_refuses_everybody_once_and_the_blocked_hear_that_they_may_not(market: House) -> None:
    gate = gathering(market)
    anns, (cleos,) = await drafts(market, ANN, 8), await drafts(market, CLEO, 1)
    market.sql("UPDATE users SET blocked_at = created_at WHERE id = :id RETURNING id", id=CLEO)
    await gate.user(ADMIN)(kill_switches.halt, [Switch.new_escrows], "test")
    both = [(ANN, anns[0]), (ANN, anns[1]), (ANN, anns[2]), (CLEO, cleos), (ANN, anns[3])]
    heard = await together(*(gate.user(by)(escrow.hold, (i,)) for by, i in both))
    assert heard == [Halted("new_escrows")] * 3 + [NotAllowed("escrow.hold"), Halted("new_escrows")]
    heard = await together(*(gate.user(ANN)(escrow.hold, (i,)) for i in anns[4:]))
    assert heard == [Halted("new_escrows")] * 4
    assert [row["subject"] for row in market.sql(EVENTS)] == sorted(str(i) for i in [*anns, cleos])
    assert market.sql("SELECT id FROM escrows") == []


async def test_the_same_thing_asked_for_many_times_at_once_is_done_once(market: House) -> None:
    gate = gathering(market)
    (mine,) = await drafts(market, ANN, 1)
    heard = await together(
        *(gate.user(ANN)(escrow.hold, (mine,)) for _ in range(6)), gate.user(CLEO)(escrow.hold, (mine,))
    )
    assert heard == [(Held(mine, 400),)] * 6 + [NotFound("campaign_targets")]
    assert balance(market, f"user:{ANN}:XTR") == 10_000 - 400


async def test_what_telegram_took_from_many_is_credited_in_sets(market: House) -> None:
    gate = gathering(market)
    received = [(await market.system(payments.receive, ANN, 10 + n, "XTR", f"c{n}")).id for n in range(20)]
    heard = await together(*(gate.system("telegram")(payments.credit, i) for i in [*received, 12345]))
    assert heard == [*range(10, 30), NotFound("payments")]
    assert balance(market, f"user:{ANN}:XTR") == sum(range(10, 30))
    acts = market.sql("SELECT DISTINCT act_id, actor FROM audit_events WHERE action = 'payments.credit'")
    assert len(acts) < 10
    assert {act["actor"] for act in acts} == {"system:telegram"}


@pytest.mark.parametrize("who", ["a leader", "one who waits"])
async def test_a_caller_who_goes_away_takes_nobody_with_them(market: House, who: str) -> None:
    gate = gathering(market)
    ids = await drafts(market, ANN, 9)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(gate.user(ANN)(escrow.hold, (i,))) for i in ids]
        gone = 0 if who == "a leader" else 8
        await asyncio.sleep(0)  # everybody has asked: the first ones lead, the others wait
        tasks[gone].cancel()
    heard = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(heard.pop(gone), asyncio.CancelledError)
    assert heard == [(Held(i, 400),) for n, i in enumerate(ids) if n != gone]
    assert [line.waiting for line in gate.gather._lines.values()] == [{}, {}]  # type: ignore[union-attr]
    if who == "one who waits":
        assert market.sql("SELECT id FROM escrows WHERE id = :id", id=ids[gone]) == []


async def test_a_leader_who_goes_away_while_the_database_works_leaves_one_answer_to_each(market: House) -> None:
    """The set is decided all the same: who waited is not asked for again, and a refusal is one event."""
    gate = gathering(market)
    first, mine = await drafts(market, ANN, 2)
    (poor,) = await drafts(market, CLEO, 1, money=10)
    asked = ((ANN, first), (ANN, mine), (CLEO, poor))
    begun, loop = count(1), asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(together(gate.user(by)(escrow.hold, (i,)))) for by, i in asked]
        event.listen(
            market.gate.database.engine,
            "begin",
            lambda _: next(begun) == 2 and loop.call_soon_threadsafe(tasks[1].cancel),
        )
    assert tasks[1].cancelled()
    assert [tasks[0].result(), tasks[2].result()] == [[(Held(first, 400),)], [NotEnoughMoney(400, 10)]]
    assert [row["refusal"] for row in market.sql(EVENTS) if row["subject"] == str(poor)] == ["not-enough-money"]


async def test_no_set_is_larger_than_agreed_and_everybody_is_answered() -> None:
    sizes: list[int] = []

    async def decide(_action: Any, asked: Asked[int]) -> Outcomes[int, int]:
        sizes.append(len(asked))
        await asyncio.sleep(0)
        return Outcomes({item: item + 1 for item in asked})

    gather = Gather(escrow.hold)
    who = Actor.user(ANN)
    assert await asyncio.gather(*(gather(decide, escrow.hold, n, who) for n in range(300))) == list(range(1, 301))
    assert max(sizes) == MOST
    assert len(sizes) < 10


async def test_one_item_that_spoils_its_set_is_alone_with_its_error() -> None:
    async def decide(_action: Any, asked: Asked[int]) -> Outcomes[int, int]:
        await asyncio.sleep(0)
        if 7 in asked:
            raise RuntimeError("seven")
        return Outcomes({item: item + 1 for item in asked})

    gather, who = Gather(escrow.hold), Actor.user(ANN)
    heard = await together(*(gather(decide, escrow.hold, n, who) for n in range(20)))
    assert isinstance(heard.pop(7), RuntimeError)
    assert heard == [n + 1 for n in range(20) if n != 7]


async def test_a_lost_reply_to_commit_costs_nobody_their_answer(
    postgresql_address: str, servers: dict[str, Any]
) -> None:
    async with Proxy(servers["postgres"]) as proxy, opened(postgresql_address, proxy.port) as house:
        await story.people(house)
        await story.switches(house, *Switch)
        ids = await drafts(house, ANN, 12)
        lost: list[Turn] = []

        def lose(turn: Turn) -> bool:
            if lost or not (turn.is_commit and turn.answered) or len(house.sql("SELECT id FROM escrows")) < 3:
                return False
            lost.append(turn)
            return True

        proxy.fault = lose
        gate = gathering(house)
        heard = await together(*(gate.user(ANN)(escrow.hold, (i,)) for i in ids))
        assert lost
        assert heard == [(Held(i, 400),) for i in ids]
        assert balance(house, f"user:{ANN}:XTR") == 10_000 - 12 * 400


async def test_a_lost_reply_is_an_error_for_a_lone_caller(postgresql_address: str, servers: dict[str, Any]) -> None:
    async with Proxy(servers["postgres"]) as proxy, opened(postgresql_address, proxy.port) as house:
        await story.people(house)
        await story.switches(house, *Switch)
        (mine,) = await drafts(house, ANN, 1)
        proxy.fault = lambda turn: turn.is_commit and turn.answered and not proxy.lost
        gate = gathering(house)
        with pytest.raises((DBAPIError, OSError)):
            await gate.user(ANN)(escrow.hold, (mine,))
        assert await gate.user(ANN)(escrow.hold, (mine,)) == (Held(mine, 400),)


async def test_the_app_gathers_holds_and_credits_which_answer_the_same_when_asked_again(sqlite_address: str) -> None:
    app = build(load(bot_token=f"123456789:{'A' * 35}", database_url=sqlite_address))
    assert app.gate.gather is not None
    assert app.gate.gather.takes(escrow.hold)
    assert app.gate.gather.takes(payments.credit)
    assert DEEDS["hold"].again is DEEDS["credit"].again is SAME
    await app.close()

"""Channels are visited: rights that were lost while the bot was down take a channel out of the catalogue, and tell its owner."""

import pytest

from bot.sandbox import Fault
from domain import escrow, visits
from domain.action import Switch
from scheduler import watchdogs
from tests import story
from tests.conftest import House
from tests.scheduler.conftest import Stage
from tests.story import ANN, BOB

TOLD = "SELECT kind FROM notices WHERE kind IN ('channel-lost', 'channel-back') AND user_id = :bob ORDER BY id"


async def listed(stage: Stage) -> None:
    await story.people(stage.house)
    await story.channel(stage.house, chat_id=stage.channel.id)


async def visit(stage: Stage) -> int:
    return await watchdogs.visit_channels(stage.house.system, stage.adapter)


def status(stage: Stage) -> str:
    return str(stage.house.sql.one("SELECT status FROM channels"))


def told(stage: Stage) -> list[str]:
    return [row["kind"] for row in stage.house.sql(TOLD, bob=BOB)]


async def test_a_channel_is_visited_once_a_day(stage: Stage) -> None:
    await listed(stage)
    stage.house.clock.forward(hours=23, minutes=59)
    assert await visit(stage) == 0
    stage.house.clock.forward(minutes=1)
    assert await visit(stage) == 1
    assert await visit(stage) == 0
    assert (status(stage), told(stage)) == ("listed", [])


async def test_a_channel_is_visited_at_once_where_its_courier_is_not_there_any_more(stage: Stage) -> None:
    await listed(stage)
    assert await stage.house.system.ask(visits.due) == []
    stage.house.sql("UPDATE channels SET courier_id = 8")
    assert await stage.house.system.ask(visits.due, couriers=(8, 9)) == []
    assert await stage.house.system.ask(visits.due, couriers=(9,)) == [visits.ToVisit(stage.channel.id, 8)]


async def test_a_channel_with_open_placements_is_visited_each_hour(stage: Stage) -> None:
    await stage.book(hours=24)
    for _ in range(2):
        stage.house.clock.forward(minutes=59)
        assert await visit(stage) == 0
        stage.house.clock.forward(minutes=1)
        assert await visit(stage) == 1


@pytest.mark.parametrize("lose", ["demote", "remove_bot"])
async def test_rights_lost_while_the_bot_was_down_are_found_and_told_once_and_so_is_their_return(
    stage: Stage, lose: str
) -> None:
    await listed(stage)
    await getattr(stage.channel, lose)()
    for _ in range(2):
        stage.house.clock.forward(days=1)
        assert await visit(stage) == 1
        assert (status(stage), told(stage)) == ("lost", ["channel-lost"])
    await stage.channel.promote()
    stage.house.clock.forward(days=1)
    assert await visit(stage) == 1
    assert (status(stage), told(stage)) == ("listed", ["channel-lost", "channel-back"])


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.TOO_MANY_REQUESTS, Fault.REFUSED, Fault.UNAUTHORIZED])
async def test_where_telegram_does_not_say_nothing_changes_and_the_visit_is_made_later(
    stage: Stage, fault: Fault
) -> None:
    await listed(stage)
    await stage.channel.demote()
    stage.house.clock.forward(days=1)
    picture = stage.house.sql.picture()
    await stage.telegram.fault("getChatMember", fault)
    assert await visit(stage) == 0
    assert stage.house.sql.picture() == picture
    await stage.telegram.clear_faults()
    assert await visit(stage) == 1
    assert status(stage) == "lost"


async def due(house: House, most: int = 20) -> list[int]:
    return [one.chat_id for one in await house.system.ask(visits.due, most)]


async def test_few_are_visited_at_once_the_longest_unvisited_first(stage: Stage) -> None:
    house = stage.house
    await story.people(house)
    await story.switches(house, *Switch)
    for number in range(3):
        await story.channel(house, chat_id=-1001 - number)
        house.clock.forward(hours=1)
    house.clock.forward(days=1)
    assert await due(house, 2) == [-1001, -1002]
    assert await due(house) == [-1001, -1002, -1003]
    await story.fund(house, ANN, 400)
    youngest = house.sql.one("SELECT id FROM channels WHERE chat_id = -1003")
    await house.gate.user(ANN)(escrow.hold, ((await story.draft(house, youngest)).id,))
    assert await due(house) == [-1001, -1002, -1003]  # a booking makes it due sooner, not first

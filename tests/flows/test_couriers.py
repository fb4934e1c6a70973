"""A publisher lets another bot of the house publish in a channel, in the chat; a booking goes out through it; and back."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.buttons import Courier, Run
from domain.channels import RIGHTS
from tests.flows.conftest import Town, name_of, town_of
from tests.scheduler.drain import COURIERS, number

TOKENS = COURIERS[:2]
FIRST = number(TOKENS[0])


@pytest_asyncio.fixture
async def fleet(sqlite_address: str, language: str, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """A town with two couriers."""
    async for town in town_of(sqlite_address, language, name_of(request), courier_tokens=", ".join(TOKENS)):
        for token in TOKENS:
            await town.telegram.add_bot(token)
        yield town


async def test_a_publisher_lets_a_courier_publish_and_takes_it_back(fleet: Town) -> None:
    town, name = fleet, f"holdfast{FIRST}_bot"
    bob, ann = await town.person("Bob"), await town.person("Ann")
    await town.open_everything()
    channel = await town.listed(bob)
    await town.say(bob, "/channels")
    await bob.tap("Tech Daily")
    await town.tap(bob, "courier-let", bot=name)
    steps = await town.newest(bob)
    assert steps.text == town.said("courier-steps", channel="Tech Daily", bot=name)
    rights = ", ".join(town.said(f"right-{right}") for right in RIGHTS)
    refused = await town.tap(bob, "courier-check")
    assert refused == town.said("error-courier-lacks", channel="Tech Daily", rights=rights)
    assert town.sql.one("SELECT courier_id FROM channels") is None
    await channel.promote(by=bob, bot=FIRST)
    await town.tap(bob, "courier-check")
    assert town.said("courier-line", bot=name) in (await town.newest(bob)).text
    assert town.sql("SELECT courier_id, status FROM channels") == [{"courier_id": FIRST, "status": "listed"}]
    await town.funded(ann)
    placement = await town.booked(ann)
    await town.tap(bob, "request-approve")
    await town.tick()
    assert town.status(placement) == ("held", "success", "pending")
    assert town.sql("SELECT bot_id FROM post_jobs") == [{"bot_id": FIRST}]
    calls = [json.loads(line) for line in town.record.read_text().splitlines()]
    sent = [
        call["bot"]
        for call in calls
        if call.get("method") == "sendMessage" and call["params"]["chat_id"] == str(channel.id)
    ]
    assert sent == [FIRST]
    olga = await town.admin()
    assert str(FIRST) in (await town.say(olga, "/find channel:1")).text
    await town.say(bob, "/channels")
    await bob.tap("Tech Daily")
    await town.tap(bob, "courier-back")
    await town.tap(bob, "courier-back-yes")
    assert town.sql("SELECT courier_id, status FROM channels") == [{"courier_id": None, "status": "listed"}]
    assert town.said("courier-line", bot=name) not in (await town.newest(bob)).text


async def test_a_forged_press_names_no_other_bot_and_no_other_channel(fleet: Town) -> None:
    bob, cleo = await fleet.person("Bob"), await fleet.person("Cleo")
    await fleet.listed(bob)
    for run in Run:
        pressed = Courier(run=run, id=1, bot=FIRST).pack()
        assert await cleo.press(pressed, (await fleet.newest(cleo)).id) == fleet.said("error-not-found")
    for run in (Run.ask, Run.check):
        pressed = Courier(run=run, id=1, bot=12345).pack()
        assert await bob.press(pressed, (await fleet.newest(bob)).id) == fleet.said("error-no-courier")
    assert fleet.sql.one("SELECT courier_id FROM channels") is None

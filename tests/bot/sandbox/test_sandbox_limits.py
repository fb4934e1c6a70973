"""How fast a bot may write, when limits are on."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Client, Sandbox


@pytest.fixture
async def send(clock: Any, token: str) -> AsyncIterator[Any]:
    """Sends to a chat: None, or the seconds to wait."""
    async with (
        Sandbox(now=clock, limits=True) as sandbox,
        Client(sandbox.api) as telegram,
        aiohttp.ClientSession() as session,
    ):
        await telegram.add_bot(token)
        people = [await telegram.person(f"P{number}") for number in range(40)]
        for person in people:
            await person.say("/start")
        channel = await telegram.channel("Tech", owner=people[0])
        await channel.promote()

        async def send(chat: int, method: str = "sendMessage", **more: Any) -> int | None:
            where = channel.id if chat == -1 else people[chat].id
            call = {"chat_id": where, "text": "x"} | more
            async with session.post(f"{sandbox.api}/bot{token}/{method}", json=call) as answer:
                body = await answer.json()
            if body["ok"]:
                return None
            assert (answer.status, body["error_code"]) == (429, 429)
            wait: int = body["parameters"]["retry_after"]
            assert body["description"] == f"Too Many Requests: retry after {wait}"
            return wait

        send.counts = telegram.counts  # type: ignore[attr-defined]
        send.channel = channel  # type: ignore[attr-defined]
        yield send


async def test_a_chat_takes_a_small_burst_and_then_one_a_second(send: Any, clock: Any) -> None:
    assert [await send(0) for _ in range(4)] == [None, None, None, 3]
    clock.advance(seconds=2)
    assert await send(0) == 1
    clock.advance(seconds=1)
    assert await send(0) is None


async def test_a_bot_sends_at_most_30_a_second(send: Any, clock: Any) -> None:
    assert [await send(number) for number in range(31)] == [None] * 30 + [1]
    clock.advance(seconds=1)
    assert await send(30) is None


async def test_a_channel_takes_20_a_minute_edits_included(send: Any, clock: Any) -> None:
    for number in range(20):
        clock.advance(seconds=1)
        more = {"message_id": 1, "text": str(number)} if number % 2 else {}
        assert await send(-1, "editMessageText" if more else "sendMessage", **more) is None
    clock.advance(seconds=1)
    assert await send(-1) == 40
    clock.advance(seconds=40)
    assert await send(-1) is None


async def test_what_comes_too_early_is_not_carried_out_and_costs_nothing(send: Any, clock: Any) -> None:
    for _ in range(10):
        await send(-1)
    assert (await send.counts())[send.channel.id] == 3
    clock.advance(seconds=3)
    assert await send(-1) is None


async def test_reading_is_not_limited(send: Any) -> None:
    assert [await send(-1, "getChat") for _ in range(50)] == [None] * 50

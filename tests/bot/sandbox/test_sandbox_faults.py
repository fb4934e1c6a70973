"""Every way in which a send can fail, as aiogram tells it (the table of what a send can answer), and what was carried out."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiohttp import ClientConnectorError, ClientOSError, ClientPayloadError, ServerDisconnectedError

from bot.sandbox import Client, Fault, Person, Sandbox
from bot.sandbox.client import Channel


@pytest.fixture
async def bot(sandbox: Sandbox, token: str, ann: Person) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.api), timeout=0.3)
    yield Bot(token, session=session)
    await (await session.create_session()).close()  # the session's own close() sleeps


TABLE: list[tuple[Fault, type[Exception], tuple[type[BaseException], ...], bool]] = [
    (Fault.TOO_MANY_REQUESTS, TelegramRetryAfter, (), False),
    (Fault.BAD_REQUEST, TelegramBadRequest, (), False),
    (Fault.FORBIDDEN, TelegramForbiddenError, (), False),
    (Fault.MIGRATED, TelegramMigrateToChat, (), False),
    (Fault.UNAUTHORIZED, TelegramUnauthorizedError, (), False),
    (Fault.TOO_LARGE, TelegramEntityTooLarge, (), False),
    (Fault.CONFLICT, TelegramConflictError, (), False),
    (Fault.REFUSED, TelegramNetworkError, (ClientConnectorError,), False),
    (Fault.SERVER_ERROR, TelegramServerError, (), False),
    (Fault.SERVER_ERROR_AFTER_ACCEPTING, TelegramServerError, (), True),
    (Fault.BAD_GATEWAY, ClientDecodeError, (), False),
    (Fault.BAD_GATEWAY_AFTER_ACCEPTING, ClientDecodeError, (), True),
    (Fault.GARBLED_AFTER_ACCEPTING, ClientDecodeError, (), True),
    (Fault.UNKNOWN_TYPE_AFTER_ACCEPTING, ClientDecodeError, (), True),
    (Fault.BROKEN_UTF8_AFTER_ACCEPTING, UnicodeDecodeError, (), True),
    (Fault.HANG, TelegramNetworkError, (TimeoutError,), False),
    (Fault.TIMEOUT_AFTER_ACCEPTING, TelegramNetworkError, (TimeoutError,), True),
    (Fault.RESET, TelegramNetworkError, (ClientOSError,), False),
    (Fault.RESET_AFTER_ACCEPTING, TelegramNetworkError, (ClientOSError,), True),
    (Fault.TRUNCATED_AFTER_ACCEPTING, TelegramNetworkError, (ClientPayloadError,), True),
]


@pytest.mark.parametrize(("fault", "error", "causes", "accepted"), TABLE, ids=[row[0].value for row in TABLE])
async def test_a_send_fails_as_told(
    telegram: Client, channel: Channel, bot: Bot, record: Any, fault: Fault, error: Any, causes: Any, accepted: bool
) -> None:
    await telegram.fault("sendMessage", fault)
    with pytest.raises(error) as raised:
        await bot.send_message(channel.id, "an advertisement")
    assert not causes or isinstance(raised.value.__cause__, causes)
    assert [post.text for post in await channel.posts()] == ["an advertisement"] * accepted
    assert (await telegram.counts())[channel.id] == accepted
    lines = [json.loads(line) for line in record.path.read_text().splitlines()]
    sends = [line for line in lines if line.get("method") == "sendMessage"]
    assert sends == ([] if fault is Fault.REFUSED else [sends[0] | {"response": None, "fault": fault}])
    await telegram.clear_faults()
    await bot.send_message(channel.id, "the next")
    assert [post.text for post in await channel.posts()] == [*["an advertisement"] * accepted, "the next"]


def test_every_fault_is_in_the_table() -> None:
    assert {row[0] for row in TABLE} == set(Fault) - {Fault.SLOW}


async def test_a_slow_answer_is_right_and_late(telegram: Client, ann: Person, bot: Bot) -> None:
    await telegram.fault("sendMessage", Fault.SLOW, seconds=0.05)
    started = asyncio.get_running_loop().time()
    assert (await bot.send_message(ann.id, "x")).text == "x"
    assert asyncio.get_running_loop().time() - started >= 0.05


async def test_a_fault_carries_the_numbers_and_words_it_is_given(telegram: Client, ann: Person, bot: Bot) -> None:
    await telegram.fault("sendMessage", Fault.TOO_MANY_REQUESTS, retry_after=7)
    with pytest.raises(TelegramRetryAfter) as waits:
        await bot.send_message(ann.id, "x")
    assert waits.value.retry_after == 7
    await telegram.fault("sendMessage", Fault.MIGRATED, migrate_to=-1005)
    with pytest.raises(TelegramMigrateToChat) as migrated:
        await bot.send_message(ann.id, "x")
    assert migrated.value.migrate_to_chat_id == -1005
    await telegram.fault("sendMessage", Fault.BAD_REQUEST, text="MESSAGE_ID_INVALID")
    with pytest.raises(TelegramBadRequest, match="MESSAGE_ID_INVALID"):
        await bot.send_message(ann.id, "x")


async def test_a_fault_meets_only_its_method_and_its_chat_and_so_often(
    telegram: Client, ann: Person, channel: Channel, bot: Bot
) -> None:
    await telegram.fault("sendMessage", Fault.SERVER_ERROR, chat=channel, times=2)
    await bot.send_message(ann.id, "another chat")
    await bot.send_chat_action(channel.id, "typing")
    for _ in range(2):
        with pytest.raises(TelegramServerError):
            await bot.send_message("@techdaily", "x")
    await bot.send_message(channel.id, "x")


async def test_a_fault_for_everything_lasts_until_it_is_cleared(telegram: Client, ann: Person, bot: Bot) -> None:
    await telegram.fault("*", Fault.BAD_GATEWAY, forever=True)
    for _ in range(3):
        with pytest.raises(ClientDecodeError):
            await bot.get_me()
    await telegram.clear_faults()
    assert await bot.get_me()


async def test_while_connections_are_refused_people_can_still_act_and_open_polls_break(
    telegram: Client, api: Any, ann: Person, bot: Bot
) -> None:
    async def poll() -> str:
        try:
            await api("getUpdates", timeout=30)
        except (ClientOSError, ServerDisconnectedError):
            return "broken"
        return "answered"

    async with asyncio.TaskGroup() as tasks:
        open_poll = tasks.create_task(poll())
        await telegram.idle()
        await telegram.fault("*", Fault.REFUSED, seconds=30)
    assert open_poll.result() == "broken"
    await ann.say("while it is down")
    with pytest.raises(TelegramNetworkError):
        await bot.get_me()
    await telegram.clear_faults()
    assert (await bot.get_updates())[-1].message.text == "while it is down"  # type: ignore[union-attr]


async def test_refusing_ends_by_itself_after_its_seconds(telegram: Client, bot: Bot) -> None:
    await telegram.fault("*", Fault.REFUSED, seconds=0.05)
    with pytest.raises(TelegramNetworkError):
        await bot.get_me()
    await telegram.call("state", after=(await telegram.call("state"))["version"], timeout=2)
    await telegram.clear_faults()
    assert await bot.get_me()


async def test_a_fault_may_meet_polling_too(telegram: Client, bot: Bot) -> None:
    await telegram.fault("getUpdates", Fault.CONFLICT)
    with pytest.raises(TelegramConflictError):
        await bot.get_updates()
    assert await bot.get_updates() == []


async def test_what_hangs_is_let_go_of_when_the_sandbox_closes(token: str) -> None:
    async def hangs(bot: Bot) -> None:
        with pytest.raises(TelegramNetworkError):
            await bot.get_me()

    async with asyncio.TaskGroup() as tasks, Sandbox() as sandbox, Client(sandbox.api) as telegram:
        await telegram.add_bot(token)
        await telegram.fault("getMe", Fault.HANG)
        bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(sandbox.api)))
        call = tasks.create_task(hangs(bot))
        while not await telegram.calls("getMe"):
            assert not call.done()
    await bot.session.close()

"""The tokens of the couriers: read from one setting, each as secret as the main bot's, and seen by the doctor."""

import io
import logging

import pytest

from bot import logs
from bot.app import build
from bot.cli.doctor import State, examined
from bot.sandbox import Client, Sandbox
from bot.settings import BadSettings, Settings, load
from tests.conftest import ADMIN
from tests.processes import TOKEN
from tests.scheduler.drain import COURIERS, number

TWO = ", ".join(COURIERS[:2])


def settings(**given: object) -> Settings:
    return load(_env_file=None, bot_token=TOKEN, admins=f"{ADMIN}", courier_tokens=TWO, **given)


async def test_each_bot_has_its_session_and_its_pace_and_none_without_the_setting() -> None:
    app = build(settings(database_url="sqlite:///nowhere.db"))
    assert list(app.paces) == [number(TOKEN), *map(number, COURIERS[:2])]
    assert app.loop.telegram.couriers == tuple(map(number, COURIERS[:2]))
    assert len({id(bot.session) for bot in (app.bot, *app.couriers)}) == 3
    await app.close()
    alone = build(load(_env_file=None, bot_token=TOKEN, courier_tokens="", database_url="sqlite:///nowhere.db"))
    assert (alone.loop.telegram.couriers, list(alone.paces)) == ((), [number(TOKEN)])
    await alone.close()


@pytest.mark.parametrize("given", ["123:short", f"{COURIERS[0]},{COURIERS[0]}", f"{COURIERS[0]},{TOKEN}", f"{TOKEN};x"])
def test_wrong_tokens_end_the_start_with_a_line_that_shows_none_of_them(given: str) -> None:
    with pytest.raises(BadSettings, match="HOLDFAST_COURIER_TOKENS") as wrong:
        load(_env_file=None, bot_token=TOKEN, courier_tokens=given)
    assert not any(part in str(wrong.value) for token in (TOKEN, COURIERS[0]) for part in token.split(":")[1:])
    assert "short" not in str(wrong.value)


def test_no_line_shows_a_couriers_token() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.rendering(settings()))
    logger = logging.getLogger("tests.courier_tokens")
    logger.addHandler(handler)
    secret = COURIERS[1].partition(":")[2]
    try:
        logger.warning("%s and %s alone", COURIERS[0], secret, extra={"why": f"bot{COURIERS[1]}/getMe"})
    finally:
        logger.removeHandler(handler)
    assert secret not in stream.getvalue()
    assert "<token>" in stream.getvalue()
    assert all(token not in repr(settings()) for token in COURIERS)


async def test_the_doctor_looks_at_each_courier(sqlite_address: str) -> None:
    async with Sandbox() as sandbox, Client(sandbox.api) as telegram:
        for token in (TOKEN, *COURIERS[:2]):
            await telegram.add_bot(token)
        await telegram.revoke(COURIERS[1])
        given = settings(bot_api=sandbox.api, database_url=sqlite_address)
        lines = [line async for line in examined(given, 5) if line.what == "courier"]
    well, wrong = lines
    assert (well.state, well.words) == (State.ok, f"@holdfast{number(COURIERS[0])}_bot, {number(COURIERS[0])}")
    assert (wrong.state, wrong.words.startswith(f"{number(COURIERS[1])}: Unauthorized")) == (State.fail, True)

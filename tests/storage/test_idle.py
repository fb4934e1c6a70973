"""A connection that lay idle and was cut meanwhile is replaced before anybody notices."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from domain import escrow, users
from domain.errors import Halted, Refused
from storage import database
from tests import story
from tests.conftest import OPEN, House, superusers
from tests.faults.proxy import Proxy
from tests.faults.worlds import opened

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
def address(postgresql_address: str) -> str:
    return postgresql_address


async def cut(house: House) -> None:
    """Every connection of the application's, after it has been used."""
    await story.people(house)
    address = superusers(house.sql.address)
    OPEN.to(address).execute(CUT.encode())
    OPEN.close(address)


async def test_after_a_second_it_is_tried_before_it_is_used(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await cut(house)
    monkeypatch.setattr(database, "IDLE_SECONDS", 0)
    await house.system(users.meet, 7, "Gil", None, "en")
    assert house.sql.one("SELECT name FROM users WHERE id = 7") == "Gil"


async def test_it_is_not_used_once_it_is_known_to_be_gone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await cut(house)
    monkeypatch.setattr(database, "IDLE_SECONDS", 3600)
    await asyncio.sleep(0.5)  # by then its end has been heard of
    await house.system(users.meet, 7, "Gil", None, "en")
    assert house.sql.one("SELECT name FROM users WHERE id = 7") == "Gil"


async def test_in_use_it_is_not_tried_and_one_act_fails_with_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await cut(house)
    monkeypatch.setattr(database, "IDLE_SECONDS", 3600)
    with pytest.raises(DBAPIError):
        await house.system(users.meet, 7, "Gil", None, "en")
    await house.system(users.meet, 7, "Gil", None, "en")
    assert house.sql.one("SELECT COUNT(*) FROM users WHERE id = 7") == 1


async def test_a_refusal_is_heard_though_the_database_is_gone_before_it_is_audited(
    postgresql_address: str, servers: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    async with Proxy(servers["postgres"]) as proxy, opened(postgresql_address, proxy.port) as house:
        await story.people(house)
        await story.switches(house)
        napping = (house.gate.database.write(lambda conn: conn.exec_driver_sql("SELECT pg_sleep(0.2)")) for _ in "ab")
        await asyncio.gather(*napping)
        await asyncio.sleep(database.IDLE_SECONDS)  # so that the other connection is tried, found cut, and made anew

        def gone(*_: Any) -> None:
            assert proxy._server
            proxy._server.close()
            OPEN.to(superusers(postgresql_address)).execute(CUT.encode())
            OPEN.close(superusers(postgresql_address))

        event.listen(house.gate.database.engine, "checkin", gone, once=True)
        with pytest.raises(Refused) as refused:
            await house.gate.user(story.ANN)(escrow.hold, (1,))
    assert isinstance(refused.value.refusal, Halted)
    assert "a refusal could not be audited: escrow.hold" in caplog.text

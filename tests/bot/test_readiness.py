"""Ready means that everything vital is well; whatever is broken is named, and alone."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.seeing import Check, is_ready, readiness
from bot.settings import Environment, Settings
from domain import heartbeats, kill_switches
from scheduler.loop import TICKS
from storage.database import Database
from tests.conftest import ADMIN, Clock, House, gate_of
from tests.servers import Valkey, free_port

NAMES = ["database", "migrations", "guards", "switches", "roles", "ticks", "evaluator", "redis"]


def settings(**given: object) -> Settings:
    return Settings(_env_file=None, admins=frozenset({1, 2}), **given)  # type: ignore[arg-type]


@pytest_asyncio.fixture
async def ready(house: House) -> AsyncIterator[House]:
    """Every switch has its row, every tick was just heard."""
    await house.gate.user(ADMIN)(kill_switches.init)
    for tick in TICKS:
        await house.system(heartbeats.beat, tick.name, "ok")
    yield house


async def looked(house: House, **given: object) -> list[Check]:
    return await readiness(house.gate, settings(**given))


def not_ok(checks: list[Check]) -> list[str]:
    return [check.name for check in checks if not check.ok]


async def test_a_house_with_its_switches_and_ticks_is_ready(ready: House) -> None:
    checks = await looked(ready, environment=Environment.production)
    assert [check.name for check in checks] == NAMES
    assert not_ok(checks) == []
    assert is_ready(checks)


async def test_a_fresh_house_has_no_switches_and_no_ticks(house: House) -> None:
    checks = await looked(house)
    assert not_ok(checks) == ["switches", "ticks", "evaluator"]
    assert not is_ready(checks)


async def test_one_missing_row_of_a_switch_is_named(ready: House) -> None:
    ready.sql("DELETE FROM kill_switches WHERE key = 'payouts'")
    checks = await looked(ready)
    assert not_ok(checks) == ["switches"]
    assert "payouts" in checks[3].detail


async def test_another_version_of_the_schema_is_not_ready(ready: House) -> None:
    ready.sql("UPDATE alembic_version SET version_num = '0001'")
    assert not_ok(await looked(ready)) == ["migrations"]


async def test_a_guard_that_is_gone_is_named(ready: House) -> None:
    ready.sql("DROP TRIGGER double_entry" + ("" if ready.address.startswith("sqlite") else " ON transfers"))
    checks = await looked(ready)
    assert not_ok(checks) == ["guards"]
    assert "double_entry" in checks[2].detail


@pytest.mark.parametrize(("seconds", "silent"), [(90, []), (91, ["evaluator"]), (100, ["evaluator"])])
async def test_a_dead_evaluator_is_its_own_check(ready: House, seconds: int, silent: list[str]) -> None:
    ready.clock.forward(seconds=seconds)
    for tick in TICKS:
        if tick.name != "rollback":
            await ready.system(heartbeats.beat, tick.name, "ok")
    checks = await looked(ready)
    assert not_ok(checks) == silent, checks


@pytest.mark.parametrize("name", ["posting", "ledger"])
async def test_a_tick_may_be_silent_for_its_period_and_a_gap(ready: House, name: str) -> None:
    every = next(tick.every for tick in TICKS if tick.name == name)
    ready.clock.at += every + heartbeats.GAP
    for tick in TICKS:
        if tick.name != name:
            await ready.system(heartbeats.beat, tick.name, "ok")
    assert not_ok(await looked(ready)) == []
    ready.clock.forward(seconds=1)
    checks = await looked(ready)
    assert not_ok(checks) == ["ticks"]
    assert name in checks[5].detail


async def test_the_owners_login_is_told_of_and_is_a_fault_in_production(ready: House) -> None:
    if ready.address.startswith("sqlite"):
        return
    async with ready.owner() as gate:
        allowed = await readiness(gate, settings())
        refused = await readiness(gate, settings(environment=Environment.production))
    assert not_ok(allowed) == not_ok(refused) == ["roles"]
    assert is_ready(allowed)
    assert not is_ready(refused)


async def test_a_database_that_is_away_leaves_nothing_to_see_and_shows_no_address() -> None:
    database = Database(f"postgresql://holdfast:sesame@127.0.0.1:{free_port()}/holdfast")
    checks = await readiness(gate_of(database, Clock()), settings())
    assert not_ok(checks) == NAMES[:-1]
    assert "sesame" not in str(checks)
    await database.close()


async def test_redis_is_told_as_degraded_and_fails_nothing(ready: House) -> None:
    server = Valkey().start()
    try:
        assert not_ok(await looked(ready, redis_url=server.address)) == []
        server.pause()
        paused = await looked(ready, redis_url=server.address)
        server.resume()
    finally:
        server.stop()
    gone = await looked(ready, redis_url=server.address)
    assert not_ok(paused) == not_ok(gone) == ["redis"]
    assert is_ready(paused)
    assert is_ready(gone)


async def test_what_is_not_vital_makes_nothing_unready(ready: House) -> None:
    checks = await looked(ready)
    assert is_ready([replace(check, ok=check.vital) for check in checks])
    for vital in NAMES[:4] + NAMES[5:7]:
        assert not is_ready([replace(check, ok=check.name != vital) for check in checks])

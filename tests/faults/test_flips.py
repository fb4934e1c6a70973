"""A flip is final, under load too: once a halt has answered nothing it forbids commits, and it answers soon.

Three gates that look right and are not are kept here as mutants, so that these tests are known to see what they look for. A
gate that reads with FOR SHARE in REPEATABLE READ is not among them: PostgreSQL fails it with a serialization error instead of
letting it through, and the gate tries again. What is broken there is a lock followed by a read: the snapshot is older than the
lock.
"""

from typing import Any

import pytest
from sqlalchemy import bindparam, select, text

from domain import kill_switches
from domain.action import Act
from storage import database
from tests.conftest import KINDS, Sql
from tests.faults.budget import random_of, share
from tests.faults.flips import flip_under_load
from tests.faults.worlds import Ground

FLIPS = 100
"""How many flips `make test` makes, at least: a window has two."""

PLAIN = select(kill_switches.s).where(kill_switches.s.c.key.in_(bindparam("keys", expanding=True)))


@pytest.mark.parametrize("callers", [16, 32])
@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_commits_after_a_halt_has_answered_and_it_answers_soon(
    ground: Ground, kind: str, callers: int
) -> None:
    with ground.copy(ground.template(kind)) as address:
        flips = await flip_under_load(address, share(FLIPS // 2, 4), callers, random_of("flips", kind, callers))
    assert (flips.broken, flips.starved, flips.errors, flips.offences) == (0, 0, 0, []), str(flips)
    assert flips.held > flips.windows, "there was no load"
    assert kind == "sqlite" or 3 * callers // 4 <= flips.busy <= callers + 1, str(flips)


async def caught(ground: Ground, mutant: str) -> None:
    """Something commits after a halt has answered, with a gate alone: the guard `asks_switches` would ask once more."""
    with ground.copy(ground.template("postgresql")) as address:
        Sql(address)("DROP TRIGGER asks_switches ON transfers")
        flips = await flip_under_load(address, 60, 16, random_of(mutant), until_broken=True)
    assert flips.broken, str(flips)


async def test_a_gate_that_only_selects_is_caught(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kill_switches, "READ", PLAIN)
    await caught(ground, "plain")


async def test_behind_a_gate_that_only_selects_no_transfer_commits_after_a_halt_all_the_same(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kill_switches, "READ", PLAIN)
    with ground.copy(ground.template("postgresql")) as address:
        flips = await flip_under_load(address, 15, 16, random_of("guarded"))
    assert (flips.broken, flips.starved, flips.offences) == (0, 0, []), str(flips)


async def test_a_gate_in_repeatable_read_that_locks_and_then_reads_is_caught(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, create = kill_switches.check, database.create_async_engine

    def locked(act: Act, gates: Any) -> None:
        act.conn.execute(text("LOCK TABLE kill_switches IN ROW SHARE MODE"))
        check(act, gates)

    def repeatable(url: Any, **options: Any) -> Any:
        return create(url, **options | {"isolation_level": "REPEATABLE READ"})

    monkeypatch.setattr(kill_switches, "READ", PLAIN)
    monkeypatch.setattr(kill_switches, "check", locked)
    monkeypatch.setattr(database, "create_async_engine", repeatable)
    await caught(ground, "repeatable")


async def test_a_flip_that_does_not_take_the_whole_table_starves_and_is_caught(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It breaks nothing; it waits for each reader in turn while new ones come, and need never end."""
    monkeypatch.setattr(kill_switches, "lock", lambda _act: None)
    with ground.copy(ground.template("postgresql")) as address:
        flips = await flip_under_load(address, 60, 32, random_of("bare"))
    assert (flips.broken, flips.starved) == (0, 1), str(flips)

"""What can be written and not read again blinds no check of the books: they are not clean, and what moves money is halted."""

from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import text

from domain import books, kill_switches
from domain.action import Switch
from domain.books import Offence, checking, checkpoints
from scheduler import rollback
from scheduler.sealing import seal
from tests import story
from tests.conftest import ADMIN, House
from tests.domain.test_books import broken
from tests.domain.test_seals import POINT, TOLD, sealed
from tests.storage.test_numbers import as_app

__all__ = ["broken"]  # a fixture

TICKS = [rollback.evaluate, rollback.check_ledger]
DEEP = "[" * 5000 + "]" * 5000
NOW = "'2026-03-02T12:00:00.000000Z'"
NO_TEXT = "CAST(x'ff' AS TEXT)"
WRITTEN = {
    "postgresql": {
        "an event that nests deeper than Python reads": TOLD.format(DEEP),
        "sums that nest deeper than Python reads": POINT + f"'{DEEP}', 'x', '', 'a', {NOW})",
    },
    "sqlite": {
        "an event about what is no text": TOLD.format("{}").replace("'9'", NO_TEXT),
        "a seal that is no text": POINT + f"'{{}}', {NO_TEXT}, '', 'a', {NOW})",
        "a transfer whose key is no text": (
            "INSERT INTO transfers (key, source_id, destination_id, amount, reason, epoch, actor, act_id, at)"
            f" VALUES ({NO_TEXT}, 'external:XTR', 'suspense:XTR', 5, 'adjustment', 1, 'a', 'b', {NOW})"
        ),
    },
}
"""With the guards on. Each database refuses what is the other's."""


@pytest.mark.parametrize("tick", TICKS)
@pytest.mark.parametrize("what", [*WRITTEN["postgresql"], *WRITTEN["sqlite"]])
async def test_what_cannot_be_read_again_halts(broken: House, what: str, tick: Any) -> None:
    kind = "sqlite" if broken.address.startswith("sqlite") else "postgresql"
    if what not in WRITTEN[kind]:
        return
    await sealed(broken)
    as_app(broken)(WRITTEN[kind][what])
    for quickly in (False, True):
        assert await broken.system.ask(books.check, incremental=quickly)
    assert await tick(broken.system, telegram=None) > 0
    assert broken.sql("SELECT key FROM kill_switches WHERE enabled") == [{"key": "worker_watchdogs"}]


async def test_of_a_seals_audit_event_nothing_but_its_hash_is_read(broken: House) -> None:
    await sealed(broken)
    if broken.address.startswith("sqlite"):
        return  # it refuses what nests so deep
    as_app(broken)(TOLD.format(DEEP))
    for quickly in (False, True):
        found = await broken.system.ask(books.check, incremental=quickly)
        assert Offence("I12", "checkpoint 9", checkpoints.GONE) in found
        assert not any("cannot be read" in offence.detail for offence in found)


@pytest.mark.parametrize("number", [-(2**63), -1, 2**63 - 1])
async def test_a_message_whose_number_cannot_be_counted_on_from_blinds_nobody(broken: House, number: int) -> None:
    await story.succeed(broken, await story.booked(broken))
    await seal(broken.system)
    as_app(broken)(f"UPDATE post_jobs SET message_id = {number}")
    assert await broken.system.ask(books.check, incremental=True) == []
    broken.sql("UPDATE wallets SET balance = balance + 1 WHERE id = 'external:XTR'")
    assert await rollback.evaluate(broken.system, telegram=None) > 0


async def test_a_question_that_the_data_leaves_unanswered_is_an_offence_beside_all_others(
    broken: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL's transaction answers nothing after an error, unless there is a savepoint. SQLite counts on."""
    await sealed(broken)
    if broken.address.startswith("sqlite"):
        return
    monkeypatch.setattr(checking, "answers", lambda conn, since: conn.execute(text(f"SELECT {2**63 - 1} + 1")))
    broken.sql("UPDATE wallets SET balance = balance + 1 WHERE id = 'external:XTR'")
    assert await broken.system.ask(books.check, incremental=True) == [
        Offence("I12", "the ledger", "cannot be read: bigint out of range"),
        Offence("I1", "external:XTR", "balance differs from the entries by 1"),
    ]


MOMENTS = {
    "sqlite": {"early": "'never'", "late": "'9999'"},
    "postgresql": {"early": "'4713-01-01 00:00:00+00 BC'", "late": "'20000-01-01 00:00:00+00'"},
}
"""What stands where no guard looks, since whatever changes is not asked about its moments."""
BLINDING = {
    "since when the settlement runs": (
        "INSERT INTO heartbeats (name, at, since, said) VALUES ('refunds', '2026-03-02T12:10:00.000000Z', {early}, 'x')"
    ),
    "when Telegram was called": "INSERT INTO call_minutes (minute, calls, errors) VALUES ({late}, 1, 0)",
}


@pytest.mark.parametrize("what", BLINDING)
async def test_the_books_are_asked_where_nothing_else_can_be(broken: House, what: str) -> None:
    await sealed(broken)
    broken.clock.forward(minutes=10)
    kind = "sqlite" if broken.address.startswith("sqlite") else "postgresql"
    as_app(broken)(BLINDING[what].format(**MOMENTS[kind]))
    broken.sql("UPDATE wallets SET balance = balance + 1 WHERE id = 'external:XTR'")
    with suppress(ArithmeticError, ValueError):
        await rollback.evaluate(broken.system, telegram=None)
    assert broken.sql("SELECT key FROM kill_switches WHERE enabled") == [{"key": "worker_watchdogs"}]


async def test_an_admin_halts_whatever_stands_in_their_own_row(broken: House) -> None:
    await story.booked(broken)
    kind = "sqlite" if broken.address.startswith("sqlite") else "postgresql"
    as_app(broken)(f"UPDATE users SET blocked_at = {MOMENTS[kind]['early']}")
    assert await broken.gate.user(ADMIN)(kill_switches.halt, [Switch.payouts], "test") == [Switch.payouts]

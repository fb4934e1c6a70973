"""The evaluator at work: Telegram fails, what must stop stops by itself, and the admins read why."""

from contextlib import suppress
from datetime import timedelta

import pytest
from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from sqlalchemy.exc import DBAPIError

from bot.counting import Counts
from bot.sandbox import Fault
from domain import users
from domain.books import checkpoints
from domain.rollback import STOP, STOP_ALL
from scheduler import rollback, telling
from tests import story
from tests.conftest import ADMIN
from tests.scheduler.conftest import Stage


def halted(stage: Stage) -> set[str]:
    return {row["key"] for row in stage.house.sql("SELECT key FROM kill_switches WHERE NOT enabled")}


async def test_three_minutes_of_failing_calls_halt_by_themselves_and_one_good_minute_keeps_going(stage: Stage) -> None:
    house, counts = stage.house, Counts(stage.house.clock)
    await story.people(house)
    await story.switches(house, *story.Switch)
    stage.adapter.bot.session.middleware(counts)
    adapter = type(stage.adapter)(stage.adapter.bot, stage.adapter.send_notice, counts=counts)
    system = house.gate.system("calls")
    house.clock.forward(minutes=10)
    for fails in (10, 9, 10, 10, 10):
        await stage.telegram.fault("getMe", Fault.BAD_GATEWAY, times=fails)
        for _ in range(20):
            with suppress(TelegramAPIError, ClientDecodeError):
                await adapter.bot.get_me()
        await stage.telegram.clear_faults()
        house.clock.at += timedelta(minutes=1)
        assert await rollback.count_calls(system, adapter) == 20
        assert halted(stage) == set()
        await rollback.evaluate(system, adapter)
    assert halted(stage) == set(STOP)
    told = house.sql("SELECT user_id, args FROM notices WHERE kind = 'rollback'")
    assert [row["user_id"] for row in told] == [ADMIN]
    await rollback.evaluate(system, adapter)
    assert house.sql.one("SELECT COUNT(*) FROM notices WHERE kind = 'rollback'") == 1


async def test_a_broken_invariant_halts_all_movement_of_money(stage: Stage) -> None:
    await stage.book()
    house = stage.house
    house.sql("UPDATE wallets SET balance = balance + 1 WHERE id = :id", id=f"user:{story.ANN}:XTR")
    await rollback.check_ledger(house.gate.system("ledger"), stage.adapter)
    assert halted(stage) == set(STOP_ALL)
    await house.system(users.meet, ADMIN, "Olga", None, "en")
    await telling.send_alerts(house.gate.system("alerts"), stage.adapter)
    house.sql("UPDATE wallets SET balance = balance - 1 WHERE id = :id", id=f"user:{story.ANN}:XTR")


async def test_what_the_books_cannot_answer_keeps_nothing_else_from_halting(stage: Stage) -> None:
    await stage.book()
    house = stage.house
    house.clock.forward(hours=2, minutes=16)
    house.sql("ALTER TABLE checkpoints RENAME TO put_away")
    with pytest.raises(DBAPIError):
        await rollback.evaluate(house.gate.system("rollback"), stage.adapter)
    house.sql("ALTER TABLE put_away RENAME TO checkpoints")
    assert halted(stage) == set(STOP)


async def test_what_a_full_check_found_clean_is_sealed_once_it_is_a_segment_and_nothing_else_is(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.book()
    house, sealed = stage.house, "SELECT MAX(entry_id) FROM checkpoints"
    newest = house.sql.one("SELECT MAX(id) FROM ledger_entries")
    ledger = house.gate.system("ledger")
    monkeypatch.setattr(checkpoints, "SEGMENT", newest + 1)
    assert await rollback.check_ledger(ledger, stage.adapter) == 0
    assert house.sql.one(sealed) is None
    monkeypatch.setattr(checkpoints, "SEGMENT", newest)
    house.sql("UPDATE wallets SET balance = balance + 1 WHERE id = :id", id=f"user:{story.ANN}:XTR")
    assert await rollback.check_ledger(ledger, stage.adapter) > 0
    assert house.sql.one(sealed) is None
    house.sql("UPDATE wallets SET balance = balance - 1 WHERE id = :id", id=f"user:{story.ANN}:XTR")
    assert await rollback.check_ledger(ledger, stage.adapter) == 0
    assert house.sql.one(sealed) == newest


async def test_what_little_there_is_is_sealed_a_day_later(stage: Stage) -> None:
    await stage.book()
    house, sealed = stage.house, "SELECT MAX(entry_id) FROM checkpoints"
    newest = house.sql.one("SELECT MAX(id) FROM ledger_entries")
    ledger = house.gate.system("ledger")
    house.clock.forward(hours=23, minutes=59)
    assert await rollback.check_ledger(ledger, stage.adapter) == 0
    assert house.sql.one(sealed) is None
    house.clock.forward(minutes=1)
    assert await rollback.check_ledger(ledger, stage.adapter) == 0
    assert house.sql.one(sealed) == newest
    house.clock.forward(days=9)
    assert await rollback.check_ledger(ledger, stage.adapter) == 0
    assert house.sql.one("SELECT COUNT(*) FROM checkpoints") == 1
    await story.fund(house, story.ANN, 5)
    for days in (0, 1):  # what is sealed is old, what came since is not
        house.clock.forward(days=days)
        assert await rollback.check_ledger(ledger, stage.adapter) == 0
        assert house.sql.one("SELECT COUNT(*) FROM checkpoints") == 1 + days


async def test_what_is_looked_at_every_ten_seconds_does_not_grow_with_what_was_sealed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.book()
    monkeypatch.setattr(checkpoints, "SEGMENT", 1)
    house, ledger = stage.house, stage.house.gate.system("ledger")
    assert await rollback.check_ledger(ledger, stage.adapter) == 0
    wallet = f"user:{story.ANN}:XTR"
    house.sql("UPDATE wallets SET balance = balance + 1 WHERE id = :id", id=wallet)
    house.sql("UPDATE wallets SET balance = balance - 1 WHERE id = 'escrow:1'")
    assert await rollback.evaluate(house.gate.system("rollback"), stage.adapter) == 0
    assert await rollback.check_ledger(ledger, stage.adapter) > 0
    house.sql("UPDATE wallets SET balance = balance - 1 WHERE id = :id", id=wallet)
    house.sql("UPDATE wallets SET balance = balance + 1 WHERE id = 'escrow:1'")

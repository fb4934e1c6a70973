"""What is appended can be read again, whoever appends it: by the halts and the checks that must not fail for it."""

import sqlite3
from contextlib import closing

import psycopg
import pytest

from domain import kill_switches
from domain.action import Switch
from storage import guards
from tests import story
from tests.conftest import ADMIN, House
from tests.domain.test_books import broken

__all__ = ["broken"]  # a fixture

FLIP = """INSERT INTO kill_switch_flips (epoch, key, enabled, reason, actor, act_id, at)
    SELECT MAX(epoch) + 1, 'payouts', {enabled}, {reason}, 'a', 'b', {at} FROM kill_switch_flips"""
NOON = "'2026-03-02T12:00:00.000000Z'"
MOMENTS = {
    "sqlite": (
        "0000-01-01T00:00:00.000000Z",
        "2026-00-01T00:00:00.000000Z",
        "2026-02-29T12:00:00.000000Z",
        "2026-02-31T12:00:00.000000Z",
        "2026-03-02T24:00:00.000000Z",
        "2026-03-02T12:00:60.000000Z",
        "2026-99-99T99:99:99.999999Z",
        "20000-01-01T00:00:00.000000Z",
        "2026-03-02T12:00:00Z",
        "infinity",
    ),
    "postgresql": (
        "0001-12-31 12:00:00+00 BC",
        "4713-01-01 00:00:00+00 BC",
        "10000-01-01 00:00:00+00",
        "294276-01-01 00:00:00+00",
        "infinity",
        "-infinity",
    ),
}
"""Which Python's calendar does not have."""
ZONES = ("UTC", "Etc/GMT+12", "Etc/GMT-14")
READ = {
    "sqlite": ("0001-01-01T00:00:00.000000Z", "2024-02-29T12:00:00.000001Z", "9999-12-31T23:59:59.999999Z"),
    "postgresql": ("0001-01-01 00:00:00+00", "2024-02-29 12:00:00.000001+00", "9999-12-31 23:59:59.999+00"),
}


def flip(at: str, reason: str = "'r'", enabled: str = "true") -> str:
    return FLIP.format(enabled=enabled, reason=reason, at=at)


def kind(house: House) -> str:
    return "sqlite" if house.address.startswith("sqlite") else "postgresql"


def told(house: House, statement: str, zone: str) -> None:
    """By whoever has the application's login, in a session of this time zone; or the file."""
    if kind(house) == "sqlite":
        with closing(sqlite3.connect(house.address.removeprefix("sqlite:///"), isolation_level=None)) as lite:
            lite.execute(statement)
        return
    with psycopg.connect(house.address, autocommit=True) as conn:
        conn.execute(f"SET TimeZone = '{zone}'".encode())
        conn.execute(statement.encode())


async def test_a_moment_that_no_calendar_has_is_refused_in_every_time_zone(house: House) -> None:
    await story.booked(house)
    for at in MOMENTS[kind(house)]:
        for zone in ZONES:
            with pytest.raises((sqlite3.Error, psycopg.Error), match="could not be read again"):
                told(house, flip(f"'{at}'"), zone)


async def test_the_first_and_the_last_moment_there_are_can_be_read(broken: House) -> None:
    await story.booked(broken)
    for at in READ[kind(broken)]:
        for zone in ZONES:
            told(broken, flip(f"'{at}'"), zone)
            (state,) = [one for one in await broken.system.ask(kill_switches.board) if one.key == Switch.payouts]
            assert state.at is not None
            assert state.at.year in (1, 2024, 9999)


UNREADABLE = {
    "sqlite": (("'never'", "'r'"), (NOON, "CAST(x'ff' AS TEXT)")),
    "postgresql": (("'4713-01-01 00:00:00+00 BC'", "'r'"),),
}
"""Moments and reasons. What is no text only SQLite stores, guards or not."""


async def test_a_switch_is_halted_and_resumed_whatever_its_latest_flip_says(broken: House) -> None:
    await story.booked(broken)
    admin, shape = broken.gate.user(ADMIN), guards.generated(kind(broken))["shape_kill_switch_flips"]
    for at, reason in UNREADABLE[kind(broken)]:
        for act, acted in ((kill_switches.halt, "false"), (kill_switches.resume, "true")):
            broken.sql(f"DROP TRIGGER {shape.name}" + (f" ON {shape.table}" if kind(broken) == "postgresql" else ""))
            broken.sql(flip(at, reason, enabled="true" if acted == "false" else "false"))
            broken.sql(shape.sql)
            assert await admin(act, [Switch.payouts], "test") == [Switch.payouts]
            assert broken.sql("SELECT 1 AS one FROM kill_switches WHERE key = 'payouts' AND enabled = " + acted)

"""Whoever writes while the database cannot be asked is answered as soon as it can."""

import asyncio

import pytest

from tests.flows.conftest import Town
from tests.processes import until

AGAIN = "is to be handled again"


async def test_who_writes_before_they_can_be_known_is_answered_afterwards(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    ann = await town.person("Ann")
    town.sql("ALTER TABLE dialog_states RENAME TO hidden")
    await ann.say("/deposit 300")
    await until(lambda: AGAIN in caplog.text, "the bot has tried")
    await asyncio.to_thread(town.sql, "ALTER TABLE hidden RENAME TO dialog_states")
    await ann.sees("300")


async def test_whose_dialog_could_not_be_read_once_is_not_left_waiting_for_ever(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """Their place is read in two parts, and only the second fails, as when a connection is lost in between."""
    ann = await town.person("Ann")
    await town.say(ann, "/new")
    (kept,) = town.sql("SELECT key, data FROM dialog_states WHERE key LIKE '%aiogd:stack%'")
    town.sql("UPDATE dialog_states SET data = '[]' WHERE key = :key", key=kept["key"])
    await ann.say("/wallet")
    await until(lambda: AGAIN in caplog.text, "the bot has tried")
    await asyncio.to_thread(town.sql, "UPDATE dialog_states SET data = :data WHERE key = :key", **kept)
    await ann.sees("0 ⭐")

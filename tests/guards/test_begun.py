"""A copy of where a test begins is what the actions themselves had made; only a new house is given one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from domain import escrow
from storage.database import Database
from tests import begun, story
from tests.conftest import KINDS, Clock, House, house_of, new_database

PRICE = 431
"""Nobody else's, so that the first house makes it."""


@asynccontextmanager
async def given(kind: str, servers: dict[str, Any]) -> AsyncIterator[House]:
    with new_database(kind, servers) as address:
        database = Database(address)
        yield house_of(database, Clock(), address)
        await database.close()


def all_rows(house: House) -> dict[str, list[str]]:
    """Everything, the audit too; the acts have names by chance."""
    events = house.sql("SELECT id, at, actor, action, noun, subject, refusal, details FROM audit_events ORDER BY id")
    return house.sql.picture() | {"audit_events": list(map(repr, events))}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_copy_is_what_was_made_and_lives_on_as_it_would(kind: str, servers: dict[str, Any]) -> None:
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(given(kind, servers)) for _ in range(2)]
        came, ends, paid = [], [], []
        for house in (first, second):
            made = len(begun.MADE)
            placement = await story.booked(house, price=PRICE)
            came.append((len(begun.MADE) - made, placement))
            ends.append(all_rows(house))
            await story.succeed(house, placement)
            await house.system(escrow.release, placement.id)
            paid.append(house.sql("SELECT id, balance FROM wallets ORDER BY id"))
    assert came == [(1, story.Placement(1, 1, 1)), (0, story.Placement(1, 1, 1))]
    assert ends[0] == ends[1]
    assert paid[0] == paid[1]


@pytest.mark.parametrize("kind", KINDS)
async def test_what_the_story_changes_beside_the_rows_is_copied_too(kind: str, servers: dict[str, Any]) -> None:
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(given(kind, servers)) for _ in range(2)]
        for house in (first, second):
            await story.earned(house, price=PRICE + 1)
            assert not house.gate.terms.maturity
            assert await story.withdrawal(house, 300, approved=True) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_a_house_in_which_something_was_done_or_that_has_other_terms_is_given_no_copy(
    kind: str, servers: dict[str, Any]
) -> None:
    async with AsyncExitStack() as stack:
        first, second, third = [await stack.enter_async_context(given(kind, servers)) for _ in range(3)]
        await story.booked(first, price=PRICE + 2)
        await story.people(second, 77)
        await story.booked(second, price=PRICE + 2)
        assert second.sql.one("SELECT COUNT(*) FROM users WHERE id = 77") == 1
        third.gate = replace(third.gate, terms=replace(third.gate.terms, fee_bps=500))
        await story.booked(third, price=PRICE + 2)
        assert third.sql.one("SELECT fee_bps FROM campaign_targets") == 500

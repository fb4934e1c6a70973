"""SIGKILL at each step of each act that moves money: books clean, nothing half done, and the act completes when run again."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.conftest import KINDS
from tests.faults.budget import SCALE, random_of, shares
from tests.faults.deeds import DEEDS
from tests.faults.kills import Nursery, kill_some, nursery
from tests.faults.worlds import Ground, world

KILLS = 40
"""How many processes `make test` kills, at least."""


@pytest_asyncio.fixture
async def children() -> AsyncIterator[Nursery]:
    async with nursery() as warm:
        yield warm


@pytest.mark.parametrize("kind", KINDS)
async def test_a_killed_act_is_done_or_undone_and_completes_when_run_again(
    ground: Ground, children: Nursery, kind: str
) -> None:
    """Each act dies on one database at an end of its COMMIT first, on the other on its way there."""
    killed = 0
    for place, (name, many) in enumerate(zip(DEEDS, shares(KILLS // len(KINDS), len(DEEDS)), strict=True)):
        rng = random_of("kills", name, kind)
        at_commit = place % len(KINDS) == KINDS.index(kind)
        async with world(ground, name, kind) as made:
            points = await kill_some(made, children, many, rng, at_commit=at_commit)
        assert (points[0].done is not False) == at_commit
        killed += len(points)
    assert children.killed >= killed >= KILLS // len(KINDS) * SCALE

"""Two bots and two schedulers, killed and frozen at random: one message a job, one effect an escrow, no payment lost."""

import pytest

from tests.faults.budget import SCALE, random_of
from tests.faults.chaos import havoc, town


@pytest.mark.parametrize("servers", [False, True], ids=["processes", "and servers"])
async def test_whatever_is_killed_or_frozen_nothing_is_doubled_and_nothing_lost(servers: bool) -> None:
    async with town(random_of("chaos", servers)) as made:
        came = await havoc(made, 20 * SCALE, servers=servers)
    assert (came.twice, came.lost, came.offences) == ([], [], []), str(came)
    assert min(came.kills, came.freezes, len(came.booked), len(came.paid)) > 0, str(came)

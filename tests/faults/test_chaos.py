"""Two bots and two schedulers, killed and frozen at random, and the servers under them: nothing is doubled, nothing lost."""

import pytest

from tests.faults.budget import random_of, share
from tests.faults.chaos import havoc, plan, town

PROCESSES = {"kill": 10, "freeze": 6}
SERVERS = {"kill": 3, "freeze": 2, "database": 5, "redis": 3}
"""How many faults `make test` makes."""


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("faults", [PROCESSES, SERVERS], ids=["processes", "servers"])
async def test_one_message_a_job_one_effect_an_escrow_and_no_payment_lost(faults: dict[str, int]) -> None:
    rng = random_of("chaos", *faults)
    async with town(rng) as made:
        came = await havoc(made, plan(rng, **{sort: share(many, 1) for sort, many in faults.items()}))
    assert (came.twice, came.lost, came.offences) == ([], [], []), str(came)
    assert min(len(came.booked), len(came.paid)) > 0, str(came)

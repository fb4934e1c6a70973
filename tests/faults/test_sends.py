"""Whatever Telegram's answers are lost or spoiled: one message a job at most, an end for every job, clean books."""

import pytest

from bot.sandbox import Fault
from tests.conftest import KINDS
from tests.faults.budget import random_of, share
from tests.faults.sends import FAULTS, KILLED, send_under_faults
from tests.faults.worlds import Ground

SENDS = 100
"""How many faults `make test` tries."""


@pytest.mark.parametrize("kind", KINDS)
async def test_under_any_fault_a_job_has_one_message_at_most_and_an_end(ground: Ground, kind: str) -> None:
    with ground.copy(ground.template(kind)) as address:
        sends = await send_under_faults(address, share(SENDS, 2), random_of("sends", kind))
    assert sends.faults >= share(SENDS, 2) * 9 // 10, sends.tried
    assert sends.jobs["success"] > 0
    assert sends.jobs["failed"] > 0
    assert sends.searches > 0


def test_every_fault_of_the_sandbox_is_tried() -> None:
    assert set(FAULTS) == {*Fault, KILLED}

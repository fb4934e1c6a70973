"""The reply to COMMIT is lost for each act that moves money: an error for the caller, one effect in the books."""

import pytest

from tests.faults.budget import random_of, share
from tests.faults.deeds import DEEDS
from tests.faults.replies import Loss, lose_replies, losses
from tests.faults.worlds import Ground, world

REPLIES = 50
"""How many replies `make test` loses, at least."""


@pytest.mark.parametrize("name", DEEDS)
async def test_an_act_whose_reply_was_lost_has_one_effect_and_answers_when_asked_again(
    ground: Ground, name: str
) -> None:
    rng = random_of("replies", name)
    async with world(ground, name, "postgresql") as made:
        lost = await lose_replies(made, [Loss(None, answered=True)])
        while lost < share(REPLIES, len(DEEDS)):
            lost += await lose_replies(made, losses(rng))

"""Lost replies: the caller sees an error and cannot know whether it was done. It asks again; there is exactly one effect.

Most often the reply to COMMIT is lost, sometimes the reply to another request or the request's connection itself, and up to
three times in a row.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from domain.errors import Halted, Refusal
from tests.faults.deeds import DEEDS, answer
from tests.faults.proxy import Proxy, Turn
from tests.faults.worlds import World, offences, opened


@dataclass(frozen=True)
class Loss:
    """Which reply is lost: that to COMMIT, or to the request of a number; before or after the server has answered."""

    number: int | None
    answered: bool

    def fault(self) -> Callable[[Turn], bool]:
        spent = False

        def cut(turn: Turn) -> bool:
            nonlocal spent
            here = turn.is_commit if self.number is None else turn.number == self.number
            if spent or not here or turn.answered != self.answered:
                return False
            spent = True
            return True

        return cut


def losses(rng: random.Random) -> list[Loss]:
    """The losses of one round, the reply to COMMIT first."""
    some = [Loss(None, answered=True)]
    while len(some) < 3 and rng.random() < 0.4:
        some.append(Loss(rng.choice([None, None, rng.randint(1, 40)]), answered=rng.random() < 0.7))
    return rng.sample(some, len(some))


async def lose_replies(world: World, plan: list[Loss]) -> int:
    """One act asked for until it answers, its replies lost as planned; answers how many were."""
    deed = DEEDS[world.deed]
    with world.copy() as address:
        async with Proxy(world.ground.port) as proxy, opened(address, proxy.port) as house:
            done = False
            for loss in [*plan, None]:
                proxy.fault = loss.fault() if loss else lambda _turn: False
                lost = proxy.lost
                try:
                    came = await answer(deed, house, world.facts)
                except (DBAPIError, OSError):
                    assert proxy.lost > lost, "an error, though no reply was lost"
                    came = None
                if proxy.lost > lost and (came is None or isinstance(came, Halted)):  # an unreadable switch is HALTED
                    done = await world.is_done(address)
                    continue
                audited = isinstance(came, Refusal)  # the audit of a refusal may be lost: the refusal is what counts
                assert audited or proxy.lost == lost, "no error, though the reply was lost"
                assert came == (world.again if done else world.first)
                assert await world.is_done(address)
                done = True
            assert await offences(house) == []
        assert proxy.lost > 0
        return proxy.lost

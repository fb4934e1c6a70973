"""Sets by themselves: what is asked while one set is being committed becomes the next set. Alone, nobody waits for others.

So as many as come in a commit's time share its cost, and nobody is told of a commit before it was made. Whoever knows that others
are to come may `linger` for them. A set that fails is tried one by one, so that nobody fails for another's sake; what refuses the
whole set (a switch) refuses each.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from domain.action import Outcomes
from domain.errors import Refusal, Refused

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass
class Together(Generic[K, V]):
    """`act` acts on items with what is known of each, and answers an outcome for each."""

    act: Callable[[dict[K, V]], Awaitable[Outcomes[K, Any]]]
    linger: Callable[[], float] = lambda: 0.0
    """For how many seconds the first of a set waits for others."""
    _waiting: dict[K, V] = field(default_factory=dict)
    _came: dict[K, Any] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self, item: K, known: V) -> Any:
        """What became of the item. Raises its refusal, or whatever its commit raised."""
        self._waiting[item] = known
        async with self._turn:
            if item in self._waiting:
                if wait := self.linger():
                    await asyncio.sleep(wait)
                taken, self._waiting = self._waiting, {}
                self._came |= await self._committed(taken)
        came = self._came.pop(item)
        if isinstance(came, Refusal):
            raise Refused(came)
        if isinstance(came, Exception):
            raise came
        return came

    async def _committed(self, taken: dict[K, V]) -> dict[K, Any]:
        try:
            return dict(await self.act(taken))
        except Refused as refused:
            return dict.fromkeys(taken, refused.refusal)
        except Exception as error:
            if len(taken) == 1:
                return dict.fromkeys(taken, error)
        alone = await asyncio.gather(*(self._committed({item: known}) for item, known in taken.items()))
        return {item: came for one in alone for item, came in one.items()}

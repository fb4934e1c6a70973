"""What the scheduler is given: the gate's two doors, Telegram, and the time. Who provides them is settled in `bot/app.py`."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Concatenate, ParamSpec, Protocol, TypeVar, overload

from domain.action import Act, Asked, K, Look, Outcomes
from domain.campaigns import Content
from domain.checks import Seen
from domain.notices import Notice
from domain.post_jobs import Sent

P = ParamSpec("P")
R = TypeVar("R")

Clock = Callable[[], datetime]
"""The time, in UTC. Production's is the system's; tests and the demo may move theirs."""


class Do(Protocol):
    """`await do(action, …)` acts and raises `Refused`; `await do.each(action, items, …)` answers an outcome for each."""

    @overload
    async def __call__(
        self,
        action: Callable[Concatenate[Act, Asked[K], P], Outcomes[K, R]],
        item: K,
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R: ...
    @overload
    async def __call__(self, action: Callable[Concatenate[Act, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R: ...

    async def each(
        self,
        action: Callable[Concatenate[Act, Asked[K], P], Outcomes[K, R]],
        items: Iterable[K],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Outcomes[K, R]: ...


class Ask(Protocol):
    """`await ask(query, …)` reads."""

    async def __call__(self, query: Callable[Concatenate[Look, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R: ...


class Telegram(Protocol):
    """The calls that the scheduler makes. None raises for what Telegram answers; each answer is a value."""

    async def publish(self, chat_id: int, content: Content) -> Sent:
        """Publishes exactly this content, once; SAFETY.md section 5 says what each answer becomes."""

    async def look(self, chat_id: int, message_id: int, content: Content) -> Seen:
        """Is the post still up?"""

    async def tell(self, notice: Notice) -> "Told":
        """Sends a notice to its user."""


class Told(Protocol):
    """What came of telling: the message's id; or `gone`, if the user cannot be reached; or neither: try again later."""

    @property
    def message_id(self) -> int | None: ...
    @property
    def gone(self) -> bool: ...
    @property
    def retry_in(self) -> float: ...

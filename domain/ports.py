"""What the scheduler is given: the gate's two doors, Telegram, and the time. Who provides them is settled in `bot/app.py`."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, overload

from domain.action import Act, Asked, K, Look, Outcomes
from domain.channels import Inspection
from domain.checks import Seen, ToLook
from domain.notices import Notice
from domain.post_jobs import Sent
from domain.searches import Searched, Wanted
from domain.stars import Line

P = ParamSpec("P")
R = TypeVar("R")

Clock = Callable[[], datetime]
"""The time, in UTC. Production's is the system's; tests and the demo may move theirs."""


class Do(Protocol):
    """`await do(action, …)` acts and raises `Refused`; `do.each` answers an outcome for each; `do.ask` reads."""

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

    async def ask(self, query: Callable[Concatenate[Look, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R: ...


@dataclass(frozen=True)
class Told:
    """What came of telling somebody: the message's id; or `gone`, if they cannot be reached; or when to try again."""

    message_id: int | None = None
    gone: bool = False
    retry_in: timedelta = timedelta(0)


class Publisher(Protocol):
    """What one bot does in channels. What Telegram answers is a value, whatever it is; nothing is raised for it."""

    def prepare(self, chat_id: int, content: dict[str, Any], *, silent: bool) -> Callable[[], Awaitable[Sent]]:
        """Builds the call that publishes exactly this content, and answers it unmade. Raises for content nobody can send.

        Making it publishes, once; SAFETY.md section 5 says what each answer becomes.
        """

    async def permit(self, chat_id: int) -> timedelta | None:
        """Waits until this may be published; the call that this task makes next does not wait.

        Where the wait would outlast a lease it answers when to come again, without a permit.
        """

    async def pin(self, chat_id: int, message_id: int) -> Sent:
        """Pins a post, without a sound. Pinning it twice does no harm."""

    async def look(self, post: ToLook) -> Seen:
        """Is the post still up? Looked at closely it is also compared with what was published, where that can be done."""

    async def search(self, wanted: Wanted) -> Searched:
        """Looks in the channel for a post that may have been published; what matches is kept in the evidence chat."""

    async def take_down(self, chat_id: int, message_ids: tuple[int, ...]) -> Seen:
        """Deletes messages: *gone*, or *up* if Telegram does not let us, or unknown."""

    async def visit(self, chat_id: int) -> Inspection | None:
        """What rights the bot has in a channel now; None where Telegram did not say."""

    async def name(self) -> str | None:
        """The bot's username; None where Telegram did not say."""


class Telegram(Publisher, Protocol):
    """The calls that the scheduler makes: the main bot, which alone talks to people, and what is the whole house's."""

    @property
    def couriers(self) -> Sequence[int]:
        """The other bots that publish, by their numbers, in the order of the settings."""

    def by(self, courier: int) -> Publisher:
        """One of them. Of a bot that is not in the settings nothing is known, and nothing is published by it."""

    def counted(self) -> dict[datetime, tuple[int, int]]:
        """(calls, errors) of each minute since this was last asked."""

    async def tell(self, notice: Notice) -> Told:
        """Sends a notice to its user."""

    @property
    def bot_id(self) -> int:
        """The bot that takes the payments."""

    async def stars(self, read: int) -> list[Line] | None:
        """The next page of Telegram's book of this bot's Stars, after the lines that are read; None: it could not be had."""

    async def balance(self) -> int | None:
        """How many Stars the bot has; None where Telegram did not say."""


def bot_of(telegram: Telegram, bot_id: int | None) -> Publisher:
    """The bot of this number; None is the main bot."""
    return telegram if bot_id is None else telegram.by(bot_id)

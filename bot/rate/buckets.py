"""Windows of calls: a call takes a slot in each of its buckets, and a slot is free again when its window has passed.

A window begins when the call reaches Telegram, which nobody knows before its answer. Until then the slot is taken, though not for
ever, since the answer may never come; then it is kept for as long as the call may have been on its way.
A call that finds no room takes nothing and is told how long to wait. One who waits for a reply and finds the bot's bucket full
leaves a mark there: until then nobody else takes what becomes free.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

MARGIN = 0.002
"""Seconds added to a window: clocks are not the same everywhere."""
FLIGHT = 3.0
"""Seconds for which a slot is kept beyond its window while its call is under way."""
AHEAD = 0.05
"""Seconds for which a mark outlives the wait it stands for, so that whoever left it comes first."""
SWEEP = 5_000
"""So many buckets are kept before empty ones are thrown away."""


@dataclass(frozen=True)
class Rule:
    """At most so many calls in any window of so many seconds."""

    most: int
    seconds: float


@dataclass(frozen=True)
class Bucket:
    name: str
    rule: Rule


@dataclass(frozen=True)
class Rates:
    """What Telegram allows a bot. Limits are for each bot: two bots may write twice as much."""

    bot: Rule = Rule(30, 1.0)
    chat: Rule = Rule(3, 3.0)
    channel: Rule = Rule(20, 60.0)

    def buckets(self, bot_id: int, chat: int | str | None) -> tuple[Bucket, ...]:
        """The bot's own bucket first, then the chat's."""
        everyone = Bucket(f"{bot_id}", self.bot)
        if chat is None:
            return (everyone,)
        own = Bucket(f"{bot_id}:{chat}", self.chat)
        if str(chat).startswith(("-", "@")):
            return everyone, own, Bucket(f"{bot_id}:{chat}:minute", self.channel)
        return everyone, own


TELEGRAM = Rates()


@dataclass(frozen=True)
class Wait:
    """No room yet: for how many seconds in the bot's bucket, and in the chat's."""

    bot: float
    chat: float

    @property
    def seconds(self) -> float:
        return max(self.bot, self.chat)


@dataclass
class Own:
    """The buckets of one process."""

    now: Callable[[], float] = monotonic
    slots: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    """For each bucket: when the slot of each call is free again."""
    paused: dict[str, float] = field(default_factory=dict)
    marked: float = 0.0

    def room(self, buckets: tuple[Bucket, ...], many: int, *, urgent: bool) -> Wait | None:
        """None where `many` calls may be made at once; else how long to wait."""
        now = self.now()
        waits = [self._wait(bucket, many, now) for bucket in buckets]
        bot, chat = waits[0], max(waits[1:], default=0.0)
        if urgent and bot > 0:
            self.marked = now + bot + AHEAD
        if not urgent:
            bot = max(bot, self.marked - now)
        return Wait(bot, chat) if max(bot, chat) > 0 else None

    def take(self, buckets: tuple[Bucket, ...], ids: list[str]) -> None:
        """One slot in each bucket for each call."""
        now = self.now()
        for bucket in buckets:
            self.slots[bucket.name].update(dict.fromkeys(ids, now + bucket.rule.seconds + MARGIN + FLIGHT))
        if len(self.slots) > SWEEP:
            for name in [name for name, taken in self.slots.items() if not any(at > now for at in taken.values())]:
                del self.slots[name]

    def arrived(self, buckets: tuple[Bucket, ...], one: str, late: float) -> None:
        """The call reached Telegram at most so many seconds after it took its slot."""
        for bucket in buckets:
            if one in self.slots[bucket.name]:
                self.slots[bucket.name][one] += late - FLIGHT

    def pause(self, name: str, seconds: float) -> None:
        self.paused[name] = max(self.paused.get(name, 0.0), self.now() + seconds)

    def _wait(self, bucket: Bucket, many: int, now: float) -> float:
        taken = self.slots[bucket.name]
        for one in [one for one, at in taken.items() if at <= now]:
            del taken[one]
        wait = self.paused.get(bucket.name, 0.0) - now
        if wait <= 0:
            self.paused.pop(bucket.name, None)
        over = len(taken) + many - bucket.rule.most
        free = min(sorted(taken.values())[over - 1] - now, bucket.rule.seconds) if over > 0 else 0.0
        return max(0.0, wait, free)

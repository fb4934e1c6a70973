"""Windows of calls: a call takes a slot in each of its buckets, and a slot is free again when its window has passed.

A window begins when the call reaches Telegram, which nobody knows before its answer. Until then the slot is taken, though not for
ever, since the answer may never come; then it is kept for as long as the call may have been on its way.
A slot may be taken a moment before it is free, for a call that is not made before then: so whoever has something to do first does
not let it lie idle meanwhile. A call that finds no room takes nothing and is told how long to wait. One who waits for a reply and
finds the bot's bucket full leaves a mark there: until then nobody else takes what becomes free.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

MARGIN = 0.001
"""Seconds added to a window: clocks are not the same everywhere."""
FLIGHT = 3.0
"""Seconds for which a slot is kept beyond its window while its call is under way."""
AHEAD = 0.05
"""Seconds for which a mark outlives the wait it stands for, so that whoever left it comes first."""
LEAD = 0.2
"""So many seconds before it is free a slot may be taken: several commits long, shorter than any window, and not long for whoever
waits for a reply."""
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
    """In how many seconds there is room in the bot's bucket, and in the chat's."""

    bot: float = 0.0
    chat: float = 0.0

    @property
    def seconds(self) -> float:
        return max(self.bot, self.chat)


NO_WAIT = Wait()


@dataclass
class Own:
    """The buckets of one process."""

    now: Callable[[], float] = monotonic
    slots: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    """For each bucket: when the slot of each call is free again."""
    paused: dict[str, float] = field(default_factory=dict)
    marked: float = 0.0

    def room(self, buckets: tuple[Bucket, ...], many: int, *, urgent: bool, ahead: float = 0.0) -> Wait:
        """When `many` calls may be made. Is that within `ahead` seconds, their slots may be taken now."""
        now = self.now()
        waits = [self._wait(bucket, many, now) for bucket in buckets]
        bot, chat = waits[0], max(waits[1:], default=0.0)
        if urgent and bot > ahead:
            self.marked = now + bot - ahead + AHEAD
        if not urgent and self.marked > now:
            bot = max(bot, self.marked - now + ahead)
        return Wait(bot, chat)

    def take(self, buckets: tuple[Bucket, ...], ids: list[str], at: float) -> None:
        """One slot in each bucket for each call, which is not made before `at`."""
        now = self.now()
        for bucket in buckets:
            self.slots[bucket.name].update(dict.fromkeys(ids, at + bucket.rule.seconds + MARGIN + FLIGHT))
        if len(self.slots) > SWEEP:
            for name in [name for name, taken in self.slots.items() if not any(at > now for at in taken.values())]:
                del self.slots[name]

    def arrived(self, buckets: tuple[Bucket, ...], one: str, late: float) -> None:
        """The call reached Telegram at most so many seconds after its slot began."""
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

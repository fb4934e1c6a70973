"""How fast a bot may write: 30 messages a second in all, about one a second to a chat with a small burst, 20 a minute to a
channel, edits included. What comes too early is not carried out, and is told how long to wait."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

from bot.sandbox.errors import too_many

WRITES = ("send", "copy", "forward", "edit")


@dataclass(frozen=True)
class Rule:
    most: int
    seconds: float


BOT, CHAT, CHANNEL = Rule(30, 1.0), Rule(3, 3.0), Rule(20, 60.0)


@dataclass
class Limits:
    """A window of recent times for each bot, and for each chat of a bot."""

    on: bool = False
    bot: Rule = BOT
    _times: dict[tuple[int, str, Rule], deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def check(self, bot: int, method: str, chat: str, now: float) -> None:
        if not self.on or not method.lower().startswith(WRITES) or method.lower() == "sendchataction":
            return
        rules = [(chat, CHAT), ("", self.bot)]
        if chat.startswith(("-", "@")):
            rules.append((chat, CHANNEL))
        windows = [(self._times[bot, where, rule], rule) for where, rule in rules]
        waits = []
        for times, rule in windows:
            while times and times[0] <= now - rule.seconds:
                times.popleft()
            if len(times) >= rule.most:
                waits.append(times[0] + rule.seconds - now)
        if waits:
            raise too_many(max(1, math.ceil(max(waits))))
        for times, _ in windows:
            times.append(now)

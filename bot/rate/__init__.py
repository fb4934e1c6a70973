"""How fast a bot may write, kept by one middleware around every call, so that nothing bypasses it.

30 calls a second for a bot; for a chat one a second, in bursts of at most three; 20 a minute for a channel or a group, where
sends, edits, pins and looks count alike. Telegram documents the first and the last and allows "short bursts" of the second.
All processes share the count through Redis; without it each keeps its own. A 429 pauses what it was about for as long as it says.

Who waits for a reply goes ahead of everything that the scheduler sends. A publication takes its permit before its job is
started, a moment before its slot is free: so no slot lies idle for a commit, and between the last commit and the call there is
nothing but the rest of that moment.
"""

from bot.rate.buckets import TELEGRAM, Rates, Rule
from bot.rate.everyones import Everyones
from bot.rate.pace import Pace, unhurried

__all__ = ["TELEGRAM", "Everyones", "Pace", "Rates", "Rule", "unhurried"]

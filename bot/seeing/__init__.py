"""How the house is seen from outside: is it ready, and what does it do, in numbers. It looks; what acts is in `scheduler`."""

from bot.seeing.counted import Calls
from bot.seeing.readiness import Check, is_ready, readiness
from bot.seeing.server import Metrics, serving
from bot.seeing.updates import Watching

__all__ = ["Calls", "Check", "Metrics", "Watching", "is_ready", "readiness", "serving"]

"""How the house is seen from outside: is it ready, and what does it do, in numbers. It looks; what acts is in `scheduler`."""

from bot.seeing.readiness import Check, is_ready, readiness

__all__ = ["Check", "is_ready", "readiness"]

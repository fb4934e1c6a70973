"""Everything at once, in real processes: see `town`."""

from tests.faults.chaos.town import Came, Fault, havoc, plan, town

__all__ = ["Came", "Fault", "havoc", "plan", "town"]

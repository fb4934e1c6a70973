"""What came of looking at a step: it passed, it failed, or it waits; and the evidence for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.action import Look, Switch
from domain.launch.row import Outcome

Facts = Mapping[str, Any]
"""What the runner found outside the database, or what came of something it tried, just before the look."""
MOST_NAMED = 10
"""How many offenders an evidence names."""


@dataclass(frozen=True)
class Came:
    outcome: Outcome
    evidence: dict[str, Any]


Check = Callable[[Look, Any, Facts], Came]
"""Looks at one step of a run (a row of `launch_runs`). Whatever it cannot see is not well."""


@dataclass(frozen=True)
class Step:
    """One box of the checklist."""

    name: str
    check: Check
    opens: tuple[Switch, ...] = ()
    """What is resumed at it, before it is looked at."""
    limited: bool = False
    """Is it resumed within the micro limit?"""
    clears: bool = False
    """Is only the micro limit cleared, of what is ENABLED?"""


def passed(**evidence: Any) -> Came:
    return Came(Outcome.passed, evidence)


def failed(**evidence: Any) -> Came:
    return Came(Outcome.failed, evidence)


def waiting(**evidence: Any) -> Came:
    return Came(Outcome.waiting, evidence)


def judged(ok: bool, **evidence: Any) -> Came:  # noqa: FBT001
    return passed(**evidence) if ok else failed(**evidence)

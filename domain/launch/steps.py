"""The checklist as data: each phase with its steps, in their order."""

from collections.abc import Mapping

from domain.action import Switch
from domain.launch.came import Step
from domain.launch.closed import P0, P1
from domain.launch.micro import P3, P4
from domain.launch.opening import P5
from domain.launch.row import Phase
from domain.launch.smoke import P2

PHASES: Mapping[Phase, tuple[Step, ...]] = dict(zip(Phase, (P0, P1, P2, P3, P4, P5), strict=True))
ANEW = frozenset({Phase.P0, Phase.P2, Phase.P4})
"""Phases that are looked at from their first step each time; the others wait for people, and keep what has passed."""


def step_of(phase: Phase, name: str) -> Step | None:
    return next((step for step in PHASES[phase] if step.name == name), None)


def resumed_in(phase: Phase) -> tuple[Switch, ...]:
    """What is HALTED again when this phase fails."""
    return tuple(dict.fromkeys(key for step in PHASES[phase] for key in step.opens))

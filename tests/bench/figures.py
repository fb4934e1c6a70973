"""Figures: each measured several times, in turns with the others; shown as a median with its spread, judged by a target."""

import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """What a figure should be: at least, or at most, so much."""

    bound: float
    at_most: bool = False

    def verdict(self, value: float) -> str:
        met = value <= self.bound if self.at_most else value >= self.bound
        return f"{'at most' if self.at_most else 'at least'} {self.bound:g}: {'met' if met else 'MISSED'}"


@dataclass
class Figures:
    """The figures of one part, by name, in the order they came."""

    title: str
    said: list[str] = field(default_factory=list)
    measured: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    units: dict[str, str] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)

    def add(self, name: str, value: float, unit: str = "/s", target: Target | None = None) -> float:
        self.measured[name].append(value)
        self.units[name] = unit
        if target:
            self.targets[name] = target
        return value

    def median(self, name: str) -> float:
        return statistics.median(self.measured[name])

    def last(self, name: str) -> float:
        return self.measured[name][-1]

    def best(self, names: Iterable[str]) -> float:
        """The greatest of the last round."""
        return max(self.last(name) for name in names)

    def missed(self) -> list[str]:
        return [name for name, target in self.targets.items() if "MISSED" in target.verdict(self.median(name))]

    def __str__(self) -> str:
        lines = [f"## {self.title}", "", "| | median | min - max | target |", "|---|---:|---:|---|"]
        for name, values in self.measured.items():
            unit, target = self.units[name], self.targets.get(name)
            verdict = target.verdict(self.median(name)) if target else ""
            spread = f"{_short(min(values))} - {_short(max(values))}"
            lines.append(f"| {name} | {_short(self.median(name))}{unit} | {spread} | {verdict} |")
        return "\n".join([*lines, "", *(line + "\n" for line in self.said)])


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"

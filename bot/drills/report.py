"""What a drill reports: each step with its moment and how long after the injection it came, on a terminal and as Markdown."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from rich.table import Table

from bot.cli.console import seen
from domain.ports import Clock


class Step(StrEnum):
    prepared = "prepared"
    injected = "injected"
    detected = "detected"
    halted = "halted"
    """By itself."""
    refused = "refused"
    """Tried meanwhile, and not done."""
    operator = "operator"
    """What the runbook has a person do, or see."""
    recovered = "recovered"
    invariants = "invariants"
    resumed = "resumed"
    worked = "first operation"
    failed = "DEVIATED"


TIMED = (Step.detected, Step.halted, Step.recovered, Step.resumed, Step.worked)


@dataclass(frozen=True)
class Line:
    step: Step
    at: datetime
    words: str


@dataclass
class Report:
    """One drill, as it went."""

    drill: str
    where: str
    """On which database, by which clock."""
    now: Clock
    lines: list[Line] = field(default_factory=list)

    def add(self, step: Step, words: str) -> None:
        self.lines.append(Line(step, self.now(), words))

    @property
    def passed(self) -> bool:
        return bool(self.lines) and self.lines[-1].step == Step.worked

    @property
    def injected(self) -> datetime | None:
        return next((line.at for line in self.lines if line.step == Step.injected), None)

    def after(self, line: Line) -> str:
        """How long after the first injection."""
        since = self.injected
        return "" if since is None or line.at < since else _seconds(line.at - since)

    def table(self) -> Table:
        table = Table(title=self._title(), title_justify="left", box=None, pad_edge=False, header_style="bold")
        table.add_column("step", style="bold", no_wrap=True)
        table.add_column("after", justify="right", no_wrap=True)
        table.add_column("what", overflow="fold")
        for line in self.lines:
            style = {Step.failed: "bold red", Step.worked: "green", Step.refused: "yellow"}.get(line.step)
            table.add_row(line.step, self.after(line), seen(line.words), style=style)
        return table

    def markdown(self) -> str:
        began = self.injected
        times = [f"injected at {began:%Y-%m-%d %H:%M:%S} UTC" if began else "never injected"]
        for step in TIMED:
            first = next((line for line in self.lines if line.step == step), None)
            times.append(f"{step} after {self.after(first)}" if first else f"{step}: nothing")
        rows = [
            f"| {line.step} | {line.at:%H:%M:%S.%f} | {self.after(line)} | {line.words.replace('|', chr(92) + '|')} |"
            for line in self.lines
        ]
        head = [
            f"## {self._title()}",
            "",
            "; ".join(times) + ".",
            "",
            "| step | at | after | what |",
            "|---|---|---|---|",
        ]
        return "\n".join([*head, *rows, ""])

    def _title(self) -> str:
        return f"{self.drill}: {'passed' if self.passed else 'FAILED'} ({self.where})"


def _seconds(took: timedelta) -> str:
    whole = took.total_seconds()
    return f"{whole:.1f} s" if whole < 600 else f"{whole / 60:.1f} min"

"""A run is a chain of chapters, each with a seed of its own, so that whatever fails can be played again by that seed alone."""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.coverage import Coverage
from tests.model.machine import Marketplace
from tests.model.world import World

EXAMPLES, LENGTH = 5, 100
"""A chapter: so many marketplaces, each for at most so many steps of chance."""


@dataclass
class Progress:
    """How far a run has come; written after every chapter, so that it can go on after a stop."""

    first: int
    chapter: int = 0
    seconds: float = 0.0

    @property
    def seed(self) -> int:
        """The seed of the chapter that was played last."""
        return self.first + self.chapter - 1

    def save(self, file: Path, coverage: Coverage) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.with_suffix(".new").write_text(
            json.dumps({"progress": asdict(self), "coverage": vars(coverage)}, indent=1)
        )
        file.with_suffix(".new").replace(file)

    @classmethod
    def load(cls, file: Path, first: int, coverage: Coverage) -> "Progress":
        """As it was saved under the same first seed; otherwise from the beginning."""
        told = json.loads(file.read_text()) if file.exists() else {}
        if not told or told["progress"]["first"] != first:
            return cls(first)
        kept = told["coverage"]
        coverage.steps, coverage.acts, coverage.reached = kept["steps"], Counter(kept["acts"]), Counter(kept["reached"])
        return cls(**told["progress"])


def chapter(world: World, coverage: Coverage, number: int, *, shrink: bool = False) -> None:
    """Plays the chapter of this seed. What fails is raised with its steps as notes."""

    turns: dict[Any, int] = {}

    class Chapter(Marketplace):
        def __init__(self) -> None:
            super().__init__(world, coverage, turns)

    how = settings(
        max_examples=EXAMPLES,
        stateful_step_count=LENGTH,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(number)(Chapter), settings=how)


def play(
    world: World,
    steps: int,
    first: int,
    coverage: Coverage,
    *,
    file: Path | None = None,
    shrink: bool = False,
    tell: Callable[[Progress], None] = lambda progress: None,
) -> None:
    """Plays chapters until so many steps are made. The seed of chapter n is `first + n`."""
    progress = Progress.load(file, first, coverage) if file else Progress(first)
    while coverage.steps < steps:
        began, number = time.monotonic(), progress.first + progress.chapter
        try:
            chapter(world, coverage, number, shrink=shrink)
        except BaseException as wrong:
            again = f"python -m tests.model --seed {number} --steps 1 --database {world.kind} --shrink"
            wrong.add_note(f"seed {number} on {world.kind}; the shortest way there: {again}")
            raise
        progress.chapter += 1
        progress.seconds += time.monotonic() - began
        if file:
            progress.save(file, coverage)
        tell(progress)

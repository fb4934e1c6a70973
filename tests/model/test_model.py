"""The marketplace does what its model says, for thousands of steps of chance, on each database.

`HOLDFAST_MODEL_STEPS` and `HOLDFAST_MODEL_SEED` scale a run; with `HOLDFAST_SOAK_DIR` its progress is kept there and it goes on
where it stopped.
"""

import ast
import os
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KINDS
from tests.guards.test_house import PACKAGES, sources
from tests.model import model, run
from tests.model.coverage import NOT_WALKED, REFUSALS, STEPS, Coverage
from tests.model.run import play
from tests.model.world import world


@pytest.mark.parametrize("kind", KINDS)
def test_the_marketplace_does_what_its_model_says(kind: str, servers: dict[str, Any]) -> None:
    steps = int(os.environ.get("HOLDFAST_MODEL_STEPS", STEPS))
    first = int(os.environ.get("HOLDFAST_MODEL_SEED", "1"))
    folder = os.environ.get("HOLDFAST_SOAK_DIR")
    coverage = Coverage()
    with world(kind, servers) as where:
        play(where, steps, first, coverage, file=Path(folder, f"model-{kind}.json") if folder else None)
    assert coverage.lacking() == []


def test_a_difference_is_told_with_the_seed_that_finds_it(
    servers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "FEE", 999)
    with (
        world("sqlite", servers) as where,
        pytest.raises(AssertionError, match=r"the model says .* the marketplace") as wrong,
    ):
        play(where, 1000, 5, Coverage())
    assert any("seed 5 on sqlite" in note for note in wrong.value.__notes__)


def test_every_refusal_is_walked_by_the_model_or_there_is_a_reason() -> None:
    there = {
        node.name
        for _, tree in sources(*PACKAGES)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and "Refusal" in map(ast.unparse, node.bases)
    }
    walked = {name.partition(",")[0] for name in REFUSALS}
    listed = [name for names in NOT_WALKED.values() for name in names]
    assert sorted([*walked, *listed]) == sorted(there)


def test_what_was_never_reached_fails_a_run() -> None:
    assert "escrows.status: held -> released: 0 of 3" in Coverage(steps=STEPS).lacking()


def test_a_run_goes_on_where_it_stopped(
    servers: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(run, "EXAMPLES", 3)
    monkeypatch.setattr(run, "LENGTH", 4)
    file, seeds = tmp_path / "progress.json", []
    with world("sqlite", servers) as where:
        for steps in (1, 20):
            coverage = Coverage()
            play(where, steps, 7, coverage, file=file, tell=lambda progress: seeds.append(progress.seed))
    assert seeds == list(range(7, 7 + len(seeds)))
    assert coverage.steps >= 20

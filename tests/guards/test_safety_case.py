"""deploy/SAFETY_CASE.md speaks of every line of the plan, names only what exists, and nothing is open."""

import ast
import re
from functools import cache
from pathlib import Path

from bot.cli import parser
from domain.launch import PHASES, Phase

ROOT = Path(__file__).parents[2]
PLAN = (ROOT / "deploy/production-safety-plan.md").read_text().splitlines()
CASE = (ROOT / "deploy/SAFETY_CASE.md").read_text()
ROWS = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in CASE.splitlines() if re.match(r"\| \d", line)]


def span(cell: str) -> range:
    first, _, last = cell.partition("-")
    return range(int(first), int(last or first) + 1)


def test_no_line_of_the_plan_is_missing() -> None:
    spoken = {number for row in ROWS for number in span(row[0])}
    lines = {n for n, line in enumerate(PLAN, 1) if line.strip() and line.strip() != "---"}
    assert lines - spoken == set()


def test_each_row_speaks_of_the_line_it_names() -> None:
    for cell, words, _ in ROWS:
        numbers = span(cell)
        line = PLAN[numbers[0] - 1 if len(numbers) == 1 else numbers[0]].strip().replace("|", "\\|")
        assert line.startswith(words.removesuffix("…")), cell


@cache
def names(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_named_test_exists() -> None:
    missing = [
        f"{path}::{name}"
        for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", CASE)
        if not (ROOT / path).exists() or not any(found.startswith(name) for found in names(path))
    ]
    assert missing == []


def test_every_named_command_exists() -> None:
    for command in set(re.findall(r"`holdfast ([\w ]+)`", CASE)):
        found = parser()
        for word in command.split():
            (group,) = [action for action in found._actions if action.choices and not action.option_strings]
            assert word in (group.choices or ()), command
            found = group.choices[word]  # type: ignore[index, call-overload]


def test_every_row_names_what_makes_it_true_and_none_is_open() -> None:
    assert [row for row in ROWS if not re.search(r"`(tests/|holdfast )|^heading", row[2]) or "open:" in row[2]] == []


def test_every_box_of_the_launch_names_steps_of_the_gate() -> None:
    """`(P0 `switch-rows`)`: a phase, and steps of it."""
    first, end = (PLAN.index(line) + 1 for line in PLAN if line.startswith(("### Phase 0", "### Rollback")))
    for cell, words, how in ROWS:
        number = span(cell)[0]
        if not (first < number < end and words.startswith("- [ ]")):
            continue
        phase, named = Phase.P0, 0
        for mark, step in re.findall(r"\b(P\d) |`([a-z-]+)`(?=[,) ])", how):
            if mark:
                phase = Phase(mark)
            else:
                assert step in {one.name for one in PHASES[phase]}, f"{cell}: {phase} {step}"
                named += 1
        assert named, cell

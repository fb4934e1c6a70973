"""`python -m tests.faults.mutants [words]`: one line for each mutant, `killed N / N`, and 1 if one of them lives.

With words, only the mutants whose description has them. First the same tests run in a copy without a fault, and must pass there.
As many run at once as there are processors.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.faults.mutants.catalogue import MUTANTS, Edit, Mutant

ROOT = Path(__file__).parents[3]
COPIED = ("bot", "domain", "scheduler", "storage", "tests", "pyproject.toml")
PASSED, FAILED = 0, 1
"""What pytest exits with; anything else says that the tests did not run."""
SECONDS = 180
"""So long the tests of one mutant may take."""
ALL = 3600
"""So long those of all may take, without a fault."""
AT_ONCE = os.cpu_count() or 1


@contextmanager
def copied() -> Iterator[Path]:
    """The tree, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="hf-mutant-") as folder:
        for name in COPIED:
            source, target = ROOT / name, Path(folder) / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.db"))
            else:
                shutil.copy(source, target)
        yield Path(folder)


def apply(tree: Path, edit: Edit) -> None:
    path = tree / edit.file
    text = path.read_text()
    if text.count(edit.old) != 1:
        raise ValueError(f"found {text.count(edit.old)} times in {edit.file}: {edit.old}")
    path.write_text(text.replace(edit.old, edit.new))


def run(tree: Path, tests: list[str], workers: int = 0, seconds: float = SECONDS) -> tuple[int, str]:
    """The exit code of pytest in this tree, and what it says."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", str(workers), "-p", "no:cacheprovider", *tests]
    env = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return FAILED, f"FAILED tests/::it did not end in {seconds:g} s"
    return done.returncode, done.stdout + done.stderr


def judge(mutant: Mutant) -> tuple[bool, str]:
    """Whether the suite kills it, and by what."""
    with copied() as tree:
        try:
            for edit in mutant.edits:
                apply(tree, edit)
        except ValueError as unfit:
            return False, f"does not fit the code any more: {unfit}"
        code, said = run(tree, list(mutant.tests))
    if code == FAILED:
        by = re.search(r"^(?:FAILED|ERROR) tests/\S+?::(.+?)(?: - .*)?$", said, re.MULTILINE)
        return True, by[1] if by else "an error"
    return False, "nothing saw it" if code == PASSED else f"the tests did not run:\n{said[-2000:]}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.mutants", description=__doc__)
    parser.add_argument("words", nargs="?", default="", help="only mutants whose description has these words")
    chosen = [mutant for mutant in MUTANTS if parser.parse_args().words in mutant.what]
    if not chosen:
        parser.error("no mutant's description has these words")
    began = time.monotonic()
    with copied() as tree:
        tests = sorted({test for mutant in chosen for test in mutant.tests})
        code, said = run(tree, tests, AT_ONCE, ALL)
    if code != PASSED:
        sys.stdout.write(f"without a fault the tests do not pass:\n{said[-3000:]}\n")
        return 1
    killed = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for mutant, (is_killed, by) in zip(chosen, pool.map(judge, chosen), strict=True):
            killed += is_killed
            sys.stdout.write(f"{'killed' if is_killed else 'LIVES '}  {mutant.what}: {by}\n")
            sys.stdout.flush()
    sys.stdout.write(f"killed {killed} / {len(chosen)} ({time.monotonic() - began:.0f} s)\n")
    return int(killed < len(chosen))


if __name__ == "__main__":
    raise SystemExit(main())

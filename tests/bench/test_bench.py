"""The benchmark still runs, on tiny sizes; what it measures is nobody's business here."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_benchmark_runs_and_leaves_clean_books() -> None:
    command = [sys.executable, "-m", "tests.bench", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert done.stdout.count("books: clean.") == 10
    assert "OFFENCES" not in done.stdout
    for title in (
        "Holds, releases, refunds",
        "Holds on SQLite",
        "A halt while 32 callers hold",
        "Large books",
        "Claim, start, record",
        "due posts",
        "lone posts",
    ):
        assert title in done.stdout

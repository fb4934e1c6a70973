"""The benchmark still runs, on tiny sizes; what it measures is nobody's business here."""

import pytest

from tests.bench.__main__ import main


def test_the_benchmark_runs_and_leaves_clean_books(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "--quick"])
    assert main() == 0
    said = capsys.readouterr().out
    assert said.count("books: clean.") == 10
    assert "OFFENCES" not in said
    for title in (
        "Holds, releases, refunds",
        "Holds on SQLite",
        "A halt while 32 callers hold",
        "Large books",
        "Claim, start, record",
        "due posts",
        "lone posts",
    ):
        assert title in said

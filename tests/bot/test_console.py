"""What people wrote is shown as they wrote it, on a terminal of any width and to any program; nothing of it is lost or obeyed."""

import io
from datetime import datetime

import pytest

from bot.cli import console
from bot.drills.report import Report, Step

HOSTILE = "where is [/x] <b> [bold]my[/bold] money t:a:b:bug :bug: \x1b[31mred\x07 \x9b2J \u202eturned \\[a]"
SHOWN = "where is [/x] <b> [bold]my[/bold] money t:a:b:bug :bug: \\x1b[31mred\\x07 \\x9b2J \\u202eturned \\[a]"
BOARD = ["worker_watchdogs", "money_movement"]


def terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> io.StringIO:
    file = io.StringIO()
    monkeypatch.setattr(console, "out", console.console(force_terminal=True, width=width, file=file, color_system=None))
    return file


def test_nothing_that_people_wrote_is_markup_and_no_control_character_reaches_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console.show(["ticket", "words"], [[1, HOSTILE]])
    console.say(HOSTILE)
    console.complain(HOSTILE)
    said = capsys.readouterr()
    assert said.out.splitlines()[1:] == [f"1       {SHOWN}", SHOWN]
    assert said.err.splitlines() == [SHOWN]


def test_a_drills_report_shows_every_word_too(monkeypatch: pytest.MonkeyPatch) -> None:
    file = terminal(monkeypatch, 300)
    report = Report("ledger-violation", "[/x] :bug:", datetime.now)
    report.add(Step.failed, HOSTILE)
    console.out.print(report.table())
    assert "FAILED ([/x] :bug:)" in file.getvalue()
    assert SHOWN in file.getvalue()


def test_where_there_is_no_terminal_each_row_is_one_line_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    console.show(["ticket", "words"], [[1, "long " * 100 + "\nwords"], [2, None]])
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 3
    assert said[1].startswith("1       long long")
    assert said[1].endswith("long \\nwords")


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 120])
def test_on_no_terminal_a_value_is_cut_off_nor_what_is_short_broken(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = terminal(monkeypatch, width)
    rows: list[list[object]] = [[key, 10_000_000_007, "disk full " * 9 + "x" * 90, "2026-03-02 12:00"] for key in BOARD]
    console.show(["switch", "balance after", "reason", "since"], rows)
    said = file.getvalue()
    for word in (*BOARD, "10000000007"):
        assert word in said, said
    assert said.count("x") == 180
    assert said.count("disk") == 18
    assert max(map(len, said.splitlines())) <= width or width < 80, said


def test_fields_of_a_narrow_terminal_cannot_be_forged(monkeypatch: pytest.MonkeyPatch) -> None:
    file = terminal(monkeypatch, 30)
    console.show(["switch", "state", "reason"], [["money_movement", "HALTED", "night" * 9 + "\nstate   ENABLED"]])
    assert not [line for line in file.getvalue().splitlines() if line.startswith("state") and "ENABLED" in line]


def test_numbers_have_their_words() -> None:
    assert [console.many(n, "offence") for n in (0, 1, 2)] == ["0 offences", "1 offence", "2 offences"]
    assert [console.many(n, "entry", "entries") for n in (1, 2)] == ["1 entry", "2 entries"]

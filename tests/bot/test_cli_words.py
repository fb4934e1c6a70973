"""What the shell answers: a wallet that is not there, a refusal, a Telegram that is away, an output that cannot be written."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.cli import parser, typed
from bot.sandbox import Client, Fault, Sandbox
from bot.settings import load
from domain.action import Switch
from tests import story
from tests.bot.test_cli_desk import TOKEN, Shell
from tests.conftest import ADMIN, OTHER_ADMIN, House, Sql
from tests.processes import ROOT, run
from tests.servers import free_port
from tests.story import ANN


@pytest_asyncio.fixture
async def shell(house: House, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Ann has booked Bob's channel; everything is ENABLED."""
    await story.booked(house)
    await story.people(house, OTHER_ADMIN)
    return Shell(load(admins=frozenset({ADMIN, OTHER_ADMIN}), database_url=house.address), capsys)


async def test_words_that_look_like_markup_stop_no_list(shell: Shell) -> None:
    words = "where is [/x] <b> my money"
    assert (await shell.admin("ticket", "open", ANN, words))[0] == 0
    assert (await shell("switch", "halt", "payouts", "disk [/dev/sda] full"))[0] == 0
    assert words in (await shell("ticket", "list"))[1]
    assert words in (await shell("ticket", "show", 1))[1]
    assert "disk [/dev/sda] full" in (await shell("switch", "list"))[1]
    assert "disk [/dev/sda] full" in (await shell("audit"))[1]


@pytest.mark.parametrize("wallet", [f"USER:{ANN}:XTR", f"{ANN}", "", "escrow:77", "user:9:XTR"])
async def test_a_wallet_that_is_not_there_is_told_with_the_forms_of_addresses(wallet: str, shell: Shell) -> None:
    status, said = await shell("books", "statement", wallet)
    assert status == 1
    assert said.startswith(f"there is no wallet {wallet!r}; their addresses are like user:7:XTR, escrow:42,")


async def test_a_statement_tells_the_balance_and_how_much_of_it_is_shown(shell: Shell) -> None:
    wallet = f"user:{ANN}:XTR"
    status, said = await shell("books", "statement", f" {wallet} ")
    assert (status, said.splitlines()[-1]) == (0, f"{wallet} holds 600, and has 2 entries")
    status, said = await shell("books", "statement", wallet, "--most", 1)
    assert status == 0
    assert f"{wallet} holds 600, and has 2 entries\n1 of 2 are shown; older ones: the same with --before " in said
    before = said.split()[-1]
    said = (await shell("books", "statement", wallet, "--before", before))[1]
    assert ("deposit:c1" in said, "escrow:1" in said) == (True, False)
    assert said.splitlines()[-1] == "1 of 2 are shown"
    assert await shell("books", "statement", "fees:XTR") == (0, "fees:XTR holds 0, and has 0 entries\n")
    assert "escrow:1 holds 400, and has 1 entry\n" in (await shell("books", "statement", "escrow:1"))[1]


async def test_a_wallet_without_entries_has_none(shell: Shell) -> None:
    assert (await shell.admin("ticket", "open", OTHER_ADMIN, "wrong"))[0] == 0
    assert f"user:{OTHER_ADMIN}:XTR holds 0; it has no entries" in (await shell("ticket", "show", 1))[1]


async def test_a_refusal_says_what_to_type_here_and_not_in_the_chat(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    adjust = ["books", "adjust", "k", "losses:XTR", f"user:{ANN}:XTR", "5", "--evidence", "x"]
    for words, told in (
        (adjust, "books.adjust is for admins: add --as ADMIN_ID\n"),
        (["ticket", "open", "777", "x", "--as", f"{ADMIN}"], "there is no such user\n"),
        (["jobs", "aside", "77", "--reason", "x", "--as", f"{ADMIN}"], "there is no such job\n"),
    ):
        assert await typed(shell.settings, words) == 1
        assert capsys.readouterr().err == told
    await shell("switch", "halt", "money_movement", "night")
    assert await typed(shell.settings, [*adjust, "--as", f"{ADMIN}"]) == 1
    assert capsys.readouterr().err == "money_movement is HALTED, and forbids this: see `holdfast switch list`\n"


async def test_a_switch_is_understood_however_it_is_written(shell: Shell) -> None:
    assert await shell("switch", "halt", " PAYOUTS ", "x") == (0, "HALTED: payouts\n")
    assert await shell.admin("switch", "resume", "Payouts", "x") == (0, "ENABLED: payouts\n")
    assert (await shell("switch", "halt", "All", "x"))[1].count(", ") == len(Switch) - 1
    assert (await shell.admin("switch", "resume", "ALL", "x"))[1] == "resume one switch at a time\n"
    assert (await shell("switch", "halt", "paiouts", "x"))[1].endswith(", money_movement, all\n")
    assert (await shell.admin("switch", "resume", "paiouts", "x"))[1].endswith(", money_movement\n")


async def test_what_halts_needs_no_reason_and_says_so(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert (await shell("launch", "rollback"))[1].startswith("HALTED: ")
    assert "no reason given" in (await shell("switch", "list"))[1]
    with pytest.raises(SystemExit):
        await typed(shell.settings, ["switch", "halt"])
    assert capsys.readouterr().err.endswith("the following arguments are required: key\n")


def test_a_port_is_one_of_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    for port in ("0", "65536", "-1"):
        with pytest.raises(SystemExit):
            parser().parse_args(["sandbox", "--port", port])
        assert f"'{port}' is no whole number from 1 to 65535" in capsys.readouterr().err


async def test_a_verdict_about_a_post_that_was_not_sent_says_so(shell: Shell) -> None:
    said = (await shell.admin("jobs", "verdict", 1, "failed", "--evidence", "x"))[1]
    assert said.startswith("Its post has not been sent: it goes out when it is due,")


FAULTS = (Fault.SERVER_ERROR, Fault.BAD_GATEWAY, Fault.RESET, Fault.GARBLED_AFTER_ACCEPTING)


async def test_reserves_without_telegram_are_one_line(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    async with Sandbox() as sandbox, Client(sandbox.api) as telegram:
        await telegram.add_bot(TOKEN)
        known = shell.settings.model_copy(update={"bot_api": sandbox.api, "bot_token": load(bot_token=TOKEN).bot_token})
        assert await typed(known, ["books", "reserves"]) in (0, 1)
        assert "cover: " in capsys.readouterr().out
        away = known.model_copy(update={"bot_api": f"http://127.0.0.1:{free_port()}"})
        for fault, settings in (*((fault, known) for fault in FAULTS), (None, away)):
            if fault is not None:
                await telegram.fault("getMyStarBalance", fault)
            assert await typed(settings, ["books", "reserves"]) == 1
            said = capsys.readouterr()
            assert (said.out, said.err.count("\n"), TOKEN in said.err) == ("", 1, False), said.err
            assert said.err.startswith(f"{settings.bot_api} did not say what the bot holds (")
        await telegram.fault("getMyStarBalance", Fault.UNAUTHORIZED)
        assert await typed(known, ["books", "reserves"]) == 2
        assert capsys.readouterr().err.startswith("HOLDFAST_BOT_TOKEN: ")


async def test_a_drill_whose_report_cannot_be_written_is_not_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "none" / "drill.md"
    assert await typed(load(), ["drill", "ledger-violation", "--report", str(report)]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"--report {report}: cannot be written (No such file or directory)\n")


def arguments(of: argparse.ArgumentParser, path: str = "holdfast") -> Iterator[tuple[str, argparse.Action]]:
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, under in action.choices.items():
                yield from arguments(under, f"{path} {name}")
        else:
            yield f"{path} {'/'.join(action.option_strings) or action.dest}", action


def test_every_argument_says_what_it_is() -> None:
    assert [path for path, action in arguments(parser()) if not action.help] == []


@pytest.mark.parametrize("line", [path for path, _ in arguments(parser()) if path.endswith("--most")])
def test_nobody_asks_for_nothing(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    needed = ["user:7:XTR"] if "statement" in line else []
    words = line.removeprefix("holdfast ").split()
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([*words[:-1], *needed, words[-1], "0"])
    assert ended.value.code == 2
    assert "'0' is no whole number from 1 to" in capsys.readouterr().err


# what is written, and where


def by_shell(folder: Path, line: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A line of sh, in which `holdfast` is the command."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HOLDFAST_", "PYTHONUNBUF"))}
    code = f"import sys; sys.path.insert(0, '{ROOT}'); from bot.cli import main; main()"
    script = f'holdfast() {{ "{sys.executable}" -c "{code}" "$@"; }}; {line}'
    return subprocess.run(
        ["sh", "-c", script], cwd=folder, env=kept | env, check=False, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def here(sqlite_address: str) -> dict[str, Any]:
    return {"HOLDFAST_DATABASE_URL": sqlite_address, "HOLDFAST_ADMINS": f"{ADMIN}"}


def test_an_output_that_cannot_be_written_is_one_line(here: dict[str, str], tmp_path: Path) -> None:
    for line in ("switch list", "switch halt all night", "--help"):
        ended = by_shell(tmp_path, f"holdfast {line} > /dev/full", **here)
        assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
        assert ended.stderr == "not everything could be said (No space left on device); what was done is done\n"


def test_closed_streams_are_nothing_and_no_file_takes_their_place(here: dict[str, str], tmp_path: Path) -> None:
    for closed in (">&-", "<&- >&- 2>&-"):
        ended = by_shell(tmp_path, f"holdfast switch init {closed}", **here)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert by_shell(tmp_path, "holdfast books check <&- 2>&-", **here).stdout == "books: clean\n"


def test_what_an_output_has_no_characters_for_is_shown_by_number(here: dict[str, str], tmp_path: Path) -> None:
    ascii_only = here | {"PYTHONIOENCODING": "ascii"}
    line = "holdfast switch init; holdfast switch halt payouts x; holdfast books statement 'кошелёк'"
    ended = by_shell(tmp_path, line, **ascii_only)
    assert "there is no wallet '\\u043a" in ended.stderr, ended.stderr
    line = f"holdfast switch resume payouts 'кошелёк' --as {ADMIN}; holdfast switch list"
    ended = by_shell(tmp_path, line, **ascii_only)
    assert (ended.stderr, "\\u043a" in ended.stdout) == ("", True), ended.stdout


def test_who_types_in_another_encoding_halts_all_the_same(address: str, tmp_path: Path) -> None:
    """Windows-1251, say: on either database there is no text with such bytes."""
    env = {"HOLDFAST_DATABASE_URL": address, "HOLDFAST_ADMINS": f"{ADMIN}"}
    resumed = f"holdfast switch init; holdfast switch resume payouts test --as {ADMIN}"
    ended = by_shell(tmp_path, f"{resumed}; holdfast switch halt payouts \"$(printf '\\357\\360')\" now", **env)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    assert ended.stdout.endswith("HALTED: payouts\n")
    flip = Sql(address)("SELECT enabled, reason FROM kill_switch_flips ORDER BY epoch DESC LIMIT 1")
    assert [(bool(one["enabled"]), one["reason"]) for one in flip] == [(False, "\\udcef\\udcf0 now")]


def test_settings_that_are_no_text_are_one_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"HOLDFAST_ADMINS=\xff\xfe7\n")
    ended = run("switch", "list", folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (2, ".env, or a file of a secret: is not UTF-8\n")

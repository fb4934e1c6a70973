"""The command line as it is typed: real processes, real exit statuses, the database asked by SQL."""

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli import parser
from bot.numbers import LARGEST
from bot.sandbox import Client
from bot.settings import BadSettings, load
from domain import users
from storage import backup
from storage.database import Database
from storage.gate import Gate
from tests.conftest import ADMIN, OTHER_ADMIN, Clock, Sql, gate_of, owners
from tests.processes import holdfast, run, until
from tests.servers import free_port

ROOT = Path(__file__).parents[2]


WRONG = {
    "bot_token": ("not-a-token", "HOLDFAST_BOT_TOKEN: not a bot token"),
    "bot_api": ("api.telegram.org", "HOLDFAST_BOT_API: an address like"),
    "database_url": ("mysql://x/y", "HOLDFAST_DATABASE_URL: only sqlite and postgresql"),
    "admins": ("alice", "HOLDFAST_ADMINS: numbers with commas"),
    "environment": ("prod", "HOLDFAST_ENVIRONMENT: "),
    "fee_bps": ("10000", "HOLDFAST_FEE_BPS: "),
    "webhook_url": ("https://example.com/hook", "HOLDFAST_WEBHOOK_SECRET is needed"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_ends_the_start_with_one_line_that_names_it(name: str, tmp_path: Path) -> None:
    value, words = WRONG[name]
    ended = run("run", folder=tmp_path, **{name: value})
    assert ended.returncode == 2
    assert words in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert name != "bot_token" or value not in ended.stderr


@pytest.mark.parametrize("parts", [[], ["--only", "bot"]])
def test_a_port_of_the_webhook_that_is_taken_is_named(parts: list[str], sqlite_address: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        hook = {"webhook_url": "https://example.com/hook", "webhook_secret": "s" * 20, "webhook_port": port}
        there = {"bot_api": f"http://127.0.0.1:{free_port()}", "database_url": sqlite_address}
        ended = run("run", *parts, folder=tmp_path, bot_token="123456789:" + "A" * 35, **there, **hook)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith(f"HOLDFAST_WEBHOOK_PORT: cannot listen on 127.0.0.1:{port} (")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("typed", ["99999999999999999999", f"{LARGEST + 1}", "-1", "1.5", "1e3", "one", "²", ""])
@pytest.mark.parametrize("line", ["ticket show {}", "disputes list --most={}", "books adjust k a b {} --evidence x"])
def test_a_number_that_nothing_has_is_told_before_anything_is_done(
    line: str, typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([word.format(typed) for word in line.split()])
    assert ended.value.code == 2
    assert "is no whole number" in capsys.readouterr().err or typed == "-1"


def test_running_without_a_token_or_a_database_says_what_to_do(tmp_path: Path) -> None:
    ended = run("run", folder=tmp_path)
    assert (ended.returncode, "HOLDFAST_BOT_TOKEN" in ended.stderr) == (2, True)
    ended = run("run", folder=tmp_path, bot_token="123456789:" + "A" * 35)
    assert (ended.returncode, "holdfast migrate" in ended.stderr) == (2, True)


def test_the_first_minute_from_an_empty_folder(tmp_path: Path) -> None:
    settings = {"admins": f"{ADMIN}"}
    sql = Sql(f"sqlite:///{tmp_path}/holdfast.db")
    assert run("switch", "list", folder=tmp_path, **settings).returncode == 2
    assert run("migrate", folder=tmp_path, **settings).returncode == 0
    assert "HALTED (no row)" in run("switch", "list", folder=tmp_path, **settings).stdout
    assert run("switch", "init", folder=tmp_path, **settings).returncode == 0
    assert sql.one("SELECT COUNT(*) FROM kill_switches WHERE enabled = 0") == 7
    refused = run("switch", "resume", "payouts", "open", folder=tmp_path, **settings)
    assert (refused.returncode, "--as ADMIN_ID" in refused.stderr) == (2, True)
    stranger = run("switch", "resume", "payouts", "open", "--as", "5", folder=tmp_path, **settings)
    assert (stranger.returncode, "HOLDFAST_ADMINS" in stranger.stderr) == (2, True)
    done = run("switch", "resume", "payouts", "open", "--as", f"{ADMIN}", folder=tmp_path, **settings)
    assert (done.returncode, done.stdout) == (0, "ENABLED: payouts\n")
    halted = run("switch", "halt", "all", "night", folder=tmp_path, **settings)
    assert (halted.returncode, halted.stdout) == (0, "HALTED: payouts\n")
    assert sql.one("SELECT actor FROM kill_switch_flips ORDER BY epoch DESC LIMIT 1") == "system:shell"
    assert run("switch", "halt", "payout", "typo", folder=tmp_path, **settings).returncode == 2
    run("switch", "resume", "payouts", "again", "--as", f"{ADMIN}", folder=tmp_path, **settings)
    hurried = run("switch", "halt", "all", folder=tmp_path, **settings)
    assert (hurried.returncode, hurried.stdout) == (0, "HALTED: payouts\n")
    assert sql.one("SELECT reason FROM kill_switch_flips ORDER BY epoch DESC LIMIT 1") == "no reason given"
    assert run("books", "check", folder=tmp_path, **settings).stdout == "books: clean\n"
    assert run("jobs", "review", folder=tmp_path, **settings).stdout == "nothing to review\n"
    assert run("books", "checkpoint", folder=tmp_path, **settings).stdout == "checkpoint 1 is sealed\n"


async def _met(address: str) -> None:
    database = Database(address)
    gate: Gate = gate_of(database, Clock())
    for admin in (ADMIN, OTHER_ADMIN):
        await gate.system("test")(users.meet, admin, f"Admin {admin}", None, "en")
    await database.close()


async def test_in_production_resuming_money_takes_two_admins(address: str, tmp_path: Path) -> None:
    await _met(address)
    settings = {"admins": f"{ADMIN},{OTHER_ADMIN}", "database_url": address, "environment": "production"}
    assert run("switch", "init", folder=tmp_path, **settings).returncode == 0
    resume = ("switch", "resume", "money_movement", "launch", "--as", f"{ADMIN}")
    alone = run(*resume, folder=tmp_path, **settings)
    assert (alone.returncode, "asked for as number 1" in alone.stderr) == (1, True)
    own = run("countersign", "sign", "1", "--as", f"{ADMIN}", folder=tmp_path, **settings)
    assert own.returncode == 1
    signed = run("countersign", "sign", "1", "--as", f"{OTHER_ADMIN}", folder=tmp_path, **settings)
    assert signed.returncode == 0
    again = run(*resume, folder=tmp_path, **settings)
    assert (again.returncode, "signed already" in again.stderr, "--countersign 1" in again.stderr) == (1, True, True)
    assert "another admin signs" not in again.stderr
    done = run(*resume, "--countersign", "1", folder=tmp_path, **settings)
    assert (done.returncode, done.stdout) == (0, "ENABLED: money_movement\n")
    for more in ([], ["--countersign", "1"]):
        done = run(*resume, *more, folder=tmp_path, **settings)
        assert (done.returncode, done.stdout, done.stderr) == (0, "already ENABLED\n", "")
    assert Sql(address).one("SELECT COUNT(*) FROM countersigns") == 1
    unlimited = run(*resume, "--unlimited", folder=tmp_path, **settings)  # it carries no limit
    assert (unlimited.returncode, unlimited.stdout) == (0, "already ENABLED\n")
    blank = run("switch", "resume", "payouts", " ", "--as", f"{ADMIN}", folder=tmp_path, **settings)
    assert (blank.returncode, "reason" in blank.stderr) == (1, True)


async def test_the_ledger_is_rebuilt_from_the_shell(address: str, tmp_path: Path) -> None:
    await _met(address)
    settings = {"admins": f"{ADMIN}", "database_url": address, "owner_database_url": owners(address)}
    sql = Sql(address)
    sql("UPDATE wallets SET balance = balance + 1 WHERE id = 'fees:XTR'")
    found = run("books", "check", folder=tmp_path, **settings)
    assert (found.returncode, "fees:XTR" in found.stdout) == (1, True)
    unsealed = run("books", "checkpoint", folder=tmp_path, **settings)
    assert (unsealed.returncode, "fees:XTR" in unsealed.stdout, "nothing is sealed" in unsealed.stderr) == (
        1,
        True,
        True,
    )
    assert sql.one("SELECT COUNT(*) FROM checkpoints") == 0
    rebuild = ("books", "rebuild", "fees:XTR", "--evidence", "drill")
    assert run(*rebuild, folder=tmp_path, **settings).returncode == 1  # nobody named
    mended = run(*rebuild, "--as", f"{ADMIN}", folder=tmp_path, **settings)
    assert (mended.returncode, mended.stdout) == (0, "fees:XTR: 1 is now 0, the sum of its entries\n")
    assert run("books", "check", folder=tmp_path, **settings).returncode == 0


async def test_the_sandbox_serves_a_telegram_with_the_bot_and_an_admin_in_it(tmp_path: Path) -> None:
    port = free_port()
    with holdfast("sandbox", "--port", str(port), database_url=f"sqlite:///{tmp_path}/sandbox.db") as process:
        log: Path = process.log
        await until(lambda: "/killswitch" in log.read_text(), "it says where it is")
        async with Client(f"http://127.0.0.1:{port}") as telegram:
            admin = await telegram.person("Admin", id=1001)
            await admin.say("/killswitch")
            await admin.tap("Create the missing rows")
            await admin.tap("Resume payouts")
            await admin.sees("Resume payouts?", timeout=10)


def test_a_secret_may_be_a_file_and_a_variable_wins_over_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "holdfast_database_url").write_text("postgresql://a:b@c/d\n")
    (tmp_path / "holdfast_admins").write_text("1001,1002\n")
    assert load().admins == frozenset()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("HOLDFAST_ADMINS", "7")
    assert (load().database_url, load().admins) == ("postgresql://a:b@c/d", frozenset({7}))
    (tmp_path / "holdfast_database_url").write_text("mysql://x/y")
    with pytest.raises(BadSettings, match="HOLDFAST_DATABASE_URL: only sqlite and postgresql"):
        load()


async def test_a_backup_of_sqlite_is_one_whole_moment_while_others_write(sqlite_address: str, tmp_path: Path) -> None:
    await _met(sqlite_address)
    live, copy = Sql(sqlite_address), tmp_path / "backup.db"
    with closing(sqlite3.connect(sqlite_address.removeprefix("sqlite:///"), isolation_level=None)) as writing:
        writing.execute("BEGIN IMMEDIATE")
        writing.execute("UPDATE users SET name = 'half'")
        made = run("backup", str(copy), folder=tmp_path, database_url=sqlite_address)
        assert (made.returncode, "whole" in made.stdout) == (0, True), made.stderr
        writing.execute("COMMIT")
    assert live.one("SELECT COUNT(*) FROM users WHERE name = 'half'") == 2
    restored = Sql(f"sqlite:///{copy}")
    assert restored.one("SELECT COUNT(*) FROM users WHERE name LIKE 'Admin%'") == 2
    assert copy.stat().st_mode & 0o077 == 0
    checked = run("books", "check", folder=tmp_path, database_url=f"sqlite:///{copy}")
    assert (checked.returncode, checked.stdout) == (0, "books: clean\n")


def test_a_backup_overwrites_nothing_and_needs_something_to_copy(sqlite_address: str, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("somebody's")
    ended = run("backup", str(taken), folder=tmp_path, database_url=sqlite_address)
    assert (ended.returncode, "overwrites nothing" in ended.stderr) == (1, True)
    assert taken.read_text() == "somebody's"
    for folder in (".", "", "/"):
        ended = run("backup", folder, folder=tmp_path, database_url=sqlite_address)
        assert (ended.returncode, ended.stderr.endswith(" is a folder: name a new file in it\n")) == (1, True)
    with pytest.raises(FileNotFoundError):
        backup.copy(tmp_path / "none.db", tmp_path / "b.db")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taken"]
    elsewhere = run("backup", "b.db", folder=tmp_path, database_url="postgresql://a@b/c")
    assert (elsewhere.returncode, "deploy/backup" in elsewhere.stderr) == (2, True)

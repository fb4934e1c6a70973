"""The desk from the shell: tickets, search, blocks, the staff, a second try, the audit trail, the doctor; asked by SQL."""

import argparse
import asyncio
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.cli import parser
from bot.cli.refusals import words as said_of
from bot.sandbox import Client, Sandbox
from bot.settings import BadSettings, Settings, load
from domain import escrow, heartbeats, kill_switches, proposals, reports
from domain.action import Limit, Switch
from domain.errors import Refused
from scheduler.loop import TICKS
from tests import story
from tests.conftest import ADMIN, OTHER_ADMIN, House, owners
from tests.processes import run
from tests.servers import free_port
from tests.story import ANN, BOB, CLEO

TOKEN = "123456789:" + "A" * 35


@dataclass
class Shell:
    """What is typed, in this process: its exit status and what it said."""

    settings: Settings
    capsys: pytest.CaptureFixture[str]

    async def __call__(self, *words: object) -> tuple[int, str]:
        given: argparse.Namespace = parser().parse_args([str(word) for word in words])
        try:
            status = await given.run(self.settings, given)
        except BadSettings as wrong:
            status = 2
            print(wrong)  # noqa: T201
        except Refused as refused:
            status = 1
            print(said_of(refused.refusal))  # noqa: T201
        said = self.capsys.readouterr()
        return status, said.out + said.err

    async def admin(self, *words: object) -> tuple[int, str]:
        return await self(*words, "--as", ADMIN)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")


@pytest_asyncio.fixture
async def typed(house: House, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Ann has booked Bob's channel; everything is ENABLED."""
    await story.booked(house)
    await story.people(house, OTHER_ADMIN)
    return Shell(load(admins=frozenset({ADMIN, OTHER_ADMIN}), database_url=house.address), capsys)


async def test_a_ticket_is_opened_shown_and_closed_with_a_statement(house: House, typed: Shell) -> None:
    assert await typed.admin("ticket", "open", ANN, "balance", "wrong") == (0, "ticket 1 is open\n")
    assert "balance wrong" in (await typed("ticket", "list"))[1]
    assert f"user:{ANN}:XTR holds 600; its 2 entries sum to 600" in (await typed("ticket", "show", 1))[1]
    close = ("ticket", "close", 1, "--evidence", "it is right")
    assert (await typed(*close))[0] == 1  # nobody named
    status, said = await typed(*close, "--as", OTHER_ADMIN)
    assert (status, said.splitlines()[0]) == (0, "ticket 1 is closed: it is right")
    assert await typed("ticket", "list") == (0, "no tickets\n")
    assert "it is right" in (await typed("ticket", "show", 1))[1]
    assert "balance wrong" in (await typed("ticket", "list", "--closed"))[1]
    assert house.sql.one("SELECT user_id FROM notices WHERE kind = 'ticket-closed'") == ANN
    assert (await typed("ticket", "show", 9))[0] == 1


async def test_find_prints_what_it_finds_and_of_one_thing_its_card_with_links(typed: Shell) -> None:
    status, said = await typed("find", "tech")
    assert status == 0
    for words in ("techdaily", "-1001", f"holdfast find user:{BOB}", "holdfast find placement:1"):
        assert words in said, words
    status, said = await typed("find", "placement:1")
    assert (status, "holdfast find escrow:1:hold" in said, "queued" in said) == (0, True, True)
    status, said = await typed("find", "1")
    assert [word for word in ("channel", "placement", "deposit") if word not in said] == []
    assert await typed("find", "nothing", "like", "it") == (1, "nothing is found\n")


async def test_users_and_channels_are_blocked_and_unblocked(house: House, typed: Shell) -> None:
    assert (await typed("block", "user", BOB, "fraud"))[0] == 1  # nobody named
    assert (await typed.admin("block", "user", BOB, "fraud"))[0] == 0
    assert house.sql.one("SELECT blocked_at FROM users WHERE id = :id", id=BOB) is not None
    assert (await typed.admin("unblock", "user", BOB, "cleared"))[0] == 0
    assert house.sql.one("SELECT blocked_at FROM users WHERE id = :id", id=BOB) is None
    assert (await typed.admin("block", "channel", "@techdaily", "spam"))[0] == 0
    assert house.sql.one("SELECT blocked_at FROM channels") is not None
    assert (await typed.admin("unblock", "channel", 1, "cleared"))[0] == 0
    assert (await typed.admin("block", "user", ADMIN, "coup"))[0] == 1
    assert (await typed.admin("block", "user", "@nobody", "why"))[0] == 2
    status, said = await typed("audit", "--act", "users.block")
    assert (status, said.count("fraud"), said.count("not-allowed")) == (0, 1, 1)
    assert "cleared" in said


async def test_who_is_of_the_staff_is_listed_and_changed(house: House, typed: Shell) -> None:
    assert (await typed.admin("staff", "appoint", CLEO, "night", "shift"))[0] == 0
    said = (await typed("staff", "list"))[1]
    assert [str(number) in said for number in (ADMIN, OTHER_ADMIN, CLEO)] == [True] * 3
    assert "operator" in said
    assert (await typed.admin("staff", "dismiss", CLEO, "thanks"))[0] == 0
    assert str(CLEO) not in (await typed("staff", "list"))[1]


async def test_a_failed_job_is_tried_again_as_a_new_one_and_queues_are_counted(house: House, typed: Shell) -> None:
    assert (await typed.admin("jobs", "retry-as-new", 1))[0] == 1
    await story.refused_and_refunded(house, story.Placement(1, 1, 1))
    assert [line.split()[-4:] for line in (await typed("queues"))[1].splitlines()[1:2]] == [
        ["1", "holdfast", "jobs", "review"]
    ]
    for _ in range(2):
        status, said = await typed.admin("jobs", "retry-as-new", 1)
        assert (status, said) == (0, "placement 1 is tried again as placement 2\n")
    assert house.sql.one("SELECT COUNT(*) AS n FROM escrows") == 2
    house.sql("UPDATE post_jobs SET deadline = (SELECT MIN(created_at) FROM users) WHERE id = 2")
    assert "queued" in (await typed("jobs", "overdue"))[1]


async def test_the_audit_trail_is_filtered_and_turned(house: House, typed: Shell) -> None:
    with pytest.raises(Refused):
        await house.gate.user(BOB)(escrow.hold, (1,))
    status, said = await typed("audit", "--refused")
    assert (status, said.count("escrow.hold"), "not-found" in said) == (0, 1, True)
    status, said = await typed("audit", "--most", 2)
    assert said.splitlines()[-1].startswith("older ones: the same with --before ")
    before = said.split()[-1]
    assert f"\n{int(before) - 1} " in (await typed("audit", "--most", 1, "--before", before))[1]
    said = (await typed("audit", "--who", ANN, "--about", "placement:1", "--since", "2026-03-01"))[1]
    assert [word for word in ("escrow:1", "campaign_targets:1") if word not in said] == []
    assert await typed("audit", "--who", "nobody") == (0, "nothing of this kind\n")
    assert (await typed("audit", "--since", "yesterday"))[0] == 2
    assert (await typed("audit", "--about", "7"))[0] == 2


# the doctor


def lines(said: str) -> dict[str, list[str]]:
    """What was looked at, by how it is."""
    found: dict[str, list[str]] = {"ok": [], "warn": [], "fail": []}
    for line in said.splitlines()[:-1]:
        found[line[:5].strip()].append(line[6:22].strip())
    return found


@pytest.fixture
def unsettled() -> dict[str, Any]:
    nowhere = free_port()
    return {
        "admins": frozenset({ADMIN}),
        "bot_token": TOKEN,
        "bot_api": f"http://127.0.0.1:{nowhere}",
        "redis_url": f"redis://127.0.0.1:{nowhere}/0",
    }


async def test_the_doctor_finds_a_whole_house_well(house: House, typed: Shell, servers: dict[str, Any]) -> None:
    async with Sandbox() as sandbox, Client(sandbox.api) as telegram:
        bob = await telegram.person("Bob", id=BOB)
        async with asyncio.timeout(10):
            given = {"bot_token": TOKEN, "bot_api": sandbox.api, "evidence_chat": BOB}
            typed.settings = typed.settings.model_copy(
                update=given | {"redis_url": f"redis://127.0.0.1:{servers['valkey']}/0"}
            )
            typed.settings = load(**typed.settings.model_dump())
            await telegram.add_bot(TOKEN)
            channel = await telegram.channel("Tech Daily", owner=bob)
            house.sql("UPDATE channels SET chat_id = :id", id=channel.id)
            status, said = await typed("doctor")
    found = lines(said)
    assert (status, found["fail"]) == (0, []), said
    wanted = {
        "settings",
        "database",
        "migrations",
        "guards",
        "switches",
        "Redis",
        "token",
        "Telegram's clock",
        "channels",
    }
    assert wanted <= set(found["ok"]), said
    assert {"scheduler", "channel"} <= set(found["warn"]), said
    assert "lacks can_post_messages" in said or "not found" in said, said


async def test_the_doctor_waits_for_each_tick_as_long_as_its_period(house: House, typed: Shell) -> None:
    for name, ago in [*((tick.name, tick.every) for tick in TICKS), ("build:old", timedelta(hours=1))]:
        house.clock.at = datetime.now(UTC) - ago
        await house.system(heartbeats.beat, name, "ok")
    said = (await typed("doctor"))[1]
    assert "scheduler" in lines(said)["ok"], said
    house.sql("DELETE FROM heartbeats WHERE name = 'posting'")
    assert "no beat of posting:" in (await typed("doctor"))[1]


async def test_the_doctor_says_what_is_down_and_what_to_do_without_a_traceback(
    house: House, typed: Shell, unsettled: dict[str, Any], tmp_path: Path
) -> None:
    settings = {"database_url": house.address} | unsettled
    typed.settings = load(**settings)
    async with asyncio.timeout(30):
        status, said = await typed("doctor")
    found = lines(said)
    assert (status, found["fail"], "Redis" in found["warn"]) == (1, ["token"], True), said
    assert TOKEN not in said
    await house.gate.user(ADMIN)(kill_switches.halt, [Switch.payouts], "why")
    house.sql(
        "DROP TRIGGER permit_payout"
        if house.address.startswith("sqlite")
        else "DROP TRIGGER asks_switches ON transfers"
    )
    assert {"guards", "token"} == set(lines((await typed("doctor"))[1])["fail"])
    typed.settings = load(**unsettled | {"database_url": f"sqlite:///{tmp_path}/none.db"})
    status, said = await typed("doctor")
    assert (status, lines(said)["fail"]) == (1, ["database", "token"]), said
    assert not [name for name in os.listdir(tmp_path) if name.startswith("none")]
    typed.settings = load(**unsettled | {"database_url": f"postgresql://nobody@127.0.0.1:{free_port()}/x"})
    status, said = await typed("doctor")
    assert (status, lines(said)["fail"]) == (1, ["database", "token"]), said
    typed.settings = load(database_url=owners(house.address), admins=frozenset())
    status, said = await typed("doctor")
    assert {"admins", "guards", "token"} == set(lines(said)["fail"]), said
    assert ("roles" in lines(said)["warn"]) == (not house.address.startswith("sqlite"))


async def test_a_limit_is_listed_stays_when_a_switch_is_resumed_and_is_cleared_by_an_admin_who_says_so(
    house: House, typed: Shell
) -> None:
    limit = Limit(max_amount=10, max_open=1)
    await house.gate.user(ADMIN)(kill_switches.resume, [Switch.new_escrows], "launch", limit)
    await typed("switch", "halt", "new_escrows", "incident")
    (line,) = [line for line in (await typed("switch", "list"))[1].splitlines() if line.startswith("new_escrows")]
    assert "HALTED" in line
    assert "up to 10 each, 1 open at once" in line
    resume = ("switch", "resume", "new_escrows", "over")
    status, said = await typed.admin(*resume)
    assert (status, said.splitlines()) == (
        0,
        [
            "ENABLED: new_escrows",
            "new_escrows keeps its limit (up to 10 each, 1 open at once); `--unlimited` clears it",
        ],
    )
    assert "within a limit: new_escrows (up to 10 each, 1 open at once)" in (await typed("doctor"))[1]
    assert (await typed(*resume, "--unlimited"))[0] == 2  # nobody named
    assert await typed.admin(*resume, "--unlimited") == (0, "ENABLED: new_escrows\n")
    assert await typed.admin(*resume, "--unlimited") == (0, "already ENABLED\n")
    assert house.sql("SELECT max_amount, max_open FROM kill_switches WHERE key = 'new_escrows' AND enabled") == [
        {"max_amount": None, "max_open": None}
    ]


async def test_a_switch_is_halted_from_the_shell_with_telegram_and_redis_down(
    sqlite_address: str, unsettled: dict[str, Any], tmp_path: Path
) -> None:
    settings = unsettled | {"admins": f"{ADMIN}", "database_url": sqlite_address}
    assert run("switch", "init", folder=tmp_path, **settings).returncode == 0
    assert run("switch", "resume", "payouts", "x", "--as", f"{ADMIN}", folder=tmp_path, **settings).returncode == 0
    began = time.monotonic()
    halted = run("switch", "halt", "payouts", "why", folder=tmp_path, **settings)
    assert (halted.returncode, halted.stdout, halted.stderr) == (0, "HALTED: payouts\n", "")
    assert time.monotonic() - began < 30  # most of it is the start of Python


async def test_reports_and_proposals_are_listed_and_a_report_is_judged(house: House, typed: Shell) -> None:
    await house.gate.user(ANN)(reports.file, reports.Thing.channel, 1, reports.Reason.spam, "too many ads")
    await house.gate.user(BOB)(proposals.make, 1, 1, price=450)
    assert "450" in (await typed("proposals", "list"))[1]
    assert "spam" in (await typed("reports", "list"))[1]
    assert "too many ads" in (await typed("reports", "show", 1))[1]
    uphold = ("reports", "uphold", 1, "told", "the", "owner")
    assert (await typed(*uphold))[0] == 1  # nobody named
    for _ in range(2):
        assert (await typed.admin(*uphold))[0] == 0
    (row,) = house.sql("SELECT status, finding, ended_by FROM reports")
    assert row == {"status": "upheld", "finding": "told the owner", "ended_by": f"user:{ADMIN}"}
    assert (await typed.admin("reports", "dismiss", 1, "no"))[0] == 1
    assert (await typed("reports", "show", 77))[0] == 1

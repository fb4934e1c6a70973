"""The launch gate: each line of the checklist, broken by itself, stops the launch at its step; and who may do what when.

Each test breaks one thing in a real database (or server) and asserts the step; the phase after it then refuses to begin. People
are played through the same actions as everybody's, posts go to the sandbox.
"""

import asyncio
import json
import re
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from bot.app import build
from bot.launch import Launcher, Report, digest
from bot.launch.probes import PROBES, Outside, read_log
from bot.launch.source import PACKAGES
from bot.launch.words import advice
from bot.sandbox import Channel, Client, Sandbox
from bot.settings import Environment, Settings
from domain import approvals, books, channels, countersigns, escrow, heartbeats, kill_switches, launch, payments, users
from domain.action import Limit, Switch
from domain.errors import NotAllowed, Refused
from domain.launch import (
    LEASE,
    OPENED,
    PHASES,
    BadLaunchSetup,
    HaltedSince,
    LaunchBusy,
    LaunchMoved,
    Line,
    NoTestPeople,
    NotInOrder,
    OtherLimit,
    Outcome,
    Phase,
    PhasePassed,
    Status,
)
from domain.users import LANGUAGES
from storage.database import Database
from storage.intruder import forge
from tests import story
from tests.conftest import ADMIN, OTHER_ADMIN, OWNER, Clock, Sql, apps, leave_alone, owners, refusal
from tests.flows.conftest import TOKEN, Town
from tests.story import ANN, BOB, CLEO

P0, P1, P2, P3, P4, P5 = Phase
FOUR = (Switch.payouts, Switch.new_escrows, Switch.telegram_posting, Switch.worker_post)


@dataclass
class Pad:
    """A house before its launch: two admins, an advertiser, a publisher, and a channel with the bot in it."""

    town: Town
    channel: Channel
    build: str = "test"
    log: Path | None = None

    @property
    def admin(self) -> Any:
        return self.town.app.gate.user(ADMIN)

    @property
    def sql(self) -> Sql:
        return self.town.sql

    def launcher(self, admin: int = ADMIN) -> Launcher:
        app = self.town.app
        return Launcher(app.gate.user(admin), app.settings, app.texts, app.bot, self.log, self.build)

    async def go(self, phase: Phase, **setup: Any) -> Report:
        given = {"advertiser": ANN, "publisher": BOB, "channel": str(self.channel.id), "price": 10, "watch": 5} | setup
        return await self.launcher().go(phase, given if phase >= P2 else None)

    async def passes(self, phase: Phase, **setup: Any) -> None:
        report = await self.go(phase, **setup)
        assert report.status == Status.passed, (report.step, report.came.evidence)

    async def tick(self, **step: float) -> None:
        self.town.clock.forward(**step or {"seconds": 31})
        await self.town.app.tick()

    async def founded(self) -> None:
        await self.admin(kill_switches.init)

    async def comes_to(self, last: Phase, reached: Callable[[Phase], None] = lambda phase: None) -> None:
        """Everything before this phase has passed. Tells each phase that it has come to."""
        await self.founded()
        comings = (self.before_p0, self.before_p1, self.before_p2, self.before_p3, self.finished_p3, self.before_p5)
        for phase, come in zip(Phase, comings, strict=True):
            await come()
            reached(phase)
            if phase == last:
                return
            if phase != P3:
                await self.passes(phase)

    async def before_p0(self) -> None: ...

    async def before_p1(self) -> None:
        """The processes run, with this build."""
        self.town.app.loop.build = self.build
        await self.tick()

    async def before_p2(self) -> None:
        seen = replace(story.SEEN, chat_id=self.channel.id)
        await self.town.app.gate.user(BOB)(channels.register, seen)

    async def before_p3(self) -> None: ...

    async def before_p5(self) -> None: ...

    async def pays(self, amount: int = 10, charge: str = "c1") -> None:
        await self.town.app.gate.system("test")(payments.receive, ANN, amount, "XTR", charge)
        await self.tick(seconds=1)

    def first(self) -> int:
        """The placement of the launch."""
        return int(self.sql.one("SELECT MIN(id) AS id FROM campaign_targets"))

    async def answers(self, *, yes: bool = True) -> None:
        version = self.sql.one("SELECT version FROM campaign_targets WHERE id = :id", id=self.first())
        publisher = self.town.app.gate.user(BOB)
        if yes:
            await publisher(approvals.approve, self.first(), version)
        else:
            await publisher(approvals.decline, self.first(), version, "no")

    async def finished_p3(self, *, yes: bool = True) -> None:
        await self.pays()
        assert (await self.go(P3)).step == "answered"
        await self.answers(yes=yes)
        if yes:
            assert (await self.go(P3)).step == "job-ended"
        await self.tick()
        await self.passes(P3)


@asynccontextmanager
async def opened(address: str, **given: Any) -> AsyncIterator[Pad]:
    """The house at this address, and a fresh Telegram."""
    clock = Clock()
    async with Sandbox(now=clock) as sandbox, Client(sandbox.api) as telegram:
        await telegram.add_bot(TOKEN)
        settings = Settings(
            _env_file=None,
            bot_token=TOKEN,
            bot_api=sandbox.api,
            database_url=address,
            admins=frozenset({ADMIN, OTHER_ADMIN}),
            **given,
        )
        app = build(settings, now=clock, rates=None)
        for number, name in ((ANN, "Ann"), (BOB, "Bob"), (CLEO, "Cleo"), (ADMIN, "Olga"), (OTHER_ADMIN, "Pavel")):
            person = await telegram.person(name, id=number)
            await app.gate.system("test")(users.meet, number, name, None, "en")
            if number == BOB:
                channel = await telegram.channel("Tech Daily", owner=person, username="techdaily", subscribers=9)
        await channel.promote()
        try:
            yield Pad(Town(app, telegram, clock, Sql(address), "en", Path()), channel)
        finally:
            await app.close()


@pytest_asyncio.fixture
async def pad(sqlite_address: str) -> AsyncIterator[Pad]:
    """On SQLite."""
    async with opened(sqlite_address) as one:
        yield one


@pytest_asyncio.fixture
async def each_pad(address: str) -> AsyncIterator[Pad]:
    """On each database."""
    async with opened(address) as one:
        yield one


KEPT: dict[Phase, tuple[str, datetime]] = {}
"""A database as it stands before each phase, with the time: walked once, and copied for each test."""


@pytest_asyncio.fixture
async def staged(phase: Phase, sqlite_address: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pad]:
    """A house that has come to this phase."""
    fresh = sqlite_address.removeprefix("sqlite:///")
    if not KEPT:
        folder = tmp_path_factory.mktemp("launch")
        shutil.copy(fresh, folder / "walked.db")
        async with opened(f"sqlite:///{folder}/walked.db") as walker:

            def keep(reached: Phase) -> None:
                walker.sql(f"VACUUM INTO '{folder}/{reached}.db'")
                KEPT[reached] = f"{folder}/{reached}.db", walker.town.clock.at

            await walker.comes_to(P5, keep)
    kept, at = KEPT[phase]
    shutil.copy(kept, fresh)
    async with opened(sqlite_address) as one:
        one.town.clock.at = at
        one.town.app.loop.build = one.build
        yield one


async def walk(pad: Pad) -> None:
    await pad.comes_to(P5)
    assert (await pad.go(P5)).step == "released"
    await pad.tick(seconds=1)
    assert (await pad.go(P5)).step == "watch"
    for _ in range(5):
        await pad.tick(seconds=60)
    await pad.passes(P5)


async def test_a_launch_passes_all_phases_and_its_evidence_is_on_record(each_pad: Pad) -> None:
    pad = each_pad
    await walk(pad)
    enabled = {row["key"] for row in pad.sql("SELECT key FROM kill_switches WHERE enabled")}
    assert enabled == {str(key) for key in OPENED}
    assert pad.sql("SELECT 1 FROM kill_switches WHERE max_amount IS NOT NULL OR max_open IS NOT NULL") == []
    assert pad.town.status(pad.first()) == ("released", "success", "posted")
    assert story.balance(pad, f"user:{BOB}:XTR") == 9  # type: ignore[arg-type]
    (post,) = await pad.channel.posts()
    assert post.text == pad.town.said("launch-post", launch="1")
    rows = pad.sql("SELECT phase, step, outcome, evidence, build, database, actor FROM launch_steps ORDER BY id")
    passed = [(row["phase"], row["step"]) for row in rows if row["outcome"] == "passed"]
    assert passed == [(phase, step.name) for phase, steps in PHASES.items() for step in steps]
    assert {row["outcome"] for row in rows} == {"passed", "waiting"}
    assert {(row["build"], row["actor"]) for row in rows} == {("test", f"user:{ADMIN}")}
    assert len({row["database"] for row in rows}) == 1
    evidence = {(row["phase"], row["step"]): row["evidence"] for row in rows if row["outcome"] == "passed"}
    blocked = evidence["P2", "release-blocked"]
    blocked = json.loads(blocked) if isinstance(blocked, str) else blocked
    assert blocked["events"] == [["halted", "payouts"]]
    assert (blocked["changed"], blocked["tables"] > 20) == ([], True)
    assert await pad.admin.ask(books.check) == []
    board = await pad.admin.ask(launch.board)
    assert (board.launch, board.next) == (1, None)
    acts = "SELECT COUNT(*) AS n FROM transfers WHERE reason IN ('escrow_hold', 'payout')"
    assert pad.sql.one(acts) == 2


async def test_evidence_is_only_added_to(each_pad: Pad) -> None:
    pad = each_pad
    await pad.founded()
    await pad.passes(P0)
    for forbidden in (
        "UPDATE launch_steps SET outcome = 'failed'",
        "DELETE FROM launch_steps",
        "UPDATE database_identity SET mark = 'x'",
        "DELETE FROM database_identity",
        "UPDATE launch_runs SET status = 'failed'",
    ):
        with pytest.raises(Exception, match=r"append-only|flow"):
            pad.sql(forbidden)


# Each line of the checklist, broken.

Break = Callable[[Pad], Awaitable[None]]
BREAKS: list[tuple[Phase, str, str, Break]] = []


def breaks(phase: Phase, step: str, why: str = "") -> Callable[[Break], Break]:
    """This breaks that line. What waits at it before it fails is waited for."""

    def keep(how: Break) -> Break:
        BREAKS.append((phase, step, why or how.__name__.removeprefix("_").replace("_", "-"), how))
        return how

    return keep


def unguarded(pad: Pad, statement: str, **given: Any) -> None:
    """What an intruder with the owner's power does."""
    triggers = pad.sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    for row in triggers:
        pad.sql(f"DROP TRIGGER {row['name']}")
    pad.sql(statement, **given)
    for row in triggers:
        pad.sql(row["sql"])


def enabling(key: Switch) -> Break:
    async def enabled(pad: Pad) -> None:
        await pad.admin(kill_switches.resume, [key], "by hand")

    return enabled


for switch in Switch:

    def missing(key: Switch) -> Break:
        async def gone(pad: Pad) -> None:
            pad.sql("DELETE FROM kill_switches WHERE key = :key", key=str(key))

        return gone

    breaks(P0, "switch-rows", f"without-{switch}")(missing(switch))
for switch in FOUR:
    breaks(P0, "halted", f"{switch}-enabled")(enabling(switch))
breaks(P1, "still-closed", "worker_post-enabled")(enabling(Switch.worker_post))
breaks(P2, "still-closed", "new_escrows-enabled")(enabling(Switch.new_escrows))
breaks(P3, "only-money", "payouts-enabled")(enabling(Switch.payouts))


async def _held(pad: Pad) -> None:
    """Something is booked and under way; then the switches are halted again."""
    await pad.admin(kill_switches.resume, [Switch.money_movement, Switch.new_escrows], "by hand")
    await pad.pays(400)
    await pad.before_p2()
    number = pad.sql.one("SELECT id FROM channels")
    await pad.town.app.gate.user(BOB)(channels.offer, number, 400, 0)
    house = pad.town.app
    placement = await story.draft(house, number)  # type: ignore[arg-type]
    await house.gate.user(ANN)(escrow.hold, (placement.id,))
    await pad.admin(kill_switches.halt, [Switch.new_escrows], "by hand")


@breaks(P0, "no-campaigns")
async def active_campaign(pad: Pad) -> None:
    await _held(pad)


@breaks(P0, "no-campaigns")
async def paused_campaign(pad: Pad) -> None:
    await _held(pad)
    pad.sql("UPDATE campaigns SET status = 'paused'")


@breaks(P0, "no-jobs")
async def queued_job(pad: Pad) -> None:
    await _held(pad)
    pad.sql("UPDATE campaigns SET status = 'completed'")


@breaks(P0, "no-escrows")
async def held_escrow(pad: Pad) -> None:
    await _held(pad)
    pad.sql("UPDATE campaigns SET status = 'completed'")
    pad.sql("UPDATE post_jobs SET status = 'failed', failure = 'declined', ended_at = created_at")


@breaks(P0, "migrations")
async def older_schema(pad: Pad) -> None:
    pad.sql("UPDATE alembic_version SET version_num = '0001'")


@breaks(P0, "guards")
async def guard_gone(pad: Pad) -> None:
    pad.sql("DROP TRIGGER permit_payout")


@breaks(P0, "admins")
async def one_admin_never_met(pad: Pad) -> None:
    pad.sql("UPDATE users SET unreachable_at = created_at WHERE id = :id", id=OTHER_ADMIN)


@breaks(P1, "still-closed")
async def something_booked(pad: Pad) -> None:
    await _held(pad)


@breaks(P1, "database")
async def schema_moved(pad: Pad) -> None:
    pad.sql("UPDATE alembic_version SET version_num = '0001'")


@breaks(P1, "redis")
async def redis_away(pad: Pad) -> None:
    settings = pad.town.app.settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    object.__setattr__(pad.town.app, "settings", settings)


@breaks(P1, "telegram")
async def token_revoked(pad: Pad) -> None:
    await pad.town.telegram.fault("getMe", "unauthorized", forever=True)  # type: ignore[arg-type]


@breaks(P1, "processes")
async def nobody_runs(pad: Pad) -> None:
    pad.sql("DELETE FROM heartbeats")


@breaks(P1, "processes")
async def one_tick_is_silent(pad: Pad) -> None:
    pad.sql("DELETE FROM heartbeats WHERE name = 'refunds'")


@breaks(P1, "processes")
async def ticks_were_heard_before_only(pad: Pad) -> None:
    pad.town.clock.forward(seconds=1)


@breaks(P1, "builds")
async def another_build_runs(pad: Pad) -> None:
    await pad.town.app.gate.system("test")(heartbeats.beat, "build:other", "ok")


@breaks(P1, "builds")
async def this_build_does_not_run(pad: Pad) -> None:
    pad.sql("DELETE FROM heartbeats WHERE name LIKE 'build:%'")


@breaks(P1, "seen-halted")
async def process_sees_another_state(pad: Pad) -> None:
    await pad.town.app.gate.system("test")(heartbeats.beat, "posting", "ok")


@breaks(P1, "seen-halted")
async def process_names_another_switch(pad: Pad) -> None:
    await pad.town.app.gate.system("test")(heartbeats.beat, "releases", "skipped: money_movement is HALTED")


async def _unclean(pad: Pad) -> None:
    unguarded(pad, "UPDATE wallets SET balance = balance + 1 WHERE id = 'fees:XTR'")


for phase in (P1, P2):
    breaks(phase, "books-clean", "books-are-not-clean")(_unclean)


@breaks(P4, "books-clean")
async def somebody_elses_wallet_differs(pad: Pad) -> None:
    unguarded(
        pad,
        "INSERT INTO wallets (id, kind, owner_id, currency, balance, created_at)"
        " SELECT 'user:303:XTR', 'user', 303, 'XTR', 1, created_at FROM users WHERE id = 303",
    )


@breaks(P2, "people")
async def publisher_is_blocked(pad: Pad) -> None:
    pad.sql("UPDATE users SET blocked_at = created_at WHERE id = :id", id=BOB)


@breaks(P2, "channel")
async def channel_is_anothers(pad: Pad) -> None:
    pad.sql("UPDATE channels SET owner_id = :id", id=CLEO)


@breaks(P2, "channel")
async def channel_is_lost(pad: Pad) -> None:
    pad.sql("UPDATE channels SET status = 'lost'")


@breaks(P2, "offer")
async def nobody_may_offer(pad: Pad) -> None:
    pad.sql("DELETE FROM channel_managers")


@breaks(P2, "campaign")
async def advertiser_may_not_draft(pad: Pad) -> None:
    pad.sql("CREATE TRIGGER x BEFORE INSERT ON creatives BEGIN UPDATE campaigns SET status = 'cancelled'; END")


@breaks(P2, "hold-blocked")
async def hold_changes_something(pad: Pad) -> None:
    pad.sql(
        "CREATE TRIGGER x AFTER INSERT ON audit_events WHEN NEW.action = 'escrow.hold' AND NEW.refusal IS NOT NULL"
        " BEGIN UPDATE users SET name = 'Mallory' WHERE id = 303; END"
    )


@breaks(P2, "hold-blocked")
async def hold_is_audited_twice(pad: Pad) -> None:
    pad.sql(
        "CREATE TRIGGER x AFTER INSERT ON audit_events WHEN NEW.action = 'escrow.hold' AND NEW.act_id <> 'x' BEGIN"
        " INSERT INTO audit_events (act_id, at, actor, action, noun, subject, refusal, details)"
        " VALUES ('x', NEW.at, NEW.actor, NEW.action, NEW.noun, NEW.subject, NEW.refusal, NEW.details); END"
    )


def somebody_acts(pad: Pad, when: str = "true") -> None:
    """Whenever a hold is refused, somebody else changes their name at that moment."""
    pad.sql("DROP TRIGGER number_audit_events")
    pad.sql(
        "CREATE TRIGGER x AFTER INSERT ON audit_events WHEN NEW.action = 'escrow.hold' AND NEW.refusal IS NOT NULL"
        f" AND {when} BEGIN UPDATE users SET name = name || '!' WHERE id = 303;"
        " INSERT INTO audit_events (act_id, at, actor, action, noun, subject, details)"
        " VALUES (NEW.act_id || 'x', NEW.at, 'system:bot', 'users.meet', 'users', '303', '{}'); END"
    )


@breaks(P2, "hold-blocked")
async def it_is_never_calm(pad: Pad) -> None:
    somebody_acts(pad)


def flipped_at(pad: Pad, key: Switch, after: str) -> None:
    """A switch that is resumed by an intruder as soon as a record of this step is written."""
    pad.sql(
        f"CREATE TRIGGER x AFTER INSERT ON launch_steps WHEN NEW.step = '{after}' AND NEW.outcome = 'passed'"
        f" BEGIN INSERT INTO kill_switch_flips (epoch, key, enabled, reason, actor, act_id, at)"
        f" SELECT MAX(epoch) + 1, '{key}', 1, 'x', 'x', 'x', NEW.at FROM kill_switch_flips; END"
    )


@breaks(P2, "hold-blocked")
async def hold_is_not_blocked(pad: Pad) -> None:
    flipped_at(pad, Switch.new_escrows, "targets")


@breaks(P2, "release-blocked")
async def release_is_not_blocked(pad: Pad) -> None:
    flipped_at(pad, Switch.payouts, "hold-blocked")


@breaks(P2, "nothing-moved")
async def escrow_appears(pad: Pad) -> None:
    pad.sql(
        "CREATE TRIGGER x AFTER INSERT ON launch_steps WHEN NEW.step = 'release-blocked' BEGIN INSERT INTO escrows"
        " (id, campaign_target_id, status, amount, currency, created_at)"
        " SELECT MIN(id), MIN(id), 'held', 10, 'XTR', NEW.at FROM campaign_targets; END"
    )


@breaks(P3, "only-money")
async def money_is_halted(pad: Pad) -> None:
    await pad.admin(kill_switches.halt, [Switch.money_movement], "by hand")


@breaks(P3, "escrows-open")
async def payouts_come_too_early(pad: Pad) -> None:
    await pad.pays()
    flipped_at(pad, Switch.payouts, "deposit")


@breaks(P3, "hold")
async def channel_takes_no_bookings(pad: Pad) -> None:
    await pad.pays()
    pad.sql("UPDATE channels SET status = 'paused'")


@breaks(P3, "second-refused")
async def limit_is_gone(pad: Pad) -> None:
    await pad.pays(20)
    flipped_at(pad, Switch.new_escrows, "escrows-open")


@breaks(P3, "second-refused")
async def limit_is_gone_and_the_money_is_not_enough(pad: Pad) -> None:
    await pad.pays(10)
    flipped_at(pad, Switch.new_escrows, "escrows-open")


@breaks(P3, "held-verified")
async def transfer_is_missing(pad: Pad) -> None:
    await pad.pays()
    for row in pad.sql("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'transfers'"):
        pad.sql(f"DROP TRIGGER {row['name']}")
    pad.sql(
        "CREATE TRIGGER x AFTER INSERT ON launch_steps WHEN NEW.step = 'second-refused'"
        " BEGIN UPDATE transfers SET key = 'x' WHERE reason = 'escrow_hold'; END"
    )


@breaks(P3, "held-verified")
async def entry_is_missing(pad: Pad) -> None:
    await pad.pays()
    pad.sql("DROP TRIGGER double_entry")


@breaks(P3, "posting-open")
async def payouts_come_before_posting(pad: Pad) -> None:
    await pad.pays()
    await pad.go(P3)
    await pad.answers()
    flipped_at(pad, Switch.payouts, "answered")


@breaks(P4, "job")
async def job_is_uncertain_after_all(pad: Pad) -> None:
    unguarded(pad, "UPDATE post_jobs SET status = 'uncertain', published_at = NULL, served_at = NULL")


@breaks(P4, "job")
async def job_is_gone(pad: Pad) -> None:
    unguarded(pad, "DELETE FROM post_jobs")


@breaks(P4, "escrow")
async def not_due_for_release(pad: Pad) -> None:
    unguarded(pad, "UPDATE post_jobs SET served_at = NULL")


@breaks(P4, "escrow")
async def success_was_refunded(pad: Pad) -> None:
    unguarded(pad, "UPDATE escrows SET status = 'refunded', resolved_at = created_at")


@breaks(P4, "escrow")
async def payouts_were_enabled(pad: Pad) -> None:
    await pad.admin(kill_switches.resume, [Switch.payouts], "by hand")


@breaks(P4, "wallets-agree")
async def balance_differs(pad: Pad) -> None:
    unguarded(pad, "UPDATE wallets SET balance = balance + 1 WHERE kind = 'escrow'")


@breaks(P4, "wallets-agree")
async def wallets_are_gone(pad: Pad) -> None:
    unguarded(pad, f"DELETE FROM wallets WHERE id IN ('fees:XTR', 'user:{BOB}:XTR')")


@breaks(P5, "payouts-open")
async def payouts_were_enabled_before(pad: Pad) -> None:
    await pad.admin(kill_switches.resume, [Switch.payouts], "by hand")
    pad.town.clock.forward(seconds=1)


@breaks(P5, "released")
async def nobody_pays_within_60_seconds(pad: Pad) -> None:
    """The ticks have stopped."""


@breaks(P5, "books-clean", "books-are-not-clean")
async def books_break_as_it_is_paid(pad: Pad) -> None:
    pad.sql(
        "CREATE TRIGGER x AFTER INSERT ON launch_steps WHEN NEW.step = 'same-call'"
        " BEGIN UPDATE wallets SET balance = balance + 1 WHERE id = 'fees:XTR'; END"
    )


@pytest.mark.parametrize(
    ("phase", "step", "how"),
    [pytest.param(phase, step, how, id=f"{phase}-{step}-{why}") for phase, step, why, how in BREAKS],
)
async def test_a_broken_line_stops_the_launch_at_its_step(staged: Pad, phase: Phase, step: str, how: Break) -> None:
    pad = staged
    await how(pad)
    report = await pad.go(phase)
    if phase == P5 and report.step == "released" and step != "released":
        await pad.tick(seconds=1)
        report = await pad.go(phase)
    if report.status == Status.running:
        assert report.came.outcome == Outcome.waiting
        pad.town.clock.forward(seconds=91)
        report = await pad.go(phase)
    assert (report.step, report.status) == (step, Status.failed), report.came.evidence
    line = pad.sql("SELECT step, evidence FROM launch_steps WHERE outcome = 'failed' ORDER BY id DESC")[0]
    assert line["step"] == step
    if phase != P5:
        with pytest.raises(Refused) as refused:
            await pad.go(Phase(f"P{phase.number + 1}"))
        assert refused.value.refusal == NotInOrder(f"P{phase.number + 1}", phase, "passed")
    resumed = {str(key) for one in PHASES[phase] for key in one.opens}
    enabled = {row["key"] for row in pad.sql("SELECT key FROM kill_switches WHERE enabled")}
    assert resumed & enabled == set()


async def watching(pad: Pad) -> None:
    """P5 is watching."""
    assert (await pad.go(P5)).step == "released"
    await pad.tick(seconds=1)
    assert (await pad.go(P5)).step == "watch"


async def _halt(pad: Pad) -> None:
    await pad.admin(kill_switches.halt, [Switch.withdrawals], "x")
    await pad.admin(kill_switches.resume, [Switch.withdrawals], "x")
    await pad.tick()
    await pad.admin(kill_switches.halt, [Switch.withdrawals], "incident")


async def _silence(pad: Pad) -> None:
    pad.town.clock.forward(seconds=200)


async def _alarm(pad: Pad) -> None:
    assert pad.log
    pad.log.write_text("2027-01-01T00:00:00.000000Z [error] Worker error: tick posting failed\n")


async def _no_log(pad: Pad) -> None:
    assert pad.log
    pad.log.unlink()


async def _spoil(pad: Pad) -> None:
    unguarded(pad, "UPDATE wallets SET balance = balance + 1 WHERE id = 'fees:XTR'")


STIRS = {"halted": _halt, "silent": _silence, "log": _alarm, "unreadable": _no_log, "books": _spoil}


@pytest.mark.parametrize("phase", [P5], ids=str)
@pytest.mark.parametrize("what", STIRS)
async def test_whatever_stirs_while_it_is_watched_fails_p5_and_halts_what_it_had_resumed(
    staged: Pad, what: str, tmp_path: Path
) -> None:
    pad = staged
    pad.log = tmp_path / "log"
    pad.log.write_text("2020-01-01T00:00:00.000000Z [error] Worker error: long ago\n")
    await watching(pad)
    await STIRS[what](pad)
    report = await pad.go(P5)
    assert (report.step, report.status) == ("watch", Status.failed)
    assert report.came.evidence[{"unreadable": "log"}.get(what, what)]
    enabled = {row["key"] for row in pad.sql("SELECT key FROM kill_switches WHERE enabled")}
    assert enabled == {"money_movement", "telegram_posting", "worker_post"}
    halted = pad.sql("SELECT evidence FROM launch_steps WHERE outcome = 'halted'")
    assert "payouts" in str(halted)


INCIDENT = "take no new money"


async def incident(pad: Pad, key: Switch = Switch.new_escrows) -> None:
    await pad.admin(kill_switches.halt, [key], INCIDENT)


def stands(pad: Pad, key: Switch = Switch.new_escrows) -> tuple[bool, Any, Any]:
    (row,) = pad.sql("SELECT enabled, max_amount, max_open FROM kill_switches WHERE key = :key", key=str(key))
    return bool(row["enabled"]), row["max_amount"], row["max_open"]


async def watched(pad: Pad) -> None:
    """The time of the watch is over."""
    for _ in range(5):
        await pad.tick(seconds=60)


async def killed_after(pad: Pad, step: str) -> None:
    """The runner has recorded that this step passed, and was killed; half a minute later anybody may go on."""
    (row,) = pad.sql("SELECT id, token FROM launch_runs WHERE status = 'running'")
    await pad.admin(launch.record, row["id"], row["token"], step, Outcome.passed, {})
    pad.town.clock.forward(seconds=LEASE.total_seconds() + 1)


async def killed_after_the_watch(pad: Pad) -> None:
    await watching(pad)
    await watched(pad)
    await killed_after(pad, "watch")


async def test_what_was_halted_before_p4_and_stands_fails_p5_and_stays_halted_until_a_person_resumes_it(
    each_pad: Pad,
) -> None:
    pad = each_pad
    await pad.comes_to(P4)
    await incident(pad)
    await pad.tick()
    await pad.passes(P4)
    assert (await pad.go(P5)).step == "released"
    await pad.tick(seconds=1)
    report = await pad.go(P5)
    assert (report.step, report.status) == ("watch", Status.failed)
    assert report.came.evidence["halted"] == [f"new_escrows: {INCIDENT}"]
    assert stands(pad) == (False, 10, 1)
    report = await pad.go(P5)  # nobody has resumed it
    assert (report.step, report.status) == ("watch", Status.failed)
    assert stands(pad) == (False, 10, 1)
    await pad.admin(kill_switches.resume, [Switch.new_escrows], "it is over")
    assert stands(pad) == (True, 10, 1)
    assert (await pad.go(P5)).step == "watch"
    await watched(pad)
    report = await pad.go(P5)
    assert (report.step, report.status) == ("open", Status.passed)
    assert stands(pad) == (True, None, None)
    (line,) = pad.sql("SELECT evidence FROM launch_steps WHERE step = 'watch' AND outcome = 'passed'")
    assert INCIDENT in str(line["evidence"])


@pytest.mark.parametrize("phase", [P5], ids=str)
@pytest.mark.parametrize("key", [Switch.telegram_posting, Switch.withdrawals])
async def test_a_halt_since_the_launch_began_fails_the_watch_whichever_switch_it_was(staged: Pad, key: Switch) -> None:
    pad = staged
    await pad.admin(kill_switches.resume, [key], "by hand")
    await incident(pad, key)
    await pad.tick()
    assert (await pad.go(P5)).step == "released"
    await pad.tick(seconds=1)
    report = await pad.go(P5)
    assert (report.step, report.status) == ("watch", Status.failed)
    assert report.came.evidence["halted"] == [f"{key}: {INCIDENT}"]


async def test_what_was_halted_after_the_watch_is_not_resumed_by_the_step_that_clears_the_limit(each_pad: Pad) -> None:
    pad = each_pad
    await pad.comes_to(P5)
    await killed_after_the_watch(pad)
    await incident(pad)
    report = await pad.go(P5)
    assert (report.step, report.status) == ("limit-cleared", Status.failed)
    found = {"refusal": "halted-since", "switch": "new_escrows", "by": f"user:{ADMIN}", "reason": INCIDENT}
    assert report.came.evidence == found
    assert stands(pad) == (False, 10, 1)
    line = Line(report.step, report.came.outcome, report.came.evidence)
    for language in LANGUAGES:
        assert INCIDENT in (advice(pad.town.app.texts.bind(language), line) or "")


@pytest.mark.parametrize("phase", [P5], ids=str)
async def test_what_was_halted_as_the_limit_was_cleared_leaves_the_house_not_open(staged: Pad) -> None:
    pad = staged
    await killed_after_the_watch(pad)
    await pad.admin(kill_switches.resume, [Switch.new_escrows], "by hand", kill_switches.UNLIMITED)
    await killed_after(pad, "limit-cleared")
    await incident(pad, Switch.telegram_posting)
    report = await pad.go(P5)
    assert (report.step, report.status) == ("open", Status.failed)
    assert report.came.evidence["telegram_posting"] is False


@pytest.mark.parametrize("phase", [P5], ids=str)
@pytest.mark.parametrize(("seconds", "came"), [(60, ("watch", Status.running)), (61, ("released", Status.failed))])
async def test_the_first_payout_has_a_minute_from_the_resume_on(
    staged: Pad, seconds: int, came: tuple[str, Status]
) -> None:
    pad = staged
    assert (await pad.go(P5)).step == "released"
    await pad.tick(seconds=seconds)
    assert pad.town.status(pad.first()) == ("released", "success", "posted")
    report = await pad.go(P5)
    assert (report.step, report.status) == came


@pytest.mark.parametrize("phase", [P5], ids=str)
async def test_a_limit_that_is_not_the_launchs_is_not_cleared_by_it(staged: Pad) -> None:
    pad = staged
    await killed_after_the_watch(pad)
    for limit in (kill_switches.UNLIMITED, Limit(500, 5)):
        await pad.admin(kill_switches.resume, [Switch.new_escrows], "by hand", limit)
    report = await pad.go(P5)
    assert (report.step, report.status) == ("limit-cleared", Status.failed)
    assert report.came.evidence["refusal"] == OtherLimit.key()
    assert stands(pad) == (False, 500, 5)  # since P5 has failed


@pytest.mark.parametrize("phase", [P5], ids=str)
async def test_an_admin_who_clears_the_limit_in_the_middle_of_a_launch_has_ended_it(staged: Pad) -> None:
    pad = staged
    await watching(pad)
    await pad.admin(kill_switches.resume, [Switch.new_escrows], "by hand", kill_switches.UNLIMITED)
    await watched(pad)
    report = await pad.go(P5)
    assert (report.step, report.came.evidence["refusal"]) == ("limit-cleared", OtherLimit.key())


@pytest.mark.parametrize("phase", [P5], ids=str)
async def test_whoever_was_killed_after_clearing_the_limit_is_followed_cleanly(staged: Pad) -> None:
    pad = staged
    await killed_after_the_watch(pad)
    (run,) = [row["id"] for row in pad.sql("SELECT id FROM launch_runs WHERE status = 'running'")]
    cleared = (launch.resume, run, "limit-cleared", [Switch.new_escrows])
    assert await pad.admin(*cleared) == [Switch.new_escrows]
    assert await pad.admin(*cleared) == []
    await pad.passes(P5)
    assert stands(pad) == (True, None, None)
    again = "SELECT COUNT(*) AS n FROM kill_switch_flips WHERE reason = 'launch 1 P5 limit-cleared'"
    assert pad.sql.one(again) == 1


@pytest.mark.parametrize("phase", [P3], ids=str)
async def test_what_was_halted_between_a_resume_and_its_record_is_not_resumed_by_the_same_run(staged: Pad) -> None:
    pad = staged
    await pad.pays()
    run = await pad.admin(launch.begin, P3, pad.build, "killed", None)
    for step in ("only-money", "deposit"):
        await pad.admin(launch.record, run, "killed", step, Outcome.passed, {})
    await pad.admin(launch.resume, run, "escrows-open", [Switch.new_escrows])
    await incident(pad)
    late = pad.admin(launch.resume, run, "escrows-open", [Switch.new_escrows])
    assert await refusal(late) == HaltedSince("new_escrows", f"user:{ADMIN}", INCIDENT)
    pad.town.clock.forward(seconds=LEASE.total_seconds())
    report = await pad.go(P3)
    assert (report.step, report.status) == ("escrows-open", Status.failed)
    assert stands(pad) == (False, 10, 1)
    assert (await pad.go(P3)).step == "answered"  # an admin begins the phase anew
    assert stands(pad) == (True, 10, 1)


@pytest.mark.parametrize("phase", [P3], ids=str)
async def test_a_phase_that_failed_may_be_run_again_at_the_same_moment(staged: Pad) -> None:
    pad = staged
    await pad.pays()
    pad.sql("UPDATE channels SET status = 'paused'")
    assert (await pad.go(P3)).step == "hold"
    pad.sql("UPDATE channels SET status = 'listed'")
    assert (await pad.go(P3)).step == "answered"


@pytest.mark.parametrize("phase", [P5], ids=str)
async def test_refusals_are_listed_with_their_reasons_and_the_time_is_waited_for(staged: Pad) -> None:
    pad = staged
    await watching(pad)
    with pytest.raises(Refused):
        await pad.town.app.gate.user(ANN)(kill_switches.resume, [Switch.payouts], "x")
    await pad.tick(seconds=60)
    report = await pad.go(P5)
    assert (report.status, report.came.outcome) == (Status.running, Outcome.waiting)
    assert report.came.evidence["refusals"] == {"not-allowed": 1}
    for _ in range(4):
        await pad.tick(seconds=60)
    await pad.passes(P5)


def test_only_lines_since_the_phase_began_are_counted(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(
        "2026-03-02T11:59:59.000000Z [error] Worker error: before\n"
        '{"timestamp": "2026-03-02T12:00:01.5Z", "event": "Worker error: tick x failed"}\n'
        "2026-03-02T12:00:02.000000Z [info] [INVARIANT] Ledger check started\n"
        "Worker error without a time\n"
    )
    many = read_log(log, Clock().at)
    assert isinstance(many, dict)
    assert {line: n for line, n in many.items() if n} == {"Worker error": 1, "[INVARIANT] Ledger check started": 1}


# Waiting for people.


@pytest.mark.parametrize("phase", [P2], ids=str)
async def test_p2_waits_for_people_and_their_channel(staged: Pad) -> None:
    pad = staged
    await forge(pad.sql.address, "DELETE FROM channel_managers", "DELETE FROM channels", unguarded=True)
    await pad.town.app.gate.user(CLEO)(channels.register, replace(story.SEEN, chat_id=-1099, username="elsewhere"))
    report = await pad.go(P2, advertiser=404)
    assert (report.step, report.came.evidence["have_to_start"]) == ("people", [404])
    report = await pad.go(P2)
    assert (report.step, report.came.outcome) == ("channel", Outcome.waiting)
    assert pad.sql("SELECT status FROM launch_runs WHERE phase = 'P2' ORDER BY id") == [
        {"status": "failed"},  # given up for other people
        {"status": "running"},
    ]
    report = await pad.go(P2, publisher=ANN)
    assert (report.step, report.status) == ("people", Status.failed)
    await pad.before_p2()
    await pad.passes(P2)


@pytest.mark.parametrize("phase", [P2], ids=str)
@pytest.mark.parametrize("name", ["techdaily", "@TechDaily", "its number"])
async def test_the_channel_is_named_by_its_public_name_or_its_number(staged: Pad, name: str) -> None:
    await staged.passes(P2, channel=str(staged.channel.id) if name == "its number" else name)


@pytest.mark.parametrize("phase", [P2], ids=str)
@pytest.mark.parametrize("name", ["nobody", "9" * 18, "9" * 19, "-" + "9" * 40])
async def test_a_channel_that_nobody_has_is_waited_for_whatever_its_number(staged: Pad, name: str) -> None:
    report = await staged.go(P2, channel=name)
    assert (report.step, report.came.outcome) == ("channel", Outcome.waiting)


@pytest.mark.parametrize("phase", [P3], ids=str)
async def test_p3_waits_for_a_deposit_and_for_the_publisher_and_writes_that_once(staged: Pad) -> None:
    pad = staged
    for _ in range(3):
        report = await pad.go(P3)
        assert (report.status, report.step) == (Status.running, "deposit")
        assert (report.came.evidence["user"], report.came.evidence["stars"]) == (ANN, 10)
    assert pad.sql.one("SELECT COUNT(*) AS n FROM launch_steps WHERE step = 'deposit'") == 1
    await pad.pays()
    report = await pad.go(P3, price=20, publisher=CLEO)  # was said in P2, once
    assert (report.step, report.came.evidence) == ("answered", {"user": BOB, "placement": pad.first()})
    (limit,) = pad.sql("SELECT enabled, max_amount, max_open FROM kill_switches WHERE key = 'new_escrows'")
    assert limit == {"enabled": 1, "max_amount": 10, "max_open": 1}
    assert pad.sql.one("SELECT COUNT(*) AS n FROM kill_switches WHERE enabled") == 2


@pytest.mark.parametrize("phase", [P3], ids=str)
async def test_p3_waits_for_a_deposit_of_the_advertisers_own_made_since_the_launch_began(staged: Pad) -> None:
    pad = staged
    await pad.pays(charge="before")
    await forge(pad.sql.address, "UPDATE deposits SET received_at = '2026-03-01T12:00:00.000000Z'", unguarded=True)
    await pad.town.app.gate.system("test")(payments.receive, CLEO, 10, "XTR", "another's")
    await pad.tick(seconds=1)
    report = await pad.go(P3)
    assert (report.step, report.came.outcome) == ("deposit", Outcome.waiting)
    assert report.came.evidence == {"user": ANN, "stars": 1, "balance": 10}
    await pad.pays(1)
    assert (await pad.go(P3)).step == "answered"


@pytest.mark.parametrize("phase", [P3], ids=str)
async def test_a_declined_placement_is_refunded_and_payouts_stay_halted(staged: Pad) -> None:
    pad = staged
    await pad.finished_p3(yes=False)
    await pad.passes(P4)
    report = await pad.go(P5)
    assert (report.step, report.status) == ("success", Status.failed)
    assert pad.sql.one("SELECT enabled FROM kill_switches WHERE key = 'payouts'") == 0
    assert pad.sql.one("SELECT COUNT(*) AS n FROM kill_switch_flips WHERE key = 'payouts' AND enabled") == 0
    assert story.balance(pad, f"user:{ANN}:XTR") == 10  # type: ignore[arg-type]


@pytest.mark.parametrize("phase", [P3], ids=str)
async def test_a_failed_job_that_is_not_refunded_within_a_minute_fails_p4(staged: Pad) -> None:
    pad = staged
    await pad.pays()
    await pad.go(P3)
    await pad.answers(yes=False)
    await pad.passes(P3)
    report = await pad.go(P4)
    assert (report.step, report.came.outcome) == ("escrow", Outcome.waiting)
    pad.town.clock.forward(seconds=61)
    report = await pad.go(P4)
    assert (report.step, report.status) == ("escrow", Status.failed)


# Who may do what, and when.


def before(phase: Phase) -> Phase:
    return Phase(f"P{phase.number - 1}")


async def test_a_phase_needs_the_one_before_it(pad: Pad) -> None:
    await pad.founded()
    for phase in (P1, P2, P3, P4, P5):
        assert await refusal(pad.go(phase)) == NotInOrder(phase, before(phase), "passed")
    assert pad.sql("SELECT 1 FROM launch_runs") == []


@pytest.mark.parametrize("phase", [P2], ids=str)
async def test_another_build_or_database_begins_at_p0(staged: Pad) -> None:
    pad = staged
    pad.build = "other"
    assert await refusal(pad.go(P2)) == NotInOrder(P2, P1, "build")
    pad.build = "test"
    unguarded(pad, "UPDATE database_identity SET mark = 'other'")
    assert await refusal(pad.go(P2)) == NotInOrder(P2, P1, "database")


async def test_a_copy_of_a_database_on_postgresql_is_another_one(postgresql_address: str, servers: Any) -> None:
    async with opened(postgresql_address) as pad:
        await pad.comes_to(P1)
    name = f"copy_{uuid.uuid4().hex[:8]}"
    leave_alone(postgresql_address)
    base, _, original = owners(postgresql_address).rpartition("/")
    with psycopg.connect(f"postgresql://postgres@127.0.0.1:{servers['postgres']}/postgres", autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {original} OWNER {OWNER}".encode())
        async with opened(f"{apps(base)}/{name}") as copy:
            copy.town.clock.forward(hours=1)
            assert await refusal(copy.go(P1)) == NotInOrder(P1, P0, "database")
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


async def test_a_login_that_may_more_than_the_application_stops_p0(postgresql_address: str) -> None:
    async with opened(owners(postgresql_address)) as pad:
        await pad.founded()
        report = await pad.go(P0)
        assert (report.step, report.status) == ("roles", Status.failed)
        assert "owns" in str(report.came.evidence["faults"])


@pytest.mark.parametrize("phase", [P2], ids=str)
async def test_what_others_do_while_a_blocked_call_is_compared_is_not_taken_for_the_call(staged: Pad) -> None:
    """The bot sends word and people write to it during P2 as well: the call is made again once it is calm."""
    pad = staged
    somebody_acts(pad, "(SELECT COUNT(*) FROM audit_events WHERE action = 'escrow.hold') = 1")
    await pad.passes(P2)
    assert pad.sql.one("SELECT name FROM users WHERE id = 303").endswith("!")
    seen = "SELECT evidence FROM launch_steps WHERE outcome = 'passed' AND step = :step"
    tries = {step: json.loads(pad.sql.one(seen, step=step))["tries"] for step in ("hold-blocked", "release-blocked")}
    assert tries == {"hold-blocked": 2, "release-blocked": 1}
    assert pad.sql.one("SELECT COUNT(*) FROM audit_events WHERE action = 'escrow.hold' AND refusal IS NOT NULL") == 2


async def test_one_admin_cannot_launch(pad: Pad) -> None:
    await pad.founded()
    app = pad.town.app
    alone = replace(app.gate, admins=frozenset({ADMIN}))
    report = await replace(pad.launcher(), do=alone.user(ADMIN)).go(P0)
    assert (report.step, report.status) == ("admins", Status.failed)


@pytest.mark.parametrize("phase", [P4], ids=str)
async def test_a_phase_that_has_passed_is_not_run_again_in_its_launch(staged: Pad) -> None:
    pad, before = staged, staged.sql.picture()
    for one in (P1, P2, P3):
        assert await refusal(pad.go(one)) == PhasePassed(one)
    assert pad.sql.picture() == before
    assert (await pad.go(P0)).status == Status.failed  # of a new launch: the house is not closed
    assert await refusal(pad.go(P4)) == NotInOrder(P4, P3, "passed")
    board = await pad.admin.ask(launch.board)
    assert (board.launch, board.next) == (2, P0)


@pytest.mark.parametrize("phase", [P4], ids=str)
async def test_a_rollback_halts_everything_and_a_new_launch_begins_at_p0(staged: Pad) -> None:
    pad = staged
    pad.sql("UPDATE users SET is_operator = 1 WHERE id = :id", id=CLEO)
    operator = pad.town.app.gate.user(CLEO)
    changed = await operator(launch.rollback, "it smells")
    assert set(changed) == set(OPENED) - {Switch.payouts}
    assert pad.sql.one("SELECT COUNT(*) AS n FROM kill_switches WHERE enabled") == 0
    assert {row["status"] for row in pad.sql("SELECT status FROM launch_runs")} == {"rolled_back"}
    for one in (P1, P4, P5):
        assert await refusal(pad.go(one)) == NotInOrder(one, before(one), "passed")
    board = await operator.ask(launch.board)
    assert (board.launch, board.next, board.rolled_back) == (1, P0, True)
    assert await operator(launch.rollback, "again") == []
    await pad.go(P0)
    assert (await operator.ask(launch.board)).launch == 2


@pytest.mark.parametrize("phase", [P3], ids=str)
async def test_a_runner_whose_launch_was_rolled_back_resumes_and_records_nothing_more(staged: Pad) -> None:
    pad = staged
    await pad.pays()
    setup = {"advertiser": ANN, "publisher": BOB, "channel": str(pad.channel.id), "price": 10}
    run = await pad.admin(launch.begin, P3, pad.build, "mine", setup)
    for step in ("only-money", "deposit"):
        await pad.admin(launch.record, run, "mine", step, Outcome.passed, {})
    await pad.admin(launch.rollback, "stop")
    late = pad.admin(launch.resume, run, "escrows-open", [Switch.new_escrows])
    assert await refusal(late) == LaunchMoved(P3)
    assert await refusal(pad.admin(launch.record, run, "mine", "hold", Outcome.passed, {})) == LaunchMoved(P3)
    assert pad.sql.one("SELECT COUNT(*) AS n FROM kill_switches WHERE enabled") == 0


async def test_a_phase_that_begins_during_a_rollback_sees_it(postgresql_address: str) -> None:
    async with opened(postgresql_address) as pad:
        await pad.comes_to(P1)
        with psycopg.connect(owners(postgresql_address)) as rolling:
            rolling.execute("UPDATE launch_runs SET status = 'rolled_back'")
            begins = asyncio.ensure_future(pad.go(P1))  # noqa: TID251
            done, _ = await asyncio.wait([begins], timeout=0.5)
            assert not done
            rolling.commit()
        assert await refusal(begins) == NotInOrder(P1, P0, "passed")


@pytest.mark.parametrize("phase", [P3], ids=str)
async def test_only_what_a_step_resumes_in_its_turn_can_be_resumed_through_it(staged: Pad) -> None:
    pad = staged
    run = await pad.admin(launch.begin, P3, pad.build, "mine", None)
    for step, keys in (
        ("escrows-open", [Switch.new_escrows]),  # not its turn
        ("only-money", []),
        ("escrows-open", [Switch.payouts]),
        ("payouts-open", [Switch.payouts]),  # of another phase
    ):
        before = pad.sql("SELECT COUNT(*) AS n FROM kill_switch_flips")
        if step != "only-money":
            assert await refusal(pad.admin(launch.resume, run, step, keys)) == LaunchMoved(P3)
        assert pad.sql("SELECT COUNT(*) AS n FROM kill_switch_flips") == before
    skipped = pad.admin(launch.record, run, "mine", "hold", Outcome.passed, {})
    assert await refusal(skipped) == LaunchMoved(P3)
    assert await refusal(pad.admin(launch.record, run, "other", "only-money", Outcome.passed, {})) == LaunchMoved(P3)


async def test_of_many_who_begin_at_once_one_does(each_pad: Pad) -> None:
    """Each from a process of its own, as it were."""
    pad = each_pad
    await pad.founded()
    elsewhere = [Database(pad.town.app.settings.database_url) for _ in range(4)]
    askers = [replace(pad.town.app.gate, database=one).user(ADMIN) for one in elsewhere]
    came = await asyncio.gather(
        *(do(launch.begin, P0, "test", f"token-{n}") for n, do in enumerate(askers)), return_exceptions=True
    )
    (run,) = [one for one in came if isinstance(one, int)]
    busy = [one.refusal for one in came if isinstance(one, Refused)]
    assert len(busy) == 3
    assert all(isinstance(one, LaunchBusy) for one in busy)
    assert pad.sql.one("SELECT COUNT(*) AS n FROM launch_runs") == 1
    pad.town.clock.forward(seconds=LEASE.total_seconds())
    came = await asyncio.gather(
        *(do(launch.begin, P0, "test", f"again-{n}") for n, do in enumerate(askers)), return_exceptions=True
    )
    assert [one for one in came if isinstance(one, int)] == [run]  # one of them goes on with it
    for one in elsewhere:
        await one.close()


async def test_two_runners_at_once_do_each_thing_once(each_pad: Pad) -> None:
    pad = each_pad
    await pad.comes_to(P3)
    await pad.pays()
    came = await asyncio.gather(*(pad.launcher(who).go(P3) for who in (ADMIN, OTHER_ADMIN)), return_exceptions=True)
    reports = [one for one in came if isinstance(one, Report)]
    others = [one.refusal for one in came if isinstance(one, Refused)]
    assert len(reports) == 1
    assert isinstance(others[0], LaunchBusy | LaunchMoved)
    assert pad.sql.one("SELECT COUNT(*) AS n FROM transfers WHERE reason = 'escrow_hold'") == 1
    assert pad.sql.one("SELECT COUNT(*) AS n FROM launch_steps WHERE step = 'hold' AND outcome = 'passed'") == 1


@pytest.mark.parametrize("phase", [P3], ids=str)
@pytest.mark.parametrize("at", ["escrows-open", "hold"])
async def test_whoever_crashed_between_an_act_and_its_record_is_followed_cleanly(staged: Pad, at: str) -> None:
    pad = staged
    await pad.pays()
    launcher = pad.launcher()
    run = await pad.admin(launch.begin, P3, pad.build, "crashed", None)
    row = await pad.admin.ask(launch.run_of, run)
    outside = Outside(launcher.do, launcher.settings, launcher.texts, launcher.bot, None, row)
    for step in await pad.admin.ask(launch.to_do, run):
        if probe := PROBES.get((P3, step)):
            await probe(outside)
        if step == at:
            break  # and here it is killed
        await pad.admin(launch.record, run, "crashed", step, Outcome.passed, {})
    assert isinstance(await refusal(pad.go(P3)), LaunchBusy)
    pad.town.clock.forward(seconds=LEASE.total_seconds())
    report = await pad.go(P3)
    assert (report.run, report.step, report.came.outcome) == (run, "answered", Outcome.waiting)
    assert pad.sql.one("SELECT COUNT(*) AS n FROM transfers WHERE reason = 'escrow_hold'") == 1
    flips = "SELECT COUNT(*) AS n FROM kill_switch_flips WHERE key = 'new_escrows' AND enabled"
    assert pad.sql.one(flips) == 1


@pytest.mark.parametrize("phase", [P2], ids=str)
@pytest.mark.parametrize("at", ["campaign", "targets"])
async def test_p2_crashed_is_run_from_its_first_step_and_drafts_nothing_twice(staged: Pad, at: str) -> None:
    pad = staged
    launcher = pad.launcher()
    setup = {"advertiser": ANN, "publisher": BOB, "channel": str(pad.channel.id), "price": 10, "watch": 5}
    run = await pad.admin(launch.begin, P2, pad.build, "crashed", setup)
    row = await pad.admin.ask(launch.run_of, run)
    outside = Outside(launcher.do, launcher.settings, launcher.texts, launcher.bot, None, row)
    for step in ("wallets", "offer", "campaign", "targets"):
        await PROBES[P2, step](outside)
        if step == at:
            break
    pad.town.clock.forward(seconds=LEASE.total_seconds())
    await pad.passes(P2)
    assert pad.sql.one("SELECT COUNT(*) AS n FROM campaigns") == 1
    assert pad.sql.one("SELECT COUNT(*) AS n FROM campaign_targets") == 2


@pytest.mark.parametrize("phase", [P0], ids=str)
async def test_operators_may_look_but_only_admins_run(staged: Pad) -> None:
    pad = staged
    pad.sql("UPDATE users SET is_operator = 1 WHERE id = :id", id=CLEO)
    assert (await pad.town.app.gate.user(CLEO).ask(launch.board)).launch == 0
    assert await refusal(pad.launcher(CLEO).go(P0)) == NotAllowed("launch.begin")
    for who in (ANN, BOB):
        assert isinstance(await refusal(pad.town.app.gate.user(who).ask(launch.board)), NotAllowed)
        assert await refusal(pad.town.app.gate.user(who)(launch.rollback, "x")) == NotAllowed("launch.rollback")
    assert pad.sql("SELECT 1 FROM launch_runs") == []


async def test_in_production_resuming_money_waits_for_another_admins_signature(sqlite_address: str) -> None:
    async with opened(sqlite_address, environment=Environment.production) as pad:
        await pad.comes_to(P1)
        for _ in range(2):
            report = await pad.go(P1)
            assert (report.step, report.came.evidence) == ("money-open", {"countersign": 1})
        assert pad.sql.one("SELECT COUNT(*) AS n FROM kill_switches WHERE enabled") == 0
        await pad.town.app.gate.user(OTHER_ADMIN)(countersigns.sign, 1)
        await pad.passes(P1)
        assert pad.sql("SELECT status FROM countersigns") == [{"status": "used"}]
        assert pad.sql("SELECT key FROM kill_switches WHERE enabled") == [{"key": "money_movement"}]


@pytest.mark.parametrize("phase", [P2], ids=str)
@pytest.mark.parametrize("wrong", [{"price": 0}, {"price": 101}, {"watch": 0}, {"watch": 1441}], ids=str)
async def test_a_price_or_a_time_that_cannot_be_is_refused(staged: Pad, wrong: dict[str, int]) -> None:
    (name,) = wrong
    assert isinstance(found := await refusal(staged.go(P2, **wrong)), BadLaunchSetup)
    assert found.what == name


@pytest.mark.parametrize("phase", [P2], ids=str)
async def test_p2_asks_who_takes_part(staged: Pad) -> None:
    assert await refusal(staged.launcher().go(P2)) == NoTestPeople()


def test_every_probe_belongs_to_a_step() -> None:
    assert set(PROBES) <= {(phase, step.name) for phase, steps in PHASES.items() for step in steps}
    for steps in PHASES.values():
        assert len({step.name for step in steps}) == len(steps)


def test_the_build_is_the_same_for_the_same_source_and_another_for_another(tmp_path: Path) -> None:
    for package in PACKAGES:
        (tmp_path / package / "sub").mkdir(parents=True)
        (tmp_path / package / "sub" / "one.py").write_text("x = 1")
    first = digest(tmp_path)
    digest.cache_clear()
    (tmp_path / "bot/sub/notes.txt").write_text("not source")
    assert digest(tmp_path) == first
    digest.cache_clear()
    (tmp_path / "bot/sub/one.py").write_text("x = 2")
    assert digest(tmp_path) != first
    digest.cache_clear()
    assert re.fullmatch("[0-9a-f]{16}", digest())

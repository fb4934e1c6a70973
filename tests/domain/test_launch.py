"""The launch gate: every line of the checklist, broken by itself, stops the launch at the step of that name; and who may do what when.

Each test breaks one thing in a real database (or server) and asserts the step; the phase after it then refuses to begin. People are
played through the same actions as everybody's, posts go to the sandbox.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.launch import Launcher, Report, digest
from bot.launch.probes import PROBES, read_log
from bot.app import build
from bot.sandbox import Channel, Client, Sandbox
from bot.settings import Environment, Settings
from domain import approvals, books, channels, countersigns, escrow, heartbeats, kill_switches, launch, payments, users
from domain.action import Limit, Switch
from domain.errors import NotAllowed, Refused
from domain.launch import LEASE, OPENED, PHASES, LaunchBusy, LaunchMoved, NotInOrder, Outcome, Phase, Status
from scheduler.loop import TICKS
from storage.database import Database
from tests import story
from tests.conftest import ADMIN, OTHER_ADMIN, Clock, Sql
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
        await self.go(P3)
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
async def staged(
    phase: Phase, sqlite_address: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pad]:
    """A house that has come to this phase."""
    if not KEPT:
        folder = tmp_path_factory.mktemp("launch")
        async with opened(sqlite_address) as walker:

            def keep(reached: Phase) -> None:
                walker.sql(f"VACUUM INTO '{folder}/{reached}.db'")
                KEPT[reached] = f"{folder}/{reached}.db", walker.town.clock.at

            await walker.comes_to(P5, keep)
    kept, at = KEPT[phase]
    shutil.copy(kept, tmp_path / "staged.db")
    async with opened(f"sqlite:///{tmp_path}/staged.db") as one:
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
        with pytest.raises(Exception, match="append-only|flow"):
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
    breaks(P1, "still-closed", f"{switch}-enabled")(enabling(switch))
    breaks(P2, "still-closed", f"{switch}-enabled")(enabling(switch))
    breaks(P3, "only-money", f"{switch}-enabled")(enabling(switch))


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

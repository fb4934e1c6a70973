"""Running a phase: begin it (or go on with it), record what was seen at each step, resume what a step resumes, roll it all back.

One run at a time, by a unique index; one runner at a time, by a lease with a token. Whoever crashed has done nothing by halves:
each step is one record, and the act before it may be done again.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, select, text, update

from domain import countersigns, flow, kill_switches, wallets
from domain.action import ADMINS, STAFF, SYSTEM, Act, Limit, Look, Switch, action
from domain.errors import NotFound, Refusal, Refused
from domain.launch.halts import check_halt, check_limit
from domain.launch.micro import AT_ONCE
from domain.launch.opening import OPENED
from domain.launch.row import FLOW, LaunchRun, Outcome, Phase, Status, identities, r, t
from domain.launch.steps import PHASES, resumed_in, step_of

LEASE = timedelta(seconds=30)
"""How long a phase waits for a runner that fell silent."""
PRICE, MOST_PRICE = 10, 100
"""What the first placement costs, in Stars, and the most that it may."""
WATCH, MOST_WATCH = 30, 1440
"""How many minutes the end is watched."""
DATABASE_NUMBER = text("SELECT oid FROM pg_database WHERE datname = current_database()")


@dataclass(frozen=True)
class NotInOrder(Refusal):
    """The phase before this one has not passed, or it passed on another build or another database."""

    phase: str
    needs: str
    why: str


@dataclass(frozen=True)
class PhasePassed(Refusal):
    """It has passed in this launch, and is not run twice; P0 begins a new launch."""

    phase: str


@dataclass(frozen=True)
class LaunchBusy(Refusal):
    """Somebody is running a phase just now, and may be silent for so many seconds."""

    phase: str
    by: str
    seconds: int


@dataclass(frozen=True)
class LaunchMoved(Refusal):
    """This run was ended, overtaken or rolled back, or this step is not its turn."""

    phase: str


@dataclass(frozen=True)
class NoTestPeople(Refusal):
    """Nobody has said who takes part, and in which channel."""


@dataclass(frozen=True)
class BadLaunchSetup(Refusal):
    """Of those who take part, the channel, the price or the minutes one cannot be."""

    what: str
    least: int
    most: int


INSERT, RECORD = insert(r).returning(r.c.id), insert(t)
RUNS = select(r).where(r.c.launch == select(func.max(r.c.launch)).scalar_subquery()).order_by(r.c.id)
LOCK = select(r).where(r.c.id == bindparam("run")).with_for_update()
TAKE = (
    update(r)
    .where(r.c.id == bindparam("run"), r.c.token == bindparam("old"), r.c.status == Status.running)
    .values(token=bindparam("new"), lease_until=bindparam("until"))
)
KEEP = update(r).where(r.c.id == bindparam("run")).values(lease_until=bindparam("until"))
END = {
    to: flow.move(LaunchRun, to, FLOW, ended_at=bindparam("now"), lease_until=None)
    for to in (Status.passed, Status.failed)
}
UNDONE = flow.move(
    LaunchRun, Status.rolled_back, FLOW, ended_at=func.coalesce(r.c.ended_at, bindparam("now", type_=r.c.ended_at.type))
)
LAST_OF = (
    select(t).where(t.c.run_id == bindparam("run"), t.c.step == bindparam("step")).order_by(t.c.id.desc()).limit(1)
)
PASSED = select(t.c.step).where(t.c.run_id == bindparam("run"), t.c.outcome == Outcome.passed).distinct()


def identity(look: Look) -> str:
    """The same for the same database; on PostgreSQL a copy is another one."""
    mark = str(look.conn.execute(select(identities.c.mark)).scalar_one())
    is_sqlite = look.conn.dialect.name == "sqlite"
    return mark if is_sqlite else f"{mark}@{look.conn.execute(DATABASE_NUMBER).scalar_one()}"


def runs_of_latest(look: Look) -> list[Any]:
    """Every run of the latest launch, oldest first."""
    return list(look.conn.execute(RUNS))


def passed_of(runs: Iterable[Any]) -> dict[Phase, Any]:
    """The passed run of each phase that has passed."""
    return {run.phase: run for run in runs if run.status == Status.passed}


@action("launch.begin", roles=ADMINS, gates=())
def begin(act: Act, phase: Phase, build: str, token: str, setup: dict[str, Any] | None = None) -> int:
    """Begins a phase, or goes on with it where somebody stopped; answers the run. `token` is the runner's own.

    Refuses while somebody else runs one, and unless the phase before passed on this build and this database.
    """
    database, runs = identity(act), _locked(act)
    going = next((run for run in runs if run.status == Status.running), None)
    if going is not None:
        if going.lease_until is not None and going.lease_until > act.now:
            left = math.ceil((going.lease_until - act.now).total_seconds())
            raise Refused(LaunchBusy(going.phase, going.started_by, left))
        same = (going.phase, going.build, going.database) == (phase, build, database)
        if same and (phase != Phase.P2 or setup is None or going.setup == going.setup | setup):
            given = {"run": going.id, "old": going.token, "new": token, "until": act.now + LEASE}
            if act.conn.execute(TAKE, given).rowcount != 1:
                raise Refused(LaunchBusy(going.phase, going.started_by, int(LEASE.total_seconds())))
            act.record("launch", going.id, phase=phase, went_on=True)
            return int(going.id)
    if phase != Phase.P0:
        _check_order(phase, passed_of(runs), build, database)
    setup = _setup(phase, runs, setup or {})
    if going is not None:
        _fail(act, going, "given up")
    launch = runs[-1].launch if runs and phase != Phase.P0 else (runs[-1].launch + 1 if runs else 1)
    row = {
        "launch": launch,
        "phase": phase,
        "status": Status.running,
        "build": build,
        "database": database,
        "setup": setup,
        "started_by": act.actor.name,
        "token": token,
        "lease_until": act.now + LEASE,
        "started_at": act.now,
    }
    made = int(act.conn.execute(INSERT, row).scalar_one())
    act.record("launch", made, launch=launch, phase=phase)
    return made


def _check_order(phase: Phase, passed: dict[Phase, Any], build: str, database: str) -> None:
    for before in reversed([one for one in Phase if one < phase]):
        if before not in passed:
            raise Refused(NotInOrder(phase, before, "passed"))
        if passed[before].build != build:
            raise Refused(NotInOrder(phase, before, "build"))
        if passed[before].database != database:
            raise Refused(NotInOrder(phase, before, "database"))
    if phase in passed:
        raise Refused(PhasePassed(phase))


def _setup(phase: Phase, runs: Sequence[Any], given: dict[str, Any]) -> dict[str, Any]:
    """What was said last in this launch, and what is said now. P2 is told who takes part; later only how long P5 watches."""
    if phase < Phase.P2:
        return {}
    if phase > Phase.P2:
        given = {name: value for name, value in given.items() if name == "watch"}
    last: dict[str, Any] = next((run.setup for run in reversed(runs) if run.setup), {})
    setup: dict[str, Any] = {"price": PRICE, "watch": WATCH} | last | given
    if not {"advertiser", "publisher", "channel"} <= setup.keys():
        raise Refused(NoTestPeople())
    for name, least, most in (("price", 1, MOST_PRICE), ("watch", 1, MOST_WATCH)):
        if not least <= setup[name] <= most:
            raise Refused(BadLaunchSetup(name, least, most))
    return setup


@action("launch.record", roles=ADMINS, gates=())
def record(act: Act, run: int, token: str, step: str, outcome: Outcome, evidence: dict[str, Any]) -> Status:
    """Writes what was seen at a step; answers how the run stands. One that failed fails the phase, in the same transaction.

    A step passes only after all before it; the last that passes ends the phase. Waiting for the same is written once.
    """
    row = _running(act, run)
    if row.token != token or step_of(row.phase, step) is None:
        raise Refused(LaunchMoved(row.phase))
    if outcome == Outcome.passed:
        _check_turn(act, row, step)
    last = act.conn.execute(LAST_OF, {"run": run, "step": step}).one_or_none()
    if last is None or (last.outcome, last.evidence) != (outcome, evidence) or outcome != Outcome.waiting:
        _write(act, row, step, outcome, evidence)
    if outcome == Outcome.failed:
        _fail(act, row, step)
        return Status.failed
    if outcome == Outcome.passed and step == PHASES[row.phase][-1].name:
        act.conn.execute(END[Status.passed], {"ids": [run], "now": act.now})
        act.record("launch", run, phase=row.phase, status=Status.passed)
        return Status.passed
    act.conn.execute(KEEP, {"run": run, "until": act.now + LEASE})
    return Status.running


@action("launch.rest", roles=ADMINS, gates=())
def rest(act: Act, run: int, token: str) -> None:
    """The runner stops while the phase waits: anybody may go on with it."""
    row = _running(act, run)
    if row.token != token:
        raise Refused(LaunchMoved(row.phase))
    act.conn.execute(KEEP, {"run": run, "until": None})
    act.record("launch", run, rests=True)


@action("launch.resume", roles=ADMINS, gates=())
def resume(act: Act, run: int, step: str, keys: list[Switch], countersign: int | None = None) -> list[Switch]:
    """Resumes what this step resumes, in the transaction that sees the run alive: a launch rolled back resumes nothing more.

    Answers the switches that changed. `money_movement` needs a countersign. Refused where somebody halted what this run had
    resumed before, and, at the step that clears the limit, where the switch is not ENABLED or carries another one.
    """
    row = _running(act, run)
    box = step_of(row.phase, step)
    if box is None or list(box.opens) != keys:
        raise Refused(LaunchMoved(row.phase))
    _check_turn(act, row, step)
    if Switch.money_movement in keys:
        given = {"run": run, "step": step, "keys": [str(key) for key in keys]}
        countersigns.require(act, given, countersign)
    reason = f"launch {row.launch} {row.phase} {step}"
    stands = kill_switches.standing(act, keys)
    micro, limit = Limit(row.setup.get("price"), AT_ONCE), None
    for key in keys:
        if box.clears:
            check_limit(act, key, stands.get(key), micro, reason)
            limit = kill_switches.UNLIMITED
        else:
            check_halt(act, key, stands.get(key), reason, row.started_at)
            limit = micro if box.limited else None
    return kill_switches.flip(act, keys, reason, enabled=True, limit=limit)


@action("launch.open_wallets", roles=ADMINS, gates=())
def open_wallets(act: Act, run: int) -> None:
    """Makes the wallets of the two who take part, empty, where they are missing."""
    row = _running(act, run)
    both = [wallets.user(row.setup[side]) for side in ("advertiser", "publisher")]
    wallets.open_(act, both)
    act.record("launch", run, wallets=both)


@action("launch.rollback", roles=STAFF | SYSTEM, gates=())
def rollback(act: Act, reason: str) -> list[Switch]:
    """Halts everything a launch resumes, and marks the launch rolled back; answers what was not HALTED before.

    A new one begins at P0. Like a halt, it is never refused for its reason's sake.
    """
    reason = kill_switches.of_halt(reason)
    runs = _locked(act)
    undone = [run.id for run in runs if run.status in (Status.running, Status.passed)]
    if undone:
        act.conn.execute(UNDONE, {"ids": undone, "now": act.now})
    changed = kill_switches.flip(act, list(OPENED), f"launch rolled back: {reason}", enabled=False)
    if runs:
        _write(
            act, runs[-1], "rollback", Outcome.rolled_back, {"halted": [str(key) for key in changed], "reason": reason}
        )
        act.record("launch", runs[-1].id, reason=reason)
    return changed


def _locked(act: Act) -> list[Any]:
    """The latest launch's runs, read after they are locked: of a phase that begins and a rollback one comes first."""
    act.conn.execute(RUNS.with_for_update())
    return runs_of_latest(act)


def _running(act: Act, run: int) -> Any:
    row = act.conn.execute(LOCK, {"run": run}).one_or_none()
    if row is None:
        raise Refused(NotFound("launch"))
    if row.status != Status.running:
        raise Refused(LaunchMoved(row.phase))
    return row


def _check_turn(act: Act, row: Any, step: str) -> None:
    """Everything before this step has passed in this run."""
    seen = set(act.conn.scalars(PASSED, {"run": row.id}))
    names = [one.name for one in PHASES[row.phase]]
    if not set(names[: names.index(step)]) <= seen:
        raise Refused(LaunchMoved(row.phase))


def _fail(act: Act, row: Any, step: str) -> None:
    """Ends a run, and halts again what its phase resumes."""
    act.conn.execute(END[Status.failed], {"ids": [row.id], "now": act.now})
    keys = list(resumed_in(row.phase))
    changed = (
        kill_switches.flip(act, keys, f"launch {row.launch} {row.phase} failed: {step}", enabled=False) if keys else []
    )
    if changed:
        _write(act, row, step, Outcome.halted, {"halted": [str(key) for key in changed]})
    act.record("launch", row.id, phase=row.phase, status=Status.failed, step=step)


def _write(act: Act, row: Any, step: str, outcome: Outcome, evidence: dict[str, Any]) -> None:
    line = {"run_id": row.id, "phase": row.phase, "step": step, "outcome": outcome, "evidence": evidence}
    where = {"build": row.build, "database": row.database, "actor": act.actor.name, "at": act.now}
    act.conn.execute(RECORD, line | where)

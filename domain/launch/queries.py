"""What people and the runner ask about a launch."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from domain.action import STAFF, SYSTEM, Look, query
from domain.audit import AuditEvent
from domain.base import Base, table
from domain.errors import NotFound, Refused
from domain.launch.came import Came, Facts
from domain.launch.micro import placed
from domain.launch.row import Outcome, Phase, Status, r, t
from domain.launch.running import PASSED, passed_of, runs_of_latest
from domain.launch.smoke import Placed, channel_of, drafted, fits, o
from domain.launch.steps import ANEW, PHASES, step_of

a = table(AuditEvent)
NOT_COMPARED = frozenset(
    {"audit_events", "alembic_version", "dialog_states", "heartbeats", "call_minutes", "launch_runs", "launch_steps"}
)
"""Tables that change while nothing is done; refusals in the audit are looked at one by one."""
SEEN_LAST = frozenset({"visited_at", "inspected_at", "newest_message_id"})
"""Columns that say when or what we saw last."""


@dataclass(frozen=True)
class Line:
    """A step with the last that was seen at it in the last run of its phase."""

    step: str
    outcome: Outcome | None = None
    evidence: dict[str, Any] | None = None
    actor: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Shown:
    """A phase with its last run in this launch."""

    phase: Phase
    run: Any
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Board:
    """The latest launch; number 0 where there was none."""

    launch: int
    phases: tuple[Shown, ...]
    rolled_back: bool

    @property
    def next(self) -> Phase | None:
        """The phase to run now; None once all have passed."""
        passed = passed_of(shown.run for shown in self.phases if shown.run is not None)
        return next((shown.phase for shown in self.phases if shown.phase not in passed), None)


@query(roles=STAFF | SYSTEM)
def board(look: Look) -> Board:
    """Every phase with its steps and their evidence."""
    runs = runs_of_latest(look)
    newest = {run.phase: run for run in runs}
    last: dict[tuple[int, str], Any] = {}
    ids = [run.id for run in newest.values()]
    for row in look.conn.execute(select(t).where(t.c.run_id.in_(ids)).order_by(t.c.id)):
        if row.outcome != Outcome.halted:
            last[row.run_id, row.step] = row
    shown = []
    for phase, steps in PHASES.items():
        run = newest.get(phase)
        lines = [_line(step.name, last.get((run.id, step.name)) if run else None) for step in steps]
        shown.append(Shown(phase, run, tuple(lines)))
    undone = any(run.status == Status.rolled_back for run in runs)
    return Board(runs[-1].launch if runs else 0, tuple(shown), undone)


def _line(step: str, row: Any) -> Line:
    return Line(step) if row is None else Line(step, row.outcome, row.evidence, row.actor, row.at)


@query(roles=STAFF | SYSTEM)
def run_of(look: Look, run: int) -> Any:
    """The row of a run."""
    found = look.conn.execute(select(r).where(r.c.id == run)).one_or_none()
    if found is None:
        raise Refused(NotFound("launch"))
    return found


@query(roles=STAFF | SYSTEM)
def to_do(look: Look, run: int) -> list[str]:
    """The steps of a run that are to be looked at now, in their order."""
    phase = run_of(look, run).phase
    seen = set() if phase in ANEW else set(look.conn.scalars(PASSED, {"run": run}))
    return [step.name for step in PHASES[phase] if step.name not in seen]


@query(roles=STAFF | SYSTEM)
def examine(look: Look, run: int, step: str, facts: Facts) -> Came:
    """Looks at a step, in one snapshot."""
    row = run_of(look, run)
    box = step_of(row.phase, step)
    if box is None:
        raise Refused(NotFound("launch"))
    return box.check(look, row, facts)


@query(roles=STAFF | SYSTEM)
def draft_of(look: Look, run: int, fingerprint: str) -> Placed | None:
    """The draft that this run has made of this post."""
    return drafted(look, run_of(look, run), fingerprint)


@query(roles=STAFF | SYSTEM)
def placed_in(look: Look, run: int) -> Placed | None:
    """What P2 of this run's launch has placed."""
    return placed(look, run_of(look, run))


@query(roles=STAFF | SYSTEM)
def offered(look: Look, run: int) -> tuple[int, bool] | None:
    """The channel of a launch by our number, and whether its offer is the launch's already."""
    row = run_of(look, run)
    channel = channel_of(look, row)
    if channel is None:
        return None
    line = look.conn.execute(select(o).where(o.c.channel_id == channel.id)).one_or_none()
    return channel.id, line is not None and fits(row, channel, line)


@query(roles=STAFF | SYSTEM)
def last_event(look: Look) -> int:
    """The number of the newest audit event."""
    return int(look.conn.execute(select(func.coalesce(func.max(a.c.id), 0))).scalar_one())


@query(roles=STAFF | SYSTEM)
def events_since(look: Look, event: int) -> int:
    """How many audit events have a higher number than this one."""
    return int(look.conn.execute(select(func.count()).where(a.c.id > event)).scalar_one())


@query(roles=STAFF | SYSTEM)
def picture(look: Look) -> dict[str, str]:
    """A digest of every table of the domain, to compare before and after."""
    digests = {}
    for name, one in sorted(Base.metadata.tables.items()):
        if name in NOT_COMPARED:
            continue
        columns = [column for column in one.columns if column.name not in SEEN_LAST]
        digest = hashlib.sha256()
        for row in look.conn.execute(select(*columns).order_by(*one.primary_key.columns)):
            digest.update(repr(tuple(row)).encode())
        digests[name] = digest.hexdigest()
    return digests

"""The rollback criteria: what must stop by itself, at once, whoever sleeps. One evaluator; only a person resumes.

R1  an invariant fails, once                                     halts all movement of money too
R2  an escrow whose job is queued or sending 15 minutes past its deadline
R3  five jobs failed within ten minutes, or a fifth of at least ten outcomes, counting refusals by Telegram and poison only;
    or a failed job whose money is still held after a minute in which it could have moved
R4  Telegram failed at least half of at least 20 calls in each of three minutes

The windows of R3 and R4 begin anew when somebody resumes. What is halted already is halted once: two evaluators, or the same one
again, write nothing more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, and_, bindparam, func, or_, select

from domain import calls, kill_switches, notices
from domain.action import STAFF, SYSTEM, Act, Look, Switch, action, query
from domain.base import is_one, table
from domain.books import Offence
from domain.escrow import Escrow
from domain.escrow import Status as EscrowStatus
from domain.heartbeats import GAP, Heartbeat
from domain.kill_switches import Flip, KillSwitch
from domain.post_jobs import Failure, PostJob, Status

STOP = (Switch.new_escrows, Switch.payouts, Switch.telegram_posting, Switch.worker_post)
"""What R2, R3 and R4 halt."""
STOP_ALL = (Switch.money_movement, Switch.withdrawals, *STOP)
"""What R1 halts."""

OVERDUE = timedelta(minutes=15)
FAILURES_IN = timedelta(minutes=10)
MOST_FAILURES = 5
LEAST_OUTCOMES, WORST_SHARE = 10, 0.2
UNPAID_FOR = timedelta(seconds=60)
BAD_MINUTES, LEAST_CALLS, WORST_ANSWERS = 3, 20, 0.5
NAMED = 10
"""How many offenders an alert names."""


class Criterion(StrEnum):
    invariant = "invariant"
    """R1."""
    stuck = "stuck"
    """R2."""
    failing = "failing"
    """R3, jobs."""
    unrefunded = "unrefunded"
    """R3, money."""
    outage = "outage"
    """R4."""

    @property
    def halts(self) -> tuple[Switch, ...]:
        return STOP_ALL if self == Criterion.invariant else STOP


@dataclass(frozen=True)
class Finding:
    """A criterion that is met: how many offend, and who, the first ten."""

    criterion: Criterion
    many: int
    who: tuple[str, ...] = ()


j, es, s, f, h = (table(row) for row in (PostJob, Escrow, KillSwitch, Flip, Heartbeat))

STUCK = (
    select(j.c.id)
    .join(es, es.c.id == j.c.id)
    .where(
        es.c.status == EscrowStatus.held,
        j.c.status.in_([Status.queued, Status.sending]),
        j.c.deadline <= bindparam("overdue"),
    )
    .order_by(j.c.id)
)
OURS = and_(j.c.status == Status.failed, j.c.failure.in_([Failure.refused, Failure.poison]))
"""Failures that say something about us or Telegram; a declined, expired or cancelled placement says nothing."""
OUTCOMES = select(
    func.count().filter(OURS).label("failed"),
    func.count().label("all"),
).where(or_(and_(OURS, j.c.ended_at > bindparam("since")), j.c.published_at > bindparam("since")))
HELD = (
    select(j.c.id, j.c.status, j.c.ended_at)
    .join(es, es.c.id == j.c.id)
    .where(is_one(es.c.status, EscrowStatus.held))
    .cte("held")
    .prefix_with("MATERIALIZED")
)
"""The jobs whose money is held, found first: they are few, and what has failed since the first day is not."""
UNREFUNDED = (
    select(HELD.c.id).where(HELD.c.status == Status.failed, HELD.c.ended_at <= bindparam("before")).order_by(HELD.c.id)
)
RESUMED = select(func.max(f.c.at)).where(f.c.key.in_(STOP), f.c.enabled)
MONEY = select(f.c.at).join(s, s.c.epoch == f.c.epoch).where(s.c.key == Switch.money_movement, s.c.enabled)


SETTLING = select(h.c.since).where(h.c.name == "refunds", h.c.at > bindparam("gap"))


@query(roles=STAFF | SYSTEM)
def evaluate(look: Look) -> list[Finding]:
    """R2 to R4, as they stand now."""
    resumed = resumed_at(look)
    found = [_named(look, Criterion.stuck, STUCK, overdue=look.now - OVERDUE)]
    failed, every = outcomes(look, resumed)
    if failed >= MOST_FAILURES or (every >= LEAST_OUTCOMES and failed >= WORST_SHARE * every):
        found.append(Finding(Criterion.failing, failed))
    movable = movable_since(look)
    if movable is not None and movable <= look.now - UNPAID_FOR:
        found.append(_named(look, Criterion.unrefunded, UNREFUNDED, before=look.now - UNPAID_FOR))
    found.append(_outage(look, resumed))
    return [finding for finding in found if finding is not None]


def resumed_at(look: Look) -> datetime | None:
    """When somebody last resumed one of the four: the windows of R3 and R4 begin anew there."""
    at: datetime | None = look.conn.execute(RESUMED).scalar()
    return at


def outcomes(look: Look, resumed: datetime | None) -> tuple[int, int]:
    """In the window of R3: how many jobs failed in a way that speaks against us or Telegram, and how many ended at all."""
    since = max(look.now - FAILURES_IN, resumed or look.now - FAILURES_IN)
    row = look.conn.execute(OUTCOMES, {"since": since}).one()
    return row.failed, row.all


def movable_since(look: Look) -> datetime | None:
    """Since when refunds could move: the settlement runs and `money_movement` is ENABLED; None where they cannot."""
    movable = look.conn.execute(MONEY).scalar()
    settling = look.conn.execute(SETTLING, {"gap": look.now - GAP}).scalar()
    return None if movable is None or settling is None else max(movable, settling)


def _named(look: Look, criterion: Criterion, offenders: Select[tuple[int]], **given: datetime) -> Finding | None:
    ids = list(look.conn.scalars(offenders, given))
    return Finding(criterion, len(ids), tuple(map(str, ids[:NAMED]))) if ids else None


def _outage(look: Look, resumed: datetime | None) -> Finding | None:
    """Three whole minutes in a row, none of them before the last resume. The minute that runs is not whole."""
    ends = calls.minute_of(look.now)
    begins = ends - BAD_MINUTES * calls.MINUTE
    if resumed is not None and begins < resumed:
        return None
    minutes = [counted for at, counted in calls.lately(look, begins).items() if at < ends]
    bad = [errors for many, errors in minutes if many >= LEAST_CALLS and errors >= WORST_ANSWERS * many]
    return Finding(Criterion.outage, sum(bad)) if len(bad) == BAD_MINUTES else None


def of_books(offences: Sequence[Offence]) -> list[Finding]:
    """R1: what a check of the books found."""
    who = tuple(f"{offence.invariant} {offence.subject}" for offence in offences[:NAMED])
    return [Finding(Criterion.invariant, len(offences), who)] if offences else []


@action("rollback.halt", roles=SYSTEM, gates=())
def halt(act: Act, findings: Sequence[Finding]) -> list[Switch]:
    """Halts what the criteria halt and alerts every admin, once; answers the switches that were not halted before."""
    halted: list[Switch] = []
    for finding in findings:
        reason = f"{finding.criterion}: {finding.many} {', '.join(finding.who)}".rstrip()
        changed = kill_switches.flip(act, list(finding.criterion.halts), reason, enabled=False)
        if changed:
            facts = {"criterion": str(finding.criterion), "many": finding.many, "who": list(finding.who)}
            notices.owe_admins(act, "rollback", None, facts | {"halted": [str(key) for key in changed]})
        halted += changed
    return halted

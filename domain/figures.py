"""How the house stands just now, in numbers: what the metrics show beside what each process counts by itself.

One snapshot, few questions, each over an index of what is open or recent: it costs the same whether ten placements lie behind
us or ten million. What was moved so far is counted as it commits (`Act.moved`), never summed up here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    select,
    type_coerce,
    union_all,
)

from domain import disputes, heartbeats, kill_switches, reports, rollback, withdrawals
from domain.action import STAFF, SYSTEM, Look, query
from domain.base import Moment, is_one, table
from domain.books import Checkpoint
from domain.campaigns import Approval, Campaign, CampaignTarget
from domain.campaigns import Status as CampaignStatus
from domain.escrow import Escrow
from domain.escrow import Status as EscrowStatus
from domain.kill_switches import State
from domain.notices import Notice
from domain.notices import Status as NoticeStatus
from domain.payments import Deposit
from domain.payments import Status as DepositStatus
from domain.post_jobs import TECHNICAL, UNSEEN, PostJob, Status
from domain.wallets import Kind, Wallet
from domain.withdrawals.row import IS_OPEN

AGES = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7)}
"""How old an escrow is: younger than the first of these that it is younger than, else `older`."""
SERVED, DISPUTED, OLDER = "served", "disputed", "older"
HOUSE = (Kind.fees, Kind.external, Kind.suspense, Kind.losses)
RECENT = timedelta(days=1)
"""So long a job that failed for a technical reason is counted among those to be looked at."""


@dataclass(frozen=True)
class Heap:
    """How many wait, and for how long the oldest has."""

    many: int
    oldest: timedelta


@dataclass(frozen=True)
class Figures:
    """Amounts are minor units; a length of time is never negative."""

    held: Mapping[tuple[str, str], tuple[int, int]]
    """Held escrows by what became of the job (`served` and `disputed` apart from `success`) and by age: how many, how much."""
    jobs: Mapping[str, int]
    """Post jobs that are not ended: queued, sending, uncertain."""
    due: Heap
    """Jobs that could be sent and are not."""
    uncertain: Heap
    """Measured from their slots."""
    unseen: int
    """Published, and nobody can tell whether they stayed."""
    refused: int
    """Failed for a technical reason within a day."""
    deposits: Heap
    """Received from Telegram and not credited."""
    notices: Heap
    cases: Mapping[tuple[str, str], Heap]
    """Open withdrawals, disputes and reports, by which of them and by status."""
    house: Mapping[str, int]
    """The balances of the house's wallets."""
    switches: tuple[State, ...]
    heartbeats: Mapping[str, tuple[datetime, str]]
    overdue: timedelta
    """R2: how long past its deadline the worst job without an end is whose money is held."""
    failures: int
    outcomes: int
    """R3: in its window."""
    unrefunded: timedelta
    """R3: how long a failed job's money could have moved, and did not."""
    checkpoint: datetime | None


es, j, ct, cp, w, n, d, k = (
    table(row) for row in (Escrow, PostJob, CampaignTarget, Campaign, Wallet, Notice, Deposit, Checkpoint)
)


def _younger(age: str) -> ColumnElement[bool]:
    return es.c.created_at > bindparam(f"than_{age}", type_=Moment())


JOB = case((j.c.disputed_at.is_not(None), DISPUTED), (j.c.served_at.is_not(None), SERVED), else_=j.c.status)
AGE = case(*((_younger(age), age) for age in AGES), else_=OLDER)
HELD = (
    select(JOB.label("job"), AGE.label("age"), func.count().label("many"), func.sum(es.c.amount).label("amount"))
    .join(j, j.c.id == es.c.id)
    .where(is_one(es.c.status, EscrowStatus.held))
    .group_by("job", "age")
)
OPEN = (Status.queued, Status.sending, Status.uncertain)
JOBS = select(j.c.status, func.count().label("many")).where(is_one(j.c.status, *OPEN)).group_by(j.c.status)
DUE = (
    select(func.count(), func.min(j.c.due_at))
    .select_from(j)
    .join(ct, ct.c.id == j.c.id)
    .join(cp, cp.c.id == ct.c.campaign_id)
    .where(is_one(j.c.status, Status.queued), j.c.due_at <= bindparam("now"), ct.c.approval == Approval.approved)
    .where(cp.c.status == CampaignStatus.active)
)
UNCERTAIN = select(func.count(), func.min(j.c.due_at)).where(is_one(j.c.status, Status.uncertain))
HELD_BY_JOB = (
    select(func.count()).select_from(es).join(j, j.c.id == es.c.id).where(is_one(es.c.status, EscrowStatus.held))
)
LOST = HELD_BY_JOB.where(UNSEEN)
REFUSED = select(func.count()).where(
    is_one(j.c.status, Status.failed), j.c.failure.in_(TECHNICAL), j.c.ended_at > bindparam("since")
)
DEPOSITS = select(func.count(), func.min(d.c.received_at)).where(is_one(d.c.status, DepositStatus.received))
NOTICES = select(func.count(), func.min(n.c.due_at)).where(is_one(n.c.status, NoticeStatus.owed))
x, q, r = table(withdrawals.Withdrawal), table(disputes.Dispute), table(reports.Report)
CASES = {
    "withdrawals": (x, literal_column(f"({IS_OPEN})"), withdrawals.OPEN),
    "disputes": (q, q.c.ended_at.is_(None), disputes.OPEN),
    "reports": (r, is_one(r.c.status, reports.Status.open), (reports.Status.open,)),
}
"""What people ask of the staff: where it lies, which of it is open, and the statuses of that."""
OPEN_CASES = union_all(
    *(
        select(
            literal(which, literal_execute=True).label("which"),
            type_coerce(rows.c.status, Text()).label("status"),
            func.count().label("many"),
            func.min(rows.c.created_at).label("oldest"),
        )
        .where(is_open)
        .group_by(rows.c.status)
        for which, (rows, is_open, _) in CASES.items()
    )
)
BALANCES = select(w.c.id, w.c.balance).where(w.c.kind.in_(HOUSE))
OVERDUE = (
    select(func.min(j.c.deadline))
    .join(es, es.c.id == j.c.id)
    .where(is_one(es.c.status, EscrowStatus.held), is_one(j.c.status, Status.queued, Status.sending))
)
UNREFUNDED = select(func.min(rollback.HELD.c.ended_at)).where(rollback.HELD.c.status == Status.failed)
SEALED = select(k.c.at).order_by(k.c.id.desc()).limit(1)


@query(roles=STAFF | SYSTEM)
def figures(look: Look) -> Figures:
    """Everything at this moment."""

    def one(statement: Any, **given: Any) -> Any:
        return look.conn.execute(statement, given).scalar()

    def heap(statement: Any, **given: Any) -> Heap:
        many, oldest = look.conn.execute(statement, given).one()
        return Heap(many, _since(look, oldest))

    ages = {f"than_{age}": look.now - length for age, length in AGES.items()}
    failed, every = rollback.outcomes(look, rollback.resumed_at(look))
    return Figures(
        held={(row.job, row.age): (row.many, int(row.amount)) for row in look.conn.execute(HELD, ages)},
        jobs=dict.fromkeys(OPEN, 0) | {row.status: row.many for row in look.conn.execute(JOBS)},
        due=heap(DUE, now=look.now),
        uncertain=heap(UNCERTAIN),
        unseen=one(LOST),
        refused=one(REFUSED, since=look.now - RECENT),
        deposits=heap(DEPOSITS),
        notices=heap(NOTICES),
        cases=_cases(look),
        house={row.id: row.balance for row in look.conn.execute(BALANCES)},
        switches=tuple(kill_switches.board(look)),
        heartbeats=heartbeats.latest(look),
        overdue=_since(look, one(OVERDUE)),
        failures=failed,
        outcomes=every,
        unrefunded=_unrefunded(look),
        checkpoint=one(SEALED),
    )


def _since(look: Look, at: datetime | None) -> timedelta:
    return timedelta(0) if at is None else max(look.now - at, timedelta(0))


def _cases(look: Look) -> dict[tuple[str, str], Heap]:
    none = {(which, status): Heap(0, timedelta(0)) for which, (_, _, open_) in CASES.items() for status in open_}
    found = look.conn.execute(OPEN_CASES)
    return none | {(row.which, row.status): Heap(row.many, _since(look, row.oldest)) for row in found}


def _unrefunded(look: Look) -> timedelta:
    failed, movable = look.conn.execute(UNREFUNDED).scalar(), rollback.movable_since(look)
    return timedelta(0) if failed is None or movable is None else _since(look, max(failed, movable))

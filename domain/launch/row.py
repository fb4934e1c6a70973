"""A launch's runs, its records, and the mark by which a database is known."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain import flow
from domain.base import Base, Member, one_of, table


class Phase(StrEnum):
    P0 = "P0"
    """Before the deployment: everything is HALTED, and nothing is under way."""
    P1 = "P1"
    """Deployed with the switches HALTED; ends by resuming `money_movement`."""
    P2 = "P2"
    """Smoke tests: what must be blocked is blocked, and changes nothing."""
    P3 = "P3"
    """One small placement, under a limit."""
    P4 = "P4"
    """Its outcome, its escrow and its wallets are looked at."""
    P5 = "P5"
    """Payouts are resumed and watched; the limit is cleared."""

    @property
    def number(self) -> int:
        return int(self.value[1:])


class Status(StrEnum):
    running = "running"
    """Its steps are being looked at, or it waits for people or for time."""
    passed = "passed"
    """Every step of it passed."""
    failed = "failed"
    """A step failed, or it was given up: what it had resumed is HALTED again."""
    rolled_back = "rolled_back"
    """Somebody rolled the launch back; it begins at P0 again."""


FLOW = {
    Status.running: frozenset({Status.passed, Status.failed, Status.rolled_back}),
    Status.passed: frozenset({Status.rolled_back}),
    Status.failed: frozenset[Status](),
    Status.rolled_back: frozenset[Status](),
}


class Outcome(StrEnum):
    passed = "passed"
    failed = "failed"
    waiting = "waiting"
    """For a person, or for time to pass."""
    halted = "halted"
    """What a failed phase had resumed is HALTED again."""
    rolled_back = "rolled_back"


class DatabaseIdentity(Base):
    """One row, made with the schema and never changed."""

    __tablename__ = "database_identity"
    __table_args__ = (CheckConstraint("id = 1", name="only"), Base.__table_args__)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark: Mapped[str]


class LaunchRun(Base):
    __tablename__ = "launch_runs"
    __table_args__ = (
        one_of("phase", Phase),
        one_of("status", Status),
        CheckConstraint("(status = 'running') = (ended_at IS NULL)", name="ended"),
        Index(
            "uq_launch_runs_running",
            "status",
            unique=True,
            postgresql_where=text("status = 'running'"),
            sqlite_where=text("status = 'running'"),
        ),
        Index("ix_launch_runs_launch", "launch"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    launch: Mapped[int]
    phase: Mapped[Phase] = mapped_column(Member(Phase))
    status: Mapped[Status] = mapped_column(Member(Status), default=Status.running)
    build: Mapped[str]
    database: Mapped[str]
    setup: Mapped[dict[str, Any]]
    """Who takes part, where, at what price, and how long the end is watched."""
    started_by: Mapped[str]
    token: Mapped[str]
    """Of whoever runs it now; a runner that was overtaken can record nothing."""
    lease_until: Mapped[datetime | None]
    """Until when nobody else may go on with it; None while nobody does."""
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    check_status = flow.follows(FLOW)


class LaunchStep(Base):
    """What was seen at a step, when, by whom; only added to."""

    __tablename__ = "launch_steps"
    __table_args__ = (
        one_of("phase", Phase),
        one_of("outcome", Outcome),
        Index("ix_launch_steps_run_id", "run_id", "id"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("launch_runs.id"))
    phase: Mapped[Phase] = mapped_column(Member(Phase))
    step: Mapped[str]
    outcome: Mapped[Outcome] = mapped_column(Member(Outcome))
    evidence: Mapped[dict[str, Any]]
    build: Mapped[str]
    database: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]


flow.guard(LaunchRun, FLOW, Status.running)

identities, r, t = table(DatabaseIdentity), table(LaunchRun), table(LaunchStep)

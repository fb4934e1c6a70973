"""Launches: their runs and records, and the mark of the database"""

import uuid

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PHASES = "phase IN ('P0', 'P1', 'P2', 'P3', 'P4', 'P5')"
RUNNING = sa.text("status = 'running'")


def upgrade() -> None:
    identity = op.create_table(
        "database_identity",
        sa.Column("id", base.Whole(), autoincrement=False, nullable=False),
        sa.Column("mark", base.Word(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_database_identity_only")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_database_identity")),
        sqlite_strict=True,
    )
    op.bulk_insert(identity, [{"id": 1, "mark": uuid.uuid4().hex}])
    op.create_table(
        "launch_runs",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("launch", base.Whole(), nullable=False),
        sa.Column("phase", base.Word(), nullable=False),
        sa.Column("status", base.Word(), nullable=False),
        sa.Column("build", base.Word(), nullable=False),
        sa.Column("database", base.Word(), nullable=False),
        sa.Column("setup", base.Json(), nullable=False),
        sa.Column("started_by", base.Word(), nullable=False),
        sa.Column("token", base.Word(), nullable=False),
        sa.Column("lease_until", base.Moment(), nullable=True),
        sa.Column("started_at", base.Moment(), nullable=False),
        sa.Column("ended_at", base.Moment(), nullable=True),
        sa.CheckConstraint(PHASES, name=op.f("ck_launch_runs_phase")),
        sa.CheckConstraint(
            "status IN ('running', 'passed', 'failed', 'rolled_back')", name=op.f("ck_launch_runs_status")
        ),
        sa.CheckConstraint("(status = 'running') = (ended_at IS NULL)", name=op.f("ck_launch_runs_ended")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_launch_runs")),
        sqlite_strict=True,
    )
    op.create_index("ix_launch_runs_launch", "launch_runs", ["launch"])
    op.create_index(
        "uq_launch_runs_running",
        "launch_runs",
        ["status"],
        unique=True,
        postgresql_where=RUNNING,
        sqlite_where=RUNNING,
    )
    op.create_table(
        "launch_steps",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("run_id", base.Whole(), nullable=False),
        sa.Column("phase", base.Word(), nullable=False),
        sa.Column("step", base.Word(), nullable=False),
        sa.Column("outcome", base.Word(), nullable=False),
        sa.Column("evidence", base.Json(), nullable=False),
        sa.Column("build", base.Word(), nullable=False),
        sa.Column("database", base.Word(), nullable=False),
        sa.Column("actor", base.Word(), nullable=False),
        sa.Column("at", base.Moment(), nullable=False),
        sa.CheckConstraint(PHASES, name=op.f("ck_launch_steps_phase")),
        sa.CheckConstraint(
            "outcome IN ('passed', 'failed', 'waiting', 'halted', 'rolled_back')",
            name=op.f("ck_launch_steps_outcome"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["launch_runs.id"], name=op.f("fk_launch_steps_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_launch_steps")),
        sqlite_strict=True,
    )
    op.create_index("ix_launch_steps_run_id", "launch_steps", ["run_id", "id"])


def downgrade() -> None:
    op.drop_table("launch_steps")
    op.drop_table("launch_runs")
    op.drop_table("database_identity")

"""Days that were told of, and indexes of what happened when"""

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "digests",
        sa.Column("day", base.Word(), nullable=False),
        sa.Column("told", base.Json(), nullable=False),
        sa.Column("at", base.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_digests")),
        sqlite_strict=True,
    )
    op.create_index("ix_transfers_at", "transfers", ["at"], postgresql_using="brin")
    for name, table, column, where in (
        ("ix_audit_events_refused_at", "audit_events", "at", "refusal IS NOT NULL"),
        ("ix_post_jobs_published", "post_jobs", "published_at", "published_at IS NOT NULL"),
        ("ix_post_jobs_failed", "post_jobs", "ended_at", "status = 'failed'"),
    ):
        op.create_index(name, table, [column], postgresql_where=sa.text(where), sqlite_where=sa.text(where))
    op.execute("DELETE FROM heartbeats")  # on SQLite some were written in a form that cannot be read


def downgrade() -> None:
    op.drop_index("ix_post_jobs_failed", "post_jobs")
    op.drop_index("ix_post_jobs_published", "post_jobs")
    op.drop_index("ix_audit_events_refused_at", "audit_events")
    op.drop_index("ix_transfers_at", "transfers")
    op.drop_table("digests")

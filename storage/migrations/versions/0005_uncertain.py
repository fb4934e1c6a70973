"""Where a channel stood before an attempt, and the searches for posts nobody knows the fate of"""

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DUE = sa.text("next_search_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("post_attempts", sa.Column("newest_before", base.Whole(), nullable=True))
    op.add_column("post_jobs", sa.Column("next_search_at", base.Moment(), nullable=True))
    op.create_index("ix_post_jobs_search", "post_jobs", ["next_search_at"], postgresql_where=DUE, sqlite_where=DUE)
    jobs = sa.table("post_jobs", sa.column("status"), sa.column("next_search_at"), sa.column("due_at"))
    op.execute(jobs.update().where(jobs.c.status == "uncertain").values(next_search_at=jobs.c.due_at))
    op.create_table(
        "post_searches",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("post_job_id", base.Whole(), nullable=False),
        sa.Column("at", base.Moment(), nullable=False),
        sa.Column("actor", base.Word(), nullable=False),
        sa.Column("completed", base.Truth(), nullable=False),
        sa.Column("examined", base.Whole(), nullable=False),
        sa.Column("found_message_id", base.Whole(), nullable=True),
        sa.Column("evidence_message_id", base.Whole(), nullable=True),
        sa.Column("note", base.Word(), nullable=True),
        sa.ForeignKeyConstraint(["post_job_id"], ["post_jobs.id"], name=op.f("fk_post_searches_post_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_searches")),
        sqlite_strict=True,
    )
    op.create_index("ix_post_searches_post_job_id", "post_searches", ["post_job_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_post_searches_post_job_id", "post_searches")
    op.drop_table("post_searches")
    op.drop_index("ix_post_jobs_search", "post_jobs")
    op.drop_column("post_jobs", "next_search_at")
    op.drop_column("post_attempts", "newest_before")

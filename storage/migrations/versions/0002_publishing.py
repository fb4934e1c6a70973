"""Late placements are asked about, retries back off, posts are pinned and may be silent"""

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENTS = ("late_asked_at", "late_accepted_at", "rights_asked_at", "pin_due_at")


def upgrade() -> None:
    op.add_column(
        "campaign_targets", sa.Column("silent", base.Truth(), server_default=sa.text("FALSE"), nullable=False)
    )
    op.add_column("post_jobs", sa.Column("retries", base.Whole(), server_default=sa.text("0"), nullable=False))
    for name in MOMENTS:
        op.add_column("post_jobs", sa.Column(name, base.Moment(), nullable=True))
    op.create_index(
        "ix_post_jobs_pin",
        "post_jobs",
        ["pin_due_at"],
        unique=False,
        postgresql_where=sa.text("pin_due_at IS NOT NULL"),
        sqlite_where=sa.text("pin_due_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_post_jobs_pin", table_name="post_jobs")
    for name in (*reversed(MOMENTS), "retries"):
        op.drop_column("post_jobs", name)
    op.drop_column("campaign_targets", "silent")

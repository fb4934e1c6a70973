"""A job that failed for a technical reason leaves the review queue when an admin is done with it"""

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WAITS = sa.text(
    "status = 'uncertain' OR (status = 'success' AND served_at IS NULL AND next_look_at IS NULL)"
    " OR (failure IN ('poison', 'refused', 'unsent') AND reviewed_at IS NULL)"
)


def upgrade() -> None:
    op.add_column("post_jobs", sa.Column("reviewed_at", base.Moment(), nullable=True))
    op.create_index(
        "ix_post_jobs_review", "post_jobs", ["created_at", "id"], postgresql_where=WAITS, sqlite_where=WAITS
    )


def downgrade() -> None:
    op.drop_index("ix_post_jobs_review", "post_jobs")
    op.drop_column("post_jobs", "reviewed_at")

"""Which bot publishes in a channel, and which one published a post"""

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

HAS_COURIER = sa.text("courier_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("channels", sa.Column("courier_id", base.Whole(), nullable=True))
    op.add_column("post_jobs", sa.Column("bot_id", base.Whole(), nullable=True))
    op.create_index(
        "ix_channels_courier", "channels", ["courier_id"], postgresql_where=HAS_COURIER, sqlite_where=HAS_COURIER
    )


def downgrade() -> None:
    op.drop_index("ix_channels_courier", "channels")
    op.drop_column("post_jobs", "bot_id")
    op.drop_column("channels", "courier_id")

"""What the watchdogs and the settlement remember: reminders, tallies, visits to channels, Telegram's book of Stars"""

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NEVER = "1970-01-01T00:00:00.000000Z"
"""For the channels that are there already: the first to be visited."""

INDEXES = (
    ("ix_escrows_untallied", "escrows", "resolved_at", "resolved_at IS NOT NULL AND tallied_at IS NULL"),
    ("ix_campaign_targets_remind", "campaign_targets", "remind_at", "remind_at IS NOT NULL"),
    ("ix_deposits_unseen", "deposits", "received_at", "charge_id IS NOT NULL AND seen_at IS NULL"),
)


def upgrade() -> None:
    op.add_column("escrows", sa.Column("tallied_at", base.Moment(), nullable=True))
    op.add_column("campaign_targets", sa.Column("remind_at", base.Moment(), nullable=True))
    op.add_column("channels", sa.Column("visited_at", base.Moment(), nullable=False, server_default=NEVER))
    op.add_column("deposits", sa.Column("seen_at", base.Moment(), nullable=True))
    op.create_table(
        "star_books",
        sa.Column("bot_id", base.Whole(), nullable=False),
        sa.Column("lines", base.Whole(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", name=op.f("pk_star_books")),
        sqlite_strict=True,
    )
    for name, table, column, where in INDEXES:
        op.create_index(name, table, [column], postgresql_where=sa.text(where), sqlite_where=sa.text(where))
    op.create_index("ix_channels_visited", "channels", ["visited_at"])


def downgrade() -> None:
    op.drop_index("ix_channels_visited", "channels")
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table)
    op.drop_table("star_books")
    op.drop_column("deposits", "seen_at")
    op.drop_column("channels", "visited_at")
    op.drop_column("campaign_targets", "remind_at")
    op.drop_column("escrows", "tallied_at")

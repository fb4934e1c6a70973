"""What is open, asked, earned or in charge is found by an index, however much lies behind it"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INDEXES: dict[str, tuple[str, list[str], str, str]] = {
    "ix_campaign_targets_asked": (
        "campaign_targets",
        ["channel_id", "answer_by"],
        "approval = 'waiting' AND answer_by IS NOT NULL",
        "approval = 'waiting' AND answer_by IS NOT NULL",
    ),
    "ix_channels_catalogue": (
        "channels",
        ["subscribers"],
        "status = 'listed' AND blocked_at IS NULL",
        "status = 'listed' AND blocked_at IS NULL",
    ),
    "ix_transfers_payout": ("transfers", ["destination_id", "at"], "reason = 'payout'", "reason = 'payout'"),
    "ix_users_blocked": ("users", ["id"], "blocked_at IS NOT NULL", "blocked_at IS NOT NULL"),
    "ix_users_operators": ("users", ["id"], "is_operator", "is_operator = 1"),
}
"""Table, columns, and where, for PostgreSQL and for SQLite."""


def upgrade() -> None:
    for name, (table, columns, where, in_sqlite) in INDEXES.items():
        op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(in_sqlite))


def downgrade() -> None:
    for name, (table, *_) in INDEXES.items():
        op.drop_index(name, table)

"""How Telegram answers by the minute, and since when each tick runs"""

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_minutes",
        sa.Column("minute", base.Moment(), nullable=False),
        sa.Column("calls", base.Whole(), nullable=False),
        sa.Column("errors", base.Whole(), nullable=False),
        sa.PrimaryKeyConstraint("minute", name=op.f("pk_call_minutes")),
        sqlite_strict=True,
    )
    op.execute("DELETE FROM heartbeats")
    with op.batch_alter_table("heartbeats", schema=None) as batch_op:
        batch_op.add_column(sa.Column("since", base.Moment(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("heartbeats", schema=None) as batch_op:
        batch_op.drop_column("since")
    op.drop_table("call_minutes")

"""Withdrawals: asked for, decided, paid by hand"""

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATUSES = "'requested', 'approved', 'sending', 'uncertain', 'paid', 'rejected', 'cancelled', 'returned'"
IS_OPEN = "status IN ('requested', 'approved', 'sending', 'uncertain')"
OPEN = sa.text(IS_OPEN)


def upgrade() -> None:
    op.create_table(
        "withdrawals",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("user_id", base.Whole(), nullable=False),
        sa.Column("amount", base.Whole(), nullable=False),
        sa.Column("currency", base.Word(), nullable=False),
        sa.Column("destination", base.Word(), nullable=False),
        sa.Column("status", base.Word(), nullable=False),
        sa.Column("created_at", base.Moment(), nullable=False),
        sa.Column("not_before", base.Moment(), nullable=False),
        sa.Column("approved_by", base.Word(), nullable=True),
        sa.Column("approved_at", base.Moment(), nullable=True),
        sa.Column("sending_by", base.Word(), nullable=True),
        sa.Column("sending_at", base.Moment(), nullable=True),
        sa.Column("ended_by", base.Word(), nullable=True),
        sa.Column("ended_at", base.Moment(), nullable=True),
        sa.Column("reference", base.Word(), nullable=True),
        sa.Column("note", base.Word(), nullable=True),
        sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f("ck_withdrawals_status")),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000000000", name=op.f("ck_withdrawals_amount")),
        sa.CheckConstraint(f"({IS_OPEN}) = (ended_at IS NULL)", name=op.f("ck_withdrawals_ended")),
        sa.CheckConstraint("(status = 'paid') = (reference IS NOT NULL)", name=op.f("ck_withdrawals_reference")),
        sa.CheckConstraint(
            "status NOT IN ('sending', 'uncertain', 'returned') OR sending_at IS NOT NULL",
            name=op.f("ck_withdrawals_sending"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'sending', 'uncertain', 'paid', 'returned') OR approved_at IS NOT NULL",
            name=op.f("ck_withdrawals_approved"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_withdrawals_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_withdrawals_running", "withdrawals", ["user_id"], unique=True, postgresql_where=OPEN, sqlite_where=OPEN
    )
    op.create_index("ix_withdrawals_reference", "withdrawals", ["reference", "currency"], unique=True)
    op.create_index("ix_withdrawals_user_id", "withdrawals", ["user_id", "id"])
    op.create_index("ix_withdrawals_open", "withdrawals", ["id"], postgresql_where=OPEN, sqlite_where=OPEN)


def downgrade() -> None:
    op.drop_index("ix_withdrawals_open", "withdrawals")
    op.drop_index("ix_withdrawals_user_id", "withdrawals")
    op.drop_index("ix_withdrawals_reference", "withdrawals")
    op.drop_index("ix_withdrawals_running", "withdrawals")
    op.drop_table("withdrawals")

"""Tickets, blocked channels, tries of a failed placement as a new one, and the audit trail by who and what"""

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

OPEN = sa.text("status = 'open'")
REFUSED = sa.text("refusal IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("user_id", base.Whole(), nullable=False),
        sa.Column("words", base.Word(), nullable=False),
        sa.Column("status", base.Word(), nullable=False),
        sa.Column("opened_by", base.Word(), nullable=False),
        sa.Column("created_at", base.Moment(), nullable=False),
        sa.Column("closed_by", base.Word(), nullable=True),
        sa.Column("closed_at", base.Moment(), nullable=True),
        sa.Column("evidence", base.Word(), nullable=True),
        sa.Column("statement", base.Json(), nullable=True),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_tickets_status")),
        sa.CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_tickets_closed")),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("ck_tickets_closer")),
        sa.CheckConstraint("(closed_at IS NULL) = (evidence IS NULL)", name=op.f("ck_tickets_evidence")),
        sa.CheckConstraint("(closed_at IS NULL) = (statement IS NULL)", name=op.f("ck_tickets_statement")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tickets_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sqlite_strict=True,
    )
    op.create_index("ix_tickets_open", "tickets", ["id"], postgresql_where=OPEN, sqlite_where=OPEN)
    op.create_index("ix_tickets_user_id", "tickets", ["user_id", "id"])
    op.add_column("channels", sa.Column("blocked_at", base.Moment(), nullable=True))
    op.add_column("campaign_targets", sa.Column("retry_of", base.Whole(), nullable=True))
    op.create_index("ix_campaign_targets_retry_of", "campaign_targets", ["retry_of"], unique=True)
    op.create_index("ix_audit_events_actor", "audit_events", ["actor", "id"])
    op.create_index("ix_audit_events_action", "audit_events", ["action", "id"])
    op.create_index("ix_audit_events_at", "audit_events", ["at"])
    op.create_index("ix_audit_events_refused", "audit_events", ["id"], postgresql_where=REFUSED, sqlite_where=REFUSED)


def downgrade() -> None:
    op.drop_index("ix_audit_events_refused", "audit_events")
    op.drop_index("ix_audit_events_at", "audit_events")
    op.drop_index("ix_audit_events_action", "audit_events")
    op.drop_index("ix_audit_events_actor", "audit_events")
    op.drop_index("ix_campaign_targets_retry_of", "campaign_targets")
    op.drop_column("campaign_targets", "retry_of")
    op.drop_column("channels", "blocked_at")
    op.drop_index("ix_tickets_user_id", "tickets")
    op.drop_index("ix_tickets_open", "tickets")
    op.drop_table("tickets")

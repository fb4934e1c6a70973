"""Proposals of another time or another price; reports of channels, creatives and people"""

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MADE = sa.text("status = 'made'")
OPEN = sa.text("status = 'open'")


def upgrade() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("campaign_target_id", base.Whole(), nullable=False),
        sa.Column("round", base.Whole(), nullable=False),
        sa.Column("kind", base.Word(), nullable=False),
        sa.Column("slot", base.Moment(), nullable=True),
        sa.Column("price", base.Whole(), nullable=True),
        sa.Column("status", base.Word(), nullable=False),
        sa.Column("made_by", base.Whole(), nullable=False),
        sa.Column("asked_by", base.Moment(), nullable=False),
        sa.Column("answer_by", base.Moment(), nullable=False),
        sa.Column("created_at", base.Moment(), nullable=False),
        sa.Column("ended_at", base.Moment(), nullable=True),
        sa.CheckConstraint("kind IN ('time', 'price')", name=op.f("ck_proposals_kind")),
        sa.CheckConstraint(
            "status IN ('made', 'accepted', 'declined', 'expired', 'withdrawn')", name=op.f("ck_proposals_status")
        ),
        sa.CheckConstraint("(kind = 'time') = (slot IS NOT NULL)", name=op.f("ck_proposals_slot")),
        sa.CheckConstraint("(kind = 'price') = (price IS NOT NULL)", name=op.f("ck_proposals_price")),
        sa.CheckConstraint("price BETWEEN 1 AND 1000000000000", name=op.f("ck_proposals_amount")),
        sa.CheckConstraint("(status = 'made') = (ended_at IS NULL)", name=op.f("ck_proposals_ended")),
        sa.ForeignKeyConstraint(
            ["campaign_target_id"], ["campaign_targets.id"], name=op.f("fk_proposals_campaign_target_id")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_proposals_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_proposals_made",
        "proposals",
        ["campaign_target_id"],
        unique=True,
        postgresql_where=MADE,
        sqlite_where=MADE,
    )
    op.create_index("ix_proposals_campaign_target_id", "proposals", ["campaign_target_id", "id"])
    op.create_index(
        "ix_proposals_answer_by", "proposals", ["answer_by", "id"], postgresql_where=MADE, sqlite_where=MADE
    )
    op.create_table(
        "reports",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("thing", base.Word(), nullable=False),
        sa.Column("about", base.Whole(), nullable=False),
        sa.Column("reason", base.Word(), nullable=False),
        sa.Column("words", base.Word(), nullable=False),
        sa.Column("status", base.Word(), nullable=False),
        sa.Column("reported_by", base.Whole(), nullable=False),
        sa.Column("created_at", base.Moment(), nullable=False),
        sa.Column("ended_at", base.Moment(), nullable=True),
        sa.Column("ended_by", base.Word(), nullable=True),
        sa.Column("finding", base.Word(), nullable=True),
        sa.CheckConstraint("thing IN ('channel', 'creative', 'person')", name=op.f("ck_reports_thing")),
        sa.CheckConstraint("reason IN ('fraud', 'prohibited', 'spam', 'other')", name=op.f("ck_reports_reason")),
        sa.CheckConstraint("status IN ('open', 'upheld', 'dismissed')", name=op.f("ck_reports_status")),
        sa.CheckConstraint("(status = 'open') = (ended_at IS NULL)", name=op.f("ck_reports_ended")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_reports_ender")),
        sa.CheckConstraint("(ended_at IS NULL) = (finding IS NULL)", name=op.f("ck_reports_finding")),
        sa.ForeignKeyConstraint(["reported_by"], ["users.id"], name=op.f("fk_reports_reported_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_reports_open",
        "reports",
        ["reported_by", "thing", "about"],
        unique=True,
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )
    op.create_index("ix_reports_open", "reports", ["id"], postgresql_where=OPEN, sqlite_where=OPEN)


def downgrade() -> None:
    op.drop_index("ix_reports_open", "reports")
    op.drop_index("uq_reports_open", "reports")
    op.drop_table("reports")
    op.drop_index("ix_proposals_answer_by", "proposals")
    op.drop_index("ix_proposals_campaign_target_id", "proposals")
    op.drop_index("uq_proposals_made", "proposals")
    op.drop_table("proposals")

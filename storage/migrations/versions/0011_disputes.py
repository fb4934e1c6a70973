"""Disputes and their steps, and since when one keeps a job from being due"""

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATUSES = "'talks', 'judging', 'decided', 'appealed', 'settled', 'final', 'withdrawn', 'moot'"
STEPS = "'opened', 'proposed', 'judging', 'settled', 'decided', 'accepted', 'appealed', 'final', 'withdrawn', 'moot'"
ENDED = "status IN ('settled', 'final', 'withdrawn', 'moot')"
JUDGED = "(status IN ('decided', 'appealed', 'final')) <= (judged_by IS NOT NULL)"
SHARED = "(status IN ('decided', 'appealed', 'settled', 'final')) <= (share IS NOT NULL)"
DISPUTED = sa.text("disputed_at IS NOT NULL")
INDEXES = (
    ("ix_disputes_open", ["campaign_target_id"], True, "ended_at IS NULL"),
    ("ix_disputes_until", ["until"], False, "until IS NOT NULL"),
    ("ix_disputes_waiting", ["id"], False, "status IN ('judging', 'appealed')"),
)


def upgrade() -> None:
    check = sa.CheckConstraint("disputed_at IS NULL OR status = 'success'", name=op.f("ck_post_jobs_disputed"))
    op.add_column("post_jobs", sa.Column("disputed_at", base.Moment(), check, nullable=True))
    op.create_index("ix_post_jobs_disputed", "post_jobs", ["id"], postgresql_where=DISPUTED, sqlite_where=DISPUTED)
    op.create_table(
        "disputes",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("campaign_target_id", base.Whole(), nullable=False),
        sa.Column("status", base.Word(), nullable=False),
        sa.Column("side", base.Word(), nullable=False),
        sa.Column("opened_by", base.Whole(), nullable=False),
        sa.Column("words", base.Word(), nullable=False),
        sa.Column("created_at", base.Moment(), nullable=False),
        sa.Column("until", base.Moment(), nullable=True),
        sa.Column("advertiser_share", base.Whole(), nullable=True),
        sa.Column("publisher_share", base.Whole(), nullable=True),
        sa.Column("share", base.Whole(), nullable=True),
        sa.Column("judged_by", base.Word(), nullable=True),
        sa.Column("evidence", base.Word(), nullable=True),
        sa.Column("advertiser_accepted_at", base.Moment(), nullable=True),
        sa.Column("publisher_accepted_at", base.Moment(), nullable=True),
        sa.Column("appealed_by", base.Whole(), nullable=True),
        sa.Column("appeal", base.Word(), nullable=True),
        sa.Column("ended_at", base.Moment(), nullable=True),
        sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f("ck_disputes_status")),
        sa.CheckConstraint("side IN ('advertiser', 'publisher')", name=op.f("ck_disputes_side")),
        sa.CheckConstraint(f"({ENDED}) = (ended_at IS NOT NULL)", name=op.f("ck_disputes_ended")),
        sa.CheckConstraint("(status IN ('talks', 'decided')) = (until IS NOT NULL)", name=op.f("ck_disputes_until")),
        sa.CheckConstraint(SHARED, name=op.f("ck_disputes_share")),
        sa.CheckConstraint(JUDGED, name=op.f("ck_disputes_judge")),
        sa.CheckConstraint("(judged_by IS NULL) = (evidence IS NULL)", name=op.f("ck_disputes_evidence")),
        sa.CheckConstraint("(appealed_by IS NULL) = (appeal IS NULL)", name=op.f("ck_disputes_appeal")),
        sa.ForeignKeyConstraint(
            ["campaign_target_id"], ["campaign_targets.id"], name=op.f("fk_disputes_campaign_target_id")
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["users.id"], name=op.f("fk_disputes_opened_by")),
        sa.ForeignKeyConstraint(["appealed_by"], ["users.id"], name=op.f("fk_disputes_appealed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("campaign_target_id", "side", name=op.f("uq_disputes_campaign_target_id_side")),
        sqlite_strict=True,
    )
    for name, columns, unique, where in INDEXES:
        op.create_index(
            name, "disputes", columns, unique=unique, postgresql_where=sa.text(where), sqlite_where=sa.text(where)
        )
    op.create_table(
        "dispute_steps",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("dispute_id", base.Whole(), nullable=False),
        sa.Column("step", base.Word(), nullable=False),
        sa.Column("side", base.Word(), nullable=True),
        sa.Column("actor", base.Word(), nullable=False),
        sa.Column("share", base.Whole(), nullable=True),
        sa.Column("words", base.Word(), nullable=True),
        sa.Column("at", base.Moment(), nullable=False),
        sa.CheckConstraint(f"step IN ({STEPS})", name=op.f("ck_dispute_steps_step")),
        sa.ForeignKeyConstraint(["dispute_id"], ["disputes.id"], name=op.f("fk_dispute_steps_dispute_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_steps")),
        sqlite_strict=True,
    )
    op.create_index("ix_dispute_steps_dispute_id", "dispute_steps", ["dispute_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_dispute_steps_dispute_id", "dispute_steps")
    op.drop_table("dispute_steps")
    for name, _, _, _ in reversed(INDEXES):
        op.drop_index(name, "disputes")
    op.drop_table("disputes")
    op.drop_index("ix_post_jobs_disputed", "post_jobs", postgresql_where=DISPUTED, sqlite_where=DISPUTED)
    op.drop_column("post_jobs", "disputed_at")

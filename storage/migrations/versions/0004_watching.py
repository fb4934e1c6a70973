"""Changed posts, time on top, proportional offers"""

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WAS, IS = ("up", "gone", "unknown"), ("up", "gone", "changed", "unknown")
ON_TOP = sa.text("covered_at IS NULL AND chat_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("offers", sa.Column("proportional", base.Truth(), nullable=False, server_default=sa.false()))
    op.add_column(
        "campaign_targets", sa.Column("proportional", base.Truth(), nullable=False, server_default=sa.false())
    )
    op.add_column("channels", sa.Column("newest_message_id", base.Whole(), nullable=False, server_default=sa.text("0")))
    op.add_column("post_jobs", sa.Column("fingerprints", base.Json(), nullable=True))
    op.add_column("post_jobs", sa.Column("changed_at", base.Moment(), nullable=True))
    op.add_column("post_jobs", sa.Column("covered_at", base.Moment(), nullable=True))
    share = sa.CheckConstraint("share >= 1", name=op.f("ck_post_jobs_share"))
    op.add_column("post_jobs", sa.Column("share", base.Whole(), share, nullable=True))
    op.create_index(
        "ix_post_jobs_on_top", "post_jobs", ["chat_id"], unique=False, postgresql_where=ON_TOP, sqlite_where=ON_TOP
    )
    _verdicts(IS)


def downgrade() -> None:
    _verdicts(WAS)
    op.drop_index("ix_post_jobs_on_top", "post_jobs", postgresql_where=ON_TOP, sqlite_where=ON_TOP)
    for column in ("share", "covered_at", "changed_at", "fingerprints"):
        op.drop_column("post_jobs", column)
    op.drop_column("channels", "newest_message_id")
    op.drop_column("campaign_targets", "proportional")
    op.drop_column("offers", "proportional")


def _verdicts(words: tuple[str, ...]) -> None:
    """Nothing refers to a check, so SQLite may build the table anew. A change that the old words do not know is `unknown`."""
    listed = ", ".join(f"'{word}'" for word in words)
    op.execute(f"UPDATE post_checks SET verdict = 'unknown' WHERE verdict NOT IN ({listed})")
    with op.batch_alter_table("post_checks", schema=None, table_kwargs={"sqlite_strict": True}) as batch_op:
        batch_op.drop_constraint(op.f("ck_post_checks_verdict"), type_="check")
        batch_op.create_check_constraint(op.f("ck_post_checks_verdict"), f"verdict IN ({listed})")

"""Which messages of a post are altered, when each was edited, and how much of the time to restore it is used up"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

jobs = sa.table(
    "post_jobs",
    sa.column("id", base.Whole()),
    sa.column("message_id", base.Whole()),
    sa.column("changed_at", base.Moment()),
    sa.column("altered", base.Json()),
)
events = sa.table(
    "audit_events",
    sa.column("id", base.Whole()),
    sa.column("at", base.Moment()),
    sa.column("action", base.Word()),
    sa.column("noun", base.Word()),
    sa.column("subject", base.Word()),
    sa.column("refusal", base.Word()),
    sa.column("details", base.Json()),
)


def upgrade() -> None:
    op.add_column("post_jobs", sa.Column("altered", base.Json(), nullable=True))
    op.add_column("post_jobs", sa.Column("changed_for", base.Whole(), nullable=False, server_default=sa.text("0")))
    op.add_column("post_jobs", sa.Column("edited", base.Json(), nullable=True))
    _name_the_altered(op.get_bind())


def downgrade() -> None:
    for column in ("edited", "changed_for", "altered"):
        op.drop_column("post_jobs", column)


def _name_the_altered(conn: sa.Connection) -> None:
    """Of what is changed now, one message is known: the one whose edit was told of at that moment, or the first, by a look."""
    told = (
        sa.select(events.c.details)
        .where(
            events.c.noun == "post_jobs",
            events.c.subject == sa.bindparam("job"),
            events.c.action == "checks.saw_edit",
            events.c.at == sa.bindparam("since"),
            events.c.refusal.is_(None),
        )
        .order_by(events.c.id)
    )
    changed = conn.execute(
        sa.select(jobs.c.id, jobs.c.message_id, jobs.c.changed_at).where(jobs.c.changed_at.is_not(None))
    )
    for job in changed.all():
        details: list[Any] = list(conn.scalars(told, {"job": str(job.id), "since": job.changed_at}))
        edits = [event["message"] for event in details if event.get("verdict") == "changed"]
        altered = edits[-1:] or [job.message_id]
        conn.execute(sa.update(jobs).where(jobs.c.id == job.id).values(altered=altered))

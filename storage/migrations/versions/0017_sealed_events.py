"""A checkpoint knows the last audit event it seals; one that does not is hashed as it was"""

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("checkpoints", sa.Column("event_id", base.Whole(), nullable=True))


def downgrade() -> None:
    op.drop_column("checkpoints", "event_id")

"""A bot's number in the book of Stars is Telegram's: PostgreSQL no longer offers one of its own"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE star_books ALTER COLUMN bot_id DROP DEFAULT")
        op.execute("DROP SEQUENCE IF EXISTS star_books_bot_id_seq")


def downgrade() -> None:
    """Nobody ever took a number from it."""

"""Runs migrations over the connection it is given, and puts the guards back afterwards."""

from typing import Any, Literal

from alembic import context

from domain.base import Base, Member
from storage import fsm, guards

connection = context.config.attributes["connection"]


def own_types(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """In a generated migration our column types are written as what they are."""
    if kind != "type" or type(item).__module__ != "domain.base":
        return False
    return "base.Word()" if isinstance(item, Member) else f"base.{type(item).__name__}()"


assert fsm.DialogState.metadata is Base.metadata
guards.remove(connection)
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_item=own_types,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
guards.install(connection)

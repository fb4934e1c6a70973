"""Runs migrations over the connection it is given; puts the guards back afterwards, and the rights on PostgreSQL."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import inspect

from domain.base import Base, Member
from storage import dialog_states, guards, roles

connection = context.config.attributes["connection"]


def own_types(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """In a generated migration our column types are written as what they are."""
    if kind != "type" or type(item).__module__ != "domain.base":
        return False
    return "base.Word()" if isinstance(item, Member) else f"base.{type(item).__name__}()"


assert dialog_states.DialogState.metadata is Base.metadata
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
if connection.dialect.name == "postgresql" and inspect(connection).has_table("transfers"):
    roles.grant(connection, context.config.attributes["app"])

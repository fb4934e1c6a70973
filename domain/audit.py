"""Who did what to what, and what was refused and why. Written once, never changed.

One event for each thing acted on, in the transaction of the act; a refusal is written in a transaction of its own, after
whatever the act had begun was undone.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Index, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from domain.action import STAFF, SYSTEM, Act, Event, Look, query
from domain.base import Base, index_of, table
from domain.errors import Refusal


class AuditEvent(Base):
    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_act_id", "act_id"),
        Index("ix_audit_events_subject", "noun", "subject"),
        index_of("ix_audit_events_refused", "at", where="refusal IS NOT NULL"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    act_id: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    noun: Mapped[str]
    subject: Mapped[str]
    refusal: Mapped[str | None]
    details: Mapped[dict[str, Any]]


WRITE = insert(table(AuditEvent))


def write(act: Act, events: Iterable[tuple[Event, Refusal | None]]) -> None:
    rows = [
        {
            "act_id": act.id,
            "at": act.now,
            "actor": event.actor,
            "action": act.name,
            "noun": event.noun,
            "subject": event.subject,
            "refusal": refusal.key() if refusal else None,
            "details": event.details | (refusal.facts() if refusal else {}),
        }
        for event, refusal in events
    ]
    if rows:
        act.conn.execute(WRITE, rows)


@query(roles=STAFF | SYSTEM)
def trail(look: Look, noun: str, subject: str, limit: int = 50) -> list[Any]:
    """The latest events about one thing, newest first."""
    t = table(AuditEvent)
    found = select(t).where(t.c.noun == noun, t.c.subject == subject).order_by(t.c.id.desc()).limit(limit)
    return list(look.conn.execute(found))

"""Who did what to what, and what was refused and why. Written once, never changed.

One event for each thing acted on, in the transaction of the act; a refusal is written in a transaction of its own, after
whatever the act had begun was undone.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, mapped_column

from domain import sets
from domain.action import STAFF, SYSTEM, Act, Event, Look, query
from domain.base import Base, index_of, table
from domain.errors import Refusal


class AuditEvent(Base):
    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_act_id", "act_id"),
        Index("ix_audit_events_subject", "noun", "subject"),
        Index("ix_audit_events_actor", "actor", "id"),
        Index("ix_audit_events_action", "action", "id"),
        Index("ix_audit_events_at", "at"),
        index_of("ix_audit_events_refused", "id", where="refusal IS NOT NULL"),
        index_of("ix_audit_events_refused_at", "at", where="refusal IS NOT NULL"),
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


def write(act: Act, events: Iterable[tuple[Event, Refusal | None]]) -> None:
    new = [
        {
            "act_id": act.id,
            "at": act.now,
            "actor": event.actor,
            "action": act.name,
            "noun": event.noun,
            "subject": event.subject,
            "refusal": refusal.key() if refusal else None,
            "details": event.details | (_plain(refusal.facts()) if refusal else {}),
        }
        for event, refusal in events
    ]
    sets.insert(act.conn, table(AuditEvent), new)


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    """As JSON has them: a refusal's moments become text."""
    return {name: fact.isoformat() if isinstance(fact, datetime) else fact for name, fact in facts.items()}


PLACEMENT = ("campaign_targets", "escrow", "post_jobs")
"""The nouns that carry a placement's number."""


@query(roles=STAFF | SYSTEM)
def events(
    look: Look,
    *,
    who: str = "",
    act: str = "",
    about: str = "",
    refused: bool = False,
    since: datetime | None = None,
    before: int = 0,
    limit: int = 10,
) -> list[Any]:
    """A page of events, newest first: of one actor, of one action, about one thing, refusals only, not older than `since`.

    `about` is `noun:subject`; `placement:42` is the placement, its escrow and its job. `before` is the event where the page
    before ended.
    """
    t = table(AuditEvent)
    found = select(t)
    if who:
        found = found.where(t.c.actor == who)
    if act:
        found = found.where(t.c.action == act)
    if about:
        noun, _, subject = about.partition(":")
        found = found.where(t.c.noun.in_(PLACEMENT) if noun == "placement" else t.c.noun == noun)
        found = found.where(t.c.subject == subject)
    if refused:
        found = found.where(t.c.refusal.is_not(None))
    if since is not None:
        found = found.where(t.c.at >= since)
    if before:
        found = found.where(t.c.id < before)
    return list(look.conn.execute(found.order_by(t.c.id.desc()).limit(limit)))

"""The escrow's row and flow."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from domain import flow
from domain.base import Base, Member, index_of, one_of, table
from domain.money import MOST, XTR


class Status(StrEnum):
    held = "held"
    """Set aside; the outcome is not known, or the money may not move yet."""
    released = "released"
    """Paid to the publisher, less the fee."""
    refunded = "refunded"
    """Given back to the advertiser."""


FLOW = {
    Status.held: frozenset({Status.released, Status.refunded}),
    Status.released: frozenset[Status](),
    Status.refunded: frozenset[Status](),
}


class Escrow(Base):
    __tablename__ = "escrows"
    __table_args__ = (
        one_of("status", Status),
        CheckConstraint("id = campaign_target_id", name="number"),
        CheckConstraint(f"amount BETWEEN 1 AND {MOST}", name="amount"),
        CheckConstraint("(status = 'held') = (resolved_at IS NULL)", name="resolved"),
        index_of("ix_escrows_held", "created_at", where="status = 'held'"),
        index_of("ix_escrows_untallied", "resolved_at", where="resolved_at IS NOT NULL AND tallied_at IS NULL"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    campaign_target_id: Mapped[int] = mapped_column(ForeignKey("campaign_targets.id"), unique=True)
    status: Mapped[Status] = mapped_column(Member(Status), default=Status.held)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(default=XTR)
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    tallied_at: Mapped[datetime | None]
    """When, after it was resolved, its campaign was looked at: was it the last one?"""

    check_status = flow.follows(FLOW)


flow.guard(Escrow, FLOW, Status.held)

es = table(Escrow)

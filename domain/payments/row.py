"""The row of a deposit, and the steps of its status."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from domain import flow
from domain.base import Base, Member, index_of, one_of, table
from domain.money import MOST, XTR


class Status(StrEnum):
    invoiced = "invoiced"
    """An invoice was sent; nothing is paid."""
    received = "received"
    """Telegram took the money; it is owed to the user."""
    credited = "credited"
    """It is in the user's wallet."""
    reversed = "reversed"
    """It was taken back from outside."""


FLOW = {
    Status.invoiced: frozenset({Status.received}),
    Status.received: frozenset({Status.credited, Status.reversed}),
    Status.credited: frozenset({Status.reversed}),
    Status.reversed: frozenset[Status](),
}


class Deposit(Base):
    __tablename__ = "deposits"
    __table_args__ = (
        one_of("status", Status),
        CheckConstraint(f"amount BETWEEN 1 AND {MOST}", name="amount"),
        CheckConstraint("(status = 'invoiced') = (charge_id IS NULL)", name="charge"),
        CheckConstraint("(status = 'invoiced') = (received_at IS NULL)", name="received"),
        CheckConstraint("status <> 'credited' OR credited_at IS NOT NULL", name="credited"),
        index_of("ix_deposits_received", "id", where="status = 'received'"),
        CheckConstraint("status <> 'reversed' OR taken_back_at IS NOT NULL", name="reversed"),
        index_of("ix_deposits_taken_back", "id", where="taken_back_at IS NOT NULL AND status <> 'reversed'"),
        index_of("ix_deposits_unseen", "received_at", where="charge_id IS NOT NULL AND seen_at IS NULL"),
        Index("ix_deposits_user_id", "user_id", "id"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(default=XTR)
    status: Mapped[Status] = mapped_column(Member(Status))
    payload: Mapped[str] = mapped_column(unique=True)
    charge_id: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    credited_at: Mapped[datetime | None]
    taken_back_at: Mapped[datetime | None]
    """Telegram says that the Stars were taken back from outside."""
    seen_at: Mapped[datetime | None]
    """When we found it in Telegram's own book (`stars`)."""

    check_status = flow.follows(FLOW)


flow.guard(Deposit, FLOW, Status.invoiced, Status.received)


d = table(Deposit)
LOCK = select(d).where(d.c.id.in_(bindparam("ids", expanding=True))).order_by(d.c.id).with_for_update()

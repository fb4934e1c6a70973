"""The row of a withdrawal, its statuses and what may follow which. What was asked for never changes: who, how much, where to."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, bindparam, select, text
from sqlalchemy.orm import Mapped, mapped_column

from domain import flow
from domain.action import Act
from domain.base import Base, Member, index_of, one_of, table
from domain.errors import NotFound, OutOfRange, Refused
from domain.money import MOST, XTR

MOST_DESTINATION = 300
MOST_REFERENCE = 100


class Status(StrEnum):
    requested = "requested"
    """Asked for, and its amount set aside; an admin decides."""
    approved = "approved"
    """May be paid."""
    sending = "sending"
    """An admin is paying it, and nobody else is to."""
    uncertain = "uncertain"
    """Nobody can tell whether it was paid; it is looked into, and not paid again meanwhile."""
    paid = "paid"
    """It was paid outside; the provider's reference says so."""
    rejected = "rejected"
    """An admin said no; the amount went back."""
    cancelled = "cancelled"
    """Its person took it back."""
    returned = "returned"
    """It did not arrive, as others can check; the amount went back."""


FLOW = {
    Status.requested: frozenset({Status.approved, Status.rejected, Status.cancelled}),
    Status.approved: frozenset({Status.sending, Status.paid, Status.rejected}),
    Status.sending: frozenset({Status.paid, Status.uncertain, Status.returned}),
    Status.uncertain: frozenset({Status.paid, Status.returned}),
    Status.paid: frozenset[Status](),
    Status.rejected: frozenset[Status](),
    Status.cancelled: frozenset[Status](),
    Status.returned: frozenset[Status](),
}
OPEN = tuple(status for status, after in FLOW.items() if after)
"""Its money is set aside."""
IS_OPEN = "status IN ('requested', 'approved', 'sending', 'uncertain')"


class Withdrawal(Base):
    __tablename__ = "withdrawals"
    __table_args__ = (
        one_of("status", Status),
        CheckConstraint(f"amount BETWEEN 1 AND {MOST}", name="amount"),
        CheckConstraint(f"({IS_OPEN}) = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(status = 'paid') = (reference IS NOT NULL)", name="reference"),
        CheckConstraint("status NOT IN ('sending', 'uncertain', 'returned') OR sending_at IS NOT NULL", name="sending"),
        CheckConstraint(
            "status NOT IN ('approved', 'sending', 'uncertain', 'paid', 'returned') OR approved_at IS NOT NULL",
            name="approved",
        ),
        Index(
            "ix_withdrawals_running",
            "user_id",
            unique=True,
            postgresql_where=text(IS_OPEN),
            sqlite_where=text(IS_OPEN),
        ),
        Index("ix_withdrawals_reference", "reference", "currency", unique=True),
        Index("ix_withdrawals_user_id", "user_id", "id"),
        index_of("ix_withdrawals_open", "id", where=IS_OPEN),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(default=XTR)
    destination: Mapped[str]
    """Where and how it is to be paid, in its person's words."""
    status: Mapped[Status] = mapped_column(Member(Status), default=Status.requested)
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    """When it may be approved at the earliest: a person's first one waits."""
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    sending_by: Mapped[str | None]
    sending_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    reference: Mapped[str | None]
    """What the provider calls the payment; unique in its currency."""
    note: Mapped[str | None]
    """Why it was rejected, is uncertain or came back."""

    check_status = flow.follows(FLOW)


flow.guard(Withdrawal, FLOW, Status.requested)

x = table(Withdrawal)
LOCK = select(x).where(x.c.id == bindparam("id")).with_for_update()


def locked(act: Act, withdrawal_id: int) -> Withdrawal:
    """The withdrawal as it is, and nobody else's to change until the act is over. Refuses one that is not there."""
    row = act.conn.execute(LOCK, {"id": withdrawal_id}).one_or_none()
    if row is None:
        raise Refused(NotFound("withdrawals"))
    return Withdrawal(**row._mapping)


def check_words(what: str, words: str, most: int) -> str:
    """Stripped, and between 1 and `most` characters."""
    words = words.strip()
    if not 1 <= len(words) <= most:
        raise Refused(OutOfRange(what, 1, most))
    return words

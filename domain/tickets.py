"""A ticket is what a person says is wrong. It is told to the staff, and closed by an admin with a statement from the ledger.

The statement is made in the closing transaction: what the wallet says, what its entries sum to, and how far they go. Where the
two differ the ticket stays open: first the books are mended. Whoever it is about is told how it was closed, with the statement.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, mapped_column

from domain import flow, notices, wallets
from domain.action import ADMINS, ANYONE, STAFF, SYSTEM, Act, Look, action, query
from domain.base import Base, Member, index_of, one_of, table
from domain.errors import NotFound, OutOfRange, Refusal, Refused, WrongState
from domain.ledger import LedgerEntry
from domain.users import User

MOST_WORDS = 1000
MOST_OPEN = 5
"""So many open tickets one person may have written; the staff may open more for them."""


class Status(StrEnum):
    open = "open"
    """Somebody of the staff has to look."""
    closed = "closed"
    """Answered, with evidence and a statement."""


FLOW = {Status.open: frozenset({Status.closed}), Status.closed: frozenset[Status]()}


class Ticket(Base):
    __tablename__ = "tickets"
    __table_args__ = (
        one_of("status", Status),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closer"),
        CheckConstraint("(closed_at IS NULL) = (evidence IS NULL)", name="evidence"),
        CheckConstraint("(closed_at IS NULL) = (statement IS NULL)", name="statement"),
        index_of("ix_tickets_open", "id", where="status = 'open'"),
        Index("ix_tickets_user_id", "user_id", "id"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    """Whose wallet it is about, and who is told how it was closed."""
    words: Mapped[str]
    status: Mapped[Status] = mapped_column(Member(Status), default=Status.open)
    opened_by: Mapped[str]
    created_at: Mapped[datetime]
    closed_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    evidence: Mapped[str | None]
    statement: Mapped[dict[str, Any] | None]
    """The wallet, its balance, the sum and the number of its entries, and the newest of them."""

    check_status = flow.follows(FLOW)


flow.guard(Ticket, FLOW, Status.open)

k, e, u, w = table(Ticket), table(LedgerEntry), table(User), table(wallets.Wallet)


@dataclass(frozen=True)
class TooManyTickets(Refusal):
    """So many of one's tickets are open already."""

    most: int


@dataclass(frozen=True)
class BalanceDiffers(Refusal):
    """The wallet does not say what its entries sum to, so the ticket cannot be closed yet."""

    wallet: str
    balance: int
    entries: int


@action("tickets.report", roles=ANYONE, gates=())
def report(act: Act, words: str) -> Ticket:
    """Somebody says what is wrong, in 1 to 1,000 characters. The staff is told."""
    user_id = act.actor.user_id
    assert user_id is not None
    many = select(func.count()).where(
        k.c.user_id == user_id, k.c.status == Status.open, k.c.opened_by == act.actor.name
    )
    if act.conn.execute(many).scalar_one() >= MOST_OPEN:
        raise Refused(TooManyTickets(MOST_OPEN))
    return _open(act, user_id, words)


@action("tickets.open", roles=STAFF | SYSTEM, gates=())
def open_(act: Act, user_id: int, words: str) -> Ticket:
    """The same for somebody who told the staff elsewhere. They must have met the bot."""
    return _open(act, user_id, words)


def _open(act: Act, user_id: int, words: str) -> Ticket:
    words = words.strip()
    if not 1 <= len(words) <= MOST_WORDS:
        raise Refused(OutOfRange("report", 1, MOST_WORDS))
    user = act.session.get(User, user_id)
    if user is None:
        raise Refused(NotFound("users"))
    ticket = Ticket(user_id=user_id, words=words, opened_by=act.actor.name, created_at=act.now, status=Status.open)
    act.session.add(ticket)
    act.session.flush()
    notices.owe_staff(act, "ticket", ticket.id, {"from": user_id, "name": user.name, "text": words})
    act.record("tickets", ticket.id, user=user_id, words=words)
    return ticket


@action("tickets.close", roles=ADMINS, gates=())
def close(act: Act, ticket_id: int, evidence: str) -> Ticket:
    """Answers a ticket: with what others can check, and a statement of the person's wallet.

    Asked again with the same evidence, the first answer; with other evidence, which nobody would be told, it is refused. So it is
    while the wallet's balance is not the sum of its entries.
    """
    evidence = evidence.strip()
    if not 1 <= len(evidence) <= MOST_WORDS:
        raise Refused(OutOfRange("report", 1, MOST_WORDS))
    ticket = act.session.scalars(select(Ticket).where(Ticket.id == ticket_id).with_for_update()).one_or_none()
    if ticket is None:
        raise Refused(NotFound("tickets"))
    if ticket.status == Status.closed and ticket.evidence == evidence:
        return ticket
    if ticket.status == Status.closed:
        raise Refused(WrongState("tickets", ticket.status))
    found = stated(act, wallets.user(ticket.user_id))
    if found["balance"] != found["entries"]:
        raise Refused(BalanceDiffers(found["wallet"], found["balance"], found["entries"]))
    ticket.status, ticket.closed_by, ticket.closed_at = Status.closed, act.actor.name, act.now
    ticket.evidence, ticket.statement = evidence, found
    act.session.flush()
    told = {"evidence": evidence} | found
    notices.owe(act, [(ticket.user_id, "ticket-closed", ticket.id, told)])
    act.record("tickets", ticket.id, status=Status.closed, evidence=evidence, statement=found)
    return ticket


def stated(look: Look, wallet: str) -> dict[str, Any]:
    """What a wallet says and what its entries say; in minor units."""
    balance = look.conn.execute(select(w.c.balance).where(w.c.id == wallet)).scalar() or 0
    sums = select(
        func.coalesce(func.sum(e.c.amount), 0).label("total"),
        func.count().label("many"),
        func.max(e.c.id).label("last"),
    ).where(e.c.wallet_id == wallet)
    row = look.conn.execute(sums).one()
    return {"wallet": wallet, "balance": balance, "entries": int(row.total), "many": row.many, "newest": row.last}


@query(roles=STAFF | SYSTEM)
def get(look: Look, ticket_id: int) -> Ticket | None:
    row = look.conn.execute(select(k).where(k.c.id == ticket_id)).one_or_none()
    return None if row is None else Ticket(**row._mapping)


@query(roles=STAFF | SYSTEM)
def listed(look: Look, offset: int = 0, limit: int = 10, *, closed: bool = False) -> list[Any]:
    """A page of tickets, each with its person's name: those that are open, the oldest first; or the closed, newest first."""
    status, order = (Status.closed, k.c.id.desc()) if closed else (Status.open, k.c.id)
    found = select(k, u.c.name).join(u, u.c.id == k.c.user_id).where(k.c.status == status)
    return list(look.conn.execute(found.order_by(order).offset(offset).limit(limit)))


@query(roles=STAFF | SYSTEM)
def counted(look: Look, *, closed: bool = False) -> int:
    """How many there are of them."""
    status = Status.closed if closed else Status.open
    return look.conn.execute(select(func.count()).where(k.c.status == status)).scalar_one()


@query(roles=STAFF | SYSTEM)
def statement(look: Look, user_id: int) -> dict[str, Any]:
    """What closing a ticket of this user would state now."""
    return stated(look, wallets.user(user_id))

"""Money moves by inserting a Transfer, and in no other way.

A trigger (`storage/guards.py`) writes both entries and both balances, so no code of ours ever writes an entry or a balance.
Transfers and entries are never changed: a correction is a new transfer. A transfer's key is its business fact
(`escrow:42:payout`) and unique, so the same fact cannot happen twice; it names its act, and so its audit events and its actor,
and it carries the greatest flip its act has read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from domain import sets
from domain.action import ANYONE, STAFF, SYSTEM, Act, Actor, Look, Switch, query
from domain.base import Base, Member, index_of, one_of, table
from domain.money import MOST, check_amount
from domain.wallets import Kind, Wallet


class Reason(StrEnum):
    deposit = "deposit"
    """External to user: money came in."""
    escrow_hold = "escrow_hold"
    """User to escrow: a placement was booked."""
    payout = "payout"
    """Escrow to publisher: it was served."""
    fee = "fee"
    """Escrow to the house, beside the payout."""
    rebate = "rebate"
    """Escrow to advertiser: the part that was not served, beside the payout."""
    refund = "refund"
    """Escrow to advertiser: it was not served."""
    withdrawal_hold = "withdrawal_hold"
    """User to withdrawal: reserved."""
    withdrawal = "withdrawal"
    """Withdrawal to external: paid out."""
    withdrawal_return = "withdrawal_return"
    """Withdrawal to user: not paid out after all."""
    adjustment = "adjustment"
    """A correction by admins, with evidence."""
    loss = "loss"
    """From losses: what the house made good."""


GATES: dict[Reason, tuple[Switch, ...]] = dict.fromkeys(Reason, (Switch.money_movement,)) | {
    Reason.escrow_hold: (Switch.new_escrows, Switch.money_movement),
    Reason.payout: (Switch.payouts, Switch.money_movement),
    Reason.fee: (Switch.payouts, Switch.money_movement),
    Reason.rebate: (Switch.payouts, Switch.money_movement),
    Reason.withdrawal: (Switch.withdrawals, Switch.money_movement),
}
"""What must be ENABLED for a transfer of each reason. Actions gate on it and the guards that ask again are made from it."""
MOVERS: dict[Reason, tuple[str, ...]] = {
    Reason.deposit: ("payments.credit",),
    Reason.escrow_hold: ("escrow.hold", "escrow.retry_as_new", "proposals.accept_price"),
    Reason.payout: ("escrow.release",),
    Reason.fee: ("escrow.release",),
    Reason.rebate: ("escrow.release",),
    Reason.refund: ("escrow.refund",),
    Reason.withdrawal_hold: ("withdrawals.request",),
    Reason.withdrawal: ("withdrawals.pay",),
    Reason.withdrawal_return: ("withdrawals.reject", "withdrawals.cancel", "withdrawals.give_back"),
    Reason.adjustment: ("books.adjust", "payments.reverse"),
    Reason.loss: ("payments.reverse",),
}
"""The actions that move money for each reason: `transfer` takes it from no other, and the books look for their audit events."""
ADJUSTABLE = (Kind.user, Kind.fees, Kind.suspense, Kind.losses, Kind.external)
"""Money set aside for a placement or a withdrawal moves only with it."""
SIDES: dict[Reason, tuple[tuple[Kind, ...], tuple[Kind, ...]]] = {
    Reason.deposit: ((Kind.external,), (Kind.user,)),
    Reason.escrow_hold: ((Kind.user,), (Kind.escrow,)),
    Reason.payout: ((Kind.escrow,), (Kind.user,)),
    Reason.fee: ((Kind.escrow,), (Kind.fees,)),
    Reason.rebate: ((Kind.escrow,), (Kind.user,)),
    Reason.refund: ((Kind.escrow,), (Kind.user,)),
    Reason.withdrawal_hold: ((Kind.user,), (Kind.withdrawal,)),
    Reason.withdrawal: ((Kind.withdrawal,), (Kind.external,)),
    Reason.withdrawal_return: ((Kind.withdrawal,), (Kind.user,)),
    Reason.adjustment: (ADJUSTABLE, ADJUSTABLE),
    Reason.loss: ((Kind.losses,), (Kind.external,)),
}
"""From which kinds of wallet to which a transfer of each reason goes; the guards refuse any other."""


class Transfer(Base):
    __tablename__ = "transfers"
    __table_args__ = (
        one_of("reason", Reason),
        CheckConstraint(f"amount BETWEEN 1 AND {MOST}", name="amount"),
        CheckConstraint("source_id <> destination_id", name="two_wallets"),
        Index("ix_transfers_act_id", "act_id"),
        Index("ix_transfers_reference_id", "reference_id", "reason"),
        index_of("ix_transfers_payout", "destination_id", "at", where="reason = 'payout'"),
        Index("ix_transfers_at", "at", postgresql_using="brin"),
        Base.__table_args__,
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("wallets.id"))
    destination_id: Mapped[str] = mapped_column(ForeignKey("wallets.id"))
    amount: Mapped[int]
    reason: Mapped[Reason] = mapped_column(Member(Reason))
    reference_id: Mapped[int | None]
    epoch: Mapped[int]
    actor: Mapped[str]
    act_id: Mapped[str]
    at: Mapped[datetime]


class LedgerEntry(Base):
    __tablename__ = "ledger_entries"
    __table_args__ = (
        one_of("reason", Reason),
        Index("ix_ledger_entries_wallet_id", "wallet_id", "id"),
        UniqueConstraint("transfer_key", "wallet_id"),
        Index("ix_ledger_entries_reference_id", "reference_id", "reason"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_key: Mapped[str] = mapped_column(ForeignKey("transfers.key"))
    wallet_id: Mapped[str] = mapped_column(ForeignKey("wallets.id"))
    amount: Mapped[int]
    reason: Mapped[Reason] = mapped_column(Member(Reason))
    reference_id: Mapped[int | None]


@dataclass(frozen=True)
class Movement:
    """A transfer to be made: from, to, a positive amount in minor units, why, and the business fact that makes it unique."""

    key: str
    source: str
    destination: str
    amount: int
    reason: Reason
    reference_id: int | None = None
    actor: Actor | None = None
    """Who asked for it, where an act may have several askers."""


t, e, w = table(Transfer), table(LedgerEntry), table(Wallet)
IS_OWN = ((e.c.wallet_id == t.c.source_id) & (e.c.amount == -t.c.amount)) | (
    (e.c.wallet_id == t.c.destination_id) & (e.c.amount == t.c.amount)
)
"""The entry is one of the two that its transfer says; what anybody else wrote moves nothing and earns nothing."""


def transfer(act: Act, movements: Iterable[Movement]) -> None:
    """Moves money. The caller holds the wallets' locks; a key that exists already breaks the whole transaction."""
    movements = list(movements)
    assert all(act.name in MOVERS[move.reason] for move in movements), act.name
    new: list[sets.Row] = [
        {
            "key": move.key,
            "source_id": move.source,
            "destination_id": move.destination,
            "amount": check_amount(move.amount),
            "reason": move.reason,
            "reference_id": move.reference_id,
            "epoch": act.epoch,
            "actor": (move.actor or act.actor).name,
            "act_id": act.id,
            "at": act.now,
        }
        for move in movements
    ]
    sets.insert(act.conn, t, new)
    act.moved += [(row["reason"], row["amount"]) for row in new]


@query(roles=ANYONE | STAFF | SYSTEM)
def statement(look: Look, wallet_id: str, limit: int = 8, before: int | None = None) -> list[Any]:
    """The entries of a wallet, newest first: id, amount, reason, reference_id, at, and the balance after each.

    Counted downwards from the wallet's balance, past what is newer than the page, so that a page costs the same however many
    entries lie below it. That the balance is the sum of all of them is taken for granted here: `books.check_books` proves it.
    """
    entries = select(e).where(e.c.wallet_id == wallet_id)
    top: ColumnElement[int] = select(w.c.balance).where(w.c.id == wallet_id).scalar_subquery()
    if before is not None:
        newer = select(func.coalesce(func.sum(e.c.amount), 0)).where(e.c.wallet_id == wallet_id, e.c.id >= before)
        entries, top = entries.where(e.c.id < before), top - newer.scalar_subquery()
    page = entries.order_by(e.c.id.desc()).limit(limit).subquery()
    above = func.sum(page.c.amount).over(order_by=page.c.id.desc(), rows=(None, -1))
    after = (top - func.coalesce(above, 0)).label("balance_after")
    found = select(page, after, t.c.at).join(t, t.c.key == page.c.transfer_key).order_by(page.c.id.desc())
    return list(look.conn.execute(found))


@query(roles=STAFF | SYSTEM)
def standing(look: Look, wallet_id: str) -> tuple[int, int] | None:
    """The balance of a wallet, in minor units, and how many entries it has; None where there is no such wallet."""
    many = select(func.count()).where(e.c.wallet_id == w.c.id).scalar_subquery()
    row = look.conn.execute(select(w.c.balance, many.label("many")).where(w.c.id == wallet_id)).one_or_none()
    return None if row is None else (row.balance, row.many)

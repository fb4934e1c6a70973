"""A deposit is money on its way in. What Telegram took is recorded before anything else can refuse it, and credited once.

An invoice is a stored deposit; the pre-checkout is compared with it (user, amount, currency, not yet paid). Only a successful
payment makes it `received`, once per charge id, whatever the switches say; crediting is the transfer, gated like all
transfers, and is repeated by the settlement until it may happen. Amounts are Stars: minor units of XTR.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column

from domain import flow, ledger, notices, wallets
from domain.action import (
    PEOPLE,
    SYSTEM,
    Act,
    Asked,
    Look,
    Outcomes,
    Switch,
    action,
    in_order,
    query,
    set_action,
)
from domain.base import Base, Member, index_of, one_of, table
from domain.errors import NotFound, OutOfRange, Refusal, Refused, WrongState
from domain.ledger import GATES, Movement, Reason, Transfer
from domain.money import MOST, XTR, BadAmount, check_amount
from domain.users import User
from domain.wallets import Kind

MOST_STARS = 100_000
"""The most that one invoice may ask for. (Telegram's own limit for a Stars price.)"""


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


@dataclass(frozen=True)
class BadDeposit(Refusal):
    """Not an amount that can be deposited."""

    least: int
    most: int


@dataclass(frozen=True)
class ChargeMismatch(Refusal):
    """The same charge was reported before with other facts. Nothing is credited twice."""

    charge_id: str


@dataclass(frozen=True)
class InvoiceMismatch(Refusal):
    """The checkout is not what was invoiced, or is paid already."""


d, u, t = table(Deposit), table(User), table(Transfer)
LOCK = select(d).where(d.c.id.in_(bindparam("ids", expanding=True))).order_by(d.c.id).with_for_update()
REVERSED = flow.move(Deposit, Status.reversed, FLOW)
CREDITED = flow.move(Deposit, Status.credited, FLOW, credited_at=bindparam("now"))
LOST = select(t.c.key, t.c.amount).where(t.c.key.in_(bindparam("keys", expanding=True)))
MOVED = select(t.c.key).where(t.c.key.in_(bindparam("keys", expanding=True)))


def check_stars(amount: object) -> int:
    try:
        minor = check_amount(amount)
    except BadAmount:
        raise Refused(BadDeposit(1, MOST_STARS)) from None
    if minor > MOST_STARS:
        raise Refused(BadDeposit(1, MOST_STARS))
    return minor


@action("payments.invoice", roles=PEOPLE, gates=())
def invoice(act: Act, amount: int) -> Deposit:
    """A deposit to be paid: 1 to 100,000 Stars. Its payload is what Telegram will bring back."""
    deposit = Deposit(
        user_id=act.actor.user_id,
        amount=check_stars(amount),
        currency=XTR,
        status=Status.invoiced,
        payload=f"deposit:{secrets.token_urlsafe(16)}",
        created_at=act.now,
    )
    act.session.add(deposit)
    act.session.flush()
    act.record("payments", deposit.id, amount=amount)
    return deposit


@action("payments.check_out", roles=PEOPLE, gates=(Switch.money_movement,))
def check_out(act: Act, payload: str, amount: int, currency: str) -> Deposit:
    """May this invoice be paid now, by this user, with this amount? Asked by Telegram right before it takes the money."""
    deposit = act.session.scalars(select(Deposit).where(Deposit.payload == payload)).one_or_none()
    wanted = None if deposit is None else (deposit.user_id, deposit.amount, deposit.currency, deposit.status)
    if deposit is None or wanted != (act.actor.user_id, amount, currency, Status.invoiced):
        raise Refused(InvoiceMismatch())
    act.record("payments", deposit.id)
    return deposit


@action("payments.receive", roles=SYSTEM, gates=())
def receive(act: Act, user_id: int, amount: int, currency: str, charge_id: str, payload: str | None = None) -> Deposit:
    """Records what Telegram took. Same charge, same facts: the same deposit, nothing new; other facts: refused.

    Money that no invoice of ours explains is recorded all the same, under its charge id.
    """
    try:
        check_amount(amount)
    except BadAmount:
        raise Refused(OutOfRange("amount", 1, MOST)) from None
    if currency != XTR:
        raise Refused(ChargeMismatch(charge_id))
    deposit = act.session.scalars(select(Deposit).where(Deposit.charge_id == charge_id).with_for_update()).one_or_none()
    if deposit is not None:
        if (deposit.user_id, deposit.amount, deposit.currency) != (user_id, amount, currency):
            raise Refused(ChargeMismatch(charge_id))
        return deposit
    invoiced = select(Deposit).where(Deposit.payload == payload, Deposit.status == Status.invoiced).with_for_update()
    deposit = act.session.scalars(invoiced).one_or_none() if payload else None
    if deposit is None:
        deposit = Deposit(
            status=Status.received,
            payload=f"charge:{charge_id}",
            charge_id=charge_id,
            created_at=act.now,
            received_at=act.now,
        )
        act.session.add(deposit)
    deposit.user_id, deposit.amount, deposit.currency = user_id, amount, currency
    deposit.status, deposit.charge_id, deposit.received_at = Status.received, charge_id, act.now
    act.session.flush()
    act.record("payments", deposit.id, charge_id=charge_id, amount=amount, user_id=user_id)
    return deposit


@set_action("payments.credit", roles=SYSTEM, gates=GATES[Reason.deposit])
def credit(act: Act, asked: Asked[int]) -> Outcomes[int, int]:
    """Puts what was received into its owner's wallet; answers the amounts. A credited one is answered and left alone.

    Refuses what was taken back, and what says that it was not credited although its transfer is there: forged, it is the books'
    to tell of, and holds up no other.
    """
    rows = {row.id: row for row in act.conn.execute(LOCK, {"ids": list(asked)})}
    due = [row for row in rows.values() if row.status == Status.received and row.taken_back_at is None]
    moved = set(act.conn.scalars(MOVED, {"keys": [f"deposit:{row.charge_id}" for row in due]})) if due else set()
    forged = {row.id for row in due if row.credited_at is not None or f"deposit:{row.charge_id}" in moved}
    due = [row for row in due if row.id not in forged]
    came: Outcomes[int, int] = Outcomes()
    for item in asked:
        row = rows.get(item)
        if row is None:
            came[item] = NotFound("payments")
        elif item in forged:
            came[item] = WrongState("payments", row.status)
        elif row.status in (Status.received, Status.credited) and row.taken_back_at is None:
            came[item] = row.amount
        else:
            came[item] = WrongState("payments", row.status)
    if due:
        wallets.open_(act, [wallets.user(row.user_id) for row in due])
        outside = wallets.house(Kind.external)
        wallets.lock(act, [outside, *(wallets.user(row.user_id) for row in due)])
        credited = act.conn.execute(CREDITED, {"ids": [row.id for row in due], "now": act.now})
        assert credited.rowcount == len(due)
        ledger.transfer(
            act,
            [
                Movement(
                    f"deposit:{r.charge_id}",
                    outside,
                    wallets.user(r.user_id),
                    r.amount,
                    Reason.deposit,
                    r.id,
                    asked[r.id],
                )
                for r in due
            ],
        )
        notices.owe(act, [(r.user_id, "deposit-credited", r.id, {"amount": r.amount}) for r in due])
        for r in due:
            act.record("payments", r.id, asked[r.id], amount=r.amount)
    return came


BLOCK = update(u).where(u.c.id == bindparam("user"), u.c.blocked_at.is_(None)).values(blocked_at=bindparam("now"))


@action("payments.take_back", roles=SYSTEM, gates=())
def take_back(act: Act, charge_id: str) -> Deposit | None:
    """Records that a payment was taken back from outside, and blocks its user; the money follows. Unknown charge: None."""
    deposit = act.session.scalars(select(Deposit).where(Deposit.charge_id == charge_id).with_for_update()).one_or_none()
    if deposit is None or deposit.taken_back_at is not None:
        return deposit
    deposit.taken_back_at = act.now
    act.session.flush()
    act.session.execute(BLOCK, {"user": deposit.user_id, "now": act.now})
    notices.owe_admins(act, "taken-back", deposit.id, {"user": deposit.user_id, "amount": deposit.amount})
    act.record("payments", deposit.id, charge_id=charge_id)
    act.record("users", deposit.user_id, blocked="Stars taken back from outside")
    return deposit


@set_action("payments.reverse", roles=SYSTEM, gates=GATES[Reason.loss])
def reverse(act: Act, asked: Asked[int]) -> Outcomes[int, int]:
    """Takes what is still in the user's wallet; the house makes good the rest. Answers what the house lost, in minor units.

    Asked again, what it lost then.
    """
    rows = {row.id: row for row in act.conn.execute(LOCK, {"ids": in_order(asked)})}
    outside, losses = wallets.house(Kind.external), wallets.house(Kind.losses)
    mine = {wallets.user(row.user_id) for row in rows.values()}
    balances = wallets.lock(act, [outside, losses, *mine])
    lost_keys = [f"deposit:{row.charge_id}:loss" for row in rows.values() if row.status == Status.reversed]
    before = {row.key: row.amount for row in act.conn.execute(LOST, {"keys": lost_keys})} if lost_keys else {}
    came: Outcomes[int, int] = Outcomes()
    moves: list[Movement] = []
    done: list[int] = []
    for item in asked:
        row = rows.get(item)
        if row is None:
            came[item] = NotFound("payments")
            continue
        if row.status == Status.reversed:
            came[item] = before.get(f"deposit:{row.charge_id}:loss", 0)
            continue
        if row.taken_back_at is None:
            came[item] = WrongState("payments", row.status)
            continue
        source, base, by = wallets.user(row.user_id), f"deposit:{row.charge_id}", asked[item]
        owed = row.amount if row.status == Status.credited else 0
        there = min(owed, balances.get(source, 0))
        balances[source] = balances.get(source, 0) - there
        if there:
            moves.append(Movement(f"{base}:back", source, outside, there, Reason.adjustment, row.id, by))
        if owed - there:
            moves.append(Movement(f"{base}:loss", losses, outside, owed - there, Reason.loss, row.id, by))
        came[item] = owed - there
        done.append(item)
        act.record("payments", item, by, back=there, loss=owed - there)
    if done:
        reversed_ = act.conn.execute(REVERSED, {"ids": done})
        assert reversed_.rowcount == len(done)
        ledger.transfer(act, moves)
    return came


@query(roles=SYSTEM)
def to_reverse(look: Look, limit: int = 200) -> list[int]:
    """Deposits taken back and not reversed yet, oldest first."""
    due = (
        select(d.c.id)
        .where(d.c.taken_back_at.is_not(None), d.c.status != Status.reversed)
        .order_by(d.c.id)
        .limit(limit)
    )
    return list(look.conn.scalars(due))


@query(roles=SYSTEM)
def to_credit(look: Look, limit: int = 200) -> list[int]:
    """Deposits received and not credited yet, oldest first."""
    waits = d.c.status == Status.received, d.c.taken_back_at.is_(None), d.c.credited_at.is_(None)
    return list(look.conn.scalars(select(d.c.id).where(*waits).order_by(d.c.id).limit(limit)))

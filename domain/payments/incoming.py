"""Money on its way in: invoiced, checked out, received whatever the switches say, and credited when it may move."""

import secrets
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from domain import flow, ledger, notices, wallets
from domain.action import PEOPLE, SYSTEM, Act, Asked, Look, Outcomes, Switch, action, query, set_action
from domain.errors import NotFound, OutOfRange, Refusal, Refused, WrongState
from domain.ledger import GATES, Movement, Reason, t
from domain.money import MOST, XTR, BadAmount, check_amount
from domain.payments.row import FLOW, LOCK, Deposit, Status, d
from domain.wallets import Kind

MOST_STARS = 100_000
"""The most that one invoice may ask for. (Telegram's own limit for a Stars price.)"""


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


CREDITED = flow.move(Deposit, Status.credited, FLOW, credited_at=bindparam("now"))
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

    Money that no invoice of ours explains is recorded all the same, under its charge id; whichever invoice is named for it later
    explains it no more.
    """
    try:
        check_amount(amount)
    except BadAmount:
        raise Refused(OutOfRange("amount", 1, MOST)) from None
    if currency != XTR:
        raise Refused(ChargeMismatch(charge_id))
    deposit = act.session.scalars(select(Deposit).where(Deposit.charge_id == charge_id).with_for_update()).one_or_none()
    if deposit is not None:
        is_another = payload and deposit.payload not in (payload, f"charge:{charge_id}")
        if is_another or (deposit.user_id, deposit.amount, deposit.currency) != (user_id, amount, currency):
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


@query(roles=SYSTEM)
def to_credit(look: Look, limit: int = 200) -> list[int]:
    """Deposits received and not credited yet, oldest first."""
    waits = d.c.status == Status.received, d.c.taken_back_at.is_(None), d.c.credited_at.is_(None)
    return list(look.conn.scalars(select(d.c.id).where(*waits).order_by(d.c.id).limit(limit)))

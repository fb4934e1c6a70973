"""Asking for money, and taking the request back while nobody has decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select

from domain import notices, wallets
from domain.action import ANYONE, PEOPLE, Act, Look, action, query
from domain.earnings import earnings
from domain.errors import NotFound, Refusal, Refused, WrongState
from domain.ledger import GATES, Reason
from domain.money import XTR, BadAmount, check_amount
from domain.users import User
from domain.withdrawals import moving
from domain.withdrawals.row import MOST_DESTINATION, OPEN, Status, Withdrawal, check_words, locked, x

RUNNING = select(x).where(x.c.user_id == bindparam("user"), x.c.status.in_(OPEN))
EVER_PAID = select(x.c.id).where(x.c.user_id == bindparam("user"), x.c.status == Status.paid).limit(1)
NAME = select(User.name).where(User.id == bindparam("user"))
ASK = insert(x).returning(x.c.id)


@dataclass(frozen=True)
class TooLittle(Refusal):
    """Less than is worth paying by hand, or no amount at all."""

    least: int


@dataclass(frozen=True)
class NotEarned(Refusal):
    """More than has been earned, has matured and is still there."""

    asked: int
    available: int


@dataclass(frozen=True)
class AlreadyWithdrawing(Refusal):
    """One at a time: another one is open."""

    id: int


@dataclass(frozen=True)
class Offer:
    """What somebody may ask for now. Amounts are minor units."""

    balance: int
    available: int
    least: int
    running: int | None
    """Their withdrawal that is open."""
    not_before: datetime
    """When one that is asked for now may be approved at the earliest."""


@query(roles=ANYONE)
def offer(look: Look) -> Offer:
    """One's own."""
    user_id = look.actor.user_id
    assert user_id is not None
    running = look.conn.execute(RUNNING, {"user": user_id}).one_or_none()
    return _offer(look, user_id, None if running is None else running.id)


def _offer(look: Look, user_id: int, running: int | None) -> Offer:
    earned = earnings(look, user_id)
    is_first = look.conn.execute(EVER_PAID, {"user": user_id}).one_or_none() is None
    not_before = look.now + look.terms.first_withdrawal if is_first else look.now
    return Offer(earned.balance, earned.available, look.terms.withdrawal_least, running, not_before)


def check_asked(may: Offer, amount: object) -> int:
    """The amount, if it may be asked for."""
    if may.running is not None:
        raise Refused(AlreadyWithdrawing(may.running))
    try:
        minor = check_amount(amount)
    except BadAmount:
        raise Refused(TooLittle(may.least)) from None
    if minor < may.least:
        raise Refused(TooLittle(may.least))
    if minor > may.available:
        raise Refused(NotEarned(minor, may.available))
    return minor


def check_destination(words: str) -> str:
    return check_words("destination", words, MOST_DESTINATION)


@action("withdrawals.request", roles=PEOPLE, gates=GATES[Reason.withdrawal_hold])
def request(act: Act, amount: int, destination: str) -> Withdrawal:
    """Sets aside what was earned, to be paid as `destination` says (1 to 300 characters); the staff is told.

    Refuses less than the terms' least, more than has matured and is there, and a second one beside one that is open; the same
    asked again while it is open is the same withdrawal.
    """
    user_id = act.actor.user_id
    assert user_id is not None
    destination = check_destination(destination)
    wallets.lock(act, [wallets.user(user_id)])
    running = act.conn.execute(RUNNING, {"user": user_id}).one_or_none()
    if running is not None and (running.amount, running.destination) == (amount, destination):
        return Withdrawal(**running._mapping)
    may = _offer(act, user_id, None if running is None else running.id)
    facts: dict[str, Any] = {
        "user_id": user_id,
        "amount": check_asked(may, amount),
        "currency": XTR,
        "destination": destination,
        "status": Status.requested,
        "created_at": act.now,
        "not_before": may.not_before,
    }
    row = Withdrawal(id=act.conn.execute(ASK, facts).scalar_one(), **facts)
    moving.hold(act, row)
    name = act.conn.execute(NAME, {"user": user_id}).scalar_one()
    notices.owe_staff(act, "withdrawal", row.id, {"user": user_id, "name": name, "amount": amount})
    act.record("withdrawals", row.id, status=Status.requested, amount=amount)
    return row


@action("withdrawals.cancel", roles=ANYONE, gates=GATES[Reason.withdrawal_return])
def cancel(act: Act, withdrawal_id: int) -> Withdrawal:
    """Takes one's own back while nobody has decided about it. Cancelled again, it is answered again."""
    row = locked(act, withdrawal_id)
    if not act.actor.is_user(row.user_id):
        raise Refused(NotFound("withdrawals"))
    if row.status == Status.cancelled:
        return row
    if row.status != Status.requested:
        raise Refused(WrongState("withdrawals", row.status))
    return moving.back(act, row, Status.cancelled, None)

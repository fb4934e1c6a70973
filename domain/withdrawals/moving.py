"""The three transfers of a withdrawal: its amount is set aside, paid out, or given back; each at most once, by its key.

What may be paid may be on its way already. So that it goes back then takes what paying takes: it is not said by whoever is to be
paid, nor beside whoever is paying, and above the terms' limit a second admin signs.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam

from domain import countersigns, flow, ledger, notices, wallets
from domain.action import Act
from domain.errors import Refusal, Refused, WrongState
from domain.ledger import Movement, Reason
from domain.users import check_reason
from domain.wallets import Kind
from domain.withdrawals.row import FLOW, Status, Withdrawal, locked

GIVEN_BACK = {
    status: flow.move(
        Withdrawal, status, FLOW, ended_by=bindparam("by"), ended_at=bindparam("now"), note=bindparam("note")
    )
    for status in (Status.rejected, Status.cancelled, Status.returned)
}
PAID = flow.move(
    Withdrawal,
    Status.paid,
    FLOW,
    ended_by=bindparam("by"),
    ended_at=bindparam("now"),
    reference=bindparam("reference"),
)


@dataclass(frozen=True)
class OwnWithdrawal(Refusal):
    """Whoever is to be paid does not sign that they are, nor say that what may be paid already goes back."""


@dataclass(frozen=True)
class BeingPaid(Refusal):
    """Another admin is paying it, and says what came of it; or it is made *uncertain* first."""

    by: str


def check_payer(act: Act, row: Withdrawal) -> None:
    """While it is being paid only the one who pays says what came of it."""
    if row.status == Status.sending and row.sending_by != act.actor.name:
        raise Refused(BeingPaid(row.sending_by or ""))


def hold(act: Act, row: Withdrawal) -> None:
    """Person to withdrawal. The caller holds the lock of the person's wallet."""
    source, wallet = wallets.user(row.user_id, row.currency), wallets.withdrawal(row.id)
    wallets.open_(act, [wallet], row.currency)
    move = Movement(f"{wallet}:hold", source, wallet, row.amount, Reason.withdrawal_hold, row.id)
    ledger.transfer(act, [move])


def lock_out(act: Act, row: Withdrawal) -> None:
    """Locks what paying out touches. Whoever pays waits here for whoever pays, and so reads which references are taken."""
    wallets.lock(act, [wallets.house(Kind.external, row.currency), wallets.withdrawal(row.id)])


def out(act: Act, row: Withdrawal, reference: str) -> Withdrawal:
    """Withdrawal to the world outside; it is paid."""
    given = {"ids": [row.id], "by": act.actor.name, "now": act.now, "reference": reference}
    moved = act.conn.execute(PAID, given)
    assert moved.rowcount == 1
    wallet, outside = wallets.withdrawal(row.id), wallets.house(Kind.external, row.currency)
    ledger.transfer(act, [Movement(f"{wallet}:paid", wallet, outside, row.amount, Reason.withdrawal, row.id)])
    row.status, row.ended_by, row.ended_at, row.reference = Status.paid, act.actor.name, act.now, reference
    return row


def back_for(act: Act, withdrawal_id: int, to: Status, reason: str, countersign: int | None) -> Withdrawal:
    """An admin's no, with its reason, which the person is told. Again for the same: the first answer."""
    reason = check_reason(reason)
    row = locked(act, withdrawal_id)
    if row.status == to and row.note == reason:
        return row
    if not flow.may(FLOW, row.status, to):
        raise Refused(WrongState("withdrawals", row.status))
    if row.status != Status.requested:
        _check_unpaid(act, row, reason, countersign)
    return back(act, row, to, reason)


def _check_unpaid(act: Act, row: Withdrawal, reason: str, countersign: int | None) -> None:
    """May this admin say that what may have been paid goes back?"""
    if act.actor.is_user(row.user_id):
        raise Refused(OwnWithdrawal())
    check_payer(act, row)
    if row.amount > act.terms.withdrawal_limit:
        given = {"withdrawal_id": row.id, "user": row.user_id, "amount": row.amount, "reason": reason}
        if countersigns.require(act, given, countersign) == row.user_id:
            raise Refused(OwnWithdrawal())


def back(act: Act, row: Withdrawal, to: Status, note: str | None) -> Withdrawal:
    """Withdrawal to person, who is told; it has ended unpaid."""
    mine, wallet = wallets.user(row.user_id, row.currency), wallets.withdrawal(row.id)
    wallets.lock(act, [mine, wallet])
    given = {"ids": [row.id], "by": act.actor.name, "now": act.now, "note": note}
    moved = act.conn.execute(GIVEN_BACK[to], given)
    assert moved.rowcount == 1
    ledger.transfer(act, [Movement(f"{wallet}:back", wallet, mine, row.amount, Reason.withdrawal_return, row.id)])
    told: dict[str, Any] = {"amount": row.amount, "how": to, "note": note}
    notices.owe(act, [(row.user_id, "withdrawal-back", row.id, told)])
    act.record("withdrawals", row.id, status=to, amount=row.amount, note=note)
    row.status, row.ended_by, row.ended_at, row.note = to, act.actor.name, act.now, note
    return row

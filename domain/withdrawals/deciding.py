"""An admin's yes or no. Above the terms' limit, and where it is the admin's own, a yes takes a second admin.

The signature belongs here and not to the paying: once the money is outside, nobody can refuse any more.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam

from domain import countersigns, flow, notices
from domain.action import ADMINS, Act, action
from domain.errors import Refusal, Refused, WrongState
from domain.ledger import GATES, Reason
from domain.withdrawals import moving
from domain.withdrawals.moving import OwnWithdrawal
from domain.withdrawals.row import FLOW, Status, Withdrawal, locked

APPROVED = flow.move(Withdrawal, Status.approved, FLOW, approved_by=bindparam("by"), approved_at=bindparam("now"))


@dataclass(frozen=True)
class TooEarly(Refusal):
    """A person's first withdrawal waits; so many hours are left, counted up."""

    hours: int


@action("withdrawals.approve", roles=ADMINS, gates=())
def approve(act: Act, withdrawal_id: int, countersign: int | None = None) -> Withdrawal:
    """It may be paid; its person is told. Approved again, it is answered again. A signature is for who, how much and where to."""
    row = locked(act, withdrawal_id)
    if row.status == Status.approved:
        return row
    if row.status != Status.requested:
        raise Refused(WrongState("withdrawals", row.status))
    if act.now < row.not_before:
        raise Refused(TooEarly(-(-(row.not_before - act.now) // timedelta(hours=1))))
    if row.amount > act.terms.withdrawal_limit or act.actor.is_user(row.user_id):
        given = {"withdrawal_id": row.id, "user": row.user_id, "amount": row.amount, "destination": row.destination}
        signer = countersigns.require(act, given, countersign)
        if signer == row.user_id:
            raise Refused(OwnWithdrawal())
    moved = act.conn.execute(APPROVED, {"ids": [row.id], "by": act.actor.name, "now": act.now})
    assert moved.rowcount == 1
    notices.owe(act, [(row.user_id, "withdrawal-approved", row.id, {"amount": row.amount})])
    act.record("withdrawals", row.id, status=Status.approved, amount=row.amount)
    row.status, row.approved_by, row.approved_at = Status.approved, act.actor.name, act.now
    return row


@action("withdrawals.reject", roles=ADMINS, gates=GATES[Reason.withdrawal_return])
def reject(act: Act, withdrawal_id: int, reason: str, countersign: int | None = None) -> Withdrawal:
    """It is not paid, for a reason (1 to 300 characters) that its person is told; the amount goes back. Again: the same.

    What was approved may be paid by now: that is no admin's own to reject, and above the terms' limit takes a second admin.
    """
    return moving.back_for(act, withdrawal_id, Status.rejected, reason, countersign)

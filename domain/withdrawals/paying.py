"""Paying by hand, and what came of it. Nothing here reaches a provider: an admin pays outside and records the evidence.

Beginning to pay is gated like the paying itself, so nobody begins what could not be recorded. What was paid just before a halt is
recorded after the resume; until then it stays *sending*, and its money set aside.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from domain import flow, notices, wallets
from domain.action import ADMINS, Act, action
from domain.errors import Refusal, Refused, WrongState
from domain.ledger import GATES, Reason
from domain.users import check_reason
from domain.withdrawals import moving
from domain.withdrawals.moving import check_payer
from domain.withdrawals.row import FLOW, MOST_REFERENCE, Status, Withdrawal, check_words, locked, x

SENDING = flow.move(Withdrawal, Status.sending, FLOW, sending_by=bindparam("by"), sending_at=bindparam("now"))
DOUBTED = flow.move(Withdrawal, Status.uncertain, FLOW, note=bindparam("note"))
TAKEN = select(x.c.id).where(x.c.reference == bindparam("reference"), x.c.currency == bindparam("currency"))


@dataclass(frozen=True)
class PaidOtherwise(Refusal):
    """It was paid already, under another reference."""

    reference: str


@dataclass(frozen=True)
class ReferenceTaken(Refusal):
    """This reference has paid another withdrawal; it pays no second one."""

    reference: str
    other: str


@action("withdrawals.send", roles=ADMINS, gates=GATES[Reason.withdrawal])
def send(act: Act, withdrawal_id: int) -> Withdrawal:
    """An admin begins to pay; another one who wants to is refused. Begun again by the same one, it is answered again."""
    row = locked(act, withdrawal_id)
    check_payer(act, row)
    if row.status == Status.sending:
        return row
    if row.status != Status.approved:
        raise Refused(WrongState("withdrawals", row.status))
    moved = act.conn.execute(SENDING, {"ids": [row.id], "by": act.actor.name, "now": act.now})
    assert moved.rowcount == 1
    act.record("withdrawals", row.id, status=Status.sending)
    row.status, row.sending_by, row.sending_at = Status.sending, act.actor.name, act.now
    return row


@action("withdrawals.pay", roles=ADMINS, gates=GATES[Reason.withdrawal])
def pay(act: Act, withdrawal_id: int, reference: str) -> Withdrawal:
    """It was paid outside: as what (1 to 100 characters), by the provider's own word. The money leaves; its person is told.

    One reference pays one withdrawal. The same again is the first answer; another one for what is paid is refused. While an admin
    is paying it no other says that it is paid: where that one cannot be asked, it is made *uncertain* first.
    """
    reference = check_words("reference", reference, MOST_REFERENCE)
    row = locked(act, withdrawal_id)
    if row.status == Status.paid:
        if row.reference == reference:
            return row
        raise Refused(PaidOtherwise(row.reference or ""))
    if not flow.may(FLOW, row.status, Status.paid):
        raise Refused(WrongState("withdrawals", row.status))
    check_payer(act, row)
    moving.lock_out(act, row)
    taken = act.conn.execute(TAKEN, {"reference": reference, "currency": row.currency}).scalar()
    if taken is not None:
        raise Refused(ReferenceTaken(reference, wallets.withdrawal(taken)))
    moving.out(act, row, reference)
    notices.owe(act, [(row.user_id, "withdrawal-paid", row.id, {"amount": row.amount, "reference": reference})])
    act.record("withdrawals", row.id, status=Status.paid, amount=row.amount, reference=reference)
    return row


@action("withdrawals.doubt", roles=ADMINS, gates=())
def doubt(act: Act, withdrawal_id: int, reason: str) -> Withdrawal:
    """Nobody can tell whether it was paid, and why (1 to 300 characters). Nothing moves; its person is told it is looked into."""
    reason = check_reason(reason)
    row = locked(act, withdrawal_id)
    if row.status == Status.uncertain and row.note == reason:
        return row
    if row.status != Status.sending:
        raise Refused(WrongState("withdrawals", row.status))
    moved = act.conn.execute(DOUBTED, {"ids": [row.id], "note": reason})
    assert moved.rowcount == 1
    notices.owe(act, [(row.user_id, "withdrawal-uncertain", row.id, {"amount": row.amount})])
    act.record("withdrawals", row.id, status=Status.uncertain, note=reason)
    row.status, row.note = Status.uncertain, reason
    return row


@action("withdrawals.give_back", roles=ADMINS, gates=GATES[Reason.withdrawal_return])
def give_back(act: Act, withdrawal_id: int, evidence: str, countersign: int | None = None) -> Withdrawal:
    """It did not arrive, as others can check (1 to 300 characters): the amount goes back. Again: the same.

    Whoever is to be paid does not say so, nor another beside whoever is paying; above the terms' limit a second admin signs.
    """
    return moving.back_for(act, withdrawal_id, Status.returned, evidence, countersign)

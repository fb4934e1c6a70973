"""How a withdrawal looks: to its person, with the way to take it back, and to the staff, with what may be done about it."""

from datetime import datetime
from typing import Any

from aiogram.types import InlineKeyboardButton

from bot.buttons import Go, Handle, Handling, Recall, Row, TakeBack, To, button, keyboard, menu
from bot.screen import Screen
from bot.texts import Safe, Text
from domain import withdrawals
from domain.action import Actor
from domain.errors import NotFound, Refused
from domain.finds import Card, Kind
from domain.withdrawals import Status
from storage.gate import Do

ACTS = {
    Status.requested: (Handling.approve, Handling.reject),
    Status.approved: (Handling.send, Handling.paid, Handling.reject),
    Status.sending: (Handling.paid, Handling.uncertain, Handling.returned),
    Status.uncertain: (Handling.paid, Handling.returned),
}
"""What may be done about one that is open."""


def state(text: Text, row: Any, now: datetime) -> Safe:
    """Where it stands, in words for its person."""
    waits = row.status == Status.requested and row.not_before > now
    facts = {"note": row.note or "none", "reference": row.reference or "none"}
    return text("withdrawal-state", status=row.status, waits=waits, since=row.not_before, **facts)


async def own(do: Do, text: Text, withdrawal_id: int) -> Screen:
    """One's own, as it is now. Refuses another's as if there were none."""
    row = await do.ask(withdrawals.mine_one, withdrawal_id)
    if row is None:
        raise Refused(NotFound("withdrawals"))
    said = state(text, row, do.gate.now())
    words = text("withdrawal", id=str(row.id), amount=row.amount, to=row.destination, at=row.created_at, state=said)
    take_back: Row = []
    if row.status == Status.requested:
        take_back = [button(text.plain("withdrawal-cancel"), TakeBack(step=Recall.cancel, id=row.id))]
    back = [button(text.plain("button-back"), Go(to=To.withdrawals)), *menu(text)]
    return Screen(words, keyboard(take_back, back))


def acts(text: Text, found: Card, reader: Actor) -> list[InlineKeyboardButton]:
    """The buttons of this admin: what came of a payment is for whoever pays, and going back not for whoever is to be paid."""
    if found.kind != Kind.withdrawal:
        return []
    row = found.row
    not_theirs: set[Handling] = set()
    if row.status == Status.sending and row.sending_by != reader.name:
        not_theirs |= {Handling.paid, Handling.returned}
    if row.status != Status.requested and reader.is_user(row.user_id):
        not_theirs |= {Handling.reject, Handling.returned}
    possible = [deed for deed in ACTS.get(row.status, ()) if deed not in not_theirs]
    return [button(text.plain(f"handle-{deed}"), Handle(deed=deed, id=found.id)) for deed in possible]


def case(text: Text, found: Card) -> Safe:
    """What the staff reads."""
    row = found.row
    none = text.plain("status-none")
    said = text(
        "case-withdrawal",
        id=str(row.id),
        name=row.name,
        user=str(row.user_id),
        amount=row.amount,
        to=row.destination,
        status=row.status,
        at=row.created_at,
        since=row.not_before,
        approved=row.approved_by or none,
        sending=row.sending_by or none,
        ended=row.ended_by or none,
        reference=row.reference or none,
        note=row.note or none,
    )
    return said if row.blocked_at is None else Safe(f"{said}\n{text('case-withdrawal-blocked', at=row.blocked_at)}")

"""Mending the books: the ledger is the truth, a balance is rebuilt from it, and nothing appended is ever changed.

What an intruder with the owner's power left behind is completed, not deleted: an entry too many gets its counterpart in
`suspense` (or `losses`); an escrow that claims to be resolved without a movement is held again. These acts touch what no
action may, so they run only through the owner's database address, from the shell. All of them, and adjustments, need a
countersign.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from domain import countersigns, ledger, wallets
from domain.action import ADMINS, Act, Look, action, query
from domain.audit import AuditEvent
from domain.base import table
from domain.campaigns import CampaignTarget, TargetStatus
from domain.errors import NotFound, Refusal, Refused
from domain.escrow import Escrow
from domain.escrow import Status as EscrowStatus
from domain.ledger import GATES, LedgerEntry, Movement, Reason, Transfer
from domain.money import BadAmount, check_amount
from domain.wallets import Kind, Wallet

ADJUSTABLE = (Kind.user, Kind.fees, Kind.suspense, Kind.losses, Kind.external)
MAY_OWE = (Kind.losses, Kind.external)


@dataclass(frozen=True)
class Adjusted:
    """An adjustment as it was made: wallets and minor units."""

    key: str
    source: str
    destination: str
    amount: int


@dataclass(frozen=True)
class Rehearsal:
    """What an adjustment would do: both balances before and after, in minor units. `is_made`: it was done already."""

    source: tuple[int, int]
    destination: tuple[int, int]
    is_made: bool


@dataclass(frozen=True)
class KeyTaken(Refusal):
    """The same key was used for another adjustment."""

    used: str


@dataclass(frozen=True)
class NotAdjustable(Refusal):
    """Money set aside for a placement or a withdrawal moves only with it; and an adjustment needs two wallets and an amount."""

    wallet: str


@dataclass(frozen=True)
class WalletShort(Refusal):
    """The wallet has not so much, and may not go below zero."""

    wallet: str
    needed: int
    available: int


@dataclass(frozen=True)
class NothingToRepair(Refusal):
    """It is as it should be, or it is not what this repair mends."""

    subject: str


e, t, w, es, ct, a = (table(row) for row in (LedgerEntry, Transfer, Wallet, Escrow, CampaignTarget, AuditEvent))
SUM = select(func.coalesce(func.sum(e.c.amount), 0)).where(e.c.wallet_id == bindparam("wallet"))
SET = update(w).where(w.c.id == bindparam("wallet")).values(balance=bindparam("to"))
ENTRY = (
    select(e, t.c.source_id, t.c.destination_id, t.c.amount.label("moved"), t.c.key)
    .join(t, t.c.key == e.c.transfer_key)
    .where(e.c.id == bindparam("id"))
)


@action("books.adjust", roles=ADMINS, gates=GATES[Reason.adjustment])
def adjust(
    act: Act, key: str, source: str, destination: str, amount: int, evidence: str, countersign: int | None = None
) -> Adjusted:
    """A correction by people: minor units from one wallet to another, under a key of their own (a ticket's, say).

    The same key with the same content answers the first result; with other content it is refused.
    """
    wanted = Adjusted(f"adjust:{key}", source, destination, amount)
    if _made(act, key, wanted):
        return wanted
    _check(wanted, wallets.lock(act, [source, destination]))
    given = {"key": key, "source": source, "destination": destination, "amount": amount, "evidence": evidence}
    countersigns.require(act, given, countersign)
    ledger.transfer(act, [Movement(wanted.key, source, destination, amount, Reason.adjustment)])
    act.record("wallets", source, **asdict(wanted), evidence=evidence)
    act.record("wallets", destination, **asdict(wanted), evidence=evidence)
    return wanted


def _made(look: Look, key: str, wanted: Adjusted) -> bool:
    """Was this very adjustment made before? Refuses where another was, under the same key."""
    made = look.conn.execute(select(t).where(t.c.key == wanted.key)).one_or_none()
    if made is None:
        return False
    if (made.source_id, made.destination_id, made.amount) != (wanted.source, wanted.destination, wanted.amount):
        raise Refused(KeyTaken(key))
    return True


def _check(wanted: Adjusted, balances: Mapping[str, int]) -> None:
    """Refuses what no adjustment may do to these balances."""
    source, amount = wanted.source, wanted.amount
    try:
        check_amount(amount)
    except BadAmount:
        raise Refused(NotAdjustable(source)) from None
    for wallet in (source, wanted.destination):
        if wallet not in balances:
            raise Refused(NotFound("wallets"))
        if wallet.partition(":")[0] not in ADJUSTABLE or source == wanted.destination:
            raise Refused(NotAdjustable(wallet))
    if source.partition(":")[0] not in MAY_OWE and balances[source] < amount:
        raise Refused(WalletShort(source, amount, balances[source]))


@query(roles=ADMINS)
def rehearse(look: Look, key: str, source: str, destination: str, amount: int) -> Rehearsal:
    """What this adjustment would do just now; refused as the adjustment would be."""
    wanted = Adjusted(f"adjust:{key}", source, destination, amount)
    found = look.conn.execute(select(w.c.id, w.c.balance).where(w.c.id.in_([source, destination])))
    balances = {row.id: int(row.balance) for row in found}
    if _made(look, key, wanted):
        one, other = ((balances[wallet], balances[wallet]) for wallet in (source, destination))
        return Rehearsal(one, other, is_made=True)
    _check(wanted, balances)
    before, there = balances[source], balances[destination]
    return Rehearsal((before, before - amount), (there, there + amount), is_made=False)


@action("books.rebuild", roles=ADMINS, gates=())
def rebuild(act: Act, wallet: str, evidence: str, countersign: int | None = None) -> tuple[int, int]:
    """Sets a balance to the sum of its entries: the ledger wins. Answers before and after, in minor units."""
    balances = wallets.lock(act, [wallet])
    if wallet not in balances:
        raise Refused(NotFound("wallets"))
    before, after = balances[wallet], int(act.conn.execute(SUM, {"wallet": wallet}).scalar_one())
    if before == after:
        raise Refused(NothingToRepair(wallet))
    countersigns.require(act, {"wallet": wallet, "from": before, "to": after, "evidence": evidence}, countersign)
    with act.unguarded():
        act.conn.execute(SET, {"wallet": wallet, "to": after})
    act.record("wallets", wallet, before=before, after=after, evidence=evidence)
    return before, after


@action("books.repair_entry", roles=ADMINS, gates=())
def repair_entry(act: Act, entry_id: int, evidence: str, countersign: int | None = None) -> int:
    """Completes an entry that is not its transfer's and rebuilds both balances; answers the new entry.

    The counterpart lies in `suspense`; or in `losses`, where suspense has not so much and may not go below zero.
    """
    entry = act.conn.execute(ENTRY, {"id": entry_id}).one_or_none()
    if entry is None:
        raise Refused(NotFound("ledger_entries"))
    own = (entry.source_id, -entry.moved), (entry.destination_id, entry.moved)
    done = select(a.c.id).where(a.c.action == act.name, a.c.subject == str(entry_id), a.c.refusal.is_(None)).limit(1)
    if (entry.wallet_id, entry.amount) in own or act.conn.execute(done).scalar() is not None:
        raise Refused(NothingToRepair(str(entry_id)))
    given = {"entry": entry_id, "wallet": entry.wallet_id, "amount": entry.amount, "evidence": evidence}
    countersigns.require(act, given, countersign)
    suspense, losses = wallets.house(Kind.suspense), wallets.house(Kind.losses)
    balances = wallets.lock(act, [suspense, losses, entry.wallet_id])
    other = suspense if balances[suspense] >= entry.amount else losses
    with act.unguarded():
        counterpart = {
            "transfer_key": entry.transfer_key,
            "wallet_id": other,
            "amount": -entry.amount,
            "reason": entry.reason,
            "reference_id": entry.reference_id,
        }
        made = int(act.conn.execute(insert(e).values(counterpart).returning(e.c.id)).scalar_one())
        for wallet in (entry.wallet_id, other):
            act.conn.execute(SET, {"wallet": wallet, "to": int(act.conn.execute(SUM, {"wallet": wallet}).scalar_one())})
    act.record("ledger_entries", entry_id, counterpart=made, evidence=evidence)
    act.record("ledger_entries", made, completes=entry_id, evidence=evidence)
    return made


@action("books.repair_escrow", roles=ADMINS, gates=())
def repair_escrow(act: Act, target_id: int, evidence: str, countersign: int | None = None) -> EscrowStatus:
    """An escrow that claims to be resolved although its money never moved is held again; the settlement then decides."""
    escrow = act.conn.execute(select(es).where(es.c.id == target_id).with_for_update()).one_or_none()
    if escrow is None:
        raise Refused(NotFound("escrow"))
    resolving = [Reason.payout, Reason.refund, Reason.fee, Reason.rebate]
    moved = act.conn.execute(
        select(t.c.key).where(t.c.reference_id == target_id, t.c.reason.in_(resolving)).limit(1)
    ).scalar()
    balance = wallets.lock(act, [wallets.escrow(target_id)]).get(wallets.escrow(target_id))
    if escrow.status == EscrowStatus.held or moved is not None or balance != escrow.amount:
        raise Refused(NothingToRepair(wallets.escrow(target_id)))
    countersigns.require(act, {"escrow": target_id, "from": str(escrow.status), "evidence": evidence}, countersign)
    with act.unguarded():
        held: dict[str, Any] = {"status": EscrowStatus.held, "resolved_at": None, "tallied_at": None}
        act.conn.execute(update(es).where(es.c.id == target_id).values(held))
        act.conn.execute(update(ct).where(ct.c.id == target_id).values(status=TargetStatus.pending))
    act.record("escrow", target_id, before=escrow.status, after=EscrowStatus.held, evidence=evidence)
    return EscrowStatus.held

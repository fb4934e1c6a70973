"""Mending the books: the ledger is the truth, a balance is rebuilt from it, and nothing appended is ever changed.

What an intruder with the owner's power left behind is completed, not deleted (`entries`); an escrow that claims to be resolved
without a movement is held again. A repair leaves what it mends clean, or is refused and changes nothing. These acts touch what
no action may, so they run only through the owner's database address, from the shell. All of them, and adjustments, need a
countersign.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import bindparam, select, update

from domain import countersigns, ledger, wallets
from domain.action import ADMINS, Act, Look, action, query
from domain.base import table
from domain.books.mending import (
    FOREIGN,
    MOST_KEY,
    NothingToRepair,
    RepairFirst,
    a,
    check_evidence,
    check_total,
    check_words,
    may_owe,
    set_balance,
    total,
    w,
)
from domain.campaigns import CampaignTarget, TargetStatus
from domain.errors import NotFound, OutOfRange, Refusal, Refused
from domain.escrow import Escrow
from domain.escrow import Status as EscrowStatus
from domain.ledger import ADJUSTABLE, GATES, Movement, Reason, t
from domain.money import MOST, BadAmount, check_amount


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
    """Money set aside for a placement or a withdrawal moves only with it."""

    wallet: str


@dataclass(frozen=True)
class SameWallet(Refusal):
    """An adjustment moves from one wallet to another."""

    wallet: str


@dataclass(frozen=True)
class WalletShort(Refusal):
    """The wallet has not so much, and may not go below zero."""

    wallet: str
    needed: int
    available: int


es, ct = table(Escrow), table(CampaignTarget)
TOLD = select(a.c.details).where(
    a.c.act_id == bindparam("act"), a.c.noun == "wallets", a.c.subject == bindparam("wallet"), a.c.refusal.is_(None)
)


@action("books.adjust", roles=ADMINS, gates=GATES[Reason.adjustment])
def adjust(
    act: Act, key: str, source: str, destination: str, amount: int, evidence: str, countersign: int | None = None
) -> Adjusted:
    """A correction by people: minor units from one wallet to another, under a key of their own (a ticket's, say).

    The same key with the same content answers the first result; with other content it is refused.
    """
    key, evidence = check_words("key", key, MOST_KEY), check_evidence(evidence)
    wanted = Adjusted(f"adjust:{key}", source, destination, amount)
    if _made(act, key, wanted, evidence):
        return wanted
    _check(wanted, wallets.lock(act, [source, destination]))
    given = {"key": key, "source": source, "destination": destination, "amount": amount, "evidence": evidence}
    countersigns.require(act, given, countersign)
    ledger.transfer(act, [Movement(wanted.key, source, destination, amount, Reason.adjustment)])
    act.record("wallets", source, **asdict(wanted), evidence=evidence)
    act.record("wallets", destination, **asdict(wanted), evidence=evidence)
    return wanted


def _made(look: Look, key: str, wanted: Adjusted, evidence: str) -> bool:
    """Was this very adjustment made before? Refuses where another was, or with other evidence, under the same key."""
    made = look.conn.execute(select(t).where(t.c.key == wanted.key)).one_or_none()
    if made is None:
        return False
    if (made.source_id, made.destination_id, made.amount) != (wanted.source, wanted.destination, wanted.amount):
        raise Refused(KeyTaken(key))
    told = look.conn.execute(TOLD, {"act": made.act_id, "wallet": wanted.source}).scalar_one()
    if str(told["evidence"]).strip() != evidence:
        raise Refused(KeyTaken(key))
    return True


def _check(wanted: Adjusted, balances: Mapping[str, int]) -> None:
    """Refuses what no adjustment may do to these balances."""
    source, amount = wanted.source, wanted.amount
    try:
        check_amount(amount)
    except BadAmount:
        raise Refused(OutOfRange("amount", 1, MOST)) from None
    if source == wanted.destination:
        raise Refused(SameWallet(source))
    for wallet in (source, wanted.destination):
        if wallet not in balances:
            raise Refused(NotFound("wallets"))
        if wallet.partition(":")[0] not in ADJUSTABLE:
            raise Refused(NotAdjustable(wallet))
    if not may_owe(source) and balances[source] < amount:
        raise Refused(WalletShort(source, amount, balances[source]))


@query(roles=ADMINS)
def rehearse(look: Look, key: str, source: str, destination: str, amount: int, evidence: str) -> Rehearsal:
    """What this adjustment would do just now; refused as the adjustment would be."""
    key, evidence = check_words("key", key, MOST_KEY), check_evidence(evidence)
    wanted = Adjusted(f"adjust:{key}", source, destination, amount)
    found = look.conn.execute(select(w.c.id, w.c.balance).where(w.c.id.in_([source, destination])))
    balances = {row.id: int(row.balance) for row in found}
    if _made(look, key, wanted, evidence):
        one, other = ((balances[wallet], balances[wallet]) for wallet in (source, destination))
        return Rehearsal(one, other, is_made=True)
    _check(wanted, balances)
    before, there = balances[source], balances[destination]
    return Rehearsal((before, before - amount), (there, there + amount), is_made=False)


@action("books.rebuild", roles=ADMINS, gates=())
def rebuild(act: Act, wallet: str, evidence: str, countersign: int | None = None) -> tuple[int, int]:
    """Sets a balance to the sum of its entries: the ledger wins. Answers before and after, in minor units.

    An entry in it that is not its transfer's is to be repaired first; where one is missing, only a backup has it.
    """
    evidence = check_evidence(evidence)
    balances = wallets.lock(act, [wallet])
    if wallet not in balances:
        raise Refused(NotFound("wallets"))
    if (foreign := act.conn.execute(FOREIGN, {"wallet": wallet}).scalar()) is not None:
        raise Refused(RepairFirst(foreign, wallet))
    before, after = balances[wallet], total(act, wallet)
    if before == after:
        raise Refused(NothingToRepair(wallet))
    check_total(wallet, after)
    countersigns.require(act, {"wallet": wallet, "from": before, "to": after, "evidence": evidence}, countersign)
    with act.unguarded():
        set_balance(act, wallet)
    act.record("wallets", wallet, before=before, after=after, evidence=evidence)
    return before, after


@action("books.repair_escrow", roles=ADMINS, gates=())
def repair_escrow(act: Act, target_id: int, evidence: str, countersign: int | None = None) -> EscrowStatus:
    """An escrow that claims to be resolved although its money never moved is held again; the settlement then decides."""
    evidence = check_evidence(evidence)
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

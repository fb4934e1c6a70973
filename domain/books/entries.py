"""An entry that is not its transfer's: changed, or one too many.

A transfer says what its two entries must be. One of them that was changed, while the other stands, is set to that again. What
was added is completed, not deleted, with all that was added under the same transfer: one counterpart in a wallet of the house.
Money that is set aside is no place for either half: an entry added there is refused, and so is whatever would leave a wallet
below zero, the transfer uneven or a seal broken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from domain import countersigns, wallets
from domain.action import ADMINS, Act, action
from domain.books import checkpoints
from domain.books.mending import (
    IS_REPAIRED,
    REPAIR,
    NothingToRepair,
    RepairFirst,
    TransferUneven,
    check_evidence,
    check_total,
    may_owe,
    set_balance,
    total,
)
from domain.errors import NotFound, Refusal, Refused
from domain.ledger import Reason, e, t
from domain.wallets import Kind

SET_ASIDE = (Kind.escrow, Kind.withdrawal)
COUNTERPARTS = (Kind.suspense, Kind.losses, Kind.external, Kind.fees)
"""Where the counterpart may lie: the first that the transfer does not touch yet, and that can bear it."""
MOVED = select(t).join(e, e.c.transfer_key == t.c.key).where(e.c.id == bindparam("id")).with_for_update(of=t)
ENTRIES = select(e, IS_REPAIRED.label("is_repaired")).where(e.c.transfer_key == bindparam("key")).order_by(e.c.id)
RIGHT = update(e).where(e.c.id == bindparam("entry"))


@dataclass(frozen=True)
class AddedToSetAside(Refusal):
    """What is set aside moves only with its placement or withdrawal: an entry added there has no counterpart that would do."""

    entry: int
    wallet: str


@dataclass(frozen=True)
class SealedAsItIs(Refusal):
    """It was changed before a checkpoint sealed it, so that setting it right would break the seal."""

    entry: int


@dataclass(frozen=True)
class NoCounterpart(Refusal):
    """No wallet of the house can take the counterpart; *suspense* could, with so much in it."""

    entry: int
    needed: int


@action(REPAIR, roles=ADMINS, gates=())
def repair_entry(act: Act, entry_id: int, evidence: str, countersign: int | None = None) -> int:
    """Makes the entries of a transfer even and its own again, and sets every balance concerned to the sum of its entries.

    Answers the entry that was written; where none was needed, the one that was asked about.
    """
    evidence = check_evidence(evidence)
    moved = act.conn.execute(MOVED, {"id": entry_id}).one_or_none()
    if moved is None:
        raise Refused(NotFound("ledger_entries"))
    own = {
        moved.source_id: (-moved.amount, moved.reason, moved.reference_id),
        moved.destination_id: (moved.amount, moved.reason, moved.reference_id),
    }
    entries = act.conn.execute(ENTRIES, {"key": moved.key}).all()
    entry = next(row for row in entries if row.id == entry_id)
    wrong = [row for row in entries if row.wallet_id in own and _facts(row) != own[row.wallet_id]]
    added = [row for row in entries if row.wallet_id not in own and not row.is_repaired]
    if entry.wallet_id in own:
        if entry not in wrong:
            raise Refused(NothingToRepair(str(entry_id)))
        if not any(row.wallet_id in own and row.id != entry_id and row not in wrong for row in entries):
            raise Refused(TransferUneven(moved.key))
        return _set_right(act, entry, own[entry.wallet_id], evidence, countersign)
    if entry not in added:
        raise Refused(NothingToRepair(str(entry_id)))
    if wrong:
        raise Refused(RepairFirst(wrong[0].id, wrong[0].wallet_id))
    if len([row for row in entries if row.wallet_id in own]) != len(own):
        raise Refused(TransferUneven(moved.key))
    return _complete(act, entry, added, {row.wallet_id for row in entries}, evidence, countersign)


def _facts(row: Any) -> tuple[int, Reason, int | None]:
    return row.amount, row.reason, row.reference_id


def _given(entry: Any, lawful: int | None, others: Sequence[int], evidence: str) -> dict[str, Any]:
    """What is signed: the entry as it is, what it becomes, or what else is completed with it."""
    return {
        "entry": entry.id,
        "wallet": entry.wallet_id,
        "amount": entry.amount,
        "lawful": lawful,
        "others": list(others),
        "evidence": evidence,
    }


def _set_right(
    act: Act, entry: Any, law: tuple[int, Reason, int | None], evidence: str, countersign: int | None
) -> int:
    """The entry was changed; the transfer and its other entry say what it was."""
    amount, reason, reference = law
    seal = checkpoints.last(act)
    is_sealed = seal is not None and entry.id <= seal.entry_id
    broken = _broken(act) if is_sealed else set[checkpoints.Broken]()
    wallets.lock(act, [entry.wallet_id])
    check_total(entry.wallet_id, total(act, entry.wallet_id) - entry.amount + amount)
    countersigns.require(act, _given(entry, amount, (), evidence), countersign)
    with act.unguarded():
        lawful = {"amount": amount, "reason": reason, "reference_id": reference}
        act.conn.execute(RIGHT.values(lawful), {"entry": entry.id})
        set_balance(act, entry.wallet_id)
    if is_sealed and _broken(act) - broken:
        raise Refused(SealedAsItIs(entry.id))
    act.record("ledger_entries", entry.id, before=entry.amount, after=amount, evidence=evidence)
    return int(entry.id)


def _broken(act: Act) -> set[checkpoints.Broken]:
    checkpoints.unhurried(act)
    return set(checkpoints.broken(act, only_last=False))


def _complete(
    act: Act, entry: Any, added: Sequence[Any], touched: set[str], evidence: str, countersign: int | None
) -> int:
    """All that was added under this transfer gets one counterpart."""
    for row in added:
        if row.wallet_id.partition(":")[0] in SET_ASIDE:
            raise Refused(AddedToSetAside(row.id, row.wallet_id))
    house = [wallets.house(kind) for kind in COUNTERPARTS]
    known = wallets.lock(act, [*house, *(row.wallet_id for row in added)])
    for row in added:
        check_total(row.wallet_id, total(act, row.wallet_id))
    needed = sum(row.amount for row in added)
    free = (one for one in house if one in known and one not in touched)
    other = next((one for one in free if may_owe(one) or total(act, one) >= needed), None)
    if needed and other is None:
        raise Refused(NoCounterpart(entry.id, needed))
    others = [row.id for row in added if row.id != entry.id]
    countersigns.require(act, _given(entry, None, others, evidence), countersign)
    made = int(entry.id)
    with act.unguarded():
        if needed:
            counterpart = {
                "transfer_key": entry.transfer_key,
                "wallet_id": other,
                "amount": -needed,
                "reason": entry.reason,
                "reference_id": entry.reference_id,
            }
            made = int(act.conn.execute(insert(e).values(counterpart).returning(e.c.id)).scalar_one())
        for wallet in sorted({*(row.wallet_id for row in added), *([other] if needed and other else [])}):
            set_balance(act, wallet)
    for row in added:
        act.record("ledger_entries", row.id, counterpart=made, evidence=evidence)
    if needed:
        act.record("ledger_entries", made, completes=[row.id for row in added], evidence=evidence)
    return made

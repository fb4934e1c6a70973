"""What every repair of the books keeps to: it leaves them clean, or it is refused and changes nothing."""

from dataclasses import dataclass

from sqlalchemy import Text, bindparam, cast, exists, func, or_, select, update

from domain.action import Act, Look
from domain.audit import AuditEvent
from domain.base import table
from domain.errors import OutOfRange, Refusal, Refused
from domain.ledger import IS_OWN, e, t
from domain.wallets import MAY_OWE, Wallet

MOST_EVIDENCE, MOST_KEY = 3000, 100
REPAIR = "books.repair_entry"


@dataclass(frozen=True)
class NothingToRepair(Refusal):
    """It is as it should be, or it is not what this repair mends."""

    subject: str


@dataclass(frozen=True)
class Overdrawn(Refusal):
    """The entries of a wallet that may not be below zero would come to less. Money has to be moved into it first."""

    wallet: str
    short: int


@dataclass(frozen=True)
class RepairFirst(Refusal):
    """An entry is not its transfer's; that is to be repaired before what was asked for."""

    entry: int
    wallet: str


@dataclass(frozen=True)
class TransferUneven(Refusal):
    """An entry of this transfer is missing, or neither is as it says, so nobody can tell what was changed: it or they."""

    transfer: str


w, a = table(Wallet), table(AuditEvent)
SUM = select(func.coalesce(func.sum(e.c.amount), 0)).where(e.c.wallet_id == bindparam("wallet"))
SET = update(w).where(w.c.id == bindparam("wallet")).values(balance=bindparam("to"))
IS_REPAIRED = exists().where(
    a.c.noun == "ledger_entries",
    a.c.subject == cast(e.c.id, Text),
    a.c.action == REPAIR,
    a.c.refusal.is_(None),
)
"""An entry that was completed, or completes another."""
FOREIGN = (
    select(e.c.id)
    .join(t, t.c.key == e.c.transfer_key)
    .where(
        e.c.wallet_id == bindparam("wallet"),
        ~IS_OWN,
        or_(~IS_REPAIRED, e.c.wallet_id.in_([t.c.source_id, t.c.destination_id])),
    )
    .order_by(e.c.id)
    .limit(1)
)

MISSING = select(func.min(t.c.key)).where(
    or_(t.c.source_id == bindparam("wallet"), t.c.destination_id == bindparam("wallet")),
    ~exists().where(e.c.transfer_key == t.c.key, e.c.wallet_id == bindparam("wallet")),
)
"""A transfer of the wallet that has no entry in it any more."""


def check_words(what: str, words: str, most: int) -> str:
    """Stripped, and between 1 and `most` characters."""
    words = words.strip()
    if not 1 <= len(words) <= most:
        raise Refused(OutOfRange(what, 1, most))
    return words


def check_evidence(words: str) -> str:
    """What others can check."""
    return check_words("evidence", words, MOST_EVIDENCE)


def may_owe(wallet: str) -> bool:
    return wallet.partition(":")[0] in MAY_OWE


def total(look: Look, wallet: str) -> int:
    """The sum of a wallet's entries, in minor units. Refuses where one is missing: what is left says nothing."""
    if (missing := look.conn.execute(MISSING, {"wallet": wallet}).scalar_one()) is not None:
        raise Refused(TransferUneven(missing))
    return int(look.conn.execute(SUM, {"wallet": wallet}).scalar_one())


def check_total(wallet: str, amount: int) -> None:
    """Refuses a balance that this wallet may not have."""
    if amount < 0 and not may_owe(wallet):
        raise Refused(Overdrawn(wallet, -amount))


def set_balance(act: Act, wallet: str) -> int:
    """The balance becomes the sum of the entries. Within `unguarded`."""
    after = total(act, wallet)
    act.conn.execute(SET, {"wallet": wallet, "to": after})
    return after

"""The books are right when every invariant holds; `check_books` says so, or names every offender with the difference.

One list of questions in SQL, asked of one snapshot, used by tests, ticks, commands and drills. Checkpoints seal what was
appended; repairs complete what an intruder added, and set right by its transfer what one changed; reserves compare what is held
with what is owed.
"""

from domain.books.checking import Offence, check, check_books
from domain.books.checkpoints import Checkpoint, checkpoint, is_due, latest
from domain.books.entries import AddedToSetAside, NoCounterpart, SealedAsItIs, repair_entry
from domain.books.mending import MOST_EVIDENCE, MOST_KEY, NothingToRepair, Overdrawn, RepairFirst, TransferUneven
from domain.books.repairs import (
    Adjusted,
    KeyTaken,
    NotAdjustable,
    Rehearsal,
    SameWallet,
    WalletShort,
    adjust,
    rebuild,
    rehearse,
    repair_escrow,
)
from domain.books.reserves import Reserves, reserves

__all__ = [
    "MOST_EVIDENCE",
    "MOST_KEY",
    "AddedToSetAside",
    "Adjusted",
    "Checkpoint",
    "KeyTaken",
    "NoCounterpart",
    "NotAdjustable",
    "NothingToRepair",
    "Offence",
    "Overdrawn",
    "Rehearsal",
    "RepairFirst",
    "Reserves",
    "SameWallet",
    "SealedAsItIs",
    "TransferUneven",
    "WalletShort",
    "adjust",
    "check",
    "check_books",
    "checkpoint",
    "is_due",
    "latest",
    "rebuild",
    "rehearse",
    "repair_entry",
    "repair_escrow",
    "reserves",
]

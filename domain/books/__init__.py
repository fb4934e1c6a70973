"""The books are right when every invariant holds; `check_books` says so, or names every offender with the difference.

One list of questions in SQL, asked of one snapshot, used by tests, ticks, commands and drills. Checkpoints seal what was
appended; repairs complete what an intruder left, and never change it; reserves compare what is held with what is owed.
"""

from domain.books.checking import Offence, check, check_books
from domain.books.checkpoints import Checkpoint, checkpoint, latest
from domain.books.repairs import (
    Adjusted,
    KeyTaken,
    NotAdjustable,
    NothingToRepair,
    Rehearsal,
    WalletShort,
    adjust,
    rebuild,
    rehearse,
    repair_entry,
    repair_escrow,
)
from domain.books.reserves import Reserves, reserves

__all__ = [
    "Adjusted",
    "Checkpoint",
    "KeyTaken",
    "NotAdjustable",
    "NothingToRepair",
    "Offence",
    "Rehearsal",
    "Reserves",
    "WalletShort",
    "adjust",
    "check",
    "check_books",
    "checkpoint",
    "latest",
    "rebuild",
    "rehearse",
    "repair_entry",
    "repair_escrow",
    "reserves",
]

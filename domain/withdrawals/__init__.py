"""A withdrawal is money on its way out: asked for by whoever earned it, paid by hand over another rail, recorded with evidence.

Telegram has no method that pays Stars to a user. So a request sets its amount aside in a wallet of its own; an admin approves
it, pays it outside, and records the provider's reference, which pays one withdrawal and no second. *Sending* keeps a second admin
from paying it as well, and from saying what came of it; what nobody can tell is *uncertain*, and is settled to *paid* or
*returned* with evidence alone. What ends unpaid goes back whole; once it may be paid, never by the word of its person. One
open withdrawal a person: a double press or a lost answer cannot ask twice, and whoever pays by hand never has two lines of one
person before them.
"""

from domain.withdrawals.deciding import TooEarly, approve, reject
from domain.withdrawals.moving import BeingPaid, OwnWithdrawal
from domain.withdrawals.paying import PaidOtherwise, ReferenceTaken, doubt, give_back, pay, send
from domain.withdrawals.queries import counted, get, listed, mine, mine_counted, mine_one
from domain.withdrawals.requesting import (
    AlreadyWithdrawing,
    NotEarned,
    Offer,
    TooLittle,
    cancel,
    check_asked,
    check_destination,
    offer,
    request,
)
from domain.withdrawals.row import FLOW, MOST_DESTINATION, MOST_REFERENCE, OPEN, Status, Withdrawal

__all__ = [
    "FLOW",
    "MOST_DESTINATION",
    "MOST_REFERENCE",
    "OPEN",
    "AlreadyWithdrawing",
    "BeingPaid",
    "NotEarned",
    "Offer",
    "OwnWithdrawal",
    "PaidOtherwise",
    "ReferenceTaken",
    "Status",
    "TooEarly",
    "TooLittle",
    "Withdrawal",
    "approve",
    "cancel",
    "check_asked",
    "check_destination",
    "counted",
    "doubt",
    "get",
    "give_back",
    "listed",
    "mine",
    "mine_counted",
    "mine_one",
    "offer",
    "pay",
    "reject",
    "request",
    "send",
]

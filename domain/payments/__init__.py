"""A deposit is money on its way in. What Telegram took is recorded before anything else can refuse it, and credited once.

An invoice is a stored deposit; the pre-checkout is compared with it (user, amount, currency, not yet paid). Only a successful
payment makes it `received`, once per charge id, whatever the switches say; crediting is the transfer, gated like all
transfers, and is repeated by the settlement until it may happen. Amounts are Stars: minor units of XTR.
"""

from domain.payments.incoming import (
    MOST_STARS,
    BadDeposit,
    ChargeMismatch,
    InvoiceMismatch,
    check_out,
    check_stars,
    credit,
    invoice,
    receive,
    to_credit,
)
from domain.payments.losses import Aside, Loss, aside, loss_of
from domain.payments.reversing import reverse, take_back, to_reverse
from domain.payments.row import FLOW, Deposit, Status, d

__all__ = [
    "FLOW",
    "MOST_STARS",
    "Aside",
    "BadDeposit",
    "ChargeMismatch",
    "Deposit",
    "InvoiceMismatch",
    "Loss",
    "Status",
    "aside",
    "check_out",
    "check_stars",
    "credit",
    "d",
    "invoice",
    "loss_of",
    "receive",
    "reverse",
    "take_back",
    "to_credit",
    "to_reverse",
]

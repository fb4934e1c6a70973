"""An escrow is the price of one campaign target, set aside in a wallet of its own. It is held once and resolved once.

Holding creates the post job in the same transaction; from then on the job's outcome alone decides: `success` with its time
served and no dispute open releases to the publisher, `failed` or `removed` refunds the advertiser, anything else leaves it
held. Every act takes many at once and decides each by itself; asked again, it gives its first answer and moves nothing.
"""

from domain.escrow.completing import complete
from domain.escrow.holding import Held, NotEnoughMoney, Order, OverLimit, hold
from domain.escrow.queries import held_for, overdue, overdue_count, overview, stuck, to_refund, to_release, unmoved
from domain.escrow.resolving import InDispute, NotFailed, NotServed, Paid, Returned, refund, release
from domain.escrow.retrying import NotRetryable, retry_as_new
from domain.escrow.row import FLOW, Escrow, Status

__all__ = [
    "FLOW",
    "Escrow",
    "Held",
    "InDispute",
    "NotEnoughMoney",
    "NotFailed",
    "NotRetryable",
    "NotServed",
    "Order",
    "OverLimit",
    "Paid",
    "Returned",
    "Status",
    "complete",
    "held_for",
    "hold",
    "overdue",
    "overdue_count",
    "overview",
    "refund",
    "release",
    "retry_as_new",
    "stuck",
    "to_refund",
    "to_release",
    "unmoved",
]

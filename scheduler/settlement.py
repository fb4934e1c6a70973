"""Money follows outcomes: what was received is credited, what was served is paid, what failed is refunded. In sets.

An outcome is recorded whatever the switches say; here the money waits until it may move, and then moves once.
"""

from domain import escrow, payments
from domain.ports import Do, Telegram


async def credit_deposits(do: Do, telegram: Telegram) -> int:
    """Credits what Telegram took and nobody could credit at once."""
    return len((await do.each(payments.credit, await do.ask(payments.to_credit))).done())


async def reverse_taken_back(do: Do, telegram: Telegram) -> int:
    """Takes back what was taken back from outside; the house makes good what is not there any more."""
    return len((await do.each(payments.reverse, await do.ask(payments.to_reverse))).done())


async def release_served(do: Do, telegram: Telegram) -> int:
    """Pays publishers for what was served."""
    return len((await do.each(escrow.release, await do.ask(escrow.to_release))).done())


async def refund_failed(do: Do, telegram: Telegram) -> int:
    """Gives advertisers back what failed or was removed."""
    return len((await do.each(escrow.refund, await do.ask(escrow.to_refund))).done())

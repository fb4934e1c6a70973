"""Money follows outcomes: what was received is credited, what was served is paid, what failed is refunded. In sets.

What moves no money is here too where it follows from money that moved: campaigns are completed, Telegram's book is read.

An outcome is recorded whatever the switches say; here the money waits until it may move, and then moves once.
"""

import logging

from domain import escrow, payments, stars, users
from domain.money import XTR
from domain.ports import Do, Telegram

log = logging.getLogger(__name__)


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


async def complete_campaigns(do: Do, telegram: Telegram) -> int:
    """Ends the campaigns whose last placement was resolved."""
    return len(await do(escrow.complete))


async def read_stars(do: Do, telegram: Telegram) -> int:
    """Reads on in Telegram's book of Stars and records what we missed; answers how many lines were read. Never gated.

    crash anywhere               the page is read again; every step of it is the same done twice
    two processes at once        the second finds the page turned
    Telegram does not answer     nothing is missing yet: the book was not read to its end
    """
    came = 0
    while True:
        read = await do.ask(stars.read_so_far, telegram.bot_id)
        lines = await telegram.stars(read)
        if lines is None:
            return came
        if lines:
            await _record(do, lines)
            await do(stars.turn, telegram.bot_id, read, lines)
        came += len(lines)
        if len(lines) < stars.PAGE:
            break
    for deposit in await do(stars.miss, telegram.bot_id):
        log.error("deposit %s is not in Telegram's book of Stars", deposit)
    return came


async def _record(do: Do, lines: list[stars.Line]) -> None:
    news = await do.ask(stars.news, lines)
    for payer in news.strangers:
        await do(users.meet, payer.id, payer.name, payer.username, users.LANGUAGES[0])
    for line in news.payments:
        assert line.payer is not None
        log.error("a payment was missed: %s, %s Stars from %s", line.charge_id, line.amount, line.payer.id)
        await do(payments.receive, line.payer.id, line.amount, XTR, line.charge_id, line.payload)
    for charge in news.returned:
        await do(payments.take_back, charge)

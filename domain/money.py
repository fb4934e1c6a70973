"""Money is a whole number of minor units in one currency, from 1 to 10^12. Never a float, never negative in motion.

Telegram Stars (XTR) have no decimals, so one minor unit is one Star.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

XTR = "XTR"
MOST = 10**12
WHOLE = 10_000  # basis points in the whole
GAP = "[\u0020\u00a0\u202f]"
"""What may stand between groups of three digits."""
LEADING = re.compile(rf"([0-9]{{1,3}}(?:{GAP}[0-9]{{3}})+|\S+)(?!\S)\s*(.*)", re.DOTALL)


class BadAmount(ValueError):
    """Not an amount of money: not a whole number, below 1, or above 10^12."""


def check_amount(minor: object) -> int:
    """`minor` itself if it is a whole number from 1 to 10^12; True, 1.0 and "5" are not."""
    if isinstance(minor, bool) or not isinstance(minor, int) or not 1 <= minor <= MOST:
        raise BadAmount(minor)
    return minor


def parse(text: str) -> int:
    """What a person typed, read strictly: digits, perhaps grouped by spaces. `1 000` is 1000; `1.5`, `+5`, `٣` are refused."""
    digits = re.sub(rf"(?<=[0-9]){GAP}(?=[0-9]{{3}}(?![0-9]))", "", text.strip())
    if not re.fullmatch(r"[0-9]{1,13}", digits):
        raise BadAmount(text)
    return check_amount(int(digits))


def leading(words: str) -> tuple[str, str]:
    """What stands first, an amount with all its groups or else a word, and what follows: `1 000 a letter`, `5 a letter`."""
    found = LEADING.match(words.strip())
    return (found[1], found[2]) if found else ("", "")


@dataclass(frozen=True)
class Split:
    """How a price is shared out: `payout + fee + rebate = price`."""

    payout: int
    fee: int
    rebate: int = 0


def is_part(share: int, price: int) -> bool:
    """May this much of a price be what was served, and be shared out?"""
    return 1 <= share <= price


def split(price: int, fee_bps: int, share: int | None = None) -> Split:
    """The publisher's part of `price`, the house's and what goes back to the advertiser, in minor units.

    `share` is the part of the price that was served (1 to `price`; None is all of it). `fee_bps` (0 to 9,999) is taken from
    that part, rounded down, so the publisher gets at least 1.
    """
    served = check_amount(price) if share is None else share
    if not 0 <= fee_bps < WHOLE or not is_part(served, price):
        raise ValueError(f"fee {fee_bps} or share {share} is out of bounds")
    fee = served * fee_bps // WHOLE
    return Split(payout=served - fee, fee=fee, rebate=price - served)


def share_of(price: int, served: timedelta, paid: timedelta) -> int:
    """The part of `price` for the time that was served of the time that was paid for, rounded down to minor units."""
    tick = timedelta(microseconds=1)
    return price * (max(timedelta(0), min(served, paid)) // tick) // (paid // tick)

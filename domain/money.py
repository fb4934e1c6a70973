"""Money is a whole number of minor units in one currency, from 1 to 10^12. Never a float, never negative in motion.

Telegram Stars (XTR) have no decimals, so one minor unit is one Star.
"""

import re
from dataclasses import dataclass

XTR = "XTR"
MOST = 10**12
WHOLE = 10_000  # basis points in the whole


class BadAmount(ValueError):
    """Not an amount of money: not a whole number, below 1, or above 10^12."""


@dataclass(frozen=True, order=True)
class Money:
    minor: int
    currency: str = XTR

    def __post_init__(self) -> None:
        check_amount(self.minor)


def check_amount(minor: object) -> int:
    """`minor` itself if it is a whole number from 1 to 10^12; True, 1.0 and "5" are not."""
    if isinstance(minor, bool) or not isinstance(minor, int) or not 1 <= minor <= MOST:
        raise BadAmount(minor)
    return minor


def parse(text: str) -> int:
    """What a person typed, read strictly: digits, perhaps grouped by spaces. `1 000` is 1000; `1.5`, `+5`, `٣` are refused."""
    digits = re.sub(r"(?<=[0-9])[\u0020\u00a0\u202f](?=[0-9]{3}(?![0-9]))", "", text.strip())
    if not re.fullmatch(r"[0-9]{1,13}", digits):
        raise BadAmount(text)
    return check_amount(int(digits))


@dataclass(frozen=True)
class Split:
    """How a price is shared out: `payout + fee + rebate = price`."""

    payout: int
    fee: int
    rebate: int = 0


def split(price: int, fee_bps: int, share_bps: int = WHOLE) -> Split:
    """The publisher's part of `price`, the house's and what goes back to the advertiser, in minor units.

    `fee_bps` (0 to 9,999) is taken from the part that was served, rounded down; the publisher gets at least 1.
    `share_bps` is how much of the placement was served; 10,000 is all of it.
    """
    if not 0 <= fee_bps < WHOLE or not 0 < share_bps <= WHOLE:
        raise ValueError(f"fee {fee_bps} or share {share_bps} is out of bounds")
    served = max(1, check_amount(price) * share_bps // WHOLE)
    fee = served * fee_bps // WHOLE
    return Split(payout=served - fee, fee=fee, rebate=price - served)

"""A proposal is a publisher's other terms for a placement that waits for their answer: another time, or another price.

One at a time, by a manager of the channel, about the version they saw; at most three for a placement and those it follows. Its
advertiser may answer for 12 hours, never past the slot, neither the booked one nor the proposed. Meanwhile the money stays held
and the publisher's own clock stands still; when it is declined or expires they have what was left, at least four hours, never
past the slot. The publisher's own answer withdraws it, as whatever else ends the waiting does. Accepting is `agreements`.
"""

from domain.proposals.making import (
    TARGET_OF,
    SameTerms,
    TooManyRounds,
    check_open,
    decline,
    ended,
    expire,
    locked,
    make,
    withdraw,
)
from domain.proposals.queries import about, counted, get, waiting
from domain.proposals.row import FLOW, Kind, Proposal, Status

__all__ = [
    "FLOW",
    "TARGET_OF",
    "Kind",
    "Proposal",
    "SameTerms",
    "Status",
    "TooManyRounds",
    "about",
    "check_open",
    "counted",
    "decline",
    "ended",
    "expire",
    "get",
    "locked",
    "make",
    "waiting",
    "withdraw",
]

"""A search looks in a channel for a post of which nobody knows whether Telegram took it. What was seen decides, never age.

Found and up: the job adopts it. Two completed searches that found nothing, the second once the attempt is 35 minutes old, fail
the job (`unsent`), and the settlement refunds. Whatever could not be looked at makes a search incomplete: it is repeated after
1, 5, 15, 45 and 120 minutes, then a person decides; at once where a message like the post has a date before the attempt, and a
number that nobody knew then: our own clock may be wrong. A search is of the moment it began. What turns up after a failure, or
twice, is taken down. A publisher may show the post instead; then the bot looks for itself. No switch is asked: searching and
recording move no money.
"""

from domain.searches.queries import Claim, claims, due, history, is_claimed, is_known
from domain.searches.row import (
    Match,
    NotSeen,
    NotThisPost,
    PostSearch,
    Searched,
    Settled,
    Shown,
    Wanted,
    evidence,
    is_same,
    judge,
)
from domain.searches.settling import prove, record, took_down

__all__ = [
    "Claim",
    "Match",
    "NotSeen",
    "NotThisPost",
    "PostSearch",
    "Searched",
    "Settled",
    "Shown",
    "Wanted",
    "claims",
    "due",
    "evidence",
    "history",
    "is_claimed",
    "is_known",
    "is_same",
    "judge",
    "prove",
    "record",
    "took_down",
]

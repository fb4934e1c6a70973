"""A dispute opens between publication and release, with words of evidence, and keeps the placement from being due.

First the sides talk: each proposes a share of the price for the publisher, and two equal proposals settle it at once. Without
agreement an admin who is no party decides, with evidence; either side may appeal once, to another admin. Until the decision is
final nothing moves; then it changes the *job*, and the money follows. A post found gone meanwhile is refunded as ever, and the
dispute is moot. Withdrawn by the side that opened it, the placement goes on as if it had not been.
"""

from domain.checks import PartyCannotJudge
from domain.disputes.ending import expire, next_due
from domain.disputes.judging import SameJudge, accept, appeal, judge
from domain.disputes.queries import View, counted, get, listed, of, side
from domain.disputes.row import FLOW, OPEN, TALKING, WAITING, Dispute, DisputeStep, Side, Status, Step
from domain.disputes.talks import MOST_WORDS, NotDisputable, TalksFirst, ask_judge, open_, propose, read_share, withdraw

__all__ = [
    "FLOW",
    "MOST_WORDS",
    "OPEN",
    "TALKING",
    "WAITING",
    "Dispute",
    "DisputeStep",
    "NotDisputable",
    "PartyCannotJudge",
    "SameJudge",
    "Side",
    "Status",
    "Step",
    "TalksFirst",
    "View",
    "accept",
    "appeal",
    "ask_judge",
    "counted",
    "expire",
    "get",
    "judge",
    "listed",
    "next_due",
    "of",
    "open_",
    "propose",
    "read_share",
    "side",
    "withdraw",
]

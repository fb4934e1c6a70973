"""What a run reached, and whether it was enough: a model that never came somewhere has proved nothing about it.

Every status, every step of every flow and every refusal of the money core must be reached at least so often in 2,000 steps,
in a longer run as much oftener. The flows are read from the domain, so a new status without a rule here fails this.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from domain.flow import FLOWS
from tests.model.model import No

STEPS = 2000
FLOOR = 3
"""How often at least in so many steps, where nothing else is said below."""
COLUMNS = {
    ("campaigns", "status"): ("campaigns", 0),
    ("campaign_targets", "status"): ("targets", 0),
    ("campaign_targets", "approval"): ("targets", 1),
    ("escrows", "status"): ("escrows", 0),
    ("post_jobs", "status"): ("jobs", 0),
    ("deposits", "status"): ("deposits", 0),
    ("withdrawals", "status"): ("withdrawals", 0),
    ("disputes", "status"): ("disputes", 0),
    ("proposals", "status"): ("proposals", 0),
}
"""Where the picture shows a column. (Attempts are lists.)"""
NO_ACT_YET = {
    "campaigns.status": ("cancelled",),
}
"""Statuses that no act of the domain brings about."""
ABOUT_MONEY = ("cancel_withdrawal", "approve_withdrawal", "reject", "send", "pay", "doubt", "give_back")
ABOUT_DISPUTES = ("propose", "ask_judge", "withdraw_dispute", "judge", "accept", "appeal")
ABOUT_PROPOSALS = ("decline_proposal", "accept_time", "accept_price")
"""What may be asked about a withdrawal, a dispute and a proposal."""
REFUSALS = {
    "NotAllowed": [
        *("release", "refund", "take_back", "draft", "request", "approve_withdrawal", "pay"),
        *("judge", "withdraw_dispute"),
    ],
    "Halted": [
        *("credit", "hold", "release", "refund", "claim", "start", "check_out", "reverse"),
        *("request", "cancel_withdrawal", "reject", "send", "pay", "give_back", "accept_price"),
    ],
    "NotFound": [
        "hold",
        "approve",
        "decline",
        "cancel",
        "release",
        "refund",
        "look",
        "verdict",
        "credit",
        "pause",
        "accept_late",
        *("dispute", "make_proposal"),
        *ABOUT_MONEY,
        *ABOUT_DISPUTES,
        *ABOUT_PROPOSALS,
    ],
    "WrongState": [
        "hold",
        "approve",
        "decline",
        "cancel",
        "release",
        "refund",
        "verdict",
        "credit",
        "pause",
        "accept_late",
        "place",
        "reverse",
        "dispute",
        *(act for act in ABOUT_MONEY if act != "pay"),
        *ABOUT_DISPUTES,
        *ABOUT_PROPOSALS,
        "make_proposal",
    ],
    "WrongState, disputed": ["verdict"],
    "OutOfRange": ["receive", "propose"],
    "BadDeposit": ["invoice"],
    "InvoiceMismatch": ["check_out"],
    "ChargeMismatch": ["receive"],
    "NotListed": ["place", "hold"],
    "OwnChannel": ["place"],
    "BadSlot": ["place", "hold", "make_proposal"],
    "NotEnoughMoney": ["hold"],
    "OverLimit": ["hold"],
    "AnswerTooLate": ["approve", "make_proposal", "decline_proposal", "accept_price"],
    "Changed": ["approve", "decline", "make_proposal"],
    "SameTerms": ["make_proposal"],
    "TooManyRounds": ["make_proposal"],
    "NotEnoughBeside": ["accept_price"],
    "LeaseLost, moved on": ["start", "record"],
    "LeaseLost, another's": ["start", "record", "put_back", "drop"],
    "LeaseLost, ran out": ["start"],
    "HeldBack": ["start"],
    "Overdue": ["accept_late"],
    "NotServed": ["release"],
    "NotFailed": ["refund"],
    "NoEvidence": ["verdict"],
    "AnotherMessage": ["verdict"],
    "InDispute": ["release"],
    "NotDisputable": ["dispute"],
    "TalksFirst": ["ask_judge"],
    "SameJudge": ["judge"],
    "TooLittle": ["request"],
    "NotEarned": ["request"],
    "AlreadyWithdrawing": ["request"],
    "TooEarly": ["approve_withdrawal"],
    "BeingPaid": ["send", "pay", "give_back"],
    "PaidOtherwise": ["pay"],
    "ReferenceTaken": ["pay"],
}
"""Every refusal of the money core, by the acts that must have met it."""
NOT_WALKED = {
    "what a post may hold: no money is near": (
        *("EmptyPost", "TextTooLong", "NotPublishable", "BadAlbum", "SecondCaption", "ButtonsUnderAlbum"),
        *("TooManyButtons", "BadLink", "BadLabel"),
    ),
    "who and what is registered; every channel and person is there from the start": (
        *("NotAChannel", "MissingRights", "NotChannelAdmin", "ListedByAnother", "CourierLacks", "NoCourier"),
        *("ChannelBlocked", "UnknownTimeZone", "UnknownLanguage", "IsAdmin", "OwnBlock"),
    ),
    "what people write, type or press": (
        *("ReasonTooLong", "TooManyTickets", "TooManyReports", "UnclearTrail", "UnreadableTime"),
    ),
    "searches look at a channel, and there is none": ("NotThisPost", "NotSeen"),
    "in the model one admin will do": ("NeedsCountersign", "BadCountersign", "OwnCountersign"),
    "the model's admins take no part in what they judge": ("PartyCannotJudge", "OwnWithdrawal"),
    "a message's number is given once, is the newest, and is typed": ("MessageTaken", "NotThereYet", "AnotherChannel"),
    "it is met, but not in every run": ("BeingSent",),
    "an admin's new try after a refund is no act of the model": ("NotRetryable",),
    "the books are clean, so nothing is repaired or adjusted": (
        *("BalanceDiffers", "AddedToSetAside", "TransferUneven", "SealedAsItIs", "NoCounterpart", "NothingToRepair"),
        *("Overdrawn", "RepairFirst", "KeyTaken", "NotAdjustable", "SameWallet", "WalletShort", "NeedsOwner"),
    ),
    "the launch has its own tests": (
        *("HaltedSince", "OtherLimit", "NotInOrder", "PhasePassed", "LaunchBusy", "LaunchMoved", "NoTestPeople"),
        "BadLaunchSetup",
    ),
}
"""The other refusals, by the reason why the model never meets them."""

LOSS = "reverse: the house made it good"


def refusals_in(answer: Any) -> dict[Any, No]:
    """The refusals within the answers of a set."""
    return {item: came for item, came in answer.items() if isinstance(came, No)} if isinstance(answer, dict) else {}


@dataclass
class Coverage:
    acts: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    steps: int = 0

    def answered(self, name: str, answer: Any) -> None:
        """Counts an act and what was refused; and a loss that the house made good."""
        self.acts[name] += 1
        for no in [answer] if isinstance(answer, No) else refusals_in(answer).values():
            self.reached[f"{name}: {no.args[0]}" + (f", {no.why}" if no.why else "")] += 1
        if name == "reverse" and isinstance(answer, dict):
            self.reached[LOSS] += sum(isinstance(came, int) and came > 0 for came in answer.values())

    def moved(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Counts each status that was entered, and the step by which."""
        for (table, column), (name, place) in COLUMNS.items():
            for number, row in after[name].items():
                old = before[name][number][place] if number in before[name] else None
                self.step(f"{table}.{column}", old, row[place])
        for where, name in (("post_attempts.status", "attempts"), ("post_checks.verdict", "seen")):
            for job, things in after[name].items():
                known = before[name].get(job, [])
                for n, status in enumerate(things):
                    self.step(where, known[n] if n < len(known) else None, status)

    def step(self, where: str, old: str | None, new: str) -> None:
        if old != new:
            self.reached[f"{where} = {new}"] += 1
            if old is not None:
                self.reached[f"{where}: {old} -> {new}"] += 1

    def floors(self) -> Iterator[tuple[str, int]]:
        """What must be reached, and how often in so many steps."""
        least = max(1, FLOOR * self.steps // STEPS)
        for g in FLOWS:
            where = f"{g.table}.{g.column}"
            if (g.table, g.column) not in {*COLUMNS, ("post_attempts", "status")}:
                continue
            absent = NO_ACT_YET.get(where, ())
            for old, news in g.steps.items():
                if old not in absent:
                    yield f"{where} = {old}", least
                yield from ((f"{where}: {old} -> {new}", least) for new in sorted(news) if new not in absent)
        yield from (
            (what, least)
            for what in (LOSS, *(f"post_checks.verdict = {saw}" for saw in ("up", "gone", "changed", "unknown")))
        )
        for refusal, acts in REFUSALS.items():
            yield from ((f"{act}: {refusal}", least) for act in acts)

    def lacking(self) -> list[str]:
        """What was reached too rarely."""
        return [
            f"{what}: {self.reached[what]} of {least}" for what, least in self.floors() if self.reached[what] < least
        ]

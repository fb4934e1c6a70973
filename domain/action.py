"""An action is the one way to change anything; a query is the one way to read. Both say who may.

An action is a plain function of an `Act`: it cannot await, so it cannot reach the network from inside a transaction. Only
the gate (`storage/gate.py`) calls it, after the permission check and the reading of its switches; actions never call
actions (a guard test). `roles` and `gates` have no defaults, so neither can be forgotten: `gates=()` is written out loud.

`@action` decides about one thing. `@set_action` takes many, each decided by itself: it answers an outcome, or a refusal,
for every item.
"""

from collections.abc import Callable, Hashable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import SystemRandom
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from domain.errors import NeedsOwner, Refusal, Refused

P = ParamSpec("P")
R = TypeVar("R")
K = TypeVar("K", bound=Hashable)
F = TypeVar("F", bound=Callable[..., Any])


class Switch(StrEnum):
    """The kill switches: each a named permission, ENABLED or HALTED."""

    payouts = "payouts"
    """Releasing an escrow to its publisher."""
    new_escrows = "new_escrows"
    """Holding money for a placement."""
    telegram_posting = "telegram_posting"
    """Starting a publication, a pin, or an edit in a channel."""
    worker_post = "worker_post"
    """Claiming post jobs."""
    worker_watchdogs = "worker_watchdogs"
    """The ticks that act on expired leases and overdue jobs."""
    withdrawals = "withdrawals"
    """Beginning to pay a withdrawal, and recording that it is paid."""
    money_movement = "money_movement"
    """Every transfer of money."""


class Role(StrEnum):
    system = "system"
    """Our own ticks, and the shell."""
    user = "user"
    """Anyone who has met the bot and is not blocked."""
    blocked = "blocked"
    """A blocked user: may read and end what runs, but books, approves, lists and withdraws nothing."""
    operator = "operator"
    """May halt switches and read everything."""
    admin = "admin"
    """May also resume and decide about money; named in the settings, nowhere else."""


SYSTEM = frozenset({Role.system})
PEOPLE = frozenset({Role.user})
ANYONE = frozenset({Role.user, Role.blocked})
STAFF = frozenset({Role.operator, Role.admin})
ADMINS = frozenset({Role.admin})


@dataclass(frozen=True)
class Actor:
    """Who acts: `user:7` or `system:settlement`, with what they may."""

    name: str
    roles: frozenset[Role]

    @classmethod
    def system(cls, part: str) -> "Actor":
        return cls(f"system:{part}", SYSTEM)

    @classmethod
    def user(cls, user_id: int, *roles: Role) -> "Actor":
        return cls(f"user:{user_id}", frozenset(roles))

    @property
    def user_id(self) -> int | None:
        kind, _, number = self.name.partition(":")
        return int(number) if kind == "user" else None

    def is_user(self, user_id: int | None) -> bool:
        return user_id is not None and self.user_id == user_id


@dataclass(frozen=True)
class Limit:
    """The launch's micro limit that a switch may carry, in minor units and open escrows."""

    max_amount: int | None = None
    max_open: int | None = None


@dataclass(frozen=True)
class Event:
    """What an act did to one thing; becomes an audit event."""

    actor: str
    noun: str
    subject: str
    details: dict[str, Any]


@dataclass(frozen=True)
class Terms:
    """The numbers of the house; the settings may change each of them."""

    fee_bps: int = 1000
    """The house's part of a payout, in basis points."""
    answer: timedelta = timedelta(hours=24)
    """How long a publisher has to answer, never past the slot."""
    reminders: tuple[timedelta, ...] = (timedelta(hours=12), timedelta(hours=2))
    """How long before the end of that time a publisher who has not answered is reminded; the longest first."""
    proposal: timedelta = timedelta(hours=12)
    """How long an advertiser has to answer a proposal, never past the slot."""
    rounds: int = 3
    """How many proposals may be made about a placement and those it follows."""
    after_proposal: timedelta = timedelta(hours=4)
    """How long at least a publisher has to answer once a proposal came to nothing, never past the slot."""
    late: timedelta = timedelta(hours=2)
    """How long after its slot (or its approval) a placement may still be published."""
    tolerated: timedelta = timedelta(minutes=30)
    """How late it is still published without asking the advertiser."""
    retry_first: timedelta = timedelta(seconds=5)
    """How long after a first try that was not sent the second one follows; doubled each time, with a part by chance."""
    retry_most: timedelta = timedelta(minutes=5)
    """The longest wait between two tries."""
    repin: timedelta = timedelta(minutes=1)
    """How long after a pin of which nobody knows what came of it the next one follows."""
    confirm: timedelta = timedelta(minutes=37)
    """When the confirming look follows the end: Telegram may show a deleted post for up to 30 minutes."""
    early: tuple[timedelta, timedelta] = (timedelta(minutes=5), timedelta(minutes=10))
    """Between which ages of a post the early look is made."""
    bands: int = 8
    """Into how many bands the paid time is cut; in each a look is made at a random moment."""
    repair: timedelta = timedelta(minutes=30)
    """For how long a post may be altered and still be restored, in all."""
    chance: Callable[[], float] = SystemRandom().random
    """Draws from 0 to 1 the moments of looks, which nobody may foresee, and of retries; a test gives its own."""
    second_look: timedelta = timedelta(minutes=4)
    """How long after a first look that found nothing the second one follows."""
    look_again: tuple[timedelta, ...] = tuple(timedelta(minutes=m) for m in (5, 15, 45, 120))
    """After looks that could not tell; then a person decides."""
    lease: timedelta = timedelta(seconds=120)
    """How long a worker may keep a job it has claimed."""
    lost_leases: int = 3
    """How many leases a job may lose, claimed alone, before it is poison."""
    ahead: timedelta = timedelta(days=60)
    """How far ahead a slot may be booked."""
    digest_hour: int = 6
    """From which hour of the day, in UTC, the admins are told of the day before."""
    countersign: bool = False
    """Do the acts that `countersigns` names need a second admin? In production they do."""
    countersign_for: timedelta = timedelta(hours=24)
    """How long a countersign may be signed and used."""
    search_again: tuple[timedelta, ...] = tuple(timedelta(minutes=m) for m in (1, 5, 15, 45, 120))
    """After searches that could not look at everything; then a person decides."""
    search_apart: timedelta = timedelta(minutes=5)
    """At least so long after a completed search that found nothing the next one follows."""
    search_settled: timedelta = timedelta(minutes=35)
    """How old an attempt must be for a search to be believed that nothing was sent."""
    search_after: tuple[timedelta, ...] = tuple(timedelta(hours=h) for h in (1, 6, 24))
    """When after a failure it is searched again for what may still turn up."""
    search_gap: int = 20
    """So many numbers in a row without a message are taken for the end of a channel."""
    search_most: int = 100
    """The most messages that one search looks at."""
    verdict_limit: int = 10_000
    """Above this price, in minor units, a verdict needs a countersign."""
    stuck: timedelta = timedelta(minutes=15)
    """How long after its job's deadline an escrow without an outcome is stuck, and a due one that is not moved is told of."""
    talks: timedelta = timedelta(hours=48)
    """How long the two sides of a dispute have to agree; then an admin decides."""
    appeal: timedelta = timedelta(hours=48)
    """How long either side may appeal to another admin."""
    visit: timedelta = timedelta(days=1)
    """How often a channel is visited to see that the bot still has its rights."""
    visit_open: timedelta = timedelta(hours=1)
    """The same for a channel with open placements."""
    unseen: timedelta = timedelta(hours=1)
    """How long after we recorded a payment Telegram's own book must show it."""
    maturity: timedelta = timedelta(days=21)
    """How long Telegram keeps Stars before they can be withdrawn; so long a payout matures."""
    withdrawal_least: int = 100
    """The least that may be withdrawn, in minor units: somebody pays it by hand."""
    withdrawal_limit: int = 10_000
    """Above this amount, in minor units, approving a withdrawal needs a countersign."""
    first_withdrawal: timedelta = timedelta(hours=24)
    """How long a person's first withdrawal waits before it may be approved."""

    def next_reminder(self, until: datetime, now: datetime) -> datetime | None:
        """The first reminder of what must be answered by `until` that is still to come. What does not fit is left out."""
        return next((until - before for before in self.reminders if until - before > now), None)


@dataclass
class Look:
    """A read-only transaction: one connection, one moment, one reader, the house's numbers and admins."""

    conn: Connection
    now: datetime
    actor: Actor
    terms: Terms
    admins: frozenset[int]


@dataclass
class Act(Look):
    """One transaction of one action. `epoch` is the greatest flip it has read, `limits` what its switches carry."""

    id: str
    name: str
    epoch: int = 0
    limits: dict[Switch, Limit] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    moved: list[tuple[str, int]] = field(default_factory=list)
    """The reason and the amount of each transfer it made."""
    owes: bool = False
    """Did it write a notice that is now to be sent?"""
    lift: Callable[[Connection], AbstractContextManager[None]] | None = None
    _session: Session | None = None

    def unguarded(self) -> AbstractContextManager[None]:
        """Lifts the database's guards for a repair, within this transaction. Only the owner's gate can."""
        if self.lift is None:
            raise Refused(NeedsOwner(self.name))
        return self.lift(self.conn)

    @property
    def session(self) -> Session:
        """For actions that use ORM rows; the gate flushes it. One action uses rows or Core statements, not both."""
        if self._session is None:
            self._session = Session(bind=self.conn, expire_on_commit=False, join_transaction_mode="rollback_only")
        return self._session

    def flush(self) -> None:
        if self._session is not None:
            self._session.flush()
            self._session.close()

    def record(self, noun: str, subject: object, actor: Actor | None = None, **details: Any) -> None:
        """One event for each thing acted on; an act that changes nothing records none."""
        self.events.append(Event((actor or self.actor).name, noun, str(subject), details))


class Asked(dict[K, Actor]):
    """The items of a set, each with who asks for it."""


class Outcomes(dict[K, "R | Refusal"], Generic[K, R]):
    """For each item what came of it."""

    def done(self) -> dict[K, R]:
        return {item: came for item, came in self.items() if not isinstance(came, Refusal)}

    def refused(self) -> dict[K, Refusal]:
        return {item: came for item, came in self.items() if isinstance(came, Refusal)}


@dataclass(frozen=True)
class Facts:
    """What is known of an action before it runs."""

    name: str
    roles: frozenset[Role]
    gates: tuple[Switch, ...]
    is_set: bool

    @property
    def noun(self) -> str:
        return self.name.partition(".")[0]


ACTIONS: dict[Callable[..., Any], Facts] = {}
QUERIES: dict[Callable[..., Any], frozenset[Role]] = {}


def action(
    name: str, *, roles: frozenset[Role], gates: tuple[Switch, ...]
) -> Callable[[Callable[Concatenate[Act, P], R]], Callable[Concatenate[Act, P], R]]:
    """Makes a function an action about one thing."""
    return _registered(Facts(name, roles, gates, is_set=False))


def set_action(
    name: str, *, roles: frozenset[Role], gates: tuple[Switch, ...]
) -> Callable[
    [Callable[Concatenate[Act, Asked[K], P], Outcomes[K, R]]], Callable[Concatenate[Act, Asked[K], P], Outcomes[K, R]]
]:
    """Makes a function an action about a set of things, each decided by itself."""
    return _registered(Facts(name, roles, gates, is_set=True))


def _registered(facts: Facts) -> Callable[[F], F]:
    def register(body: F) -> F:
        ACTIONS[body] = facts
        return body

    return register


def query(*, roles: frozenset[Role]) -> Callable[[F], F]:
    """Makes a function of a `Look` a query, for `ask`."""

    def register(body: F) -> F:
        QUERIES[body] = roles
        return body

    return register


def in_order(items: Iterable[int]) -> list[int]:
    """Ids as locks want them."""
    return sorted(set(items))

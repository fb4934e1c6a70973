"""What must happen, in plain Python: no database, no transaction, no code of the marketplace. The machine compares the two.

Moments are whole seconds since the start, `who` is a user's number or the name of a part of the system. A refusal is raised as
`No(class, facts…)`; a method that decides about a set (`@each`) answers for every item, `No`'s arguments where it was refused.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

MINUTE, HOUR, DAY = 60, 3600, 86400
FEE, ANSWER, LATE, TOLERATED, AHEAD = 1000, DAY, 2 * HOUR, 30 * MINUTE, 60 * DAY
LEASE, LOSSES = 120, 3
PROPOSAL, AFTER, ROUNDS = HOUR, 4 * HOUR, 3
MATURITY, FIRST, LEAST, TALKS, APPEAL = HOUR, HOUR, 100, HOUR, HOUR
"""Of proposals, withdrawals and disputes; the marketplace of the model is in a hurry."""
EARLY, EARLY_IS_OVER, BANDS, REPAIR = 450, 600, 8, 30 * MINUTE
"""The marketplace of the model draws the middle of every window."""
CONFIRM, SECOND_LOOK, LOOK_AGAIN = 37 * MINUTE, 4 * MINUTE, [m * MINUTE for m in (5, 15, 45, 120)]
SIDES = ("advertiser", "publisher")
SWITCHES = (
    "payouts",
    "new_escrows",
    "telegram_posting",
    "worker_post",
    "worker_watchdogs",
    "withdrawals",
    "money_movement",
)
BECOMES = {"accepted": "success", "refused": "failed", "not_sent": "queued", "unknown": "uncertain"}


class No(Exception):
    """A refusal: the name of its class, and as many of its facts as are predicted; `why`, where one class has several causes."""

    def __init__(self, *said: Any, why: str = "") -> None:
        super().__init__(*said)
        self.why = why


@dataclass
class Deposit:
    user: int
    amount: int
    status: str = "invoiced"
    charge: str | None = None
    taken_back: bool = False
    lost: int = 0
    """What the house made good when it was reversed."""


@dataclass
class Campaign:
    owner: int
    status: str = "draft"


@dataclass
class Channel:
    owner: int
    price: int
    hours: int
    listed: bool = True


@dataclass
class Target:
    campaign: int
    publisher: int
    channel: int
    price: int
    hours: int
    slot: int | None
    status: str = "pending"
    approval: str = "waiting"
    version: int = 1
    answer_by: int | None = None
    retry_of: int | None = None


@dataclass
class Proposal:
    target: int
    round: int
    slot: int | None
    price: int | None
    by: int
    asked_by: int
    answer_by: int
    made: int
    status: str = "made"


@dataclass
class Job:
    due: int
    deadline: int
    status: str = "queued"
    failure: str | None = None
    lease: int | None = None
    until: int | None = None
    together: int = 0
    """How many were claimed with it, itself too."""
    asked: bool = False
    accepted: bool = False
    lost: int = 0
    lost_alone: int = 0
    tries: list[str] = field(default_factory=list)
    said: dict[int, str] = field(default_factory=dict)
    """What was recorded under each lease."""
    seen: list[str] = field(default_factory=list)
    look: int | None = None
    published: int = 0
    changed: int | None = None
    spent: int = 0
    """How long it was altered before that."""
    edited: int = 0
    """The date of the newest edit."""
    confirm: int | None = None
    served: int | None = None
    disputed: bool = False
    share: int | None = None
    judged: set[str] = field(default_factory=set)
    """What verdicts said of it, all on the same evidence."""
    shown: bool = False
    """Its message is the one that a verdict named."""

    @property
    def is_blind(self) -> bool:
        """Published, and the looks have given up: only a person can tell."""
        return self.status == "success" and self.served is None and self.look is None


@dataclass
class Dispute:
    target: int
    side: str
    opener: int
    words: str
    until: int | None
    status: str = "talks"
    wishes: dict[str, int] = field(default_factory=dict)
    """What each side proposes for the publisher."""
    share: int | None = None
    judge: int | None = None
    evidence: str | None = None
    accepted: set[str] = field(default_factory=set)
    appeal: tuple[int, str] | None = None

    @property
    def is_open(self) -> bool:
        return self.status in ("talks", "judging", "decided", "appealed")

    def become(self, status: str, until: int | None = None) -> None:
        self.status, self.until = status, until


@dataclass
class Withdrawal:
    user: int
    amount: int
    to: str
    not_before: int
    status: str = "requested"
    sender: int | None = None
    reference: str | None = None
    note: str | None = None

    @property
    def is_open(self) -> bool:
        return self.status in ("requested", "approved", "sending", "uncertain")

    @property
    def is_kept(self) -> bool:
        """Set aside or paid: what came back does not count."""
        return self.is_open or self.status == "paid"


def act(*roles: str, gates: tuple[str, ...] = ()) -> Callable[[Any], Any]:
    """Who may, and which switches must permit it; asked in this order, before anything else."""

    def gated(body: Any) -> Any:
        @wraps(body)
        def run(self: "Model", who: int | str, *args: Any) -> Any:
            if not self.roles(who) & set(roles):
                raise No("NotAllowed")
            for key in gates:
                if not self.switches.get(key, (False,))[0]:
                    raise No("Halted", key)
            return body(self, who, *args)

        return run

    return gated


def each(body: Any) -> Any:
    """Every item is decided by itself."""

    @wraps(body)
    def run(self: "Model", who: int | str, items: tuple[Any, ...], *args: Any) -> dict[Any, Any]:
        came: dict[Any, Any] = {}
        for item in items:
            try:
                came[item] = body(self, who, item, *args)
            except No as no:
                came[item] = no
        return came

    return run


class Model:
    def __init__(self, people: tuple[int, ...], admins: tuple[int, ...]) -> None:
        self.now = 0
        self.people, self.admins = people, admins
        self.blocked: set[int] = set()
        self.switches: dict[str, tuple[bool, int | None, int | None]] = {}
        self.wallets: Counter[str] = Counter()
        self.deposits: dict[int, Deposit] = {}
        self.invoices: set[int] = set()
        self.channels: dict[int, Channel] = {}
        self.campaigns: dict[int, Campaign] = {}
        self.targets: dict[int, Target] = {}
        self.escrows: dict[int, str] = {}
        self.tallied: set[int] = set()
        """Those whose campaign was looked at since they were resolved."""
        self.jobs: dict[int, Job] = {}
        self.leases = 0
        self.payouts: list[tuple[int, int, int]] = []
        """Who was paid how much, and when."""
        self.withdrawals: dict[int, Withdrawal] = {}
        self.disputes: dict[int, Dispute] = {}
        self.proposals: dict[int, Proposal] = {}
        self.numbers_burn = False
        """Is a placement's number that was refused in the end not given again? (PostgreSQL.)"""
        self.burnt = 0

    def roles(self, who: int | str) -> set[str]:
        if isinstance(who, str):
            return {"system"}
        known = {"blocked"} if who in self.blocked else {"person"} if who in self.people else set()
        return known | ({"admin"} if who in self.admins else set())

    def move(self, source: str, destination: str, amount: int) -> None:
        self.wallets[source] -= amount
        self.wallets[destination] += amount

    # switches

    @act("admin", "system")
    def init(self, who: int | str) -> list[str]:
        return self.flip([key for key in SWITCHES if key not in self.switches], False)

    @act("admin", "system")
    def halt(self, who: int | str, keys: tuple[str, ...]) -> list[str]:
        return self.flip(keys, False)

    @act("admin")
    def resume(self, who: int, keys: tuple[str, ...], limit: tuple[int | None, int | None] | None = None) -> list[str]:
        return self.flip(keys, True, limit)

    def flip(self, keys: Any, enabled: bool, limit: tuple[int | None, int | None] | None = None) -> list[str]:
        """A limit stays with its switch until another one is named, or none."""
        to = {
            key: (enabled, *(self.switches.get(key, (False, None, None))[1:] if limit is None else limit))
            for key in keys
        }
        changed = [key for key in keys if self.switches.get(key) != to[key]]
        self.switches |= {key: to[key] for key in changed}
        return changed

    # money coming in

    @act("person")
    def invoice(self, who: int, amount: int) -> int:
        if not 1 <= amount <= 100_000:
            raise No("BadDeposit")
        self.deposits[number := len(self.deposits) + 1] = Deposit(who, amount)
        self.invoices.add(number)
        return number

    @act("person", gates=("money_movement",))
    def check_out(self, who: int, invoice: int, amount: int) -> int:
        if self.deposits.get(invoice) != Deposit(who, amount):
            raise No("InvoiceMismatch")
        return invoice

    @act("system")
    def receive(self, who: str, user: int, amount: int, charge: str, invoice: int | None = None) -> int:
        if not 1 <= amount <= 10**12:
            raise No("OutOfRange")
        number = next((i for i, d in self.deposits.items() if d.charge == charge), None)
        if number is not None:
            is_another = {invoice, number} <= self.invoices and invoice != number
            if is_another or (self.deposits[number].user, self.deposits[number].amount) != (user, amount):
                raise No("ChargeMismatch", charge)
            return number
        if invoice is None or invoice not in self.deposits or self.deposits[invoice].status != "invoiced":
            invoice = len(self.deposits) + 1
        self.deposits[invoice] = Deposit(user, amount, "received", charge)
        return invoice

    @act("system", gates=("money_movement",))
    @each
    def credit(self, who: str, number: int) -> int:
        deposit = self.deposit(number)
        if deposit.taken_back or deposit.status == "invoiced":
            raise No("WrongState", "payments", deposit.status)
        if deposit.status == "received":
            deposit.status = "credited"
            self.move("external:XTR", f"user:{deposit.user}:XTR", deposit.amount)
        return deposit.amount

    @act("system")
    def take_back(self, who: str, charge: str) -> int | None:
        """From outside, whatever we say: the user is blocked, and the money follows when it may move."""
        number = next((i for i, d in self.deposits.items() if d.charge == charge), None)
        if number is not None:
            self.deposits[number].taken_back = True
            self.blocked.add(self.deposits[number].user)
        return number

    @act("admin")
    def unblock(self, who: int, user: int) -> int:
        self.blocked.discard(user)
        return user

    @act("system", gates=("money_movement",))
    @each
    def reverse(self, who: str, number: int) -> int:
        deposit = self.deposit(number)
        if deposit.status == "reversed":
            return deposit.lost
        if not deposit.taken_back:
            raise No("WrongState", "payments", deposit.status)
        wallet = f"user:{deposit.user}:XTR"
        owed = deposit.amount if deposit.status == "credited" else 0
        there = min(owed, self.wallets[wallet])
        deposit.status, deposit.lost = "reversed", owed - there
        self.move(wallet, "external:XTR", there)
        self.move("losses:XTR", "external:XTR", deposit.lost)
        return deposit.lost

    def deposit(self, number: int) -> Deposit:
        if number not in self.deposits:
            raise No("NotFound", "payments")
        return self.deposits[number]

    # channels and orders

    @act("person")
    def offer(self, who: int, channel: int, price: int, hours: int) -> None:
        mine = self.own_channel(who, channel)
        mine.price, mine.hours, mine.listed = price, hours, True

    @act("person", "blocked")
    def unlist(self, who: int, channel: int, paused: bool) -> None:
        self.own_channel(who, channel).listed = not paused

    def own_channel(self, who: int, channel: int) -> Channel:
        if channel not in self.channels or self.channels[channel].owner != who:
            raise No("NotFound", "channels")
        return self.channels[channel]

    @act("person")
    def draft(self, who: int) -> int:
        self.campaigns[number := len(self.campaigns) + 1] = Campaign(who)
        return number

    @act("person")
    def place(self, who: int, campaign: int, channel: int, slot: int | None) -> int:
        self.own_campaign(who, campaign, "draft")
        offer = self.channels.get(channel)
        if offer is None or not offer.listed or offer.owner in self.blocked:
            raise No("NotListed")
        if offer.owner == who:
            raise No("OwnChannel")
        if slot is not None and not self.now < slot < self.now + AHEAD:
            raise No("BadSlot")
        target = Target(campaign, offer.owner, channel, offer.price, offer.hours, slot)
        self.targets[number := self.next_target] = target
        return number

    @property
    def next_target(self) -> int:
        return len(self.targets) + self.burnt + 1

    @act("person", "blocked")
    def pause(self, who: int, campaign: int, paused: bool) -> None:
        self.own_campaign(who, campaign, "active", "paused").status = "paused" if paused else "active"

    def own_campaign(self, who: int, number: int, *statuses: str) -> Campaign:
        campaign = self.campaigns.get(number)
        if campaign is None or campaign.owner != who:
            raise No("NotFound", "campaigns")
        if campaign.status not in statuses:
            raise No("WrongState", "campaigns", campaign.status)
        return campaign

    @act("person", gates=("new_escrows", "money_movement"))
    @each
    def hold(self, who: int, order: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
        mine = {i: t for i in order if (t := self.targets.get(i)) and self.campaigns[t.campaign].owner == who}
        campaigns = {t.campaign for t in mine.values()}
        if not order or len(mine) < len(set(order)) or len(campaigns) > 1:
            raise No("NotFound", "campaign_targets")
        held = tuple((i, t.price) for i, t in mine.items())
        if all(i in self.escrows for i in mine):
            return held
        campaign = self.campaigns[campaigns.pop()]
        for i, target in mine.items():
            if i in self.escrows:
                raise No("WrongState", "campaign_targets")
            self.fit(target)
        self.affordable(who, *mine.values())
        campaign.status = "active"
        for i, target in mine.items():
            self.set_aside(who, i, target)
        return held

    def fit(self, target: Target) -> None:
        """May it be booked?"""
        if (status := self.campaigns[target.campaign].status) in ("paused", "completed"):
            raise No("WrongState", "campaigns", status)
        if not self.channels[target.channel].listed or self.channels[target.channel].owner in self.blocked:
            raise No("NotListed")
        if target.slot is not None and target.slot <= self.now:
            raise No("BadSlot")

    def affordable(self, who: int, *targets: Target) -> None:
        """May so much be booked, and is it there?"""
        _, most, open_ = self.switches["new_escrows"]
        if most is not None and any(t.price > most for t in targets):
            raise No("OverLimit", "amount")
        if open_ is not None and Counter(self.escrows.values())["held"] + len(targets) > open_:
            raise No("OverLimit", "open")
        needed, available = sum(t.price for t in targets), self.wallets[f"user:{who}:XTR"]
        if available < needed:
            raise No("NotEnoughMoney", needed, available)

    def set_aside(self, who: int, number: int, target: Target) -> None:
        target.answer_by = min(self.now + ANSWER, target.slot or self.now + ANSWER)
        self.move(f"user:{who}:XTR", f"escrow:{number}", target.price)
        self.escrows[number] = "held"
        self.jobs[number] = Job(target.slot or self.now, target.answer_by)

    # the publisher's word, and what ends it

    @act("person")
    def approve(self, who: int, number: int, version: int) -> tuple[int, str, int]:
        target = self.answered(who, number, version, "approved")
        if target.approval == "waiting":
            self.decide(number, "approved")
            self.schedule(number)
        return number, target.approval, target.version

    def schedule(self, number: int) -> None:
        job = self.jobs[number]
        job.due = max(self.targets[number].slot or 0, self.now)
        job.deadline = job.due + LATE

    @act("person", "blocked")
    def decline(self, who: int, number: int, version: int) -> tuple[int, str, int]:
        target = self.answered(who, number, version, "declined")
        if number in self.jobs and self.jobs[number].failure == "repriced":
            raise No("WrongState", "campaign_targets", "declined")
        if target.approval == "waiting":
            self.decide(number, "declined")
        return number, target.approval, target.version

    def answered(self, who: int, number: int, version: int, answer: str) -> Target:
        target = self.targets.get(number)
        if target is None or number not in self.escrows or target.publisher != who:
            raise No("NotFound", "campaign_targets")
        if target.approval not in (answer, "waiting"):
            raise No("WrongState", "campaign_targets", target.approval)
        if target.version != version + (target.approval == answer):
            raise No("Changed")
        if target.approval == "waiting" and target.answer_by is not None and target.answer_by <= self.now:
            raise No("AnswerTooLate")
        return target

    def decide(self, number: int, approval: str) -> None:
        self.targets[number].approval = approval
        self.targets[number].version += 1
        if approval != "approved":
            self.fail(self.jobs[number], approval)
        for proposal in self.proposals.values():
            if proposal.target == number and proposal.status == "made":
                proposal.status = "withdrawn"

    def fail(self, job: Job, failure: str) -> None:
        job.status, job.failure, job.lease, job.until = "failed", failure, None, None

    @act("person", "blocked")
    def cancel(self, who: int, number: int) -> tuple[int, str, int]:
        target = self.targets.get(number)
        if target is None or number not in self.escrows or self.campaigns[target.campaign].owner != who:
            raise No("NotFound", "campaign_targets")
        if target.approval != "cancelled":
            if self.jobs[number].status != "queued":
                raise No("WrongState", "post_jobs", self.jobs[number].status)
            self.decide(number, "cancelled")
        return number, target.approval, target.version

    @act("system")
    def expire(self, who: str) -> list[int]:
        late = [i for i in self.jobs if self.targets[i].approval == "waiting" and self.targets[i].answer_by <= self.now]
        for i in late:
            self.decide(i, "expired")
        return sorted(late)

    # other terms

    @act("person")
    def make_proposal(self, who: int, number: int, version: int, slot: int | None, price: int | None) -> int:
        target = self.targets.get(number)
        if target is None or number not in self.escrows or target.publisher != who:
            raise No("NotFound", "campaign_targets")
        there = next((i for i, p in self.proposals.items() if p.target == number and p.status == "made"), None)
        if there is not None and (self.proposals[there].slot, self.proposals[there].price) == (slot, price):
            return there
        if target.approval != "waiting":
            raise No("WrongState", "campaign_targets", target.approval)
        if target.version != version or there is not None:
            raise No("Changed")
        asked_by = target.answer_by or 0
        if asked_by <= self.now:
            raise No("AnswerTooLate")
        if (slot is None and price == target.price) or (price is None and slot == target.slot):
            raise No("SameTerms")
        if slot is not None and not self.now < slot < self.now + AHEAD:
            raise No("BadSlot")
        line: list[int | None] = [number]
        while (before := self.targets[line[-1] or 0].retry_of) is not None:
            line.append(before)
        rounds = sum(p.target in line for p in self.proposals.values())
        if rounds >= ROUNDS:
            raise No("TooManyRounds", ROUNDS)
        answer_by = min(m for m in (self.now + PROPOSAL, target.slot, slot) if m is not None)
        made = Proposal(number, rounds + 1, slot, price, who, asked_by, answer_by, self.now)
        self.proposals[i := len(self.proposals) + 1] = made
        target.version += 1
        self.wait_until(made, answer_by)
        return i

    def wait_until(self, made: Proposal, since: int) -> None:
        """The publisher's clock goes on once the advertiser has no longer the word."""
        target, until = self.targets[made.target], since + max(made.asked_by - made.made, AFTER)
        target.answer_by = until if target.slot is None else min(until, target.slot)
        self.jobs[made.target].deadline = target.answer_by

    def proposed(self, who: int, number: int, to: str, is_price: bool | None = None) -> Proposal:
        """One that its advertiser answers, or has answered so."""
        made = self.proposals.get(number)
        if made is None or self.campaign_of(made.target).owner != who:
            raise No("NotFound", "proposals")
        if is_price is not None and is_price != (made.price is not None):
            raise No("NotFound", "proposals")
        if made.status not in ("made", to):
            raise No("WrongState", "proposals", made.status)
        if made.status == "made" and made.answer_by <= self.now:
            raise No("AnswerTooLate")
        return made

    @act("person", "blocked")
    def decline_proposal(self, who: int, number: int) -> int:
        made = self.proposed(who, number, "declined")
        if made.status == "made":
            made.status = "declined"
            self.wait_until(made, self.now)
        return number

    @act("person")
    def accept_time(self, who: int, number: int) -> tuple[int, str, int]:
        made = self.proposed(who, number, "accepted", is_price=False)
        target = self.targets[made.target]
        if made.status == "made":
            made.status, target.slot = "accepted", made.slot
            self.decide(made.target, "approved")
            self.schedule(made.target)
        return made.target, target.approval, target.version

    @act("person", gates=("new_escrows", "money_movement"))
    def accept_price(self, who: int, number: int) -> tuple[int, str, int]:
        """A linked placement takes the place of the old one, whose money comes back when it is refunded."""
        made = self.proposed(who, number, "accepted", is_price=True)
        old = self.targets[made.target]
        if made.status == "made":
            new = Target(old.campaign, old.publisher, old.channel, made.price or 0, old.hours, old.slot)
            try:
                self.fit(new)
                self.affordable(who, new)
            except No as no:
                self.burnt += self.numbers_burn
                raise No("NotEnoughBeside", *no.args[1:], old.price) if no.args[0] == "NotEnoughMoney" else no from None
            made.status, new.retry_of = "accepted", made.target
            self.decide(made.target, "declined")
            self.fail(self.jobs[made.target], "repriced")
            self.targets[number := self.next_target] = new
            self.set_aside(who, number, new)
            self.decide(number, "approved")
            self.schedule(number)
        number, new = next((i, t) for i, t in self.targets.items() if t.retry_of == made.target)
        return number, new.approval, new.version

    @act("system", "admin")
    def expire_proposals(self, who: int | str) -> list[int]:
        late = [i for i, p in self.proposals.items() if p.status == "made" and p.answer_by <= self.now]
        late.sort(key=lambda i: self.proposals[i].target)
        for i in late:
            self.proposals[i].status = "expired"
            self.wait_until(self.proposals[i], self.now)
        return late

    # publishing

    @property
    def claimable(self) -> list[int]:
        due = [i for i, j in self.jobs.items() if j.status == "queued" and j.due <= self.now < j.deadline]
        return sorted((i for i in due if self.is_ready(i)), key=lambda i: (self.jobs[i].due, i))

    def is_ready(self, number: int) -> bool:
        job = self.jobs[number]
        may = self.targets[number].approval == "approved" and self.campaign_of(number).status == "active"
        return may and self.now < job.deadline and (job.accepted or not self.is_late(number))

    def is_late(self, number: int) -> bool:
        return self.now > self.jobs[number].deadline - LATE + TOLERATED

    def campaign_of(self, number: int) -> Campaign:
        return self.campaigns[self.targets[number].campaign]

    @act("system", gates=("worker_post",))
    def claim(self, who: str, most: int) -> list[int]:
        due = self.claimable[:most]
        taken = due[:1] if due and self.jobs[due[0]].lost else [i for i in due if not self.jobs[i].lost]
        self.leases += bool(taken)
        for i in taken:
            job = self.jobs[i]
            job.status, job.lease, job.until, job.together = "sending", self.leases, self.now + LEASE, len(taken)
            job.tries.append("prepared")
        return taken

    def leased(self, number: int, lease: int, attempt: str) -> Job:
        job = self.jobs.get(number)
        if job is None:
            raise No("NotFound", "post_jobs")
        if job.lease != lease or job.tries[-1] != attempt:
            raise No("LeaseLost", why="another's" if job.tries and job.tries[-1] == attempt else "moved on")
        return job

    @act("system", gates=("telegram_posting",))
    @each
    def start(self, who: str, number: int, lease: int) -> None:
        job = self.leased(number, lease, "prepared")
        if job.until is None or job.until <= self.now:
            raise No("LeaseLost", why="ran out")
        if not self.is_ready(number):
            raise No("HeldBack")
        job.tries[-1] = "started"

    @act("system")
    @each
    def put_back(self, who: str, number: int, lease: int) -> None:
        self.end_lease(self.leased(number, lease, "prepared"), "queued", "dropped")

    @act("system")
    @each
    def drop(self, who: str, number: int, lease: int) -> str:
        return self.lose(self.leased(number, lease, "prepared"), alone=True)

    def lose(self, job: Job, *, alone: bool) -> str:
        self.end_lease(job, "queued", "dropped")
        if alone and job.lost_alone + 1 >= LOSSES:
            self.fail(job, "poison")
        else:
            job.lost, job.lost_alone = job.lost + 1, job.lost_alone + alone
        return job.status

    def end_lease(self, job: Job, status: str, attempt: str) -> None:
        job.status, job.lease, job.until, job.tries[-1] = status, None, None, attempt

    @act("system")
    @each
    def record(self, who: str, number: int, lease: int, outcome: str, retry: int) -> str:
        if (known := self.jobs.get(number)) and known.said.get(lease) == outcome != "accepted":
            return BECOMES[outcome]  # (what was accepted is said again with the number of another message)
        job = self.leased(number, lease, "started")
        self.end_lease(job, BECOMES[outcome], outcome)
        job.said[lease] = outcome
        job.due = self.now + retry
        job.failure = "refused" if outcome == "refused" else None
        if outcome == "accepted":
            self.publish(number)
        return job.status

    def publish(self, number: int) -> None:
        job, hours = self.jobs[number], self.targets[number].hours
        job.status = "success"
        if hours == 0:
            job.served = self.now
        else:
            job.published, job.look = self.now, self.now + EARLY
            job.confirm = self.now + hours * HOUR + CONFIRM

    def next_look(self, job: Job) -> int | None:
        """After a look that saw it up: the middle of what is left of the next band, the end, the confirming look."""
        end = (job.confirm or 0) - CONFIRM
        if self.now >= end:
            return job.confirm if self.now < end + CONFIRM else None
        width, due, over = (end - job.published) // BANDS, (job.look or 0) - job.published, self.now - job.published
        band = max(over, EARLY_IS_OVER) // width
        if due >= EARLY_IS_OVER:
            band = max(due // width + 1, band)
        if band >= BANDS:
            return end
        start = max(band * width, EARLY_IS_OVER, over)
        return job.published + start + ((band + 1) * width - start) // 2

    @act("system", "admin")
    def expire_leases(self, who: int | str) -> dict[int, str]:
        came = {}
        for i, job in self.jobs.items():
            if job.until is not None and job.until <= self.now:
                if job.tries[-1] == "prepared":
                    self.lose(job, alone=job.together == 1)
                else:
                    self.end_lease(job, "uncertain", "unknown")
                came[i] = job.status
        return came

    @act("system", "admin")
    def fail_overdue(self, who: int | str) -> list[int]:
        late = [i for i, j in self.jobs.items() if j.status == "queued" and j.deadline <= self.now]
        late = sorted(i for i in late if self.targets[i].approval == "approved")
        for i in late:
            self.fail(self.jobs[i], "overdue")
        return late

    @act("system")
    def ask_late(self, who: str) -> list[int]:
        waiting = [i for i, j in self.jobs.items() if j.status == "queued" and self.now < j.deadline and not j.asked]
        late = sorted(i for i in waiting if self.targets[i].approval == "approved" and self.is_late(i))
        for i in late:
            self.jobs[i].asked = True
        return late

    @act("person", "blocked")
    def accept_late(self, who: int, number: int) -> None:
        job = self.jobs.get(number)
        if job is None or self.campaign_of(number).owner != who or not job.asked:
            raise No("NotFound", "post_jobs")
        if job.accepted:
            return
        if job.status != "queued":
            raise No("WrongState", "post_jobs", job.status)
        if job.deadline <= self.now:
            raise No("Overdue")
        job.accepted = True

    # looking, and a person's word

    @act("system")
    @each
    def look(self, who: str, number: int, saw: str) -> str:
        job = self.jobs.get(number)
        if job is None:
            raise No("NotFound", "post_jobs")
        if job.status == "success" and job.look is not None and job.look <= self.now:
            before = job.seen[-1:]
            saw = "changed" if saw == "up" and job.changed is not None else saw  # a look sees only that it is there
            job.seen.append(saw)
            is_late = job.changed is not None and self.now >= self.restore_by(job)
            if (saw == "gone" and before == ["gone"]) or (saw == "changed" and is_late):
                job.status, job.look, job.disputed = "removed", None, False
            elif saw == "changed":
                job.changed = self.now if job.changed is None else job.changed
                job.look = self.restore_by(job)
            elif saw == "gone":
                job.look = self.now + SECOND_LOOK
            elif saw == "unknown":
                blind = next((n for n, s in enumerate(reversed(job.seen)) if s != "unknown"), len(job.seen)) - 1
                job.look = self.now + LOOK_AGAIN[blind] if blind < len(LOOK_AGAIN) else None
            else:
                job.look = self.next_look(job)
                job.served = self.now if job.look is None else None
        return job.status

    def restore_by(self, job: Job) -> int:
        """What is left of the one time to restore, from the beginning of the change on."""
        return (job.changed or 0) + max(REPAIR - job.spent, 0)

    def restore(self, job: Job) -> None:
        job.spent += 0 if job.changed is None else self.now - job.changed
        job.changed = None

    @act("system")
    def edit(self, who: str, number: int, same: bool, date: int | None) -> str | None:
        """Telegram tells of an edit of that date, or of none."""
        job = self.jobs.get(number)
        if job is None or job.status != "success" or job.served is not None or self.escrows[number] != "held":
            return None
        if date is not None and date < job.edited:
            return None
        job.edited = job.edited if date is None else date
        if same == (job.changed is None):
            return None
        if same:
            self.restore(job)
            job.look = self.now
            job.look = self.next_look(job) or self.now
        else:
            job.changed = self.now
            job.look = self.restore_by(job)
        job.seen.append("up" if same else "changed")
        return job.seen[-1]

    @act("admin", "system")
    def verdict(self, who: int | str, number: int, to: str, evidence: bool, message: bool) -> str:
        if not evidence:
            raise No("NoEvidence")
        job = self.jobs.get(number)
        if job is None:
            raise No("NotFound", "post_jobs")
        if isinstance(who, int) and self.side(who, number) is not None:
            raise No("PartyCannotJudge")
        served = job.is_blind and to == "success"
        if job.status == to and not served:
            if to == "success" and message and not job.shown:
                raise No("AnotherMessage")
            if ("up" if to == "success" else "gone") not in job.judged:
                raise No("WrongState", "post_jobs", job.status)
            return to
        if not served and (job.status, to) not in (
            ("uncertain", "success"),
            ("uncertain", "failed"),
            ("success", "removed"),
        ):
            raise No("WrongState", "post_jobs", job.status)
        if self.escrows[number] != "held":
            raise No("WrongState", "escrow", self.escrows[number])
        if job.disputed:
            raise No("WrongState", "post_jobs", "disputed", why="disputed")
        if to == "success" and not served and not message:
            raise No("NoEvidence")
        if to == "success" and not served and self.is_sending_beside(number):
            raise No("BeingSent")
        job.seen.append("up" if to == "success" else "gone")
        job.judged.add(job.seen[-1])
        if served:
            job.served = self.now
            self.restore(job)
        elif to == "success":
            self.publish(number)
            job.shown = True
        elif to == "failed":
            self.fail(job, "verdict")
        else:
            job.status, job.look, job.served = "removed", None, None
        return to

    def is_sending_beside(self, number: int) -> bool:
        """Is another post being sent in the channel? It may be what was seen there."""
        channel = self.targets[number].channel
        return any(
            job.status == "sending" and other != number and self.targets[other].channel == channel
            for other, job in self.jobs.items()
        )

    # where the money goes

    @property
    def owed(self) -> list[int]:
        """Served, and not paid yet."""
        return [
            i
            for i, j in self.jobs.items()
            if self.escrows[i] == "held" and j.status == "success" and j.served is not None and not j.disputed
        ]

    @property
    def lapsed(self) -> list[int]:
        """Not to be published any more, or gone, and not given back yet."""
        return [i for i, j in self.jobs.items() if self.escrows[i] == "held" and j.status in ("failed", "removed")]

    @act("system", gates=("payouts", "money_movement"))
    @each
    def release(self, who: str, number: int) -> tuple[int, int, int, int]:
        job = self.jobs.get(number)
        in_dispute = job is not None and job.disputed and job.served is not None
        self.resolve(number, "released", number in self.owed, "InDispute" if in_dispute else "NotServed")
        target, share = self.targets[number], self.jobs[number].share
        served = target.price if share is None else share
        fee, rebate = served * FEE // 10_000, target.price - served
        if target.status == "pending":
            target.status = "posted"
            self.payouts.append((target.publisher, served - fee, self.now))
            self.move(f"escrow:{number}", f"user:{target.publisher}:XTR", served - fee)
            self.move(f"escrow:{number}", "fees:XTR", fee)
            self.move(f"escrow:{number}", f"user:{self.campaign_of(number).owner}:XTR", rebate)
        return number, served - fee, fee, rebate

    @act("system", gates=("money_movement",))
    @each
    def refund(self, who: str, number: int) -> tuple[int, int]:
        self.resolve(number, "refunded", number in self.lapsed, "NotFailed")
        target = self.targets[number]
        if target.status == "pending":
            target.status = "refunded"
            self.move(f"escrow:{number}", f"user:{self.campaign_of(number).owner}:XTR", target.price)
        return number, target.price

    def resolve(self, number: int, to: str, is_due: bool, otherwise: str) -> None:
        escrow = self.escrows.get(number)
        if escrow is None:
            raise No("NotFound", "escrow")
        if escrow not in ("held", to):
            raise No("WrongState", "escrow", escrow)
        if escrow == "held" and not is_due:
            raise No(otherwise, number if otherwise == "InDispute" else self.jobs[number].status)
        self.escrows[number] = to

    @property
    def untallied(self) -> set[int]:
        return {i for i, status in self.escrows.items() if status != "held"} - self.tallied

    @property
    def finished(self) -> list[int]:
        """The campaigns that are to be completed."""
        held = {self.targets[i].campaign for i, status in self.escrows.items() if status == "held"}
        looked = {self.targets[i].campaign for i in self.untallied} - held
        return sorted(i for i in looked if self.campaigns[i].status in ("active", "paused"))

    @act("system")
    def complete(self, who: str) -> list[int]:
        done = self.finished
        for i in done:
            self.campaigns[i].status = "completed"
        self.tallied |= self.untallied
        return done

    # two sides who do not agree

    def side(self, who: int, target: int) -> str | None:
        if target not in self.targets:
            return None
        sides = {self.targets[target].publisher: "publisher", self.campaign_of(target).owner: "advertiser"}
        return sides.get(who)

    @act("person", "blocked")
    def dispute(self, who: int, target: int, words: str) -> int:
        side = self.side(who, target)
        if side is None:
            raise No("NotFound", "campaign_targets")
        for i, old in self.disputes.items():
            if old.target == target:
                if old.is_open and (old.opener, old.words) == (who, words):
                    return i
                if old.status != "withdrawn" or old.side == side:
                    raise No("WrongState", "disputes", old.status)
        if self.escrows.get(target) != "held":
            raise No("NotDisputable", self.escrows.get(target, "none"))
        if self.jobs[target].status != "success":
            raise No("NotDisputable", self.jobs[target].status)
        self.disputes[number := len(self.disputes) + 1] = Dispute(target, side, who, words, self.now + TALKS)
        self.jobs[target].disputed = True
        return number

    def case(self, number: int) -> Dispute:
        if number not in self.disputes:
            raise No("NotFound", "disputes")
        return self.disputes[number]

    def own_case(self, who: int, number: int) -> tuple[Dispute, str]:
        case = self.case(number)
        side = self.side(who, case.target)
        if side is None:
            raise No("NotFound", "disputes")
        return case, side

    def alive(self, case: Dispute, *statuses: str) -> None:
        """It is so far, and what it is about is still there."""
        if case.status not in statuses:
            raise No("WrongState", "disputes", case.status)
        if self.jobs[case.target].status != "success":
            raise No("WrongState", "disputes", "moot")

    def check_share(self, case: Dispute, share: int) -> None:
        if not 0 <= share <= self.targets[case.target].price:
            raise No("OutOfRange", "share")

    @act("person", "blocked")
    def propose(self, who: int, number: int, share: int) -> int:
        case, side = self.own_case(who, number)
        if case.wishes.get(side) == share and case.status in ("talks", "judging", "settled"):
            return number
        self.alive(case, "talks", "judging")
        self.check_share(case, share)
        case.wishes[side] = share
        if list(case.wishes.values()) == [share, share]:
            self.carry_out(case, "settled", share)
        return number

    @act("person", "blocked")
    def ask_judge(self, who: int, number: int) -> int:
        case, _ = self.own_case(who, number)
        if case.status != "judging":
            self.alive(case, "talks")
            if len(case.wishes) < 2:
                raise No("TalksFirst")
            case.become("judging")
        return number

    @act("person", "blocked")
    def withdraw_dispute(self, who: int, number: int) -> int:
        case, side = self.own_case(who, number)
        if side != case.side:
            raise No("NotAllowed")
        if case.status != "withdrawn":
            self.alive(case, "talks", "judging")
            case.become("withdrawn")
            self.jobs[case.target].disputed = False
        return number

    @act("admin")
    def judge(self, who: int, number: int, stage: str, share: int, evidence: str) -> int:
        case = self.case(number)
        if self.side(who, case.target) is not None:
            raise No("PartyCannotJudge")
        done = {"judging": ("decided", "final"), "appealed": ("final",)}[stage]
        if (case.judge, case.share, case.evidence) == (who, share, evidence) and case.status in done:
            return number
        self.alive(case, stage)
        self.check_share(case, share)
        if stage == "appealed" and case.judge == who:
            raise No("SameJudge")
        case.judge, case.share, case.evidence = who, share, evidence
        if stage == "judging":
            case.become("decided", self.now + APPEAL)
        else:
            self.carry_out(case, "final", share)
        return number

    @act("person", "blocked")
    def accept(self, who: int, number: int) -> int:
        case, side = self.own_case(who, number)
        if side not in case.accepted or case.status not in ("decided", "final"):
            self.alive(case, "decided")
            case.accepted.add(side)
            if len(case.accepted) == 2:
                self.carry_out(case, "final", case.share or 0)
        return number

    @act("person", "blocked")
    def appeal(self, who: int, number: int, words: str) -> int:
        case, side = self.own_case(who, number)
        if case.appeal != (who, words):
            self.alive(case, "decided")
            if side in case.accepted:
                raise No("WrongState", "disputes", "accepted")
            if (case.until or 0) <= self.now:
                raise No("WrongState", "disputes", "final")
            case.appeal = who, words
            case.become("appealed")
        return number

    @act("system")
    def end_disputes(self, who: str) -> list[int]:
        """Without agreement a judge is called, without an appeal it is final; where the post is gone there is nothing left."""
        came: dict[str, list[int]] = {"moot": [], "judging": [], "final": []}
        for i, case in self.disputes.items():
            if case.is_open and self.jobs[case.target].status != "success":
                case.become("moot")
            elif case.is_open and case.until is not None and case.until <= self.now:
                if case.status == "talks":
                    case.become("judging")
                else:
                    self.carry_out(case, "final", case.share or 0)
            else:
                continue
            came[case.status].append(i)
        return [*came["moot"], *came["judging"], *came["final"]]

    def carry_out(self, case: Dispute, status: str, share: int) -> None:
        """What was agreed or decided becomes the job's, and the money follows: all, a part, or nothing."""
        job, price = self.jobs[case.target], self.targets[case.target].price
        case.share = share
        case.become(status)
        job.disputed, job.look = False, None
        if share:
            job.served, job.share = self.now, share if share < price else None
            job.seen.append("up")
        else:
            job.status, job.served = "removed", None

    # money going out

    def earned(self, user: int) -> int:
        """What they may withdraw: of their matured payouts what was not withdrawn, and never more than there is."""
        matured = sum(paid for to, paid, at in self.payouts if to == user and at <= self.now - MATURITY)
        kept = sum(w.amount for w in self.withdrawals.values() if w.user == user and w.is_kept)
        return max(0, min(self.wallets[f"user:{user}:XTR"], matured - kept))

    @act("person", gates=("money_movement",))
    def request(self, who: int, amount: int, to: str) -> int:
        mine = {i: w for i, w in self.withdrawals.items() if w.user == who}
        for i, known in mine.items():
            if known.is_open:
                if (known.amount, known.to) == (amount, to):
                    return i
                raise No("AlreadyWithdrawing", i)
        if amount < LEAST:
            raise No("TooLittle", LEAST)
        if amount > self.earned(who):
            raise No("NotEarned", amount, self.earned(who))
        is_first = all(w.status != "paid" for w in mine.values())
        asked = Withdrawal(who, amount, to, self.now + FIRST * is_first)
        self.withdrawals[number := len(self.withdrawals) + 1] = asked
        self.move(f"user:{who}:XTR", f"withdrawal:{number}", amount)
        return number

    def withdrawal(self, number: int, *statuses: str) -> Withdrawal:
        if number not in self.withdrawals:
            raise No("NotFound", "withdrawals")
        found = self.withdrawals[number]
        if found.status not in statuses:
            raise No("WrongState", "withdrawals", found.status)
        return found

    def back(self, who: int, number: int, to: str, note: str | None, *statuses: str) -> int:
        known = self.withdrawals.get(number)
        if known is None or (known.status, known.note) != (to, note):
            asked = self.withdrawal(number, *statuses)
            if asked.status != "requested" and asked.user == who:
                raise No("OwnWithdrawal")
            self.check_payer(asked, who)
            asked.status, asked.note = to, note
            self.move(f"withdrawal:{number}", f"user:{asked.user}:XTR", asked.amount)
        return number

    def check_payer(self, asked: Withdrawal, who: int) -> None:
        if asked.status == "sending" and asked.sender != who:
            raise No("BeingPaid", f"user:{asked.sender}")

    @act("person", "blocked", gates=("money_movement",))
    def cancel_withdrawal(self, who: int, number: int) -> int:
        if number in self.withdrawals and self.withdrawals[number].user != who:
            raise No("NotFound", "withdrawals")
        return self.back(who, number, "cancelled", None, "requested")

    @act("admin")
    def approve_withdrawal(self, who: int, number: int) -> int:
        asked = self.withdrawal(number, "requested", "approved")
        if asked.status == "requested" and self.now < asked.not_before:
            raise No("TooEarly", -((self.now - asked.not_before) // HOUR))
        asked.status = "approved"
        return number

    @act("admin", gates=("money_movement",))
    def reject(self, who: int, number: int, why: str) -> int:
        return self.back(who, number, "rejected", why, "requested", "approved")

    @act("admin", gates=("withdrawals", "money_movement"))
    def send(self, who: int, number: int) -> int:
        asked = self.withdrawal(number, "approved", "sending")
        self.check_payer(asked, who)
        asked.status, asked.sender = "sending", who
        return number

    @act("admin", gates=("withdrawals", "money_movement"))
    def pay(self, who: int, number: int, reference: str) -> int:
        asked = self.withdrawal(number, "approved", "sending", "uncertain", "paid")
        if asked.status == "paid":
            if asked.reference != reference:
                raise No("PaidOtherwise", asked.reference)
            return number
        self.check_payer(asked, who)
        for i, other in self.withdrawals.items():
            if other.reference == reference:
                raise No("ReferenceTaken", reference, f"withdrawal:{i}")
        asked.status, asked.reference = "paid", reference
        self.move(f"withdrawal:{number}", "external:XTR", asked.amount)
        return number

    @act("admin")
    def doubt(self, who: int, number: int, why: str) -> int:
        known = self.withdrawals.get(number)
        if known is None or (known.status, known.note) != ("uncertain", why):
            asked = self.withdrawal(number, "sending")
            asked.status, asked.note = "uncertain", why
        return number

    @act("admin", gates=("money_movement",))
    def give_back(self, who: int, number: int, evidence: str) -> int:
        return self.back(who, number, "returned", evidence, "sending", "uncertain")

    # what the database must hold

    def picture(self) -> dict[str, Any]:
        return {
            "wallets": {name: balance for name, balance in self.wallets.items() if balance},
            "switches": dict(self.switches),
            "blocked": set(self.blocked),
            "deposits": {
                i: (d.status, d.user, d.amount, d.charge, int(d.taken_back)) for i, d in self.deposits.items()
            },
            "campaigns": {i: (c.status,) for i, c in self.campaigns.items()},
            "targets": {
                i: (t.status, t.approval, t.version, t.price, t.hours, t.slot, t.answer_by, t.retry_of)
                for i, t in self.targets.items()
            },
            "escrows": {i: (status, self.targets[i].price) for i, status in self.escrows.items()},
            "jobs": {
                i: (j.status, j.failure, j.lost, j.lost_alone, j.until, j.look, j.served, j.changed, j.spent)
                + (int(j.asked), int(j.accepted), int(j.disputed), j.share)
                + ((j.due, j.deadline) if j.status == "queued" else (None, None))
                for i, j in self.jobs.items()
            },
            "proposals": {
                i: (p.status, p.target, p.round, p.slot, p.price, p.by, p.asked_by, p.answer_by)
                for i, p in self.proposals.items()
            },
            "disputes": {
                i: (
                    *(d.status, d.target, d.side, d.opener, d.until, *(d.wishes.get(side) for side in SIDES)),
                    *(d.share, d.judge and f"user:{d.judge}", d.evidence, d.appeal and d.appeal[0]),
                    *(int(side in d.accepted) for side in SIDES),
                )
                for i, d in self.disputes.items()
            },
            "withdrawals": {
                i: (w.status, w.user, w.amount, w.to, w.not_before, w.reference, w.note)
                for i, w in self.withdrawals.items()
            },
            "attempts": {i: list(j.tries) for i, j in self.jobs.items() if j.tries},
            "seen": {i: list(j.seen) for i, j in self.jobs.items() if j.seen},
        }

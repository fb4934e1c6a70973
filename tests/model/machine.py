"""Chance asks for anything in any order; after every single act reality must be what the model says it is.

An act is compared thrice: its answer or refusal with the predicted one, what the database then holds with the model, and
the books with their invariants. Now and then an answer is lost and the same is asked again. When chance has had enough the faults
stop, the switches are resumed and the ticks' acts run: then everything must come to its end.

Rules choose what fits in four of five cases and anything at all in the fifth, so that both the way through and the refusals are
walked often; the floors in `coverage` say how often is enough.
"""

from contextlib import ExitStack
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain import checks, escrow, payments
from tests.conftest import ADMIN, NOON, OTHER_ADMIN
from tests.model.coverage import ABOUT_MONEY, ABOUT_PROPOSALS, Coverage, refusals_in
from tests.model.model import DAY, HOUR, LATE, LEAST, MATURITY, MINUTE, SWITCHES, TOLERATED, Channel, Model, No
from tests.model.world import Deed, World, agree, at
from tests.story import ANN, BOB, CLEO

DAN, EVE, NOBODY = 404, 505, 999
"""Dan publishes too; Eve takes back what she paid; nobody has ever met the last one."""
ADMINS = (ADMIN, OTHER_ADMIN)
PEOPLE = (ANN, BOB, CLEO, DAN, EVE, *ADMINS)
SYSTEM = "system"
REPEATABLE = {
    *(
        "init",
        "halt",
        "resume",
        "check_out",
        "receive",
        "credit",
        "take_back",
        "unblock",
        "pause",
        "unlist",
        "offer",
        "hold",
    ),
    *("approve", "decline", "cancel", "expire", "verdict", "release", "refund", "complete"),
    *("dispute", "propose", "ask_judge", "withdraw_dispute", "judge", "accept", "appeal", "end_disputes"),
    *("make_proposal", "decline_proposal", "accept_time", "accept_price", "expire_proposals"),
    *("request", "cancel_withdrawal", "approve_withdrawal", "reject", "send", "pay", "doubt", "give_back"),
}
"""What gives its first answer and moves nothing when it is asked again."""
SETS = ("credit", "reverse", "hold", "start", "put_back", "drop", "record", "look", "release", "refund")
"""What decides about each thing by itself."""
NEXT_OF = {
    "requested": ("approve_withdrawal", "approve_withdrawal", "approve_withdrawal", "cancel_withdrawal", "reject"),
    "approved": ("send", "send", "send", "pay", "reject"),
    "sending": ("doubt", "doubt", "give_back", "pay", "pay"),
    "uncertain": ("pay", "give_back"),
}
"""What may be done about a withdrawal, by its status."""
WAYS_OUT = (
    [
        "cancel_withdrawal",
        "approve_withdrawal reject",
        "approve_withdrawal send pay",
        "approve_withdrawal send doubt give_back",
    ],
    ["reject", "approve_withdrawal pay", "approve_withdrawal send give_back", "approve_withdrawal send doubt pay"],
)
"""Between them these go every step of a withdrawal's flow."""

TURNS = ("open", "answer", "withdraw", "call", "agree", "judge", "accept", "appeal", "time", "gone")
"""What may happen in a dispute; see `argue`."""
QUARRELS = (
    ("open withdraw answer time gone", "open call judge gone"),
    ("open time withdraw answer gone", "open time judge appeal gone"),
)
AGREEMENTS = ("open agree", "open time agree", "open time judge accept", "open time judge appeal judge")
"""Between them these go every step of a dispute's flow."""

number = st.integers(0, 2**16).map(lambda n: Random(n).randrange(1000))
"""A pick without Hypothesis' liking for small ones."""
numbers = st.lists(number, min_size=1, max_size=3)
sometimes = st.integers(0, 3).map(lambda n: n == 3)
amounts = st.sampled_from([1, 7, 99, 400, 1000])
outcomes = st.sampled_from(["accepted"] * 7 + ["refused", "not_sent", "unknown"] * 2)
sights = st.sampled_from(["up", "up", "up", "gone", "gone", "changed", "unknown"])
somebody = st.sampled_from([None] * 9 + [ANN, BOB, CLEO, DAN, NOBODY])
"""Who asks: mostly (None) the one whose business it is."""


def several(things: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(things, min_size=3, max_size=3)


class Marketplace(RuleBasedStateMachine):
    def __init__(self, world: World, coverage: Coverage, turns: dict[Any, int]) -> None:
        """`turns` are those of the chapter: by how a marketplace began, whose turn it is; played again, it has the same."""
        super().__init__()
        self.world, self.coverage, self.turns = world, coverage, turns
        self.model = Model(PEOPLE, ADMINS)
        self.model.numbers_burn = world.kind == "postgresql"
        self.stack = ExitStack()
        self.market = self.stack.enter_context(world.market())
        self.before = self.model.picture()
        self.history: list[Deed] = []
        self.charges = 0
        self.loses_reply = False
        self.is_sound = True
        self.refusals = self.done = 0

    # how one act is compared

    def ask(self, name: str, who: int | str | None, *given: Any) -> Any:
        """Asks both; answers what both answered, None where both refused. A lost answer is asked for again."""
        deed = Deed(name, who if who is not None else SYSTEM, given)
        self.history.append(deed)
        answer = self.compare(deed)
        if self.loses_reply:
            self.loses_reply = False
            first, events = self.before, self.market.second.events()
            again = self.compare(deed)
            if name in REPEATABLE and not isinstance(answer, No):
                assert self.before == first, f"{deed} asked again moved something"
                if name not in ("halt", "resume", "init", "expire", "end_disputes", "expire_proposals", "complete"):
                    assert agree(answer, again), f"{deed} answered {answer}, then {again}"
                if name not in ("check_out", "offer") and not refusals_in(answer):
                    assert self.market.second.events() == events, f"{deed} asked again was recorded again"
            answer = again if name == "claim" else answer
        return None if isinstance(answer, No) else answer

    def compare(self, deed: Deed) -> Any:
        self.is_sound = False
        self.market.clock.at = at(self.model.now) or NOON
        try:
            wanted = getattr(self.model, deed.name)(deed.who, *deed.given)
        except No as no:
            wanted = no
        try:
            got = self.world.loop.run_until_complete(self.market.ask(deed))
        except No as no:
            got = no
        assert agree(wanted, got), f"{deed}: the model says {wanted!r}, the marketplace {got!r}"
        first = self.before
        self.see(deed)
        self.audited(deed, wanted, changed=self.before != first)
        self.coverage.answered(deed.name, wanted)
        self.is_sound = True
        return wanted

    def audited(self, deed: Deed, answer: Any, *, changed: bool) -> None:
        """One event for each thing refused, and then no other; none where a tick met a halted switch. One for what was done."""
        second = self.market.second
        found, done = second.refusals - self.refusals, second.done - self.done
        self.refusals, self.done = second.refusals, second.done
        items = deed.given[0] if deed.name in SETS else ("",)
        refused = items if isinstance(answer, No) else refusals_in(answer)
        if isinstance(answer, No) and answer.args[0] == "Halted" and isinstance(deed.who, str):
            refused = ()
        wanted = sum(len(item) if isinstance(item, tuple) else 1 for item in refused)
        assert found == wanted, f"{deed}: {found} refusals are audited, {wanted} were given"
        if isinstance(answer, No) or (deed.name in SETS and answer and len(refusals_in(answer)) == len(answer)):
            assert done == 0, f"{deed} was refused, and recorded as if it were done"
        assert done or not changed, f"{deed} has changed something, and nothing is recorded"

    def see(self, deed: Deed | None) -> None:
        """The model and the database hold the same; what changed is counted."""
        wanted, found = self.model.picture(), self.market.second.picture()
        for name, things in wanted.items():
            assert things == found[name], f"{deed}: {name}: " + difference(things, found[name])
        self.coverage.moved(self.before, wanted)
        self.before = wanted

    @invariant()
    def the_books_are_clean(self) -> None:
        self.coverage.steps += 1
        offences = self.market.second.offences()
        self.is_sound = self.is_sound and not offences
        assert offences == [], offences

    # who and what

    def some(self, fit: list[int], n: int) -> int:
        """One that fits in four of five cases, else any at all, even one that is not there."""
        pool = fit if fit and n % 5 < 4 else [*self.model.targets, self.model.next_target]
        return pool[n // 5 % len(pool)]

    def few(self, fit: list[int], picks: list[int]) -> tuple[int, ...]:
        return tuple(dict.fromkeys(self.some(fit, n) for n in picks))

    def owner(self, target: int) -> int:
        found = self.model.targets.get(target)
        return self.model.campaigns[found.campaign].owner if found else ANN

    def publisher(self, target: int) -> int:
        found = self.model.targets.get(target)
        return found.publisher if found else BOB

    def jobs(self, *statuses: str, attempt: str | None = None) -> list[int]:
        jobs = self.model.jobs.items()
        return [i for i, j in jobs if j.status in statuses and (attempt is None or j.tries[-1] == attempt)]

    def unheld(self) -> list[int]:
        return [i for i in self.model.targets if i not in self.model.escrows]

    def waiting(self) -> list[int]:
        return [i for i in self.model.jobs if self.model.targets[i].approval == "waiting"]

    def lease(self, target: int, n: int) -> int:
        """The lease a job is under; now and then an old one."""
        job = self.model.jobs.get(target)
        return job.lease if job and job.lease and n % 6 < 5 else n % self.model.leases + 1

    def next_moment(self) -> int | None:
        """When something happens next by itself."""
        jobs, targets = self.model.jobs, self.model.targets
        moments = [m for j in jobs.values() for m in (j.until, j.look) if m is not None]
        moments += [m for i in self.jobs("queued") for m in (jobs[i].due, jobs[i].deadline)]
        moments += [targets[i].answer_by or 0 for i in self.waiting()]
        moments += [self.model.withdrawals[i].not_before for i in self.running()]
        moments += [p.answer_by for p in self.model.proposals.values() if p.status == "made"]
        moments += [d.until for d in self.model.disputes.values() if d.until is not None]
        return min((m for m in moments if m > self.model.now), default=None)

    # the rules

    @initialize(
        money=st.sampled_from([1500, 4000, 9000]),
        end=st.sampled_from(["accepted", "refused", "not_sent", "unknown"]),
        saws=st.sampled_from(["gone gone", "up up", "unknown gone", "changed up"]),
        n=number,
    )
    def open_the_house(self, money: int, end: str, saws: str, n: int) -> None:
        """Without a row every switch is HALTED; then all are ENABLED, two publishers list and two advertisers pay in."""
        self.finale = end, saws, n
        self.turn = self.turns.setdefault((money, *self.finale), len(self.turns))
        self.world.loop.run_until_complete(self.market.meet(*PEOPLE))
        for channel, owner in ((1, BOB), (2, DAN)):
            self.world.loop.run_until_complete(self.market.register(owner, channel))
            self.model.channels[channel] = Channel(owner, 0, 0, listed=False)
            self.ask("offer", owner, channel, (400, 99)[channel - 1], (0, 24)[channel - 1])
        self.deposit(ANN, money, 998, None)
        self.ask("init", ADMIN)
        self.ask("resume", ADMIN, SWITCHES)
        self.ask("credit", None, (1,))
        self.deposit(CLEO, money, 998, None)
        self.deposit(EVE, 500, 998, None)
        self.book(ANN, [1, 2], 2 * HOUR, 2)

    @rule(user=st.sampled_from([ANN, CLEO, EVE]), amount=st.sampled_from([1, 300, 1000]), n=number, who=somebody)
    def deposit(self, user: int, amount: int, n: int, who: int | None) -> None:
        """A new charge, or one that was reported before, perhaps with another amount."""
        known = n % 3 == 0 and self.charges
        charge = n % self.charges + 1 if known else self.charges + 1
        self.charges = max(self.charges, charge)
        came = self.ask("receive", who, user, amount, f"c{charge}")
        if came and n % 4:
            self.ask("credit", who, (came,))

    @rule(n=number)
    def report_again(self, n: int) -> None:
        """A charge that is known, perhaps with another amount; and a credit of anything."""
        paid = [i for i, d in self.model.deposits.items() if d.charge]
        deposit = self.model.deposits[paid[n % len(paid)]]
        self.ask("receive", None, deposit.user, deposit.amount + (n % 3 == 0), deposit.charge)
        self.ask("credit", None, (n % len(self.model.deposits) + 1 if n % 4 else len(self.model.deposits) + 1,))

    @rule(
        amount=st.sampled_from([1, 500, 0, -1, 100_000, 100_001, 10**12 + 1]),
        n=number,
        who=st.sampled_from([ANN, CLEO]),
    )
    def pay_an_invoice(self, amount: int, n: int, who: int) -> None:
        """Invoiced, checked and paid; or the amount is impossible, or checked by another, or paid in another amount."""
        invoice = self.ask("invoice", who, amount)
        self.ask("check_out", who if n % 4 else BOB, invoice or n % 5, amount + (n % 5 == 0))
        if n % 3 == 0:
            self.ask("credit", None, (invoice or 1,))
        else:
            self.charges += 1
            self.ask("receive", None, who, amount + (n % 7 == 0), f"c{self.charges}", invoice)

    @rule(n=number, who=somebody)
    def take_back(self, n: int, who: int | None) -> None:
        """Eve gets her Stars back from Telegram, spent, credited or not; nobody else does. The money follows, now or later."""
        if n % 4 == 0:
            self.charges += 1
            self.ask("receive", None, EVE, 300, f"c{self.charges}")
        paid = [d.charge for d in self.model.deposits.values() if d.user == EVE and d.charge][::-1]
        if n % 3:
            self.book(EVE, [1], None, 2)  # she has spent it
        if self.ask("take_back", who, paid[n % len(paid)] if paid and n % 5 else "never paid") and n % 3:
            self.reverse([n, n + 1], who)

    @rule(picks=numbers, who=somebody)
    def reverse(self, picks: list[int], who: int | None) -> None:
        taken = [i for i, d in self.model.deposits.items() if d.taken_back]
        ids = [taken[n // 5 % len(taken)] if taken and n % 5 < 4 else n % 9 + 1 for n in picks]
        self.ask("reverse", who, tuple(dict.fromkeys(ids)))

    @rule(
        by=st.sampled_from([ANN, ANN, CLEO, BOB, DAN, EVE]),
        channels=st.lists(st.sampled_from([1, 1, 2, 2, 2, 3]), min_size=1, max_size=3),
        slot=st.sampled_from([None, None, 10 * MINUTE, 2 * HOUR, 25 * HOUR, 0, 61 * DAY]),
        n=number,
    )
    def book(self, by: int, channels: list[int], slot: int | None, n: int) -> None:
        """An order of one or several placements, held at once, or in part, or not yet."""
        campaign = self.ask("draft", by)
        if not campaign:
            return
        when = None if slot is None else self.model.now + slot
        placed = [self.ask("place", by, campaign, channel, when) for channel in channels]
        order = tuple(target for target in placed if target)
        if order and n % 8 < 7:
            self.ask("hold", by, (order if n % 3 else order[:1],))
            if n % 3 == 0:
                self.ask("hold", by, (order,))
        if n % 2:
            self.ask("place", (by, CLEO)[n % 4 == 0], campaign, n % 3 + 1, None)

    @rule(by=st.sampled_from([ANN, CLEO]), more=st.integers(0, 2))
    def order_beyond_means(self, by: int, more: int) -> None:
        """Two placements of which each could be paid, and not both (or exactly): all of the order, or nothing."""
        price = max(1, self.model.wallets[f"user:{by}:XTR"] // 2 + more)
        self.ask("offer", DAN, 2, price, 24)
        if campaign := self.ask("draft", by):
            order = tuple(filter(None, (self.ask("place", by, campaign, 2, None) for _ in range(2))))
            self.ask("hold", by, (order,))
            self.ask("hold", by, tuple((i,) for i in order) or ((1,),))
        self.ask("offer", DAN, 2, 99, 24)

    @rule(n=number)
    def book_too_late(self, n: int) -> None:
        """The slot passes, or the channel leaves the catalogue, before anything is held."""
        campaign = self.ask("draft", ANN)
        target = self.ask("place", ANN, campaign, 1, self.model.now + MINUTE)
        if target and n % 2:
            self.model.now += MINUTE
        elif target:
            self.ask("unlist", BOB, 1, True)
        self.ask("place", ANN, campaign, 1, None)
        self.ask("pause", ANN, campaign or 1, True)
        self.ask("hold", ANN, ((target or 1,),))
        self.ask("unlist", BOB, 1, False)

    @rule(picks=numbers, who=somebody)
    def hold(self, picks: list[int], who: int | None) -> None:
        """What is not held yet, what is, what is another's, and mixtures of them."""
        first = self.some(self.unheld(), picks[0])
        campaign = self.model.targets[first].campaign if first in self.model.targets else 0
        mates = [i for i, t in self.model.targets.items() if t.campaign == campaign]
        order = (first, *(mates if picks[0] % 2 else self.few(mates, picks[1:])))
        self.ask("hold", who or self.owner(first), (order,))  # perhaps one of them twice

    @rule(picks=numbers)
    def hold_each(self, picks: list[int]) -> None:
        """Several orders in one set, and one that overlaps with them; each is decided by itself, one after the other."""
        ids = self.few(self.unheld(), picks)
        orders = [(i,) for i in ids]
        self.ask("hold", self.owner(ids[0]), tuple(dict.fromkeys([*orders[:2], ids, *orders[2:]])))

    @rule(n=number, who=somebody, stale=sometimes)
    def approve(self, n: int, who: int | None, stale: bool) -> None:
        self.answer("approve", n, who, stale)

    @precondition(lambda self: self.waiting())
    @rule(picks=numbers)
    def approve_some(self, picks: list[int]) -> None:
        for target in self.few(self.waiting(), picks):
            self.ask("approve", self.publisher(target), target, self.version(target))

    @rule(n=number, who=somebody, stale=sometimes)
    def decline(self, n: int, who: int | None, stale: bool) -> None:
        self.answer("decline", n, who, stale)

    @precondition(lambda self: self.model.jobs)
    @rule(n=number)
    def press_an_old_button(self, n: int) -> None:
        """Of a version that was never shown; and the other answer, after one was given."""
        target = self.some(self.waiting(), n)
        self.ask(("approve", "decline")[n % 2], self.publisher(target), target, 5)
        decided = [i for i in self.model.jobs if self.model.targets[i].approval != "waiting"]
        for i in decided[n % 3 :: 3][:2]:
            self.ask("decline" if self.model.targets[i].approval == "approved" else "approve", self.publisher(i), i, 1)

    def answer(self, name: str, n: int, who: int | None, stale: bool) -> None:
        target = self.some(self.waiting(), n)
        self.ask(name, who or self.publisher(target), target, self.version(target) + stale)

    def version(self, target: int) -> int:
        known = self.model.targets.get(target)
        return known.version if known else 1

    @rule(
        n=number,
        terms=st.sampled_from([(2 * HOUR, None), (25 * HOUR, None), (None, 400), (None, 7), (None, 450)]),
        then=st.sampled_from([*ABOUT_PROPOSALS, "accept_time", "accept_price", "late", "approve", ""]),
        who=somebody,
    )
    def haggle(self, n: int, terms: tuple[int | None, int | None], then: str, who: int | None) -> None:
        """Another time or another price for what waits; then an answer, by the other side or anybody, in time or not."""
        target = self.some(self.waiting(), n)
        made = self.other_terms(target, *terms, who=who if n % 3 == 0 else None, stale=n % 7 == 0)
        number = made or n % (len(self.model.proposals) + 1) + 1
        if then == "late":
            self.too_late(number)
        elif then == "approve":
            self.ask("approve", self.publisher(target), target, self.version(target))
        elif then:
            self.ask(then, who or self.owner(target), number)

    def other_terms(
        self, target: int, hence: int | None, price: int | None, who: int | None = None, stale: int = 0
    ) -> Any:
        slot = None if hence is None else self.model.now + hence
        version = self.version(target) + stale
        return self.ask("make_proposal", who or self.publisher(target), target, version, slot, price)

    def too_late(self, number: int) -> None:
        """The advertiser answers a proposal when its time is over; then it expires, once."""
        made = self.model.proposals.get(number)
        self.model.now = max(self.model.now, made.answer_by if made else 0)
        for name in ABOUT_PROPOSALS:
            self.ask(name, self.owner(made.target if made else 0), number)
        for _ in range(2):
            self.ask("expire_proposals", None)

    @rule(n=number, who=somebody)
    def cancel(self, n: int, who: int | None) -> None:
        queued = self.jobs("queued")
        approved = [i for i in self.jobs("queued", "sending") if self.model.targets[i].approval == "approved"]
        target = self.some(approved if n % 2 else queued, n // 2)
        self.ask("cancel", who or self.owner(target), target)

    @precondition(lambda self: self.waiting())
    @rule(n=number)
    def answer_too_late(self, n: int) -> None:
        """Nobody answered in time; perhaps somebody tries all the same. Then they expire, once."""
        target = self.some(self.waiting(), n)
        until = self.model.targets[target].answer_by if target in self.model.targets else None
        self.model.now = max(self.model.now, until or 0)
        self.ask("approve", self.publisher(target), target, 1)
        if n % 2:
            self.ask("expire", None)
            self.ask("expire", None)

    # the way through

    @rule(picks=st.lists(number, min_size=2, max_size=6), ends=several(outcomes), saws=several(sights))
    def carry_on(self, picks: list[int], ends: list[str], saws: list[str]) -> None:
        """The next thing that ought to happen to some placements that are on their way."""
        for turn, n in enumerate(picks):
            if way := self.on_their_way():
                self.next_step(way[n % len(way)], ends[turn % 3], saws[turn % 3])

    @rule(ends=several(outcomes), saws=several(sights))
    def carry_all_on(self, ends: list[str], saws: list[str]) -> None:
        """The next thing for each of them."""
        for turn, i in enumerate(self.on_their_way()[:9]):
            if self.model.escrows.get(i, "held") == "held":
                self.next_step(i, ends[turn % 3], saws[turn % 3])

    @rule(ends=several(outcomes), saws=several(sights))
    def carry_all_on_twice(self, ends: list[str], saws: list[str]) -> None:
        self.carry_all_on(ends, saws)
        self.carry_all_on(ends[::-1], saws[::-1])

    @rule(ends=several(outcomes), saws=several(sights))
    def order_and_carry_on(self, ends: list[str], saws: list[str]) -> None:
        """A new order of two, and some steps of its way."""
        self.book(ANN if len(self.model.campaigns) % 2 else CLEO, [1, 2], None, 2)
        for _ in range(4):
            self.carry_all_on(ends, saws)

    def on_their_way(self) -> list[int]:
        return [i for i in self.model.targets if self.model.escrows.get(i, "held") == "held"]

    @rule(
        channel=st.integers(1, 2),
        end=st.sampled_from(["accepted", "accepted", "refused", "not_sent", "unknown"]),
        saws=st.sampled_from(["", "gone gone", "up up", "unknown gone", "changed gone changed"]),
        n=number,
    )
    def publish_one(self, channel: int, end: str, saws: str, n: int) -> None:
        """A new placement is booked, approved, claimed and started, perhaps too late; the call answers; then it is looked at.

        Another worker, with an older lease, tries at each step, and then this one tries again.
        """
        self.book(ANN, [channel], None, 2)
        target = max(self.model.jobs, default=1)
        self.ask("place", ANN, len(self.model.campaigns), channel, None)  # no draft any more
        self.ask("approve", self.publisher(target), target, 1)
        while (job := self.model.jobs.get(target)) and job.status == "queued" and self.ask("claim", None, 50):
            pass
        if job and (lease := job.lease):
            if lease > 1:
                self.ask(("start", "put_back", "drop")[n % 3], None, (target,), lease - 1)
            if n % 4 == 0:
                self.model.now = job.until or 0
            self.ask("start", None, (target,), lease)
            if lease > 1:
                self.ask("record", None, (target,), lease - 1, end, MINUTE)
            self.ask("record", None, (target,), lease, end, MINUTE)
            self.ask("start", None, (target,), lease)
        if job and job.look:
            for saw in saws.split():
                self.model.now = max(self.model.now, job.look or 0)
                self.ask("look", None, (target,), saw)
        elif n % 2:
            self.ask("verdict", ADMIN, target, ("success", "failed", "removed")[n % 3], True, True)

    @precondition(lambda self: self.model.jobs)
    @rule(n=number, outcome=outcomes, new=st.booleans())
    def carry_one_through(self, n: int, outcome: str, new: bool) -> None:
        """One placement, perhaps a new one, to its end."""
        if new:
            self.book(ANN, [n % 2 + 1], None, 2)
        held = [i for i, status in self.model.escrows.items() if status == "held"]
        for _ in range(8):
            if held and self.model.escrows[one := held[n % len(held)]] == "held":
                self.next_step(one, outcome, "up")

    def next_step(self, i: int, end: str, saw: str) -> None:
        """What ought to happen where all is `accepted` and `up`; otherwise what may happen instead at this point."""
        target, job, now = self.model.targets[i], self.model.jobs.get(i), self.model.now
        if job is None:
            self.ask("hold", self.owner(i), ((i,),))
        elif i in self.model.owed:
            self.ask("release", None, (i,))
        elif i in self.model.lapsed:
            self.ask("refund", None, (i,))
        elif target.approval == "waiting" and now >= (target.answer_by or 0):
            self.ask("expire", None)
        elif target.approval == "waiting":
            name = {"refused": "decline", "not_sent": "cancel", "unknown": ("approve", "decline")[i % 2]}.get(
                end, "approve"
            )
            version = (5,) if end == "unknown" else (target.version,)
            self.ask(name, *((self.owner(i), i) if name == "cancel" else (target.publisher, i, *version)))
        elif job.status == "queued" and end == "refused":
            self.ask("cancel", self.owner(i), i)
        elif job.status == "queued":
            self.model.now = max(now, job.due)
            self.late_is_well(i)
            self.ask(*(("claim", None, 50) if self.model.now < job.deadline else ("fail_overdue", None)))
        elif job.status == "sending" and (end == "unknown" or now >= (job.until or 0)):
            self.model.now = max(now, job.until or 0)
            self.ask("expire_leases", None)
        elif job.status == "sending" and job.tries[-1] == "prepared" and saw == "unknown":
            self.pause_meanwhile(i)
        elif job.status == "sending" and job.tries[-1] == "prepared":
            self.ask("put_back" if end == "not_sent" and i % 2 else "start", None, (i,), job.lease)
        elif job.status == "sending":
            self.ask("record", None, (i,), job.lease, end, MINUTE)
        elif job.disputed and (job.look is None or i % 2):
            turns = {"accepted": ("agree", "time"), "refused": ("judge", "accept"), "unknown": ("appeal", "time")}
            for turn in turns.get(end, ("withdraw", "judge")):
                self.argue(i, turn, i)
        elif job.look is not None:
            self.model.now = max(now, (job.confirm or 0) if i % 2 else job.look)  # at its moment, or much too late
            self.ask("look", None, (i,), saw)
        else:
            self.ask("verdict", ADMIN, i, "success" if job.is_blind or i % 2 else "failed", True, end == "accepted")

    # publishing

    @precondition(lambda self: self.model.claimable)
    @rule(most=st.sampled_from([1, 2, 50]))
    def claim(self, most: int) -> None:
        self.ask("claim", None, most)

    @precondition(lambda self: self.model.claimable)
    @rule(most=st.sampled_from([1, 50]), outcome=st.sampled_from(["accepted", "refused", "not_sent", "unknown"]))
    def publish(self, most: int, outcome: str) -> None:
        """The whole way: claim, start, the call, record."""
        claimed = self.ask("claim", None, most)
        if claimed:
            lease = self.model.leases
            self.ask("start", None, tuple(claimed), lease)
            self.ask("record", None, tuple(claimed), lease, outcome, MINUTE)

    @precondition(lambda self: self.model.leases)
    @rule(n=number, m=number)
    def start(self, n: int, m: int) -> None:
        self.work("start", "prepared", n, m)

    @precondition(lambda self: self.model.leases)
    @rule(n=number, m=number, outcome=outcomes)
    def record(self, n: int, m: int, outcome: str) -> None:
        self.work("record", "started", n, m, outcome, 30)

    @precondition(lambda self: self.model.leases)
    @rule(n=number, m=number)
    def put_back(self, n: int, m: int) -> None:
        self.work("put_back", "prepared", n, m)

    @precondition(lambda self: self.jobs("sending", attempt="prepared") or self.model.claimable)
    @rule()
    def start_too_late(self) -> None:
        """The lease runs out and nobody has taken it away yet: the worker must not send any more."""
        if self.jobs("sending", attempt="prepared") or self.ask("claim", None, 2):
            for i in self.jobs("sending", attempt="prepared")[:2]:
                job = self.model.jobs[i]
                self.model.now = max(self.model.now, job.until or 0)
                self.ask("start", None, (i,), job.lease)
                self.ask("cancel", self.owner(i), i)

    @precondition(lambda self: self.jobs("sending", attempt="prepared") or self.model.claimable)
    @rule(n=number)
    def pause_meanwhile(self, n: int) -> None:
        """The campaign is paused between claim and start: the job is put back, and nothing is counted."""
        if not self.jobs("sending", attempt="prepared") and not self.ask("claim", None, 2):
            return
        prepared = self.jobs("sending", attempt="prepared")
        job = prepared[n % len(prepared)]
        self.ask("pause", self.owner(job), self.model.targets[job].campaign, True)
        lease = self.model.jobs[job].lease
        self.ask("start", None, (job,), lease)
        self.ask("put_back", None, (job,), lease)
        if n % 2:
            self.ask("pause", self.owner(job), self.model.targets[job].campaign, False)

    @precondition(lambda self: self.jobs("sending", attempt="prepared"))
    @rule(n=number, m=number)
    def drop(self, n: int, m: int) -> None:
        self.work("drop", "prepared", n, m)

    def work(self, name: str, attempt: str, n: int, m: int, *given: Any) -> None:
        """A worker's next step: mostly of a job it has and that is so far, under the lease it has."""
        job = self.some(self.jobs("sending", attempt=attempt), n)
        self.ask(name, None, (job,), self.lease(job, m), *given)

    @precondition(lambda self: self.jobs("sending"))
    @rule(twice=st.booleans())
    def crash(self, twice: bool) -> None:
        """The workers are simply gone; their leases run out, and the watchdog finds them, perhaps twice."""
        self.model.now = max(self.model.now, *(self.model.jobs[i].until or 0 for i in self.jobs("sending")))
        for _ in range(1 + twice):
            self.ask("expire_leases", None)

    @precondition(lambda self: self.model.claimable)
    @rule()
    def poison(self) -> None:
        """One job spoils every worker that takes it."""
        worst = self.model.claimable[0]
        while worst in self.model.claimable and (claimed := self.ask("claim", None, 1)):
            self.ask("drop", None, tuple(claimed), self.model.leases)

    @precondition(lambda self: self.jobs("queued"))
    @rule()
    def overdue(self) -> None:
        """Nobody publishes until the deadline of the first; the watchdog fails it, once."""
        self.model.now = max(self.model.now, min(self.model.jobs[i].deadline for i in self.jobs("queued")))
        for _ in range(2):
            self.ask("fail_overdue", None)

    @precondition(lambda self: self.jobs("queued"))
    @rule(n=number, who=somebody, late=st.sampled_from([0, 1, 30 * MINUTE, 90 * MINUTE]))
    def late(self, n: int, who: int | None, late: int) -> None:
        """It is late: the advertiser is asked, once, and answers, perhaps too late, perhaps twice; others answer too."""
        queued = self.jobs("queued")
        queued = [i for i in queued if self.model.targets[i].approval == "approved"] or queued
        job = queued[n // 3 % len(queued)]
        self.model.now = max(self.model.now, self.model.jobs[job].deadline - LATE + TOLERATED + late)
        for _ in range(2):
            self.ask("ask_late", None)
        if who is not None and n % 3 != 2:
            self.ask("accept_late", who, job)
        if n % 3 == 1:
            self.ask("cancel", self.owner(job), job)
        if n % 3 == 2:
            self.model.now = max(self.model.now, self.model.jobs[job].deadline)
        for _ in range(2):
            self.ask("accept_late", self.owner(job), job)
        self.ask("claim", None, 50)

    def late_is_well(self, job: int) -> None:
        """If it is late, its advertiser is asked and says yes."""
        if self.model.targets[job].approval == "approved" and self.model.is_late(job):
            self.ask("ask_late", None)
            self.ask("accept_late", self.owner(job), job)

    @rule(who=st.sampled_from([None, ADMIN]))
    def watchdogs_twice(self, who: int | None) -> None:
        for name in ("expire_leases", "fail_overdue") * 2:
            self.ask(name, who)

    # looking

    def lookable(self) -> list[int]:
        return [i for i in self.jobs("success") if self.model.jobs[i].look is not None]

    @rule(picks=numbers, saw=st.sampled_from(["up", "gone", "changed", "unknown"]))
    def look(self, picks: list[int], saw: str) -> None:
        self.ask("look", None, self.few(self.lookable(), picks), saw)

    @precondition(lambda self: self.lookable())
    @rule(
        n=number,
        saws=st.sampled_from(
            [
                "up",
                "up up",
                "gone gone",
                "gone gone",
                "gone unknown gone gone",
                "gone up",
                "changed changed",
                "unknown " * 5,
            ]
        ),
    )
    def look_when_due(self, n: int, saws: str) -> None:
        """A series of looks, each at its moment."""
        target = self.some(self.lookable(), n)
        for saw in saws.split():
            job = self.model.jobs.get(target)
            self.model.now = max(self.model.now, (job.look if job else None) or 0)
            self.ask("look", None, (target,), saw)

    @precondition(lambda self: self.lookable())
    @rule(
        n=number,
        edits=st.lists(
            st.tuples(
                st.booleans(),
                st.sampled_from([1, 5 * MINUTE, 14 * MINUTE, 29 * MINUTE]),
                st.sampled_from([0, 0, 7 * MINUTE, None]),
            ),
            min_size=1,
            max_size=6,
        ),
    )
    def edit(self, n: int, edits: list[tuple[bool, int, int | None]]) -> None:
        """A post is altered and restored, again and again; Telegram's word of it comes at once, late, or without its date."""
        target = self.some(self.lookable(), n)
        for same, wait, age in edits:
            self.model.now += wait
            self.ask("edit", None, target, same, None if age is None else self.model.now - age)

    @rule(
        n=number,
        to=st.sampled_from(["success", "success", "failed", "failed", "removed", "queued"]),
        proof=st.sampled_from([(True, True)] * 3 + [(True, False), (False, True)]),
        who=st.sampled_from([None, ADMIN, ADMIN, ANN]),
    )
    def verdict(self, n: int, to: str, proof: tuple[bool, bool], who: int | None) -> None:
        """Of an uncertain job, of one whose looks gave up, of any."""
        blind = [i for i, j in self.model.jobs.items() if j.is_blind]
        fit = self.jobs("success") if to == "removed" else self.jobs("uncertain") + blind
        self.ask("verdict", who, self.some(fit, n), to, *proof)

    # money

    @rule(picks=numbers, who=somebody)
    def release(self, picks: list[int], who: int | None) -> None:
        self.ask("release", who, self.few(self.model.owed, picks))

    @rule(picks=numbers, who=somebody)
    def refund(self, picks: list[int], who: int | None) -> None:
        self.ask("refund", who, self.few(self.model.lapsed, picks))

    @rule()
    def settle(self) -> None:
        """Everything that is due, as the settlement does it."""
        for name in ("credit", "reverse", "release", "refund"):
            if ids := self.due(name):
                self.ask(name, None, ids)

    def due(self, name: str) -> tuple[int, ...]:
        """What the settlement would ask this act for."""
        deposits = self.model.deposits.items()
        found = {
            "credit": [i for i, d in deposits if d.status == "received" and not d.taken_back],
            "reverse": [i for i, d in deposits if d.taken_back and d.status != "reversed"],
            "release": self.model.owed,
            "refund": self.model.lapsed,
        }
        return tuple(sorted(found[name]))

    @precondition(lambda self: self.model.jobs)
    @rule(n=number)
    def settle_wrongly(self, n: int) -> None:
        """The one for the other, and what is not due at all."""
        resolved = {i: status for i, status in self.model.escrows.items() if status != "held"}
        for i in list(resolved or self.model.jobs)[n % 3 :: 3][:3]:
            self.ask("refund" if resolved.get(i) == "released" else "release", None, (i,))
        self.ask(
            ("refund", "release")[n % 2],
            None,
            tuple(self.jobs("queued", "sending", "uncertain", "success")[:3]) or (1,),
        )

    @rule(n=number, who=st.sampled_from([ANN, BOB, CLEO, NOBODY]))
    def trespass(self, n: int, who: int) -> None:
        """What only the system may, asked by a person; what only people may, by nobody we know."""
        name, given = [
            ("release", ((1,),)),
            ("refund", ((1,),)),
            ("take_back", ("c1",)),
            ("reverse", ((1,),)),
            ("claim", (50,)),
            ("fail_overdue", ()),
            ("expire_leases", ()),
        ][n % 7]
        self.ask(name, who, *given)
        self.ask("draft", NOBODY)
        self.ask("receive", None, ANN, (0, -1, 10**12 + 1)[n % 3], "never paid")
        self.ask("hold", NOBODY, ((1,),))

    # two sides who do not agree

    def quarrels(self) -> list[int]:
        return [i for i, case in self.model.disputes.items() if case.is_open]

    @rule(n=number, turns=several(st.sampled_from(TURNS)), who=somebody)
    def quarrel(self, n: int, turns: list[str], who: int | None) -> None:
        """About what is published, or perhaps not, or paid already; then anything in any order."""
        fit = [i for i in self.jobs("success") if self.model.escrows[i] == "held"]
        target = self.some(fit, n)
        self.argue(target, ("open", "answer")[n % 2], n)
        for turn in turns:
            self.argue(target, turn, n)
        case = self.case(target)
        self.ask("propose", who or self.owner(target), case, (n // 7) % 500 - 20)

    def case(self, target: int) -> int:
        """The newest dispute about a placement, or one that is not there."""
        found = [i for i, case in self.model.disputes.items() if case.target == target]
        return found[-1] if found else len(self.model.disputes) + 1

    def argue(self, target: int, turn: str, n: int) -> None:
        """One turn in the dispute about a placement, by whose turn it is."""
        number = self.case(target)
        case, price = self.model.disputes.get(number), getattr(self.model.targets.get(target), "price", 99)
        sides = self.owner(target), self.publisher(target)
        share = (price // 2, 0, price, 1)[n % 4]
        if turn in ("open", "answer"):
            self.ask("dispute", sides[turn == "answer"], target, "not as agreed")
        elif turn == "withdraw":
            self.ask("withdraw_dispute", sides[case is None or case.side != "publisher"], number)
            self.ask("withdraw_dispute", sides[case is not None and case.side == "publisher"], number)
        elif turn == "call":
            self.ask("ask_judge", sides[n % 2], number)
            for side, wish in zip(sides, (0, price), strict=True):
                self.ask("propose", side, number, wish)
            self.ask("ask_judge", sides[n % 2], number)
        elif turn == "agree":
            for wish in (price + 1, share)[n % 3 > 0 :]:
                self.ask("propose", sides[n % 2], number, wish)
            self.ask("propose", sides[n % 2 == 0], number, share)
        elif turn == "judge":
            stage = "appealed" if case and case.status == "appealed" else "judging"
            self.ask("judge", self.other_judge(number), number, stage, share, "a picture")
        elif turn == "accept":
            for side in sides:
                self.ask("accept", side, number)
        elif turn == "appeal":
            self.ask("appeal", sides[n % 2], number, "look again")
            self.ask("judge", ADMINS[self.other_judge(number) == ADMIN], number, "appealed", 0, "a picture")
        elif turn == "time":
            self.model.now = max(self.model.now, (case and case.until) or 0)
            self.ask("end_disputes", None)
        else:
            for _ in range(2):
                job = self.model.jobs.get(target)
                self.model.now = max(self.model.now, (job and job.look) or 0)
                self.ask("look", None, (target,), "gone")
            self.ask("end_disputes", None)

    def other_judge(self, number: int) -> int:
        """An admin who has not decided about it yet."""
        case = self.model.disputes.get(number)
        return ADMINS[case is not None and case.judge == ADMIN]

    # money going out

    def running(self) -> list[int]:
        return [i for i, w in self.model.withdrawals.items() if w.is_open]

    @rule(
        who=st.sampled_from([BOB, BOB, DAN, ANN, EVE]),
        most=st.sampled_from([LEAST, 150, 10**6]),
        more=st.sampled_from([0, 0, 0, 1, -1]),
        steps=st.integers(0, 3),
        n=number,
    )
    def withdraw(self, who: int, most: int, more: int, steps: int, n: int) -> None:
        """What was earned, or a little more or less, perhaps by who earned nothing; and some steps of its way."""
        if n % 2:
            self.settle()
            self.model.now += MATURITY
        asked = self.ask("request", who, max(LEAST - 1, min(most, self.model.earned(who)) + more), f"address {n % 2}")
        for step in range(steps if asked else 0):
            self.carry_out(asked, n + step)

    @precondition(lambda self: self.model.withdrawals)
    @rule(n=number, act=number, who=somebody)
    def decide_about_money(self, n: int, act: int, who: int | None) -> None:
        """What comes next for a withdrawal that is open; in one of five cases anything about any, by anybody."""
        if (running := self.running()) and n % 5 < 4:
            self.carry_out(running[n // 5 % len(running)], act)
        else:
            self.about(n // 5 % (len(self.model.withdrawals) + 1) + 1, ABOUT_MONEY[act % 7], act // 7, who)

    def carry_out(self, number: int, n: int) -> None:
        """One more step, at a moment at which it may be done."""
        asked = self.model.withdrawals[number]
        if asked.is_open:
            self.model.now = max(self.model.now, asked.not_before - (n % 4 == 0))
            self.about(number, NEXT_OF[asked.status][n % len(NEXT_OF[asked.status])], n)

    def about(self, number: int, name: str, n: int = 1, who: int | None = None) -> None:
        """By whose business it is, with a reference, mostly of its own, or words."""
        asked = self.model.withdrawals.get(number)
        if who is None:
            who = (asked.user if asked else BOB) if name == "cancel_withdrawal" else ADMINS[n % 7 == 0]
        words = {"pay": f"tx-{number if n % 6 else 0}", "reject": "no", "doubt": "no answer", "give_back": "a letter"}
        self.ask(name, who, number, *([words[name]] if name in words else []))

    # what people change meanwhile

    @rule(n=number, paused=st.booleans(), who=somebody)
    def pause(self, n: int, paused: bool, who: int | None) -> None:
        campaign = n % (len(self.model.campaigns) + 1) + 1
        known = self.model.campaigns.get(campaign)
        self.ask("pause", who or (known.owner if known else ANN), campaign, paused)
        if n % 3 == 0:
            self.ask("complete", who)

    @precondition(lambda self: any(c.status == "paused" for c in self.model.campaigns.values()))
    @rule()
    def unpause_all(self) -> None:
        for campaign, known in list(self.model.campaigns.items()):
            if known.status == "paused":
                self.ask("pause", known.owner, campaign, False)

    @rule(channel=st.integers(1, 2), price=amounts, hours=st.sampled_from([0, 0, 1, 24]), who=somebody)
    def offer(self, channel: int, price: int, hours: int, who: int | None) -> None:
        """The price of tomorrow; what is placed keeps its own."""
        self.ask("offer", who or (BOB, DAN)[channel - 1], channel, price, hours)

    @rule(channel=st.integers(1, 3), paused=sometimes, who=somebody)
    def unlist(self, channel: int, paused: bool, who: int | None) -> None:
        self.ask("unlist", who or (BOB, DAN, DAN)[channel - 1], channel, paused)

    @rule(keys=st.lists(st.sampled_from(SWITCHES), min_size=1, max_size=2, unique=True), n=number)
    def halt(self, keys: list[str], n: int) -> None:
        self.ask("halt", (ADMIN, None, ADMIN, ANN)[n % 4], tuple(keys))

    @rule(key=st.sampled_from([*SWITCHES, "money_movement", "worker_post"]), n=number)
    def halt_and_try(self, key: str, n: int) -> None:
        """Halts one, and at once tries everything."""
        self.take_back(n, None)
        self.ask("claim", None, 1)
        self.ask("halt", ADMIN, (key,))
        self.settle()
        self.ask("claim", None, 50)
        for i in self.jobs("sending", attempt="prepared")[:2]:
            self.ask("start", None, (i,), self.model.jobs[i].lease)
        self.pay_an_invoice(500, 1, ANN)
        if n % 2:
            self.ask("resume", ADMIN, (key,))

    @precondition(lambda self: any(not state[0] for state in self.model.switches.values()))
    @rule(who=st.sampled_from([ADMIN] * 5 + [ANN, None]))
    def resume(self, who: int | None) -> None:
        self.ask("resume", who, SWITCHES)

    @rule(most=st.sampled_from([None, 50, 399]), open_=st.sampled_from([None, 1, 2]), n=number)
    def limit(self, most: int | None, open_: int | None, n: int) -> None:
        """The launch's micro limit: a booking is tried under it, perhaps after an incident, then it is cleared."""
        self.ask("resume", ADMIN, ("new_escrows",), (most, open_))
        if n % 2:
            self.ask("halt", None, ("new_escrows",))
            self.ask("resume", ADMIN, ("new_escrows",))
        self.book(ANN, [1, 2], None, 4)
        self.ask("resume", ADMIN, ("new_escrows",), (None, None))

    # time and faults

    @rule(step=st.sampled_from([1, MINUTE, 121, 38 * MINUTE, 3 * HOUR]))
    def jump(self, step: int) -> None:
        self.model.now += step

    @rule()
    def jump_to_the_next_moment(self) -> None:
        self.model.now = self.next_moment() or self.model.now + MINUTE

    @rule()
    def lose_the_next_reply(self) -> None:
        self.loses_reply = True

    @precondition(lambda self: self.history)
    @rule(n=number)
    def duplicate(self, n: int) -> None:
        """An update comes again, however old it is."""
        deed = self.history[-1 - n % min(len(self.history), 30)]
        self.ask(deed.name, deed.who, *deed.given)

    # the end

    def teardown(self) -> None:
        try:
            if self.is_sound:
                self.everything_ends()
        finally:
            self.stack.close()

    def everything_ends(self) -> None:
        """Faults stop, switches are resumed, the ticks' acts run in a loop: no money stays between two people."""
        self.loses_reply = False
        self.ask("resume", ADMIN, SWITCHES)
        self.unpause_all()
        self.what_chance_rarely_meets(*self.finale)
        for rounds in range(36):
            if not self.running() and not self.quarrels() and "held" not in self.model.escrows.values():
                break
            self.tick()
            self.model.now = self.next_moment() or self.model.now
            if self.model.now % 2:
                self.model.now += 2 * HOUR
            if rounds > 12:
                self.model.now += DAY
        self.tick()
        self.the_books_are_clean()
        assert "held" not in self.model.escrows.values(), "an escrow stays held"
        assert {j.status for j in self.model.jobs.values()} <= {"success", "failed", "removed"}
        assert "received" not in {d.status for d in self.model.deposits.values()}
        booked = {self.model.targets[i].campaign for i in self.model.escrows}
        assert {self.model.campaigns[i].status for i in booked} == {"completed"}, "a campaign stays open"
        assert not self.running(), "a withdrawal stays open"
        assert not self.quarrels(), "a dispute stays open"
        assert "made" not in {made.status for made in self.model.proposals.values()}, "a proposal stays open"

    def what_chance_rarely_meets(self, end: str, saws: str, n: int) -> None:
        """Before it ends, every marketplace meets what few would by chance; each answer is compared like any other."""
        self.charges += 1
        if paid := self.ask("receive", None, ANN, 9000, f"c{self.charges}"):
            self.ask("credit", None, (paid,))
            self.ask("reverse", None, (paid,))
        self.ask("offer", BOB, 1, 400, 0)
        self.ask("offer", DAN, 2, 99, 24)
        self.ask("unlist", DAN, 2, False)
        self.book_too_late(n % 2)
        self.unpause_all()
        self.book(ANN, [1, 2], None, 3)  # held in part, then asked for as a whole
        self.publish_one(2, "accepted", saws, n)
        self.publish_one(2, end, saws, n // 3)
        target = max(self.model.jobs, default=1)
        self.ask("cancel", self.owner(target), target)
        self.ask("verdict", ADMIN, target, "failed", False, True)
        if target in self.jobs("uncertain"):
            self.ask("verdict", ADMIN, target, ("success", "failed")[n % 2], True, True)
        self.publish_one(1, "accepted", "", 2)
        paid_out = max(self.model.jobs, default=1)
        self.ask("verdict", ADMIN, paid_out, "success", True, True)
        self.ask("release", None, (paid_out,))
        self.ask("refund", None, (paid_out,))
        if self.turn % 2:
            self.quarrel_every_way(self.turn // 2)
        else:
            self.withdraw_every_way(self.turn // 2)
            self.haggle_every_way(self.turn // 2)
        if campaign := self.ask("draft", ANN):
            self.ask("place", ANN, campaign, 1, self.model.now)
            self.ask("pause", EVE, campaign, True)
        self.answer_about_what_is_late()
        nowhere = self.model.next_target
        for name, *given in (("refund",), ("release",), ("look", "up")):
            self.ask(name, None, (nowhere,), *given)
        self.ask("verdict", ADMIN, nowhere, "failed", True, True)
        self.ask("dispute", ANN, nowhere, "not there")
        self.ask("credit", None, (len(self.model.deposits) + 1,))
        self.charges += 1
        if back := self.ask("receive", None, EVE, 300, f"c{self.charges}"):
            self.ask("credit", None, (back,))
            for _ in range(2):
                self.book(EVE, [1], None, 2)  # spent, unless she is blocked
            self.ask("take_back", None, f"c{self.charges}")
            self.ask("credit", None, (back,))
        invoice = self.ask("invoice", ANN, 5)
        self.book(ANN, [1], None, 2)
        booked = max(self.model.jobs, default=1)
        self.ask("approve", self.publisher(booked), booked, 1)
        self.ask("claim", None, 50)
        if self.turn % 2:
            for name in ("release", "refund"):
                self.ask(name, ANN, (1,))
            self.ask("take_back", ANN, "c1")
            self.ask("end_disputes", ANN)
            self.ask("place", BOB, self.ask("draft", BOB) or 1, 1, None)
            self.pause_meanwhile(1)
        self.ask("halt", ADMIN, ("money_movement", "worker_post", "telegram_posting"))
        self.ask("check_out", ANN, invoice or 1, 5)
        for i in self.jobs("sending", attempt="prepared")[:2]:
            self.ask("start", None, (i,), self.model.jobs[i].lease)
        self.ask("claim", None, 50)
        self.settle()
        if self.turn % 2 == 0:
            self.ask("request", BOB, LEAST, "an address")
            self.ask("accept_price", ANN, 1)
            for name in ABOUT_MONEY:
                self.about(1, name)
        self.ask("resume", ADMIN, SWITCHES)

    def quarrel_every_way(self, n: int) -> None:
        """Four placements are published, and disputed in half of the ways; nothing else may decide about them meanwhile."""
        self.book(ANN, [2, 2, 1, 1], None, 2)
        ids = sorted(self.model.jobs)[-4:]
        self.argue(ids[0], "open", 0)
        made = self.other_terms(ids[0], 2 * HOUR, None)
        for i in ids:
            self.ask("approve", self.publisher(i), i, self.version(i))
        self.ask("decline_proposal", ANN, made or 1)
        while set(ids) & set(self.jobs("queued")) and self.ask("claim", None, 50):
            pass
        for lease in {self.model.jobs[i].lease for i in ids} - {None}:
            mine = tuple(i for i in ids if self.model.jobs[i].lease == lease)
            self.ask("start", None, mine, lease)
            self.ask("record", None, mine, lease, "accepted", MINUTE)
        for i, way in zip(ids, [*QUARRELS[n % 2], AGREEMENTS[n % 4], AGREEMENTS[(n + 2) % 4]], strict=False):
            for turn in way.split():
                self.argue(i, turn, n)
                if turn == "open" and i == ids[-1]:
                    self.ask("release", None, (i,))
                    self.ask("verdict", ADMIN, i, "removed", True, True)
        ended, price = (self.case(ids[1]), len(self.model.disputes) + 1)[n // 2 % 2], 99
        for name, *given in (
            ("propose", price // 3),
            ("ask_judge",),
            ("withdraw_dispute",),
            ("accept",),
            ("appeal", "no"),
        ):
            self.ask(name, ANN, ended, *given)
        self.ask("judge", ADMIN, ended, "judging", price, "another picture")
        self.ask("judge", ANN, ended, "judging", price, "another picture")
        self.ask("dispute", ANN, self.model.next_target if n // 2 % 2 else ids[1], "once more")

    def pays_in_vain(self) -> None:
        """Bob pays in, and Telegram takes it back before he has spent it; an admin lets him go on."""
        self.charges += 1
        if paid := self.ask("receive", None, BOB, 300, f"c{self.charges}"):
            self.ask("credit", None, (paid,))
            self.ask("take_back", None, f"c{self.charges}")
            self.ask("reverse", None, (paid,))
            self.ask("unblock", ADMIN, BOB)

    def withdraw_every_way(self, n: int) -> None:
        """Bob's earnings, and not what he pays in, by half of the ways out; each step too early, by another, or once more."""
        self.charges += 1
        if paid := self.ask("receive", None, BOB, 300, f"c{self.charges}"):
            self.ask("credit", None, (paid,))
        self.pays_in_vain()
        self.model.now += MATURITY
        while mine := [i for i in self.running() if self.model.withdrawals[i].user == BOB]:
            self.carry_out(mine[0], 1)
        known = self.model.withdrawals.values()
        for way in WAYS_OUT[n % 2]:
            if asked := self.ask("request", BOB, LEAST, "an address"):
                if way is WAYS_OUT[n % 2][0]:
                    self.ask("request", BOB, LEAST + 1, "an address")
                if self.model.now < self.model.withdrawals[asked].not_before:
                    self.about(asked, "approve_withdrawal")
                    self.model.now = self.model.withdrawals[asked].not_before
                for name in way.split():
                    self.about(asked, name)
                    if name == "send":
                        for other in ("send", "pay", "give_back"):
                            self.about(asked, other, 7)
                    if name == "pay":
                        self.ask("pay", ADMIN, asked, "another")
                    if name == "doubt":
                        self.ask("pay", ADMIN, asked, next((w.reference for w in known if w.reference), "none"))
        for amount in (LEAST - 1, 10**6):
            self.ask("request", BOB, amount, "an address")
        about = (max(self.model.withdrawals, default=0), len(self.model.withdrawals) + 1)[n % 2]
        for name in ABOUT_MONEY:
            self.about(about, name, 5)
        self.ask("give_back", ADMIN, about, "another")
        for name in ("approve_withdrawal", "pay"):
            self.about(about, name, who=BOB)
        self.ask("request", NOBODY, LEAST, "an address")

    def haggle_every_way(self, n: int) -> None:
        """Three rounds about one placement, until it is too late; another time or price for another, or the first terms."""
        self.book(ANN, [1, 1], None, 2)
        one, other = (*sorted(self.model.jobs)[-2:], 1)[:2]
        for hence, price, stale in ((None, 400, 0), (None, 450, 1), (0, None, 0)):
            self.other_terms(one, hence, price, stale=stale)
        if made := self.other_terms(one, 2 * HOUR, None):
            self.ask("decline_proposal", ANN, made)
            self.ask("accept_time", ANN, made)
        if made := self.other_terms(one, None, 450):
            self.too_late(made)
            self.ask("accept_price", ANN, made)
        if made := self.other_terms(one, None, 10**6):
            self.ask("accept_price", ANN, made)
            self.ask("decline_proposal", ANN, made)
        self.other_terms(one, None, 450)
        made = self.other_terms(other, *((2 * HOUR, None), (None, 450), (None, 450))[n % 3])
        if n % 3 == 2:
            self.ask("approve", BOB, other, self.version(other))
            self.ask("decline_proposal", ANN, made or 1)
        else:
            for who in (BOB, CLEO, ANN):
                self.ask(("accept_time", "accept_price")[n % 3], who, made or 1)
        self.other_terms(other, None, 7)
        self.model.now = max(self.model.now, self.model.targets[one].answer_by or 0)
        self.other_terms(one, None, 7)
        self.other_terms(self.model.next_target, None, 7)
        for name in ABOUT_PROPOSALS:
            self.ask(name, ANN, len(self.model.proposals) + 1)

    def answer_about_what_is_late(self) -> None:
        """An advertiser says yes to what they took back themselves, and to what is over."""
        for is_taken_back in (True, False):
            self.book(ANN, [1], None, 2)
            job = max(self.model.jobs, default=1)
            self.ask("approve", self.publisher(job), job, 1)
            if job not in self.jobs("queued"):
                continue
            deadline = self.model.jobs[job].deadline
            self.model.now = max(self.model.now, deadline - LATE + TOLERATED + MINUTE)
            self.ask("ask_late", None)
            if is_taken_back:
                self.ask("cancel", self.owner(job), job)
            else:
                self.model.now = max(self.model.now, deadline)
            self.ask("accept_late", self.owner(job), job)

    def tick(self) -> None:
        """One round of the ticks, and a person for what only a person can settle."""
        if any(made.status == "made" for made in self.model.proposals.values()):
            self.ask("expire_proposals", None)
        for name in ("expire", "expire_leases", "fail_overdue"):
            self.ask(name, None)
        for i in self.jobs("queued"):
            if self.model.now < self.model.jobs[i].deadline:
                self.late_is_well(i)
        while claimed := self.model.claimable and self.ask("claim", None, 50):
            lease = self.model.leases
            self.ask("start", None, tuple(claimed), lease)
            self.ask("record", None, tuple(claimed), lease, "accepted", 0)
        due = [look.id for look in self.found(checks.due)]
        wanted = [i for i in self.lookable() if (self.model.jobs[i].look or 0) <= self.model.now]
        assert sorted(due) == sorted(wanted), f"to look at: {due}, wanted {wanted}"
        if due:
            self.ask("look", None, tuple(due), "up")
        for i in self.jobs("uncertain"):
            self.ask("verdict", ADMIN, i, "failed" if i % 2 else "success", True, True)
        for i in self.jobs("success"):
            if self.model.jobs[i].is_blind and not self.model.jobs[i].disputed:
                self.ask("verdict", ADMIN, i, "success", True, False)
        if self.quarrels():
            self.ask("end_disputes", None)
        for number in self.quarrels():
            case = self.model.disputes[number]
            if case.status in ("judging", "appealed"):
                share = number % (self.model.targets[case.target].price + 1)
                self.ask("judge", self.other_judge(number), number, case.status, share, "a picture")
            elif case.status == "talks" and number % 2:
                self.argue(case.target, "agree", number)
        for i in self.running():
            asked = self.model.withdrawals[i]
            if asked.not_before <= self.model.now:
                self.carry_out(i, 3 if asked.status == "approved" else 1)
        queries = (payments.to_credit, payments.to_reverse, escrow.to_release, escrow.to_refund)
        for name, query in zip(("credit", "reverse", "release", "refund"), queries, strict=True):
            found, wanted = self.found(query), self.due(name)
            assert sorted(found) == list(wanted), f"{name} is due for {found}, wanted {wanted}"
            if wanted:
                self.ask(name, None, wanted)
        for number in self.model.finished:
            if number % 2:
                self.ask("pause", self.model.campaigns[number].owner, number, True)
        if self.model.untallied:
            self.ask("complete", None)

    def found(self, query: Any) -> Any:
        self.market.clock.at = at(self.model.now) or NOON
        return self.world.loop.run_until_complete(self.market.gate.system("test").ask(query))


def difference(wanted: Any, found: Any) -> str:
    return "; ".join(
        f"{key}: the model says {wanted.get(key)}, the database {found.get(key)}"
        for key in {**wanted, **found}
        if wanted.get(key) != found.get(key)
    )

"""The real thing beside the model: the marketplace's own acts through its gate, and what its database holds, read apart.

A deed is one act in the words of the model; `ask` does it to the marketplace and answers in the model's words. `Second` is
another connection, without a line of the marketplace's code but `check_books`: it tells what is really there.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import astuple, dataclass, field, is_dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg
from sqlalchemy import Connection

from domain import (
    agreements,
    approvals,
    blocks,
    campaigns,
    channels,
    checks,
    disputes,
    escrow,
    kill_switches,
    payments,
    post_jobs,
    proposals,
    users,
    withdrawals,
)
from domain.action import Actor, Look, Outcomes, Switch, Terms
from domain.base import MOMENT, Base
from domain.books import Offence, check_books
from domain.campaigns import Content
from domain.checks import Seen, Verdict
from domain.errors import Refusal, Refused
from domain.kill_switches import Limit
from domain.post_jobs import AttemptStatus, Sent
from storage.database import Database
from storage.gate import Do, Gate
from tests.conftest import NOON, Clock, engine_to, gate_of, new_database, owners
from tests.model.model import No
from tests.story import SEEN

SOON = timedelta(hours=1)
TERMS = Terms(chance=lambda: 0.5, maturity=SOON, first_withdrawal=SOON, talks=SOON, appeal=SOON, proposal=SOON)
"""Looks are in the middle of their windows, so that the model can foresee them; earnings mature, and disputes end, soon."""


@dataclass(frozen=True)
class Deed:
    """One act: who does what to what."""

    name: str
    who: int | str
    given: tuple[Any, ...]


@dataclass
class Market:
    """One marketplace with a database of its own, and the words for what only reality has: tokens, payloads, messages."""

    database: Database
    clock: Clock
    second: "Second"
    gate: Gate
    tokens: dict[int, str] = field(default_factory=dict)
    payloads: dict[int, str] = field(default_factory=dict)
    messages: Iterator[int] = field(default_factory=lambda: count(1))
    shown: dict[int, int] = field(default_factory=dict)
    """Which message an admin says that a job's post is."""

    async def ask(self, deed: Deed) -> Any:
        """Does it; answers as the model does, and raises `No` where it was refused."""
        do = self.gate.system(deed.who) if isinstance(deed.who, str) else self.gate.user(deed.who)
        try:
            return plain(await DEEDS[deed.name](self, do, *deed.given))
        except Refused as refused:
            raise said(refused.refusal) from None

    async def meet(self, *people: int) -> None:
        for user_id in people:
            await self.gate.system("test")(users.meet, user_id, f"Person {user_id}", None, "en")

    async def register(self, owner: int, number: int) -> None:
        await self.gate.user(owner)(channels.register, seen_by_its_admin(number))

    async def invoice(self, do: Do, amount: int) -> Any:
        deposit = await do(payments.invoice, amount)
        self.payloads[deposit.id] = deposit.payload
        return deposit

    async def claim(self, do: Do, most: int) -> list[int]:
        duties = await do(post_jobs.claim, most)
        self.tokens |= {len(self.tokens) + 1: duty.token for duty in duties[:1]}
        return [duty.id for duty in duties]

    def show(self, job: int) -> int:
        """The message that an admin says is this job's post: the newest there is, and the same again once it is decided."""
        if job not in self.shown or self.second.count(f"post_jobs WHERE id = {job} AND status = 'uncertain'"):
            self.shown[job] = next(self.messages)
        return self.shown[job]

    def sent(self, ids: tuple[int, ...], outcome: str, retry: int) -> dict[int, Sent]:
        """Telegram's answers: a message's number is given once."""
        return {
            i: Sent(
                AttemptStatus(outcome),
                message_ids=(next(self.messages),) if outcome == "accepted" else (),
                retry_in=timedelta(seconds=retry),
            )
            for i in ids
        }


def seen_by_its_admin(number: int) -> channels.Inspection:
    return channels.Inspection(**vars(SEEN) | {"chat_id": -1000 - number, "username": None})


def at(moment: int | None) -> datetime | None:
    return None if moment is None else NOON + timedelta(seconds=moment)


def keys(names: tuple[str, ...]) -> list[Switch]:
    return [Switch(name) for name in names]


WORDS = [Content(text=text).fingerprint for text in ("Buy their coffee", "Buy our tea")]

DEEDS: dict[str, Callable[..., Any]] = {
    "init": lambda m, do: do(kill_switches.init),
    "halt": lambda m, do, names: do(kill_switches.halt, keys(names), "test"),
    "resume": lambda m, do, names, limit=None: do(
        kill_switches.resume, keys(names), "test", None if limit is None else Limit(*limit)
    ),
    "invoice": Market.invoice,
    "check_out": lambda m, do, i, amount: do(payments.check_out, m.payloads.get(i, "none"), amount, "XTR"),
    "receive": lambda m, do, user, amount, charge, i=None: do(
        payments.receive, user, amount, "XTR", charge, m.payloads.get(i)
    ),
    "credit": lambda m, do, ids: do.each(payments.credit, ids),
    "take_back": lambda m, do, charge: do(payments.take_back, charge),
    "reverse": lambda m, do, ids: do.each(payments.reverse, ids),
    "unblock": lambda m, do, user: do(blocks.block_user, user, "a mistake", blocked=False),
    "offer": lambda m, do, channel, price, hours: do(channels.offer, channel, price, hours),
    "unlist": lambda m, do, channel, paused: do(channels.pause, channel, paused=paused),
    "draft": lambda m, do: do(campaigns.draft, Content(text="Buy our tea")),
    "place": lambda m, do, campaign, channel, slot: do(campaigns.place, campaign, channel, at(slot)),
    "pause": lambda m, do, campaign, paused: do(campaigns.pause, campaign, paused=paused),
    "hold": lambda m, do, orders: do.each(escrow.hold, orders),
    "approve": lambda m, do, i, version: do(approvals.approve, i, version),
    "decline": lambda m, do, i, version: do(approvals.decline, i, version, "not for us"),
    "cancel": lambda m, do, i: do(approvals.cancel, i),
    "expire": lambda m, do: do(approvals.expire),
    "claim": Market.claim,
    "start": lambda m, do, ids, lease: do.each(post_jobs.start, ids, m.tokens[lease]),
    "put_back": lambda m, do, ids, lease: do.each(post_jobs.put_back, ids, m.tokens[lease]),
    "drop": lambda m, do, ids, lease: do.each(post_jobs.drop, ids, m.tokens[lease], "it cannot be prepared"),
    "record": lambda m, do, ids, lease, outcome, retry: do.each(
        post_jobs.record, ids, m.tokens[lease], m.sent(ids, outcome, retry)
    ),
    "expire_leases": lambda m, do: do(post_jobs.expire_leases),
    "fail_overdue": lambda m, do: do(post_jobs.fail_overdue),
    "ask_late": lambda m, do: do(post_jobs.ask_late),
    "accept_late": lambda m, do, i: do(post_jobs.accept_late, i),
    "look": lambda m, do, ids, saw: do.each(checks.record, ids, {i: Seen(Verdict(saw)) for i in ids}),
    "edit": lambda m, do, i, same, date: do(checks.saw_edit, *m.second.place(i), WORDS[same], at(date)),
    "verdict": lambda m, do, i, to, evidence, message: do(
        checks.verdict,
        i,
        post_jobs.Status(to),
        "a picture of it" if evidence else " ",
        m.show(i) if message else None,
    ),
    "release": lambda m, do, ids: do.each(escrow.release, ids),
    "refund": lambda m, do, ids: do.each(escrow.refund, ids),
    "complete": lambda m, do: do(escrow.complete),
    "make_proposal": lambda m, do, i, version, slot, price: do(proposals.make, i, version, slot=at(slot), price=price),
    "decline_proposal": lambda m, do, i: do(proposals.decline, i),
    "accept_time": lambda m, do, i: do(agreements.accept_time, i),
    "accept_price": lambda m, do, i: do(agreements.accept_price, i),
    "expire_proposals": lambda m, do: do(proposals.expire),
    "dispute": lambda m, do, i, words: do(disputes.open_, i, words),
    "propose": lambda m, do, i, share: do(disputes.propose, i, share),
    "ask_judge": lambda m, do, i: do(disputes.ask_judge, i),
    "withdraw_dispute": lambda m, do, i: do(disputes.withdraw, i),
    "judge": lambda m, do, i, stage, share, evidence: do(disputes.judge, i, disputes.Status(stage), share, evidence),
    "accept": lambda m, do, i: do(disputes.accept, i),
    "appeal": lambda m, do, i, words: do(disputes.appeal, i, words),
    "end_disputes": lambda m, do: do(disputes.expire),
    "request": lambda m, do, amount, to: do(withdrawals.request, amount, to),
    "cancel_withdrawal": lambda m, do, i: do(withdrawals.cancel, i),
    "approve_withdrawal": lambda m, do, i: do(withdrawals.approve, i),
    "reject": lambda m, do, i, why: do(withdrawals.reject, i, why),
    "send": lambda m, do, i: do(withdrawals.send, i),
    "pay": lambda m, do, i, reference: do(withdrawals.pay, i, reference),
    "doubt": lambda m, do, i, why: do(withdrawals.doubt, i, why),
    "give_back": lambda m, do, i, evidence: do(withdrawals.give_back, i, evidence),
}


def plain(answer: Any) -> Any:
    """An answer in the words of the model: numbers for rows, tuples for values, `No` for refusals."""
    if isinstance(answer, Outcomes | dict):
        return {item: plain(came) for item, came in answer.items()}
    if isinstance(answer, list | tuple):
        return type(answer)(plain(part) for part in answer)
    if isinstance(answer, Refusal):
        return said(answer)
    if isinstance(answer, Base):
        return answer.id  # type: ignore[attr-defined]
    if is_dataclass(answer) and not isinstance(answer, type):
        return tuple(plain(part) for part in astuple(answer))
    return answer.value if isinstance(answer, Enum) else answer


def said(refusal: Refusal) -> No:
    return No(type(refusal).__name__, *(plain(fact) for fact in refusal.facts().values()))


def agree(wanted: Any, got: Any) -> bool:
    """The same answer (None predicts nothing); a refusal has the class, and the facts as far as they were predicted."""
    if isinstance(wanted, No):
        return isinstance(got, No) and got.args[: len(wanted.args)] == wanted.args
    if isinstance(wanted, dict) and isinstance(got, dict):
        return wanted.keys() == got.keys() and all(agree(wanted[item], got[item]) for item in wanted)
    return (wanted is None and not isinstance(got, No)) or bool(wanted == got)


PICTURE = {
    "wallets": "SELECT id, balance FROM wallets WHERE balance <> 0",
    "blocked": "SELECT id, id FROM users WHERE blocked_at IS NOT NULL",
    "switches": "SELECT key, enabled, max_amount, max_open FROM kill_switches",
    "deposits": """SELECT id, status, user_id, amount, charge_id,
        CASE WHEN taken_back_at IS NULL THEN 0 ELSE 1 END AS taken FROM deposits""",
    "campaigns": "SELECT id, status FROM campaigns",
    "targets": "SELECT id, status, approval, version, price, hours, slot, answer_by, retry_of FROM campaign_targets",
    "escrows": "SELECT id, status, amount FROM escrows",
    "jobs": """SELECT id, status, failure, lost_leases, lost_alone, lease_until, next_look_at, served_at, changed_at, changed_for,
        CASE WHEN late_asked_at IS NULL THEN 0 ELSE 1 END, CASE WHEN late_accepted_at IS NULL THEN 0 ELSE 1 END,
        CASE WHEN disputed_at IS NULL THEN 0 ELSE 1 END, share,
        CASE status WHEN 'queued' THEN due_at END AS due, CASE status WHEN 'queued' THEN deadline END AS deadline
      FROM post_jobs""",
    "proposals": """SELECT id, status, campaign_target_id, round, slot, price, made_by, asked_by, answer_by
        FROM proposals""",
    "disputes": """SELECT id, status, campaign_target_id, side, opened_by, until, advertiser_share, publisher_share,
        share, judged_by, evidence, appealed_by, CASE WHEN advertiser_accepted_at IS NULL THEN 0 ELSE 1 END,
        CASE WHEN publisher_accepted_at IS NULL THEN 0 ELSE 1 END FROM disputes""",
    "withdrawals": "SELECT id, status, user_id, amount, destination, not_before, reference, note FROM withdrawals",
}
LISTS = {
    "attempts": "SELECT post_job_id, status FROM post_attempts ORDER BY id",
    "seen": "SELECT post_job_id, verdict FROM post_checks ORDER BY id",
}
AUDITED = "SELECT COUNT(refusal), COUNT(*) - COUNT(refusal) FROM audit_events"


@dataclass
class Second:
    """A connection beside the marketplace's, that only reads, while nobody else is at work."""

    conn: Connection
    refusals: int = 0
    done: int = 0
    """How many refusals, and how many things done, were audited when the last picture was taken."""

    def picture(self) -> dict[str, Any]:
        """What is there, in the shape of `Model.picture`."""
        (((self.refusals, self.done),), *rows_of) = self.read(AUDITED, *PICTURE.values(), *LISTS.values())
        told = dict(zip((*PICTURE, *LISTS), rows_of, strict=True))
        rows: dict[str, Any] = {name: {row[0]: values(row[1:]) for row in told[name]} for name in PICTURE}
        for name in LISTS:
            rows[name] = lists = {}
            for row in told[name]:
                lists.setdefault(row[0], []).append(row[1])
        rows["blocked"] = set(rows["blocked"])
        rows["wallets"] = {name: row[0] for name, row in rows["wallets"].items()}
        rows["switches"] = {key: (bool(row[0]), *row[1:]) for key, row in rows["switches"].items()}
        return rows

    def read(self, *questions: str) -> list[list[tuple[Any, ...]]]:
        """The driver's own rows, and PostgreSQL is asked everything in one breath: this is asked after every act."""
        driver: Any = self.conn.connection.driver_connection
        with driver.pipeline() if isinstance(driver, psycopg.Connection) else nullcontext():
            cursors = [driver.execute(sql) for sql in questions]
        return [cursor.fetchall() for cursor in cursors]

    def count(self, what: str) -> int:
        (((many,),),) = self.read(f"SELECT COUNT(*) FROM {what}")
        return int(many)

    def place(self, job: int) -> tuple[int, int]:
        """Where a post stands: chat and message; nowhere, where it is none."""
        (found,) = self.read(f"SELECT chat_id, message_id FROM post_jobs WHERE id = {job}")
        return tuple(n or 0 for n in found[0]) if found else (0, 0)  # type: ignore[return-value]

    def events(self) -> int:
        return self.count("audit_events")

    def offences(self) -> list[Offence]:
        self.conn.exec_driver_sql("BEGIN")
        try:
            return check_books(Look(self.conn, NOON, Actor.system("second"), Terms(), frozenset()))
        finally:
            self.conn.exec_driver_sql("ROLLBACK")


@lru_cache(maxsize=10_000)
def values(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Most rows are as they were the last time."""
    return tuple(map(value, row))


def value(found: Any) -> Any:
    """A moment in seconds since the start, whichever database tells it."""
    if isinstance(found, str) and found.endswith("Z") and found[:2] == "20":
        found = datetime.strptime(found, MOMENT).replace(tzinfo=NOON.tzinfo)
    return int((found - NOON).total_seconds()) if isinstance(found, datetime) else found


@dataclass
class World:
    """Where marketplaces are made, one for each example: the kind of database, the servers, and one event loop."""

    kind: str
    servers: dict[str, Any]
    loop: asyncio.AbstractEventLoop

    @contextmanager
    def market(self) -> Iterator[Market]:
        with new_database(self.kind, self.servers) as address:
            database, clock = Database(address), Clock()
            try:
                with engine_to(owners(address)).connect() as conn:
                    yield Market(database, clock, Second(conn), replace(gate_of(database, clock), terms=TERMS))
            finally:
                self.loop.run_until_complete(database.close())


@contextmanager
def world(kind: str, servers: dict[str, Any]) -> Iterator[World]:
    with asyncio.Runner() as runner:
        yield World(kind, servers, runner.get_loop())

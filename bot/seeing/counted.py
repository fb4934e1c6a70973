"""What this process did since it started: acts, money, jobs, ticks, calls to Telegram, updates. Each process counts its own.

Money is counted here, as each act commits, and not summed up in the database: a sum over a ledger of ten million entries is no
question for every fifteen seconds, and what is asked of it is a rate. A restart begins at nought, which Prometheus knows how to
read; where the money is now is told by `standing`.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from structlog.contextvars import bound_contextvars

from bot.counting import WAITING, is_trouble
from domain.errors import Halted
from domain.ledger import Reason
from domain.post_jobs import Status
from scheduler.loop import TICKS, Round
from storage.gate import Ended

LATE = (1, 5, 15, 60, 300, 900, 1800, 3600, 7200)
QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
CALLS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
ROUNDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300)
LEDGER = "ledger"
"""The tick that looks at the whole of the books; what it finds are offences."""


class Counted:
    """The counters, in a registry of their own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, words: str, *labels: str) -> Counter:
            return Counter(f"holdfast_{name}", words, labels, registry=registry)

        def histogram(name: str, words: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"holdfast_{name}", words, labels, buckets=buckets, registry=registry)

        self.money = counter("money_moved_minor", "Minor units moved by committed transfers.", "reason")
        self.transfers = counter("transfers", "Committed transfers.", "reason")
        self.acts = counter("acts", "Acts by how they ended.", "action", "outcome")
        self.act_seconds = histogram("act_seconds", "How long an act took, with every try.", QUICK, "action")
        self.refusals = counter("refusals", "What was refused.", "refusal")
        self.halted = counter("refused_by_switch", "What a HALTED switch refused.", "switch")
        self.jobs = counter("post_jobs", "Post jobs by what became of them.", "status")
        self.lateness = histogram("lateness_seconds", "Publication after the slot, or the approval if later.", LATE)
        self.rounds = counter("tick_rounds", "Rounds of ticks by how they ended.", "tick", "outcome")
        self.round_seconds = histogram("tick_seconds", "How long a round of a tick took.", ROUNDS, "tick")
        self.offences = Gauge(
            "holdfast_books_offences", "Offences at the last look at the whole books.", ["tick"], registry=registry
        )
        self.calls = counter("telegram_calls", "Calls to Telegram by what was answered.", "method", "outcome")
        self.call_seconds = histogram("telegram_call_seconds", "How long Telegram took to answer.", CALLS, "method")
        self.updates = counter("updates", "Updates from Telegram by how they ended.", "kind", "outcome")
        self.update_seconds = histogram("update_seconds", "How long an update took.", QUICK, "kind")
        for reason in Reason:
            self.money.labels(reason)
            self.transfers.labels(reason)
        for status in Status:
            self.jobs.labels(status)
        for tick in TICKS:
            self.rounds.labels(tick.name, "done")

    def act(self, ended: Ended) -> None:
        """For the gate's `watch`."""
        outcome = "done" if ended.act is not None else "failed" if ended.error is not None else "refused"
        self.acts.labels(ended.name, outcome).inc()
        self.act_seconds.labels(ended.name).observe(ended.seconds)
        for refusal in ended.refused:
            self.refusals.labels(refusal.key()).inc()
            if isinstance(refusal, Halted):
                self.halted.labels(refusal.switch).inc()
        if ended.act is None:
            return
        for reason, amount in ended.act.moved:
            self.money.labels(reason).inc(amount)
            self.transfers.labels(reason).inc()
        jobs = [event for event in ended.act.events if event.noun == "post_jobs" and "status" in event.details]
        for _, status in {(event.subject, event.details["status"]) for event in jobs}:
            self.jobs.labels(status).inc()
        for event in jobs:
            if event.details.get("late") is not None:
                self.lateness.observe(event.details["late"])

    @contextmanager
    def round(self, this: Round) -> Iterator[None]:
        """Around a round of a tick; what is logged within it names the tick."""
        began = time.perf_counter()
        with bound_contextvars(tick=this.tick):
            try:
                yield
            finally:
                self.rounds.labels(this.tick, this.outcome).inc()
                self.round_seconds.labels(this.tick).observe(time.perf_counter() - began)
                if this.tick == LEDGER and this.outcome == "done":
                    self.offences.labels(this.tick).set(this.came)


class Calls(BaseRequestMiddleware):
    """Around every call to Telegram, inside the pace: what is measured is Telegram, not our own waiting."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted

    async def __call__(
        self, make_request: NextRequestMiddlewareType[TelegramType], bot: Bot, method: TelegramMethod[TelegramType]
    ) -> Response[TelegramType]:
        name, began, outcome = method.__api_method__, time.perf_counter(), "ok"
        try:
            return await make_request(bot, method)
        except TelegramRetryAfter:
            outcome = "flood"
            raise
        except Exception as error:
            outcome = "trouble" if is_trouble(error) else "refused"
            raise
        except BaseException:
            outcome = "cancelled"
            raise
        finally:
            self._counted.calls.labels(name, outcome).inc()
            if name != WAITING:
                self._counted.call_seconds.labels(name).observe(time.perf_counter() - began)

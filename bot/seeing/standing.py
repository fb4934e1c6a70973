"""How the house stands at the moment of a scrape: gauges out of one snapshot of the database, and whether it and Redis are up.

Every process tells the same of the database, so that one that stands still hides nothing: take `max`, not `sum`. Where the
database does not answer, its gauges are left out rather than told as they were.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.rate import Pace
from bot.shared import Shared
from domain.figures import Figures
from scheduler.loop import TICKS


def gauge(name: str, words: str, values: Mapping[Any, float], *labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"holdfast_{name}", words, labels=labels)
    for given, value in values.items():
        family.add_metric(given, value)
    return family


def at(moment: datetime | None) -> float:
    """Seconds since 1970; 0 for what never was."""
    return 0.0 if moment is None else moment.timestamp()


@dataclass(eq=False)
class Standing(Collector):
    """Told the figures before each scrape."""

    shared: Shared | None
    paces: Mapping[int, Pace]
    """Of each bot, by its number."""
    figures: Figures | None = None
    redis: bool | None = None
    """Does Redis answer? None where there is none."""

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        yield gauge("database_up", "Does the database answer?", {(): self.figures is not None})
        if self.redis is not None:
            yield gauge("redis_up", "Does Redis answer within 0.2 s?", {(): self.redis})
        if self.shared is not None:
            yield CounterMetricFamily("holdfast_redis_failures", "Calls to Redis that failed.", self.shared.failures)
        if self.paces:
            waited = CounterMetricFamily(
                "holdfast_telegram_waited", "Calls that waited for their turn.", labels=["bot"]
            )
            for bot, pace in self.paces.items():
                waited.add_metric([str(bot)], pace.waited)
            yield waited
        if self.figures is not None:
            yield from self._placements(self.figures)
            yield from self._queues(self.figures)
            yield from self._switches(self.figures)
            yield from self._ticks(self.figures)

    def _placements(self, f: Figures) -> Iterator[Metric]:
        many = {given: float(count) for given, (count, _) in f.held.items()}
        much = {given: float(amount) for given, (_, amount) in f.held.items()}
        yield gauge("escrows_held", "Held escrows by the state of their job and by age.", many, "state", "age")
        yield gauge("escrows_held_minor", "Minor units held, by state and age.", much, "state", "age")
        yield gauge("post_jobs_open", "Post jobs without an end.", {(s,): n for s, n in f.jobs.items()}, "status")
        overdue, unrefunded = f.overdue.total_seconds(), f.unrefunded.total_seconds()
        yield gauge("escrow_overdue_seconds", "R2: past its deadline, without an end, money held.", {(): overdue})
        yield gauge("escrow_unrefunded_seconds", "R3: failed, and not refunded though it may be.", {(): unrefunded})
        yield gauge("rollback_failures", "R3: failures in its window.", {(): f.failures})
        yield gauge("rollback_outcomes", "R3: outcomes in its window.", {(): f.outcomes})
        yield gauge("house_balance_minor", "The house's wallets.", {(w,): b for w, b in f.house.items()}, "wallet")
        yield gauge("checkpoint_timestamp_seconds", "When the books were last sealed.", {(): at(f.checkpoint)})

    def _queues(self, f: Figures) -> Iterator[Metric]:
        kinds = {("uncertain",): f.uncertain.many, ("unseen",): f.unseen, ("refused",): f.refused}
        yield gauge("review_queue", "Jobs that a person should look at.", kinds, "kind")
        many = {given: float(heap.many) for given, heap in f.cases.items()}
        oldest = {given: heap.oldest.total_seconds() for given, heap in f.cases.items()}
        yield gauge("cases_open", "Open withdrawals, disputes and reports.", many, "kind", "status")
        yield gauge("cases_oldest_seconds", "Open cases: since when the oldest is there.", oldest, "kind", "status")
        heaps = {
            "post_jobs_due": (f.due, "Jobs that could be sent"),
            "uncertain": (f.uncertain, "Uncertain jobs, by their slots"),
            "deposits_uncredited": (f.deposits, "Deposits that are not credited"),
            "notices_owed": (f.notices, "Notices that are not sent"),
        }
        for name, (heap, words) in heaps.items():
            yield gauge(name, f"{words}.", {(): heap.many})
            yield gauge(f"{name}_oldest_seconds", f"{words}: the oldest.", {(): heap.oldest.total_seconds()})

    def _switches(self, f: Figures) -> Iterator[Metric]:
        enabled = {(state.key,): float(state.enabled) for state in f.switches}
        known = {(state.key,): float(state.known) for state in f.switches}
        changed = {(state.key,): at(state.at) for state in f.switches}
        yield gauge("switch_enabled", "1 is ENABLED, 0 is HALTED.", enabled, "switch")
        yield gauge("switch_known", "Has the switch its row?", known, "switch")
        yield gauge("switch_changed_timestamp_seconds", "When it was last flipped.", changed, "switch")

    def _ticks(self, f: Figures) -> Iterator[Metric]:
        beats = {tick.name: f.heartbeats.get(tick.name, (None, "")) for tick in TICKS}
        heard = {(name,): at(moment) for name, (moment, _) in beats.items()}
        skipped = {(name,): float(said.startswith("skipped")) for name, (_, said) in beats.items()}
        period = {(tick.name,): tick.every.total_seconds() for tick in TICKS}
        yield gauge("tick_heartbeat_timestamp_seconds", "When a tick was last heard; 0 is never.", heard, "tick")
        yield gauge("tick_skipped", "Did it skip because of a switch?", skipped, "tick")
        yield gauge("tick_period_seconds", "How often it runs at least.", period, "tick")

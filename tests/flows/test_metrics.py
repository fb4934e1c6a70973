"""What Prometheus is told over HTTP is what the database says by SQL; and what does not answer is told as such."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from bot.sandbox import Fault
from bot.settings import BadSettings
from domain import reports, rollback
from domain.action import Switch
from domain.errors import Refused
from domain.escrow import hold
from domain.ledger import Reason
from domain.post_jobs import AttemptStatus
from domain.reports import Thing
from domain.rollback import Criterion
from scheduler.loop import TICKS
from tests import story
from tests.conftest import House
from tests.flows.conftest import Town, name_of, town_of
from tests.servers import free_port
from tests.story import ANN

OUTCOMES = ("ok", "refused", "trouble")
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest_asyncio.fixture
async def seen(address: str, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """A town that may be looked at, on each database."""
    async for town in town_of(address, "en", name_of(request), metrics_port=free_port()):
        yield town


async def got(town: Town, path: str) -> tuple[int, str]:
    where = f"http://127.0.0.1:{town.app.settings.metrics_port}{path}"
    async with aiohttp.ClientSession() as session, session.get(where) as answer:
        return answer.status, await answer.text()


async def scraped(town: Town) -> Samples:
    """Every sample by its name and its sorted labels."""
    status, body = await got(town, "/metrics")
    assert status == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }


def of(samples: Samples, name: str, **labels: str) -> float:
    return samples[f"holdfast_{name}", tuple(sorted(labels.items()))]


def every(samples: Samples, name: str) -> dict[str, float]:
    """The samples of a family with one label, by it; those that are nought left out."""
    found = {labels[0][1]: value for (n, labels), value in samples.items() if n == f"holdfast_{name}" and labels}
    return {label: value for label, value in found.items() if value}


def many(town: Town, statement: str) -> dict[str, float]:
    """What SQL says: name and number."""
    return {row["name"]: float(row["n"]) for row in town.sql(statement)}


def moment(found: Any) -> datetime:
    return found if isinstance(found, datetime) else datetime.fromisoformat(found)


async def a_day(town: Town) -> House:
    """Of five placements one is paid, one declined and refunded, one refused, one uncertain, one waits; a sixth is halted."""
    house = House(town.app.gate, town.clock, town.sql, town.app.settings.database_url)
    await story.people(house)
    await story.switches(house, *Switch)
    town.clock.forward(minutes=1)
    await story.fund(house, ANN, 1700, "c1")
    channel = await story.channel(house)
    declined, waits, *sent = [await story.draft(house, channel) for _ in range(5)]
    for placement in (declined, waits, *sent):
        with suppress(Refused):  # there is money for four at a time
            await house.gate.user(ANN)(hold, (placement.id,))
    await story.decline(house, declined)
    await town.app.tick()
    await house.gate.user(ANN)(hold, (sent[2].id,))
    for placement, status in zip(sent, ("accepted", "refused", "unknown"), strict=True):
        await story.approve(house, placement)
        town.clock.forward(seconds=40)
        ids = (placement.id,) if status == "accepted" else ()
        await story.recorded(house, AttemptStatus(status), message_ids=ids, error="no")
    await town.app.tick()
    await town.halt(Switch.new_escrows)
    with pytest.raises(Refused):
        await house.gate.user(ANN)(hold, (99,))
    return house


async def test_each_family_says_what_sql_says(seen: Town) -> None:
    town = seen
    house = await a_day(town)
    await house.gate.user(ANN)(reports.file, Thing.channel, 1, reports.Reason.spam)
    await town.person("Eve")
    await town.telegram.fault("getMe", Fault.BAD_REQUEST)
    await town.telegram.fault("getMe", Fault.BAD_GATEWAY)
    for _ in range(3):
        with suppress(Exception):
            await town.app.bot.get_me()
    town.clock.forward(hours=2)
    told = await scraped(town)
    sql = town.sql

    by_reason = "SELECT reason AS name, {} AS n FROM transfers GROUP BY reason"
    assert every(told, "transfers_total") == many(town, by_reason.format("COUNT(*)"))
    assert every(told, "money_moved_minor_total") == many(town, by_reason.format("SUM(amount)"))
    assert set(every(told, "transfers_total")) >= {Reason.deposit, Reason.escrow_hold, Reason.payout, Reason.refund}
    assert {label for (n, labels), _ in told.items() for _, label in labels if n == "holdfast_transfers_total"} == set(
        Reason
    )

    ends = "SELECT status AS name, COUNT(*) AS n FROM post_jobs WHERE status {} GROUP BY status"
    ended = {name: n for name, n in every(told, "post_jobs_total").items() if name != "queued"}
    assert ended == many(town, ends.format("NOT IN ('queued', 'sending')"))
    assert {"success", "failed", "uncertain"} <= set(ended)
    assert every(told, "post_jobs_open") == many(town, ends.format("IN ('queued', 'sending', 'uncertain')"))

    held = {}
    for (name, labels), value in told.items():
        if name == "holdfast_escrows_held":
            held[dict(labels)["state"]] = value
            assert dict(labels)["age"] == "1d"
    assert held == many(
        town,
        "SELECT j.status AS name, COUNT(*) AS n FROM escrows e JOIN post_jobs j ON j.id = e.id"
        " WHERE e.status = 'held' GROUP BY j.status",
    )
    assert of(told, "escrows_held_minor", state="queued", age="1d") == 400
    assert every(told, "house_balance_minor") == many(
        town,
        "SELECT id AS name, balance AS n FROM wallets WHERE balance <> 0"
        " AND kind IN ('fees', 'external', 'suspense', 'losses')",
    )

    late = sql("SELECT published_at, deadline FROM post_jobs WHERE status = 'success'")
    seconds = [(moment(r["published_at"]) - moment(r["deadline"]) + timedelta(hours=2)).total_seconds() for r in late]
    assert of(told, "lateness_seconds_count") == len(seconds) == 1
    assert of(told, "lateness_seconds_sum") == pytest.approx(sum(seconds))
    assert sum(seconds) == 40

    slot = moment(sql.one("SELECT due_at FROM post_jobs WHERE status = 'uncertain'"))
    assert of(told, "uncertain") == 1
    assert of(told, "uncertain_oldest_seconds") == (town.clock() - slot).total_seconds()
    assert every(told, "review_queue") == {"uncertain": 1, "refused": 1}
    cases = {labels: value for (name, labels), value in told.items() if name == "holdfast_cases_open" and value}
    reported = sql.one("SELECT COUNT(*) FROM reports WHERE status = 'open'")
    assert (
        cases == {(("kind", "reports"), ("status", "open")): reported} == {(("kind", "reports"), ("status", "open")): 1}
    )
    assert of(told, "cases_open", kind="withdrawals", status="requested") == 0
    assert of(told, "cases_oldest_seconds", kind="reports", status="open") == timedelta(hours=2).total_seconds()
    owed = "SELECT COUNT(*) AS n FROM notices WHERE status = 'owed'"
    assert of(told, "notices_owed") == sql.one(owed)

    enabled = "SELECT key AS name, CASE WHEN enabled THEN 1 ELSE 0 END AS n FROM kill_switches"
    assert {**dict.fromkeys(Switch, 0), **every(told, "switch_enabled")} == many(town, enabled)
    assert every(told, "switch_known") == dict.fromkeys(Switch, 1)
    flipped = sql.one("SELECT MAX(at) AS at FROM kill_switch_flips WHERE key = 'new_escrows'")
    assert of(told, "switch_changed_timestamp_seconds", switch="new_escrows") == moment(flipped).timestamp()

    beats = {
        row["name"]: moment(row["at"]).timestamp()
        for row in sql("SELECT name, at FROM heartbeats WHERE SUBSTR(name, 1, 6) <> 'build:'")
    }
    assert every(told, "tick_heartbeat_timestamp_seconds") == beats
    assert every(told, "tick_period_seconds") == {tick.name: tick.every.total_seconds() for tick in TICKS}
    assert of(told, "tick_rounds_total", tick="posting", outcome="done") > 1
    assert of(told, "books_offences", tick="ledger") == 0

    refusals = "SELECT refusal AS name, COUNT(*) AS n FROM audit_events WHERE refusal IS NOT NULL GROUP BY refusal"
    assert every(told, "refusals_total") == many(town, refusals)
    assert of(told, "refused_by_switch_total", switch="new_escrows") == 1
    assert of(told, "acts_total", action="escrow.hold", outcome="done") == 6
    assert of(told, "acts_total", action="escrow.hold", outcome="refused") == 1
    assert of(told, "act_seconds_count", action="kill_switches.halt") == 1

    calls = [json.loads(line).get("method") for line in town.record.read_text().splitlines()]
    outcomes = {outcome: of(told, "telegram_calls_total", method="getMe", outcome=outcome) for outcome in OUTCOMES}
    assert outcomes == dict.fromkeys(OUTCOMES, 1)
    sent = of(told, "telegram_call_seconds_count", method="sendMessage")
    assert (
        sent == calls.count("sendMessage") > of(told, "telegram_calls_total", method="sendMessage", outcome="ok") == 1
    )
    assert of(told, "updates_total", kind="message", outcome="done") == 1
    assert of(told, "update_seconds_count", kind="message") == 1


async def test_the_rollback_criteria_are_shown_as_the_evaluator_sees_them(seen: Town) -> None:
    town = seen
    await a_day(town)
    told = await scraped(town)
    assert (of(told, "rollback_failures"), of(told, "rollback_outcomes")) == (1, 2)
    assert (of(told, "escrow_overdue_seconds"), of(told, "escrow_unrefunded_seconds")) == (0, 0)
    waits = moment(town.sql.one("SELECT deadline FROM post_jobs WHERE status = 'queued'"))
    town.clock.at = waits + timedelta(seconds=901)
    told = await scraped(town)
    assert of(told, "escrow_overdue_seconds") == 901
    assert (of(told, "rollback_failures"), of(told, "rollback_outcomes")) == (0, 0)
    await town.halt(Switch.money_movement)
    await town.app.tick()
    assert of(await scraped(town), "escrow_unrefunded_seconds") == 0, "the money may not move"
    await town.resume(Switch.money_movement)
    town.clock.forward(seconds=61)
    told = await scraped(town)
    assert (of(told, "escrow_unrefunded_seconds"), of(told, "escrow_overdue_seconds")) == (61, 0)
    findings = await town.app.gate.system("test").ask(rollback.evaluate)
    assert [finding.criterion for finding in findings] == [Criterion.unrefunded]


async def test_without_its_database_a_process_lives_is_not_ready_and_tells_no_old_figures(
    postgresql_address: str, request: pytest.FixtureRequest
) -> None:
    async for town in town_of(postgresql_address, "en", name_of(request), metrics_port=free_port()):
        await town.open_everything()
        await town.app.tick()
        assert await got(town, "/healthz") == (200, '{"alive": true}')
        status, body = await got(town, "/readyz")
        assert (status, json.loads(body)["ready"], json.loads(body)["degraded"]) == (200, True, [])
        assert of(await scraped(town), "database_up") == 1
        town.sql("ALTER TABLE heartbeats RENAME TO hidden")
        status, body = await got(town, "/readyz")
        assert status == 503
        assert [check["name"] for check in json.loads(body)["checks"] if not check["ok"]] == [
            "guards",
            "roles",
            "ticks",
            "evaluator",
        ]
        told = await scraped(town)
        assert of(told, "database_up") == 0
        assert every(told, "switch_known") == {}
        assert of(told, "transfers_total", reason="deposit") == 0
        assert (await got(town, "/healthz"))[0] == 200
        town.sql("ALTER TABLE hidden RENAME TO heartbeats")


async def test_a_port_that_is_taken_is_named(sqlite_address: str, request: pytest.FixtureRequest) -> None:
    port = free_port()
    async for town in town_of(sqlite_address, "en", name_of(request), metrics_port=port):
        with pytest.raises(BadSettings, match=f"HOLDFAST_METRICS_PORT: cannot listen on 127.0.0.1:{port}"):
            async for _ in town_of(sqlite_address, "en", "second", metrics_port=town.app.settings.metrics_port):
                pass

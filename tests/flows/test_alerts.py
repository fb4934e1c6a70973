"""Alert rules and dashboard speak of metrics that exist; the thresholds are those at which the house halts by itself."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from domain import rollback
from domain.heartbeats import GAP
from domain.kill_switches import LOCK_SECONDS
from domain.rollback import Criterion
from tests.flows.conftest import name_of, town_of
from tests.flows.test_metrics import Samples, a_day, scraped
from tests.runbook import INCIDENTS
from tests.servers import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
GROUPS = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
RULES: dict[str, dict[str, Any]] = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
ANCHORS = {re.sub(r"[^\w -]", "", name).lower().replace(" ", "-") for name in INCIDENTS}


def expressions() -> dict[str, str]:
    """Of every alert and of every line in the dashboard."""
    found = {name: rule["expr"] for name, rule in RULES.items()}
    for panel in json.loads((DEPLOY / "grafana/dashboards/holdfast.json").read_text())["panels"]:
        for target in panel.get("targets", ()):
            found[f"{panel['title']} {target['refId']}"] = target["expr"]
    return found


def numbers(alert: str) -> list[float]:
    """What an alert compares with, in the order in which it is written."""
    return [float(number) for number in re.findall(r"(?:[><]=?|==) ([\d.]+)", RULES[alert]["expr"])]


@pytest_asyncio.fixture
async def told(sqlite_address: str, request: pytest.FixtureRequest) -> AsyncIterator[Samples]:
    """A real scrape of a house in which a little of everything happened, with a Redis that is away."""
    away = f"redis://127.0.0.1:{free_port()}"
    async for town in town_of(sqlite_address, "en", name_of(request), metrics_port=free_port(), redis_url=away):
        await a_day(town)
        await town.person("Eve")
        yield await scraped(town)


async def test_every_name_and_label_is_in_a_real_scrape(told: Samples) -> None:
    labels: dict[str, set[str]] = {"up": {"job", "instance"}}
    for name, pairs in told:
        labels.setdefault(name, set()).update(label for label, _ in pairs)
    assert {"job", "instance"} & set.union(*(labels[name] for name in labels if name != "up")) == set(), (
        "Prometheus' own"
    )
    for where, expression in expressions().items():
        selectors = re.findall(r"\b(holdfast_\w+|up)\b(?:\{([^}]*)\})?", expression)
        assert selectors, where
        known: set[str] = set()
        for name, matchers in selectors:
            assert name in labels, (where, name)
            known |= labels[name]
            assert set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", matchers)) <= labels[name] | {"job"}, (where, name)
        for grouped in re.findall(r"\bby \(([^)]*)\)", expression):
            assert set(re.split(r",\s*", grouped)) <= known, (where, grouped)


async def test_every_tick_and_action_that_a_rule_names_exists(told: Samples) -> None:
    values = {(label, value) for _, pairs in told for label, value in pairs}
    for where, expression in expressions().items():
        for label, value in re.findall(r'\b(tick|switch|kind|job)="([^"]+)"', expression):
            assert (label, value) in values | {("job", "holdfast")}, (where, value)
    flips = re.search(r'action=~"([^"]+)"', RULES["FlipSlow"]["expr"])
    assert flips
    assert [value for label, value in values if label == "action" and re.fullmatch(flips[1], value)]


def test_every_alert_says_what_is_wrong_and_where_the_runbook_tells_what_to_do() -> None:
    for name, rule in RULES.items():
        assert set(rule["annotations"]) == {"summary", "runbook"}, name
        assert len(rule["annotations"]["summary"]) > 20, name
        page, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert (page, anchor in ANCHORS) == ("deploy/RUNBOOK.md", True), name
        assert rule["labels"]["severity"] in ("page", "ticket"), name


def test_each_rollback_criterion_has_its_alert_at_the_same_threshold() -> None:
    assert {rule["labels"].get("criterion") for rule in GROUPS[0]["rules"]} == {"R1", "R2", "R3", "R4"}
    assert len(GROUPS[0]["rules"]) == len(Criterion)
    assert numbers("LedgerInvariantViolated") == [0]
    assert numbers("EscrowStuck") == [rollback.OVERDUE.total_seconds()]
    assert numbers("PublishingFails") == [rollback.MOST_FAILURES, rollback.WORST_SHARE, rollback.LEAST_OUTCOMES]
    assert numbers("FailedNotRefunded") == [rollback.UNPAID_FOR.total_seconds()]
    assert numbers("TelegramFails") == [rollback.WORST_ANSWERS, rollback.LEAST_CALLS]
    whole_minutes = {1 + int(RULES["TelegramFails"]["for"].removesuffix("m"))}
    assert whole_minutes == {rollback.BAD_MINUTES}
    assert set(re.findall(r"\[(\w+)\]", RULES["TelegramFails"]["expr"])) == {"1m"}
    assert [name for name, rule in RULES.items() if "criterion" in rule["labels"] and "for" in rule] == [
        "TelegramFails"
    ]


def test_silence_and_slow_flips_are_told_at_the_house_s_own_numbers() -> None:
    gap = GAP.total_seconds()
    assert numbers("EvaluatorDead") == [gap]
    assert f"+ {gap:.0f}" in RULES["TickSilent"]["expr"]
    assert numbers("FlipSlow")[0] < LOCK_SECONDS


def test_prometheus_reads_the_rules_that_are_tested() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    assert config["rule_files"] == ["alerts.yml"]
    assert [scrape["job_name"] for scrape in config["scrape_configs"]] == ["holdfast"]
    tested = yaml.safe_load((DEPLOY / "prometheus/alerts.test.yml").read_text())
    assert tested["rule_files"] == ["alerts.yml"]
    source = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text())["datasources"][0]
    panels = json.loads((DEPLOY / "grafana/dashboards/holdfast.json").read_text())["panels"]
    assert {panel["datasource"]["uid"] for panel in panels if "datasource" in panel} == {source["uid"]}

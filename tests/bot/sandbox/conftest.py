"""A sandbox for each test, its clock in the test's hands, its record judged by the referee where the referee is at hand."""

import importlib.util
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Client, Person, Sandbox
from bot.sandbox.client import Channel

TOKEN = "123456789:AAEXAMPLEexampleEXAMPLEexample12345"
REFEREE = Path(__file__).parents[4] / "shared" / "botapi" / "referee.py"


def referee() -> ModuleType | None:
    if not REFEREE.exists():
        return None
    spec = importlib.util.spec_from_file_location("referee", REFEREE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


REFEREE_MODULE = referee()


def verdict(record: Path) -> list[str]:
    """What is wrong with a record. Without the referee, only its form is looked at."""
    wrong = []
    for text in record.read_text().splitlines() if record.exists() else ():
        line = json.loads(text)
        assert ("update" in line) != ("method" in line)
        assert "update" in line or {"params", "response"} <= line.keys()
        wrong += REFEREE_MODULE.judge(line) if REFEREE_MODULE else []
    return wrong


@pytest.fixture
def judge() -> Callable[[Path], list[str]]:
    return verdict


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2030, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **span: float) -> None:
        self.time += timedelta(**span)


@dataclass
class Judged:
    """Set `faults` to the texts a test means to put into its record."""

    path: Path
    expected: list[str] = field(default_factory=list)


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
def other_token() -> str:
    return "987654321:AAEXAMPLEexampleEXAMPLEexample54321"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def record(tmp_path: Path) -> Judged:
    return Judged(tmp_path / "wire.jsonl")


@pytest.fixture
async def sandbox(clock: Clock, record: Judged) -> AsyncIterator[Sandbox]:
    async with Sandbox(now=clock, record=record.path) as sandbox:
        yield sandbox
    found = verdict(record.path)
    if REFEREE_MODULE:
        assert [text for text in found if not any(meant in text for meant in record.expected)] == []


@pytest.fixture
async def telegram(sandbox: Sandbox) -> AsyncIterator[Client]:
    async with Client(sandbox.api) as client:
        await client.add_bot(TOKEN)
        yield client


class Api:
    """The Bot API over a plain session: a result, or the code and the text of a refusal."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session, self.base = session, base

    async def raw(self, method: str, token: str = TOKEN, **params: Any) -> dict[str, Any]:
        async with self.session.post(f"{self.base}/bot{token}/{method}", json=params) as answer:
            body: dict[str, Any] = await answer.json()
            assert answer.status == (200 if body["ok"] else body["error_code"])
            return body

    async def __call__(self, method: str, **params: Any) -> Any:
        body = await self.raw(method, **params)
        assert body["ok"], body
        return body["result"]

    async def refused(self, method: str, **params: Any) -> str:
        body = await self.raw(method, **params)
        assert not body["ok"], body
        return f"{body['error_code']} {body['description']}"

    async def updates(self, **params: Any) -> list[dict[str, Any]]:
        """What is there now, confirmed."""
        found: list[dict[str, Any]] = await self("getUpdates", **params)
        if found:
            await self("getUpdates", offset=found[-1]["update_id"] + 1, limit=1)
        return found


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(session, sandbox.api)


@pytest.fixture
async def ann(telegram: Client, api: Api) -> Person:
    """Somebody who started the bot."""
    ann = await telegram.person("Ann", username="ann_of_holdfast")
    await ann.say("/start")
    await api.updates()
    return ann


@pytest.fixture
async def channel(telegram: Client, ann: Person, api: Api) -> Channel:
    """A channel of Ann's where the bot is an administrator with the usual rights."""
    channel = await telegram.channel("Tech Daily", owner=ann, username="techdaily", subscribers=1200)
    await channel.promote()
    await api.updates()
    return channel

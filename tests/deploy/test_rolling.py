"""A new version in place of the old one, process after process, under load: no update is lost, none counts twice, no post is
doubled. (A greeting may be said again: a webhook gives at least once.) Each process is a bot and a scheduler."""

import asyncio
import json
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from bot.sandbox import Client, Fault, Person, Sandbox
from tests.conftest import ADMIN, OTHER_ADMIN, House
from tests.deploy.test_files import NGINX
from tests.integration.test_post_job import Works, works  # noqa: F401  (a fixture)
from tests.processes import TOKEN, Process, holdfast, until
from tests.scheduler.drain import FIRST, queue
from tests.servers import free_port
from tests.story import BOB

POSTS = 24
PATIENCE = 120
"""Seconds for one step on a machine that is busy with other things; each takes about one."""
PATH = "/telegram/" + "s" * 48


@pytest.fixture
def address(postgresql_address: str) -> str:
    """Several machines have one database only on PostgreSQL."""
    return postgresql_address


@dataclass
class Front:
    """What nginx is to the bots: takes turns, and gives an update to the twin where a bot does not answer."""

    ports: list[int]
    passed_on: int = 0
    turn: int = 0
    handed: Counter[int] = field(default_factory=Counter)
    """How often a person's words reached a bot: more than once only where the answer to Telegram did not."""

    async def forward(self, request: web.Request) -> web.Response:
        body = await request.read()
        speaker = json.loads(body).get("message", {}).get("from", {}).get("id")
        self.turn += 1
        for number in range(len(self.ports)):
            port = self.ports[(self.turn + number) % len(self.ports)]
            self.handed[speaker] += 1
            try:
                async with self.session.post(
                    f"http://127.0.0.1:{port}{request.path}", data=body, headers=request.headers
                ) as answer:
                    return web.Response(
                        status=answer.status, body=await answer.read(), content_type=answer.content_type or None
                    )
            except aiohttp.ClientError as error:
                self.passed_on += 1
                self.handed[speaker] -= isinstance(error, aiohttp.ClientConnectorError)
        return web.Response(status=502)

    session: aiohttp.ClientSession = field(init=False)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        application, port = web.Application(), free_port()
        application.router.add_post(PATH, self.forward)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        async with aiohttp.ClientSession() as self.session:
            try:
                yield port
            finally:
                await runner.cleanup()


@dataclass
class Crowd:
    """People who write and pay the whole time."""

    telegram: Client
    house: House
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    greeted: list[int] = field(default_factory=list)
    charges: list[str] = field(default_factory=list)

    async def greet(self) -> None:
        while not self.stop.is_set():
            person = await self.telegram.person(f"Person {len(self.greeted)}", id=5000 + len(self.greeted))
            await person.say("/start")
            self.greeted.append(person.id)
            await self.answered(person)

    async def pay(self) -> None:
        while not self.stop.is_set():
            person = await self.telegram.person("Payer", id=7000 + len(self.charges))
            await person.say("/deposit 7")
            await self.answered(person)
            self.charges.append(await person.pay(balance=7, patience=PATIENCE))

    async def answered(self, person: Person) -> None:
        """Whoever has asked waits for the answer, so that there are never more questions than askers."""
        async with asyncio.timeout(PATIENCE):
            while not any(message.by_bot for message in (await person.chat()).messages):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[tuple[str, Client]]:
    async with Sandbox() as sandbox, Client(sandbox.api) as client:
        await client.add_bot(TOKEN)
        bob = await client.person("Bob", id=BOB)
        for number in range(POSTS):
            await (await client.channel(f"Channel {number}", owner=bob, id=FIRST - number)).promote()
            await client.fault("sendMessage", Fault.SLOW, chat=FIRST - number, forever=True, seconds=0.5)
        yield sandbox.api, client


async def is_up(port: int) -> None:
    def opens() -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", port)) == 0

    await until(opens, "it listens", PATIENCE)


async def test_the_end_of_the_webhook_does_not_cut_off_a_publication(works: Works) -> None:  # noqa: F811
    """In one process the bot stops first; its session is the scheduler's too, whose call is still under way."""
    await works.queued()
    await works.telegram.fault("sendMessage", Fault.SLOW, chat=works.channel, forever=True, seconds=1.5)
    port, started = free_port(), "SELECT COUNT(*) FROM post_attempts WHERE status = 'started'"
    hook = {"webhook_url": f"http://127.0.0.1:{port}{PATH}", "webhook_secret": "h" * 32, "webhook_port": port}
    with holdfast("run", **works.settings | hook) as process:
        await is_up(port)
        await until(lambda: works.house.sql.one(started) == 1, "it is being sent", PATIENCE)
        process.send_signal(signal.SIGTERM)
        await until(lambda: process.poll() is not None, "it has stopped", PATIENCE)
    assert works.states()[0] == "success"
    assert len(await works.channel.published()) == 1


async def test_every_process_is_replaced_under_load_and_nothing_is_lost_or_doubled(
    house: House, telegram: tuple[str, Client]
) -> None:
    api, client = telegram
    house.clock.at = datetime.now(UTC)
    await queue(house, POSTS)
    house.sql("UPDATE post_jobs SET due_at = :later", later=house.clock.at + timedelta(hours=1))
    numbers = iter(range(1, POSTS + 1))

    def due(many: int) -> None:
        for number in islice(numbers, many):
            house.sql("UPDATE post_jobs SET due_at = created_at WHERE id = :id", id=number)

    ports = [free_port(), free_port()]
    front, crowd = Front(ports), Crowd(client, house)
    common: dict[str, Any] = {"bot_token": TOKEN, "bot_api": api, "database_url": house.address}
    common |= {"admins": f"{ADMIN},{OTHER_ADMIN}", "webhook_secret": "h" * 32}
    sent = "SELECT COUNT(*) FROM post_attempts WHERE started_at IS NOT NULL"

    async with AsyncExitStack() as stack, front.listening() as door:
        common["webhook_url"] = f"http://127.0.0.1:{door}{PATH}"

        def process(port: int) -> Process:
            return stack.enter_context(holdfast("run", webhook_port=port, **common))

        old = [process(port) for port in ports]
        for port in ports:
            await is_up(port)
        async with asyncio.TaskGroup() as group:
            group.create_task(crowd.greet())
            group.create_task(crowd.pay())
            for port, one in zip(ports, old, strict=True):
                now = house.sql.one(sent)
                due(6)
                await until(lambda now=now: house.sql.one(sent) > now, "posts are going out", PATIENCE)  # type: ignore[misc]
                one.send_signal(signal.SIGTERM)
                due(3)
                await until(lambda one=one: one.poll() is not None, "it has stopped", PATIENCE)  # type: ignore[misc]
                assert one.returncode == 0, one.log.read_text()
                due(3)
                process(port)
                await is_up(port)
            crowd.stop.set()
        open_ = "SELECT COUNT(*) FROM post_jobs WHERE status IN ('queued', 'sending')"
        await until(lambda: house.sql.one(open_) == 0, "the new ones publish the rest", PATIENCE)
        tries = (
            "SELECT j.status AS job, a.status, a.error FROM post_attempts a JOIN post_jobs j ON j.id = a.post_job_id"
        )
        wrong = house.sql(f"{tries} WHERE a.status NOT IN ('accepted', 'dropped') OR j.status <> 'success'")
        assert not wrong, f"{wrong}"
        paid = "SELECT COUNT(*) FROM deposits WHERE status = 'credited' AND user_id >= 7000"
        await until(lambda: house.sql.one(paid) == len(crowd.charges), "what was paid is credited", PATIENCE)
        met = "SELECT COUNT(*) FROM users WHERE id >= 5000 AND id < 7000"
        await until(lambda: house.sql.one(met) == len(crowd.greeted), "everybody was met", PATIENCE)
        await client.idle()
        counts = await client.counts()
        hooks = await client.calls("setWebhook")

    assert {chat: counts.get(chat) for chat in range(FIRST - POSTS + 1, FIRST + 1)} == dict.fromkeys(
        range(FIRST - POSTS + 1, FIRST + 1), 1
    )
    answers = [counts.get(person, 0) for person in crowd.greeted]
    handed = [front.handed[person] for person in crowd.greeted]
    assert all(1 <= said <= heard for said, heard in zip(answers, handed, strict=True)), f"{answers}, {handed}"
    # Again only what was in hand, an answer and the next question, while a bot set the webhook anew or stopped.
    assert sum(handed) - len(handed) <= 2 * (hooks + len(ports)), f"{handed} with {hooks} webhooks"
    assert len(set(crowd.charges)) == len(crowd.charges) >= 2
    balances = house.sql("SELECT balance FROM wallets WHERE id LIKE 'user:7___:XTR'")
    assert [row["balance"] for row in balances] == [7] * len(crowd.charges)
    assert house.sql.one("SELECT COUNT(*) FROM post_jobs WHERE attempts <> 1 OR lost_leases <> 0") == 0
    assert front.passed_on > 0, "a bot was asked while it was not there"


def test_the_front_of_the_test_is_nginxs() -> None:
    """The path is one that nginx lets through, and nginx too gives the twin what a bot did not take."""
    assert 'location ~ "^/telegram/[A-Za-z0-9_-]{32,}$"' in NGINX
    assert len(PATH.rpartition("/")[2]) >= 32
    assert "proxy_next_upstream error non_idempotent;" in NGINX

"""Everything at once: two bots behind one address, two schedulers, one PostgreSQL, one Valkey; killed and frozen at random.

Meanwhile people top up and publishers approve through the bots, and advertisers book. Every act that was acknowledged is written
down by the test; when the faults have stopped, what Telegram saw is counted on its side and what the house did is asked by SQL.
A process that is frozen is frozen beyond its lease: the lease is set back while it sleeps, as if the time had passed.
"""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from bot.sandbox import Channel, Client, PaymentFailed, Person, Sandbox
from domain import campaigns, checks, escrow, post_jobs
from domain.action import Switch
from domain.books import Offence
from domain.campaigns import Content
from domain.errors import Refused
from storage.database import Database
from tests import story
from tests.conftest import ADMIN, OTHER_ADMIN, Clock, House, Sql, apps, founded, gate_of, migrated, owners
from tests.faults.chaos.fleet import BOTS, WORKERS, Fleet, Front
from tests.faults.worlds import offences
from tests.processes import TOKEN, until
from tests.servers import Postgres, Valkey, free_port

R = TypeVar("R")
PRICE, ORDERS = 10, 1_000_000
AGAIN = 15.0
"""Seconds after which somebody presses a button again."""
PASSED = """UPDATE post_jobs SET lease_until = now() - interval '1 second' WHERE id IN
    (SELECT id FROM post_jobs WHERE status = 'sending' FOR UPDATE SKIP LOCKED)"""
"""Who is frozen in the middle of a transaction keeps its locks until he is woken: nobody may wait for them."""
OPEN = """SELECT COUNT(*) FROM post_jobs j JOIN escrows e ON e.id = j.id JOIN campaign_targets t ON t.id = j.id
    WHERE j.status IN ('queued', 'sending') OR (e.status = 'held' AND j.status <> 'uncertain')"""
STANDING = (
    "SELECT j.status, e.status AS escrow, t.approval, COUNT(*) FROM post_jobs j JOIN escrows e ON e.id = j.id"
    " JOIN campaign_targets t ON t.id = j.id GROUP BY 1, 2, 3",
    "SELECT s.key, f.actor, f.reason, f.at FROM kill_switches s JOIN kill_switch_flips f ON f.epoch ="
    " (SELECT MAX(epoch) FROM kill_switch_flips WHERE key = s.key) WHERE NOT s.enabled",
    "SELECT name, at, said FROM heartbeats ORDER BY at",
    "SELECT n.about, n.user_id, n.kind, n.status, n.attempts, n.message_id, n.due_at, n.ended_at FROM notices n"
    " JOIN campaign_targets t ON t.id = n.about AND t.approval = 'waiting' WHERE n.kind = 'request'",
    "SELECT application_name, state, wait_event, now() - xact_start AS since, LEFT(query, 200) AS query FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND state <> 'idle'",
)
"""What to look at when something does not end."""
OWED = "SELECT COUNT(*) FROM deposits WHERE status = 'received'"


class Fault(StrEnum):
    kill = "kill"
    """SIGKILL of a process of ours, which is started again."""
    freeze = "freeze"
    """SIGSTOP of a process of ours, a scheduler's beyond its lease; then SIGCONT."""
    database = "database"
    """SIGKILL of the whole tree of PostgreSQL at one moment; started again."""
    redis = "redis"
    """SIGKILL of Valkey; started again, empty."""


def plan(rng: random.Random, **many: int) -> list[Fault]:
    """So many of each sort, in any order."""
    faults = [Fault(sort) for sort, times in many.items() for _ in range(times)]
    rng.shuffle(faults)
    return faults


@dataclass
class Came:
    """What was done to the house, and what came of it."""

    faults: Counter[Fault] = field(default_factory=Counter)
    booked: set[int] = field(default_factory=set)
    """Placements whose booking was acknowledged."""
    paid: dict[str, int] = field(default_factory=dict)
    """Stars that Telegram took, by charge."""
    uncertain: int = 0
    twice: list[str] = field(default_factory=list)
    """Texts that a channel shows more than once."""
    lost: list[str] = field(default_factory=list)
    """What was acknowledged and is not there."""
    offences: list[Offence] = field(default_factory=list)

    def __str__(self) -> str:
        done = ", ".join(f"{many} {fault}" for fault, many in self.faults.items())
        return (
            f"{done}; {len(self.booked)} booked, {len(self.paid)} paid, {self.uncertain} uncertain; "
            f"twice: {self.twice}; lost: {self.lost}; offences: {self.offences}"
        )


@dataclass
class Town:
    """The people, the house, and what is under it."""

    postgres: Postgres
    valkey: Valkey
    house: House
    fleet: Fleet
    telegram: Client
    advertisers: list[Person]
    publishers: list[tuple[Person, Channel, int]]
    rng: random.Random
    came: Came = field(default_factory=Came)
    drafts: dict[int, str] = field(default_factory=dict)

    async def book(self, person: Person, number: int) -> None:
        """Draft, place and hold, each tried until it is acknowledged."""
        _, _, channel_id = self.publishers[number % len(self.publishers)]
        mine = self.house.gate.user(person.id)
        text = f"advert {number} of {person.name}"
        campaign = await insist(lambda: mine(campaigns.draft, Content(text=text)))
        target = await insist(lambda: mine(campaigns.place, campaign.id, channel_id, None))
        self.drafts[target.id] = text
        with suppress(Refused):
            await insist(lambda: mine(escrow.hold, (target.id,)))
            self.came.booked.add(target.id)

    async def booking(self) -> None:
        for number in range(ORDERS):
            await self.book(self.advertisers[number % len(self.advertisers)], number)
            await asyncio.sleep(self.rng.uniform(0.8, 1.6))

    async def topping_up(self) -> None:
        """A payment that its bot could not answer for in time is not taken; one that was taken must arrive."""
        for number in range(ORDERS):
            person = self.advertisers[number % len(self.advertisers)]
            amount = 100 + number
            await person.say(f"/deposit {amount}")
            with suppress(AssertionError, PaymentFailed):
                invoice = await person.sees(str(amount), timeout=30)
                charge = await person.pay(on=invoice, balance=10_000, patience=10)
                self.came.paid[charge] = amount
            await asyncio.sleep(self.rng.uniform(0.2, 0.6))

    async def approving(self, person: Person) -> None:
        """Presses each card's button, and again after a while where nothing has come of it."""
        pressed: dict[int, float] = {}
        while True:
            for message in (await person.chat()).messages:
                button = message.button("✅ Approve")
                now = asyncio.get_running_loop().time()
                if button and "callback_data" in button and now - pressed.get(message.id, -AGAIN) >= AGAIN:
                    pressed[message.id] = now
                    with suppress(AssertionError):
                        await person.press(button["callback_data"], message.id, timeout=5)
            await asyncio.sleep(0.5)

    async def breaking(self, faults: list[Fault]) -> None:
        """One fault after the other, as quickly as the processes come back."""
        for fault in faults:
            await asyncio.sleep(self.rng.uniform(0.3, 1.5))
            name = self.rng.choice([*BOTS, *WORKERS])
            match fault:
                case Fault.kill:
                    self.fleet.kill(name)
                    await self.fleet.listening(name)
                case Fault.freeze:
                    await self._freeze(name)
                case Fault.database:
                    await self._outage(self.postgres)
                case Fault.redis:
                    await self._outage(self.valkey)
            self.came.faults[fault] += 1
            self.fleet.revive()

    async def _outage(self, server: Postgres | Valkey) -> None:
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(self.rng.uniform(0, 0.5))
        await asyncio.to_thread(server.start)

    async def _freeze(self, name: str) -> None:
        self.fleet.signal(name, signal.SIGSTOP)
        try:
            await asyncio.sleep(self.rng.uniform(0.2, 1.0))
            if name in WORKERS:
                with suppress(Exception):
                    await asyncio.to_thread(self.house.sql, PASSED)
                await asyncio.sleep(self.rng.uniform(0.2, 1.0))
        finally:
            self.fleet.signal(name, signal.SIGCONT)

    async def settle(self) -> None:
        """The faults have stopped: everything ends, but what nobody can know, and that a person decides by looking."""
        self.fleet.revive()
        await asyncio.to_thread(self.house.sql, PASSED)
        try:
            await until(lambda: self.house.sql.one(OPEN) == 0, "every job and escrow has ended", 420)
        except AssertionError as late:
            standing = [self.house.sql(question) for question in STANDING]
            chats = {bob.id: [vars(m) for m in (await bob.chat()).messages][-4:] for bob, _, _ in self.publishers}
            raise AssertionError(f"{late}; {standing}; {self.fleet}; {chats}") from None
        await until(lambda: self.house.sql.one(OWED) == 0, "every payment is credited", 120)
        shown = await self._shown()
        admin = self.house.gate.user(ADMIN)
        for row in self.house.sql("SELECT id FROM post_jobs WHERE status = 'uncertain'"):
            self.came.uncertain += 1
            messages = shown.get(self.drafts[row["id"]], [])
            if messages:
                await admin(checks.verdict, row["id"], post_jobs.Status.success, "seen in the channel", messages[0])
            else:
                await admin(checks.verdict, row["id"], post_jobs.Status.failed, "not in the channel")
        await until(
            lambda: self.house.sql.one("SELECT COUNT(*) FROM escrows WHERE status = 'held'") == 0, "all is paid", 60
        )

    async def _shown(self) -> dict[str, list[int]]:
        """The numbers of the messages that ever showed each text."""
        found: dict[str, list[int]] = {}
        for _, channel, _ in self.publishers:
            for post in await channel.published():
                found.setdefault(post.text, []).append(post.id)
        return found

    async def count(self) -> None:
        """What Telegram saw against what the house says."""
        shown, came, sql = await self._shown(), self.came, self.house.sql
        came.twice = [text for text, messages in shown.items() if len(messages) > 1]
        jobs = {row["id"]: row["status"] for row in sql("SELECT id, status FROM post_jobs")}
        came.lost += [f"booking {i}" for i in came.booked if i not in jobs]
        came.lost += [f"post {i}" for i, status in jobs.items() if (status == "success") != (self.drafts[i] in shown)]
        credited = {
            row["charge_id"]: row["amount"]
            for row in sql("SELECT charge_id, amount FROM deposits WHERE status = 'credited'")
        }
        came.lost += [f"payment {charge}" for charge, amount in came.paid.items() if credited.get(charge) != amount]
        came.offences = await offences(self.house)


async def insist(act: Callable[[], Awaitable[R]]) -> R:
    """Acts until the act is acknowledged: a broken connection leaves it unknown, and an action bears being asked again."""
    while True:
        try:
            return await act()
        except (DBAPIError, OSError):
            await asyncio.sleep(0.1)


@asynccontextmanager
async def town(rng: random.Random, pairs: int = 10) -> AsyncIterator[Town]:
    """A durable PostgreSQL, a Valkey, a sandbox and four processes of ours; everything ENABLED, everybody has met the bot."""
    with ExitStack() as stack:
        postgres = Postgres(durable=True)
        stack.callback(postgres.stop)
        await asyncio.to_thread(postgres.start)
        valkey = Valkey()
        stack.callback(valkey.stop)
        await asyncio.to_thread(valkey.start)
        address = apps(founded(postgres, "holdfast"))
        await migrated(owners(address))
        database, clock = Database(address), Clock()
        house = House(gate_of(database, clock), clock, Sql(address), address)
        ports = {name: free_port() for name in BOTS}
        front = Front(list(ports.values()))
        server = await asyncio.start_server(front.serve, "127.0.0.1", 0)
        gateway = server.sockets[0].getsockname()[1]
        async with Sandbox() as sandbox, Client(sandbox.api) as telegram:
            await telegram.add_bot(TOKEN)
            settings: dict[str, object] = {
                "bot_token": TOKEN,
                "bot_api": sandbox.api,
                "database_url": address,
                "redis_url": valkey.address,
                "admins": f"{ADMIN},{OTHER_ADMIN}",
                "webhook_url": f"http://127.0.0.1:{gateway}/hook",
                "webhook_secret": "chaos",
            }
            made = Town(postgres, valkey, house, Fleet(stack, settings, ports), telegram, [], [], rng)
            clock.at = datetime.now(UTC)
            await story.people(house, ADMIN)
            await story.switches(house, *Switch)
            for number in range(pairs):
                ann = await telegram.person(f"Ann {number}", id=100 + number)
                bob = await telegram.person(f"Bob {number}", id=200 + number)
                await story.people(house, ann.id, bob.id)
                await story.fund(house, ann.id, 100_000, f"first-{number}")
                channel = await telegram.channel(f"Channel {number}", owner=bob)
                await channel.promote()
                listed = await story.channel(house, owner=bob.id, price=PRICE, hours=0, chat_id=channel.id)
                for person in (ann, bob):
                    await person.say("/start")
                made.advertisers.append(ann)
                made.publishers.append((bob, channel, listed))
            for name in (*BOTS, *WORKERS):
                made.fleet.start(name)
            for name in BOTS:
                await made.fleet.listening(name)
            try:
                yield made
            finally:
                server.close()
                await database.close()


async def havoc(made: Town, faults: list[Fault]) -> Came:
    """Work and faults, then work alone until all of it has ended; then the counting."""
    made.house.clock.at = datetime.now(UTC)
    async with asyncio.TaskGroup() as group:
        buying = [group.create_task(made.booking()), group.create_task(made.topping_up())]
        selling = [group.create_task(made.approving(bob)) for bob, _, _ in made.publishers]
        try:
            await made.breaking(faults)
            await _cancelled(buying)
            await made.settle()
        finally:
            await _cancelled(buying + selling)
    await made.count()
    return made.came


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)

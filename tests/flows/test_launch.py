"""A launch from the first phase to the last: wholly in the chat, and wholly at the shell; people pay and approve as people do."""

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.app import build
from bot.buttons import Go, Launching, Rocket, To
from bot.launch import Launcher
from bot.sandbox import Channel, Client, Impossible, Person, Sandbox
from bot.settings import Settings
from domain import books, users
from domain.action import Switch
from domain.launch import LEASE, OPENED, PHASES, Phase, Status
from tests.conftest import ADMIN, OTHER_ADMIN, Clock, Sql
from tests.flows.conftest import Town
from tests.processes import TOKEN, holdfast, until

P0, P1, P2, P3, P4, P5 = Phase


async def sees(town: Town, olga: Person, words: str) -> None:
    """On the screen of the launch; a card of a signature may be newer."""
    await town.telegram.idle()
    await olga.sees(words)


def waits(town: Town, step: str, **facts: object) -> str:
    given = {"stars": 0} | dict.fromkeys(("user", "countersign", "channel", "publisher", "absent"), "") | facts
    given = {name: value if name == "stars" else str(value) for name, value in given.items()}
    return town.label("launch-wait", step=step, **given)


async def listed(town: Town, bob: Person) -> Channel:
    channel = await town.telegram.channel("Tech Daily", owner=bob, username="TechDaily", subscribers=1200)
    await town.say(bob, "/addchannel")
    await bob.share(channel)
    await town.telegram.idle()
    await town.say(bob, "/cancel")
    return channel


async def test_a_launch_in_the_chat(capital: Town) -> None:
    town = capital
    olga, pavel = await town.admin(), await town.person("Pavel", id=OTHER_ADMIN)
    ann, bob = await town.person("Ann"), await town.person("Bob")

    assert town.said("launch", launch="0") in (await town.say(olga, "/launch")).text
    await town.tap(olga, "launch-run", phase=P0)
    await sees(town, olga, town.said("launch-failed"))
    await sees(town, olga, "money_movement")  # has no row
    await town.say(olga, "/killswitch")
    await town.tap(olga, "board-init")

    await town.say(olga, "/launch 0")
    await town.app.tick()
    await town.tap(olga, "launch-run", phase=P1)
    await sees(town, olga, waits(town, "money-open", countersign="1"))
    await town.tick()
    await town.tap(pavel, "countersign-sign")
    await town.tap(olga, "launch-go-on", phase=P1)

    assert (await town.say(olga, "/launch 2 1 2")).text == town.said("launch-usage")
    waiting = (await town.say(olga, f"/launch 2 {ann.id} {bob.id} @techdaily 10 5")).text
    assert waits(town, "channel", publisher=bob.id, channel="@techdaily") in waiting
    channel = await listed(town, bob)
    await town.tap(olga, "launch-go-on", phase=P2)
    await sees(
        town, olga, town.said("launch-line", state="passed", phase=P2, words=town.said("launch-phase", phase=P2))
    )

    await town.tap(olga, "launch-run", phase=P3)
    await sees(town, olga, waits(town, "deposit", user=ann.id, stars=10))
    await town.funded(ann, 20)
    await town.tap(olga, "launch-go-on", phase=P3)
    await sees(town, olga, waits(town, "answered", user=bob.id))
    assert town.balance(ann) == 10
    await town.tick()
    await town.tap(bob, "request-approve")
    await town.tap(olga, "launch-go-on", phase=P3)
    await town.tick()
    (post,) = await channel.posts()
    assert post.text == town.label("launch-post", launch="2")
    await town.tap(olga, "launch-go-on", phase=P3)
    await town.tap(olga, "launch-run", phase=P4)

    await town.tap(olga, "launch-run", phase=P5)
    await town.tick()
    for minutes in (0, 1, 1, 1, 1, 1):
        town.clock.forward(minutes=minutes)
        await town.tick()
        await town.tap(olga, "launch-go-on", phase=P5)
    assert town.balance(bob) == 9
    await town.tap(olga, "launch-all")
    await sees(town, olga, town.said("launch-open"))
    enabled = {row["key"] for row in town.sql("SELECT key FROM kill_switches WHERE enabled")}
    assert enabled == {str(key) for key in OPENED}

    await town.tap(olga, "launch-rollback")
    assert town.sql.one("SELECT COUNT(*) AS n FROM kill_switches WHERE enabled") == len(OPENED)
    await town.tap(olga, "launch-rollback-yes")
    await sees(town, olga, town.said("launch-rolled-back"))
    assert town.sql.one("SELECT COUNT(*) AS n FROM kill_switches WHERE enabled") == 0


async def test_every_phase_fits_on_a_screen_and_reads_without_a_launch(town: Town) -> None:
    olga = await town.admin()
    await town.say(olga, "/launch")
    for phase in Phase:
        await olga.tap(str(phase))
        await town.telegram.idle()
        said = (await town.newest(olga)).text
        assert all(town.said("launch-step", step=step.name) in said for step in PHASES[phase])
        await town.tap(olga, "launch-all")
    for words in ("6", "2 x 5 @c", "2 1 2 @c 10 5 7", "3 1 2 @c", "roll back", "0 please"):
        assert (await town.say(olga, f"/launch {words}")).text == town.said("launch-usage")
    refused = (await town.say(olga, "/launch 3")).text
    assert refused == town.said("error-not-in-order", phase=P3, needs=P2, why="passed")


async def test_operators_may_look_and_roll_back_but_not_run_and_others_see_nothing(town: Town) -> None:
    oleg, ann = await town.person("Oleg"), await town.person("Ann")
    await town.open_everything()
    town.sql("UPDATE users SET is_operator = 1 WHERE id = :id", id=oleg.id)
    await town.say(oleg, "/launch")
    answer = await town.tap(oleg, "launch-run", phase=P0)
    assert answer == town.said("error-not-allowed")
    before, message = town.sql.picture(), (await town.newest(ann)).id
    for data in (Go(to=To.launch), *(Launching(do=do, phase=1) for do in Rocket)):
        assert await ann.press(data.pack(), message) == town.said("stale")
    assert (await town.say(ann, "/launch")).text == town.said("unknown-command")
    assert town.sql.picture() == before
    await town.say(oleg, "/launch rollback it smells")
    halted = {row["key"] for row in town.sql("SELECT key FROM kill_switches WHERE NOT enabled")}
    assert halted == {str(key) for key in OPENED}
    await town.resume(Switch.payouts)
    await town.say(oleg, "/launch rollback")
    assert town.sql.one("SELECT enabled FROM kill_switches WHERE key = 'payouts'") == 0


class Shell:
    """Runs `holdfast LINE` for each line it is given, with these settings."""

    def __init__(self, stack: AsyncExitStack, **settings: object) -> None:
        self.stack, self.settings = stack, settings

    async def begin(self, line: str) -> None:
        started = holdfast(*shlex.split(line), **self.settings)
        self.newest = await asyncio.to_thread(self.stack.enter_context, started)

    async def ended(self) -> tuple[int, str]:
        """The exit status and what was printed."""
        status = await asyncio.to_thread(self.newest.wait, 120)
        return status, self.newest.log.read_text()

    async def __call__(self, line: str) -> tuple[int, str]:
        await self.begin(line)
        return await self.ended()


async def test_a_launch_at_the_shell(address: str) -> None:
    """In P2 the shell is killed between two steps; somebody goes on with it as soon as the phase is free."""
    sql, clock, as_ = Sql(address), Clock(datetime.now(UTC)), f"--as {ADMIN}"
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(Sandbox())
        telegram = await stack.enter_async_context(Client(sandbox.api))
        given: dict[str, Any] = {"bot_token": TOKEN, "bot_api": sandbox.api, "database_url": address}
        given |= {"environment": "production"}
        settings = given | {"admins": f"{ADMIN},{OTHER_ADMIN}"}
        app = build(Settings(_env_file=None, **given, admins=frozenset({ADMIN, OTHER_ADMIN})), now=clock, rates=None)
        stack.push_async_callback(app.close)
        launcher = Launcher(app.gate.user(ADMIN), app.settings, app.texts, app.bot)
        for admin in (ADMIN, OTHER_ADMIN):
            await app.gate.system("test")(users.meet, admin, f"Admin {admin}", None, "en")
        await telegram.add_bot(TOKEN)
        ann, bob = await telegram.person("Ann"), await telegram.person("Bob")

        type_ = Shell(stack, **settings)
        assert await type_("launch run 0") == (2, "running a phase needs an admin: add --as ADMIN_ID\n")
        assert (await type_(f"launch run 3 --price 10 {as_}"))[0] == 2
        await type_(f"switch init {as_}")
        assert (await type_(f"launch run 1 {as_}"))[0] == 1
        status, said = await type_(f"launch run 0 {as_}")
        assert (status, said.count("✅")) == (0, len(PHASES[P0])), said
        process = await asyncio.to_thread(stack.enter_context, holdfast("run", **settings))
        status, said = await type_(f"launch run 1 {as_}")
        while "P1 waits at processes" in said:
            await asyncio.sleep(2)
            status, said = await type_(f"launch run 1 {as_}")
        assert (status, "Another admin has to sign number 1" in said) == (3, True), said
        assert (await type_(f"countersign sign 1 --as {OTHER_ADMIN}"))[0] == 0
        status, said = await type_(f"launch run 1 {as_}")
        assert (status, "P1 passed" in said) == (0, True), said

        two = f"--advertiser {ann.id} --publisher {bob.id} --channel @techdaily --price 10 --watch 1"
        status, said = await type_(f"launch run 2 {two} {as_}")
        assert (status, f"Have to write /start to the bot: {ann.id}, {bob.id}" in said) == (3, True), said
        for person in (ann, bob):
            await person.say("/start")
        channel = await telegram.channel("Tech Daily", owner=bob, username="techdaily")
        await bob.sees("Holdfast", timeout=30)
        await bob.say("/addchannel")
        await patiently(lambda: bob.share(channel))
        await until(lambda: sql.one("SELECT COUNT(*) AS n FROM channels") == 1, "the channel is registered")
        await type_.begin(f"launch run 2 {as_}")
        seen = "SELECT COUNT(*) AS n FROM launch_steps WHERE step = 'channel' AND outcome = 'passed'"
        await until(lambda: sql.one(seen) > 0, "a step is on record")
        type_.newest.kill()
        await asyncio.to_thread(type_.newest.wait)
        assert sql("SELECT status FROM launch_runs WHERE phase = 'P2'") == [{"status": "running"}]
        status, said = await type_(f"launch run 2 {as_}")
        assert (status, "One at a time" in said) == (1, True), said
        clock.at = datetime.now(UTC) + LEASE
        report = await launcher.go(P2)
        assert report.status == Status.passed, (report.step, report.came.evidence)
        assert sql.one("SELECT COUNT(*) AS n FROM campaigns") == 1
        assert sql.one("SELECT COUNT(*) AS n FROM campaign_targets") == 2

        status, said = await type_(f"launch run 3 {as_}")
        assert (status, f"As user {ann.id}, pay 10 Stars or more" in said) == (3, True), said
        await ann.say("/deposit 10")
        await patiently(lambda: ann.pay(balance=10))
        await type_.begin(f"launch run 3 {as_} --wait 90")
        await bob.tap("✅ Approve", timeout=60)
        status, said = await type_.ended()
        assert (status, "P3 passed" in said) == (0, True), said
        assert len(await channel.posts()) == 1
        status, said = await type_(f"launch run 4 {as_}")
        assert (status, "P4 passed" in said) == (0, True), said
        log = shlex.quote(str(process.log))
        status, said = await type_(f"launch run 5 {as_} --log {log}")
        while "P5 waits at released" in said:
            await asyncio.sleep(0.2)
            status, said = await type_(f"launch run 5 {as_} --log {log}")
        assert (status, "P5 waits at watch" in said) == (3, True), said

        clock.at = datetime.now(UTC) + timedelta(minutes=1, seconds=1)
        await app.tick()
        report = await launcher.go(P5)
        assert report.status == Status.passed, (report.step, report.came.evidence)
        assert await app.gate.system("test").ask(books.check) == []
        status, said = await type_("launch status")
        assert (status, "every phase has passed" in said) == (0, True), said
        status, said = await type_("launch rollback it was a test")
        assert (status, "HALTED: " in said) == (0, True), said
    assert sql.one("SELECT COUNT(*) AS n FROM kill_switches WHERE enabled") == 0
    assert sql.one("SELECT COUNT(*) AS n FROM transfers WHERE reason IN ('escrow_hold', 'payout')") == 2


async def patiently(act: Callable[[], Awaitable[Any]]) -> None:
    """As soon as the bot has made it possible."""
    async with asyncio.timeout(30):
        while True:
            try:
                await act()
            except Impossible:
                await asyncio.sleep(0.1)
            else:
                return

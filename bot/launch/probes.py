"""What a step needs before it is looked at: a look outside the database, or an act through the gate.

Whatever is done here may be done again: who crashed after it and before the record does it once more, and it changes nothing. A
probe answers facts; that the step has passed is decided by what the database shows (`domain/launch`).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramNetworkError
from aiohttp import ClientError

from bot.settings import Settings
from bot.shared import Shared
from bot.texts import Texts
from domain import campaigns, channels, countersigns, escrow, launch, users
from domain.action import Switch
from domain.campaigns import Content
from domain.countersigns import NeedsCountersign
from domain.errors import Refused
from domain.launch import PHASES, TARGETS, Phase
from scheduler.loop import TICKS
from storage import guards, roles
from storage.gate import Do

SYSTEM = "launch"
"""The name under which the gate releases: `system:launch`."""
ASKED_FOR = 5
"""Seconds that Telegram has for an answer."""
TRIES = 10
"""Comparisons of one blocked call, until nobody else acts meanwhile."""
CALM = 0.5
"""Seconds between two of them."""
IN_FLIGHT = 1000
"""Audit events back from the newest that may still be uncommitted."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")


@dataclass(frozen=True)
class Outside:
    """What the probes of one run are given: the admin's gate, the settings, Telegram, the log if one is named."""

    do: Do
    settings: Settings
    texts: Texts
    bot: Bot | None
    log: Path | None
    run: Any
    """The row of the run."""

    @property
    def house(self) -> Do:
        return self.do.gate.system(SYSTEM)

    async def post(self) -> Content:
        """What is published, in the advertiser's language; it names the launch."""
        advertiser = await self.house.ask(users.get, self.run.setup["advertiser"])
        text = self.texts.of(advertiser) if advertiser else self.texts.bind(users.LANGUAGES[0])
        return Content(text=text.plain("launch-post", launch=str(self.run.launch)))


Probe = Callable[[Outside], Awaitable[dict[str, Any]]]


async def migrations(outside: Outside) -> dict[str, Any]:
    database = outside.do.gate.database
    return {"at_head": await database.at_head(), "database": database.kind}


async def installed_guards(outside: Outside) -> dict[str, Any]:
    return {"guards": await guards.examined(outside.do.gate.database)}


async def login(outside: Outside) -> dict[str, Any]:
    database = outside.do.gate.database
    return {"database": database.kind, "roles": await roles.examined(database)}


async def redis(outside: Outside) -> dict[str, Any]:
    if not outside.settings.redis_url:
        return {"redis": "none"}
    shared = Shared.at(outside.settings.redis_url)
    try:
        return {"redis": "ok" if await shared.attempt(lambda client: client.ping()) else "silent"}
    finally:
        await shared.close()


async def telegram(outside: Outside) -> dict[str, Any]:
    if outside.bot is None:
        return {"error": "no token"}
    try:
        me = await outside.bot.get_me(request_timeout=ASKED_FOR)
    except (TelegramAPIError, TelegramNetworkError, ClientError, TimeoutError) as error:
        return {"error": type(error).__name__}
    return {"bot": me.username or str(me.id)}


async def ticks(outside: Outside) -> dict[str, Any]:
    return {"ticks": [(tick.name, tick.every.total_seconds(), list(tick.switches)) for tick in TICKS]}


def opens(step: str, keys: tuple[Switch, ...]) -> Probe:
    """Resumes what a step resumes. Where another admin has to sign, the signature is asked for, or used."""

    async def resume(outside: Outside) -> dict[str, Any]:
        given = (outside.run.id, step, list(keys))
        try:
            await outside.do(launch.resume, *given)
        except Refused as refused:
            needs = refused.refusal
            if not isinstance(needs, NeedsCountersign):
                raise
            asked = await outside.do(countersigns.ask, needs.act, needs.arguments)
            if asked.status != countersigns.Status.signed:
                return {"countersign": asked.id}
            await outside.do(launch.resume, *given, asked.id)
        return {}

    return resume


async def wallets(outside: Outside) -> dict[str, Any]:
    await outside.do(launch.open_wallets, outside.run.id)
    return {}


async def offer(outside: Outside) -> dict[str, Any]:
    """In the publisher's name, where their offer is another one."""
    found = await outside.house.ask(launch.offered, outside.run.id)
    if found is not None and not found[1]:
        publisher = outside.do.gate.user(outside.run.setup["publisher"])
        await publisher(channels.offer, found[0], outside.run.setup["price"], 0)
    return {}


async def draft(outside: Outside) -> dict[str, Any]:
    """In the advertiser's name, once."""
    content = await outside.post()
    if await outside.house.ask(launch.draft_of, outside.run.id, content.fingerprint) is None:
        await outside.do.gate.user(outside.run.setup["advertiser"])(campaigns.draft, content)
    return {"fingerprint": content.fingerprint}


async def targets(outside: Outside) -> dict[str, Any]:
    """As many as are missing."""
    content = await outside.post()
    placed = await outside.house.ask(launch.draft_of, outside.run.id, content.fingerprint)
    found = await outside.house.ask(launch.offered, outside.run.id)
    if placed is not None and found is not None:
        advertiser = outside.do.gate.user(outside.run.setup["advertiser"])
        for _ in range(TARGETS - len(placed.targets)):
            await advertiser(campaigns.place, placed.campaign, found[0], None)
    return {"fingerprint": content.fingerprint}


async def _tried(outside: Outside, target: int | None, attempt: Callable[[int], Awaitable[Any]]) -> dict[str, Any]:
    """Tries what must be blocked, and compares everything before and after.

    Where something changed and others acted meanwhile (word was sent, somebody wrote to the bot), the comparison says nothing
    of the call: it is made again once it is calm. Where nobody else did, it was the call.
    """
    if target is None:
        return {}
    tries = 0
    while tries < TRIES:
        tries += 1
        facts, acts = await _once(outside, target, attempt)
        if facts["refused"] is None or not facts["changed"] or acts <= 1:
            break
        await asyncio.sleep(CALM)
    return facts | {"target": target, "tries": tries}


async def _once(outside: Outside, target: int, attempt: Callable[[int], Awaitable[Any]]) -> tuple[dict[str, Any], int]:
    """What one call was refused with and what changed by it, and how many audit events came meanwhile: one is its own."""
    ask = outside.house.ask
    after = await ask(launch.last_event)
    events, before = await ask(launch.events_since, after - IN_FLIGHT), await ask(launch.picture)
    refused: dict[str, Any] | None = None
    try:
        await attempt(target)
    except Refused as said:
        refused = {"refusal": said.refusal.key(), **said.refusal.facts()}
    then = await ask(launch.picture)
    changed = sorted(name for name in before.keys() | then.keys() if before.get(name) != then.get(name))
    acts = await ask(launch.events_since, after - IN_FLIGHT) - events
    return {"refused": refused, "changed": changed, "after": after, "tables": len(before)}, acts


async def _drafted(outside: Outside) -> int | None:
    content = await outside.post()
    placed = await outside.house.ask(launch.draft_of, outside.run.id, content.fingerprint)
    return placed.first if placed is not None and placed.targets else None


async def hold_blocked(outside: Outside) -> dict[str, Any]:
    advertiser = outside.do.gate.user(outside.run.setup["advertiser"])
    return await _tried(outside, await _drafted(outside), lambda target: advertiser(escrow.hold, (target,)))


async def release_blocked(outside: Outside) -> dict[str, Any]:
    return await _tried(outside, await _drafted(outside), lambda target: outside.house(escrow.release, target))


async def fingerprint(outside: Outside) -> dict[str, Any]:
    return {"fingerprint": (await outside.post()).fingerprint}


async def hold(outside: Outside) -> dict[str, Any]:
    """The call that P2 saw refused; asked again it gives its first answer."""
    placed = await outside.house.ask(launch.placed_in, outside.run.id)
    if placed is not None:
        await outside.do.gate.user(outside.run.setup["advertiser"])(escrow.hold, (placed.first,))
    return {}


async def second(outside: Outside) -> dict[str, Any]:
    placed = await outside.house.ask(launch.placed_in, outside.run.id)
    advertiser = outside.do.gate.user(outside.run.setup["advertiser"])
    return await _tried(outside, placed.second if placed else None, lambda target: advertiser(escrow.hold, (target,)))


async def same_call(outside: Outside) -> dict[str, Any]:
    placed = await outside.house.ask(launch.placed_in, outside.run.id)
    if placed is None:
        return {}
    return {"answered": (await outside.house(escrow.release, placed.first)).id}


async def watched(outside: Outside) -> dict[str, Any]:
    return await ticks(outside) | {"log": read_log(outside.log, outside.run.started_at) if outside.log else "not given"}


def read_log(log: Path, since: datetime) -> dict[str, int] | str:
    """How often each line that people grep for came since then."""
    many = dict.fromkeys(launch.LINES, 0)
    try:
        with log.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                at = MOMENT.search(line)
                if at is None or datetime.fromisoformat(at[0]).astimezone(UTC) < since:
                    continue
                for words in many:
                    many[words] += words in line
    except OSError:
        return "unreadable"
    return many


PROBES: Mapping[tuple[Phase, str], Probe] = {
    (Phase.P0, "migrations"): migrations,
    (Phase.P0, "guards"): installed_guards,
    (Phase.P0, "roles"): login,
    (Phase.P1, "database"): migrations,
    (Phase.P1, "redis"): redis,
    (Phase.P1, "telegram"): telegram,
    (Phase.P1, "processes"): ticks,
    (Phase.P1, "seen-halted"): ticks,
    (Phase.P2, "wallets"): wallets,
    (Phase.P2, "offer"): offer,
    (Phase.P2, "campaign"): draft,
    (Phase.P2, "targets"): targets,
    (Phase.P2, "hold-blocked"): hold_blocked,
    (Phase.P2, "release-blocked"): release_blocked,
    (Phase.P2, "nothing-moved"): fingerprint,
    (Phase.P3, "hold"): hold,
    (Phase.P3, "second-refused"): second,
    (Phase.P5, "same-call"): same_call,
    (Phase.P5, "watch"): watched,
} | {
    (phase, step.name): opens(step.name, step.opens) for phase, steps in PHASES.items() for step in steps if step.opens
}

"""`holdfast doctor`: is everything as it should be? Each line says ok, warn or fail, and what to do; something that is down is a
line, never a traceback. It changes nothing, and waits for nothing longer than a few seconds."""

import argparse
import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from aiohttp import ClientSession, ClientTimeout
from pydantic import SecretStr
from sqlalchemy import text

from bot.cli.acts import limit_words
from bot.cli.console import many, say
from bot.cli.reaching import CAUSES, OURS, missing, strange, wrong
from bot.clock import system_clock
from bot.settings import Environment, Settings, number_of
from bot.shared import CALL_SECONDS, FAILURES, ping
from domain import channels, heartbeats, kill_switches
from domain.channels import RIGHTS
from scheduler.loop import TICKS
from storage import guards, roles
from storage.database import Database
from storage.gate import Do, Gate

SECONDS = 5.0
"""How long anything may take to answer."""
SLOW = timedelta(seconds=CALL_SECONDS)
"""A Redis that is slower is left alone."""
APART = timedelta(seconds=5), timedelta(seconds=60)
"""Clocks so far apart are told of, and so far apart are wrong."""


class State(StrEnum):
    ok = "ok"
    warn = "warn"
    fail = "fail"


@dataclass(frozen=True)
class Line:
    """What was looked at, how it is, and, where it is not well, what to do."""

    state: State
    what: str
    words: str

    def __str__(self) -> str:
        return f"{self.state:<5} {self.what:<16} {self.words}"


def ok(what: str, words: str) -> Line:
    return Line(State.ok, what, words)


def warn(what: str, words: str) -> Line:
    return Line(State.warn, what, words)


def fail(what: str, words: str) -> Line:
    return Line(State.fail, what, words)


async def doctor(settings: Settings, given: argparse.Namespace) -> int:
    failed = 0
    async with aclosing(examined(settings, given.channels)) as lines:
        async for line in lines:
            say(str(line))
            failed += line.state == State.fail
    say(f"{failed} of these must be mended" if failed else "nothing must be mended")
    return 1 if failed else 0


async def examined(settings: Settings, most_channels: int) -> AsyncGenerator[Line, None]:
    """Every line, as soon as it is known."""
    for line in _settings(settings):
        yield line
    listed: list[tuple[int, str, int | None]] = []
    database, reached = Database(settings.database_url), True
    try:
        async for line in _database(database, settings):
            reached = reached and not (line.what in ("database", "migrations") and line.state == State.fail)
            yield line
        if reached:
            gate = Gate(database, system_clock, settings.terms, settings.admins)
            with suppress(*CAUSES):
                async with asyncio.timeout(SECONDS):
                    listed = await gate.system("doctor").ask(channels.to_examine, most_channels)
    finally:
        await database.close()
    yield await _redis(settings)
    async for line in _telegram(settings, listed):
        yield line


def _settings(settings: Settings) -> list[Line]:
    lines = [ok("settings", f"environment {settings.environment}, {many(len(settings.admins), 'admin')}")]
    if not settings.admins:
        lines.append(fail("admins", "nobody can resume a switch: set HOLDFAST_ADMINS"))
    if settings.environment == Environment.production and settings.owner_database_url is not None:
        lines.append(warn("owner's address", "the owner's password is here; only migrations and repairs need it"))
    return lines


async def _database(database: Database, settings: Settings) -> AsyncIterator[Line]:
    if words := missing(settings.database_url):
        yield fail("database", words)
        return
    began = time.monotonic()
    try:
        async with asyncio.timeout(SECONDS):
            there = await database.read(lambda conn: conn.scalar(text("SELECT CURRENT_TIMESTAMP")))
    except CAUSES as error:
        yield fail("database", f"{wrong(error, settings.database_url)}: is {OURS} right, and is it up?")
        return
    yield ok("database", f"{database.kind}, answers in {(time.monotonic() - began) * 1000:.0f} ms")
    if isinstance(there, datetime):
        yield _clock("database clock", there)
    try:
        async with asyncio.timeout(SECONDS):
            inside = await _inside(database, settings)
    except CAUSES as error:
        inside = [fail("database", f"stopped answering: {wrong(error, settings.database_url)}")]
    for line in inside:
        yield line


async def _inside(database: Database, settings: Settings) -> list[Line]:
    if words := strange(await database.schema(), settings.database_url):
        return [fail("migrations", words)]
    lines = [ok("migrations", "at head")]
    lines.append(_guards(await guards.examined(database)))
    if not database.is_sqlite:
        lines.append(_roles(await roles.examined(database), settings))
    do = Gate(database, system_clock, settings.terms, settings.admins).system("doctor")
    return [*lines, *await _house(do)]


def _guards(different: list[str]) -> Line:
    if not different:
        return ok("guards", "as this version generates them")
    return fail(
        "guards",
        f"{', '.join(different[:5])} differ: halt everything, find out who, then run `holdfast migrate`"
        " (what a table is made of, and what is not ours, is put right by hand)",
    )


def _roles(faults: list[str], settings: Settings) -> Line:
    if not faults:
        return ok("roles", "the login may do what the application needs, and no more")
    words = f"the login {', '.join(faults[:3])}: use one that `holdfast migrate --roles` made"
    return (fail if settings.environment == Environment.production else warn)("roles", words)


async def _house(do: Do) -> list[Line]:
    board = await do.ask(kill_switches.board)
    missing = [str(one.key) for one in board if not one.known]
    halted = [str(one.key) for one in board if not one.enabled]
    if missing:
        lines = [fail("switches", f"no row for {', '.join(missing)}: run `holdfast switch init`")]
    elif halted:
        lines = [warn("switches", f"HALTED: {', '.join(halted)}; see `holdfast switch list`")]
    else:
        lines = [ok("switches", "all ENABLED")]
    if limited := [f"{one.key} ({words})" for one in board if (words := limit_words(one.limit))]:
        lines.append(warn("switches", f"within a limit: {', '.join(limited)}"))
    beats = await do.ask(heartbeats.latest)
    periods = {tick.name: tick.every for tick in TICKS}
    still = heartbeats.silent({name: at for name, (at, _) in beats.items()}, periods, do.gate.now())
    if still:
        named = ", ".join(sorted(still)) if len(still) < len(periods) else "any tick"
        return [*lines, warn("scheduler", f"no beat of {named}: does `holdfast run`?")]
    return [*lines, ok("scheduler", f"{len(periods)} ticks run")]


async def _redis(settings: Settings) -> Line:
    if settings.redis_url is None:
        return ok("Redis", "not used; needed only where several processes share Telegram's limits")
    began = time.monotonic()
    try:
        async with asyncio.timeout(SECONDS):
            await ping(settings.redis_url, SECONDS)
    except FAILURES as error:
        return warn("Redis", f"cannot be reached ({type(error).__name__}): everything works without it, more slowly")
    took = timedelta(seconds=time.monotonic() - began)
    words = f"answers in {took / timedelta(milliseconds=1):.0f} ms"
    return warn("Redis", f"{words}; above 200 ms it is left alone") if took > SLOW else ok("Redis", words)


def _clock(what: str, there: datetime) -> Line:
    apart = abs(datetime.now(UTC) - there)
    words = f"{apart / timedelta(seconds=1):.1f} s apart from this machine's"
    if apart > APART[1]:
        return fail(what, f"{words}: set the clocks (NTP)")
    return warn(what, f"{words}: see that NTP runs") if apart > APART[0] else ok(what, words)


@dataclass(frozen=True)
class Answer:
    """What Telegram said: the result, or its words, and by its clock when."""

    result: dict[str, object] | None
    words: str
    date: datetime | None


async def _ask(session: ClientSession, settings: Settings, token: SecretStr, method: str, **given: int) -> Answer:
    """One call without the bot's own machinery. No error of it carries the address, which has the token in it."""
    address = f"{settings.bot_api}/bot{token.get_secret_value()}/{method}"
    try:
        async with session.post(address, json=given) as answer:
            date = answer.headers.get("Date")
            body = await answer.json(content_type=None)
    except (OSError, TimeoutError, ValueError) as error:
        return Answer(None, f"no answer ({type(error).__name__})", None)
    except Exception as error:
        return Answer(None, f"no answer that can be read ({type(error).__name__})", None)
    at = parsedate_to_datetime(date) if date else None
    if isinstance(body, dict) and body.get("ok") and isinstance(body.get("result"), dict):
        return Answer(body["result"], "", at)
    return Answer(None, str(body.get("description")) if isinstance(body, dict) else "no answer of the Bot API", at)


async def _telegram(settings: Settings, listed: list[tuple[int, str, int | None]]) -> AsyncIterator[Line]:
    if settings.bot_token is None:
        yield fail("token", "set HOLDFAST_BOT_TOKEN; @BotFather gives one")
        return
    async with ClientSession(timeout=ClientTimeout(total=SECONDS)) as session:
        me = await _ask(session, settings, settings.bot_token, "getMe")
        if me.result is None:
            yield fail("token", f"{me.words}: is HOLDFAST_BOT_TOKEN right, and {settings.bot_api} reachable?")
            return
        yield ok("token", f"@{me.result.get('username')}")
        if me.date is not None:
            yield _clock("Telegram's clock", me.date)
        yield await _evidence(session, settings, settings.bot_token, "the bot")
        tokens = {number_of(token): token for token in settings.courier_tokens}
        for number, token in tokens.items():
            async for line in _courier(session, settings, number, token):
                yield line
        for chat_id, title, courier in listed:
            if courier is not None and courier not in tokens:
                yield warn("channel", f"{title} ({chat_id}): the token of its courier {courier} is not in the settings")
            publishers = [settings.bot_token, *([tokens[courier]] if courier in tokens else [])]
            for token in publishers:
                if (lacks := await _rights(session, settings, token, chat_id, title)) is not None:
                    yield lacks
        yield ok("channels", f"{len(listed)} looked at")


async def _courier(session: ClientSession, settings: Settings, number: int, token: SecretStr) -> AsyncIterator[Line]:
    me = await _ask(session, settings, token, "getMe")
    if me.result is None:
        yield fail("courier", f"{number}: {me.words}: is its token in HOLDFAST_COURIER_TOKENS right?")
        return
    yield ok("courier", f"@{me.result.get('username')}, {number}")
    if settings.evidence_chat is not None:
        yield await _evidence(session, settings, token, f"the courier {number}")


async def _rights(
    session: ClientSession, settings: Settings, token: SecretStr, chat_id: int, title: str
) -> Line | None:
    """What a bot lacks in a channel in which it publishes, if anything."""
    seen = await _ask(session, settings, token, "getChatMember", chat_id=chat_id, user_id=number_of(token))
    lacking = [right for right in RIGHTS if not (seen.result or {}).get(right)]
    who = "" if token == settings.bot_token else f"the courier {number_of(token)}: "
    if seen.result is None:
        return warn("channel", f"{title} ({chat_id}): {who}{seen.words}")
    if lacking:
        words = f"{title} ({chat_id}): {who}lacks {', '.join(lacking)}; its owner makes the bot an admin"
        return warn("channel", words)
    return None


async def _evidence(session: ClientSession, settings: Settings, token: SecretStr, who: str) -> Line:
    if settings.evidence_chat is None:
        return warn("evidence chat", "none: uncertain posts wait for a person; set HOLDFAST_EVIDENCE_CHAT")
    seen = await _ask(session, settings, token, "getChat", chat_id=settings.evidence_chat)
    if seen.result is None:
        words = f"{settings.evidence_chat}: {seen.words}; write /start there, or add {who}"
        return fail("evidence chat", words)
    return ok("evidence chat", f"{settings.evidence_chat} is seen by {who}")

"""Switches, jobs and countersigns from the shell: each command is one act or one question through the gate."""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.cli.console import complain, say, show
from bot.cli.reaching import OURS, OWNERS, check_schema, owners, told
from bot.settings import BadSettings, Settings
from domain import checks, countersigns, kill_switches, post_jobs, users
from domain.action import Limit, Switch
from domain.countersigns import NeedsCountersign
from domain.errors import Refused
from domain.post_jobs import Status
from storage.database import Database
from storage.gate import Do, Ended, Gate


@asynccontextmanager
async def door(settings: Settings, given: argparse.Namespace, *, owner: bool = False) -> AsyncIterator[Do]:
    """The gate, for whoever types. An act that needs a countersign is asked for here, and said how to go on."""
    if given.admin is not None and given.admin not in settings.admins:
        raise BadSettings(f"--as {given.admin}: is not among HOLDFAST_ADMINS")
    setting, address = (owners(settings), settings.owner_address) if owner else (OURS, settings.database_url)
    database, acts = Database(address), list[Ended]()
    if owner and setting == OURS and not database.is_sqlite:
        raise BadSettings(f"{OWNERS}: set it for this one command; see the runbook")
    gate = Gate(database, given.now, settings.terms, settings.admins, is_owner=owner, watch=acts.append)
    do = gate.shell(given.admin)
    try:
        with told(setting, address, acts):
            await check_schema(database, address, setting)
            try:
                yield do
            except Refused as refused:
                if isinstance(refused.refusal, NeedsCountersign):
                    await _ask(do, refused.refusal)
                raise
    finally:
        await database.close()


async def _ask(do: Do, needs: NeedsCountersign) -> None:
    if do.who.user_id is None or await do.ask(users.get, do.who.user_id) is None:
        complain("name an admin who has met the bot (/start): --as ADMIN_ID")
        return
    asked = await do(countersigns.ask, needs.act, needs.arguments)
    if asked.status == countersigns.Status.signed:
        complain(f"signed already, as number {asked.id}: repeat this command with `--countersign {asked.id}`")
        return
    complain(
        f"asked for as number {asked.id}: another admin signs with `holdfast countersign sign {asked.id} --as OTHER_ID`,"
    )
    complain(f"then repeat this command with `--countersign {asked.id}`")


def _keys(given: argparse.Namespace, *also: str) -> list[Switch]:
    """The switches that are meant, however they are written; `also` is what else may be said."""
    key = given.key.strip().lower()
    if key in also:
        return list(Switch)
    try:
        return [Switch(key)]
    except ValueError:
        raise BadSettings(f"{given.key}: no such switch; there are {', '.join([*Switch, *also])}") from None


async def switch_init(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        made = await do(kill_switches.init)
    say(f"made, all HALTED: {', '.join(made)}" if made else "nothing to make: every switch exists")
    return 0


async def switch_list(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        board = await do.ask(kill_switches.board)
    rows: list[list[object]] = []
    for line in board:
        word = "ENABLED" if line.enabled else "HALTED" if line.known else "HALTED (no row)"
        since = line.at.strftime("%Y-%m-%d %H:%M:%S UTC") if line.at else None
        rows.append([line.key, word, limit_words(line.limit), since, line.actor, line.reason])
    show(["switch", "state", "limit", "since", "by", "reason"], rows)
    return 0


def limit_words(limit: Limit) -> str | None:
    """`up to 10 each, 1 open at once`; None where there is no limit."""
    price = None if limit.max_amount is None else f"up to {limit.max_amount} each"
    many = None if limit.max_open is None else f"{limit.max_open} open at once"
    return ", ".join(words for words in (price, many) if words) or None


async def switch_halt(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        changed = await do(kill_switches.halt, _keys(given, "all"), " ".join(given.reason))
    say(f"HALTED: {', '.join(changed)}" if changed else "already HALTED")
    return 0


async def switch_resume(settings: Settings, given: argparse.Namespace) -> int:
    if given.admin is None:
        complain("resuming needs an admin: add --as ADMIN_ID")
        return 2
    if given.key.strip().lower() == "all":
        complain("resume one switch at a time")
        return 2
    keys, reason = _keys(given), " ".join(given.reason)
    limit = kill_switches.UNLIMITED if given.unlimited else None
    async with door(settings, given) as do:
        changed = await do(kill_switches.resume, keys, reason, limit, given.countersign)
        limited = {one.key: words for one in await do.ask(kill_switches.board) if (words := limit_words(one.limit))}
    say(f"ENABLED: {', '.join(changed)}" if changed else "already ENABLED")
    for key in keys:
        if key in limited:
            say(f"{key} keeps its limit ({limited[key]}); `--unlimited` clears it")
    return 0


async def jobs_review(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        found = await do.ask(post_jobs.review)
    if not found:
        say("nothing to review")
        return 0
    rows: list[list[object]] = [[r.id, r.status, r.failure, r.title, r.price, r.deadline, r.last_error] for r in found]
    show(["job", "status", "failure", "channel", "price", "deadline", "last error"], rows)
    return 0


async def jobs_verdict(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        status = await do(checks.verdict, given.job, Status(given.to), given.evidence, given.message, given.countersign)
    say(f"job {given.job} is {status}; the money follows")
    return 0


async def jobs_aside(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        await do(post_jobs.set_aside, given.job, given.reason)
    say(f"job {given.job} is no longer in the review")
    return 0


async def countersign_list(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        found = await do.ask(countersigns.waiting)
    rows: list[list[object]] = [[c.id, c.status, c.action, c.arguments, c.asked_by, c.expires_at] for c in found]
    show(["number", "status", "act", "arguments", "asked by", "expires"], rows) if rows else say("nothing waits")
    return 0


async def countersign_sign(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        if do.who.user_id is None or await do.ask(users.get, do.who.user_id) is None:
            raise BadSettings("name an admin who has met the bot (/start): --as ADMIN_ID")
        asked = await do(countersigns.sign, given.number)
    say(f"signed: {asked.action} {asked.arguments}, asked for by {asked.asked_by}")
    return 0

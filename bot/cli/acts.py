"""Switches, books and jobs from the shell: each command is one act or one question through the gate."""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.app import system_clock
from bot.cli.console import complain, say, show
from bot.settings import BadSettings, Settings
from domain import books, checks, kill_switches, post_jobs
from domain.action import Switch
from domain.post_jobs import Status
from storage.database import Database
from storage.gate import Do, Gate


@asynccontextmanager
async def door(settings: Settings, given: argparse.Namespace) -> AsyncIterator[Do]:
    """The gate, for whoever types."""
    if given.admin is not None and given.admin not in settings.admins:
        raise BadSettings(f"--as {given.admin}: is not among HOLDFAST_ADMINS")
    database = Database(settings.database_url)
    try:
        if not await database.at_head():
            raise BadSettings("the database is empty or of another version: run `holdfast migrate`")
        yield Gate(database, system_clock, settings.terms, settings.admins).shell(given.admin)
    finally:
        await database.close()


def _keys(given: argparse.Namespace) -> list[Switch]:
    if given.key == "all":
        return list(Switch)
    try:
        return [Switch(given.key)]
    except ValueError:
        raise BadSettings(f"{given.key}: no such switch; there are {', '.join(Switch)}") from None


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
        rows.append([line.key, word, since, line.actor, line.reason])
    show(["switch", "state", "since", "by", "reason"], rows)
    return 0


async def switch_halt(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        changed = await do(kill_switches.halt, _keys(given), " ".join(given.reason))
    say(f"HALTED: {', '.join(changed)}" if changed else "already HALTED")
    return 0


async def switch_resume(settings: Settings, given: argparse.Namespace) -> int:
    if given.admin is None:
        complain("resuming needs an admin: add --as ADMIN_ID")
        return 2
    if given.key == "all":
        complain("resume one switch at a time")
        return 2
    async with door(settings, given) as do:
        changed = await do(kill_switches.resume, _keys(given), " ".join(given.reason))
    say(f"ENABLED: {', '.join(changed)}" if changed else "already ENABLED")
    return 0


async def books_check(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        offences = await do.ask(books.check)
    if not offences:
        say("books: clean")
        return 0
    show(["invariant", "offender", "how"], [[o.invariant, o.subject, o.detail] for o in offences])
    complain(f"books: {len(offences)} offences")
    return 1


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
        status = await do(checks.verdict, given.job, Status(given.to), given.evidence, given.message)
    say(f"job {given.job} is {status}; the money follows")
    return 0

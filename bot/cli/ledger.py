"""The books from the shell. What mends a balance or an entry goes through the owner's database address."""

import argparse
import re
from collections.abc import Sequence
from typing import Any

from bot import checking
from bot.cli.acts import door
from bot.cli.console import complain, many, say, show
from bot.settings import BadSettings, Settings
from domain import books
from domain import ledger as entries
from domain.books import Offence

FORMS = "user:7:XTR, escrow:42, withdrawal:9, fees:XTR, external:XTR, suspense:XTR, losses:XTR"


async def check(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        offences = await checking.offences(do, incremental=given.incremental)
    if not offences:
        say("books: clean")
        return 0
    _named(offences)
    return 1


def _named(offences: list[Offence]) -> None:
    show(["invariant", "offender", "how"], [[o.invariant, o.subject, o.detail] for o in offences])
    complain(f"books: {many(len(offences), 'offence')}")


async def statement(settings: Settings, given: argparse.Namespace) -> int:
    """What a wallet holds, and its entries; exit status 1 where there is no such wallet."""
    wallet = given.wallet.strip()
    async with door(settings, given) as do:
        standing = await do.ask(entries.standing, wallet)
        rows = await do.ask(entries.statement, wallet, given.most, given.before or None)
    if standing is None:
        complain(f"there is no wallet {wallet!r}; their addresses are like {FORMS}")
        return 1
    balance, there = standing
    shown: list[list[object]] = [
        [r.id, r.at, r.amount, r.reason, r.reference_id, r.transfer_key, r.balance_after] for r in rows
    ]
    if shown:
        show(["entry", "at", "amount", "reason", "about", "transfer", "balance after"], shown)
    say(f"{wallet} holds {balance}, and has {many(there, 'entry', 'entries')}")
    if len(rows) < there:
        say(f"{len(rows)} of {there} are shown" + _older(rows, given.most))
    return 0


def _older(rows: Sequence[Any], most: int) -> str:
    return f"; older ones: the same with --before {rows[-1].id}" if len(rows) == most else ""


async def checkpoint(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        offences, made = await checking.sealed(do)
    if offences:
        _named(offences)
        complain("nothing is sealed: a seal vouches for what is below it. Mend this first, then repeat the command")
        return 1
    say("nothing new to seal" if made is None else f"checkpoint {made} is sealed")
    return 0


async def rebuild(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given, owner=True) as do:
        before, after = await do(books.rebuild, given.wallet, given.evidence, given.countersign)
    say(f"{given.wallet}: {before} is now {after}, the sum of its entries")
    return 0


async def repair(settings: Settings, given: argparse.Namespace) -> int:
    named = re.fullmatch("(escrow:)?([0-9]{1,15})", given.what)
    if named is None:
        raise BadSettings(f"{given.what}: name the number of an entry, or escrow:ID")
    kind, number = named[1], int(named[2])
    async with door(settings, given, owner=True) as do:
        if kind:
            status = await do(books.repair_escrow, number, given.evidence, given.countersign)
            say(f"escrow {number} is {status} again; the settlement decides")
        else:
            made = await do(books.repair_entry, number, given.evidence, given.countersign)
            is_new = made != number
            say(f"entry {number} is completed by entry {made}" if is_new else f"entry {number} is set right")
    return 0


async def adjust(settings: Settings, given: argparse.Namespace) -> int:
    what = given.key, given.source, given.destination, given.amount
    async with door(settings, given) as do:
        done = await do(books.adjust, *what, given.evidence, given.countersign)
    say(f"{done.key}: {done.source} to {done.destination}, {done.amount}")
    return 0

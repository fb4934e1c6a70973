"""Withdrawals from the shell: the queue, one of them, and what admins do about it; paying itself happens elsewhere, by hand."""

import argparse

from bot.cli.acts import door
from bot.cli.console import complain, say, show
from bot.settings import Settings
from domain import withdrawals
from domain.withdrawals import Withdrawal


async def listed(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        found = await do.ask(withdrawals.listed, 0, given.most, ended=given.ended)
    rows: list[list[object]] = [
        [r.id, r.status, r.amount, r.user_id, r.name, r.created_at, r.sending_by, r.reference, r.note] for r in found
    ]
    columns = ["withdrawal", "status", "amount", "user", "name", "asked for", "being paid by", "reference", "note"]
    show(columns, rows) if rows else say("no withdrawals")
    return 0


async def show_one(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        row = await do.ask(withdrawals.get, given.number)
    if row is None:
        complain(f"there is no withdrawal {given.number}")
        return 1
    facts = dict(row._mapping).items()
    show(["withdrawal", str(row.id)], [[name, value] for name, value in facts if value is not None])
    return 0


async def approve(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        return _said(await do(withdrawals.approve, given.number, given.countersign))


async def reject(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        return _said(await do(withdrawals.reject, given.number, " ".join(given.reason), given.countersign))


async def send(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        return _said(await do(withdrawals.send, given.number))


async def paid(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        return _said(await do(withdrawals.pay, given.number, given.reference))


async def uncertain(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        return _said(await do(withdrawals.doubt, given.number, " ".join(given.reason)))


async def returned(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        return _said(await do(withdrawals.give_back, given.number, given.evidence, given.countersign))


def _said(row: Withdrawal) -> int:
    to = f"; to be paid: {row.destination}" if row.status in withdrawals.OPEN else ""
    say(f"withdrawal {row.id} of user {row.user_id}, {row.amount}, is {row.status}{to}")
    return 0

"""Tickets from the shell: the same acts and questions as in the chat."""

import argparse

from bot.cli.acts import door
from bot.cli.console import complain, say, show
from bot.settings import Settings
from domain import tickets


async def ticket_open(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        ticket = await do(tickets.open_, given.user, " ".join(given.words))
    say(f"ticket {ticket.id} is open")
    return 0


async def ticket_list(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        found = await do.ask(tickets.listed, 0, given.most, closed=given.closed)
    rows: list[list[object]] = [[r.id, r.created_at, r.user_id, r.name, r.opened_by, r.words] for r in found]
    show(["ticket", "opened", "about", "name", "by", "words"], rows) if rows else say("no tickets")
    return 0


async def ticket_show(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        ticket = await do.ask(tickets.get, given.number)
        now = None if ticket is None else await do.ask(tickets.statement, ticket.user_id)
    if ticket is None or now is None:
        complain(f"there is no ticket {given.number}")
        return 1
    say(
        f"ticket {ticket.id} is {ticket.status}: opened {ticket.created_at} by {ticket.opened_by} about user:{ticket.user_id}"
    )
    say(ticket.words)
    if ticket.closed_at is not None:
        say(f"closed {ticket.closed_at} by {ticket.closed_by}: {ticket.evidence}")
        say(f"stated then: {_stated(ticket.statement or {})}")
    say(f"now: {_stated(now)}")
    if now["balance"] != now["entries"]:
        complain("the balance is not the sum of its entries: see `holdfast books check`")
    return 0


async def ticket_close(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        ticket = await do(tickets.close, given.number, given.evidence)
    say(f"ticket {ticket.id} is closed: {ticket.evidence}")
    say(f"stated: {_stated(ticket.statement or {})}")
    return 0


def _stated(found: dict[str, object]) -> str:
    return "{wallet} holds {balance}; its {many} entries sum to {entries}, the newest is {newest}".format_map(found)

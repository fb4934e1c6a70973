"""The desk from the shell: queues, search, blocks, staff, tickets, the audit trail; the acts and questions of the chat."""

import argparse
import shlex
from dataclasses import asdict, is_dataclass
from typing import Any

from bot import trails
from bot.cli.acts import door
from bot.cli.console import complain, say, show
from bot.named import CARDS, named
from bot.settings import BadSettings, Settings
from domain import (
    audit,
    blocks,
    countersigns,
    disputes,
    escrow,
    finds,
    post_jobs,
    proposals,
    reports,
    tickets,
    users,
    withdrawals,
)
from domain.errors import Refused
from domain.finds import Card, Found, Kind
from storage.gate import Do


async def queues(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        waiting: list[list[object]] = [
            ["jobs to review", await do.ask(post_jobs.in_review), "holdfast jobs review"],
            ["overdue escrows", await do.ask(escrow.overdue_count), "holdfast jobs overdue"],
            ["open tickets", await do.ask(tickets.counted), "holdfast ticket list"],
            ["open withdrawals", await do.ask(withdrawals.counted), "holdfast withdrawals list"],
            ["disputes to judge", await do.ask(disputes.counted), "holdfast disputes list"],
            ["open reports", await do.ask(reports.counted), "holdfast reports list"],
            ["proposals to answer", await do.ask(proposals.counted), "holdfast proposals list"],
            ["acts to sign", len(await do.ask(countersigns.waiting)), "holdfast countersign list"],
        ]
    show(["queue", "waiting", "see"], waiting)
    return 0


async def jobs_overdue(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        found = await do.ask(escrow.overdue, 0, given.most)
    rows: list[list[object]] = [[r.id, r.amount, r.title, r.status, r.deadline, r.created_at] for r in found]
    show(["placement", "held", "channel", "job", "deadline", "held since"], rows) if rows else say("nothing is overdue")
    return 0


async def proposal_list(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        found = await do.ask(proposals.waiting, 0, given.most)
    rows: list[list[object]] = [
        [r.id, r.campaign_target_id, r.title, r.booked, r.price, r.slot, r.round, r.made_by, r.answer_by] for r in found
    ]
    heads = ["proposal", "placement", "channel", "booked for", "price", "time", "round", "by", "answer until"]
    show(heads, rows) if rows else say("nothing is proposed")
    return 0


async def report_list(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        found = await do.ask(reports.listed, 0, given.most)
    rows: list[list[object]] = [[r.id, r.created_at, r.thing, r.about, r.reason, r.name, r.words] for r in found]
    show(["report", "at", "thing", "number", "reason", "by", "words"], rows) if rows else say("no reports")
    return 0


async def report_show(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        card = await do.ask(finds.report, given.number)
    if card is None:
        complain(f"there is no report {given.number}")
        return 1
    _show_card(card)
    return 0


async def report_judge(settings: Settings, given: argparse.Namespace) -> int:
    """Upholds or dismisses; which is said by the parser."""
    async with door(settings, given) as do:
        report = await do(reports.judge, given.number, " ".join(given.reason), upheld=bool(given.upheld))
    say(f"report {report.id} is {report.status}; its reporter is told")
    return 0


async def jobs_retry(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        new = await do(escrow.retry_as_new, given.job)
    say(f"placement {given.job} is tried again as placement {new}")
    return 0


async def find(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        found = await do.ask(finds.find, " ".join(given.words))
        card = await do.ask(CARDS[found[0].kind], found[0].id) if len(found) == 1 else None
    if card is not None:
        _show_card(card)
    elif found:
        _show_found(found)
    else:
        complain("nothing is found")
    return 0 if found else 1


def _show_card(card: Card) -> None:
    row = asdict(card.row) if is_dataclass(card.row) and not isinstance(card.row, type) else dict(card.row._mapping)
    facts = row | card.facts
    show([str(card.kind), str(card.id)], [[name, value] for name, value in facts.items() if value is not None])
    if card.links:
        _show_found(card.links)


def _show_found(found: "list[Found] | tuple[Found, ...]") -> None:
    def line(one: Found) -> str:
        return shlex.join(["holdfast", "find", one.name if one.kind == Kind.transfer else f"{one.kind}:{one.id}"])

    show(["kind", "number", "name", "see"], [[one.kind, one.id, one.name, line(one)] for one in found])


async def block(settings: Settings, given: argparse.Namespace) -> int:
    """Blocks or unblocks; which is said by the parser."""
    reason, blocked = " ".join(given.reason), bool(given.blocked)
    async with door(settings, given) as do:
        if given.what == "user":
            await do(blocks.block_user, await _one(do, given.who, Kind.user), reason, blocked=blocked)
        else:
            await do(blocks.block_channel, await _one(do, given.who, Kind.channel), reason, blocked=blocked)
    say(f"{given.what} {given.who} is {'blocked' if blocked else 'not blocked'}; what runs goes on")
    return 0


async def _one(do: Do, words: str, kind: Kind) -> int:
    """The number of the one thing of this kind that is meant: its number with us, a @name or a link."""
    found = await named(do, words, kind)
    if len(found) != 1:
        raise BadSettings(f"{words}: {len(found)} of kind {kind} are found; see `holdfast find {shlex.quote(words)}`")
    return found[0].id


async def staff_list(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        known = {one.id: one for one in await do.ask(users.staff)}
    rows: list[list[object]] = []
    for number in sorted({*known, *settings.admins}, key=lambda n: (n not in settings.admins, n)):
        role = "admin" if number in settings.admins else "operator"
        rows.append([number, role, known[number].name if number in known else "(has not met the bot)"])
    show(["number", "role", "name"], rows) if rows else say("nobody: name admins in HOLDFAST_ADMINS")
    say("admins are named in HOLDFAST_ADMINS; operators: `holdfast staff appoint|dismiss USER why --as ADMIN_ID`")
    return 0


async def staff_change(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        who = await _one(do, given.who, Kind.user)
        await do(users.appoint, who, " ".join(given.reason), operator=bool(given.operator))
    say(f"user {who} is {'an operator' if given.operator else 'no operator'}")
    return 0


async def audit_trail(settings: Settings, given: argparse.Namespace) -> int:
    async with door(settings, given) as do:
        try:
            since = trails.moment(given.since, do.gate.now()) if given.since else None
        except Refused:
            raise BadSettings(f"--since {given.since}: a moment like 2026-03-01T12:30, or 30m, 12h, 3d") from None
        if given.about and ":" not in given.about:
            raise BadSettings(f"--about {given.about}: a kind and a number, like placement:42 or users:7")
        found = await do.ask(
            audit.events,
            who=trails.actor(given.who) if given.who else "",
            act=given.act or "",
            about=given.about or "",
            refused=given.refused,
            since=since,
            before=given.before,
            limit=given.most,
        )
    rows: list[list[object]] = [
        [r.id, r.at, r.actor, r.action, f"{r.noun}:{r.subject}", r.refusal, r.details or ""] for r in found
    ]
    show(["event", "at", "who", "act", "about", "refused", "details"], rows) if rows else say("nothing of this kind")
    if len(found) == given.most:
        say(f"older ones: the same with --before {found[-1].id}")
    return 0


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


def _stated(found: dict[str, Any]) -> str:
    there = found["many"]
    if not there:
        return "{wallet} holds {balance}; it has no entries".format_map(found)
    entries = "its 1 entry sums to" if there == 1 else f"its {there} entries sum to"
    return f"{found['wallet']} holds {found['balance']}; {entries} {found['entries']}, the newest is {found['newest']}"

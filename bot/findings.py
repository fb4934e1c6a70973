"""How a find looks: the card of a user, a channel, a placement, a transfer, a deposit, a ticket or a withdrawal, with its links
and what may be done about it. What is shown is loaded anew at each press."""

from collections.abc import Callable
from typing import Any

from aiogram.types import InlineKeyboardButton

from bot import cards, payable
from bot.buttons import Case, Contest, Deed, Desk, Go, Row, To, Trail, button, keyboard, link, menu, rows
from bot.named import CARDS
from bot.screen import Screen
from bot.texts import Safe, Text
from domain import finds
from domain.errors import NotFound, Refused
from domain.escrow.retrying import OWN_WISH
from domain.finds import Card, Found, Kind
from domain.placements import Placement
from domain.post_jobs import Status as JobStatus
from domain.reports import Status as ReportStatus
from domain.tickets import Status as TicketStatus
from storage.gate import Do

NOUNS = {
    Kind.user: "users",
    Kind.channel: "channels",
    Kind.placement: "placement",
    Kind.deposit: "payments",
    Kind.withdrawal: "withdrawals",
    Kind.report: "reports",
}
MOST_LABEL = 40
BY_STATUS = (Kind.deposit, Kind.report, Kind.ticket, Kind.withdrawal)
"""What has no name is found with its status for one."""


def to_case(text: Text, found: Found) -> InlineKeyboardButton:
    name = word(text, found.kind, found.name) if found.kind in BY_STATUS else found.name[:MOST_LABEL]
    label = text.plain("find-line", kind=found.kind, id=str(found.id), name=name)
    return button(label, Case(kind=found.kind, id=found.id))


async def card(do: Do, text: Text, kind: Kind, number: int) -> Screen:
    """The thing as it is now; what is not there is refused."""
    found = await do.ask(CARDS[kind], number)
    if found is None:
        raise Refused(NotFound(NOUNS.get(kind, "tickets")))
    is_admin = do.who.user_id in do.gate.admins
    links = rows((to_case(text, one) for one in found.links), 2)
    acts = [button(text.plain(f"desk-{deed}"), Desk(deed=deed, kind=kind, id=number)) for deed in deeds(found)]
    acts += payable.acts(text, found, do.who)
    more: Row = [button(text.plain("find-trail"), trail)] if (trail := _trail(found)) else []
    opened = [link(text.plain("placement-open"), found.row.link)] if _has_link(found) else []
    if isinstance(found.row, Placement) and found.row.dispute is not None:
        more = [*more, button(text.plain("dispute-show"), Contest(id=number))]
    back = [button(text.plain("menu-desk"), Go(to=To.desk)), *menu(text)]
    return Screen(SAID[kind](text, found), keyboard(*links, opened, *(rows(acts, 2) if is_admin else []), more, back))


async def search(do: Do, text: Text, words: str) -> Screen:
    """What was found; where it is one thing, its card at once."""
    found = await do.ask(finds.find, words)
    if len(found) == 1:
        return await card(do, text, found[0].kind, found[0].id)
    said = text("find-found", total=len(found), words=words[:MOST_LABEL])
    again = [button(text.plain("find-again"), Go(to=To.lookup))]
    back = [button(text.plain("menu-desk"), Go(to=To.desk)), *menu(text)]
    return Screen(said, keyboard(*rows(to_case(text, one) for one in found), again, back))


def _has_link(found: Card) -> bool:
    return isinstance(found.row, Placement) and found.row.link is not None


def _trail(found: Card) -> Trail | None:
    """The audit trail about it."""
    if found.kind == Kind.transfer:
        return None
    noun = "tickets" if found.kind == Kind.ticket else NOUNS[found.kind]
    return Trail(about=f"{noun}:{found.id}")


def deeds(found: Card) -> list[Deed]:
    """What an admin may do about it, as it stands."""
    row = found.row
    match found.kind:
        case Kind.user if found.facts["is_admin"]:
            return [Deed.unblock] if row.blocked_at else []
        case Kind.user:
            block = Deed.unblock if row.blocked_at else Deed.block
            return [block, Deed.dismiss if row.is_operator else Deed.appoint]
        case Kind.channel:
            return [Deed.unblock if row.blocked_at else Deed.block]
        case Kind.ticket if row.status == TicketStatus.open:
            return [Deed.close]
        case Kind.report if row.status == ReportStatus.open:
            return [Deed.uphold, Deed.reject]
        case Kind.placement if _is_retryable(found):
            return [Deed.retry]
    return []


def _is_retryable(found: Card) -> bool:
    row = found.row
    later = [number for number in found.facts["retries"] if number > row.id]
    return row.job == JobStatus.failed and row.status == "refunded" and row.failure not in OWN_WISH and not later


def word(text: Text, noun: str, value: str | None) -> str:
    """A status, or the reason of a transfer, in the reader's language."""
    return text.plain("status-none") if value is None else text.plain(f"word-{noun}", word=value)


def _word(text: Text, value: Any) -> Any:
    """Nothing is said as such; numbers of things are no amounts."""
    return text.plain("status-none") if value is None else str(value) if isinstance(value, int) else value


def _user(text: Text, found: Card) -> Safe:
    u, facts = found.row, found.facts
    role = "blocked" if u.blocked_at else "operator" if u.is_operator else "user"
    if facts["is_admin"]:
        role = "admin-blocked" if u.blocked_at else "admin"
    return text(
        "case-user",
        id=str(u.id),
        name=u.name,
        username=u.username or "none",
        role=role,
        since=u.created_at,
        blocked=_word(text, u.blocked_at),
        unreachable=_word(text, u.unreachable_at),
        balance=facts["balance"],
        held=facts["held"],
        lost=facts["lost"],
    )


def _channel(text: Text, found: Card) -> Safe:
    c = found.row
    return text(
        "case-channel",
        id=str(c.id),
        chat=str(c.chat_id),
        title=c.title,
        username=c.username or "none",
        state=text("channel-state", status=c.status),
        blocked=_word(text, c.blocked_at),
        owner=c.owner,
        subscribers=c.subscribers,
        price=text.plain("status-none") if c.price is None else c.price,
        hours=_word(text, c.hours),
        courier=_word(text, c.courier_id),
        visited=c.visited_at,
    )


def _placement(text: Text, found: Card) -> Safe:
    p = found.row
    why = cards.failure(text, p.failure, p.decline_reason) if p.failure else text.plain("status-none")
    return text(
        "case-placement",
        id=str(p.id),
        channel=p.channel,
        price=p.price,
        fee=p.parts.fee,
        when=cards.when(text, p.slot),
        approval=word(text, "approval", p.approval),
        job=word(text, "job", p.job),
        escrow=word(text, "escrow", p.escrow),
        deadline=_word(text, p.deadline),
        published=_word(text, p.published_at),
        served=_word(text, p.served_at),
        failure=why,
        error=_word(text, p.last_error),
    )


def _transfer(text: Text, found: Card) -> Safe:
    t = found.row
    facts = {"key": t.key, "source": t.source_id, "destination": t.destination_id, "amount": t.amount, "at": t.at}
    return text("case-transfer", reason=word(text, "transfer", t.reason), actor=t.actor, act=t.act_id, **facts)


def _deposit(text: Text, found: Card) -> Safe:
    d = found.row
    times = {"created": d.created_at, "received": d.received_at, "credited": d.credited_at, "back": d.taken_back_at}
    facts = {name: _word(text, at) for name, at in times.items()}
    facts |= {"charge": _word(text, d.charge_id), "status": word(text, "deposit", d.status)}
    return text("case-deposit", id=str(d.id), amount=d.amount, **facts)


def _ticket(text: Text, found: Card) -> Safe:
    k = found.row
    facts = {"id": str(k.id), "words": k.words, "name": k.name, "user": str(k.user_id), "at": k.created_at}
    said = text("case-ticket", by=k.opened_by, **facts)
    if k.closed_at is None:
        return said
    stated = text("case-ticket-statement", **{n: k.statement[n] for n in ("wallet", "balance", "entries", "many")})
    closed = text("case-ticket-closed", by=k.closed_by, at=k.closed_at, evidence=k.evidence)
    return Safe(f"{said}\n\n{closed}\n{stated}")


def _report(text: Text, found: Card) -> Safe:
    r = found.row
    facts = {"id": str(r.id), "about": str(r.about), "at": r.created_at} | cards.reported(text, r.thing, r.reason)
    said = text("case-report", name=r.name, user=str(r.reported_by), words=r.words or "none", **facts)
    if r.ended_at is None:
        return said
    ended = text("case-report-ended", status=r.status, by=r.ended_by, at=r.ended_at, finding=r.finding)
    return Safe(f"{said}\n\n{ended}")


SAID: dict[Kind, Callable[[Text, Card], Safe]] = {
    Kind.user: _user,
    Kind.channel: _channel,
    Kind.placement: _placement,
    Kind.transfer: _transfer,
    Kind.deposit: _deposit,
    Kind.ticket: _ticket,
    Kind.withdrawal: payable.case,
    Kind.report: _report,
}

"""Finding: whatever somebody names (a number, a @name, a link, a title, a key) and the things of ours that it may mean.

Only the staff looks. A find is a kind and a number; the card of a thing shows what it is linked with, ten of each at most.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select

from domain import placements, wallets, withdrawals
from domain.action import STAFF, SYSTEM, Look, query
from domain.base import table
from domain.campaigns import Campaign, CampaignTarget
from domain.channels import Channel, Offer
from domain.escrow import Escrow
from domain.ledger import LedgerEntry, Transfer
from domain.payments import Deposit, loss_of
from domain.placements import Placement
from domain.post_jobs import PostJob
from domain.reports import Report, Thing
from domain.reports import get as report_row
from domain.tickets import Status as TicketStatus
from domain.tickets import Ticket
from domain.users import User
from domain.wallets import Wallet
from domain.withdrawals import Withdrawal

MOST = 10
SHORTEST = 2
"""A title or a name is looked for by at least so many characters."""
NUMBER = re.compile(r"-?[0-9]{1,15}")
LINK = re.compile(r"(?:https?://)?(?:t\.me|telegram\.me)/(?:(c)/)?(\w+)(?:/([0-9]{1,15}))?/?(?:\?\S*)?", re.IGNORECASE)
NAME = re.compile(r"@?(\w{4,32})", re.ASCII)
ADDRESS = re.compile(
    r"(user|channel|placement|escrow|job|deposit|ticket|withdrawal|report):([0-9]{1,15})(?::XTR)?", re.IGNORECASE
)


class Kind(StrEnum):
    """What can be found."""

    user = "user"
    channel = "channel"
    placement = "placement"
    transfer = "transfer"
    """By the number of the first of its entries."""
    deposit = "deposit"
    ticket = "ticket"
    withdrawal = "withdrawal"
    report = "report"


@dataclass(frozen=True)
class Found:
    """A thing, by its kind and number, and what people call it."""

    kind: Kind
    id: int
    name: str


@dataclass(frozen=True)
class Card:
    """A thing as the staff sees it: its row, what else is to be known of it, and what it is linked with."""

    kind: Kind
    id: int
    row: Any
    facts: dict[str, Any]
    links: tuple[Found, ...]


u, c, o, ct, cp, j, es = (table(row) for row in (User, Channel, Offer, CampaignTarget, Campaign, PostJob, Escrow))
t, e, d, k, w = (table(row) for row in (Transfer, LedgerEntry, Deposit, Ticket, Wallet))
x, r = table(Withdrawal), table(Report)

USERS = select(literal(Kind.user).label("kind"), u.c.id, u.c.name)
CHANNELS = select(literal(Kind.channel).label("kind"), c.c.id, c.c.title.label("name"))
PLACEMENTS = (
    select(literal(Kind.placement).label("kind"), ct.c.id, c.c.title.label("name"))
    .join(c, c.c.id == ct.c.channel_id)
    .join(cp, cp.c.id == ct.c.campaign_id)
    .outerjoin(j, j.c.id == ct.c.id)
)
TRANSFERS = (
    select(literal(Kind.transfer).label("kind"), func.min(e.c.id).label("id"), t.c.key.label("name"))
    .join(e, e.c.transfer_key == t.c.key)
    .group_by(t.c.key)
)
DEPOSITS = select(literal(Kind.deposit).label("kind"), d.c.id, d.c.status.label("name"))
REPORTS = select(literal(Kind.report).label("kind"), r.c.id, r.c.status.label("name"))
TICKETS = select(literal(Kind.ticket).label("kind"), k.c.id, k.c.status.label("name"))
WITHDRAWALS = select(literal(Kind.withdrawal).label("kind"), x.c.id, x.c.status.label("name"))
BY_NUMBER: dict[str, tuple[Select[Any], ColumnElement[int]]] = {
    "user": (USERS, u.c.id),
    "channel": (CHANNELS, c.c.id),
    "placement": (PLACEMENTS, ct.c.id),
    "escrow": (PLACEMENTS, ct.c.id),
    "job": (PLACEMENTS, ct.c.id),
    "deposit": (DEPOSITS, d.c.id),
    "ticket": (TICKETS, k.c.id),
    "withdrawal": (WITHDRAWALS, x.c.id),
    "report": (REPORTS, r.c.id),
}


@query(roles=STAFF | SYSTEM)
def find(look: Look, words: str) -> list[Found]:
    """What `words` may mean, each thing once: a number (Telegram's or ours), `@name`, a link of Telegram, `placement:42`, the key
    of a transfer, the charge of a payment, the reference of a withdrawal; else the part of a title or of a name."""
    words = words.strip()
    found: dict[tuple[Kind, int], Found] = {}
    for wanted in _meanings(words) if words else ():
        for row in look.conn.execute(wanted.limit(MOST)):
            found.setdefault((Kind(row.kind), row.id), Found(Kind(row.kind), row.id, str(row.name)))
    return list(found.values())


def _meanings(words: str) -> Iterator[Select[Any]]:
    yield TRANSFERS.where(t.c.key == words)
    yield DEPOSITS.where(d.c.charge_id == words)
    yield WITHDRAWALS.where(x.c.reference == words)
    if named := ADDRESS.fullmatch(words):
        things, number = BY_NUMBER[named[1].lower()]
        yield things.where(number == int(named[2]))
    elif NUMBER.fullmatch(words):
        yield from _numbered(int(words))
    elif link := LINK.fullmatch(words):
        yield from _linked(*link.groups())
    else:
        if name := NAME.fullmatch(words):
            yield USERS.where(func.lower(u.c.username) == name[1].lower())
            yield CHANNELS.where(func.lower(c.c.username) == name[1].lower())
        if len(words) >= SHORTEST and not words.startswith("@"):
            yield CHANNELS.where(_has(c.c.title, words)).order_by(c.c.id)
            yield USERS.where(_has(u.c.name, words)).order_by(u.c.id)


def _numbered(number: int) -> Iterator[Select[Any]]:
    yield USERS.where(u.c.id == number)
    chats = {number, -number, int(f"-100{abs(number)}")}
    yield CHANNELS.where(or_(c.c.chat_id.in_(chats), c.c.id == number))
    yield PLACEMENTS.where(ct.c.id == number)
    yield DEPOSITS.where(d.c.id == number)
    yield TICKETS.where(k.c.id == number)
    yield WITHDRAWALS.where(x.c.id == number)


def _linked(private: str | None, name: str, message: str | None) -> Iterator[Select[Any]]:
    if private and not name.isdecimal():
        return
    chat = c.c.chat_id == int(f"-100{name}") if private else func.lower(c.c.username) == name.lower()
    yield CHANNELS.where(chat)
    if message:
        yield PLACEMENTS.where(chat, j.c.message_id == int(message))
    if not private:
        yield USERS.where(func.lower(u.c.username) == name.lower())


def _has(column: Any, words: str) -> ColumnElement[bool]:
    """SQLite knows upper and lower case of ASCII alone, so the usual ways of writing are each looked for."""
    ways = {words, words.lower(), words.upper(), words.capitalize(), words.title()}
    return or_(*(column.icontains(way, autoescape=True) for way in sorted(ways)))


def _links(look: Look, *wanted: Select[Any]) -> tuple[Found, ...]:
    rows = (row for one in wanted for row in look.conn.execute(one.limit(MOST)))
    return tuple(Found(Kind(row.kind), row.id, str(row.name)) for row in rows)


@query(roles=STAFF | SYSTEM)
def user(look: Look, user_id: int) -> Card | None:
    """A user, with what they have, hold set aside, and what the house lost by them and has not got back; their channels and
    newest placements, deposits and open tickets.
    """
    row = look.conn.execute(select(u).where(u.c.id == user_id)).one_or_none()
    if row is None:
        return None
    held = select(func.coalesce(func.sum(es.c.amount), 0)).join(ct, ct.c.id == es.c.id)
    held = held.join(cp, cp.c.id == ct.c.campaign_id).where(es.c.status == "held", cp.c.advertiser_id == user_id)
    balance = select(w.c.balance).where(w.c.id == f"user:{user_id}:XTR")
    links = _links(
        look,
        CHANNELS.where(c.c.owner_id == user_id).order_by(c.c.id.desc()),
        TICKETS.where(k.c.user_id == user_id, k.c.status == TicketStatus.open).order_by(k.c.id),
        PLACEMENTS.where(cp.c.advertiser_id == user_id).order_by(ct.c.id.desc()),
        PLACEMENTS.where(ct.c.publisher_id == user_id).order_by(ct.c.id.desc()),
        DEPOSITS.where(d.c.user_id == user_id).order_by(d.c.id.desc()),
        WITHDRAWALS.where(x.c.user_id == user_id).order_by(x.c.id.desc()),
    )
    facts = {
        "balance": int(look.conn.execute(balance).scalar() or 0),
        "held": int(look.conn.execute(held).scalar_one()),
        "lost": loss_of(look, user_id).open,
        "is_admin": user_id in look.admins,
    }
    return Card(Kind.user, user_id, row, facts, links)


@query(roles=STAFF | SYSTEM)
def channel(look: Look, channel_id: int) -> Card | None:
    """A channel, with its owner, its offer and its newest placements."""
    columns = (c, u.c.name.label("owner"), o.c.price, o.c.hours, o.c.pin, o.c.proportional)
    joined = select(*columns).join(u, u.c.id == c.c.owner_id).outerjoin(o, o.c.channel_id == c.c.id)
    row = look.conn.execute(joined.where(c.c.id == channel_id)).one_or_none()
    if row is None:
        return None
    links = _links(
        look,
        USERS.where(u.c.id == row.owner_id),
        PLACEMENTS.where(ct.c.channel_id == channel_id).order_by(ct.c.id.desc()),
    )
    return Card(Kind.channel, channel_id, row, {}, links)


@query(roles=STAFF | SYSTEM)
def placement(look: Look, target_id: int) -> Card | None:
    """A placement, with its sides, its channel, what its money did, and what it tries again or is tried again by."""
    one = look.conn.execute(placements.VIEW.where(ct.c.id == target_id)).one_or_none()
    if one is None:
        return None
    row = Placement(**one._mapping)
    old = select(ct.c.retry_of).where(ct.c.id == target_id).scalar_subquery()
    again = PLACEMENTS.where(or_(ct.c.retry_of == target_id, ct.c.id == old)).order_by(ct.c.id)
    links = _links(
        look,
        USERS.where(u.c.id.in_([row.advertiser_id, row.publisher_id])).order_by(u.c.id != row.advertiser_id),
        CHANNELS.where(c.c.id == row.channel_id),
        again,
        TRANSFERS.where(t.c.reference_id == target_id).order_by(func.min(e.c.id)),
    )
    return Card(Kind.placement, target_id, row, {"retries": [f.id for f in links if f.kind == Kind.placement]}, links)


@query(roles=STAFF | SYSTEM)
def transfer(look: Look, entry_id: int) -> Card | None:
    """A transfer, by one of its entries, with the act that made it and what it is about."""
    its = select(e.c.transfer_key).where(e.c.id == entry_id).scalar_subquery()
    row = look.conn.execute(select(t).where(t.c.key == its)).one_or_none()
    if row is None:
        return None
    owners = [int(found[2]) for at in (row.source_id, row.destination_id) if (found := ADDRESS.fullmatch(at))]
    kind, _, rest = row.key.partition(":")
    wanted = [USERS.where(u.c.id.in_(owners)).order_by(u.c.id)]
    if kind == "escrow":
        wanted.insert(0, PLACEMENTS.where(ct.c.id == row.reference_id))
    elif kind == "withdrawal":
        wanted.insert(0, WITHDRAWALS.where(x.c.id == row.reference_id))
    elif kind == "deposit":
        wanted.append(DEPOSITS.where(d.c.charge_id.in_([rest, rest.rpartition(":")[0]])))
    return Card(Kind.transfer, entry_id, row, {}, _links(look, *wanted))


@query(roles=STAFF | SYSTEM)
def deposit(look: Look, deposit_id: int) -> Card | None:
    """A deposit, with its user and its transfers."""
    row = look.conn.execute(select(d).where(d.c.id == deposit_id)).one_or_none()
    if row is None:
        return None
    keys = [f"deposit:{row.charge_id}{part}" for part in ("", ":back", ":loss")]
    links = _links(look, USERS.where(u.c.id == row.user_id), TRANSFERS.where(t.c.key.in_(keys)))
    return Card(Kind.deposit, deposit_id, row, {}, links)


@query(roles=STAFF | SYSTEM)
def ticket(look: Look, ticket_id: int) -> Card | None:
    """A ticket, with its person."""
    row = look.conn.execute(select(k, u.c.name).join(u, u.c.id == k.c.user_id).where(k.c.id == ticket_id)).one_or_none()
    if row is None:
        return None
    return Card(Kind.ticket, ticket_id, row, {}, _links(look, USERS.where(u.c.id == row.user_id)))


@query(roles=STAFF | SYSTEM)
def withdrawal(look: Look, withdrawal_id: int) -> Card | None:
    """A withdrawal, with its person and its transfers."""
    row = withdrawals.get(look, withdrawal_id)
    if row is None:
        return None
    keys = [f"{wallets.withdrawal(withdrawal_id)}:{part}" for part in ("hold", "paid", "back")]
    links = _links(look, USERS.where(u.c.id == row.user_id), TRANSFERS.where(t.c.key.in_(keys)))
    return Card(Kind.withdrawal, withdrawal_id, row, {}, links)


@query(roles=STAFF | SYSTEM)
def report(look: Look, report_id: int) -> Card | None:
    """A report, with the thing it is about and its reporter."""
    row = report_row(look, report_id)
    if row is None:
        return None
    things = {Thing.channel: (CHANNELS, c.c.id), Thing.creative: (PLACEMENTS, ct.c.id), Thing.person: (USERS, u.c.id)}
    wanted, number = things[row.thing]
    links = _links(look, wanted.where(number == row.about), USERS.where(u.c.id == row.reported_by))
    return Card(Kind.report, report_id, row, {}, links)

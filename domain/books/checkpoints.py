"""A checkpoint seals what was appended so far, entries with their transfers, audit events and flips, and itself, in a chain of
hashes.

It is drawn under the lock that flips take, so no movement of money is in flight and no entry can still come below it. Acts that
ask no switch are not held up: of audit events it seals those below whatever a writer in flight may still add. Its bounds are
the parameters of every incremental question. Whoever changes a sealed row, or a checkpoint, breaks a hash; each checkpoint's
hash is in its own audit event too, so that one that is taken off the end is missed. One checkpoint seals at most SEGMENT
entries and as many events, and there are as many as it takes: no flip waits long for one, and the newest is checked quickly.

A checkpoint without `event_id` is from the time when only some columns, and the events of transfers alone, were sealed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Text, bindparam, cast, exists, func, insert, literal_column, select, text
from sqlalchemy.orm import Mapped, mapped_column

from domain import kill_switches
from domain.action import ADMINS, STAFF, SYSTEM, Act, Look, action, query
from domain.audit import AuditEvent
from domain.base import Base, Json, Moment, table
from domain.kill_switches import Flip
from domain.ledger import LedgerEntry, Transfer
from domain.wallets import Kind, Wallet

SEGMENT = 10_000
SOON = timedelta(days=1)
"""How long at most an entry waits for its seal, in a house where little moves."""


class Checkpoint(Base):
    __tablename__ = "checkpoints"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int]
    """The last entry it covers."""
    epoch: Mapped[int]
    """The last flip it covers."""
    event_id: Mapped[int | None]
    """The last audit event it covers."""
    entries: Mapped[int]
    house: Mapped[dict[str, Any]] = mapped_column(Json())
    """The sums of the house's wallets, by their ids."""
    hash: Mapped[str]
    previous: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]


k, e, t, f, a, w = (table(row) for row in (Checkpoint, LedgerEntry, Transfer, Flip, AuditEvent, Wallet))
LAST = select(k).order_by(k.c.id.desc()).limit(1)
ALL = select(k).order_by(k.c.id)
SEALED = e.c.id > bindparam("after"), e.c.id <= bindparam("upto")


EVENTS_SEALED = a.c.id > bindparam("old_event"), a.c.id <= bindparam("new_event")


def _lines(dialect: str, *, whole: bool) -> tuple[Any, ...]:
    """The statements that tell what a checkpoint seals, each row as one JSON array: entries, audit events, flips.

    Not `whole` is how it was told before checkpoints had an `event_id`.
    """
    lite = dialect == "sqlite"

    def line(*columns: Any) -> Any:
        if lite:
            return func.json_array(*columns)
        in_utc = (func.timezone("UTC", one) if isinstance(one.type, Moment) else one for one in columns)
        return cast(func.json_build_array(*in_utc), Text)

    transfer = [one for one in t.c if one is not t.c.key]  # which each entry has
    acts = select(t.c.act_id).join(e, e.c.transfer_key == t.c.key).where(*SEALED)
    events = select(line(*a.c)).where(*EVENTS_SEALED)
    if not whole:
        transfer = [t.c.source_id, t.c.destination_id, t.c.amount, t.c.epoch, t.c.actor, t.c.act_id, t.c.at]
        some = (a.c.act_id, a.c.actor, a.c.action, a.c.noun, a.c.subject, a.c.refusal)
        events = select(line(*some)).where(a.c.act_id.in_(acts))
    flips = f.c.epoch > bindparam("old_epoch"), f.c.epoch <= bindparam("new_epoch")
    return (
        select(line(*e.c, *transfer)).join(t, t.c.key == e.c.transfer_key).where(*SEALED).order_by(e.c.id),
        events.order_by(a.c.id),
        select(line(*f.c)).where(*flips).order_by(f.c.epoch),
    )


LINES = {
    (dialect, whole): _lines(dialect, whole=whole) for dialect in ("sqlite", "postgresql") for whole in (False, True)
}
ENDS = {
    row: select(row.c.id).where(row.c.id > bindparam("after")).order_by(row.c.id).offset(bindparam("others")).limit(1)
    for row in (e, a)
}
NEWEST = select(func.coalesce(func.max(e.c.id), 0))
WAITED = select(
    exists()
    .select_from(e.join(t, t.c.key == e.c.transfer_key))
    .where(
        e.c.id == select(func.min(e.c.id)).where(e.c.id > bindparam("after")).scalar_subquery(),
        t.c.at <= bindparam("at"),
    )
)
NEWEST_EVENT = select(func.coalesce(func.max(a.c.id), 0))
OTHER_EVENT = select(a.c.id).where(*EVENTS_SEALED, a.c.action != "books.checkpoint").limit(1)
TOLD = (
    select(a.c.subject, a.c.details.op("->>", return_type=Text())(literal_column("'hash'")).label("hash"))
    .where(a.c.action == "books.checkpoint", a.c.refusal.is_(None))
    .order_by(a.c.id.desc())
)
"""What the audit events of checkpoints tell, the newest first. Nothing else of them is read: it may be more than can be."""
WRITERS = text("""SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted
    AND relation = 'audit_events'::regclass AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND pid IS DISTINCT FROM pg_backend_pid()""")
"""The transactions that may have written audit events and have not ended: each has this lock before it takes its first number."""
A_MOMENT, MOMENTS = text("SELECT pg_sleep(0.02)"), 50
COUNT = select(func.count()).select_from(e).where(*SEALED)
HOUSE = (
    select(e.c.wallet_id, *(literal_column(f"SUM(ledger_entries.amount {part} {10**9})") for part in "/%"))
    .where(
        e.c.wallet_id.in_(select(w.c.id).where(w.c.kind.in_([Kind.fees, Kind.external, Kind.suspense, Kind.losses]))),
        *SEALED,
    )
    .group_by(e.c.wallet_id)
)
"""For each of its wallets the sum in thousands of millions, and the rest: SQLite might not be able to add up the whole."""
BALANCES = select(w.c.id, w.c.balance).where(w.c.kind.in_([Kind.fees, Kind.external, Kind.suspense, Kind.losses]))


UNHURRIED = text(
    "SELECT set_config('transaction_timeout', '0', true) WHERE current_setting('transaction_timeout', true) <> ''"
)
"""Servers before PostgreSQL 17 have no such setting."""


def unhurried(look: Look) -> None:
    """This transaction takes as long as it takes: who reads the whole ledger outlasts `storage.roles.PATIENCE`."""
    if look.conn.dialect.name == "postgresql":
        look.conn.execute(UNHURRIED)


def last(look: Look) -> Any:
    """The newest checkpoint, or None."""
    return look.conn.execute(LAST).one_or_none()


@dataclass(frozen=True)
class Bounds:
    """From which entry, flip and audit event (not with them) up to which."""

    after: int
    upto: int
    old_epoch: int
    new_epoch: int
    old_event: int
    new_event: int | None


def _seal(look: Look, row: Mapping[str, Any], bounds: Bounds) -> str:
    digest = hashlib.sha256(row["previous"].encode())
    whole = bounds.new_event is not None
    for told in LINES[look.conn.dialect.name, whole]:
        for (line,) in look.conn.execute(told, asdict(bounds)):
            digest.update(line.encode())
    if whole:
        own = {name: row[name] for name in ("entry_id", "epoch", "event_id", "entries", "house", "actor")}
        own["at"] = row["at"].astimezone(UTC).isoformat()
        digest.update(json.dumps(own, sort_keys=True).encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Broken:
    """A checkpoint that does not vouch for what it sealed, and why."""

    id: str
    why: str


CHANGED, SUMS, UNTOLD, GONE = (
    "what was appended before it, or the checkpoint itself, was changed",
    "its sums of the house's wallets are not those of the entries",
    "it is not the checkpoint that its audit event tells of",
    "its audit event tells of it, and it is gone",
)


def broken(look: Look, *, only_last: bool) -> Iterator[Broken]:
    """The checkpoints whose rows are no longer what was sealed; with `only_last` the newest alone is computed again."""
    points = [row._asdict() for row in look.conn.execute(LAST.limit(2) if only_last else ALL)]
    told = {row.subject: row.hash for row in look.conn.execute(TOLD.limit(1) if only_last else TOLD)}
    before: Mapping[str, Any] = {"entry_id": 0, "epoch": 0, "event_id": None, "hash": "", "house": {}}
    if only_last and len(points) == 2:
        before = points.pop()
    for point in points:
        old_event = before["event_id"]
        ranges = before["entry_id"], point["entry_id"], before["epoch"], point["epoch"]
        bounds = Bounds(*ranges, old_event or 0, point["event_id"])
        is_older = old_event is not None and point["event_id"] is None
        if is_older or point["previous"] != before["hash"] or _seal(look, point, bounds) != point["hash"]:
            yield Broken(str(point["id"]), CHANGED)
        elif not only_last and _house(look, sums_of(before["house"]), bounds) != point["house"]:
            yield Broken(str(point["id"]), SUMS)
        elif told.get(str(point["id"])) != point["hash"]:
            yield Broken(str(point["id"]), UNTOLD)
        before = point
    numbers = {str(point["id"]) for point in points}
    yield from (Broken(number, GONE) for number in told if number not in numbers)


def sums_of(house: Any) -> dict[str, int]:
    """The sums that a checkpoint tells; none, if that is not what stands there, and then its hash is not right either."""
    is_told = isinstance(house, dict) and all(type(amount) is int for amount in house.values())
    return house if is_told else {}


def _house(look: Look, before: Mapping[str, int], bounds: Bounds) -> dict[str, int]:
    """The sums of the house's wallets, with those of the entries since `before`."""
    sums = dict(before)
    for wallet, *parts in look.conn.execute(HOUSE, asdict(bounds)):
        sums[wallet] = sums.get(wallet, 0) + _whole(*parts)
    return sums


def _whole(high: Any, low: Any) -> int:
    return int(high) * 10**9 + int(low)


def house_differences(look: Look, point: Any) -> dict[str, int]:
    """For each wallet of the house, by how much its balance differs from the sum at the checkpoint and the entries since."""
    bounds = {"after": point.entry_id, "upto": look.conn.execute(NEWEST).scalar_one()}
    since = {wallet: _whole(*parts) for wallet, *parts in look.conn.execute(HOUSE, bounds)}
    before = sums_of(point.house)
    differences = {
        row.id: row.balance - before.get(row.id, 0) - since.get(row.id, 0) for row in look.conn.execute(BALANCES)
    }
    return {wallet: difference for wallet, difference in differences.items() if difference}


def _settled(act: Act, sealed: int) -> int:
    """The newest audit event below which none can still come; as far as was `sealed` before, if a writer stands still.

    Whoever has a number below the newest one has written, and not ended, when it is asked who writes; so once those have ended
    all such events are there.
    """
    newest: int = act.conn.execute(NEWEST_EVENT).scalar_one()
    if act.conn.dialect.name == "sqlite":  # who writes, writes alone
        return newest
    writers = set(act.conn.scalars(WRITERS))
    for _ in range(MOMENTS):
        if not writers:
            return newest
        act.conn.execute(A_MOMENT)
        writers &= set(act.conn.scalars(WRITERS))
    return sealed


@dataclass(frozen=True)
class Sealed:
    """The number of a new checkpoint, and whether there is more than it could take."""

    number: int
    is_more: bool


@action("books.checkpoint", roles=ADMINS | SYSTEM, gates=())
def checkpoint(act: Act) -> Sealed | None:
    """Seals the next segment of what is new; None if nothing is. `scheduler.sealing.seal` goes on until all is sealed.

    A segment at a time, since no flip can answer meanwhile. Audit events that a writer who stands still may yet precede wait for
    the next checkpoint.
    """
    kill_switches.lock(act)
    unhurried(act)
    before = last(act)
    after, epoch, event, previous, sums = 0, 0, 0, "", dict[str, int]()
    if before:
        after, epoch, event = before.entry_id, before.epoch, before.event_id or 0
        previous, sums = before.hash, sums_of(before.house)
    newest = act.conn.execute(NEWEST).scalar_one()
    flips = act.conn.execute(kill_switches.LAST).scalar_one()
    events = max(event, _settled(act, event))
    others = act.conn.execute(OTHER_EVENT, {"old_event": event, "new_event": events}).scalar()
    if (after, epoch) == (newest, flips) and others is None:
        return None
    upto, last_event = _end(act, e, after, newest), _end(act, a, event, events)
    bounds = Bounds(after, upto, epoch, flips, event, last_event)
    row = {"entry_id": upto, "epoch": flips, "event_id": last_event, "previous": previous, "at": act.now}
    row |= {"house": _house(act, sums, bounds), "actor": act.actor.name}
    row["entries"] = act.conn.execute(COUNT, asdict(bounds)).scalar_one()
    row["hash"] = _seal(act, row, bounds)
    number: int = act.conn.execute(insert(k).values(row).returning(k.c.id)).scalar_one()
    act.record("checkpoints", number, entry=upto, epoch=flips, event=last_event, hash=row["hash"])
    return Sealed(number, (upto, last_event) != (newest, events))


def _end(act: Act, row: Any, after: int, newest: int) -> int:
    """Where a segment that begins after this row ends."""
    end: int | None = act.conn.execute(ENDS[row], {"after": after, "others": SEGMENT - 1}).scalar()
    return newest if end is None else min(end, newest)


@query(roles=STAFF | SYSTEM)
def is_due(look: Look) -> bool:
    """Is there a whole segment of entries that no checkpoint covers, or one that is older than `SOON`?

    Before the first checkpoint every question is asked of everything.
    """
    before = last(look)
    sealed = before.entry_id if before else 0
    newest: int = look.conn.execute(NEWEST).scalar_one()
    return (
        newest - sealed >= SEGMENT or look.conn.execute(WAITED, {"after": sealed, "at": look.now - SOON}).scalar_one()
    )


@query(roles=STAFF | SYSTEM)
def latest(look: Look, limit: int = 8) -> list[Any]:
    """The newest checkpoints, newest first."""
    return list(look.conn.execute(select(k).order_by(k.c.id.desc()).limit(limit)))

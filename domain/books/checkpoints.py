"""A checkpoint seals what was appended so far: transfers with their entries and audit, and flips, in a chain of hashes.

It is drawn under the lock that flips take, so no movement of money is in flight and no entry can still come below it; its
bounds are the parameters of every incremental question. Whoever changes a sealed row breaks the hash of its checkpoint. One
checkpoint seals at most SEGMENT entries, and there are as many as it takes: the newest is checked quickly however many there are.
"""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, cast, func, insert, literal_column, select, text
from sqlalchemy.orm import Mapped, mapped_column

from domain import kill_switches
from domain.action import ADMINS, STAFF, SYSTEM, Act, Look, action, query
from domain.audit import AuditEvent
from domain.base import Base, Json, Moment, table
from domain.kill_switches import Flip
from domain.ledger import LedgerEntry, Transfer
from domain.wallets import Kind, Wallet

SEGMENT = 10_000


class Checkpoint(Base):
    __tablename__ = "checkpoints"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int]
    """The last entry it covers."""
    epoch: Mapped[int]
    """The last flip it covers."""
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


def _lines(dialect: str) -> tuple[Any, ...]:
    """The statements that tell what a checkpoint seals, each row as one JSON array: entries, the audit of their acts, flips."""
    lite = dialect == "sqlite"

    def line(*columns: Any) -> Any:
        if lite:
            return func.json_array(*columns)
        in_utc = (func.timezone("UTC", one) if isinstance(one.type, Moment) else one for one in columns)
        return cast(func.json_build_array(*in_utc), Text)

    transfer = (t.c.source_id, t.c.destination_id, t.c.amount, t.c.epoch, t.c.actor, t.c.act_id, t.c.at)
    acts = select(t.c.act_id).join(e, e.c.transfer_key == t.c.key).where(*SEALED)
    event = (a.c.act_id, a.c.actor, a.c.action, a.c.noun, a.c.subject, a.c.refusal)
    flips = f.c.epoch > bindparam("old_epoch"), f.c.epoch <= bindparam("new_epoch")
    return (
        select(line(*e.c, *transfer)).join(t, t.c.key == e.c.transfer_key).where(*SEALED).order_by(e.c.id),
        select(line(*event)).where(a.c.act_id.in_(acts)).order_by(a.c.id),
        select(line(*f.c)).where(*flips).order_by(f.c.epoch),
    )


LINES = {dialect: _lines(dialect) for dialect in ("sqlite", "postgresql")}
END = select(e.c.id).where(e.c.id > bindparam("after")).order_by(e.c.id).offset(bindparam("others")).limit(1)
NEWEST = select(func.coalesce(func.max(e.c.id), 0))
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
    """From which entry and flip (not with them) up to which."""

    after: int
    upto: int
    old_epoch: int
    new_epoch: int


def _seal(look: Look, previous: str, bounds: Bounds) -> str:
    digest = hashlib.sha256(previous.encode())
    for told in LINES[look.conn.dialect.name]:
        for (line,) in look.conn.execute(told, asdict(bounds)):
            digest.update(line.encode())
    return digest.hexdigest()


def broken(look: Look, *, only_last: bool) -> list[int]:
    """The checkpoints whose rows are no longer what was sealed; with `only_last` the newest alone is computed again."""
    points = list(look.conn.execute(LAST.limit(2) if only_last else ALL))
    found, before = [], (0, 0, "")
    if only_last and len(points) == 2:
        before = (points[1].entry_id, points[1].epoch, points[1].hash)
        del points[1]
    for point in points:
        seal = _seal(look, before[2], Bounds(before[0], point.entry_id, before[1], point.epoch))
        if seal != point.hash or point.previous != before[2]:
            found.append(point.id)
        before = (point.entry_id, point.epoch, point.hash)
    return found


def _whole(high: Any, low: Any) -> int:
    return int(high) * 10**9 + int(low)


def house_differences(look: Look, point: Any) -> dict[str, int]:
    """For each wallet of the house, by how much its balance differs from the sum at the checkpoint and the entries since."""
    bounds = {"after": point.entry_id, "upto": look.conn.execute(NEWEST).scalar_one()}
    since = {wallet: _whole(*parts) for wallet, *parts in look.conn.execute(HOUSE, bounds)}
    differences = {
        row.id: row.balance - point.house.get(row.id, 0) - since.get(row.id, 0) for row in look.conn.execute(BALANCES)
    }
    return {wallet: difference for wallet, difference in differences.items() if difference}


@action("books.checkpoint", roles=ADMINS | SYSTEM, gates=())
def checkpoint(act: Act) -> int | None:
    """Seals everything up to now; answers the number of the newest checkpoint, or None if nothing is new."""
    kill_switches.lock(act)
    unhurried(act)
    before = last(act)
    after, epoch, previous = (before.entry_id, before.epoch, before.hash) if before else (0, 0, "")
    newest = act.conn.execute(NEWEST).scalar_one()
    flips = act.conn.execute(kill_switches.LAST).scalar_one()
    sums = dict(before.house) if before else {}
    made = None
    while (after, epoch) != (newest, flips):
        end = act.conn.execute(END, {"after": after, "others": SEGMENT - 1}).scalar()
        upto = newest if end is None else end
        bounds = Bounds(after, upto, epoch, flips)
        for wallet, *parts in act.conn.execute(HOUSE, asdict(bounds)):
            sums[wallet] = sums.get(wallet, 0) + _whole(*parts)
        row = {"entry_id": upto, "epoch": flips, "entries": act.conn.execute(COUNT, asdict(bounds)).scalar_one()}
        row |= {"house": dict(sums), "hash": _seal(act, previous, bounds), "previous": previous}
        row |= {"actor": act.actor.name, "at": act.now}
        made = act.conn.execute(insert(k).values(row).returning(k.c.id)).scalar_one()
        act.record("checkpoints", made, entry=upto, epoch=flips, hash=row["hash"])
        after, epoch, previous = upto, flips, row["hash"]
    return made


@query(roles=STAFF | SYSTEM)
def latest(look: Look, limit: int = 8) -> list[Any]:
    """The newest checkpoints, newest first."""
    return list(look.conn.execute(select(k).order_by(k.c.id.desc()).limit(limit)))

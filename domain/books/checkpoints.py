"""A checkpoint seals what was appended so far: transfers with their entries and audit, and flips, in a chain of hashes.

It is drawn under the lock that flips take, so no movement of money is in flight and no entry can still come below it; its
bounds are the parameters of every incremental question. Whoever changes a sealed row breaks the hash of its checkpoint.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from domain import kill_switches
from domain.action import ADMINS, STAFF, SYSTEM, Act, Look, action, query
from domain.audit import AuditEvent
from domain.base import Base, Json, table
from domain.kill_switches import Flip
from domain.ledger import LedgerEntry, Transfer
from domain.wallets import Kind, Wallet

BATCH = 10_000


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
ENTRIES = (
    select(e, t.c.source_id, t.c.destination_id, t.c.amount.label("moved"), t.c.epoch, t.c.actor, t.c.act_id, t.c.at)
    .join(t, t.c.key == e.c.transfer_key)
    .where(e.c.id > bindparam("after"), e.c.id <= bindparam("upto"))
    .order_by(e.c.id)
    .limit(BATCH)
)
EVENTS = (
    select(a.c.act_id, a.c.actor, a.c.action, a.c.noun, a.c.subject, a.c.refusal)
    .where(a.c.act_id.in_(bindparam("acts", expanding=True)))
    .order_by(a.c.id)
)
FLIPS = select(f).where(f.c.epoch > bindparam("after"), f.c.epoch <= bindparam("upto")).order_by(f.c.epoch)
HOUSE = (
    select(e.c.wallet_id, func.sum(e.c.amount).label("total"))
    .where(
        e.c.wallet_id.in_(select(w.c.id).where(w.c.kind.in_([Kind.fees, Kind.external, Kind.suspense, Kind.losses]))),
        e.c.id > bindparam("after"),
    )
    .group_by(e.c.wallet_id)
)
BALANCES = select(w.c.id, w.c.balance).where(w.c.kind.in_([Kind.fees, Kind.external, Kind.suspense, Kind.losses]))


def last(look: Look) -> Any:
    """The newest checkpoint, or None."""
    return look.conn.execute(LAST).one_or_none()


def _lines(look: Look, entry: tuple[int, int], epoch: tuple[int, int]) -> Iterator[str]:
    """What a checkpoint seals, one line a row: entries with their transfers, the audit of their acts, flips."""
    after, upto = entry
    while rows := look.conn.execute(ENTRIES, {"after": after, "upto": upto}).all():
        for row in rows:
            yield json.dumps([str(value) for value in row], ensure_ascii=False)
        for event in look.conn.execute(EVENTS, {"acts": sorted({row.act_id for row in rows})}):
            yield json.dumps([str(value) for value in event], ensure_ascii=False)
        after = rows[-1].id
    for flip in look.conn.execute(FLIPS, {"after": epoch[0], "upto": epoch[1]}):
        yield json.dumps([str(value) for value in flip], ensure_ascii=False)


def _seal(look: Look, previous: str, entry: tuple[int, int], epoch: tuple[int, int]) -> tuple[str, int]:
    digest, count = hashlib.sha256(previous.encode()), 0
    for line in _lines(look, entry, epoch):
        digest.update(line.encode())
        count += 1
    return digest.hexdigest(), count


def broken(look: Look, *, only_last: bool) -> list[int]:
    """The checkpoints whose rows are no longer what was sealed; with `only_last` the newest alone is computed again."""
    found, before = [], (0, 0, "")
    points = look.conn.execute(ALL).all()
    for number, point in enumerate(points):
        if not only_last or number == len(points) - 1:
            seal, _ = _seal(look, before[2], (before[0], point.entry_id), (before[1], point.epoch))
            if seal != point.hash or point.previous != before[2]:
                found.append(point.id)
        before = (point.entry_id, point.epoch, point.hash)
    return found


def house_differences(look: Look, point: Any) -> dict[str, int]:
    """For each wallet of the house, by how much its balance differs from the sum at the checkpoint and the entries since."""
    since = {row.wallet_id: int(row.total) for row in look.conn.execute(HOUSE, {"after": point.entry_id})}
    differences = {
        row.id: row.balance - point.house.get(row.id, 0) - since.get(row.id, 0) for row in look.conn.execute(BALANCES)
    }
    return {wallet: difference for wallet, difference in differences.items() if difference}


@action("books.checkpoint", roles=ADMINS | SYSTEM, gates=())
def checkpoint(act: Act) -> int | None:
    """Seals everything up to now; answers the number of the checkpoint, or None if nothing is new."""
    kill_switches.lock(act)
    before = last(act)
    entry, epoch, previous = (before.entry_id, before.epoch, before.hash) if before else (0, 0, "")
    newest = act.conn.execute(select(func.coalesce(func.max(e.c.id), 0))).scalar_one()
    flips = act.conn.execute(kill_switches.LAST).scalar_one()
    if (newest, flips) == (entry, epoch):
        return None
    seal, _ = _seal(act, previous, (entry, newest), (epoch, flips))
    sums = dict(before.house) if before else {}
    for wallet, total in act.conn.execute(HOUSE, {"after": entry}):
        sums[wallet] = sums.get(wallet, 0) + int(total)
    entries = act.conn.execute(select(func.count()).select_from(e).where(e.c.id > entry, e.c.id <= newest)).scalar_one()
    row = {"entry_id": newest, "epoch": flips, "entries": entries, "house": sums, "hash": seal, "previous": previous}
    made = act.conn.execute(
        insert(k).values(row | {"actor": act.actor.name, "at": act.now}).returning(k.c.id)
    ).scalar_one()
    act.record("checkpoints", made, entry=newest, epoch=flips, hash=seal)
    return int(made)


@query(roles=STAFF | SYSTEM)
def latest(look: Look, limit: int = 8) -> list[Any]:
    """The newest checkpoints, newest first."""
    return list(look.conn.execute(select(k).order_by(k.c.id.desc()).limit(limit)))

"""A digest tells the admins once a day what happened the day before, in UTC, and how the house stands.

A day is told once, however many processes there are: its row is the key, written with the notices. What was told is kept as it
was told. A day on which the house did not exist yet is nobody's; of several days of silence only the last is told.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from domain import books, escrow, kill_switches, notices, post_jobs
from domain.action import STAFF, SYSTEM, Act, Look, action, query
from domain.audit import AuditEvent
from domain.base import Base, table
from domain.heartbeats import Heartbeat
from domain.ledger import Reason, Transfer
from domain.post_jobs import PostJob
from domain.post_jobs import Status as JobStatus

DAY = timedelta(days=1)


class Digest(Base):
    __tablename__ = "digests"

    day: Mapped[str] = mapped_column(primary_key=True)
    """The day it tells of, like 2026-03-01."""
    told: Mapped[dict[str, Any]]
    at: Mapped[datetime]


@dataclass(frozen=True)
class Told:
    """The figures of a day. Amounts are minor units; `held` and all that follows it is of the moment of telling."""

    day: str
    bookings: int
    booked: int
    published: int
    failed: int
    payouts: int
    paid: int
    refunds: int
    refunded: int
    fees: int
    deposits: int
    deposited: int
    refusals: int
    held: int
    held_amount: int
    uncertain: int
    review: int
    halted: list[str]
    offences: int
    checked: str | None
    """When the whole of the books was last looked at."""
    owed: int | None = None
    """What people are owed; None where Telegram did not say what the bot holds."""
    cover: int | None = None
    """What is held above it; below zero something is missing."""


g, t, a, j, h = (table(row) for row in (Digest, Transfer, AuditEvent, PostJob, Heartbeat))
LAST = select(func.max(g.c.day))
KNOWN = select(func.count()).where(g.c.day == bindparam("day"))
FIRST = select(a.c.at).order_by(a.c.id).limit(1)
MOVED = (
    select(t.c.reason, func.count().label("many"), func.sum(t.c.amount).label("amount"))
    .where(t.c.at >= bindparam("begin"), t.c.at < bindparam("end"))
    .group_by(t.c.reason)
)
PUBLISHED = select(func.count()).where(j.c.published_at >= bindparam("begin"), j.c.published_at < bindparam("end"))
FAILED = select(func.count()).where(
    j.c.status == JobStatus.failed, j.c.ended_at >= bindparam("begin"), j.c.ended_at < bindparam("end")
)
REFUSALS = select(func.count()).where(a.c.refusal.is_not(None), a.c.at >= bindparam("begin"), a.c.at < bindparam("end"))
UNCERTAIN = select(func.count()).where(j.c.status == JobStatus.uncertain)
CHECKED = select(h.c.at).where(h.c.name == "ledger")


def midnight(at: datetime) -> datetime:
    """The beginning of a moment's day, in UTC."""
    return datetime.combine(at.astimezone(UTC).date(), time(), UTC)


@query(roles=SYSTEM)
def due(look: Look) -> str | None:
    """The day that is to be told of now, or None."""
    today = midnight(look.now)
    day = (today - DAY).date().isoformat()
    if look.now < today + timedelta(hours=look.terms.digest_hour):
        return None
    first, last = look.conn.execute(FIRST).scalar(), look.conn.execute(LAST).scalar()
    return None if first is None or first >= today or (last or "") >= day else day


@query(roles=STAFF | SYSTEM)
def figures(look: Look, day: str, stars: int | None = None) -> Told:
    """What happened on that day, and how things stand. `stars` is what Telegram says the bot has."""
    begin = datetime.combine(datetime.fromisoformat(day), time(), UTC)
    span = {"begin": begin, "end": begin + DAY}
    moved = {row.reason: (row.many, int(row.amount)) for row in look.conn.execute(MOVED, span)}

    def of(reason: Reason) -> tuple[int, int]:
        return moved.get(reason, (0, 0))

    held, held_amount, _ = escrow.overview(look)
    checked = look.conn.execute(CHECKED).scalar()
    reserves = None if stars is None else books.reserves(look, stars)
    return Told(
        day=day,
        bookings=of(Reason.escrow_hold)[0],
        booked=of(Reason.escrow_hold)[1],
        published=look.conn.execute(PUBLISHED, span).scalar_one(),
        failed=look.conn.execute(FAILED, span).scalar_one(),
        payouts=of(Reason.payout)[0],
        paid=of(Reason.payout)[1],
        refunds=of(Reason.refund)[0],
        refunded=of(Reason.refund)[1] + of(Reason.rebate)[1],
        fees=of(Reason.fee)[1],
        deposits=of(Reason.deposit)[0],
        deposited=of(Reason.deposit)[1],
        refusals=look.conn.execute(REFUSALS, span).scalar_one(),
        held=held,
        held_amount=held_amount,
        uncertain=look.conn.execute(UNCERTAIN).scalar_one(),
        review=post_jobs.in_review(look),
        halted=[state.key for state in kill_switches.board(look) if not state.enabled],
        offences=len(books.check_books(look, incremental=True)),
        checked=checked.isoformat() if checked else None,
        owed=reserves.owed if reserves else None,
        cover=reserves.cover if reserves else None,
    )


@action("digests.tell", roles=SYSTEM, gates=())
def tell(act: Act, told: Told) -> bool:
    """Owes the digest of a day to every admin. A day that was told is told no more: then False."""
    if act.conn.execute(KNOWN, {"day": told.day}).scalar():
        return False
    act.conn.execute(insert(g), {"day": told.day, "told": asdict(told), "at": act.now})
    notices.owe_admins(act, "digest", None, asdict(told))
    act.record("digests", told.day)
    return True

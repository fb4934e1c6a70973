"""Every tick says that it ran, and what it did or why it skipped. A heartbeat is no domain fact: it is overwritten."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, literal, select, update
from sqlalchemy.orm import Mapped, mapped_column

from domain import sets
from domain.action import STAFF, SYSTEM, Act, Look, action, query
from domain.base import Base, table


class Heartbeat(Base):
    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    since: Mapped[datetime]
    """Since when it has run without a gap."""
    said: Mapped[str]


GAP = timedelta(seconds=90)
"""A tick that said nothing for so long has stood still. It beats three times as often."""
h = table(Heartbeat)
THERE = select(h.c.name).where(h.c.name == bindparam("named"))
FREE = THERE.with_for_update(skip_locked=True)
"""Nobody waits for a beat, least of all for one of a process that stands still in the middle of it."""


@action("heartbeats.beat", roles=SYSTEM, gates=())
def beat(act: Act, name: str, said: str) -> None:
    """This tick ran just now. Another process that is saying the same at this moment has said it."""
    row = {"at": act.now, "since": act.now, "said": said}
    again = row | {"since": case((h.c.at < act.now - GAP, literal(act.now, h.c.since.type)), else_=h.c.since)}
    named = {"named": name}
    beaten = act.conn.execute(update(h).where(h.c.name.in_(FREE)).values(again), named).rowcount
    if not beaten and not act.conn.execute(THERE, named).first():
        sets.insert(act.conn, h, [{"name": name} | row], unless_there="name")


def silent(heard: Mapping[str, datetime], periods: Mapping[str, timedelta], now: datetime) -> list[str]:
    """The ticks that were not heard for longer than their period and the gap."""
    return [name for name, every in periods.items() if name not in heard or heard[name] < now - every - GAP]


@query(roles=STAFF | SYSTEM)
def latest(look: Look) -> dict[str, tuple[datetime, str]]:
    """When each tick last ran, and what it said."""
    return {row.name: (row.at, row.said) for row in look.conn.execute(select(h))}

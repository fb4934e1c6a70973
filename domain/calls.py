"""How Telegram answers, minute by minute: so many calls, so many that it could not take. Every process adds its own.

Counted as errors are 401, 5xx, what nobody can read, time-outs and broken connections. A 429 is pacing and any other 4xx an
answer: both count as calls. What is older than a day is forgotten.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from domain.action import STAFF, SYSTEM, Act, Look, action, query
from domain.base import Base, table

KEPT = timedelta(days=1)
MINUTE = timedelta(minutes=1)


class CallMinute(Base):
    __tablename__ = "call_minutes"

    minute: Mapped[datetime] = mapped_column(primary_key=True)
    calls: Mapped[int]
    errors: Mapped[int]


m = table(CallMinute)
FORGET = delete(m).where(m.c.minute < bindparam("before"))
SINCE = (
    select(m.c.minute, m.c.calls, m.c.errors)
    .where(m.c.minute >= bindparam("since"), m.c.minute <= bindparam("now"))
    .order_by(m.c.minute)
)


def minute_of(at: datetime) -> datetime:
    """The minute that a moment lies in."""
    return at.replace(second=0, microsecond=0)


@action("calls.count", roles=SYSTEM, gates=())
def count(act: Act, minutes: Mapping[datetime, tuple[int, int]]) -> None:
    """Adds (calls, errors) to each minute. Several processes add to the same ones."""
    dialect = postgresql if act.conn.dialect.name == "postgresql" else sqlite
    more = dialect.insert(m)
    added = more.on_conflict_do_update(
        index_elements=["minute"],
        set_={"calls": m.c.calls + more.excluded.calls, "errors": m.c.errors + more.excluded.errors},
    )
    rows = [{"minute": at, "calls": calls, "errors": errors} for at, (calls, errors) in sorted(minutes.items())]
    if rows:
        act.conn.execute(added, rows)
        act.conn.execute(FORGET, {"before": act.now - KEPT})


@query(roles=STAFF | SYSTEM)
def lately(look: Look, since: datetime) -> dict[datetime, tuple[int, int]]:
    """(calls, errors) of each minute from that of `since` on; a minute without calls is not there."""
    rows = look.conn.execute(SINCE, {"since": minute_of(since), "now": look.now})
    return {row.minute: (row.calls, row.errors) for row in rows}

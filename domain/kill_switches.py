"""A kill switch is a named permission, ENABLED or HALTED. There are no defaults: what is missing or unreadable is HALTED.

A flip is final: once it has answered, nothing it forbids commits. A gated transaction reads its switches with FOR SHARE; a
flip first takes the whole table, so it waits for those in flight and those who come later wait for it. Flips are rows,
numbered by one global epoch; a trigger turns the newest into the state of its switch, so a switch cannot change without its
history. Halting takes effect at once and is for operators too; resuming is for admins. Neither forgets the limit that a switch
carries: only whoever says so sets another one or none.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Select, bindparam, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from domain import countersigns
from domain.action import ADMINS, ANYONE, STAFF, SYSTEM, Act, Limit, Look, Switch, action, query
from domain.base import Base, Member, one_of, table
from domain.errors import Halted, OutOfRange, Refused
from domain.money import MOST, BadAmount, check_amount
from domain.users import MOST_REASON, check_reason

UNLIMITED = Limit()
NO_REASON = "no reason given"
LOCK_SECONDS = 15
"""How long a flip waits for transactions in flight before it gives up loudly: longer than PostgreSQL waits for a process of ours
that stands still in the middle of one (`storage.roles.PATIENCE`)."""


class KillSwitch(Base):
    __tablename__ = "kill_switches"
    __table_args__ = (one_of("key", Switch), Base.__table_args__)

    key: Mapped[Switch] = mapped_column(Member(Switch), primary_key=True)
    enabled: Mapped[bool]
    epoch: Mapped[int] = mapped_column(ForeignKey("kill_switch_flips.epoch"))
    max_amount: Mapped[int | None]
    max_open: Mapped[int | None]


class Flip(Base):
    __tablename__ = "kill_switch_flips"
    __table_args__ = (
        one_of("key", Switch),
        CheckConstraint("epoch > 0", name="epoch"),
        CheckConstraint("max_amount > 0 AND max_open > 0", name="limits"),
        Base.__table_args__,
    )

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[Switch] = mapped_column(Member(Switch))
    enabled: Mapped[bool]
    max_amount: Mapped[int | None]
    max_open: Mapped[int | None]
    reason: Mapped[str]
    actor: Mapped[str]
    act_id: Mapped[str]
    at: Mapped[datetime]


@dataclass(frozen=True)
class State:
    """One line of the board. `known` is False where the row is missing: then the switch is HALTED."""

    key: Switch
    enabled: bool
    known: bool
    reason: str | None = None
    actor: str | None = None
    at: datetime | None = None
    limit: Limit = UNLIMITED


s, f = table(KillSwitch), table(Flip)
READ = select(s).where(s.c.key.in_(bindparam("keys", expanding=True))).order_by(s.c.key).with_for_update(read=True)
HOW = select(s.c.key, s.c.enabled, f.c.max_amount, f.c.max_open).join(f, f.c.epoch == s.c.epoch)
"""All that a flip reads: a halt must not fail by what else the row of a switch, or of its latest flip, may say."""
STANDING = HOW.add_columns(f.c.reason, f.c.actor, f.c.at)
FLIP = insert(f)
LAST = select(func.coalesce(func.max(f.c.epoch), 0))
EPOCH = select(s.c.epoch).where(s.c.key == bindparam("key"))


def check(act: Act, gates: tuple[Switch, ...]) -> None:
    """Reads the switches of an act in its transaction; refuses by the first that does not permit it."""
    if not gates:
        return
    try:
        rows = {row.key: row for row in act.conn.execute(READ, {"keys": list(gates)})}
    except SQLAlchemyError as unreadable:
        raise Refused(Halted(gates[0])) from unreadable
    for key in gates:
        if key not in rows or rows[key].enabled is not True:
            raise Refused(Halted(key))
        act.limits[key] = limit_of(rows[key])
    act.epoch = max(row.epoch for row in rows.values())


def lock(act: Act) -> None:
    """Waits for every gated transaction in flight and holds up those to come, until this one ends. Gives up after a while."""
    if act.conn.dialect.name == "postgresql":
        act.conn.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
        act.conn.execute(text("LOCK TABLE kill_switches IN EXCLUSIVE MODE"))


def standing(act: Act, keys: Iterable[Switch], what: Select[Any] = STANDING) -> dict[Switch, Any]:
    """The rows of these switches with their latest flips, as they stay until this transaction flips them or ends."""
    lock(act)
    rows = what.where(s.c.key.in_(list(keys)))
    return {row.key: row for row in act.conn.execute(rows)}


def limit_of(row: Any) -> Limit:
    """What the row of a switch, or of a flip, permits at most; a missing one carries no limit."""
    return UNLIMITED if row is None else Limit(row.max_amount, row.max_open)


def flip(act: Act, keys: list[Switch], reason: str, *, enabled: bool, limit: Limit | None = None) -> list[Switch]:
    """Writes flips under the table's lock; a switch that already stands so is left alone. Answers the keys that changed.

    Each keeps the limit that it carries, unless one is given.
    """
    keys = list(dict.fromkeys(keys))
    now = standing(act, keys, HOW)
    limits = {key: limit_of(now.get(key)) if limit is None else limit for key in keys}
    changed = [k for k in keys if k not in now or (now[k].enabled, limit_of(now[k])) != (enabled, limits[k])]
    epoch = act.conn.execute(LAST).scalar_one()
    rows = [
        {
            "epoch": epoch + step,
            "key": key,
            "enabled": enabled,
            **asdict(limits[key]),
            "reason": reason,
            "actor": act.actor.name,
            "act_id": act.id,
            "at": act.now,
        }
        for step, key in enumerate(changed, 1)
    ]
    if rows:
        act.conn.execute(FLIP, rows)
    for row in rows:
        act.record("kill_switches", row["key"], enabled=enabled, reason=reason, epoch=row["epoch"])
    return changed


@action("kill_switches.init", roles=ADMINS | SYSTEM, gates=())
def init(act: Act) -> list[Switch]:
    """Makes the rows that are missing, all HALTED; those that exist stay as they are."""
    lock(act)
    there = set(act.conn.scalars(select(s.c.key)))
    missing = [key for key in Switch if key not in there]
    return flip(act, missing, "init", enabled=False) if missing else []


@action("kill_switches.halt", roles=STAFF | SYSTEM, gates=())
def halt(act: Act, keys: list[Switch], reason: str) -> list[Switch]:
    """Forbids at once; a limit stays where it is. Answers the switches that were not halted before.

    Whoever halts is in a hurry: no reason is refused, a long one is cut, and a missing one is told as such.
    """
    return flip(act, keys, of_halt(reason), enabled=False)


def of_halt(reason: str) -> str:
    """What is kept of the reason for a halt."""
    return reason.strip()[:MOST_REASON] or NO_REASON


@action("kill_switches.resume", roles=ADMINS, gates=())
def resume(
    act: Act, keys: list[Switch], reason: str, limit: Limit | None = None, countersign: int | None = None
) -> list[Switch]:
    """Permits again, within the limit that the switch carries, or within this one (`UNLIMITED` is none).

    Answers the switches that changed. A limit is a whole number of at least 1, or none: whoever wants nothing at all halts.
    `money_movement` needs a countersign, where it would change: under that it ends this very halt, and no later one.
    """
    reason = check_reason(reason)
    for most in (limit.max_amount, limit.max_open) if limit else ():
        check_most(most)
    if Switch.money_movement in keys and _would_change(act, Switch.money_movement, limit):
        given = {
            "keys": [str(key) for key in keys],
            "reason": reason,
            "limit": None if limit is None else asdict(limit),
            "epoch": act.conn.execute(EPOCH, {"key": Switch.money_movement}).scalar(),
        }
        countersigns.require(act, given, countersign)
    return flip(act, keys, reason, enabled=True, limit=limit)


def _would_change(act: Act, key: Switch, limit: Limit | None) -> bool:
    """Would resuming it permit anything that is not permitted yet? Nobody is asked to sign for nothing."""
    now = standing(act, [key], HOW).get(key)
    return now is None or now.enabled is not True or (limit is not None and limit_of(now) != limit)


def check_most(most: int | None) -> None:
    """What a limit may say."""
    try:
        if most is not None:
            check_amount(most)
    except BadAmount:
        raise Refused(OutOfRange("limit", 1, MOST)) from None


@query(roles=STAFF | SYSTEM)
def board(look: Look) -> list[State]:
    """All switches, those without a row too, with the latest flip of each."""
    rows = {row.key: row for row in look.conn.execute(STANDING)}
    return [
        State(key, row.enabled is True, True, row.reason, row.actor, row.at, limit_of(row))
        if (row := rows.get(key))
        else State(key, enabled=False, known=False)
        for key in Switch
    ]


@query(roles=ANYONE | STAFF | SYSTEM)
def permits(look: Look, keys: tuple[Switch, ...]) -> Switch | None:
    """The first of `keys` that forbids just now, or None. For ticks that skip and screens that warn; no gate."""
    enabled = set(look.conn.scalars(select(s.c.key).where(s.c.key.in_(list(keys)), s.c.enabled)))
    return next((key for key in keys if key not in enabled), None)

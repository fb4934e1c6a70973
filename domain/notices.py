"""A notice is a message owed to a user. It is written with the change that causes it and sent afterwards, at least once.

So nobody is told of what did not happen, and nobody who is owed word is forgotten by a crash. `about` is the placement, deposit
or channel it speaks of; `kind` is the Fluent key of its text (`notice-<kind>`). A notice to somebody who cannot be reached is
dropped, not retried.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Select, bindparam, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from domain import flow, sets
from domain.action import SYSTEM, Act, Asked, Look, Outcomes, action, query, set_action
from domain.base import Base, Member, index_of, is_one, one_of, table
from domain.users import User

URGENT = ("rollback", "countersign")
"""The kinds that somebody has to act on at once: they wait for no other notice, and go out as a reply does."""

HEAD = 2000
"""So many of those that wait are looked at first: with more behind them, it does not matter how many."""


class Status(StrEnum):
    owed = "owed"
    """Written, not yet sent."""
    sent = "sent"
    """Telegram took it; the message's id is kept for later edits."""
    dropped = "dropped"
    """It cannot be delivered: the user blocked the bot."""


FLOW = {
    Status.owed: frozenset({Status.sent, Status.dropped}),
    Status.sent: frozenset[Status](),
    Status.dropped: frozenset[Status](),
}


class Notice(Base):
    __tablename__ = "notices"
    __table_args__ = (
        one_of("status", Status),
        index_of("ix_notices_owed", "due_at", where="status = 'owed'"),
        Index("ix_notices_about", "kind", "about"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    about: Mapped[int | None]
    args: Mapped[dict[str, Any]]
    status: Mapped[Status] = mapped_column(Member(Status), default=Status.owed)
    attempts: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[int | None]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    check_status = flow.follows(FLOW)


flow.guard(Notice, FLOW, Status.owed)

n, u = table(Notice), table(User)
SENT = (
    update(n)
    .where(n.c.id == bindparam("notice"), n.c.status == Status.owed)
    .values(status=Status.sent, message_id=bindparam("message"), ended_at=bindparam("at"))
)
DROPPED = flow.move(Notice, Status.dropped, FLOW, ended_at=bindparam("now"))


def owe(act: Act, notices: Iterable[tuple[int, str, int | None, dict[str, Any]]]) -> None:
    """Writes notices (user, kind, about, arguments) in the transaction of the act that causes them."""
    new = [
        {
            "user_id": user_id,
            "kind": kind,
            "about": about,
            "args": args,
            "status": Status.owed,
            "attempts": 0,
            "created_at": act.now,
            "due_at": act.now,
        }
        for user_id, kind, about, args in notices
    ]
    sets.insert(act.conn, n, new)
    act.owes |= bool(new)


def owe_both(act: Act, kind: str, sides: Iterable[Any], args: dict[str, Any]) -> None:
    """The same to the advertiser and the publisher of each placement; `sides` have id, title, advertiser_id, publisher_id."""
    both = [(row, user_id) for row in sides for user_id in (row.advertiser_id, row.publisher_id)]
    owe(act, [(user_id, kind, row.id, {"channel": row.title} | args) for row, user_id in both])


def owe_admins(act: Act, kind: str, about: int | None, args: dict[str, Any]) -> None:
    """The same to every admin who has met the bot, but the one who acts."""
    owe_admins_each(act, kind, [(about, args)])


def owe_admins_each(act: Act, kind: str, things: Sequence[tuple[int | None, dict[str, Any]]]) -> None:
    """A notice of each of these things (about, arguments) to every admin."""
    _owe_each(act, kind, things, admins(act) if things else [])


def owe_staff(act: Act, kind: str, about: int | None, args: dict[str, Any]) -> None:
    """The same to the admins and the operators."""
    owe_staff_each(act, kind, [(about, args)])


def owe_staff_each(act: Act, kind: str, things: Sequence[tuple[int | None, dict[str, Any]]]) -> None:
    """A notice of each of these things to the admins and the operators."""
    _owe_each(act, kind, things, staff(act) if things else [])


def _owe_each(act: Act, kind: str, things: Sequence[tuple[int | None, dict[str, Any]]], whom: list[int]) -> None:
    told = [one for one in whom if not act.actor.is_user(one)]
    owe(act, [(one, kind, about, args) for about, args in things for one in told])


def staff(act: Act) -> list[int]:
    """The admins and operators who have met the bot and can be reached; whoever is blocked is no operator."""
    operators = select(u.c.id).where(u.c.is_operator, u.c.blocked_at.is_(None), u.c.unreachable_at.is_(None))
    return sorted({*admins(act), *act.conn.scalars(operators)})


def admins(act: Act) -> list[int]:
    """The admins who have met the bot and can be reached."""
    known = select(u.c.id).where(u.c.id.in_(sorted(act.admins)), u.c.unreachable_at.is_(None))
    return list(act.conn.scalars(known.order_by(u.c.id)))


@set_action("notices.sent", roles=SYSTEM, gates=())
def sent(act: Act, asked: Asked[int], message_ids: dict[int, int | None]) -> Outcomes[int, None]:
    """The notices that Telegram took, with the ids of their messages."""
    act.conn.execute(SENT, [{"notice": i, "message": message_ids.get(i), "at": act.now} for i in asked])
    for notice_id in asked:
        act.record("notices", notice_id)
    return Outcomes(dict.fromkeys(asked))


@set_action("notices.drop", roles=SYSTEM, gates=())
def drop(act: Act, asked: Asked[int]) -> Outcomes[int, None]:
    """The notices that cannot be delivered."""
    act.conn.execute(DROPPED, {"ids": list(asked), "now": act.now})
    for notice_id in asked:
        act.record("notices", notice_id)
    return Outcomes(dict.fromkeys(asked))


@action("notices.postpone", roles=SYSTEM, gates=())
def postpone(act: Act, notice_id: int, delay: timedelta) -> None:
    """Not now: tried again after `delay`."""
    t = update(n).where(n.c.id == notice_id, n.c.status == Status.owed)
    act.conn.execute(t.values(due_at=act.now + delay, attempts=n.c.attempts + 1))


@query(roles=SYSTEM)
def owed(look: Look, limit: int = 100, each: int = 3, *, urgent: bool = False) -> list[Notice]:
    """What is to be sent now, oldest first; to one user no more than `each`, so that nobody's pile keeps others waiting."""
    kind = n.c.kind.in_(URGENT) if urgent else n.c.kind.not_in(URGENT)
    waiting = select(n.c.id, n.c.user_id).where(is_one(n.c.status, Status.owed), n.c.due_at <= look.now, kind)
    found = look.conn.execute(_in_turn(waiting.order_by(n.c.due_at, n.c.id).limit(HEAD), each, limit)).all()
    if found and len(found) < limit and found[0].among == HEAD:  # a few have piled up the head of the line
        found = look.conn.execute(_in_turn(waiting, each, limit)).all()
    return [Notice(**{column.name: getattr(row, column.name) for column in n.c}) for row in found]


def _in_turn(waiting: Select[Any], each: int, limit: int) -> Select[Any]:
    """Of these notices the oldest, and among how many they were chosen."""
    line = waiting.subquery()
    turn = func.row_number().over(partition_by=line.c.user_id, order_by=line.c.id).label("turn")
    due = select(line.c.id, turn, func.count().over().label("among")).subquery()
    chosen = select(due.c.id, due.c.among).where(due.c.turn <= each).order_by(due.c.id).limit(limit).subquery()
    return select(n, chosen.c.among).join(chosen, chosen.c.id == n.c.id).order_by(n.c.id)


@query(roles=SYSTEM)
def next_due(look: Look) -> datetime | None:
    """When the next notice that waits is to be tried again."""
    later = (n.c.status == Status.owed) & (n.c.due_at > look.now)
    at: datetime | None = look.conn.scalar(select(func.min(n.c.due_at)).where(later))
    return at


@query(roles=SYSTEM)
def sent_about(look: Look, kind: str, about: int) -> list[Notice]:
    """The messages already sent of one kind about one thing, to edit them."""
    found = select(n).where(n.c.kind == kind, n.c.about == about, n.c.status == Status.sent).order_by(n.c.id)
    return [Notice(**row._mapping) for row in look.conn.execute(found)]

"""Which withdrawals there are: one's own, and those that wait for the staff."""

from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, select

from domain.action import ANYONE, STAFF, SYSTEM, Look, query
from domain.base import table
from domain.users import User
from domain.withdrawals.row import IS_OPEN, Withdrawal, x

u = table(User)
NAMED = select(x, u.c.name, u.c.blocked_at).join(u, u.c.id == x.c.user_id)


def _shown(*, ended: bool) -> ColumnElement[bool]:
    """Written out, so that either database knows that the partial index will do."""
    return literal_column(f"NOT ({IS_OPEN})" if ended else f"({IS_OPEN})")


@query(roles=STAFF | SYSTEM)
def get(look: Look, withdrawal_id: int) -> Any | None:
    """With its person's name, and since when they are blocked."""
    return look.conn.execute(NAMED.where(x.c.id == withdrawal_id)).one_or_none()


@query(roles=STAFF | SYSTEM)
def listed(look: Look, offset: int = 0, limit: int = 10, *, ended: bool = False) -> list[Any]:
    """A page of those that are open, the oldest first; or of the ended ones, the newest first."""
    found = NAMED.where(_shown(ended=ended)).order_by(x.c.id.desc() if ended else x.c.id)
    return list(look.conn.execute(found.offset(offset).limit(limit)))


@query(roles=STAFF | SYSTEM)
def counted(look: Look, *, ended: bool = False) -> int:
    """How many there are of them."""
    return look.conn.execute(select(func.count()).select_from(x).where(_shown(ended=ended))).scalar_one()


@query(roles=ANYONE)
def mine(look: Look, offset: int = 0, limit: int = 10) -> list[Withdrawal]:
    """A page of one's own, the newest first."""
    found = select(x).where(x.c.user_id == look.actor.user_id).order_by(x.c.id.desc()).offset(offset).limit(limit)
    return [Withdrawal(**row._mapping) for row in look.conn.execute(found)]


@query(roles=ANYONE)
def mine_counted(look: Look) -> int:
    return look.conn.execute(select(func.count()).where(x.c.user_id == look.actor.user_id)).scalar_one()


@query(roles=ANYONE)
def mine_one(look: Look, withdrawal_id: int) -> Withdrawal | None:
    """One of one's own; None for another's, as if there were none."""
    found = select(x).where(x.c.id == withdrawal_id, x.c.user_id == look.actor.user_id)
    row = look.conn.execute(found).one_or_none()
    return None if row is None else Withdrawal(**row._mapping)

"""Reserves: does what the bot holds cover what it owes? The Stars at Telegram plus what is declared to lie outside."""

from dataclasses import dataclass

from sqlalchemy import func, select

from domain.action import STAFF, SYSTEM, Look, query
from domain.payments import Status, d
from domain.wallets import Kind, w

RECEIVED = select(func.coalesce(func.sum(d.c.amount), 0)).where(
    d.c.status == Status.received, d.c.taken_back_at.is_(None)
)


@dataclass(frozen=True)
class Reserves:
    """Minor units: what people are owed by kind of wallet or before it has reached one, what is held, and the difference."""

    users: int
    escrows: int
    withdrawals: int
    fees: int
    received: int
    """What Telegram took and is not credited yet, nor taken back."""
    suspense: int
    """Whose place is being looked for: it may be somebody's."""
    held: int

    @property
    def owed(self) -> int:
        return self.users + self.escrows + self.withdrawals + self.received + self.suspense

    @property
    def cover(self) -> int:
        """Above zero: more is held than owed."""
        return self.held - self.owed


@query(roles=STAFF | SYSTEM)
def reserves(look: Look, held: int, outside: int = 0) -> Reserves:
    """`held` is what Telegram says the bot has; `outside` what the house declares to keep elsewhere."""
    rows = look.conn.execute(select(w.c.kind, func.sum(w.c.balance).label("total")).group_by(w.c.kind))
    sums = {row.kind: int(row.total) for row in rows}
    return Reserves(
        users=sums.get(Kind.user, 0),
        escrows=sums.get(Kind.escrow, 0),
        withdrawals=sums.get(Kind.withdrawal, 0),
        fees=sums.get(Kind.fees, 0),
        received=int(look.conn.execute(RECEIVED).scalar_one()),
        suspense=sums.get(Kind.suspense, 0),
        held=held + outside,
    )

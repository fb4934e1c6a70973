"""Earnings: what a user may withdraw. Telegram lets the house have Stars only after a while, and so a payout matures.

What may be withdrawn is never more than the balance, and never more than the matured payouts less what was withdrawn of them:
money that was topped up can be spent, and not withdrawn. What admins took out again lowers it too, whatever was topped up since.

Stars that were taken back from outside were topped up first, and so they do not: a deposit and its reversal are together as if
neither had been. Where they were spent, the reversal takes what was earned instead, and the balance bounds what is left; whoever
then pays in anew has paid for what they spent, and their earnings are whole again. So it is with what the house lost by such a
reversal, when admins take that from the wallet later. All amounts are minor units.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from domain import wallets
from domain.action import ANYONE, STAFF, SYSTEM, Look, query
from domain.base import is_one
from domain.ledger import IS_OWN, Reason, e, t
from domain.money import XTR
from domain.payments.losses import BY_ADMINS, loss_of
from domain.wallets import w


@dataclass(frozen=True)
class Earnings:
    """A user's payouts. `maturing` is still too young; the first of it matures at `matures_at`."""

    balance: int
    matured: int
    withdrawn: int
    maturing: int
    matures_at: datetime | None
    taken: int = 0
    """What people took out by adjustments, beyond what they put in, what was added without a transfer and what made
    good a loss of the house."""

    @property
    def available(self) -> int:
        """What may be withdrawn now."""
        return max(0, min(self.balance, self.matured - self.withdrawn - self.taken))


def _sum(*which: Any) -> Any:
    return func.coalesce(func.sum(e.c.amount).filter(*which), 0)


SUMS = (
    select(
        _sum(IS_OWN, t.c.reason == Reason.payout).label("earned"),
        (-_sum(IS_OWN, t.c.reason.in_([Reason.withdrawal_hold, Reason.withdrawal_return]))).label("withdrawn"),
        (-_sum(~IS_OWN | BY_ADMINS)).label("taken"),
    )
    .join(t, t.c.key == e.c.transfer_key)
    .where(e.c.wallet_id == bindparam("wallet"))
)
YOUNG = (
    select(func.coalesce(func.sum(e.c.amount), 0).label("amount"), func.min(t.c.at).label("oldest"))
    .join(t, t.c.key == e.c.transfer_key)
    .where(
        is_one(t.c.reason, Reason.payout),
        t.c.destination_id == bindparam("wallet"),
        t.c.at > bindparam("since"),
        e.c.wallet_id == t.c.destination_id,
        e.c.amount == t.c.amount,
    )
)
"""Found by what came lately, however much lies behind it."""


@query(roles=ANYONE | STAFF | SYSTEM)
def earnings(look: Look, user_id: int, currency: str = XTR) -> Earnings:
    """What this user has earned, what of it has matured, and what was withdrawn."""
    wallet = wallets.user(user_id, currency)
    balance = look.conn.execute(select(w.c.balance).where(w.c.id == wallet)).scalar() or 0
    sums = look.conn.execute(SUMS, {"wallet": wallet}).one()
    young = look.conn.execute(YOUNG, {"wallet": wallet, "since": look.now - look.terms.maturity}).one()
    maturing = int(young.amount)
    matures_at = None if young.oldest is None else young.oldest + look.terms.maturity
    taken = max(0, int(sums.taken))
    if taken:
        taken = max(0, taken - loss_of(look, user_id).made_good)
    return Earnings(balance, int(sums.earned) - maturing, int(sums.withdrawn), maturing, matures_at, taken)

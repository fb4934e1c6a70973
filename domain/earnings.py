"""Earnings: what a user may withdraw. Telegram lets the house have Stars only after a while, and so a payout matures.

What may be withdrawn is never more than the balance, and never more than the matured payouts less what was withdrawn of them:
money that was topped up can be spent, and not withdrawn. All amounts are minor units.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from domain import wallets
from domain.action import ANYONE, STAFF, SYSTEM, Look, query
from domain.ledger import Reason, e, t
from domain.money import XTR
from domain.wallets import w


@dataclass(frozen=True)
class Earnings:
    """A user's payouts. `maturing` is still too young; the first of it matures at `matures_at`."""

    balance: int
    matured: int
    withdrawn: int
    maturing: int
    matures_at: datetime | None

    @property
    def available(self) -> int:
        """What may be withdrawn now."""
        return max(0, min(self.balance, self.matured - self.withdrawn))


SUMS = select(
    func.coalesce(func.sum(e.c.amount).filter(e.c.reason == Reason.payout), 0).label("earned"),
    func.coalesce(
        -func.sum(e.c.amount).filter(e.c.reason.in_([Reason.withdrawal_hold, Reason.withdrawal_return])), 0
    ).label("withdrawn"),
).where(e.c.wallet_id == bindparam("wallet"))
YOUNG = (
    select(func.coalesce(func.sum(e.c.amount), 0).label("amount"), func.min(t.c.at).label("oldest"))
    .join(t, t.c.key == e.c.transfer_key)
    .where(e.c.wallet_id == bindparam("wallet"), e.c.reason == Reason.payout, t.c.at > bindparam("since"))
)


@query(roles=ANYONE | STAFF | SYSTEM)
def earnings(look: Look, user_id: int, currency: str = XTR) -> Earnings:
    """What this user has earned, what of it has matured, and what was withdrawn."""
    wallet = wallets.user(user_id, currency)
    balance = look.conn.execute(select(w.c.balance).where(w.c.id == wallet)).scalar() or 0
    sums = look.conn.execute(SUMS, {"wallet": wallet}).one()
    young = look.conn.execute(YOUNG, {"wallet": wallet, "since": look.now - look.terms.maturity}).one()
    maturing = int(young.amount)
    matures_at = None if young.oldest is None else young.oldest + look.terms.maturity
    return Earnings(balance, int(sums.earned) - maturing, int(sums.withdrawn), maturing, matures_at)

"""What the house lost by Stars taken back: where they are set aside or spent when that is heard of, the losses pay for them.

What is set aside may come back to its person's wallet, who then has the Stars twice. No act takes them from there by itself: the
admins are told what is lost and what may still come back, and see what is open where they unblock. What they then move from the
person's wallet to the losses (`books.adjust`) makes it good, as far as it is open. All amounts are minor units.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from domain import wallets
from domain.action import Look
from domain.base import is_one
from domain.ledger import IS_OWN, Reason, e, t
from domain.payments.row import d
from domain.wallets import Kind, w


@dataclass(frozen=True)
class Loss:
    """By the Stars of one person: what the house has not got back, and what was made good."""

    open: int = 0
    made_good: int = 0


@dataclass(frozen=True)
class Aside:
    """What of somebody's money lies in held escrows and in open withdrawals."""

    escrows: int = 0
    withdrawals: int = 0


BY_ADMINS = (t.c.reason == Reason.adjustment) & t.c.reference_id.is_(None)
"""Theirs is about no row; what `payments.reverse` takes is about its deposit."""
LOST = (
    select(e.c.id, t.c.amount)
    .join(t, (t.c.key == e.c.transfer_key) & (t.c.source_id == e.c.wallet_id))
    .join(d, d.c.id == t.c.reference_id)
    .where(d.c.user_id == bindparam("user"), is_one(t.c.reason, Reason.loss))
)
GIVEN = (
    select(e.c.id, -e.c.amount)
    .join(t, t.c.key == e.c.transfer_key)
    .where(
        e.c.wallet_id == bindparam("wallet"),
        IS_OWN,
        BY_ADMINS,
        (t.c.source_id == bindparam("losses")) | (t.c.destination_id == bindparam("losses")),
    )
)
ASIDE = (
    select(e.c.wallet_id, w.c.kind, func.sum(w.c.balance).label("amount"))
    .join(t, t.c.key == e.c.transfer_key)
    .join(w, w.c.id == t.c.destination_id)
    .where(
        e.c.wallet_id.in_(bindparam("wallets", expanding=True)),
        e.c.reason.in_([Reason.escrow_hold, Reason.withdrawal_hold]),
        IS_OWN,
    )
    .group_by(e.c.wallet_id, w.c.kind)
)
"""Found by the wallets that their money went to: each got it once, and is empty when it has ended."""


def loss_of(look: Look, user_id: int) -> Loss:
    """In the order in which it was lost and made good: what admins moved before there was a loss made none good."""
    lost = look.conn.execute(LOST, {"user": user_id}).all()
    if not lost:
        return Loss()
    at = {"wallet": wallets.user(user_id), "losses": wallets.house(Kind.losses)}
    open_ = made_good = 0
    steps = [(number, 0, amount) for number, amount in lost]
    steps += [(number, given, 0) for number, given in look.conn.execute(GIVEN, at)]
    for _, given, more in sorted(steps):
        came = max(-made_good, min(open_ + more, given))
        open_, made_good = open_ + more - came, made_good + came
    return Loss(open_, made_good)


def aside(look: Look, user_ids: Iterable[int]) -> dict[int, Aside]:
    """For each of these people."""
    people = {wallets.user(user_id): user_id for user_id in user_ids}
    sums: dict[str, dict[str, int]] = {wallet: {} for wallet in people}
    for row in look.conn.execute(ASIDE, {"wallets": list(people)}) if people else ():
        sums[row.wallet_id][row.kind] = int(row.amount)
    return {people[wallet]: Aside(of.get(Kind.escrow, 0), of.get(Kind.withdrawal, 0)) for wallet, of in sums.items()}

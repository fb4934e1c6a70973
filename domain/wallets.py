"""A wallet is a balance in one currency. Its id is its address, so nothing waits for a generated number.

    user:7:XTR      what a person has available      escrow:42      the price of placement 42, set aside
    fees:XTR        what the house earned            withdrawal:9   money reserved for withdrawal 9
    external:XTR    the world outside: minus what came in, plus what went out
    suspense:XTR    money whose place is being looked for            losses:XTR   what the house lost

A balance is the sum of the wallet's entries and changes only by a transfer (`ledger`). Only `external` and `losses` may be
below zero.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from domain import sets
from domain.action import ANYONE, STAFF, SYSTEM, Act, Look, query
from domain.base import Base, Member, one_of, table
from domain.money import XTR


class Kind(StrEnum):
    user = "user"
    escrow = "escrow"
    withdrawal = "withdrawal"
    fees = "fees"
    external = "external"
    suspense = "suspense"
    losses = "losses"


MAY_OWE = (Kind.external, Kind.losses)
"""May be below zero."""
OWING = ", ".join(f"'{kind}'" for kind in MAY_OWE)


class Wallet(Base):
    __tablename__ = "wallets"
    __table_args__ = (
        one_of("kind", Kind),
        CheckConstraint(f"balance >= 0 OR kind IN ({OWING})", name="not_negative"),
        CheckConstraint("(owner_id IS NULL) = (kind NOT IN ('user', 'escrow', 'withdrawal'))", name="owner"),
        CheckConstraint(
            "id = CASE kind WHEN 'user' THEN 'user:' || owner_id || ':' || currency"
            " WHEN 'escrow' THEN 'escrow:' || owner_id WHEN 'withdrawal' THEN 'withdrawal:' || owner_id"
            " ELSE kind || ':' || currency END",
            name="address",
        ),
        Index("ix_wallets_owner", "kind", "owner_id"),
        {"postgresql_with": {"fillfactor": 50}} | Base.__table_args__,  # room for the next balance on the same page
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[Kind] = mapped_column(Member(Kind))
    owner_id: Mapped[int | None]
    currency: Mapped[str]
    balance: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


def user(user_id: int, currency: str = XTR) -> str:
    return f"{Kind.user}:{user_id}:{currency}"


def escrow(target_id: int) -> str:
    return f"{Kind.escrow}:{target_id}"


def withdrawal(withdrawal_id: int) -> str:
    return f"{Kind.withdrawal}:{withdrawal_id}"


def house(kind: Kind, currency: str = XTR) -> str:
    return f"{kind}:{currency}"


w = table(Wallet)
LOCK = (
    select(w.c.id, w.c.balance).where(w.c.id.in_(bindparam("ids", expanding=True))).order_by(w.c.id).with_for_update()
)


def lock(act: Act, ids: Iterable[str]) -> dict[str, int]:
    """Locks wallets in the order of their ids and answers their balances; always before transfers are inserted."""
    return {row.id: row.balance for row in act.conn.execute(LOCK, {"ids": sorted(set(ids))})}


def open_(act: Act, ids: Iterable[str], currency: str = XTR) -> None:
    """Makes the wallets of these addresses that do not exist yet, empty."""
    new = []
    for wallet_id in sorted(set(ids)):
        kind, _, rest = wallet_id.partition(":")
        owned = kind in (Kind.user, Kind.escrow, Kind.withdrawal)
        owner = int(rest.partition(":")[0]) if owned else None
        new.append(
            {
                "id": wallet_id,
                "kind": kind,
                "owner_id": owner,
                "currency": currency,
                "balance": 0,
                "created_at": act.now,
            }
        )
    sets.insert(act.conn, w, new, unless_there="id")


@query(roles=ANYONE | STAFF | SYSTEM)
def balance(look: Look, wallet_id: str) -> int:
    """In minor units; 0 where there is no such wallet yet."""
    return look.conn.execute(select(w.c.balance).where(w.c.id == wallet_id)).scalar() or 0

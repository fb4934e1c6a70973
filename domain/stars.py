"""Telegram keeps a book of the bot's Stars, line by line, oldest first; ours must say the same.

Long polling may lose a payment: Telegram takes an update as delivered before it was handled. So the book is read on from where we
left off, as often as need be: a payment we do not know is recorded like any other, a charge taken back is taken back, facts that
differ and a payment of ours that the book does not show are told to the admins, once. Reading moves no money.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.orm import Mapped, mapped_column

from domain import notices, sets
from domain.action import SYSTEM, Act, Look, action, query
from domain.base import Base, table
from domain.notices import Notice
from domain.payments import Deposit
from domain.users import User

PAGE = 100
"""The most lines that Telegram gives at once."""


class StarBook(Base):
    __tablename__ = "star_books"

    bot_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lines: Mapped[int]
    """How many lines of the book we have read."""


@dataclass(frozen=True)
class Payer:
    """Who paid, as Telegram describes them."""

    id: int
    name: str
    username: str | None = None


@dataclass(frozen=True)
class Line:
    """One line of the book. Only a payment of an invoice, or its return, has a payer; the amount is in Stars."""

    charge_id: str
    amount: int
    is_return: bool = False
    payer: Payer | None = None
    payload: str | None = None


@dataclass(frozen=True)
class News:
    """What a page of the book tells us that we did not know."""

    payments: tuple[Line, ...]
    returned: tuple[str, ...]
    strangers: tuple[Payer, ...]
    """The payers whom we have never met."""


b, d, n, u = table(StarBook), table(Deposit), table(Notice), table(User)

KNOWN = select(d.c.id, d.c.charge_id, d.c.user_id, d.c.amount, d.c.taken_back_at).where(
    d.c.charge_id.in_(bindparam("charges", expanding=True))
)
LOCK_BOOK = select(b.c.lines).where(b.c.bot_id == bindparam("bot")).with_for_update()
TURN = update(b).where(b.c.bot_id == bindparam("bot")).values(lines=b.c.lines + bindparam("more"))
LOCK_KNOWN = KNOWN.order_by(d.c.id).with_for_update()
SEEN = (
    update(d)
    .where(d.c.charge_id.in_(bindparam("charges", expanding=True)), d.c.seen_at.is_(None))
    .values(seen_at=bindparam("now"))
)
MISSING = (
    select(d.c.id, d.c.user_id, d.c.amount, d.c.charge_id)
    .where(
        d.c.charge_id.is_not(None),
        d.c.seen_at.is_(None),
        d.c.received_at <= bindparam("before"),
        ~exists().where(n.c.kind == "stars-missing", n.c.about == d.c.id),
    )
    .order_by(d.c.received_at)
    .limit(50)
)


@query(roles=SYSTEM)
def read_so_far(look: Look, bot_id: int) -> int:
    """How many lines of this bot's book we have read."""
    return look.conn.execute(select(b.c.lines).where(b.c.bot_id == bot_id)).scalar() or 0


@query(roles=SYSTEM)
def news(look: Look, lines: Sequence[Line]) -> News:
    """What these lines tell that is not recorded yet."""
    known = {row.charge_id: row for row in look.conn.execute(KNOWN, {"charges": [line.charge_id for line in lines]})}
    paid = {line.charge_id: line for line in lines if line.payer and not line.is_return}
    unknown = tuple(line for charge, line in paid.items() if charge not in known)
    back = tuple(
        line.charge_id
        for line in lines
        if line.payer
        and line.is_return
        and (line.charge_id in paid or line.charge_id in known)
        and (line.charge_id not in known or known[line.charge_id].taken_back_at is None)
    )
    payers = {line.payer.id: line.payer for line in unknown if line.payer}
    met = set(look.conn.scalars(select(u.c.id).where(u.c.id.in_(sorted(payers)))))
    return News(unknown, back, tuple(payer for i, payer in payers.items() if i not in met))


@action("stars.turn", roles=SYSTEM, gates=())
def turn(act: Act, bot_id: int, read: int, lines: Sequence[Line]) -> bool:
    """These lines, from number `read` on, are dealt with. False where another process has turned the page already.

    A payment whose user or amount is not what we recorded is left as it is, and told to the admins.
    """
    if _locked(act, bot_id) != read:
        return False
    act.conn.execute(TURN, {"bot": bot_id, "more": len(lines)})
    paid = {line.charge_id: line for line in lines if line.payer and not line.is_return}
    known = act.conn.execute(LOCK_KNOWN, {"charges": list(paid)}).all()
    act.conn.execute(SEEN, {"charges": list(paid), "now": act.now})
    differ = []
    for row in known:
        line = paid[row.charge_id]
        assert line.payer is not None
        if (line.payer.id, line.amount) != (row.user_id, row.amount):
            facts = {"user": row.user_id, "amount": row.amount, "payer": line.payer.id, "paid": line.amount}
            differ.append((row.id, facts))
            act.record("payments", row.id, charge_id=row.charge_id, **facts)
    notices.owe_admins_each(act, "stars-differ", differ)
    act.record("stars", bot_id, read=read + len(lines))
    return True


def _locked(act: Act, bot_id: int) -> int:
    """Opens the book if need be, locks it, and answers how many lines of it are read."""
    sets.insert(act.conn, b, [{"bot_id": bot_id, "lines": 0}], unless_there="bot_id")
    return int(act.conn.execute(LOCK_BOOK, {"bot": bot_id}).scalar_one())


@action("stars.miss", roles=SYSTEM, gates=())
def miss(act: Act, bot_id: int) -> list[int]:
    """Payments that we recorded and that Telegram's book, read to its end, does not show: told to the admins, once each."""
    _locked(act, bot_id)
    rows = act.conn.execute(MISSING, {"before": act.now - act.terms.unseen}).all()
    missing = [(row.id, {"user": row.user_id, "amount": row.amount}) for row in rows]
    notices.owe_admins_each(act, "stars-missing", missing)
    for row in rows:
        act.record("payments", row.id, missing=row.charge_id)
    return [row.id for row in rows]

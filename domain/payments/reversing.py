"""Stars taken back from outside: recorded at once, and their user blocked; the money follows when it may move."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import bindparam, select, update

from domain import flow, ledger, notices, wallets
from domain.action import SYSTEM, Act, Asked, Look, Outcomes, action, in_order, query, set_action
from domain.base import table
from domain.errors import NotFound, WrongState
from domain.ledger import GATES, Movement, Reason, t
from domain.payments import losses
from domain.payments.row import FLOW, LOCK, Deposit, Status, d
from domain.users import User
from domain.wallets import Kind

u = table(User)
REVERSED = flow.move(Deposit, Status.reversed, FLOW)
LOST = select(t.c.key, t.c.amount).where(t.c.key.in_(bindparam("keys", expanding=True)))
BLOCK = update(u).where(u.c.id == bindparam("user"), u.c.blocked_at.is_(None)).values(blocked_at=bindparam("now"))


@action("payments.take_back", roles=SYSTEM, gates=())
def take_back(act: Act, charge_id: str) -> Deposit | None:
    """Records that a payment was taken back from outside, and blocks its user, who is told; the money follows. Unknown: None."""
    deposit = act.session.scalars(select(Deposit).where(Deposit.charge_id == charge_id).with_for_update()).one_or_none()
    if deposit is None or deposit.taken_back_at is not None:
        return deposit
    deposit.taken_back_at = act.now
    act.session.flush()
    act.session.execute(BLOCK, {"user": deposit.user_id, "now": act.now})
    notices.owe(act, [(deposit.user_id, "charged-back", deposit.id, {"amount": deposit.amount})])
    notices.owe_admins(act, "taken-back", deposit.id, {"user": deposit.user_id, "amount": deposit.amount})
    act.record("payments", deposit.id, charge_id=charge_id)
    act.record("users", deposit.user_id, blocked="Stars taken back from outside")
    return deposit


@set_action("payments.reverse", roles=SYSTEM, gates=GATES[Reason.loss])
def reverse(act: Act, asked: Asked[int]) -> Outcomes[int, int]:
    """Takes what is still in the user's wallet; the house makes good the rest, and its admins are told. Answers what the house
    lost, in minor units. Asked again, what it lost then.
    """
    rows = {row.id: row for row in act.conn.execute(LOCK, {"ids": in_order(asked)})}
    outside, house = wallets.house(Kind.external), wallets.house(Kind.losses)
    mine = {wallets.user(row.user_id) for row in rows.values()}
    balances = wallets.lock(act, [outside, house, *mine])
    lost_keys = [f"deposit:{row.charge_id}:loss" for row in rows.values() if row.status == Status.reversed]
    before = {row.key: row.amount for row in act.conn.execute(LOST, {"keys": lost_keys})} if lost_keys else {}
    came: Outcomes[int, int] = Outcomes()
    moves: list[Movement] = []
    done: list[int] = []
    lost: list[tuple[Any, int]] = []
    for item in asked:
        row = rows.get(item)
        if row is None:
            came[item] = NotFound("payments")
            continue
        if row.status == Status.reversed:
            came[item] = before.get(f"deposit:{row.charge_id}:loss", 0)
            continue
        if row.taken_back_at is None:
            came[item] = WrongState("payments", row.status)
            continue
        source, base, by = wallets.user(row.user_id), f"deposit:{row.charge_id}", asked[item]
        owed = row.amount if row.status == Status.credited else 0
        there = min(owed, balances.get(source, 0))
        balances[source] = balances.get(source, 0) - there
        if there:
            moves.append(Movement(f"{base}:back", source, outside, there, Reason.adjustment, row.id, by))
        if owed - there:
            lost.append((row, owed - there))
            moves.append(Movement(f"{base}:loss", house, outside, owed - there, Reason.loss, row.id, by))
        came[item] = owed - there
        done.append(item)
        act.record("payments", item, by, back=there, loss=owed - there)
    if done:
        reversed_ = act.conn.execute(REVERSED, {"ids": done})
        assert reversed_.rowcount == len(done)
        ledger.transfer(act, moves)
    if lost:
        _tell(act, lost)
    return came


def _tell(act: Act, lost: list[tuple[Any, int]]) -> None:
    """The admins: what the house lost by which deposit, and what of its person's money may still come back to them."""
    kept = losses.aside(act, {row.user_id for row, _ in lost})
    things = [
        (row.id, {"user": row.user_id, "amount": row.amount, "lost": loss} | asdict(kept[row.user_id]))
        for row, loss in lost
    ]
    notices.owe_admins_each(act, "loss", things)


@query(roles=SYSTEM)
def to_reverse(look: Look, limit: int = 200) -> list[int]:
    """Deposits taken back and not reversed yet, oldest first."""
    due = (
        select(d.c.id)
        .where(d.c.taken_back_at.is_not(None), d.c.status != Status.reversed)
        .order_by(d.c.id)
        .limit(limit)
    )
    return list(look.conn.scalars(due))

"""Resolving: what was served is paid, what failed is given back. Each escrow once, whoever asks how often."""

from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import bindparam, select

from domain import flow, ledger, notices, wallets
from domain.action import SYSTEM, Act, Asked, Outcomes, in_order, set_action
from domain.base import table
from domain.campaigns import TARGET_FLOW, Campaign, CampaignTarget, TargetStatus
from domain.channels import Channel
from domain.errors import NotFound, Refusal, WrongState
from domain.escrow.row import FLOW, Escrow, Status, es
from domain.ledger import GATES, Movement, Reason
from domain.money import is_part, split
from domain.post_jobs import PostJob
from domain.post_jobs import Status as JobStatus
from domain.wallets import Kind

T = TypeVar("T")


@dataclass(frozen=True)
class Paid:
    """What a release paid: to the publisher, to the house, back to the advertiser."""

    id: int
    payout: int
    fee: int
    rebate: int = 0


@dataclass(frozen=True)
class Returned:
    """What a refund gave back."""

    id: int
    amount: int


@dataclass(frozen=True)
class NotServed(Refusal):
    """It is not published, or its time is not served and confirmed."""

    status: str


@dataclass(frozen=True)
class InDispute(Refusal):
    """A dispute about it is open; until it ends nothing of it is due."""

    id: int


@dataclass(frozen=True)
class NotFailed(Refusal):
    """Its job has not failed, so nothing is to be given back."""

    status: str


cp, ct, c, j = table(Campaign), table(CampaignTarget), table(Channel), table(PostJob)

IDS: Any = bindparam("ids", expanding=True)
LOCK_TARGETS = select(ct.c.id).where(ct.c.id.in_(IDS)).order_by(ct.c.id).with_for_update()
LOCK_JOBS = select(j.c.id).where(j.c.id.in_(IDS)).order_by(j.c.id).with_for_update()
LOCK_ESCROWS = select(es.c.id).where(es.c.id.in_(IDS)).order_by(es.c.id).with_for_update()
TO_RESOLVE = (
    select(
        ct.c.id,
        ct.c.publisher_id,
        ct.c.fee_bps,
        ct.c.currency,
        c.c.title,
        cp.c.advertiser_id,
        j.c.status.label("job"),
        j.c.served_at,
        j.c.disputed_at,
        j.c.share,
        es.c.status,
        es.c.amount,
    )
    .join(es, es.c.campaign_target_id == ct.c.id)
    .join(j, j.c.campaign_target_id == ct.c.id)
    .join(c, c.c.id == ct.c.channel_id)
    .join(cp, cp.c.id == ct.c.campaign_id)
    .where(ct.c.id.in_(IDS))
)
RESOLVE = {to: flow.move(Escrow, to, FLOW, resolved_at=bindparam("now")) for to in (Status.released, Status.refunded)}
TARGET = {to: flow.move(CampaignTarget, to, TARGET_FLOW) for to in (TargetStatus.posted, TargetStatus.refunded)}


@set_action("escrow.release", roles=SYSTEM, gates=GATES[Reason.payout])
def release(act: Act, asked: Asked[int]) -> Outcomes[int, Paid]:
    """Pays publishers for what was published and served. The fee is rounded down; the publisher gets at least 1.

    Of a share less than the whole the fee is the share's, and the rest goes back to the advertiser in the same release. A share
    that is no part of the price is forged: the books tell of it, and it holds up no other.
    """
    came: Outcomes[int, Paid] = Outcomes()
    due = []
    for i, row in _resolvable(act, asked, came).items():
        if row.share is not None and not is_part(row.share, row.amount):
            came[i] = WrongState("post_jobs", row.job)
            continue
        parts = split(row.amount, row.fee_bps, row.share)
        paid = Paid(i, parts.payout, parts.fee, parts.rebate)
        if row.status == Status.refunded:
            came[i] = WrongState("escrow", row.status)
        elif row.status == Status.released:
            came[i] = paid
        elif row.job != JobStatus.success or row.served_at is None:
            came[i] = NotServed(row.job)
        elif row.disputed_at is not None:
            came[i] = InDispute(i)
        else:
            came[i] = paid
            due.append((row, paid))
    if due:
        wallets.open_(act, {wallets.user(row.publisher_id, row.currency) for row, _ in due})
        moves, told = [], []
        for row, paid in due:
            source, base = wallets.escrow(row.id), f"escrow:{row.id}"
            publisher, advertiser = (wallets.user(i, row.currency) for i in (row.publisher_id, row.advertiser_id))
            fees = wallets.house(Kind.fees, row.currency)
            by = asked[row.id]
            moves.append(Movement(f"{base}:payout", source, publisher, paid.payout, Reason.payout, row.id, by))
            if paid.fee:
                moves.append(Movement(f"{base}:fee", source, fees, paid.fee, Reason.fee, row.id, by))
            if paid.rebate:
                moves.append(Movement(f"{base}:rebate", source, advertiser, paid.rebate, Reason.rebate, row.id, by))
            args = {"channel": row.title, "amount": row.amount, "payout": paid.payout, "fee": paid.fee}
            args["rebate"] = paid.rebate
            told += [(row.publisher_id, "paid", row.id, args), (row.advertiser_id, "served", row.id, args)]
            act.record("escrow", row.id, by, payout=paid.payout, fee=paid.fee, rebate=paid.rebate)
        _resolve(act, [row.id for row, _ in due], Status.released, TargetStatus.posted, moves)
        notices.owe(act, told)
    return came


@set_action("escrow.refund", roles=SYSTEM, gates=GATES[Reason.refund])
def refund(act: Act, asked: Asked[int]) -> Outcomes[int, Returned]:
    """Gives the whole price back for what failed or was removed. Not a payout: only `money_movement` gates it."""
    came: Outcomes[int, Returned] = Outcomes()
    due = []
    for i, row in _resolvable(act, asked, came).items():
        if row.status == Status.released:
            came[i] = WrongState("escrow", row.status)
        elif row.status == Status.refunded:
            came[i] = Returned(i, row.amount)
        elif row.job not in (JobStatus.failed, JobStatus.removed):
            came[i] = NotFailed(row.job)
        else:
            came[i] = Returned(i, row.amount)
            due.append(row)
    if due:
        moves, told = [], []
        for row in due:
            source, back = wallets.escrow(row.id), wallets.user(row.advertiser_id, row.currency)
            by = asked[row.id]
            moves.append(Movement(f"escrow:{row.id}:refund", source, back, row.amount, Reason.refund, row.id, by))
            told.append((row.advertiser_id, "refunded", row.id, {"channel": row.title, "amount": row.amount}))
            act.record("escrow", row.id, by, amount=row.amount)
        _resolve(act, [row.id for row in due], Status.refunded, TargetStatus.refunded, moves)
        notices.owe(act, told)
    return came


def _resolvable(act: Act, asked: Asked[int], came: Outcomes[int, T]) -> dict[int, Any]:
    """Locks targets, jobs and escrows, in that order, and reads what decides after the locks."""
    ids = in_order(asked)
    for lock in (LOCK_TARGETS, LOCK_JOBS, LOCK_ESCROWS):
        act.conn.execute(lock, {"ids": ids})
    rows = {row.id: row for row in act.conn.execute(TO_RESOLVE, {"ids": ids})}
    for i in ids:
        if i not in rows:
            came[i] = NotFound("escrow")
    return rows


def _resolve(act: Act, ids: list[int], to: Status, target: TargetStatus, moves: list[Movement]) -> None:
    """The money first: a guard refuses to call resolved what is still set aside."""
    wallets.lock(act, {wallet for move in moves for wallet in (move.source, move.destination)})
    ledger.transfer(act, moves)
    resolved = act.conn.execute(RESOLVE[to], {"ids": ids, "now": act.now})
    targets = act.conn.execute(TARGET[target], {"ids": ids})
    assert resolved.rowcount == targets.rowcount == len(ids)

"""Holding: whole orders are set aside, and their jobs queued, in one transaction."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from domain import flow, ledger, notices, sets, wallets
from domain.action import PEOPLE, Act, Actor, Asked, Outcomes, Switch, in_order, set_action
from domain.base import table
from domain.campaigns import FLOW as CAMPAIGN_FLOW
from domain.campaigns import Approval, BadSlot, Campaign, CampaignTarget, NotListed, OwnChannel
from domain.campaigns import Status as CampaignStatus
from domain.channels import OWNER_BLOCKED, Channel
from domain.channels import Status as ChannelStatus
from domain.errors import NotFound, Refusal, WrongState
from domain.escrow.row import Status, es
from domain.ledger import GATES, Movement, Reason
from domain.post_jobs import PostJob
from domain.post_jobs import Status as JobStatus
from domain.wallets import Kind

Order = tuple[int, ...]
"""The campaign targets of one confirmation: all are held, or none."""


@dataclass(frozen=True)
class Held:
    """A placement's price, set aside, in minor units."""

    id: int
    amount: int


@dataclass(frozen=True)
class NotEnoughMoney(Refusal):
    """The wallet holds less than the order costs, in minor units."""

    needed: int
    available: int


@dataclass(frozen=True)
class OverLimit(Refusal):
    """The switch permits only small amounts, or only so many open placements, for now."""

    what: str
    most: int


cp, ct, c, j = table(Campaign), table(CampaignTarget), table(Channel), table(PostJob)

IDS: Any = bindparam("ids", expanding=True)
LOCK_CAMPAIGNS = (
    select(cp.c.id)
    .where(cp.c.id.in_(select(ct.c.campaign_id).where(ct.c.id.in_(IDS))))
    .order_by(cp.c.id)
    .with_for_update()
)
LOCK_TARGETS = select(ct.c.id).where(ct.c.id.in_(IDS)).order_by(ct.c.id).with_for_update()
TO_HOLD = (
    select(
        ct.c.id,
        ct.c.campaign_id,
        ct.c.price,
        ct.c.currency,
        ct.c.slot,
        ct.c.version,
        ct.c.hours,
        ct.c.approval,
        ct.c.publisher_id,
        ct.c.channel_id,
        c.c.title,
        c.c.status.label("channel"),
        or_(c.c.blocked_at.is_not(None), OWNER_BLOCKED).label("is_barred"),
        cp.c.advertiser_id,
        cp.c.status.label("campaign"),
        es.c.amount.label("held"),
    )
    .join(c, c.c.id == ct.c.channel_id)
    .join(cp, cp.c.id == ct.c.campaign_id)
    .outerjoin(es, es.c.campaign_target_id == ct.c.id)
    .where(ct.c.id.in_(IDS))
)
OPEN = select(func.count()).select_from(es).where(es.c.status == Status.held)
ACTIVATE = flow.move(Campaign, CampaignStatus.active, CAMPAIGN_FLOW)


@set_action("escrow.hold", roles=PEOPLE, gates=GATES[Reason.escrow_hold])
def hold(act: Act, asked: Asked[Order]) -> Outcomes[Order, tuple[Held, ...]]:
    """Sets aside the frozen prices of whole orders and queues their jobs. Each order is held whole or not at all.

    Refuses what is not the asker's (as not found), a channel that takes no bookings, one's own channel, a slot that has
    passed, more than the wallet holds, and more than the switch's limit.
    """
    return decide(act, asked)


def decide(
    act: Act, asked: Asked[Order], by: Actor | None = None, *, agreed: bool = False
) -> Outcomes[Order, tuple[Held, ...]]:
    """The same, for any action that books; `by` is who does it where that is not the advertiser.

    What is `agreed` already is not asked of the publisher.
    """
    ids = in_order(i for order in asked for i in order)
    act.conn.execute(LOCK_CAMPAIGNS, {"ids": ids})
    act.conn.execute(LOCK_TARGETS, {"ids": ids})
    rows = {row.id: row for row in act.conn.execute(TO_HOLD, {"ids": ids})}
    sources = {wallets.user(row.advertiser_id, row.currency) for row in rows.values()}
    limit = act.limits[Switch.new_escrows]
    # whoever counts must not be overtaken: while the limit is on, holds queue at one wallet
    if limit.max_open is not None:
        sources.add(wallets.house(Kind.suspense))
    balances = wallets.lock(act, sources)
    held = {i: row.held for i, row in rows.items() if row.held is not None}
    room = None if limit.max_open is None else limit.max_open - act.conn.execute(OPEN).scalar_one()
    came: Outcomes[Order, tuple[Held, ...]] = Outcomes()
    accepted: list[Any] = []
    for order, actor in asked.items():
        wanted = dict.fromkeys(order)
        mine = [rows[i] for i in wanted if i in rows and actor.is_user(rows[i].advertiser_id)]
        if not order or len(mine) != len(wanted) or len({row.campaign_id for row in mine}) != 1:
            came[order] = NotFound("campaign_targets")
            continue
        if all(row.id in held for row in mine):
            came[order] = tuple(Held(row.id, held[row.id]) for row in mine)
            continue
        needed = sum(row.price for row in mine)
        source = wallets.user(mine[0].advertiser_id, mine[0].currency)
        available = balances.get(source, 0)
        refusal = next((found for row in mine if (found := _unfit(act, row, actor, is_held=row.id in held))), None)
        if refusal is None and limit.max_amount is not None and max(row.price for row in mine) > limit.max_amount:
            refusal = OverLimit("amount", limit.max_amount)
        if refusal is None and room is not None and limit.max_open is not None and len(mine) > room:
            refusal = OverLimit("open", limit.max_open)
        if refusal is None and available < needed:
            refusal = NotEnoughMoney(needed, available)
        if refusal is not None:
            came[order] = refusal
            continue
        balances[source] = available - needed
        room = None if room is None else room - len(mine)
        accepted += [(row, actor) for row in mine]
        held |= {row.id: row.price for row in mine}
        came[order] = tuple(Held(row.id, row.price) for row in mine)
    if accepted:
        _set_aside(act, accepted if by is None else [(row, by) for row, _ in accepted], agreed=agreed)
    return came


def _unfit(act: Act, row: Any, actor: Actor, *, is_held: bool) -> Refusal | None:
    """Why this target cannot be booked, whatever the wallet holds."""
    if is_held or row.approval != Approval.waiting:
        return WrongState("campaign_targets", row.approval)
    if row.campaign not in (CampaignStatus.draft, CampaignStatus.active):
        return WrongState("campaigns", row.campaign)
    if actor.is_user(row.publisher_id):
        return OwnChannel()
    if row.channel != ChannelStatus.listed or row.is_barred:
        return NotListed(row.channel_id)
    if row.slot is not None and row.slot <= act.now:
        return BadSlot(act.terms.ahead.days)
    return None


def _set_aside(act: Act, accepted: list[tuple[Any, Actor]], *, agreed: bool) -> None:
    wallets.open_(act, [wallets.escrow(row.id) for row, _ in accepted])
    escrows, jobs, answers, moves, told = [], [], [], [], []
    latest = act.now + act.terms.answer
    for row, actor in accepted:
        answer_by = latest if row.slot is None else min(latest, row.slot)
        number = {"id": row.id, "campaign_target_id": row.id, "created_at": act.now}
        escrows.append(number | {"status": Status.held, "amount": row.price, "currency": row.currency})
        jobs.append(
            number
            | {"status": JobStatus.queued, "due_at": row.slot or act.now, "deadline": answer_by}
            | {"attempts": 0, "retries": 0, "lost_leases": 0, "lost_alone": 0}
        )
        remind_at = act.terms.next_reminder(answer_by, act.now)
        answers.append({"id": row.id, "answer_by": answer_by, "remind_at": remind_at})
        source, key = wallets.user(row.advertiser_id, row.currency), f"escrow:{row.id}:hold"
        moves.append(Movement(key, source, wallets.escrow(row.id), row.price, Reason.escrow_hold, row.id, actor))
        told.append((row.publisher_id, "request", row.id, {"version": row.version}))
        act.record("escrow", row.id, actor, amount=row.price)
    sets.insert(act.conn, es, escrows)
    sets.insert(act.conn, j, jobs)
    sets.update(act.conn, ct, answers)
    draft = {row.campaign_id for row, _ in accepted if row.campaign == CampaignStatus.draft}
    if draft:
        activated = act.conn.execute(ACTIVATE, {"ids": in_order(draft)})
        assert activated.rowcount == len(draft)
    ledger.transfer(act, moves)
    notices.owe(act, [] if agreed else told)

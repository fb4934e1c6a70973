"""Completing: when the last held placement of a campaign is resolved, so is the campaign, and its advertiser gets the sum.

Each resolved escrow is tallied once: its campaign is looked at, with the campaign locked, so that no hold slips in between.
Placements that were never held are ignored.
"""

from sqlalchemy import bindparam, func, select, update

from domain import flow, notices
from domain.action import SYSTEM, Act, action, in_order
from domain.base import table
from domain.campaigns import FLOW as CAMPAIGN_FLOW
from domain.campaigns import Campaign, CampaignTarget
from domain.campaigns import Status as CampaignStatus
from domain.escrow.row import Status, es
from domain.ledger import Reason, Transfer

cp, ct, t = table(Campaign), table(CampaignTarget), table(Transfer)

UNTALLIED = (
    select(es.c.id, ct.c.campaign_id)
    .join(ct, ct.c.id == es.c.campaign_target_id)
    .where(es.c.resolved_at.is_not(None), es.c.tallied_at.is_(None))
    .order_by(es.c.resolved_at, es.c.id)
    .limit(bindparam("most"))
)
LOCK_CAMPAIGNS = (
    select(cp.c.id)
    .where(cp.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(cp.c.id)
    .with_for_update(skip_locked=True)
)
TALLY = (
    select(
        cp.c.id,
        cp.c.advertiser_id,
        func.count().filter(es.c.status == Status.held).label("held"),
        func.count().filter(es.c.status == Status.released).label("served"),
        func.count().filter(es.c.status == Status.refunded).label("refunded"),
        func.sum(es.c.amount).label("booked"),
    )
    .join(ct, ct.c.campaign_id == cp.c.id)
    .join(es, es.c.campaign_target_id == ct.c.id)
    .where(
        cp.c.id.in_(bindparam("ids", expanding=True)),
        cp.c.status.in_([CampaignStatus.active, CampaignStatus.paused]),
    )
    .group_by(cp.c.id, cp.c.advertiser_id)
)
SPENT = (
    select(ct.c.campaign_id, func.sum(t.c.amount).label("spent"))
    .join(t, (t.c.reference_id == ct.c.id) & t.c.reason.in_([Reason.payout, Reason.fee]))
    .where(ct.c.campaign_id.in_(bindparam("ids", expanding=True)))
    .group_by(ct.c.campaign_id)
)
COMPLETED = flow.move(Campaign, CampaignStatus.completed, CAMPAIGN_FLOW)
TALLIED = update(es).where(es.c.id.in_(bindparam("ids", expanding=True))).values(tallied_at=bindparam("now"))


@action("campaigns.complete", roles=SYSTEM, gates=())
def complete(act: Act, most: int = 200) -> list[int]:
    """Tallies up to `most` escrows resolved since; answers the campaigns that are completed by it. A locked one waits."""
    resolved = act.conn.execute(UNTALLIED, {"most": most}).all()
    if not resolved:
        return []
    locked = set(act.conn.scalars(LOCK_CAMPAIGNS, {"ids": in_order(row.campaign_id for row in resolved)}))
    done = [row for row in act.conn.execute(TALLY, {"ids": in_order(locked)}) if not row.held]
    ids = in_order(row.id for row in done)
    if ids:
        moved = act.conn.execute(COMPLETED, {"ids": ids})
        assert moved.rowcount == len(ids)
        spent = {row.campaign_id: int(row.spent) for row in act.conn.execute(SPENT, {"ids": ids})}
        told = []
        for row in done:
            paid = spent.get(row.id, 0)
            facts = {"served": row.served, "refunded": row.refunded, "spent": paid, "back": int(row.booked) - paid}
            told.append((row.advertiser_id, "completed", row.id, facts))
            act.record("campaigns", row.id, status=CampaignStatus.completed, **facts)
        notices.owe(act, told)
    act.conn.execute(TALLIED, {"ids": [row.id for row in resolved if row.campaign_id in locked], "now": act.now})
    return ids

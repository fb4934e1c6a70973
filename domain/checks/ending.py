"""How a published job ends before its time: removed, or where the offer is proportional, served for a part of it.

The part is measured to the last look that said *up*. What is not worth one minor unit is nothing: then all of it goes back.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update

from domain import flow, notices
from domain.action import Act
from domain.base import table
from domain.campaigns import Campaign, CampaignTarget
from domain.channels import Channel
from domain.checks.row import Verdict, k
from domain.escrow import Escrow
from domain.money import share_of
from domain.post_jobs import FLOW, PostJob
from domain.post_jobs import Status as JobStatus

c, cp, ct = (table(row) for row in (Channel, Campaign, CampaignTarget))
j, es = (table(row) for row in (PostJob, Escrow))

LOCK_JOBS = (
    select(
        j.c.id,
        j.c.status,
        j.c.published_at,
        j.c.next_look_at,
        j.c.confirm_at,
        j.c.changed_at,
        j.c.altered,
        j.c.changed_for,
        j.c.message_ids,
        j.c.edited,
        j.c.served_at,
        j.c.disputed_at,
    )
    .where(j.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(j.c.id)
    .with_for_update()
)
LOCK_ESCROWS = (
    select(es.c.id, es.c.status, es.c.amount)
    .where(es.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(es.c.id)
    .with_for_update()
)
SIDES = (
    select(
        ct.c.id,
        c.c.title,
        c.c.chat_id,
        c.c.status.label("channel"),
        ct.c.hours,
        ct.c.proportional,
        ct.c.publisher_id,
        cp.c.advertiser_id,
    )
    .join(c, c.c.id == ct.c.channel_id)
    .join(cp, cp.c.id == ct.c.campaign_id)
    .where(ct.c.id.in_(bindparam("ids", expanding=True)))
)
NEXT = (
    update(j)
    .where(j.c.id == bindparam("job"))
    .values(
        next_look_at=bindparam("look"),
        served_at=bindparam("served"),
        changed_at=bindparam("changed"),
        altered=bindparam("altered"),
        changed_for=bindparam("spent"),
    )
)
REMOVED = flow.move(
    PostJob,
    JobStatus.removed,
    FLOW,
    ended_at=bindparam("now"),
    next_look_at=None,
    served_at=None,
    disputed_at=None,
    last_error=bindparam("why"),
)
LAST_UP = (
    select(k.c.post_job_id, func.max(k.c.at).label("at"))
    .where(k.c.post_job_id.in_(bindparam("ids", expanding=True)), k.c.verdict == Verdict.up)
    .group_by(k.c.post_job_id)
)
SHARED = (
    update(j)
    .where(j.c.id == bindparam("job"), j.c.status == JobStatus.success)
    .values(
        next_look_at=None,
        served_at=bindparam("served"),
        share=bindparam("share"),
        last_error=bindparam("why"),
    )
)


@dataclass(frozen=True)
class Loss:
    """A post that was taken down or changed too early: its job and escrow as locked, its placement, and why."""

    job: Any
    escrow: Any
    side: Any
    why: str


def remove(act: Act, ids: list[int], why: str) -> None:
    """Ends jobs whose locks the caller holds: all of the money goes back."""
    removed = act.conn.execute(REMOVED, {"ids": ids, "now": act.now, "why": why})
    assert removed.rowcount == len(ids)
    notices.owe_both(act, "removed", act.conn.execute(SIDES, {"ids": ids}).all(), {})
    for i in ids:
        act.record("post_jobs", i, status=JobStatus.removed, why=why)


def cut_short(act: Act, losses: list[Loss]) -> dict[int, JobStatus]:
    """Ends jobs whose locks the caller holds, each by its terms; answers what they are now."""
    partly = [loss.job.id for loss in losses if loss.side.proportional]
    ups = {row.post_job_id: row.at for row in act.conn.execute(LAST_UP, {"ids": partly})} if partly else {}
    rows, told, gone = [], [], dict[str, list[int]]()
    for loss in losses:
        i, price, published = loss.job.id, loss.escrow.amount, loss.job.published_at
        served = ups.get(i, published) - published
        share = share_of(price, served, timedelta(hours=loss.side.hours))
        if not share:
            gone.setdefault(loss.why, []).append(i)
            continue
        rows.append({"job": i, "served": act.now, "share": share if share < price else None, "why": loss.why})
        if share < price:
            facts = {"channel": loss.side.title, "share": share, "rebate": price - share}
            facts |= {"minutes": served // timedelta(minutes=1), "hours": loss.side.hours}
            told += [(user, "shortened", i, facts) for user in (loss.side.advertiser_id, loss.side.publisher_id)]
        act.record("post_jobs", i, share=share, of=price, why=loss.why)
    if rows:
        act.conn.execute(SHARED, rows)
        notices.owe(act, told)
    for why, ids in gone.items():
        remove(act, ids, why)
    lost = {i for ids in gone.values() for i in ids}
    return {loss.job.id: JobStatus.removed if loss.job.id in lost else JobStatus.success for loss in losses}

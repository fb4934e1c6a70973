"""What people and ticks ask about escrows."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from domain.action import ANYONE, STAFF, SYSTEM, Look, query
from domain.base import table
from domain.campaigns import Campaign, CampaignTarget
from domain.channels import Channel
from domain.escrow.row import Status, es
from domain.post_jobs import PostJob
from domain.post_jobs import Status as JobStatus

c, cp, ct, j = table(Channel), table(Campaign), table(CampaignTarget), table(PostJob)

DUE = select(es.c.id).join(j, j.c.campaign_target_id == es.c.id).where(es.c.status == Status.held).order_by(es.c.id)
TO_RELEASE = DUE.where(j.c.status == JobStatus.success, j.c.served_at.is_not(None), j.c.disputed_at.is_(None))
TO_REFUND = DUE.where(j.c.status.in_([JobStatus.failed, JobStatus.removed]))


@query(roles=SYSTEM | STAFF)
def to_release(look: Look, limit: int = 200) -> list[int]:
    """Held escrows whose placement was served and is not in dispute, oldest number first."""
    return list(look.conn.scalars(TO_RELEASE.limit(limit)))


@query(roles=SYSTEM | STAFF)
def to_refund(look: Look, limit: int = 200) -> list[int]:
    """Held escrows whose job failed or was removed, oldest number first."""
    return list(look.conn.scalars(TO_REFUND.limit(limit)))


@query(roles=SYSTEM | STAFF)
def stuck(look: Look) -> list[int]:
    """Held escrows whose job is neither done nor failed some time (the terms') past its deadline: what the watchdog counts.

    An uncertain job is not among them: it may well be published, and the admins are told (`post_jobs.tell_overdue`).
    """
    waiting = (JobStatus.queued, JobStatus.sending)
    return list(look.conn.scalars(DUE.where(j.c.status.in_(waiting), j.c.deadline <= look.now - look.terms.stuck)))


@query(roles=SYSTEM | STAFF)
def unmoved(look: Look) -> int:
    """How many held escrows have had their outcome for some time (the terms'), and still lie there: their switch is HALTED."""
    before = look.now - look.terms.stuck
    ended = j.c.status.in_([JobStatus.failed, JobStatus.removed]) & (j.c.ended_at <= before)
    served = (j.c.status == JobStatus.success) & (j.c.served_at <= before) & j.c.disputed_at.is_(None)
    return look.conn.execute(select(func.count()).select_from(DUE.where(ended | served).subquery())).scalar_one()


def _overdue(look: Look) -> Any:
    """The held escrows that should have been resolved by now (the terms'): without an outcome, or with one and not moved."""
    before = look.now - look.terms.stuck
    waiting = j.c.status.in_([JobStatus.queued, JobStatus.sending]) & (j.c.deadline <= before)
    ended = j.c.status.in_([JobStatus.failed, JobStatus.removed]) & (j.c.ended_at <= before)
    served = (j.c.status == JobStatus.success) & (j.c.served_at <= before) & j.c.disputed_at.is_(None)
    columns = select(es.c.id, es.c.amount, c.c.title, j.c.status, j.c.deadline, es.c.created_at)
    joined = columns.join(j, j.c.id == es.c.id).join(ct, ct.c.id == es.c.id).join(c, c.c.id == ct.c.channel_id)
    return joined.where(es.c.status == Status.held, waiting | ended | served)


@query(roles=SYSTEM | STAFF)
def overdue(look: Look, offset: int = 0, limit: int = 10) -> list[Any]:
    """A page of them, the oldest first."""
    return list(look.conn.execute(_overdue(look).order_by(es.c.created_at, es.c.id).offset(offset).limit(limit)))


@query(roles=SYSTEM | STAFF)
def overdue_count(look: Look) -> int:
    """How many they are."""
    return look.conn.execute(select(func.count()).select_from(_overdue(look).subquery())).scalar_one()


@query(roles=ANYONE | STAFF | SYSTEM)
def held_for(look: Look, user_id: int) -> int:
    """What is set aside for a user's placements, in minor units."""
    mine = (
        select(func.coalesce(func.sum(es.c.amount), 0))
        .join(ct, ct.c.id == es.c.campaign_target_id)
        .join(cp, cp.c.id == ct.c.campaign_id)
        .where(es.c.status == Status.held, cp.c.advertiser_id == user_id)
    )
    return int(look.conn.execute(mine).scalar_one())


@query(roles=STAFF | SYSTEM)
def overview(look: Look) -> tuple[int, int, datetime | None]:
    """How many escrows are held, how much in minor units, and since when the oldest."""
    row = look.conn.execute(
        select(
            func.count().label("many"),
            func.coalesce(func.sum(es.c.amount), 0).label("amount"),
            func.min(es.c.created_at).label("oldest"),
        ).where(es.c.status == Status.held)
    ).one()
    return row.many, int(row.amount), row.oldest

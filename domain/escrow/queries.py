"""What people and ticks ask about escrows."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from domain.action import ANYONE, STAFF, SYSTEM, Look, query
from domain.base import is_one, table
from domain.campaigns import Campaign, CampaignTarget
from domain.channels import Channel
from domain.escrow.row import Status, es
from domain.post_jobs import PostJob
from domain.post_jobs import Status as JobStatus

c, cp, ct, j = table(Channel), table(Campaign), table(CampaignTarget), table(PostJob)

IS_HELD = is_one(es.c.status, Status.held)
HELD = (
    select(
        es.c.id,
        es.c.amount,
        es.c.created_at,
        j.c.status,
        j.c.deadline,
        j.c.ended_at,
        j.c.served_at,
        j.c.disputed_at,
    )
    .join(j, j.c.id == es.c.id)
    .where(IS_HELD)
    .cte("held")
    .prefix_with("MATERIALIZED")
)
"""What is held, with its job, found first: it is little, and jobs that ended well or badly pile up since the first day."""
h = HELD.c
DUE = select(h.id).order_by(h.created_at, h.id)
TO_RELEASE = DUE.where(h.status == JobStatus.success, h.served_at.is_not(None), h.disputed_at.is_(None))
TO_REFUND = DUE.where(h.status.in_([JobStatus.failed, JobStatus.removed]))
WAITING = h.status.in_([JobStatus.queued, JobStatus.sending])


@query(roles=SYSTEM | STAFF)
def to_release(look: Look, limit: int = 200) -> list[int]:
    """Held escrows whose placement was served and is not in dispute, the oldest first."""
    return list(look.conn.scalars(TO_RELEASE.limit(limit)))


@query(roles=SYSTEM | STAFF)
def to_refund(look: Look, limit: int = 200) -> list[int]:
    """Held escrows whose job failed or was removed, the oldest first."""
    return list(look.conn.scalars(TO_REFUND.limit(limit)))


@query(roles=SYSTEM | STAFF)
def stuck(look: Look) -> list[int]:
    """Held escrows whose job is neither done nor failed some time (the terms') past its deadline: what the watchdog counts.

    An uncertain job is not among them: it may well be published, and the admins are told (`post_jobs.tell_overdue`).
    """
    return list(look.conn.scalars(DUE.where(WAITING, h.deadline <= look.now - look.terms.stuck)))


@query(roles=SYSTEM | STAFF)
def unmoved(look: Look) -> int:
    """How many held escrows have had their outcome for some time (the terms'), and still lie there: their switch is HALTED."""
    count = select(func.count()).select_from(HELD).where(_movable(look.now - look.terms.stuck))
    return look.conn.execute(count).scalar_one()


def _movable(before: datetime) -> ColumnElement[bool]:
    """Their outcome is known since then."""
    ended = h.status.in_([JobStatus.failed, JobStatus.removed]) & (h.ended_at <= before)
    return ended | (h.status == JobStatus.success) & (h.served_at <= before) & h.disputed_at.is_(None)


def _overdue(look: Look) -> Any:
    """The held escrows that should have been resolved by now (the terms'): without an outcome, or with one and not moved."""
    before = look.now - look.terms.stuck
    columns = select(h.id, h.amount, c.c.title, h.status, h.deadline, h.created_at)
    joined = columns.join(ct, ct.c.id == h.id).join(c, c.c.id == ct.c.channel_id)
    return joined.where(WAITING & (h.deadline <= before) | _movable(before))


@query(roles=SYSTEM | STAFF)
def overdue(look: Look, offset: int = 0, limit: int = 10) -> list[Any]:
    """A page of them, the oldest first."""
    return list(look.conn.execute(_overdue(look).order_by(h.created_at, h.id).offset(offset).limit(limit)))


@query(roles=SYSTEM | STAFF)
def overdue_count(look: Look) -> int:
    """How many they are."""
    return look.conn.execute(select(func.count()).select_from(_overdue(look).subquery())).scalar_one()


@query(roles=ANYONE | STAFF | SYSTEM)
def held_for(look: Look, user_id: int) -> int:
    """What is set aside for a user's placements, in minor units."""
    mine = (
        select(func.coalesce(func.sum(es.c.amount), 0))
        .join(ct, ct.c.id == es.c.id)
        .join(cp, cp.c.id == ct.c.campaign_id)
        .where(IS_HELD, cp.c.advertiser_id == user_id)
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
        ).where(IS_HELD)
    ).one()
    return row.many, int(row.amount), row.oldest

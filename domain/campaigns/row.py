"""Campaigns, creatives and campaign targets, and their flows."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.functions import FunctionElement

from domain import flow
from domain.base import Base, Member, index_of, one_of, table
from domain.channels import MOST_HOURS
from domain.money import MOST, WHOLE, XTR


class Status(StrEnum):
    draft = "draft"
    """In the making; nothing is held."""
    active = "active"
    """At least one placement was booked."""
    paused = "paused"
    """The advertiser stopped it: nothing of it is published; deadlines run on."""
    completed = "completed"
    """Every placement is resolved."""
    cancelled = "cancelled"
    """Given up."""


FLOW = {
    Status.draft: frozenset({Status.active, Status.cancelled}),
    Status.active: frozenset({Status.paused, Status.completed, Status.cancelled}),
    Status.paused: frozenset({Status.active, Status.completed, Status.cancelled}),
    Status.completed: frozenset[Status](),
    Status.cancelled: frozenset[Status](),
}


class TargetStatus(StrEnum):
    pending = "pending"
    """Its money is unresolved, or it was never held."""
    posted = "posted"
    """Served and paid."""
    refunded = "refunded"
    """Not served; the money went back."""


TARGET_FLOW = {
    TargetStatus.pending: frozenset({TargetStatus.posted, TargetStatus.refunded}),
    TargetStatus.posted: frozenset[TargetStatus](),
    TargetStatus.refunded: frozenset[TargetStatus](),
}


class Approval(StrEnum):
    waiting = "waiting"
    """The publisher has not answered."""
    approved = "approved"
    """It may be published at its time."""
    declined = "declined"
    """The publisher does not want it."""
    expired = "expired"
    """Nobody answered in time."""
    cancelled = "cancelled"
    """The advertiser took it back before it was claimed."""


APPROVAL_FLOW = {
    Approval.waiting: frozenset({Approval.approved, Approval.declined, Approval.expired, Approval.cancelled}),
    Approval.approved: frozenset({Approval.cancelled}),
    Approval.declined: frozenset[Approval](),
    Approval.expired: frozenset[Approval](),
    Approval.cancelled: frozenset[Approval](),
}


class Campaign(Base):
    __tablename__ = "campaigns"
    __table_args__ = (
        one_of("status", Status),
        Index("ix_campaigns_advertiser_id", "advertiser_id", "id"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    advertiser_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    status: Mapped[Status] = mapped_column(Member(Status), default=Status.draft)
    created_at: Mapped[datetime]

    check_status = flow.follows(FLOW)


class Creative(Base):
    __tablename__ = "creatives"
    __table_args__ = (UniqueConstraint("campaign_id", "version"), Base.__table_args__)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    version: Mapped[int]
    content: Mapped[dict[str, Any]]
    fingerprint: Mapped[str]
    created_at: Mapped[datetime]


class CampaignTarget(Base):
    __tablename__ = "campaign_targets"
    __table_args__ = (
        one_of("status", TargetStatus),
        one_of("approval", Approval),
        CheckConstraint(f"price BETWEEN 1 AND {MOST}", name="price"),
        CheckConstraint(f"fee_bps BETWEEN 0 AND {WHOLE - 1}", name="fee_bps"),
        CheckConstraint(f"hours BETWEEN 0 AND {MOST_HOURS}", name="hours"),
        CheckConstraint("(approval = 'waiting') = (decided_at IS NULL)", name="decided"),
        Index("ix_campaign_targets_campaign_id", "campaign_id"),
        Index("ix_campaign_targets_publisher_id", "publisher_id", "id"),
        Index("ix_campaign_targets_channel_id", "channel_id"),
        Index("ix_campaign_targets_retry_of", "retry_of", unique=True),
        index_of("ix_campaign_targets_waiting", "answer_by", where="approval = 'waiting'"),
        index_of(
            "ix_campaign_targets_asked",
            "channel_id",
            "answer_by",
            where="approval = 'waiting' AND answer_by IS NOT NULL",
        ),
        index_of("ix_campaign_targets_remind", "remind_at", where="remind_at IS NOT NULL"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    creative_id: Mapped[int] = mapped_column(ForeignKey("creatives.id"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    publisher_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    status: Mapped[TargetStatus] = mapped_column(Member(TargetStatus), default=TargetStatus.pending)
    approval: Mapped[Approval] = mapped_column(Member(Approval), default=Approval.waiting)
    price: Mapped[int]
    currency: Mapped[str] = mapped_column(default=XTR)
    fee_bps: Mapped[int]
    hours: Mapped[int]
    pin: Mapped[bool] = mapped_column(default=False)
    silent: Mapped[bool] = mapped_column(default=False, server_default=text("FALSE"))
    """Published without a sound; the advertiser's choice."""
    proportional: Mapped[bool] = mapped_column(default=False, server_default=false())
    slot: Mapped[datetime | None]
    """When it is to be published; None is *now*: as soon as it is approved."""
    answer_by: Mapped[datetime | None]
    """Until when the publisher may answer; set when the money is held."""
    remind_at: Mapped[datetime | None]
    """When the next reminder of an unanswered one is due; None when none is left."""
    decided_at: Mapped[datetime | None]
    decline_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    """Grows with each decision, so that an old button cannot decide about what has changed."""
    retry_of: Mapped[int | None]
    """The placement that this one follows: failed and refunded, or given up for another price."""
    created_at: Mapped[datetime]

    check_status = flow.follows(TARGET_FLOW)
    check_approval = flow.follows(APPROVAL_FLOW, "approval")


flow.guard(Campaign, FLOW, Status.draft)
flow.guard(CampaignTarget, TARGET_FLOW, TargetStatus.pending)
flow.guard(CampaignTarget, APPROVAL_FLOW, Approval.waiting, column="approval")

cp, cr, ct = table(Campaign), table(Creative), table(CampaignTarget)


class _Plain(FunctionElement[bool]):
    """Has a stored content no media? Content nobody can read is not plain."""

    type = Boolean()
    inherit_cache = True


@compiles(_Plain, "postgresql")
def _on_postgresql(element: _Plain, compiler: Any, **given: Any) -> str:
    return f"coalesce({compiler.process(element.clauses, **given)} -> 'media' = '[]'::jsonb, false)"


@compiles(_Plain, "sqlite")
def _on_sqlite(element: _Plain, compiler: Any, **given: Any) -> str:
    return f"coalesce(json_extract({compiler.process(element.clauses, **given)}, '$.media') = '[]', 0)"


IS_PLAIN = _Plain(cr.c.content)
"""For statements over creatives: a text, which any bot can publish. A file belongs to the bot that was sent it."""

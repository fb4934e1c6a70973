"""A job, its attempts, and their flows."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain import flow
from domain.base import Base, Member, index_of, one_of, table


class Status(StrEnum):
    queued = "queued"
    """Waiting for its approval, its time or its next try; nothing was sent."""
    sending = "sending"
    """A worker holds its lease."""
    success = "success"
    """It is in the channel."""
    failed = "failed"
    """It will never be published; final."""
    uncertain = "uncertain"
    """Telegram may have taken it; settled by looking or by a person."""
    removed = "removed"
    """It was published, and gone or altered before its time was served; nothing of it is paid."""


FLOW = {
    Status.queued: frozenset({Status.sending, Status.failed}),
    Status.sending: frozenset({Status.success, Status.failed, Status.uncertain, Status.queued}),
    Status.uncertain: frozenset({Status.success, Status.failed}),
    Status.success: frozenset({Status.removed}),
    Status.failed: frozenset[Status](),
    Status.removed: frozenset[Status](),
}


class AttemptStatus(StrEnum):
    prepared = "prepared"
    """Claimed; nothing was sent."""
    started = "started"
    """The call is about to be made, or was."""
    dropped = "dropped"
    """Given back before the call."""
    accepted = "accepted"
    """Telegram took it."""
    refused = "refused"
    """Telegram said no, for good."""
    not_sent = "not_sent"
    """Known not to have been taken; may be tried again."""
    unknown = "unknown"
    """Nobody can tell."""


ATTEMPT_FLOW = {
    AttemptStatus.prepared: frozenset({AttemptStatus.started, AttemptStatus.dropped}),
    AttemptStatus.started: frozenset(
        {AttemptStatus.accepted, AttemptStatus.refused, AttemptStatus.not_sent, AttemptStatus.unknown}
    ),
} | {
    end: frozenset[AttemptStatus]()
    for end in (
        AttemptStatus.dropped,
        AttemptStatus.accepted,
        AttemptStatus.refused,
        AttemptStatus.not_sent,
        AttemptStatus.unknown,
    )
}


class Failure(StrEnum):
    """Why a job failed."""

    declined = "declined"
    expired = "expired"
    cancelled = "cancelled"
    overdue = "overdue"
    refused = "refused"
    poison = "poison"
    unsent = "unsent"
    verdict = "verdict"
    repriced = "repriced"


WAITS_FOR_A_PERSON = (
    "{0}status = 'uncertain' OR ({0}status = 'success' AND {0}served_at IS NULL AND {0}next_look_at IS NULL)"
    " OR ({0}failure IN ('poison', 'refused', 'unsent') AND {0}reviewed_at IS NULL)"
)
"""Which jobs a person should look at, in the words of both databases, so that the index and the question are the same."""


class PostJob(Base):
    __tablename__ = "post_jobs"
    __table_args__ = (
        one_of("status", Status),
        CheckConstraint("id = campaign_target_id", name="number"),
        CheckConstraint("(status = 'sending') = (lease_token IS NOT NULL)", name="lease"),
        CheckConstraint("(status = 'failed') = (failure IS NOT NULL)", name="failure"),
        CheckConstraint("(status IN ('success', 'removed')) = (published_at IS NOT NULL)", name="published"),
        CheckConstraint("served_at IS NULL OR status = 'success'", name="served"),
        CheckConstraint("disputed_at IS NULL OR status = 'success'", name="disputed"),
        UniqueConstraint("chat_id", "message_id"),
        index_of("ix_post_jobs_due", "due_at", "id", where="status = 'queued'"),
        index_of("ix_post_jobs_lease", "lease_until", where="status = 'sending'"),
        index_of("ix_post_jobs_pin", "pin_due_at", where="pin_due_at IS NOT NULL"),
        index_of("ix_post_jobs_look", "next_look_at", where="status = 'success' AND next_look_at IS NOT NULL"),
        index_of("ix_post_jobs_on_top", "chat_id", where="covered_at IS NULL AND chat_id IS NOT NULL"),
        index_of("ix_post_jobs_search", "next_search_at", where="next_search_at IS NOT NULL"),
        index_of("ix_post_jobs_published", "published_at", where="published_at IS NOT NULL"),
        index_of("ix_post_jobs_disputed", "id", where="disputed_at IS NOT NULL"),
        index_of("ix_post_jobs_failed", "ended_at", where="status = 'failed'"),
        index_of("ix_post_jobs_review", "created_at", "id", where=WAITS_FOR_A_PERSON.format("")),
        Index("ix_post_jobs_status", "status"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    campaign_target_id: Mapped[int] = mapped_column(ForeignKey("campaign_targets.id"), unique=True)
    status: Mapped[Status] = mapped_column(Member(Status), default=Status.queued)
    due_at: Mapped[datetime]
    deadline: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    """Attempts that were started, but those known not to have been sent."""
    retries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Tries that are known not to have been sent, but for those that Telegram put off by itself (429)."""
    lost_leases: Mapped[int] = mapped_column(default=0)
    """Leases that ran out before anything was sent; a job that lost one is claimed alone from then on."""
    lost_alone: Mapped[int] = mapped_column(default=0)
    """How many of them it lost when nothing else was claimed with it or after it, so that it alone can be the cause."""
    lease_token: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    late_asked_at: Mapped[datetime | None]
    """When its advertiser was asked whether it may still be published, though late."""
    late_accepted_at: Mapped[datetime | None]
    """When they said yes; without it a job that is late is not claimed."""
    rights_asked_at: Mapped[datetime | None]
    """When its publisher was told that it is due and that the bot lacks rights in the channel."""
    failure: Mapped[Failure | None] = mapped_column(Member(Failure))
    last_error: Mapped[str | None]
    bot_id: Mapped[int | None]
    """The courier that has it in hand, or made its call, and so looks, pins and deletes; None is the main bot."""
    chat_id: Mapped[int | None]
    message_id: Mapped[int | None]
    message_ids: Mapped[list[Any] | None]
    """Its messages; of an uncertain job those that Telegram took it as, while they are another job's."""
    fingerprints: Mapped[list[Any] | None]
    """What each message looked like when Telegram took it; an edit is told from a reaction by these."""
    published_at: Mapped[datetime | None]
    pin_due_at: Mapped[datetime | None]
    """When it is to be pinned; None where it need not be, is, or cannot be."""
    next_look_at: Mapped[datetime | None]
    confirm_at: Mapped[datetime | None]
    """The hour of the confirming look; the post stays until then."""
    changed_at: Mapped[datetime | None]
    """Since when it is not what was published; None while it is, or again is."""
    altered: Mapped[list[Any] | None]
    """Which of its messages are not, while `changed_at` says so."""
    changed_for: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How many seconds it was altered before that, in all; so much of the time to restore it is used up."""
    edited: Mapped[dict[str, Any] | None]
    """When each message was last edited, of those that Telegram told of: its own date, in seconds since 1970."""
    covered_at: Mapped[datetime | None]
    """When the next post of the channel followed; until then it was on top."""
    served_at: Mapped[datetime | None]
    """Its time was served; the only thing that `escrow.release` reads beside the status, the share and the next one."""
    disputed_at: Mapped[datetime | None]
    """Since when a dispute keeps it from being due; None as soon as that ends, or the post is gone."""
    share: Mapped[int | None] = mapped_column(CheckConstraint("share >= 1", name="share"))
    """Which part of the price was served, in minor units; None is all of it."""
    next_search_at: Mapped[datetime | None]
    """When the channel is searched for it: while it is uncertain, and for what may turn up afterwards."""
    reviewed_at: Mapped[datetime | None]
    """When an admin was done with it, though it failed for a technical reason."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    check_status = flow.follows(FLOW)


class PostAttempt(Base):
    __tablename__ = "post_attempts"
    __table_args__ = (
        one_of("status", AttemptStatus),
        UniqueConstraint("post_job_id", "token"),
        Index("ix_post_attempts_post_job_id", "post_job_id", "id"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_job_id: Mapped[int] = mapped_column(ForeignKey("post_jobs.id"))
    token: Mapped[str]
    alone: Mapped[bool]
    """Was nothing else claimed with it, and nothing after it by the same process?"""
    status: Mapped[AttemptStatus] = mapped_column(Member(AttemptStatus), default=AttemptStatus.prepared)
    prepared_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    newest_before: Mapped[int | None]
    """The greatest message id seen in the channel before the call; what it published comes after. 0: none was seen."""
    ended_at: Mapped[datetime | None]
    error: Mapped[str | None]

    check_status = flow.follows(ATTEMPT_FLOW)


flow.guard(PostJob, FLOW, Status.queued)
flow.guard(PostAttempt, ATTEMPT_FLOW, AttemptStatus.prepared)

j, a = table(PostJob), table(PostAttempt)

"""A dispute, the steps of its history, and its flow."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain import flow
from domain.base import Base, Member, index_of, one_of, table


class Status(StrEnum):
    talks = "talks"
    """Both sides may propose; an equal proposal settles it."""
    judging = "judging"
    """An admin has to decide; the sides may still agree."""
    decided = "decided"
    """Decided; either side may accept it, or appeal while there is time."""
    appealed = "appealed"
    """Another admin has to decide, for good."""
    settled = "settled"
    """Both sides agreed."""
    final = "final"
    """Decided for good: accepted, not appealed in time, or decided on appeal."""
    withdrawn = "withdrawn"
    """The side that opened it took it back; the placement goes on as if it had not been."""
    moot = "moot"
    """The post was found gone meanwhile: the whole price goes back, and there is nothing left to decide."""


FLOW = {
    Status.talks: frozenset({Status.settled, Status.judging, Status.withdrawn, Status.moot}),
    Status.judging: frozenset({Status.settled, Status.decided, Status.withdrawn, Status.moot}),
    Status.decided: frozenset({Status.final, Status.appealed, Status.moot}),
    Status.appealed: frozenset({Status.final, Status.moot}),
} | {end: frozenset[Status]() for end in (Status.settled, Status.final, Status.withdrawn, Status.moot)}
OPEN = tuple(status for status, news in FLOW.items() if news)
TALKING = (Status.talks, Status.judging)
"""While the sides may propose and agree."""
WAITING = (Status.judging, Status.appealed)
"""While an admin has to decide."""


class Side(StrEnum):
    advertiser = "advertiser"
    publisher = "publisher"


class Step(StrEnum):
    """What happened in a dispute."""

    opened = "opened"
    proposed = "proposed"
    judging = "judging"
    """A side asked for a judge, or the time to agree was over."""
    settled = "settled"
    decided = "decided"
    accepted = "accepted"
    appealed = "appealed"
    final = "final"
    withdrawn = "withdrawn"
    moot = "moot"


ENDED = "status IN ('settled', 'final', 'withdrawn', 'moot')"


class Dispute(Base):
    __tablename__ = "disputes"
    __table_args__ = (
        one_of("status", Status),
        one_of("side", Side),
        CheckConstraint(f"({ENDED}) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("(status IN ('talks', 'decided')) = (until IS NOT NULL)", name="until"),
        CheckConstraint("(status IN ('decided', 'appealed', 'settled', 'final')) <= (share IS NOT NULL)", name="share"),
        CheckConstraint("(status IN ('decided', 'appealed', 'final')) <= (judged_by IS NOT NULL)", name="judge"),
        CheckConstraint("(judged_by IS NULL) = (evidence IS NULL)", name="evidence"),
        CheckConstraint("(appealed_by IS NULL) = (appeal IS NULL)", name="appeal"),
        UniqueConstraint("campaign_target_id", "side"),
        Index(
            "ix_disputes_open",
            "campaign_target_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        index_of("ix_disputes_until", "until", where="until IS NOT NULL"),
        index_of("ix_disputes_waiting", "id", where="status IN ('judging', 'appealed')"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_target_id: Mapped[int] = mapped_column(ForeignKey("campaign_targets.id"))
    status: Mapped[Status] = mapped_column(Member(Status), default=Status.talks)
    side: Mapped[Side] = mapped_column(Member(Side))
    """Which side opened it; each side may open one about a placement, one at a time."""
    opened_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    words: Mapped[str]
    created_at: Mapped[datetime]
    until: Mapped[datetime | None]
    """When the time to agree, or to appeal, is over."""
    advertiser_share: Mapped[int | None]
    publisher_share: Mapped[int | None]
    """What each side proposes for the publisher, in minor units; the fee is taken of it."""
    share: Mapped[int | None]
    """What was agreed or decided, in minor units: 0 gives all of it back, the whole price pays all of it."""
    judged_by: Mapped[str | None]
    evidence: Mapped[str | None]
    """Who decided last, and with what evidence."""
    advertiser_accepted_at: Mapped[datetime | None]
    publisher_accepted_at: Mapped[datetime | None]
    appealed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    appeal: Mapped[str | None]
    ended_at: Mapped[datetime | None]

    check_status = flow.follows(FLOW)


class DisputeStep(Base):
    __tablename__ = "dispute_steps"
    __table_args__ = (
        one_of("step", Step),
        Index("ix_dispute_steps_dispute_id", "dispute_id", "id"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dispute_id: Mapped[int] = mapped_column(ForeignKey("disputes.id"))
    step: Mapped[Step] = mapped_column(Member(Step))
    side: Mapped[Side | None] = mapped_column(Member(Side))
    """Whose step; None where it was a judge's, or nobody's."""
    actor: Mapped[str]
    share: Mapped[int | None]
    words: Mapped[str | None]
    at: Mapped[datetime]


flow.guard(Dispute, FLOW, Status.talks)

d, h = table(Dispute), table(DisputeStep)

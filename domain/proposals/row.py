"""A proposal and its flow."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain import flow
from domain.base import Base, Member, index_of, one_of, table
from domain.money import MOST


class Kind(StrEnum):
    time = "time"
    """The same at another hour: accepted, the slot moves."""
    price = "price"
    """The same for another price: accepted, a linked placement takes the place of this one."""


class Status(StrEnum):
    made = "made"
    """Waits for the advertiser's answer."""
    accepted = "accepted"
    """Both agreed, so the placement is approved on these terms."""
    declined = "declined"
    """The advertiser does not want it; the publisher is to answer again."""
    expired = "expired"
    """The advertiser did not answer; the publisher is to answer again."""
    withdrawn = "withdrawn"
    """The placement was approved, declined, taken back or given up meanwhile."""


FLOW = {Status.made: frozenset({Status.accepted, Status.declined, Status.expired, Status.withdrawn})} | {
    end: frozenset[Status]() for end in (Status.accepted, Status.declined, Status.expired, Status.withdrawn)
}
MADE = text("status = 'made'")


class Proposal(Base):
    __tablename__ = "proposals"
    __table_args__ = (
        one_of("kind", Kind),
        one_of("status", Status),
        CheckConstraint("(kind = 'time') = (slot IS NOT NULL)", name="slot"),
        CheckConstraint("(kind = 'price') = (price IS NOT NULL)", name="price"),
        CheckConstraint(f"price BETWEEN 1 AND {MOST}", name="amount"),
        CheckConstraint("(status = 'made') = (ended_at IS NULL)", name="ended"),
        Index("uq_proposals_made", "campaign_target_id", unique=True, postgresql_where=MADE, sqlite_where=MADE),
        Index("ix_proposals_campaign_target_id", "campaign_target_id", "id"),
        index_of("ix_proposals_answer_by", "answer_by", "id", where="status = 'made'"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_target_id: Mapped[int] = mapped_column(ForeignKey("campaign_targets.id"))
    round: Mapped[int]
    """Which one it is, of a placement and those it follows."""
    kind: Mapped[Kind] = mapped_column(Member(Kind))
    slot: Mapped[datetime | None]
    price: Mapped[int | None]
    """In minor units of the placement's currency."""
    status: Mapped[Status] = mapped_column(Member(Status), default=Status.made)
    made_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_by: Mapped[datetime]
    """Until when the publisher had to answer when they made it; what was left of that comes back to them."""
    answer_by: Mapped[datetime]
    """Until when the advertiser may answer."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    check_status = flow.follows(FLOW)


flow.guard(Proposal, FLOW, Status.made)

p = table(Proposal)

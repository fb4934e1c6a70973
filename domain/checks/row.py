"""A check's row, and what a look is given and brings back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, insert
from sqlalchemy.orm import Mapped, mapped_column

from domain.base import Base, Member, one_of, table
from domain.campaigns import Content


class Verdict(StrEnum):
    up = "up"
    """It is there, and nothing is known to differ from what was published."""
    gone = "gone"
    """It is not there."""
    changed = "changed"
    """It is there, and it is not what was published."""
    unknown = "unknown"
    """Nobody could see: an outage, a lost right. Moves nothing."""


class PostCheck(Base):
    __tablename__ = "post_checks"
    __table_args__ = (
        one_of("verdict", Verdict),
        Index("ix_post_checks_post_job_id", "post_job_id", "id"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_job_id: Mapped[int] = mapped_column(ForeignKey("post_jobs.id"))
    verdict: Mapped[Verdict] = mapped_column(Member(Verdict))
    evidence: Mapped[str | None]
    actor: Mapped[str]
    at: Mapped[datetime]


@dataclass(frozen=True)
class ToLook:
    """A post to look at, from `since` on."""

    id: int
    chat_id: int
    message_id: int
    content: Content
    fingerprint: str = ""
    """What its first message looks like; needed for a close look."""
    since: datetime | None = None
    closely: bool = False
    """Is its content to be read too, where it can be?"""
    is_changed: bool = False
    """Is it known to have been changed?"""
    bot_id: int | None = None
    """The courier that published it; None is the main bot."""


@dataclass(frozen=True)
class Seen:
    """What a look saw, and the words of whoever looked."""

    verdict: Verdict
    evidence: str | None = None
    was_read: bool = False
    """Was its content compared, and not only its being there?"""
    since: datetime | None = None
    """When the look began; None is now."""


k = table(PostCheck)
WRITE = insert(k)

"""A check's row, and what a look is given and brings back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
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
    message_ids: tuple[int, ...]
    content: Content
    fingerprints: tuple[str, ...] = ()
    """What each message looked like when it was published; needed for a close look."""
    since: datetime | None = None
    closely: bool = False
    """Is its content to be read too, where it can be?"""
    altered: frozenset[int] = frozenset()
    """Which of its messages are known not to be what was published."""
    bot_id: int | None = None
    """The courier that published it; None is the main bot."""


@dataclass(frozen=True)
class Seen:
    """What a look saw, and the words of whoever looked."""

    verdict: Verdict
    evidence: str | None = None
    same: frozenset[int] = frozenset()
    """The messages that were read, and not only seen to be there, and are what was published."""
    altered: frozenset[int] = frozenset()
    """Those that were read and are not. Of a post that is *changed* and names none, it is all."""
    since: datetime | None = None
    """When the look began; None is now."""


WORST = (Verdict.gone, Verdict.changed, Verdict.unknown, Verdict.up)


def together(looks: Iterable[Seen]) -> Seen:
    """The look at a post of several messages: it is what the worst of them is.

    What was seen of one stands whatever could not be seen of another, and *up* is only what all were seen to be.
    """
    looks = list(looks)
    worst = min(looks, key=lambda seen: WORST.index(seen.verdict))
    same, altered = (seen.same for seen in looks), (seen.altered for seen in looks)
    return replace(worst, same=frozenset[int]().union(*same), altered=frozenset[int]().union(*altered))


k = table(PostCheck)
WRITE = insert(k)

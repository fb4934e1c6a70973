"""A search's row, what is searched for, what came of it, and when a message is the post that is looked for. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.base import Base, table
from domain.campaigns import Content
from domain.errors import Refusal
from domain.post_jobs import Status

SKEW = timedelta(minutes=1)
"""How far Telegram's clock may be behind ours."""


class PostSearch(Base):
    __tablename__ = "post_searches"
    __table_args__ = (Index("ix_post_searches_post_job_id", "post_job_id", "id"), Base.__table_args__)

    id: Mapped[int] = mapped_column(primary_key=True)
    post_job_id: Mapped[int] = mapped_column(ForeignKey("post_jobs.id"))
    at: Mapped[datetime]
    actor: Mapped[str]
    completed: Mapped[bool]
    """Could every message be looked at that may be the post?"""
    examined: Mapped[int]
    found_message_id: Mapped[int | None]
    evidence_message_id: Mapped[int | None]
    """The copy in the evidence chat."""
    note: Mapped[str | None]


@dataclass(frozen=True)
class Wanted:
    """A post to search for: every message of `chat_id` after `after`, but our own `known` ones.

    The channel ends where `gap` numbers in a row are not found, and not before `newest`; a search looks at `most` at most.
    """

    id: int
    status: Status
    chat_id: int
    content: Content
    after: int
    newest: int
    known: frozenset[int]
    since: datetime
    gap: int
    most: int
    bot_id: int | None = None
    """The courier that made the call; None is the main bot."""
    asked: datetime | None = None
    """When it was found due; the search is of that moment."""


@dataclass(frozen=True)
class Shown:
    """One message of a channel, as its copy shows it."""

    message_id: int
    content: Content
    at: datetime
    evidence_id: int | None = None


@dataclass(frozen=True)
class Match:
    """The messages of a post that is the one searched for; an album has several."""

    message_ids: tuple[int, ...]
    at: datetime
    evidence_id: int | None = None


@dataclass(frozen=True)
class Searched:
    """What a search came to. Not `completed` means unknown; `hopeless` that searching again will not tell either."""

    completed: bool
    examined: int = 0
    matches: tuple[Match, ...] = ()
    note: str | None = None
    hopeless: bool = False
    since: datetime | None = None
    """When the search began; None is now."""


@dataclass(frozen=True)
class Settled:
    """What the job is after a search, and the messages that must not stay in the channel."""

    status: Status
    take_down: tuple[int, ...] = ()


@dataclass(frozen=True)
class NotThisPost(Refusal):
    """A post that was shown is not the one that is looked for: another content, another channel, or older."""


@dataclass(frozen=True)
class NotSeen(Refusal):
    """The bot itself could not see that the post is up just now."""


s = table(PostSearch)


def is_same(wanted: Content, shown: Content) -> bool:
    """The same words, formatting and media. A copy may have lost its buttons, so they do not count."""
    return replace(wanted, buttons=()).fingerprint == replace(shown, buttons=()).fingerprint


def is_like(wanted: Content, shown: Content) -> bool:
    """Not the same, but so near that nobody should say *it is not there*: perhaps it was edited."""
    if wanted.media:
        return bool({item["unique_id"] for item in wanted.media} & {item["unique_id"] for item in shown.media})
    return not shown.media and wanted.text.strip() == shown.text.strip()


def part(content: Content, number: int) -> Content:
    """What the message of this number shows: an album is a message for each of its media, the words under the first."""
    if len(content.media) < 2:
        return content
    item = content.media[number : number + 1]
    return replace(content, media=item) if number == 0 else replace(content, media=item, text="", entities=())


def evidence(wanted: Wanted, shown: Sequence[Shown]) -> list[int]:
    """The copies to keep: of what was found, and of what is like it."""
    found = {i for match in matches(wanted, shown) for i in match.message_ids}
    kept = [one for one in shown if one.message_id in found or is_like(wanted.content, one.content)]
    return [one.evidence_id for one in kept if one.evidence_id is not None]


def is_older(shown: Shown, since: datetime) -> bool:
    """Was it written before the attempt that began then, even if Telegram's clock is behind ours?"""
    return shown.at < since - SKEW


def too_old(message_id: int) -> str:
    """Of a message like the post that came after what stood before the attempt, though its date says otherwise.

    Nobody had seen it then, or our clock is wrong and it is the post.
    """
    return f"message {message_id} is like it, and dated before the attempt"


def judge(wanted: Wanted, shown: Sequence[Shown], examined: int, trouble: str | None = None) -> Searched:
    """What a search came to that was shown these messages; `trouble` is why it had to stop before the end."""
    found = matches(wanted, shown)
    like = [one for one in shown if is_like(wanted.content, one.content)]
    near = next((one.message_id for one in like if not is_older(one, wanted.since)), None)
    older = next((one.message_id for one in like if is_older(one, wanted.since)), None)
    hopeless = None
    if older is not None:
        hopeless = too_old(older)
    elif not found and near is not None:
        hopeless = f"message {near} is like it and not the same"
    elif not wanted.after:
        hopeless = "nobody knows where the channel stood before"
    elif examined >= wanted.most:
        hopeless = f"more than {wanted.most} messages came after it"
    note = trouble or hopeless
    return Searched(note is None, examined, found, note, hopeless=trouble is None and hopeless is not None)


def matches(wanted: Wanted, shown: Sequence[Shown]) -> tuple[Match, ...]:
    """The posts among these messages (in the order of their ids) that are the one searched for; none older than the attempt."""
    by_id = {one.message_id: one for one in shown if not is_older(one, wanted.since)}
    found: list[Match] = []
    for first in sorted(by_id):
        ids = wanted.content.numbers(first)
        if found and first <= found[-1].message_ids[-1]:
            continue
        if all(i in by_id and is_same(part(wanted.content, n), by_id[i].content) for n, i in enumerate(ids)):
            found.append(Match(ids, by_id[first].at, by_id[first].evidence_id))
    return tuple(found)

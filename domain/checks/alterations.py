"""Which messages of a post are not what was published, since when, and for how long they may stay so.

The time to restore is one for the whole placement: each alteration uses some of it up, and the next has what is left. It runs
while any message is altered and stands when none is, so one that is as published forgives nothing of another.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from domain.action import Terms
from domain.campaigns import Content

SECOND = timedelta(seconds=1)


def altered_in(job: Any) -> frozenset[int]:
    """The messages that are altered. Where a change names none (an older process wrote it down), it is all of them."""
    return frozenset(job.altered or job.message_ids) if job.changed_at is not None else frozenset()


def restore_by(terms: Terms, job: Any, since: datetime) -> datetime:
    """The moment by which a post that is altered since then must be restored."""
    used: timedelta = job.changed_for * SECOND
    return since + max(terms.repair - used, timedelta(0))


def marks(job: Any, altered: Iterable[int], at: datetime) -> dict[str, Any]:
    """What its row says once exactly these messages are altered, at that moment. A second that was begun is used up."""
    if numbers := sorted(altered):
        return {"changed": job.changed_at or at, "altered": numbers, "spent": job.changed_for}
    over = at - job.changed_at if job.changed_at is not None else timedelta(0)
    return {"changed": None, "altered": None, "spent": job.changed_for + max(0, -(-over // SECOND))}


def as_published(job: Any, content: Content) -> tuple[str, ...]:
    """What each message is compared with: what Telegram showed, or where it showed nothing, what was booked."""
    return tuple(job.fingerprints or (content.part(n).fingerprint for n in range(len(job.message_ids))))

"""When a published post is looked at: early, once in each band of its paid time, at the end, and once more to confirm.

Each moment is drawn when the look before it is made, so there is no plan that could leak. A look counts for the band it was due
in, however late it comes; the next is due in the next band that is not over. All is measured from the publication.
"""

from datetime import datetime, timedelta

from domain.action import Terms

SECOND = timedelta(seconds=1)


def end_of(published: datetime, hours: int) -> datetime:
    """When the paid time is over."""
    return published + timedelta(hours=hours)


def early_look(terms: Terms, published: datetime) -> datetime:
    """The first moment, some minutes after the publication."""
    first, last = terms.early
    return _between(terms, published + first, published + last)


def next_look(terms: Terms, published: datetime, hours: int, due: datetime, now: datetime) -> datetime | None:
    """The moment after a look at `now`, due at `due`, that saw the post up; None when that was the confirming one."""
    end = end_of(published, hours)
    if now >= end + terms.confirm:
        return None
    if now >= end:
        return end + terms.confirm
    width, early_is_over = (end - published) / terms.bands, published + terms.early[1]
    over = max(now, early_is_over) - published
    band = over // width if due < early_is_over else max((due - published) // width + 1, over // width)
    if band >= terms.bands:
        return end
    start = published + band * width
    return _between(terms, max(start, early_is_over, now), start + width)


def _between(terms: Terms, start: datetime, stop: datetime) -> datetime:
    """A moment that nobody can foresee, to the second."""
    return start + timedelta(seconds=int(terms.chance() * ((stop - start) / SECOND)))

"""A time as a person types it, in their own zone: `18:30`, `tomorrow 18:30`, `2026-03-02 18:30`, `02.03.2026 18:30`.

A bare hour that has passed today means tomorrow. Whether a time may be booked is the domain's to say.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.errors import Refusal, Refused

TODAY, TOMORROW = ("today", "сегодня"), ("tomorrow", "завтра")
TYPED = re.compile(r"(?:(?P<day>\S+)\s+)?(?:(?:at|в)\s+)?(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})", re.IGNORECASE)
ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
MOST_WORDS = 40


@dataclass(frozen=True)
class UnreadableTime(Refusal):
    """Not a time in any of the forms we know."""

    words: str


def parse(words: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment that was meant, in UTC. Refuses what it cannot read."""
    typed = TYPED.fullmatch(words.strip())
    try:
        if typed is None:
            raise ValueError(words)
        today = now.astimezone(zone).date()
        hour = time(int(typed["hour"]), int(typed["minute"]), tzinfo=zone)
        moment = datetime.combine(_day(typed["day"], today), hour)
    except (ValueError, OverflowError):
        raise Refused(UnreadableTime(words.strip()[:MOST_WORDS])) from None
    if typed["day"] is None and moment <= now:
        moment = datetime.combine(today + timedelta(days=1), hour)
    return moment.astimezone(UTC)


def _day(word: str | None, today: date) -> date:
    if word is None or word.lower() in TODAY:
        return today
    if word.lower() in TOMORROW:
        return today + timedelta(days=1)
    if found := ISO.fullmatch(word):
        return date(*map(int, found.groups()))
    if found := DOTTED.fullmatch(word):
        day, month, year = map(int, found.groups())
        return date(year, month, day)
    raise ValueError(word)


def suggestions(now: datetime, zone: ZoneInfo) -> list[datetime]:
    """A few hours that people often mean, the soonest first: the next full hours of today and tomorrow at 10, 14 and 19."""
    here = now.astimezone(zone)
    days = [here.date() + timedelta(days=n) for n in (0, 1)]
    every = [datetime.combine(day, time(hour, tzinfo=zone)) for day in days for hour in (10, 14, 19)]
    return [moment.astimezone(UTC) for moment in every if moment > now + timedelta(minutes=30)][:4]

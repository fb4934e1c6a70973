"""Times as people type them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot import moments
from domain.errors import Refused

MOSCOW, NEW_YORK = ZoneInfo("Europe/Moscow"), ZoneInfo("America/New_York")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "zone", "moment"),
    [
        ("18:30", MOSCOW, "2026-03-02T15:30"),
        ("9:05", MOSCOW, "2026-03-03T06:05"),  # it is 15:00 there: tomorrow
        ("15:00", MOSCOW, "2026-03-03T12:00"),  # this very minute has come
        ("today 18:30", MOSCOW, "2026-03-02T15:30"),
        ("tomorrow 18:30", MOSCOW, "2026-03-03T15:30"),
        ("Tomorrow at 18:30", MOSCOW, "2026-03-03T15:30"),
        ("завтра 18:30", MOSCOW, "2026-03-03T15:30"),
        ("завтра в 18.30", MOSCOW, "2026-03-03T15:30"),
        ("сегодня 23:59", MOSCOW, "2026-03-02T20:59"),
        ("2026-03-05 00:00", MOSCOW, "2026-03-04T21:00"),
        ("05.03.2026 00:00", MOSCOW, "2026-03-04T21:00"),
        ("2026-03-08 02:30", NEW_YORK, "2026-03-08T07:30"),  # an hour that does not exist there
        ("2026-03-01 10:00", MOSCOW, "2026-03-01T07:00"),  # past: the domain says so
    ],
)
def test_a_time_means_what_a_person_means(words: str, zone: ZoneInfo, moment: str) -> None:
    assert moments.parse(words, NOON, zone) == datetime.fromisoformat(f"{moment}:00+00:00")


@pytest.mark.parametrize(
    "words", ["", "soon", "24:00", "18:60", "1830", "2026-02-30 10:00", "yesterday 10:00", "9999999-1-1 1:00"]
)
def test_what_cannot_be_read_is_refused_with_the_words(words: str) -> None:
    with pytest.raises(Refused) as refused:
        moments.parse(words, NOON, MOSCOW)
    assert refused.value.refusal == moments.UnreadableTime(words)


def test_suggestions_lie_ahead_and_are_in_order() -> None:
    for zone in (MOSCOW, NEW_YORK, UTC):
        found = moments.suggestions(NOON, ZoneInfo("UTC") if zone is UTC else zone)
        assert found == sorted(found)
        assert all(moment > NOON for moment in found)
        assert len(found) >= 3

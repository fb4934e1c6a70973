"""What a person says of themselves: their own language and time zone, of those that there are."""

import pytest

from domain import users
from domain.errors import NotAllowed, Refusal
from domain.users import UnknownLanguage, UnknownTimeZone
from tests import story
from tests.conftest import House, refusal
from tests.story import ANN, BOB


async def test_ones_language_and_time_zone_are_ones_own_and_stay_when_telegram_says_otherwise(house: House) -> None:
    await story.people(house, ANN, BOB)
    ann = house.gate.user(ANN)
    await ann(users.settle, language="ru")
    await ann(users.settle, time_zone="Asia/Almaty")
    await story.people(house, ANN, BOB)
    rows = house.sql("SELECT id, language, time_zone FROM users ORDER BY id")
    assert rows == [
        {"id": ANN, "language": "ru", "time_zone": "Asia/Almaty"},
        {"id": BOB, "language": "en", "time_zone": None},
    ]
    events = house.sql("SELECT actor, subject FROM audit_events WHERE action = 'users.settle'")
    assert events == [{"actor": f"user:{ANN}", "subject": str(ANN)}] * 2


UNKNOWN: dict[str, tuple[dict[str, str], Refusal]] = {
    "a language without texts": ({"language": "de"}, UnknownLanguage("de")),
    "no time zone": ({"time_zone": "Mars/Olympus"}, UnknownTimeZone("Mars/Olympus")),
    "a language, and no time zone": ({"language": "ru", "time_zone": "x"}, UnknownTimeZone("x")),
}


@pytest.mark.parametrize("case", UNKNOWN)
async def test_what_is_unknown_is_refused_and_nothing_is_changed(house: House, case: str) -> None:
    await story.people(house, ANN)
    given, why = UNKNOWN[case]
    picture = house.sql.picture()
    assert await refusal(house.gate.user(ANN)(users.settle, **given)) == why
    assert house.sql.picture() == picture


async def test_whoever_has_not_met_the_bot_settles_nothing(house: House) -> None:
    assert await refusal(house.gate.user(ANN)(users.settle, language="ru")) == NotAllowed("users.settle")

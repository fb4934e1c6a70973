"""Disputes from the shell: the list, one with its history, and an admin's decision, by the same act as in the chat."""

import pytest
import pytest_asyncio

from bot.settings import load
from domain import disputes
from tests import story
from tests.bot.test_cli_desk import Shell, wide  # noqa: F401  (a fixture)
from tests.conftest import ADMIN, OTHER_ADMIN, House
from tests.story import ANN, BOB


@pytest_asyncio.fixture
async def typed(house: House, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Ann disputes her published placement."""
    await story.succeed(house, await story.booked(house))
    await story.people(house, OTHER_ADMIN)
    await house.gate.user(ANN)(disputes.open_, 1, "the link is missing")
    return Shell(load(admins=frozenset({ADMIN, OTHER_ADMIN}), database_url=house.address), capsys)


async def test_a_dispute_is_listed_shown_and_decided_with_its_appeal(house: House, typed: Shell) -> None:
    assert await typed("disputes", "list", "--waiting") == (0, "no disputes\n")
    assert "Tech Daily" in (await typed("disputes", "list"))[1]
    await house.gate.user(ANN)(disputes.propose, 1, 0)
    judge = ("disputes", "judge", 1, "30%", "--evidence", "seen")
    assert (await typed.admin(*judge))[0] == 1  # they still talk
    await house.gate.user(BOB)(disputes.propose, 1, 400)
    await house.gate.user(BOB)(disputes.ask_judge, 1)
    queues = (await typed("queues"))[1]
    assert [line.split("  ")[0] for line in queues.splitlines() if "holdfast disputes list" in line] == [
        "disputes to judge"
    ]
    assert (await typed(*judge))[0] == 1  # nobody named
    assert await typed.admin(*judge) == (0, "dispute 1 is decided: 120 of 400 Stars for the publisher\n")
    await house.gate.user(BOB)(disputes.appeal, 1, "no")
    assert "Tech Daily" in (await typed("disputes", "list", "--waiting"))[1]
    assert (await typed.admin("disputes", "judge", 1, "release", "--evidence", "x"))[0] == 1  # the same judge
    last = ("disputes", "judge", 1, "half", "--evidence", "half of it", "--as", OTHER_ADMIN)
    assert await typed(*last) == (0, "dispute 1 is final: 200 of 400 Stars for the publisher\n")
    said = (await typed("disputes", "show", 1))[1]
    for words in ("the link is missing", "half of it", f"user:{OTHER_ADMIN}", "appealed"):
        assert words in said, words
    assert house.sql.one("SELECT share FROM post_jobs") == 200
    assert (await typed("disputes", "show", 9))[0] == 1
    assert (await typed.admin("disputes", "judge", 9, "half", "--evidence", "x"))[0] == 1
    assert (await typed.admin("disputes", "judge", 1, "lots", "--evidence", "x"))[0] == 1

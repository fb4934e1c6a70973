"""Withdrawals from the shell: listed, shown, decided and recorded, by admins who are named."""

import pytest
import pytest_asyncio

from bot.settings import load
from tests import story
from tests.bot.test_cli_desk import Shell
from tests.conftest import ADMIN, OTHER_ADMIN, House
from tests.story import BOB


@pytest_asyncio.fixture
async def typed(house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Bob has asked for 300, a day ago."""
    monkeypatch.setenv("COLUMNS", "300")
    await story.earned(house)
    await story.people(house, OTHER_ADMIN)
    await story.withdrawal(house)
    given = {"database_url": house.address, "maturity_days": 0, "first_withdrawal_hours": 0}
    return Shell(load(admins=frozenset({ADMIN, OTHER_ADMIN}), **given), capsys)


def status(house: House) -> tuple[str, str | None]:
    (row,) = house.sql("SELECT status, reference FROM withdrawals")
    return row["status"], row["reference"]


async def test_a_withdrawal_is_seen_approved_begun_and_paid(house: House, typed: Shell) -> None:
    (line,) = [line for line in (await typed("queues"))[1].splitlines() if line.startswith("open withdrawals")]
    assert line.split()[2:] == ["1", "holdfast", "withdrawals", "list"]
    assert "TON EQ-bob" in (await typed("withdrawals", "show", 1))[1]
    assert f"{BOB}" in (await typed("withdrawals", "list"))[1]
    assert (await typed("withdrawals", "approve", 1))[0] == 1  # nobody named
    status_, said = await typed.admin("withdrawals", "approve", 1)
    assert (status_, said) == (0, f"withdrawal 1 of user {BOB}, 300, is approved; to be paid: TON EQ-bob\n")
    assert (await typed.admin("withdrawals", "send", 1))[0] == 0
    status_, said = await typed("withdrawals", "send", 1, "--as", OTHER_ADMIN)
    assert (status_, f"user:{ADMIN}" in said) == (1, True)
    for _ in range(2):
        assert (await typed.admin("withdrawals", "paid", 1, "--reference", "tx-1"))[0] == 0
    assert (await typed.admin("withdrawals", "paid", 1, "--reference", "tx-2"))[0] == 1
    assert status(house) == ("paid", "tx-1")
    assert await typed("withdrawals", "list") == (0, "no withdrawals\n")
    assert "tx-1" in (await typed("withdrawals", "list", "--ended"))[1]
    assert "withdrawal:1:paid" in (await typed("find", "tx-1"))[1]
    assert (await typed("withdrawals", "show", 9))[0] == 1


async def test_a_withdrawal_is_rejected(house: House, typed: Shell) -> None:
    assert (await typed.admin("withdrawals", "reject", 1, "which", "network?"))[0] == 0
    assert status(house) == ("rejected", None)
    assert story.balance(house, f"user:{BOB}:XTR") == 360


async def test_what_nobody_can_tell_is_settled_with_evidence(house: House, typed: Shell) -> None:
    await typed.admin("withdrawals", "approve", 1)
    assert (await typed.admin("withdrawals", "uncertain", 1, "no", "answer"))[0] == 1  # nobody has begun
    await typed.admin("withdrawals", "send", 1)
    assert (await typed.admin("withdrawals", "uncertain", 1, "no", "answer"))[0] == 0
    assert status(house) == ("uncertain", None)
    assert (await typed.admin("withdrawals", "return", 1, "--evidence", "the bank's letter"))[0] == 0
    assert status(house) == ("returned", None)
    assert story.balance(house, f"user:{BOB}:XTR") == 360

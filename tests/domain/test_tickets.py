"""Tickets: told to the staff, closed once with a statement from the ledger, and not while the two differ."""

import pytest

from domain import books, tickets
from domain.errors import NotAllowed, NotFound, OutOfRange, Refused, WrongState
from domain.tickets import MOST_OPEN, BalanceDiffers, TooManyTickets
from tests import story
from tests.begun import begun
from tests.conftest import ADMIN, OTHER_ADMIN, House
from tests.story import ANN, BOB, CLEO


@begun
async def ready(house: House) -> None:
    await story.booked(house)
    await story.people(house, OTHER_ADMIN)
    truth = "1" if house.address.startswith("sqlite") else "true"
    house.sql(f"UPDATE users SET is_operator = {truth} WHERE id = :id", id=CLEO)


def told(house: House) -> list[int]:
    return [row["user_id"] for row in house.sql("SELECT user_id FROM notices WHERE kind = 'ticket' ORDER BY user_id")]


async def test_a_report_is_a_ticket_of_which_admins_and_operators_are_told(house: House) -> None:
    await ready(house)
    ticket = await house.gate.user(ANN)(tickets.report, "  my balance is wrong ")
    assert house.sql("SELECT user_id, words, status, opened_by FROM tickets") == [
        {"user_id": ANN, "words": "my balance is wrong", "status": "open", "opened_by": f"user:{ANN}"}
    ]
    assert told(house) == [CLEO, ADMIN, OTHER_ADMIN]
    assert (
        house.sql.one(
            "SELECT COUNT(*) AS n FROM audit_events WHERE noun = 'tickets' AND subject = :id", id=str(ticket.id)
        )
        == 1
    )


async def test_the_staff_opens_one_for_somebody_and_nobody_else_may(house: House) -> None:
    await ready(house)
    await house.gate.user(ADMIN)(tickets.open_, ANN, "by letter")
    assert told(house) == [CLEO, OTHER_ADMIN]
    with pytest.raises(Refused) as refused:
        await house.gate.user(BOB)(tickets.open_, ANN, "by letter")
    assert refused.value.refusal == NotAllowed("tickets.open")
    with pytest.raises(Refused) as refused:
        await house.gate.user(ADMIN)(tickets.open_, 77, "nobody")
    assert refused.value.refusal == NotFound("users")


@pytest.mark.parametrize("words", ["", "  ", "x" * 1001])
async def test_a_ticket_says_something_in_bounds(house: House, words: str) -> None:
    await ready(house)
    with pytest.raises(Refused) as refused:
        await house.gate.user(ANN)(tickets.report, words)
    assert refused.value.refusal == OutOfRange("report", 1, 1000)


async def test_one_person_cannot_flood_the_staff(house: House) -> None:
    await ready(house)
    await house.gate.user(ADMIN)(tickets.open_, ANN, "not hers")
    for n in range(MOST_OPEN):
        await house.gate.user(ANN)(tickets.report, f"{n}")
    with pytest.raises(Refused) as refused:
        await house.gate.user(ANN)(tickets.report, "one more")
    assert refused.value.refusal == TooManyTickets(MOST_OPEN)
    await house.gate.user(ADMIN)(tickets.close, 2, "seen")
    await house.gate.user(ANN)(tickets.report, "one more")


async def test_closing_states_what_the_ledger_says_and_tells_its_person_once(house: House) -> None:
    await ready(house)
    ticket = await house.gate.user(ANN)(tickets.report, "where are my Stars?")
    for evidence in ("looked", " looked "):
        closed = await house.gate.user(ADMIN)(tickets.close, ticket.id, evidence)
        assert closed.evidence == "looked"
    newest = house.sql.one("SELECT MAX(id) AS n FROM ledger_entries WHERE wallet_id = :w", w=f"user:{ANN}:XTR")
    wanted = {"wallet": f"user:{ANN}:XTR", "balance": 600, "entries": 600, "many": 2, "newest": newest}
    assert closed.statement == wanted
    (notice,) = house.sql("SELECT user_id, about FROM notices WHERE kind = 'ticket-closed'")
    assert notice == {"user_id": ANN, "about": ticket.id}
    (row,) = house.sql("SELECT status, closed_by FROM tickets")
    assert row == {"status": "closed", "closed_by": f"user:{ADMIN}"}


@pytest.mark.parametrize("evidence", ["", "  ", "x" * 1001])
async def test_a_ticket_is_not_closed_without_evidence_in_bounds(house: House, evidence: str) -> None:
    await ready(house)
    ticket = await house.gate.user(ANN)(tickets.report, "where are my Stars?")
    picture = house.sql.picture()
    with pytest.raises(Refused) as refused:
        await house.gate.user(ADMIN)(tickets.close, ticket.id, evidence)
    assert refused.value.refusal == OutOfRange("report", 1, 1000)
    assert house.sql.picture() == picture


async def test_closed_again_with_other_evidence_is_refused_and_the_first_answer_stays(house: House) -> None:
    await ready(house)
    ticket = await house.gate.user(ANN)(tickets.report, "where are my Stars?")
    await house.gate.user(ADMIN)(tickets.close, ticket.id, "looked")
    picture = house.sql.picture()
    for admin in (ADMIN, OTHER_ADMIN):
        with pytest.raises(Refused) as refused:
            await house.gate.user(admin)(tickets.close, ticket.id, "looked again")
        assert refused.value.refusal == WrongState("tickets", "closed")
    assert house.sql.picture() == picture


async def test_a_ticket_stays_open_while_the_balance_is_not_the_sum_of_its_entries(house: House) -> None:
    await ready(house)
    ticket = await house.gate.user(ANN)(tickets.report, "too little")
    house.sql("UPDATE wallets SET balance = balance - 100 WHERE id = :id", id=f"user:{ANN}:XTR")
    with pytest.raises(Refused) as refused:
        await house.gate.user(ADMIN)(tickets.close, ticket.id, "all is well")
    assert refused.value.refusal == BalanceDiffers(f"user:{ANN}:XTR", 500, 600)
    assert house.sql.one("SELECT status FROM tickets") == "open"
    async with house.owner() as gate:
        await gate.user(ADMIN)(books.rebuild, f"user:{ANN}:XTR", "ticket 1")
    closed = await house.gate.user(ADMIN)(tickets.close, ticket.id, "rebuilt")
    assert closed.statement is not None
    assert closed.statement["balance"] == 600


@pytest.mark.parametrize("who", [ANN, CLEO])
async def test_only_an_admin_closes(house: House, who: int) -> None:
    await ready(house)
    ticket = await house.gate.user(ANN)(tickets.report, "x")
    with pytest.raises(Refused) as refused:
        await house.gate.user(who)(tickets.close, ticket.id, "mine")
    assert refused.value.refusal == NotAllowed("tickets.close")
    with pytest.raises(Refused) as refused:
        await house.gate.user(ADMIN)(tickets.close, 99, "no such")
    assert refused.value.refusal == NotFound("tickets")

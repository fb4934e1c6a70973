"""What people see of their placements."""

from typing import Any

from sqlalchemy import event

from domain import placements
from domain.action import Actor, Look
from tests import story
from tests.conftest import ADMIN, House
from tests.story import ANN, CLEO


async def test_of_many_bookings_those_of_the_page_alone_are_looked_at_whole(house: House) -> None:
    first = await story.booked(house, money=2000)
    more = [await story.draft(house, first.channel) for _ in range(3)]
    for placement in more[:2]:
        await house.gate.user(ANN)(story.escrow.hold, (placement.id,))
    statements: list[str] = []

    def page(look: Look) -> Any:
        def heard(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
            statements.append(statement)

        event.listen(look.conn, "before_cursor_execute", heard)
        try:
            return placements.booked(look, 1, 1)
        finally:
            event.remove(look.conn, "before_cursor_execute", heard)

    actor = house.gate.user(ANN)
    assert [one.id for one in (await actor.ask(placements.booked))[0]] == [more[1].id, more[0].id, first.id]
    found, total = await house.gate.database.read(
        lambda conn: page(Look(conn, house.clock(), Actor.user(ANN), house.gate.terms, frozenset({ADMIN})))
    )
    assert ([one.id for one in found], total) == ([more[0].id], 3)
    assert ["post_jobs" in one for one in statements if one.startswith("SELECT")] == [False, False, True]
    assert await house.gate.user(CLEO).ask(placements.booked) == ([], 0)

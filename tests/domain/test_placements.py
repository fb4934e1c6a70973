"""What people see of their placements."""

from typing import Any

from sqlalchemy import event

from domain import campaigns, disputes, escrow, placements
from domain.action import Actor, Look
from domain.campaigns import Content
from tests import story
from tests.conftest import ADMIN, House
from tests.story import ANN, BOB, CLEO, POST


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


async def test_the_newest_dispute_about_a_placement_is_seen_with_it_and_none_about_another(house: House) -> None:
    first = await story.booked(house)
    other = await story.draft(house, first.channel)
    await house.gate.user(ANN)(escrow.hold, (other.id,))
    for number, placement in enumerate((first, other), start=7):
        await story.succeed(house, placement, message_id=number)

    async def seen() -> list[Any]:
        found = [await house.gate.user(ANN).ask(placements.get, one.id) for one in (first, other)]
        return [(one.dispute, one.is_disputed, one.may_be_disputed) for one in found if one is not None]

    none = (None, False, True)
    assert await seen() == [none, none]
    opened = await house.gate.user(ANN)(disputes.open_, first.id, "the text was cut")
    assert await seen() == [(disputes.Status.talks, True, False), none]
    await house.gate.user(ANN)(disputes.withdraw, opened.id)
    assert await seen() == [(disputes.Status.withdrawn, False, True), none]
    await house.gate.user(BOB)(disputes.open_, first.id, "it was up all day")
    assert await seen() == [(disputes.Status.talks, True, False), none]
    await house.gate.user(ANN)(disputes.open_, other.id, "the text was cut")
    await house.gate.user(ANN)(disputes.withdraw, opened.id + 2)
    assert await seen() == [(disputes.Status.talks, True, False), (disputes.Status.withdrawn, False, True)]


async def test_what_a_placement_publishes_is_for_its_two_sides_and_staff(house: House) -> None:
    first = await story.booked(house)
    coffee = Content(text="Buy our coffee")
    other = await story.draft(house, await story.channel(house, CLEO, chat_id=-1002), by=ADMIN, content=coffee)
    for reader, seen in ((ANN, (POST, None)), (BOB, (POST, None)), (CLEO, (None, coffee)), (ADMIN, (POST, coffee))):
        asked = [await house.gate.user(reader).ask(campaigns.creative_of, one.id) for one in (first, other)]
        assert tuple(asked) == seen
    assert await house.system.ask(campaigns.creative_of, 99) is None

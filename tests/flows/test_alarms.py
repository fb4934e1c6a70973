"""What the admins are told by itself: the digest of a day, and what was halted; with buttons that open what they need."""

from datetime import timedelta

from bot.buttons import Open, To
from bot.sandbox import Message, Person
from domain.action import Switch
from domain.rollback import STOP, STOP_ALL
from tests import story
from tests.conftest import OTHER_ADMIN, House
from tests.flows.conftest import Town

OPENED = ("menu-board", "menu-review", "menu-books")


def house_of(town: Town) -> House:
    return House(town.app.gate, town.clock, town.sql, town.app.settings.database_url)


async def each_opened(town: Town, person: Person, told: Message) -> list[str]:
    """Each button under this message opens its screen as a message of its own; the message stays as it was."""
    assert told.buttons == [town.label(key) for key in OPENED]
    opened = []
    for key in OPENED:
        await person.tap(town.label(key), on=told)
        came = await town.newest(person)
        assert came.id > told.id
        opened.append(came.text)
    (still,) = [message for message in (await person.chat()).messages if message.id == told.id]
    assert (still.text, still.buttons) == (told.text, told.buttons)
    return opened


async def test_an_alert_says_what_was_halted_why_and_what_to_do_and_opens_it(town: Town) -> None:
    olga = await town.admin()
    await story.booked(house_of(town))
    wallet = f"user:{story.ANN}:XTR"
    town.sql("UPDATE wallets SET balance = balance + 1 WHERE id = :id", id=wallet)
    await town.tick()
    facts = {"criterion": "invariant", "many": 2, "who": f"I1 {wallet}, I3 XTR", "halted": ", ".join(STOP_ALL)}
    words = town.said("notice-rollback", **facts)
    told = await olga.sees(words)
    assert "holdfast books check" in words
    board, review, books = await each_opened(town, olga, told)
    assert board.count("HALTED") > len(STOP_ALL)
    assert review == town.said("review", total=0)
    assert town.said("books-offences", many=2) in books
    assert wallet in books
    town.sql("UPDATE wallets SET balance = balance - 1 WHERE id = :id", id=wallet)


async def test_a_stuck_placement_is_named_and_halts_four_switches(town: Town) -> None:
    olga = await town.admin()
    placement = await story.booked(house_of(town))
    await story.approve(house_of(town), placement)
    await town.halt(Switch.worker_post, Switch.worker_watchdogs)
    town.clock.forward(hours=2, minutes=15)
    await town.tick()
    running = [key for key in STOP if key != Switch.worker_post]
    facts = {"criterion": "stuck", "many": 1, "who": str(placement.id), "halted": ", ".join(running)}
    told = await olga.sees(town.said("notice-rollback", **facts))
    assert told.buttons == [town.label(key) for key in OPENED]
    assert town.status(placement.id) == ("held", "queued", "pending")


async def test_in_the_morning_the_admins_read_of_the_day_before(town: Town) -> None:
    olga, paul = await town.admin(), await town.person("Paul", id=OTHER_ADMIN)
    house = house_of(town)
    await story.succeed(house, await story.booked(house))
    await town.tick()
    town.clock.at = town.clock.at.replace(hour=6) + timedelta(days=1)
    await town.tick()
    title = town.app.texts.bind(town.language).day(town.clock.at.date() - timedelta(days=1))
    for admin in (olga, paul):
        told = await admin.sees(title)
        assert "360 ⭐" in told.text
        assert "1,000 ⭐" in told.text.replace("\xa0", ",")
    await each_opened(town, olga, await olga.sees(title))
    before = len((await olga.chat()).messages)
    town.clock.forward(hours=3)
    await town.tick()
    assert len((await olga.chat()).messages) == before
    assert town.sql.one("SELECT COUNT(*) AS n FROM notices WHERE kind = 'digest'") == 2


async def test_the_buttons_of_alerts_are_for_the_staff(town: Town) -> None:
    await town.open_everything()
    ann = await town.person("Ann")
    greeting = await town.newest(ann)
    for to in (To.board, To.review, To.books):
        await ann.press(Open(to=to).pack(), greeting.id)
        await town.telegram.idle()
    said = " ".join(message.text for message in (await ann.chat()).messages)
    assert town.said("board").splitlines()[0] not in said
    assert town.said("books-clean") not in said
    assert town.said("review", total=0) not in said

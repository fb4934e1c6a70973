"""How the bot behaves: greeting, language, time zone, help, reports, old buttons, people who leave and return."""

import itertools

import pytest
from aiogram_dialog.api.entities.stack import new_id

from bot.numbers import LARGEST
from bot.sandbox import Fault
from tests.bot.test_buttons import EVERY
from tests.conftest import ADMIN
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_languages
SAYS = {"/help": ["help"], "/terms": ["terms", "prohibited"], "/paysupport": ["paysupport"]}


async def test_the_greeting_names_the_person_and_shows_the_menu(town: Town) -> None:
    person = await town.telegram.person("A & <i>B</i>", language=town.language)
    hello = await town.say(person, "/start")
    assert "A & <i>B</i>" in hello.text
    assert town.label("menu-new") in hello.buttons
    assert town.label("menu-board") not in hello.buttons
    assert town.label("menu-board") in (await town.newest(await town.admin())).buttons


@pytest.mark.parametrize("command", SAYS)
async def test_commands_that_only_say_something_lead_back(town: Town, command: str) -> None:
    ann = await town.person("Ann")
    said = await town.say(ann, command)
    assert said.text == "\n\n".join(town.said(key) for key in SAYS[command])
    await town.tap(ann, "button-menu")
    assert (await town.newest(ann)).text == town.said("menu")


async def test_every_button_of_the_menu_opens_something(town: Town) -> None:
    ann = await town.person("Ann")
    menu = await town.say(ann, "/menu")
    for label in menu.buttons:
        await town.say(ann, "/menu")
        answer = await ann.tap(label)
        assert answer is None
        await town.telegram.idle()
        assert (await town.newest(ann)).text != town.said("menu")


async def test_language_and_time_zone_are_ones_own(town: Town) -> None:
    ann = await town.person("Ann")
    await town.say(ann, "/settings")
    await town.tap(ann, "settings-zone")
    unknown = await town.say(ann, "Moon/Base")
    assert unknown.text == town.said("error-unknown-time-zone", name="Moon/Base")
    await town.say(ann, "Asia/Tokyo")
    await ann.sees("Asia/Tokyo")
    other = "ru" if town.language == "en" else "en"
    await town.tap(ann, "settings-language")
    await town.tap(ann, f"language-{other}")
    town.language = other
    await town.tap(ann, "settings-done")
    assert (await town.newest(ann)).text == town.said("menu")
    (row,) = town.sql("SELECT language, time_zone FROM users WHERE id = :id", id=ann.id)
    assert row == {"language": other, "time_zone": "Asia/Tokyo"}
    await town.say(ann, "/start")
    assert town.sql.one("SELECT language FROM users WHERE id = :id", id=ann.id) == other


async def test_a_language_we_do_not_speak_is_english(town: Town) -> None:
    town.language = "en"
    person = await town.telegram.person("Zoé", language="fr")
    assert (await town.say(person, "/menu")).text == town.said("menu")


async def test_stray_words_nonsense_and_old_buttons_get_a_fresh_screen(town: Town) -> None:
    ann = await town.person("Ann")
    assert (await town.say(ann, "hello?")).text == town.said("unknown-message")
    assert (await town.say(ann, "/nonsense")).text == town.said("unknown-command")
    message = (await town.newest(ann)).id
    for data in ("nonsense", "go:nowhere:0", "look:campaigns:x:0", "answer:approve", "x" * 64):
        assert await ann.press(data, message) == town.said("stale")
        assert (await town.newest(ann)).text == town.said("menu")


async def test_a_button_of_a_closed_wizard_gets_a_fresh_screen(town: Town) -> None:
    ann = await town.person("Ann")
    ask = await town.say(ann, "/new")
    data = ask.rows[0][0]["callback_data"]
    await town.say(ann, "/cancel")
    assert await ann.press(data, ask.id) == town.said("stale")
    assert (await town.newest(ann)).text == town.said("menu")
    again = await town.say(ann, "/new")
    assert await ann.press(data, ask.id) == town.said("stale")
    fresh = await town.newest(ann)
    assert (fresh.text, fresh.id > again.id) == (again.text, True)


async def test_no_two_wizards_have_the_same_number(town: Town) -> None:
    """A button carries its wizard's: that of a closed one does nothing in the next."""
    assert town.app.dispatcher
    ids = {new_id() for _ in range(1000)}
    assert (len(ids), max(map(len, ids))) == (1000, 6)


async def test_a_report_reaches_every_admin_who_has_met_the_bot(town: Town) -> None:
    olga, ann = await town.admin(), await town.person("Ann")
    await town.say(ann, "/report")
    assert (await town.say(ann, "Someone is <rude>")).text == town.said("report-done", id="1")
    await town.drain()
    await olga.sees("Someone is <rude>")
    assert town.sql("SELECT user_id FROM notices WHERE kind = 'ticket'") == [{"user_id": ADMIN}]
    assert (await town.say(ann, "/report again")).text == town.said("report-done", id="2")
    await town.say(ann, "/report")
    too_long = await town.say(ann, "x" * 1001)
    assert too_long.text == town.said("error-out-of-range", what="report", least=1, most=1000)


async def test_who_blocks_the_bot_is_marked_and_unmarked_when_back(town: Town) -> None:
    ann = await town.person("Ann")
    await ann.block_bot()
    await town.telegram.idle()
    assert town.sql.one("SELECT unreachable_at FROM users WHERE id = :id", id=ann.id) is not None
    await ann.unblock_bot()
    await town.say(ann, "/menu")
    assert town.sql.one("SELECT unreachable_at FROM users WHERE id = :id", id=ann.id) is None


async def test_a_hiccup_of_telegram_is_told_calmly(town: Town) -> None:
    ann = await town.person("Ann")
    await town.telegram.fault("sendMessage", Fault.BAD_REQUEST, chat=ann, times=1)
    said = await town.say(ann, "/help")
    assert said.by_bot
    await town.telegram.clear_faults()
    assert (await town.say(ann, "/help")).text == town.said("help")


async def test_a_number_that_nothing_has_is_an_old_button_and_changes_nothing(town: Town) -> None:
    people = [await town.person("Ann"), await town.admin()]
    before = town.sql.picture()
    pressed = [*itertools.product(people, {type(one): one.pack() for one in EVERY}.values())]
    for who, data in pressed:
        under = (await town.say(who, "/menu")).id
        for number in (2**63, 10**25, -(2**63)):
            forged = data.replace(str(LARGEST), str(number))
            if forged != data and len(forged) <= 64:
                assert await who.press(forged, under) == town.said("stale"), forged
    assert town.sql.picture() == before
    for who, data in pressed:
        assert await who.press(data, (await town.say(who, "/menu")).id) != town.said("error-unexpected"), data

"""Something is wrong with a channel, a post or a person: two taps, a card at the desk, an answer to who reported."""

from bot.buttons import Flag
from domain.reports import Thing
from tests.flows.conftest import Town
from tests.flows.test_requests import requested


async def test_a_post_is_reported_from_its_card_and_the_reporter_hears_what_came_of_it(town: Town) -> None:
    bob, ann, _, placement = await requested(town)
    olga = await town.admin()
    await town.tap(bob, "report-button", thing="creative")
    await town.tap(bob, "report-other")
    assert (await town.say(bob, "a <lie>")).text == town.said("report-filed", id="1")
    await town.drain()
    await olga.sees("a <lie>")
    await town.say(olga, "/admin")
    await town.tap(olga, "desk-reports", many=1)
    about = {"thing": town.label("report-thing", thing="creative"), "reason": town.label("report-other")}
    await town.tap(olga, "desk-report", id="1", name="Bob", **about)
    card = await town.newest(olga)
    assert town.label("find-line", kind="placement", id=str(placement), name="Tech Daily") in card.buttons
    await town.tap(olga, "desk-uphold")
    await town.say(olga, "it is blocked")
    await town.drain()
    await bob.sees(town.said("notice-report-ended", upheld=True, id="1", finding="it is blocked"))
    said = await ann.press(Flag(thing=Thing.creative, id=placement).pack(), (await town.newest(ann)).id)
    assert said == town.said("error-not-found")
    said = await ann.press(Flag(thing=Thing.creative, id=placement, reason="fraud").pack(), (await town.newest(ann)).id)
    assert said == town.said("error-not-found")


async def test_a_channel_is_reported_from_the_catalogue_and_what_is_prohibited_is_said_before_booking(
    town: Town,
) -> None:
    bob, ann = await town.person("Bob"), await town.person("Ann")
    await town.open_everything()
    await town.listed(bob)
    await town.funded(ann)
    await town.say(ann, "/catalog")
    await ann.tap("Tech Daily")
    await town.tap(ann, "report-button", thing="channel")
    await town.tap(ann, "report-fraud")
    assert (await town.newest(ann)).text == town.said("report-filed", id="1")
    (row,) = town.sql("SELECT thing, about, reason, reported_by FROM reports")
    assert row == {"thing": "channel", "about": 1, "reason": "fraud", "reported_by": ann.id}
    assert town.said("prohibited") in (await town.say(ann, "/terms")).text
    assert town.said("prohibited") in (await town.confirming(ann)).text

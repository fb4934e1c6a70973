"""The publisher's answer and the advertiser's second thoughts, in the chat; and who may not give them."""

import re

from bot.buttons import Answer, Deal, Look, Step, To, Verb
from bot.sandbox import Channel, Person
from tests.flows.conftest import Town


async def requested(town: Town) -> tuple[Person, Person, Channel, int]:
    await town.open_everything()
    bob, ann = await town.person("Bob"), await town.person("Ann")
    channel = await town.listed(bob)
    await town.funded(ann)
    return bob, ann, channel, await town.booked(ann)


async def test_the_request_comes_under_the_true_preview_with_all_that_counts(town: Town) -> None:
    bob, _, _, _ = await requested(town)
    preview, card = [m for m in (await bob.chat()).messages if m.by_bot][-2:]
    assert preview.text == "Buy our tea"
    for words in ("400", "40", "360", town.said("stay", hours=24), "12:00 (UTC)"):
        assert words in card.text
    words = ("approve", "decline", "time", "price")
    wrong = town.label("report-button", thing="creative")
    assert card.buttons == [*(town.label(f"request-{word}") for word in words), wrong]


async def test_the_list_of_requests_opens_the_preview_and_the_card(town: Town) -> None:
    bob, _, channel, placement = await requested(town)
    listed = await town.say(bob, "/requests")
    assert listed.text == town.said("requests", total=1)
    await bob.tap("Tech Daily · 400")
    card = await town.newest(bob)
    await town.tap(bob, "request-approve")
    shown = [m for m in (await bob.chat()).messages if m.shows(town.said("request-approved"))]
    assert card.id in {m.id for m in shown}
    assert len(shown) == 2  # the notice's card too
    await town.tick()
    assert len(await channel.posts()) == 1
    assert town.status(placement)[1] == "success"
    assert (await town.say(bob, "/requests")).text == town.said("requests", total=0)


async def test_a_reason_in_ones_own_words_reaches_the_advertiser_escaped(town: Town) -> None:
    bob, ann, _, placement = await requested(town)
    await town.tap(bob, "request-decline")
    await town.tap(bob, "request-write")
    too_long = await town.say(bob, "x" * 301)
    assert too_long.text == town.said("error-reason-too-long", most=300)
    await town.say(bob, "<b>No</b> & no")
    await bob.sees(town.said("request-declined"))
    await town.tick()
    await ann.sees("<b>No</b> & no")
    assert town.sql.one("SELECT decline_reason FROM campaign_targets") == "<b>No</b> & no"
    assert town.status(placement) == ("refunded", "failed", "refunded")


async def test_declining_can_be_thought_over(town: Town) -> None:
    bob, _, _, placement = await requested(town)
    await town.tap(bob, "request-decline")
    await town.tap(bob, "button-back")
    await town.tap(bob, "request-approve")
    await town.tick()
    assert town.status(placement)[1] == "success"


async def test_nobody_else_can_answer_and_an_old_button_decides_nothing(town: Town) -> None:
    bob, ann, _, placement = await requested(town)
    cleo = await town.person("Cleo")
    hello = await town.newest(cleo)
    before = town.sql.picture()
    for person in (cleo, ann):
        message = (await town.newest(person)).id
        for verb in (Verb.approve, Verb.decline, Verb.write, Verb.back):
            said = await person.press(Answer(verb=verb, id=placement, version=1).pack(), message)
            assert said == town.said("error-not-found"), verb
        reason = Answer(verb=Verb.reason, id=placement, version=1, reason="topic").pack()
        assert await person.press(reason, message) == town.said("error-not-found")
    assert await cleo.press(Look(at=To.requests, id=placement).pack(), hello.id) == town.said("error-not-found")
    card = await town.newest(bob)
    old = Answer(verb=Verb.approve, id=placement, version=7).pack()
    assert await bob.press(old, card.id) == town.said("error-changed")
    assert town.sql.picture() == before
    assert (await town.newest(bob)).buttons == card.buttons


async def test_the_second_answer_finds_the_first(town: Town) -> None:
    bob, _, _, placement = await requested(town)
    card = await town.newest(bob)
    await town.tap(bob, "request-approve")
    again = Answer(verb=Verb.approve, id=placement, version=1).pack()
    assert await bob.press(again, card.id) is None  # the same answer, given again, is no trouble
    other = Answer(verb=Verb.reason, id=placement, version=1, reason="topic").pack()
    refused = await bob.press(other, card.id)
    assert refused == town.said("error-wrong-state", noun="campaign_targets", status="approved")
    assert town.sql.one("SELECT approval FROM campaign_targets") == "approved"


async def test_the_advertiser_takes_it_back_after_being_asked_and_the_card_says_so(town: Town) -> None:
    bob, ann, channel, placement = await requested(town)
    await town.say(ann, "/campaigns")
    await ann.tap("Tech Daily · 400")
    card = await town.newest(ann)
    assert town.said("money-held", price=400) in card.text
    await town.tap(ann, "placement-cancel")
    await town.tap(ann, "placement-cancel-no")
    assert town.status(placement)[0] == "held"
    await town.tap(ann, "placement-cancel")
    await town.tap(ann, "placement-cancel-yes")
    await ann.sees(town.said("placement-cancelled", price=400))
    await bob.sees(town.said("request-cancelled"))
    await town.tick()
    assert town.status(placement) == ("refunded", "failed", "refunded")
    assert town.balance(ann) == 1000
    assert await channel.posts() == []
    await bob.sees(town.said("failure", reason="cancelled"))


async def test_what_is_published_cannot_be_taken_back(town: Town) -> None:
    bob, ann, _, placement = await requested(town)
    await town.tap(bob, "request-approve")
    await town.drain()
    said = await ann.press(Deal(step=Step.sure, id=placement).pack(), (await town.newest(ann)).id)
    assert said == town.said("error-wrong-state", noun="post_jobs", status="success")
    await town.say(ann, "/campaigns")
    await ann.tap("Tech Daily · 400")
    card = await town.newest(ann)
    assert town.label("placement-cancel") not in card.buttons
    assert town.label("placement-open") in card.buttons
    assert re.search(r"3 \w+ 2026, 15:37 \(Europe/Moscow\)", card.text)


async def test_a_strangers_placement_is_as_if_there_were_none(town: Town) -> None:
    """And to its publisher, who sees it as a request, it is not theirs to take back or to pause."""
    bob, _, _, placement = await requested(town)
    cleo = await town.person("Cleo")
    for person in (cleo, bob):
        message = (await town.newest(person)).id
        for data in [Look(at=To.campaigns, id=placement), *(Deal(step=step, id=placement) for step in Step)]:
            assert await person.press(data.pack(), message) == town.said("error-not-found")
    assert town.status(placement)[0] == "held"


async def test_a_paused_campaign_is_not_published_until_it_is_resumed(town: Town) -> None:
    bob, ann, channel, _ = await requested(town)
    await town.say(ann, "/campaigns")
    await ann.tap("Tech Daily · 400")
    await town.tap(ann, "placement-pause")
    await ann.sees(town.said("placement-paused"))
    await town.tap(bob, "request-approve")
    await town.tick()
    assert await channel.posts() == []
    await town.tap(ann, "placement-resume")
    await town.tick()
    assert len(await channel.posts()) == 1

"""Another time or another price, in the chat: a manager asks, the advertiser answers, every card says how it stands."""

from bot.buttons import Answer, Bargain, Reply, Verb
from domain.action import Switch
from tests.flows.conftest import Town
from tests.flows.test_requests import requested


async def test_another_time_is_agreed_upon_and_published_then(town: Town) -> None:
    bob, ann, channel, placement = await requested(town)
    await town.tap(bob, "request-time")
    await town.say(bob, "tomorrow 18:30" if town.language == "en" else "завтра 18:30")
    card = await town.newest(bob)
    assert card.buttons[:2] == [town.label("request-approve"), town.label("request-decline")]
    assert town.label("request-price") not in card.buttons
    await town.tick()
    await ann.sees(town.said("proposal-terms", kind="time", at="3 March", price=0)[:12])
    await town.say(ann, "/campaigns")
    await ann.tap("Tech Daily · 400")
    assert town.label("proposal-accept", kind="time", price=0) in (await town.newest(ann)).buttons
    await town.tap(ann, "proposal-accept", kind="time", price=0)
    await ann.sees(town.said("proposal-accepted"))
    await bob.sees(town.said("request-approved"))
    await town.tick()
    assert await channel.posts() == []
    town.clock.forward(hours=30, minutes=31)
    await town.tick()
    assert len(await channel.posts()) == 1
    assert town.status(placement) == ("held", "success", "pending")


async def test_another_price_needs_the_money_beside_the_old_one_and_books_a_linked_placement(town: Town) -> None:
    bob, ann, channel, placement = await requested(town)
    await town.tap(bob, "request-price")
    assert (await town.say(bob, "much")).text == town.said("error-bad-amount")
    assert (await town.say(bob, "400")).text == town.said("error-same-terms")
    await town.say(bob, "650")
    await town.drain()
    card = await town.newest(ann)
    assert town.said("proposal-beside", price=650, held=400) in card.text
    await town.tap(ann, "proposal-accept", kind="price", price=650)
    short = await town.newest(ann)
    assert short.text == town.said("error-not-enough-beside", needed=650, available=600, held=400)
    assert town.label("deposit-button", amount=50) in short.buttons
    assert town.status(placement) == ("held", "queued", "pending")
    await town.funded(ann, 50)
    await town.halt(Switch.new_escrows)
    said = await ann.press(Bargain(reply=Reply.accept, id=1).pack(), card.id)
    assert said == town.said("error-halted", switch="new_escrows")
    await town.resume(Switch.new_escrows)
    assert await ann.press(Bargain(reply=Reply.accept, id=1).pack(), card.id) is None
    await town.telegram.idle()
    await bob.sees(town.said("request-repriced"))
    await town.tick()
    assert town.balance(ann) == 400
    assert town.status(placement) == ("refunded", "failed", "refunded")
    assert town.status(placement + 1) == ("held", "success", "pending")
    assert len(await channel.posts()) == 1
    await bob.sees(town.said("notice-published", channel="Tech Daily", link="", state="", money="").splitlines()[0][:5])


async def test_a_no_gives_the_publisher_the_word_again_and_three_are_enough(town: Town) -> None:
    bob, ann, _, placement = await requested(town)
    for price in (500, 480, 460):
        await town.tap(bob, "request-price")
        await town.say(bob, str(price))
        await town.drain()
        await town.tap(ann, "proposal-decline")
        await ann.sees(town.said("proposal-declined"))
        await town.tick()
        await town.say(bob, "/requests")
        await bob.tap("Tech Daily · 400")
    await town.tap(bob, "request-price")
    assert (await town.say(bob, "450")).text == town.said("error-too-many-rounds", most=3)
    await town.say(bob, "/cancel")
    await town.tap(bob, "request-approve")
    assert town.sql.one("SELECT approval FROM campaign_targets WHERE id = :id", id=placement) == "approved"


async def test_unanswered_it_expires_on_every_card_and_the_desk_sees_what_waits(town: Town) -> None:
    bob, ann, _, placement = await requested(town)
    olga = await town.admin()
    await town.tap(bob, "request-price")
    await town.say(bob, "500")
    await town.tick()
    await town.say(olga, "/admin")
    await town.tap(olga, "desk-proposals", many=1)
    listed = await town.newest(olga)
    assert town.said("desk-list-proposals", total=1) in listed.text
    assert any("500" in label for label in listed.buttons)
    town.clock.forward(hours=12)
    await town.tick()
    await ann.sees(town.said("proposal-expired"))
    said = await ann.press(Bargain(reply=Reply.accept, id=1).pack(), (await town.newest(ann)).id)
    assert said == town.said("error-wrong-state", noun="proposals", status="expired")
    assert town.label("request-price") in [
        label for m in (await bob.chat()).messages if m.by_bot for label in m.buttons
    ]
    assert town.status(placement) == ("held", "queued", "pending")


async def test_forged_and_old_buttons_propose_and_answer_nothing(town: Town) -> None:
    bob, ann, _, placement = await requested(town)
    cleo = await town.person("Cleo")
    await town.tap(bob, "request-price")
    await town.say(bob, "500")
    await town.tick()
    before = town.sql.picture()
    for person in (cleo, bob):
        message = (await town.newest(person)).id
        for reply in Reply:
            assert await person.press(Bargain(reply=reply, id=1).pack(), message) == town.said("error-not-found")
            assert await person.press(Bargain(reply=reply, id=7).pack(), message) == town.said("error-not-found")
    for person in (cleo, ann):
        message = (await town.newest(person)).id
        for verb in (Verb.time, Verb.price):
            data = Answer(verb=verb, id=placement, version=1).pack()
            assert await person.press(data, message) == town.said("error-not-found")
    old = await bob.press(Answer(verb=Verb.approve, id=placement, version=1).pack(), (await town.newest(bob)).id)
    assert old == town.said("error-changed")
    assert town.sql.picture() == before

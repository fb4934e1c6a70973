"""The main story, end to end, in the chat: fund, book, approve, publish, pay; decline; removal; a halt."""

import pytest

from bot.buttons import Answer, Verb
from domain.action import Switch
from tests.flows.conftest import Town


async def ready(town: Town, hours: int = 24, money: int = 1000) -> tuple:
    await town.open_everything()
    bob, ann = await town.person("Bob"), await town.person("Ann")
    channel = await town.listed(bob, hours=hours)
    await town.funded(ann, money)
    return bob, ann, channel


async def tell_story(town: Town) -> None:
    await town.open_everything()
    bob, ann = await town.person("Bob"), await town.person("Ann")
    channel = await town.listed_in_the_chat(bob)
    await town.funded(ann)

    placement = await town.booked_in_the_chat(ann, "Buy our tea")
    assert town.status(placement) == ("held", "queued", "pending")
    assert town.balance(ann) == 600

    await town.tap(bob, "request-approve")
    card = await bob.sees(town.said("request-approved"))
    assert card.buttons == []
    assert await channel.posts() == []
    await town.tick()
    (post,) = await channel.posts()
    assert post.text == "Buy our tea"
    link = f"https://t.me/TechDaily/{post.id}"
    for person in (ann, bob):
        await person.sees(link)
    assert town.status(placement) == ("held", "success", "pending")

    town.clock.forward(hours=24, minutes=1)
    await town.tick()
    assert town.status(placement) == ("held", "success", "pending")
    town.clock.forward(minutes=40)
    await town.tick()
    assert town.status(placement) == ("released", "success", "posted")
    assert (town.balance(ann), town.balance(bob)) == (600, 360)
    assert town.sql.one("SELECT balance FROM wallets WHERE id = 'fees:XTR'") == 40
    await bob.sees(town.said("notice-paid", channel="Tech Daily", payout=360, amount=400, fee=40, rebate=0))
    await ann.sees(town.said("notice-served", channel="Tech Daily", amount=400, payout=360, fee=40, rebate=0))
    wallet = await town.say(bob, "/wallet")
    assert "+360" in wallet.text


@pytest.mark.both_languages
async def test_the_story_in_both_languages(town: Town) -> None:
    await tell_story(town)


async def test_the_story_on_each_database(city: Town) -> None:
    await tell_story(city)


async def test_a_declined_placement_is_refunded(town: Town) -> None:
    bob, ann, channel = await ready(town)
    placement = await town.booked(ann)
    await town.tap(bob, "request-decline")
    await town.tap(bob, "reason-topic")
    await bob.sees(town.said("request-declined"))
    await town.tick()
    assert town.status(placement) == ("refunded", "failed", "refunded")
    assert town.balance(ann) == 1000
    assert await channel.posts() == []
    await ann.sees(town.said("reason-topic"))
    await ann.sees(town.said("notice-refunded", amount=400, channel="Tech Daily"))


async def test_a_placement_that_nobody_answers_expires_and_is_refunded(town: Town) -> None:
    bob, ann, _ = await ready(town)
    placement = await town.booked(ann)
    town.clock.forward(hours=24, seconds=1)
    await town.tick()
    assert town.status(placement) == ("refunded", "failed", "refunded")
    await bob.sees(town.said("failure", reason="expired"))
    await ann.sees(town.said("failure", reason="expired"))
    card = await bob.sees(town.said("request-expired"))
    assert card.buttons == []
    answer = await bob.press(
        Answer(verb=Verb.approve, id=placement, version=1).pack(), card.id
    )  # seen before it closed
    assert answer == town.said("error-wrong-state", noun="campaign_targets", status="expired")


async def test_a_post_deleted_early_is_refunded(town: Town) -> None:
    bob, ann, channel = await ready(town)
    placement = await town.booked(ann)
    await town.tap(bob, "request-approve")
    await town.tick()
    (post,) = await channel.posts()
    await channel.delete_post(post.id)
    town.clock.forward(hours=24, minutes=1)
    await town.tick()
    town.clock.forward(minutes=5)
    await town.tick()
    assert town.status(placement) == ("refunded", "removed", "refunded")
    assert (town.balance(ann), town.balance(bob)) == (1000, 0)
    await ann.sees(town.said("notice-removed", channel="Tech Daily", side="advertiser"))
    await bob.sees(town.said("notice-removed", channel="Tech Daily", side="publisher"))


async def test_with_payouts_halted_it_is_published_and_stays_held_then_is_paid_once(town: Town) -> None:
    bob, ann, channel = await ready(town, hours=0)
    await town.halt(Switch.payouts)
    placement = await town.booked(ann)
    await town.tap(bob, "request-approve")
    await town.tick()
    assert len(await channel.posts()) == 1
    assert town.status(placement) == ("held", "success", "pending")
    await town.resume(Switch.payouts)
    await town.tick()
    assert town.status(placement) == ("released", "success", "posted")
    await town.tick()
    assert town.balance(bob) == 360


async def test_a_placement_for_a_time_is_published_at_that_time(town: Town) -> None:
    bob, ann, channel = await ready(town)
    await town.drafted(ann)
    await town.tap(ann, "order-go-on")
    await ann.tap("Tech Daily")
    await ann.tap("Europe/Moscow")
    confirm = await town.say(ann, "18:30")  # it is 15:00 in Moscow
    assert "18:30 (Europe/Moscow)" in confirm.text
    await town.tap(ann, "order-yes", price=400)
    await town.drain()
    await town.tap(bob, "request-approve")
    await town.tick()
    assert await channel.posts() == []
    town.clock.forward(hours=3, minutes=30, seconds=1)
    await town.tick()
    assert len(await channel.posts()) == 1

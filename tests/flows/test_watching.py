"""A published post, told in the chat: reactions, edits, rights that come and go, time on top, and a share where one is paid."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.sandbox import Channel, Person
from domain.checks import Verdict
from tests.domain.test_checks import moment
from tests.flows.conftest import Town


@dataclass
class Deal:
    """Ann's post in Bob's channel, published now."""

    town: Town
    ann: Person
    bob: Person
    channel: Channel
    placement: int
    post: int

    async def later(self, **step: float) -> None:
        self.town.clock.forward(**step)
        await self.town.tick()

    async def edit(self, words: str, number: int = 0) -> None:
        await self.channel.edit_post(self.post + number, words)
        await self.town.drain()

    async def to_the_end(self) -> None:
        """To the confirming look, and past it."""
        await self.town.hours(26)

    def verdicts(self) -> list[str]:
        return [row["verdict"] for row in self.town.sql("SELECT verdict FROM post_checks ORDER BY id")]


async def published(town: Town, early: str = "nothing") -> Deal:
    await town.open_everything()
    bob, ann = await town.person("Bob"), await town.person("Ann")
    channel = await town.listed(bob, early=early)
    await town.funded(ann)
    placement = await town.booked(ann)
    await town.tap(bob, "request-approve")
    await town.drain()
    (post,) = await channel.posts()
    return Deal(town, ann, bob, channel, placement, post.id)


async def test_an_emoji_reaction_voids_no_deal(city: Town) -> None:
    deal = await published(city)
    for _ in range(3):
        await deal.channel.react(deal.post)
    await city.tick()
    assert deal.verdicts() == []
    await deal.to_the_end()
    assert city.status(deal.placement) == ("released", "success", "posted")
    assert set(deal.verdicts()) == {"up"}


async def test_an_edit_is_told_to_both_at_once_and_restoring_it_in_time_keeps_the_deal(town: Town) -> None:
    deal = await published(town)
    await deal.later(hours=2)
    await deal.edit("Buy their coffee")
    until = town.clock() + timedelta(minutes=30)
    await deal.bob.sees(town.said("notice-changed", channel="Tech Daily", side="publisher", until=until))
    await deal.ann.sees(town.said("notice-changed", channel="Tech Daily", side="advertiser", until=until)[:40])
    await deal.bob.sees(town.said("state-changed", at=town.clock()))  # on the card of the published post, in place
    await deal.later(minutes=20)
    await deal.edit("Buy our tea")
    for person in (deal.ann, deal.bob):
        await person.sees(town.said("notice-restored", channel="Tech Daily"))
    assert deal.verdicts() == ["up", "changed", "up"]
    await deal.to_the_end()
    assert town.status(deal.placement) == ("released", "success", "posted")


async def test_an_edit_that_is_not_restored_gives_the_money_back(city: Town) -> None:
    deal = await published(city)
    await deal.edit("Buy their coffee")
    await deal.later(minutes=29)
    assert city.status(deal.placement)[0] == "held"
    await deal.later(minutes=1)
    assert city.status(deal.placement) == ("refunded", "removed", "refunded")
    assert city.balance(deal.ann) == 1000


async def test_an_edit_that_the_database_could_not_record_comes_again(town: Town) -> None:
    deal = await published(town)
    town.sql("CREATE TRIGGER broken BEFORE INSERT ON post_checks BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    asked = await town.telegram.calls("getUpdates")
    await deal.channel.edit_post(deal.post, "Buy their coffee")
    while await town.telegram.calls("getUpdates") < asked + 2:
        pass  # asked for again: it was not confirmed
    assert deal.verdicts() == []
    # the bot tries again meanwhile and may hold the write lock: waiting for it must not stop the bot's own loop
    await asyncio.to_thread(town.sql, "DROP TRIGGER broken")
    await town.telegram.idle(timeout=60)
    assert deal.verdicts() == ["changed"]


async def test_lost_rights_move_nothing_and_with_them_the_looks_go_on(town: Town) -> None:
    deal = await published(town)
    await deal.later(hours=1)
    await deal.channel.remove_bot(by=deal.bob)
    await town.telegram.idle()
    await town.tick()
    await deal.bob.sees(town.said("notice-channel-lost", channel="Tech Daily"))
    await deal.town.hours(30)
    assert deal.verdicts() == ["up"] + ["unknown"] * 5
    assert town.status(deal.placement)[0] == "held"
    await deal.channel.promote(by=deal.bob)
    await town.telegram.idle()
    await town.tick()
    await deal.bob.sees(town.said("notice-channel-back", channel="Tech Daily"))
    assert deal.verdicts()[-1] == "up"
    assert town.status(deal.placement) == ("released", "success", "posted")


async def test_a_channel_that_is_paid_by_the_hour_says_so_before_booking_and_shares_the_price(town: Town) -> None:
    deal = await published(town, early="part")
    await town.say(deal.ann, "/catalog")
    await deal.ann.tap(town.label("stay-short-part", hours=24))
    assert town.said("stay-part") in (await town.newest(deal.ann)).text
    await deal.later(minutes=11)
    await deal.channel.delete_post(deal.post)
    await deal.later(hours=4)
    await deal.later(minutes=4)
    assert town.status(deal.placement) == ("released", "success", "posted")
    facts = {"channel": "Tech Daily", "amount": 400, "payout": 3, "fee": 0, "rebate": 397}
    await deal.bob.sees(town.said("notice-paid", **facts))
    await deal.ann.sees(town.said("notice-served", **facts))
    time = town.label("duration", hours=0, minutes=11)
    for person in (deal.ann, deal.bob):
        await person.sees(town.said("notice-shortened", channel="Tech Daily", share=3, rebate=397, hours=24, time=time))
        await person.sees(town.said("state-part"))  # the card of the published post, in place
    assert (town.balance(deal.ann), town.balance(deal.bob)) == (997, 3)


async def test_the_card_shows_the_looks_and_the_time_on_top(town: Town) -> None:
    deal = await published(town)
    await deal.later(minutes=10)
    town.clock.forward(minutes=70)
    await deal.channel.post("Good morning", by=deal.bob)
    await town.telegram.idle()
    await deal.later(hours=3)
    await town.say(deal.ann, "/campaigns")
    await deal.ann.tap("Tech Daily · 400")
    card = (await town.newest(deal.ann)).text
    time = town.label("duration", hours=1, minutes=20)
    assert town.said("placement-top", time=time, covered=True) in card
    text = town.app.texts.bind(town.language, ZoneInfo("Europe/Moscow"))
    seen = [moment(row["at"]) for row in town.sql("SELECT at FROM post_checks ORDER BY id")]
    assert len(seen) == 2
    for at in seen:
        assert text.flat(text("look", at=text.brief(at), verdict=Verdict.up)) in card


# An album


async def album_booked(town: Town) -> tuple[Person, Person, Channel]:
    """Ann's three pictures for Bob's channel."""
    await town.open_everything()
    bob, ann = await town.person("Bob"), await town.person("Ann")
    channel = await town.listed(bob, hours=24)
    await town.funded(ann)
    await town.say(ann, "/new")
    await ann.send_album({"kind": "photo", "caption": "Our tea"}, {"kind": "photo"}, {"kind": "photo"})
    await town.tap(ann, "order-album-complete")
    await town.tap(ann, "order-go-on")
    await ann.tap("Tech Daily")
    await ann.tap("Europe/Moscow")
    await town.tap(ann, "order-now")
    await town.tap(ann, "order-yes", price=400)
    await town.drain()
    return bob, ann, channel


async def album(town: Town) -> Deal:
    """They stand in the channel; `post` is the first of them."""
    bob, ann, channel = await album_booked(town)
    await town.tap(bob, "request-approve")
    await town.drain()
    first, _, _ = await channel.posts()
    return Deal(town, ann, bob, channel, 1, first.id)


async def test_an_album_that_loses_its_other_pictures_is_refunded(city: Town) -> None:
    deal = await album(city)
    for post in (await deal.channel.posts())[1:]:
        await deal.channel.delete_post(post.id)
    await deal.later(minutes=10)
    assert city.status(deal.placement)[0] == "held"
    await deal.later(minutes=4)
    assert deal.verdicts() == ["gone", "gone"]
    assert city.status(deal.placement) == ("refunded", "removed", "refunded")
    assert city.balance(deal.ann) == 1000


async def test_a_reaction_to_one_picture_forgives_no_other_that_was_altered(city: Town) -> None:
    deal = await album(city)
    await deal.channel.edit_post(deal.post + 1, "Tea is poison")
    await deal.channel.react(deal.post)
    await city.tick()
    assert deal.verdicts() == ["changed"]
    await deal.later(minutes=30)
    assert city.status(deal.placement) == ("refunded", "removed", "refunded")


async def test_an_album_is_restored_when_its_last_altered_picture_is(town: Town) -> None:
    deal = await album(town)
    until = town.clock() + timedelta(minutes=30)
    for number in (1, 2):
        await deal.edit("Tea is poison", number)
        await deal.later(minutes=5)
    for number in (1, 2):
        assert deal.verdicts() == ["changed"]
        await deal.edit("", number)
        await deal.later(minutes=4)
    assert deal.verdicts() == ["changed", "up"]
    await deal.bob.sees(town.said("notice-changed", channel="Tech Daily", side="publisher", until=until))
    await deal.bob.sees(town.said("notice-restored", channel="Tech Daily"))
    until = town.clock() + timedelta(minutes=30 - 14)
    await deal.edit("Their coffee")
    await deal.bob.sees(town.said("notice-changed", channel="Tech Daily", side="publisher", until=until))
    await deal.edit("Our tea")
    await deal.to_the_end()
    assert town.status(deal.placement) == ("released", "success", "posted")

"""Making an order, in the chat: the post, its buttons, the channel, the time, the confirmation; and each wrong turn."""

import pytest

from bot.sandbox import Channel, Person
from domain import campaigns
from domain.action import Switch
from tests.flows.conftest import Town


async def market(town: Town, money: int = 1000) -> tuple[Person, Person, Channel]:
    await town.open_everything()
    bob, ann = await town.person("Bob"), await town.person("Ann")
    channel = await town.listed(bob)
    if money:
        await town.funded(ann, money)
    return bob, ann, channel


async def test_formatting_and_buttons_are_published_exactly_as_previewed(town: Town) -> None:
    bob, ann, channel = await market(town)
    await town.say(ann, "/new")
    entities = [{"type": "bold", "offset": 0, "length": 3}, {"type": "italic", "offset": 8, "length": 3}]
    await ann.say("Buy our tea <now> & 🍵", entities=entities)
    await town.telegram.idle()
    await town.say(ann, "Our shop - https://example.com/a?b=1&c=2\nAsk – tg://resolve?domain=example")
    preview = await ann.sees("Buy our tea")
    await town.tap(ann, "order-go-on")
    await ann.tap("Tech Daily")
    await ann.tap("Europe/Moscow")
    await town.tap(ann, "order-now")
    await town.tap(ann, "order-yes", price=400)
    await town.drain()
    await town.tap(bob, "request-approve")
    await town.tick()
    (post,) = await channel.posts()
    assert post.text == "Buy our tea <now> & 🍵"
    assert post.entities == entities
    assert post.rows == preview.rows
    assert post.buttons == ["Our shop", "Ask"]


async def test_a_picture_with_a_caption_is_published(town: Town) -> None:
    bob, ann, channel = await market(town)
    await town.say(ann, "/new")
    await ann.send_photo(caption="Our tea", entities=[{"type": "bold", "offset": 4, "length": 3}])
    await town.tap(ann, "order-skip")
    await town.tap(ann, "order-go-on")
    await ann.tap("Tech Daily")
    await ann.tap("UTC")
    await town.tap(ann, "order-now")
    await town.tap(ann, "order-yes", price=400)
    await town.drain()
    shown = await bob.sees("Our tea")
    assert shown.media == "photo"
    await town.tap(bob, "request-approve")
    await town.tick()
    (post,) = await channel.posts()
    assert (post.media, post.text) == ("photo", "Our tea")
    assert post.entities == [{"type": "bold", "offset": 4, "length": 3}]


async def test_what_cannot_be_published_is_said_while_it_can_be_mended(town: Town) -> None:
    _, ann, _ = await market(town, 0)
    await town.say(ann, "/new")
    await ann.send_photo(caption="x" * 1025)
    assert (await town.newest(ann)).text == town.said("error-text-too-long", length=1025, most=1024)
    await ann.send_album({"kind": "audio"})
    assert (await town.newest(ann)).text == town.said("error-not-publishable", kind="audio")
    for album, refusal in (
        ([{"kind": "photo", "caption": "one"}, {"kind": "photo", "caption": "two"}], town.said("error-second-caption")),
        ([{"kind": "photo"}, {"kind": "document"}], town.said("error-bad-album", most=10)),
    ):
        await ann.send_album(*album)
        await town.telegram.idle()
        assert await town.tap(ann, "order-album-complete") == refusal
    await town.say(ann, "Buy our tea")
    for wrong in ("nonsense", "Shop - ftp://example.com", "Shop - javascript:alert(1)", "Shop - https://"):
        said = await town.say(ann, wrong)
        assert said.text == town.said("error-bad-link", link=wrong.rpartition(" - ")[2])
    too_many = "\n".join(f"Shop {n} - https://example.com" for n in range(4))
    assert (await town.say(ann, too_many)).text == town.said("error-too-many-buttons", most=3)
    await town.say(ann, "Shop - https://example.com")
    await ann.sees(town.said("order-preview"))


async def test_the_post_and_the_buttons_can_be_changed_before_going_on(town: Town) -> None:
    _, ann, _ = await market(town, 0)
    await town.drafted(ann, "First words")
    await town.tap(ann, "order-other-post")
    await town.say(ann, "Second words")
    await town.tap(ann, "order-skip")
    await ann.sees("Second words")
    await town.tap(ann, "order-other-buttons")
    await town.say(ann, "Shop - https://example.com")
    assert (await ann.sees("Second words")).buttons == ["Shop"]
    assert town.sql.one("SELECT COUNT(*) AS n FROM campaigns") == 1


async def test_too_little_money_keeps_the_draft_and_leads_to_a_top_up(town: Town) -> None:
    _, ann, _ = await market(town, 300)
    confirm = await town.confirming(ann)
    assert town.said("order-short", short=100) in confirm.text
    await town.tap(ann, "order-yes", price=400)
    refused = await town.newest(ann)
    assert refused.text == town.said("error-not-enough-money", needed=400, available=300)
    assert town.label("wallet-top-up") in refused.buttons
    assert town.sql.one("SELECT COUNT(*) AS n FROM escrows") == 0
    await town.tap(ann, "deposit-button", amount=100)
    await ann.pay(balance=100)
    await town.tick()
    await town.tap(ann, "order-yes", price=400)
    assert town.balance(ann) == 0
    assert town.sql.one("SELECT status FROM escrows") == "held"


async def test_with_new_bookings_halted_nothing_is_taken_and_the_draft_stays(town: Town) -> None:
    _, ann, _ = await market(town)
    await town.halt(Switch.new_escrows)
    await town.confirming(ann)
    before = town.sql.picture()
    answer = await town.tap(ann, "order-yes", price=400)
    assert answer == town.said("error-halted", switch="new_escrows")
    assert town.sql.picture() == before
    await town.resume(Switch.new_escrows)
    await town.tap(ann, "order-yes", price=400)
    assert town.balance(ann) == 600


async def test_confirming_twice_holds_once(town: Town) -> None:
    _, ann, _ = await market(town)
    confirm = await town.confirming(ann)
    data = next(b["callback_data"] for row in confirm.rows for b in row if b["text"].startswith("✅"))
    await ann.press(data, confirm.id)
    answer = await ann.press(data, confirm.id)
    assert answer == town.said("stale")
    assert town.sql.one("SELECT COUNT(*) AS n FROM escrows") == 1
    assert town.balance(ann) == 600


@pytest.mark.parametrize("words", ["soon", "25:00", "2026-02-30 10:00", "12", "18:30:00", "⏰"])
async def test_a_time_nobody_can_read_is_asked_again(town: Town, words: str) -> None:
    _, ann, _ = await market(town, 0)
    await town.drafted(ann)
    await town.tap(ann, "order-go-on")
    await ann.tap("Tech Daily")
    wrong_zone = await town.say(ann, "Mars/Olympus")
    assert wrong_zone.text == town.said("error-unknown-time-zone", name="Mars/Olympus")
    await town.say(ann, "Asia/Tbilisi")
    assert (await town.say(ann, words)).text == town.said("error-unreadable-time", words=words)
    past = await town.say(ann, "2026-03-01 10:00")
    assert past.text == town.said("error-bad-slot", days=60)
    far = await town.say(ann, "2027-03-01 10:00")
    assert far.text == town.said("error-bad-slot", days=60)
    assert town.sql.one("SELECT COUNT(*) AS n FROM campaign_targets") == 0


async def test_a_channel_paused_meanwhile_is_refused_and_the_price_once_shown_counts(town: Town) -> None:
    bob, ann, _ = await market(town)
    await town.confirming(ann)
    await town.say(bob, "/channels")
    await bob.tap("Tech Daily")
    await town.tap(bob, "channel-change")
    await town.say(bob, "900")
    await town.say(bob, "24")
    await town.tap(bob, "offer-early-nothing")
    await town.say(bob, "/channels")
    await bob.tap("Tech Daily")
    await town.tap(bob, "channel-pause")
    answer = await town.tap(ann, "order-yes", price=400)
    assert answer == town.said("error-not-listed")
    await town.tap(bob, "channel-resume")
    await town.tap(ann, "order-yes", price=400)
    assert town.sql.one("SELECT amount FROM escrows") == 400


async def test_the_catalogue_shows_pages_cards_and_books(town: Town) -> None:
    await town.open_everything()
    bob, ann = await town.person("Bob"), await town.person("Ann")
    empty = await town.say(ann, "/catalog")
    assert empty.text == town.said("catalogue", total=0)
    for n in range(10):
        await town.listed(bob, price=100 + n, title=f"Channel {n}")
    first = await town.say(ann, "/catalog")
    assert town.said("page", page=1, pages=2) in first.text
    assert len([label for label in first.buttons if label.startswith("Channel")]) == 8
    await town.tap(ann, "button-after")
    assert len([label for label in (await town.newest(ann)).buttons if label.startswith("Channel")]) == 2
    await ann.tap("Channel 9")
    card = await town.newest(ann)
    assert "@Channel9" in card.text
    assert "109 ⭐" in card.text
    await town.tap(ann, "catalogue-book")
    await ann.sees(town.said("order-for", channel="Channel 9"))
    await town.say(ann, "Buy our tea")
    await town.tap(ann, "order-skip")
    await town.tap(ann, "order-go-on")
    await ann.tap("UTC")
    await town.tap(ann, "order-now")
    assert "Channel 9" in (await town.newest(ann)).text
    own = await town.say(bob, "/catalog")
    assert own.text == town.said("catalogue", total=0)


async def test_a_cancelled_order_books_nothing(town: Town) -> None:
    _, ann, _ = await market(town)
    await town.confirming(ann)
    assert (await town.say(ann, "/cancel")).text == town.said("cancelled")
    assert (await town.say(ann, "/cancel")).text == town.said("nothing-to-cancel")
    assert town.sql.one("SELECT COUNT(*) AS n FROM escrows") == 0
    assert town.balance(ann) == 1000


async def test_a_draft_outlives_a_restart(town: Town) -> None:
    """What the dialog knows is in the database, so another process goes on where the first one was."""
    _, ann, _ = await market(town, 0)
    await town.drafted(ann)
    ask = town.app.gate.user(ann.id).ask
    campaign = town.sql.one("SELECT id FROM campaigns")
    content = await ask(campaigns.draft_content, campaign)
    assert content is not None
    assert content.text == "Buy our tea"
    assert town.sql.one("SELECT COUNT(*) AS n FROM dialog_states WHERE data LIKE '%campaign%'") == 1

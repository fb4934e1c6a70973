"""Listing a channel, in the chat: by the button, by a link, by forwarding; in either order of updates; and each wrong turn."""

import pytest

from bot.buttons import Change, Look, Mine, To
from bot.sandbox import Channel, Person
from domain.channels import RIGHTS
from tests.flows.conftest import Town


async def owner(town: Town) -> tuple[Person, Channel]:
    bob = await town.person("Bob")
    return bob, await town.telegram.channel("Tech Daily", owner=bob, username="TechDaily", subscribers=1200)


@pytest.mark.parametrize("first", ["my_chat_member", "chat_shared"])
async def test_the_one_tap_button_lists_a_channel_in_either_order_of_updates(town: Town, first: str) -> None:
    bob, channel = await owner(town)
    await town.say(bob, "/addchannel")
    await bob.share(channel, first=first)
    await town.telegram.idle()
    await bob.sees(town.said("channel-registered", channel="Tech Daily"))
    await town.say(bob, "400")
    await town.say(bob, "24")
    await town.tap(bob, "offer-early-nothing")
    done = await town.newest(bob)
    assert done.text == town.said(
        "offer-done", channel="Tech Daily", price=400, stay=town.said("stay", hours=24), payout=360, fee=40
    )
    (row,) = town.sql("SELECT status, owner_id, subscribers FROM channels")
    assert row == {"status": "listed", "owner_id": bob.id, "subscribers": 1200}
    assert town.sql.one("SELECT COUNT(*) AS n FROM channel_managers") == 1


async def test_where_a_part_is_paid_by_the_hour_the_offer_says_so(town: Town) -> None:
    bob, channel = await owner(town)
    await channel.promote(by=bob)
    await town.tap(bob, "channel-change")
    await town.say(bob, "400")
    await town.say(bob, "24")
    await town.tap(bob, "offer-early-part")
    stay = f"{town.said('stay', hours=24)}. {town.said('stay-part')}"
    said = town.said("offer-done", channel="Tech Daily", price=400, stay=stay, payout=360, fee=40)
    assert (await town.newest(bob)).text == said
    assert town.sql.one("SELECT proportional FROM offers") in (1, True)


async def test_a_choice_that_comes_before_the_bot_is_inside_goes_on_by_itself(town: Town) -> None:
    bob, channel = await owner(town)
    shared = {"request_id": 1, "chat_id": channel.id}
    message = {"message_id": 900, "date": int(town.clock().timestamp()), "chat_shared": shared}
    message |= {
        "chat": {"id": bob.id, "type": "private", "first_name": "Bob"},
        "from": {"id": bob.id, "is_bot": False, "first_name": "Bob", "language_code": town.language},
    }
    await town.telegram.raw_update({"message": message})
    assert (await town.newest(bob)).text == town.said("error-not-a-channel")
    await channel.promote(by=bob)
    await bob.sees(town.said("channel-inside", channel="Tech Daily"))
    await town.tap(bob, "channel-change")
    await town.say(bob, "400")
    await town.say(bob, "24")
    await town.tap(bob, "offer-early-nothing")
    assert town.sql.one("SELECT status FROM channels") == "listed"


async def test_an_admin_added_by_hand_and_a_forwarded_post_do_as_well(town: Town) -> None:
    bob, channel = await owner(town)
    post = await channel.post("Hello")
    await bob.forward(channel, post)
    assert (await town.newest(bob)).text == town.said("error-not-a-channel")
    await channel.promote(by=bob)
    await bob.sees(town.said("channel-inside", channel="Tech Daily"))
    await bob.forward(channel, post)
    await town.telegram.idle()
    await bob.sees(town.said("channel-registered", channel="Tech Daily"))
    await town.say(bob, "400")
    await town.say(bob, "0")
    assert town.sql.one("SELECT hours FROM offers") == 0
    await bob.forward(channel, post)
    assert town.said("channel-state", status="listed") in (await town.newest(bob)).text


async def test_missing_rights_are_named(town: Town) -> None:
    bob, channel = await owner(town)
    rights = ", ".join(town.said(f"right-{right}") for right in RIGHTS[1:])
    words = town.said("error-missing-rights", channel="Tech Daily", rights=rights)
    await channel.promote("can_post_messages", by=bob)
    by_itself = await town.newest(bob)
    assert by_itself.text == words
    await bob.forward(channel, await channel.post("Hello"))
    asked = await town.newest(bob)
    assert (asked.text, asked.id > by_itself.id) == (words, True)
    assert town.sql.one("SELECT COUNT(*) AS n FROM channels") == 0


async def test_only_an_admin_lists_a_channel_and_only_one_does(town: Town) -> None:
    bob = await town.person("Bob")
    cleo = await town.person("Cleo")
    channel = await town.listed(bob)
    post = await channel.post("Hello")
    await cleo.forward(channel, post)
    assert (await town.newest(cleo)).text == town.said("error-not-channel-admin", channel="Tech Daily")
    await channel.add_member(cleo, *RIGHTS)
    await cleo.forward(channel, post)
    assert (await town.newest(cleo)).text == town.said("error-listed-by-another", channel="Tech Daily")
    assert town.sql.one("SELECT owner_id FROM channels") == bob.id


@pytest.mark.parametrize(
    ("price", "hours", "key"),
    [("0", None, "bad-amount"), ("1.5", None, "bad-amount"), ("400", "721", "hours"), ("400", "a day", "hours")],
)
async def test_a_bad_price_or_bad_hours_are_asked_again(town: Town, price: str, hours: str | None, key: str) -> None:
    bob, channel = await owner(town)
    await channel.promote(by=bob)
    await town.tap(bob, "channel-change")
    said = await town.say(bob, price)
    if hours is not None:
        said = await town.say(bob, hours)
    wrong = town.said("error-bad-amount") if key == "bad-amount" else None
    assert said.text == (wrong or town.said("error-out-of-range", what="hours", least=0, most=720))
    assert town.sql.one("SELECT COUNT(*) AS n FROM offers") == 0


async def test_lost_rights_take_a_channel_out_of_the_catalogue_and_it_returns_with_them(town: Town) -> None:
    bob = await town.person("Bob")
    channel = await town.listed(bob)
    for lose in (channel.demote, channel.remove_bot):
        await lose(by=bob)
        await town.telegram.idle()
        await town.tick()
        await bob.sees(town.said("notice-channel-lost", channel="Tech Daily"))
        assert town.sql.one("SELECT status FROM channels") == "lost"
        await channel.promote(by=bob)
        await town.telegram.idle()
        await town.tick()
        await bob.sees(town.said("notice-channel-back", channel="Tech Daily"))
        assert town.sql.one("SELECT status FROM channels") == "listed"
    await channel.promote("can_post_messages", by=bob)
    await town.telegram.idle()
    assert town.sql.one("SELECT status FROM channels") == "lost"


async def test_ones_own_channels_can_be_paused_resumed_and_repriced(town: Town) -> None:
    bob = await town.person("Bob")
    assert (await town.say(bob, "/channels")).text == town.said("channels", total=0)
    await town.listed(bob)
    await town.say(bob, "/channels")
    await bob.tap("Tech Daily")
    card = await town.newest(bob)
    assert "360" in card.text
    await town.tap(bob, "channel-pause")
    assert town.sql.one("SELECT status FROM channels") == "paused"
    await town.tap(bob, "channel-resume")
    assert town.sql.one("SELECT status FROM channels") == "listed"
    await town.tap(bob, "channel-change")
    await town.say(bob, "500")
    await town.tap(bob, "offer-hours-button", hours=48)
    await town.tap(bob, "offer-early-nothing")
    assert town.sql("SELECT price, hours FROM offers") == [{"price": 500, "hours": 48}]


async def test_a_strangers_channel_is_as_if_there_were_none(town: Town) -> None:
    bob, cleo = await town.person("Bob"), await town.person("Cleo")
    await town.listed(bob)
    message, number = (await town.newest(cleo)).id, town.sql.one("SELECT id FROM channels")
    before = town.sql.picture()
    for data in [Look(at=To.channels, id=number), *(Mine(change=change, id=number) for change in Change)]:
        assert await cleo.press(data.pack(), message) == town.said("error-not-found")
        assert town.sql.picture() == before


async def test_a_forged_button_under_a_post_in_a_channel_changes_no_post(town: Town) -> None:
    bob, ann = await town.person("Bob"), await town.person("Ann")
    await town.open_everything()
    channel = await town.listed(bob, hours=0)
    await town.funded(ann)
    await town.booked(ann)
    await town.tap(bob, "request-approve")
    await town.tick()
    (post,) = await channel.posts()
    before = (await town.newest(bob)).id
    assert await bob.press("go:wallet:0", post.id, channel=channel) is None
    assert (await town.newest(bob)).id == before
    (after,) = await channel.posts()
    assert (after.text, after.edited) == ("Buy our tea", False)


async def test_many_channels_are_shown_in_pages_and_one_leads_back_to_its_own(town: Town) -> None:
    """Telegram refuses a keyboard of about a hundred rows."""
    bob = await town.person("Bob")
    await town.listed(bob)
    for n in range(2, 12):
        town.sql(
            "INSERT INTO channels (id, chat_id, title, status, owner_id, subscribers, inspected_at, visited_at, created_at)"
            " SELECT :id, chat_id - :id, 'Daily ' || :id, 'pending', owner_id, 9, inspected_at, visited_at, created_at"
            " FROM channels WHERE id = 1",
            id=n,
        )
        town.sql("INSERT INTO channel_managers (channel_id, user_id) VALUES (:id, :user)", id=n, user=bob.id)
    await town.say(bob, "/channels")
    first = await town.newest(bob)
    named = [label for label in first.buttons if "Daily" in label]
    assert (len(named), first.text) == (8, f"{town.said('channels', total=11)}\n{town.said('page', page=1, pages=2)}")
    await town.tap(bob, "button-after")
    second = await town.newest(bob)
    assert [label for label in second.buttons if "Daily" in label] == [f"🕒 Daily {n}" for n in (9, 10, 11)]
    await bob.tap("🕒 Daily 10")
    assert "Daily 10" in (await town.newest(bob)).text
    await town.tap(bob, "button-back")
    assert (await town.newest(bob)).text == second.text

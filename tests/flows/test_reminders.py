"""What comes by itself, in the chat: reminders with their buttons, cards that close, the end of a campaign, what has matured."""

from bot.sandbox import Channel, Person
from tests.flows.conftest import Town


async def requested(town: Town) -> tuple[Person, Person, Channel, int]:
    await town.open_everything()
    bob, ann = await town.person("Bob"), await town.person("Ann")
    channel = await town.listed(bob, hours=0)
    await town.funded(ann)
    return bob, ann, channel, await town.booked(ann)


async def test_a_reminder_comes_under_the_preview_with_the_buttons_and_both_cards_show_the_answer(town: Town) -> None:
    bob, _, channel, placement = await requested(town)
    for hours, step in ((12, 12), (2, 10)):
        town.clock.forward(hours=step)
        await town.tick()
        preview, card = [m for m in (await bob.chat()).messages if m.by_bot][-2:]
        assert preview.text == "Buy our tea"
        assert town.said("notice-reminder", hours=hours) in card.text
        assert card.buttons[:2] == [town.label("request-approve"), town.label("request-decline")]
    await town.tap(bob, "request-approve")
    answered = [m for m in (await bob.chat()).messages if m.shows(town.said("request-approved"))]
    assert len(answered) == 3  # the request and both its reminders
    await town.tick()
    assert town.status(placement)[1] == "success"
    assert len(await channel.posts()) == 1


async def test_the_cards_of_a_request_that_nobody_answered_close_by_themselves(town: Town) -> None:
    bob, ann, _, placement = await requested(town)
    town.clock.forward(hours=12)
    await town.tick()
    town.clock.forward(hours=12)
    await town.tick()
    closed = [m for m in (await bob.chat()).messages if m.shows(town.said("request-expired"))]
    assert len(closed) == 2
    assert all(m.buttons == [] for m in closed)
    assert town.status(placement) == ("refunded", "failed", "refunded")
    await ann.sees(town.said("notice-refunded", channel="Tech Daily", amount=400))


async def test_a_manager_who_blocked_the_bot_does_not_keep_the_others_from_being_told(town: Town) -> None:
    bob, _, _, placement = await requested(town)
    cleo = await town.person("Cleo")
    town.sql("INSERT INTO channel_managers (channel_id, user_id) SELECT id, :cleo FROM channels", cleo=cleo.id)
    town.clock.forward(hours=12)
    await town.tick()
    assert town.label("request-approve") in (await town.newest(cleo)).buttons
    await cleo.block_bot()
    town.clock.forward(hours=12)
    await town.tick()
    await bob.sees(town.said("request-expired"))
    await bob.sees(town.said("failure", reason="expired"))
    assert town.sql("SELECT id FROM users WHERE unreachable_at IS NOT NULL AND id = :bob", bob=bob.id) == []
    assert town.status(placement)[0] == "refunded"


async def test_the_end_of_a_campaign_is_summed_up_for_its_advertiser(town: Town) -> None:
    bob, ann, _, placement = await requested(town)
    await town.tap(bob, "request-approve")
    await town.tick()
    assert town.status(placement) == ("released", "success", "posted")
    await ann.sees(town.said("notice-completed", served=1, refunded=0, spent=400, back=0))
    assert town.sql.one("SELECT status FROM campaigns") == "completed"


async def test_the_wallet_tells_what_may_be_withdrawn_and_what_still_matures(town: Town) -> None:
    bob, ann, _, _ = await requested(town)
    await town.tap(bob, "request-approve")
    await town.tick()
    said = (await town.say(bob, "/wallet")).text
    assert town.said("wallet-withdraw", amount=0) in said
    assert town.said("wallet-maturing", amount=360, at="AT").partition("AT")[0] in said
    assert "23" in said.partition("360")[2]
    town.clock.forward(days=21)
    said = (await town.say(bob, "/wallet")).text
    assert town.said("wallet-withdraw", amount=360) in said
    assert town.said("wallet-maturing", amount=360, at="AT").partition("AT")[0] not in said
    assert town.said("wallet-withdraw", amount=0) in (await town.say(ann, "/wallet")).text

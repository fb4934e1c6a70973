"""What is published and when, in the chat: albums, silence, pins; what is late, and what waits for rights."""

import json
from typing import Any

from bot.sandbox import Channel, Fault, Person
from domain.action import Switch
from tests.flows.conftest import Town


async def market(town: Town) -> tuple[Person, Person, Channel]:
    await town.open_everything()
    bob, ann = await town.person("Bob"), await town.person("Ann")
    channel = await town.listed(bob)
    await town.funded(ann)
    return bob, ann, channel


async def approved(town: Town, ann: Person, bob: Person) -> int:
    placement = await town.booked(ann)
    await town.tap(bob, "request-approve")
    return placement


async def sent(person: Person) -> dict[str, Any]:
    """The newest picture that somebody sent to the bot, as Telegram tells of it."""
    return next(m.raw for m in reversed((await person.chat()).messages) if not m.by_bot and m.media)


def calls(town: Town, method: str, chat: Channel) -> list[dict[str, Any]]:
    told = [json.loads(line) for line in town.record.read_text().splitlines()]
    return [
        line["params"]
        for line in told
        if line.get("method") == method and line["params"].get("chat_id") in (chat.id, str(chat.id))
    ]


async def test_an_album_is_gathered_previewed_and_published_silently_and_pinned(town: Town) -> None:
    await town.open_everything()
    bob, ann = await town.person("Bob"), await town.person("Ann")
    channel = await town.telegram.channel("Tech Daily", owner=bob, username="techdaily", subscribers=1200)
    await town.say(bob, "/addchannel")
    await bob.share(channel)
    await town.telegram.idle()
    await town.say(bob, "400")
    await town.tap(bob, "offer-pin")
    await town.say(bob, "24")
    await town.tap(bob, "offer-early-nothing")
    await town.funded(ann)

    await town.say(ann, "/new")
    bold = [{"type": "bold", "offset": 0, "length": 3}]
    await ann.send_album(
        {"kind": "photo", "caption": "Our tea", "caption_entities": bold}, {"kind": "video"}, {"kind": "photo"}
    )
    gathering = await town.newest(ann)
    assert gathering.text == town.said("order-album", many=3)
    assert len([m for m in (await ann.chat()).messages if m.text == gathering.text]) == 1
    await town.tap(ann, "order-album-complete")
    shown = await town.newest(ann)
    assert town.label("order-other-buttons") not in shown.buttons
    preview = [m for m in (await ann.chat()).messages if m.by_bot and m.media]
    assert [m.media for m in preview] == ["photo", "video", "photo"]
    await town.tap(ann, "order-silent")
    assert town.said("order-preview-silent") in (await town.newest(ann)).text
    await town.tap(ann, "order-go-on")
    await ann.tap("Tech Daily")
    await ann.tap("Europe/Moscow")
    await town.tap(ann, "order-now")
    confirm = await town.newest(ann)
    assert town.said("manner-pin") in confirm.text
    assert town.said("manner-silent") in confirm.text
    await town.tap(ann, "order-yes", price=400)
    await town.drain()
    request = await town.newest(bob)
    assert town.said("manner-silent") in request.text
    assert [m.media for m in (await bob.chat()).messages if m.by_bot and m.media] == ["photo", "video", "photo"]
    await town.tap(bob, "request-approve")
    await town.tick()
    posts = await channel.posts()
    assert [(p.media, p.text, p.entities, p.pinned) for p in posts] == [
        ("photo", "Our tea", bold, True),
        ("video", "", [], False),
        ("photo", "", [], False),
    ]
    (sent,) = calls(town, "sendMediaGroup", channel)
    assert str(sent["disable_notification"]).lower() == "true"


async def test_a_part_that_comes_late_joins_its_album_and_another_post_replaces_it(town: Town) -> None:
    _, ann, _ = await market(town)
    await ann.send_photo()
    late = await sent(ann)
    await town.say(ann, "/new")
    await ann.send_album({"kind": "photo"}, {"kind": "photo"})
    await town.telegram.idle()
    await town.tap(ann, "order-album-complete")
    part = late | {"message_id": 10_000, "media_group_id": (await sent(ann))["media_group_id"]}
    for _ in range(2):  # delivered twice, counted once
        await town.telegram.raw_update({"message": part})
        await town.telegram.idle()
        assert (await town.newest(ann)).text == town.said("order-album", many=3)
    await town.tap(ann, "order-album-complete")
    gathered = json.loads(town.sql.one("SELECT content FROM creatives ORDER BY id DESC LIMIT 1"))["media"]
    assert [item["unique_id"] for item in gathered].index(late["photo"][-1]["file_unique_id"]) == 2
    await ann.send_album({"kind": "document"}, {"kind": "document"})
    await town.telegram.idle()
    assert (await town.newest(ann)).text == town.said("order-album", many=2)
    await town.tap(ann, "order-album-complete")
    assert (await town.say(ann, "Very nice")).text == town.said("order-preview")  # no post is changed by accident
    await town.tap(ann, "order-other-post")
    await town.say(ann, "Only words after all")
    assert (await town.newest(ann)).text == town.said("order-buttons")
    assert town.sql.one("SELECT COUNT(*) AS n FROM campaigns") == 1


async def test_one_picture_sent_as_an_album_may_have_buttons(town: Town) -> None:
    _, ann, _ = await market(town)
    await town.say(ann, "/new")
    await ann.send_photo(caption="alone")
    photo = await sent(ann)
    await town.say(ann, "/new")
    await town.telegram.raw_update({"message": photo | {"message_id": 99_999, "media_group_id": "7"}})
    await town.telegram.idle()
    await town.tap(ann, "order-album-complete")
    assert (await town.newest(ann)).text == town.said("order-buttons")


async def test_what_is_late_is_asked_about_and_published_after_a_yes(town: Town) -> None:
    bob, ann, channel = await market(town)
    await town.halt(Switch.worker_post)
    placement = await approved(town, ann, bob)
    await town.tick()
    assert [m for m in (await ann.chat()).messages if town.label("placement-late") in m.buttons] == []
    town.clock.forward(minutes=31)
    await town.resume(Switch.worker_post)
    await town.tick()
    asked = await town.newest(ann)
    assert asked.buttons == [town.label("placement-late"), town.label("placement-late-cancel")]
    assert town.status(placement)[1] == "queued"
    data = asked.rows[0][0]["callback_data"]
    await town.tap(ann, "placement-late")
    await town.tick()
    assert town.status(placement)[1] == "success"
    assert len(await channel.posts()) == 1
    assert not await ann.press(data, asked.id)  # an old button: the card as it is now, and nothing happens
    assert town.label("placement-open") in (await shown(ann, asked.id)).buttons
    assert len(await channel.posts()) == 1


async def shown(person: Person, number: int) -> Any:
    return next(m for m in (await person.chat()).messages if m.id == number)


async def test_what_is_late_and_cancelled_comes_back_and_an_old_yes_is_answered_kindly(town: Town) -> None:
    bob, ann, channel = await market(town)
    await town.halt(Switch.worker_post)
    placement = await approved(town, ann, bob)
    town.clock.forward(minutes=31)
    await town.tick()
    asked = await town.newest(ann)
    await town.tap(ann, "placement-late-cancel")
    await town.resume(Switch.worker_post)
    await town.tick()
    assert town.status(placement) == ("refunded", "failed", "refunded")
    assert town.balance(ann) == 1000
    answer = await ann.press(asked.rows[0][0]["callback_data"], asked.id)
    assert answer == town.said("error-wrong-state", noun="post_jobs", status="failed")
    await town.telegram.idle()
    card = await shown(ann, asked.id)
    assert town.label("placement-late") not in card.buttons
    assert await channel.posts() == []


async def test_somebody_elses_late_placement_cannot_be_answered(town: Town) -> None:
    bob, ann, _ = await market(town)
    await town.halt(Switch.worker_post)
    placement = await approved(town, ann, bob)
    town.clock.forward(minutes=31)
    await town.tick()
    asked = await town.newest(ann)
    await bob.say("/menu")
    menu = await town.newest(bob)
    answer = await bob.press(asked.rows[0][0]["callback_data"], menu.id)
    assert answer == town.said("error-not-found", noun="post_jobs")
    assert town.sql.one("SELECT late_accepted_at FROM post_jobs WHERE id = :id", id=placement) is None


async def test_without_an_answer_it_fails_after_two_hours_and_the_question_is_settled(town: Town) -> None:
    bob, ann, channel = await market(town)
    await town.halt(Switch.worker_post)
    placement = await approved(town, ann, bob)
    town.clock.forward(minutes=31)
    await town.tick()
    asked = await town.newest(ann)
    town.clock.forward(minutes=89)
    answer = await ann.press(asked.rows[0][0]["callback_data"], asked.id)
    assert answer == town.said("error-overdue")
    await town.resume(Switch.worker_post)
    await town.tick()
    assert town.status(placement) == ("refunded", "failed", "refunded")
    assert await channel.posts() == []


async def test_what_is_due_while_rights_are_missing_waits_and_goes_out_when_they_are_back(town: Town) -> None:
    bob, ann, channel = await market(town)
    await town.halt(Switch.worker_post)
    placement = await approved(town, ann, bob)
    await channel.demote()
    await town.telegram.idle()  # we hear of it before anything is due
    await town.resume(Switch.worker_post)
    await town.tick()
    assert town.status(placement)[1] == "queued"
    asked = [
        m for m in (await bob.chat()).messages if town.said("notice-rights-missing", **facts(town, placement)) == m.text
    ]
    assert len(asked) == 1
    await channel.promote("can_post_messages", "can_edit_messages", "can_delete_messages")
    await town.tick()
    assert town.status(placement)[1] == "success"


def facts(town: Town, placement: int) -> dict[str, Any]:
    return {"channel": "Tech Daily", "until": town.sql_moment("deadline", placement)}


async def test_a_pin_that_telegram_refuses_is_told_to_the_publisher_and_the_admins(town: Town) -> None:
    olga = await town.admin()
    bob, ann, channel = await market(town)
    await town.say(bob, "/channels")
    await bob.tap("Tech Daily")
    await town.tap(bob, "channel-change")
    await town.say(bob, "400")
    await town.tap(bob, "offer-pin")
    await town.say(bob, "24")
    await town.tap(bob, "offer-early-nothing")
    await town.telegram.fault("pinChatMessage", Fault.BAD_REQUEST, forever=True)
    await approved(town, ann, bob)
    await town.tick()
    assert len(await channel.posts()) == 1
    for person, side in ((bob, "publisher"), (olga, "staff")):
        await person.sees(town.said("notice-not-pinned", channel="Tech Daily", side=side))

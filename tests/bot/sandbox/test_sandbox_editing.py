"""Edits, deletions and answers to buttons."""

from typing import Any

import pytest

from bot.sandbox import Person
from bot.sandbox.client import Channel

BAD = "400 Bad Request: "
ONE = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
OLD = BAD + "query is too old and response timeout expired or query ID is invalid"
UNEXPECTED = "can't parse entities: Unexpected end tag at byte offset 0"
SAME = (
    BAD + "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


async def sent(api: Any, chat: int, **more: Any) -> dict[str, int]:
    message = await api("sendMessage", chat_id=chat, text="first", **more)
    return {"chat_id": chat, "message_id": message["message_id"]}


async def test_an_edit_that_changes_nothing_is_refused(api: Any, ann: Person) -> None:
    message = await sent(api, ann.id, reply_markup=ONE)
    assert await api.refused("editMessageText", **message, text="first", reply_markup=ONE) == SAME
    assert await api.refused("editMessageReplyMarkup", **message, reply_markup=ONE) == SAME
    assert (await api("editMessageText", **message, text="second", reply_markup=ONE))["edit_date"]


async def test_an_edit_without_buttons_takes_them_away(api: Any, ann: Person) -> None:
    message = await sent(api, ann.id, reply_markup=ONE)
    assert "reply_markup" not in await api("editMessageText", **message, text="first")


async def test_the_same_markup_tells_whether_a_post_is_up(api: Any, channel: Channel) -> None:
    message = await sent(api, channel.id, reply_markup=ONE)
    assert await api.refused("editMessageReplyMarkup", **message, reply_markup=ONE) == SAME
    await channel.delete_post(message["message_id"])
    refused = await api.refused("editMessageReplyMarkup", **message, reply_markup=ONE)
    assert refused == BAD + "message to edit not found"


@pytest.mark.parametrize(
    ("method", "more", "why"),
    [
        ("editMessageCaption", {"caption": "x"}, "there is no caption in the message to edit"),
        ("editMessageText", {"text": ""}, "message text is empty"),
        ("editMessageText", {"text": "x" * 4097}, "message is too long"),
        ("editMessageText", {"text": "x", "reply_markup": {"keyboard": [["x"]]}}, "inline keyboard expected"),
        ("editMessageText", {"text": "</b>", "parse_mode": "HTML"}, UNEXPECTED),
    ],
)
async def test_an_edit_is_held_to_the_rules_of_a_message(
    api: Any, ann: Person, method: str, more: Any, why: str
) -> None:
    assert await api.refused(method, **await sent(api, ann.id), **more) == BAD + why


async def test_a_photo_has_a_caption_and_no_text(api: Any, ann: Person) -> None:
    photo = await api("sendPhoto", chat_id=ann.id, photo="https://example.com/p.jpg", caption="first")
    message = {"chat_id": ann.id, "message_id": photo["message_id"]}
    refused = await api.refused("editMessageText", **message, text="x")
    assert refused == BAD + "there is no text in the message to edit"
    assert (await api("editMessageCaption", **message, caption="second"))["caption"] == "second"
    media = {"type": "video", "media": "https://example.com/v.mp4", "caption": "third"}
    edited = await api("editMessageMedia", **message, media=media)
    assert edited["caption"] == "third"
    assert "video" in edited
    assert "photo" not in edited


async def test_only_own_messages_are_edited_and_no_forwards(api: Any, ann: Person, channel: Channel) -> None:
    theirs = await ann.say("mine")
    assert (
        await api.refused("editMessageText", chat_id=ann.id, message_id=theirs, text="x")
        == BAD + "message can't be edited"
    )
    post = await channel.post("news")
    forward = await api("forwardMessage", chat_id=ann.id, from_chat_id=channel.id, message_id=post)
    refused = await api.refused("editMessageText", chat_id=ann.id, message_id=forward["message_id"], text="x")
    assert refused == BAD + "message can't be edited"


async def test_a_message_with_a_reply_keyboard_cannot_be_edited(api: Any, ann: Person) -> None:
    message = await sent(api, ann.id, reply_markup={"keyboard": [[{"text": "Menu"}]]})
    assert await api.refused("editMessageText", **message, text="x") == BAD + "message can't be edited"


async def test_a_message_must_be_named_and_be_there(api: Any, ann: Person) -> None:
    refused = await api.refused("editMessageText", chat_id=ann.id, text="x")
    assert refused == BAD + "message identifier is not specified"
    for method, verb in (("editMessageText", "edit"), ("deleteMessage", "delete"), ("pinChatMessage", "pin")):
        refused = await api.refused(method, chat_id=ann.id, message_id=999, text="x")
        assert refused == f"{BAD}message to {verb} not found"


async def test_a_message_is_deleted_once_and_stays_in_the_account(api: Any, channel: Channel) -> None:
    message = await sent(api, channel.id)
    assert await api("deleteMessage", **message)
    assert await api.refused("deleteMessage", **message) == BAD + "message to delete not found"
    assert await channel.posts() == []
    assert [(post.text, post.deleted) for post in await channel.published()] == [("first", True)]
    assert (await channel.telegram.counts())[channel.id] == 1


async def test_nothing_older_than_48_hours_is_deleted(api: Any, channel: Channel, clock: Any) -> None:
    message, other = await sent(api, channel.id), await sent(api, channel.id)
    clock.advance(hours=48)
    assert await api("deleteMessage", **message)
    clock.advance(seconds=1)
    assert await api.refused("deleteMessage", **other) == BAD + "message can't be deleted for everyone"


async def test_several_are_deleted_at_once_and_missing_ones_are_skipped(api: Any, ann: Person) -> None:
    ids = [(await sent(api, ann.id))["message_id"] for _ in range(3)]
    assert await api("deleteMessages", chat_id=ann.id, message_ids=[*ids, 999])
    assert [m.text for m in (await ann.chat()).messages] == ["/start"]


async def test_a_query_is_answered_while_it_is_fresh(api: Any, ann: Person, sandbox: Any, clock: Any) -> None:
    assert await api.refused("answerCallbackQuery", callback_query_id="1") == OLD
    message = await sent(api, ann.id, reply_markup=ONE)
    with pytest.raises(AssertionError, match="did not answer"):
        await ann.press("go", message["message_id"], timeout=0.01)
    query = (await api.updates())[-1]["callback_query"]
    assert (query["data"], query["message"]["message_id"]) == ("go", message["message_id"])
    refused = await api.refused("answerCallbackQuery", callback_query_id=query["id"], text="x" * 201)
    assert refused == BAD + "MESSAGE_TOO_LONG"
    assert await api("answerCallbackQuery", callback_query_id=query["id"], text="x" * 200)
    clock.advance(minutes=2)
    assert await api.refused("answerCallbackQuery", callback_query_id=query["id"]) == OLD


async def test_a_button_of_a_deleted_message_still_arrives_but_without_the_message(api: Any, ann: Person) -> None:
    message = await sent(api, ann.id, reply_markup=ONE)
    await api("deleteMessage", **message)
    with pytest.raises(AssertionError):
        await ann.press("go", message["message_id"], timeout=0.01)
    assert (await api.updates())[-1]["callback_query"]["message"]["date"] == 0

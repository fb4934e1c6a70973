"""What a test can do as a person, and what it is told when something is not there."""

import asyncio
import re
from typing import Any

import pytest

from bot.sandbox import Client, Impossible, Person
from bot.sandbox.client import Channel

GIVEN = ("can_manage_chat", "can_post_messages", "can_edit_messages", "can_delete_messages")
OTHERS = ("is_anonymous", "can_manage_video_chats", "can_restrict_members", "can_promote_members", "can_change_info")
OTHERS += ("can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories")
RIGHTS = dict.fromkeys(GIVEN, True) | dict.fromkeys(OTHERS, False)


def asks(**more: Any) -> dict[str, Any]:
    request = {"request_id": 7, "chat_is_channel": True, "bot_administrator_rights": RIGHTS} | more
    request.setdefault("user_administrator_rights", RIGHTS)
    return {"keyboard": [[{"text": "Choose a channel", "request_chat": request}]]}


async def test_what_is_said_reaches_the_bot_with_its_language_and_entities(api: Any, ann: Person) -> None:
    await ann.say("/help me", entities=[{"type": "bold", "offset": 6, "length": 2}])
    message = (await api.updates())[0]["message"]
    assert message["from"]["language_code"] == "en"
    assert [entity["type"] for entity in message["entities"]] == ["bot_command", "bold"]


async def test_media_and_albums_reach_the_bot_as_files_it_can_send_again(api: Any, ann: Person) -> None:
    await ann.send_photo(caption="a photo")
    await ann.send_video()
    await ann.send_animation()
    await ann.send_document(name="terms.pdf")
    await ann.send_album({"kind": "photo", "caption": "both"}, {"kind": "video"})
    messages = [update["message"] for update in await api.updates()]
    assert [next(k for k in ("photo", "video", "animation", "document") if k in m) for m in messages] == [
        "photo", "video", "animation", "document", "photo", "video",
    ]  # fmt: skip
    assert messages[4]["media_group_id"] == messages[5]["media_group_id"]
    assert await api("sendPhoto", chat_id=ann.id, photo=messages[0]["photo"][-1]["file_id"])


async def test_sees_waits_for_a_message_and_finds_the_newest(api: Any, ann: Person) -> None:
    async with asyncio.TaskGroup() as tasks:
        seen = tasks.create_task(ann.sees(re.compile(r"balance: \d+")))
        await api("sendMessage", chat_id=ann.id, text="balance: none")
        await api("sendMessage", chat_id=ann.id, text="balance: <b>700</b>", parse_mode="HTML")
    assert (seen.result().text, seen.result().html) == ("balance: 700", "balance: <b>700</b>")


async def test_sees_finds_no_words_of_the_persons_own(ann: Person) -> None:
    await ann.say("Wallet")
    with pytest.raises(AssertionError, match=r"nothing shows 'Wallet'[\s\S]*Ann: #2 Wallet"):
        await ann.sees("Wallet", timeout=0.05)


async def test_sees_follows_an_edit_and_a_deletion(api: Any, ann: Person) -> None:
    message = await api("sendMessage", chat_id=ann.id, text="before")
    await api("editMessageText", chat_id=ann.id, message_id=message["message_id"], text="after")
    assert (await ann.sees("after")).edited
    await ann.sees_none("before")
    await api("deleteMessage", chat_id=ann.id, message_id=message["message_id"])
    await ann.sees_none("after")


async def test_a_button_that_is_not_there_shows_the_screen(api: Any, ann: Person) -> None:
    markup = {"inline_keyboard": [[{"text": "Decline", "callback_data": "no"}]]}
    await api("sendMessage", chat_id=ann.id, text="Approve this?", reply_markup=markup)
    with pytest.raises(AssertionError, match=r"no button 'Approve'[\s\S]*\[ Decline \]"):
        await ann.tap("Approve", timeout=0.05)


async def answer_next(api: Any, **answer: Any) -> dict[str, Any]:
    query: dict[str, Any] = (await api("getUpdates", timeout=10))[0]["callback_query"]
    await api("answerCallbackQuery", callback_query_id=query["id"], **answer)
    return query


async def test_tap_prefers_the_exact_label_of_the_newest_message_and_returns_the_answer(api: Any, ann: Person) -> None:
    def rows(*labels: str) -> dict[str, Any]:
        return {"inline_keyboard": [[{"text": label, "callback_data": label}] for label in labels]}

    await api("sendMessage", chat_id=ann.id, text="old", reply_markup=rows("Pay"))
    new = await api("sendMessage", chat_id=ann.id, text="new", reply_markup=rows("Pay later", "Pay"))
    async with asyncio.TaskGroup() as tasks:
        tapped = tasks.create_task(ann.tap("Pay"))
        query = await answer_next(api, text="Paid", show_alert=True)
    assert (query["data"], query["message"]["message_id"]) == ("Pay", new["message_id"])
    answer = tapped.result()
    assert answer == "Paid"
    assert answer is not None
    assert answer.alert


async def test_a_silent_answer_is_none_and_no_answer_is_an_error(api: Any, ann: Person) -> None:
    markup = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    await api("sendMessage", chat_id=ann.id, text="x", reply_markup=markup)
    async with asyncio.TaskGroup() as tasks:
        tapped = tasks.create_task(ann.tap("Go"))
        await answer_next(api)
    assert tapped.result() is None
    with pytest.raises(AssertionError, match="did not answer the button"):
        await ann.tap("Go", timeout=0.05)


async def test_a_link_button_gives_its_address(api: Any, ann: Person) -> None:
    markup = {"inline_keyboard": [[{"text": "Site", "url": "https://example.com"}]]}
    await api("sendMessage", chat_id=ann.id, text="x", reply_markup=markup)
    assert await ann.tap("Site") == "https://example.com"


async def test_data_can_be_forged(api: Any, ann: Person) -> None:
    message = await api("sendMessage", chat_id=ann.id, text="no buttons here")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ann.press("pay:999", message["message_id"]))
        assert (await answer_next(api))["data"] == "pay:999"
    with pytest.raises(Impossible):
        await ann.press("pay:999", 999)


async def test_a_key_of_the_keyboard_sends_its_text_and_goes_once_if_it_says_so(api: Any, ann: Person) -> None:
    markup = {"keyboard": [[{"text": "Menu"}]], "one_time_keyboard": True}
    sent = await api("sendMessage", chat_id=ann.id, text="x", reply_markup=markup)
    assert "reply_markup" not in sent
    await ann.tap("Menu")
    assert (await api.updates())[0]["message"]["text"] == "Menu"
    assert (await ann.chat()).keyboard == []


async def test_a_keyboard_can_be_removed(api: Any, ann: Person) -> None:
    await api("sendMessage", chat_id=ann.id, text="x", reply_markup={"keyboard": [[{"text": "Menu"}]]})
    await api("sendMessage", chat_id=ann.id, text="y", reply_markup={"remove_keyboard": True})
    with pytest.raises(AssertionError, match="no button 'Menu'"):
        await ann.tap("Menu", timeout=0.05)


@pytest.mark.parametrize("first", ["my_chat_member", "chat_shared"])
async def test_sharing_a_channel_adds_the_bot_and_tells_both_in_the_order_chosen(
    api: Any, telegram: Client, ann: Person, first: str
) -> None:
    channel = await telegram.channel("Mine", owner=ann, username="mine_channel")
    markup = asks(request_title=True, request_username=True)
    await api("sendMessage", chat_id=ann.id, text="x", reply_markup=markup)
    with pytest.raises(Impossible, match="share"):
        await ann.tap("Choose a channel")
    await ann.share(channel, first=first)
    updates = await api.updates()
    kinds = ["my_chat_member" if "my_chat_member" in update else "chat_shared" for update in updates]
    assert kinds == sorted(kinds, key=lambda kind: kind != first)
    shared = next(update["message"]["chat_shared"] for update in updates if "message" in update)
    assert shared == {"request_id": 7, "chat_id": channel.id, "title": "Mine", "username": "mine_channel"}
    me = await api("getMe")
    mine = await api("getChatMember", chat_id=channel.id, user_id=me["id"])
    assert {name for name, value in mine.items() if value is True} == {name for name, value in RIGHTS.items() if value}


async def test_the_client_adds_nobody_if_the_users_rights_asked_for_are_fewer_than_the_bots(
    api: Any, telegram: Client, ann: Person
) -> None:
    channel = await telegram.channel("Mine", owner=ann)
    markup = asks(user_administrator_rights=RIGHTS | {"can_edit_messages": False})
    await api("sendMessage", chat_id=ann.id, text="x", reply_markup=markup)
    await ann.share(channel)
    assert [list(update) for update in await api.updates()] == [["update_id", "message"]]
    assert await api.refused("getChat", chat_id=channel.id) == "400 Bad Request: chat not found"


async def test_the_client_offers_only_channels_that_fit(api: Any, telegram: Client, ann: Person) -> None:
    bob = await telegram.person("Bob")
    bobs, private = await telegram.channel("Bob's", owner=bob), await telegram.channel("Private", owner=ann)
    await api("sendMessage", chat_id=ann.id, text="x", reply_markup=asks(chat_has_username=True))
    for channel in (bobs, private):
        with pytest.raises(Impossible, match="does not offer"):
            await ann.share(channel)


async def test_a_post_forwarded_to_the_bot_says_which_channel_it_is_from(
    api: Any, ann: Person, channel: Channel
) -> None:
    post = await channel.post("news")
    await api.updates()
    await ann.forward(channel, post)
    origin = (await api.updates())[0]["message"]["forward_origin"]
    assert (origin["type"], origin["chat"]["id"], origin["message_id"]) == ("channel", channel.id, post)


async def test_a_person_who_blocked_the_bot_cannot_write(ann: Person) -> None:
    await ann.block_bot()
    with pytest.raises(Impossible, match="blocked the bot"):
        await ann.say("hello")


async def test_several_bots_have_chats_of_their_own(api: Any, telegram: Client, ann: Person, other_token: str) -> None:
    async with Client(telegram.api, bot=await telegram.add_bot(other_token)) as second:
        other_ann = await second.person("Ann", id=ann.id)
        await other_ann.say("to the second")
        assert [m.text for m in (await ann.chat()).messages] == ["/start"]
        assert [m.text for m in (await other_ann.chat()).messages] == ["to the second"]
    assert await api.updates() == []


async def test_idle_waits_until_the_bot_has_answered_everything(api: Any, ann: Person) -> None:
    async def play() -> None:
        offset = 0
        while True:
            for update in await api("getUpdates", timeout=10, offset=offset):
                offset = update["update_id"] + 1
                await api("sendMessage", chat_id=ann.id, text="got " + update["message"]["text"])

    async with asyncio.TaskGroup() as tasks:
        bot = tasks.create_task(play())
        for number in range(3):
            await ann.say(str(number))
        await ann.telegram.idle()
        shown = [message.text for message in (await ann.chat()).messages if message.by_bot]
        bot.cancel()
    assert shown == ["got 0", "got 1", "got 2"]


async def test_idle_says_what_it_waited_for(ann: Person) -> None:
    await ann.say("nobody reads this")
    with pytest.raises(AssertionError, match="1 updates wait"):
        await ann.telegram.idle(timeout=0.05)


async def test_a_verb_that_is_unknown_or_misused_is_told(telegram: Client) -> None:
    for verb, arguments in (("fly", {}), ("say", {"words": "x"})):
        with pytest.raises(ValueError, match=verb):
            await telegram.call(verb, **arguments)

"""What may be put into a chat, and what is refused with which words."""

import json
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Client, Person, Sandbox
from bot.sandbox.client import Channel

BAD = "400 Bad Request: "
ONE = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}


@pytest.mark.parametrize("size", [1, 4096])
async def test_a_text_of_1_to_4096_units_is_sent(api: Any, ann: Person, size: int) -> None:
    assert (await api("sendMessage", chat_id=ann.id, text="x" * size))["text"] == "x" * size


@pytest.mark.parametrize("text", ["x" * 4097, "😀" * 2049])
async def test_a_longer_text_is_refused_and_counted_in_utf16_units(api: Any, ann: Person, text: str) -> None:
    assert await api.refused("sendMessage", chat_id=ann.id, text=text) == BAD + "message is too long"


async def test_emoji_up_to_the_limit_are_sent(api: Any, ann: Person) -> None:
    assert await api("sendMessage", chat_id=ann.id, text="😀" * 2048)


async def test_the_limit_counts_after_the_markup_is_parsed(api: Any, ann: Person) -> None:
    sent = await api("sendMessage", chat_id=ann.id, text=f"<b>{'x' * 4096}</b>", parse_mode="HTML")
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 4096}]


@pytest.mark.parametrize("text", ["", "  \n ", "<b></b>"])
async def test_an_empty_text_is_refused(api: Any, ann: Person, text: str) -> None:
    assert (
        await api.refused("sendMessage", chat_id=ann.id, text=text, parse_mode="HTML") == BAD + "message text is empty"
    )


async def test_a_caption_has_at_most_1024_units(api: Any, ann: Person) -> None:
    photo = "https://example.com/p.jpg"
    assert (await api("sendPhoto", chat_id=ann.id, photo=photo, caption="x" * 1024))["caption"] == "x" * 1024
    refused = await api.refused("sendPhoto", chat_id=ann.id, photo=photo, caption="x" * 1025)
    assert refused == BAD + "message caption is too long"


async def test_a_parse_mode_wins_over_listed_entities(api: Any, ann: Person) -> None:
    listed = [{"type": "italic", "offset": 0, "length": 2}]
    sent = await api("sendMessage", chat_id=ann.id, text="<b>hi</b>", parse_mode="HTML", entities=listed)
    assert [entity["type"] for entity in sent["entities"]] == ["bold"]


async def test_listed_entities_are_kept_and_links_are_found(api: Any, ann: Person) -> None:
    listed = [{"type": "bold", "offset": 3, "length": 4}]
    sent = await api("sendMessage", chat_id=ann.id, text="😀 bold https://example.com @someone", entities=listed)
    assert sent["entities"] == [
        {"type": "bold", "offset": 3, "length": 4},
        {"type": "url", "offset": 8, "length": 19},
        {"type": "mention", "offset": 28, "length": 8},
    ]


async def test_an_unknown_parse_mode_is_refused(api: Any, ann: Person) -> None:
    assert (
        await api.refused("sendMessage", chat_id=ann.id, text="x", parse_mode="BBCode")
        == BAD + "unsupported parse_mode"
    )


@pytest.mark.parametrize("data", ["", "x" * 65, "я" * 33])
async def test_callback_data_has_1_to_64_bytes(api: Any, ann: Person, data: str) -> None:
    markup = {"inline_keyboard": [[{"text": "Go", "callback_data": data}]]}
    assert (
        await api.refused("sendMessage", chat_id=ann.id, text="x", reply_markup=markup) == BAD + "BUTTON_DATA_INVALID"
    )


async def test_64_bytes_of_callback_data_are_fine(api: Any, ann: Person) -> None:
    markup = {"inline_keyboard": [[{"text": "Go", "callback_data": "я" * 32}]]}
    assert (await api("sendMessage", chat_id=ann.id, text="x", reply_markup=markup))["reply_markup"] == markup


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.com", "Unsupported URL protocol"),
        ("javascript://example.com", "Unsupported URL protocol"),
        ("http://localhost/x", "Wrong HTTP URL"),
        ("http://", "Wrong HTTP URL"),
    ],
)
async def test_a_button_opens_only_real_addresses(api: Any, ann: Person, url: str, why: str) -> None:
    markup = {"inline_keyboard": [[{"text": "Go", "url": url}]]}
    refused = await api.refused("sendMessage", chat_id=ann.id, text="x", reply_markup=markup)
    assert refused == f"{BAD}inline keyboard button URL '{url}' is invalid: {why}"


@pytest.mark.parametrize("url", ["https://example.com/a", "tg://user?id=1", "example.com", "http://example.com:8080"])
async def test_a_button_with_a_real_address_is_sent(api: Any, ann: Person, url: str) -> None:
    assert await api(
        "sendMessage", chat_id=ann.id, text="x", reply_markup={"inline_keyboard": [[{"text": "Go", "url": url}]]}
    )


@pytest.mark.parametrize(
    "markup",
    [
        {"inline_keyboard": [{"text": "Go", "callback_data": "go"}]},
        {"inline_keyboard": "no"},
        {"inline_keyboard": [[{"text": "Go"}]]},
        {"inline_keyboard": [[{"callback_data": "go"}]]},
        {"inline_keyboard": [[{"text": " ", "callback_data": "go"}]]},
        {"keyboard": []},
        {"keyboard": [[{"text": ""}]]},
        ["no"],
    ],
)
async def test_a_misshapen_keyboard_is_refused(api: Any, ann: Person, markup: Any) -> None:
    assert (await api.refused("sendMessage", chat_id=ann.id, text="x", reply_markup=markup)).startswith(BAD)


async def test_a_channel_takes_no_reply_keyboard(api: Any, channel: Channel) -> None:
    markup = {"keyboard": [[{"text": "Menu"}]]}
    refused = await api.refused("sendMessage", chat_id=channel.id, text="x", reply_markup=markup)
    assert refused == BAD + "inline keyboard expected"


@pytest.mark.parametrize(("count", "why"), [(1, "too few"), (11, "too many")])
async def test_an_album_has_2_to_10_items(api: Any, ann: Person, count: int, why: str) -> None:
    items = [{"type": "photo", "media": "https://example.com/p.jpg"}] * count
    assert why in await api.refused("sendMediaGroup", chat_id=ann.id, media=items)


async def test_an_album_arrives_as_messages_of_one_group_without_buttons(
    api: Any, channel: Channel, record: Any
) -> None:
    record.expected.append("unknown field reply_markup")
    items = [{"type": "photo", "media": f"https://example.com/{n}.jpg", "caption": "x" * n} for n in range(3)]
    sent = await api("sendMediaGroup", chat_id=channel.id, media=items, reply_markup=ONE)
    assert len({message["media_group_id"] for message in sent}) == 1
    assert [message.get("reply_markup") for message in sent] == [None, None, None]
    assert [post.text for post in await channel.posts()] == ["", "x", "xx"]
    refused = await api.refused(
        "editMessageReplyMarkup", chat_id=channel.id, message_id=sent[0]["message_id"], reply_markup=ONE
    )
    assert refused == BAD + "message can't be edited"


async def test_documents_are_not_mixed_into_an_album_of_photos(api: Any, ann: Person) -> None:
    items = [{"type": kind, "media": "https://example.com/p"} for kind in ("photo", "document")]
    refused = await api.refused("sendMediaGroup", chat_id=ann.id, media=items)
    assert refused == BAD + "document can't be mixed with other media types"


async def test_an_uploaded_file_can_be_sent_again_by_its_identifier_and_downloaded(
    api: Any, token: str, ann: Person, sandbox: Sandbox
) -> None:
    form = aiohttp.FormData({"chat_id": str(ann.id), "caption": "mine"})
    form.add_field("photo", b"bytes of a photo", filename="p.jpg")
    async with api.session.post(f"{sandbox.api}/bot{token}/sendPhoto", data=form) as answer:
        photo = (await answer.json())["result"]["photo"][-1]
    assert (await api("sendPhoto", chat_id=ann.id, photo=photo["file_id"]))["photo"][-1] == photo
    path = (await api("getFile", file_id=photo["file_id"]))["file_path"]
    async with api.session.get(f"{sandbox.api}/file/bot{token}/{path}") as answer:
        assert await answer.read() == b"bytes of a photo"


async def test_an_album_may_be_uploaded_by_attachment(api: Any, token: str, ann: Person, sandbox: Sandbox) -> None:
    items = [{"type": "photo", "media": f"attach://part{n}"} for n in range(2)]
    form = aiohttp.FormData({"chat_id": str(ann.id), "media": json.dumps(items)})
    for number in range(2):
        form.add_field(f"part{number}", b"x", filename=f"{number}.jpg")
    async with api.session.post(f"{sandbox.api}/bot{token}/sendMediaGroup", data=form) as answer:
        assert len((await answer.json())["result"]) == 2


async def test_a_file_of_another_kind_or_of_another_bot_is_refused(
    api: Any, other_token: str, telegram: Client, ann: Person
) -> None:
    sent = await api("sendPhoto", chat_id=ann.id, photo="https://example.com/p.jpg")
    photo = sent["photo"][0]["file_id"]
    assert await api.refused("sendVideo", chat_id=ann.id, video=photo) == BAD + "can't use file of type Photo as Video"
    async with Client(telegram.api, bot=await telegram.add_bot(other_token)) as second:
        await (await second.person("Ann", id=ann.id)).say("/start")
    refused = await api.refused("sendPhoto", token=other_token, chat_id=ann.id, photo=photo)
    assert refused == BAD + "wrong file identifier/HTTP URL specified"
    assert await api.refused("sendPhoto", chat_id=ann.id, photo="no such") == refused


async def test_a_copy_carries_the_content_and_only_the_buttons_it_is_given(
    api: Any, ann: Person, channel: Channel
) -> None:
    post = await channel.post_photo("a *post*")
    copied = await api("copyMessage", chat_id=ann.id, from_chat_id=channel.id, message_id=post, reply_markup=ONE)
    seen = await ann.sees("a *post*")
    assert (seen.id, seen.media, seen.buttons) == (copied["message_id"], "photo", ["Go"])
    assert "forward_origin" not in seen.raw
    await api("copyMessage", chat_id=ann.id, from_chat_id=channel.id, message_id=post, caption="another")
    assert (await ann.sees("another")).media == "photo"


async def test_a_forward_says_where_it_comes_from(api: Any, ann: Person, channel: Channel) -> None:
    post = await channel.post("news")
    sent = await api("forwardMessage", chat_id=ann.id, from_chat_id=f"@{'techdaily'}", message_id=post)
    assert sent["forward_origin"]["type"] == "channel"
    assert (sent["forward_origin"]["chat"]["id"], sent["forward_origin"]["message_id"]) == (channel.id, post)


async def test_several_are_copied_and_those_not_found_are_skipped(api: Any, ann: Person, channel: Channel) -> None:
    first, second = await channel.post("one"), await channel.post("two")
    await channel.delete_post(first)
    ids = await api("copyMessages", chat_id=ann.id, from_chat_id=channel.id, message_ids=[first, second])
    assert len(ids) == 1
    assert (await ann.sees("two")).id == ids[0]["message_id"]
    assert len(await api("forwardMessages", chat_id=ann.id, from_chat_id=channel.id, message_ids=[second])) == 1


async def test_a_missing_original_is_refused_in_the_words_of_the_method(
    api: Any, ann: Person, channel: Channel
) -> None:
    for method, verb in (("forwardMessage", "forward"), ("copyMessage", "copy")):
        refused = await api.refused(method, chat_id=ann.id, from_chat_id=channel.id, message_id=999)
        assert refused == f"{BAD}message to {verb} not found"


async def test_a_deleted_original_is_found_for_half_an_hour_if_it_is_cached(
    api: Any, ann: Person, channel: Channel, clock: Any
) -> None:
    post = await channel.post("news")
    await channel.delete_post(post, cached=True)
    call = {"chat_id": ann.id, "from_chat_id": channel.id, "message_id": post}
    assert await api("forwardMessage", **call)
    clock.advance(minutes=31)
    assert await api.refused("forwardMessage", **call) == BAD + "message to forward not found"


async def test_nothing_is_forwarded_or_copied_out_of_a_channel_that_protects_its_posts(
    api: Any, ann: Person, channel: Channel
) -> None:
    post = await channel.post("news")
    call = {"chat_id": ann.id, "from_chat_id": channel.id, "message_id": post}
    await channel.protect()
    assert (await api("getChat", chat_id=channel.id))["has_protected_content"] is True
    assert await api.refused("forwardMessage", **call) == BAD + "message can't be forwarded"
    assert await api.refused("copyMessage", **call) == BAD + "message can't be copied"
    await channel.protect(protected=False)
    assert "has_protected_content" not in await api("getChat", chat_id=channel.id)
    assert await api("forwardMessage", **call)


async def test_a_reply_names_what_it_answers(api: Any, ann: Person) -> None:
    asked = await ann.say("a question")
    sent = await api("sendMessage", chat_id=ann.id, text="an answer", reply_parameters={"message_id": asked})
    assert sent["reply_to_message"]["text"] == "a question"
    missing = {"message_id": 999}
    refused = await api.refused("sendMessage", chat_id=ann.id, text="x", reply_parameters=missing)
    assert refused == BAD + "message to be replied not found"
    assert await api(
        "sendMessage", chat_id=ann.id, text="x", reply_parameters=missing | {"allow_sending_without_reply": True}
    )


async def test_options_of_a_message_are_kept(api: Any, ann: Person) -> None:
    preview = {"is_disabled": True}
    sent = await api("sendMessage", chat_id=ann.id, text="x", link_preview_options=preview, protect_content=True)
    assert (sent["link_preview_options"], sent["has_protected_content"]) == (preview, True)


@pytest.mark.parametrize("how", ["query", "form", "multipart", "json"])
async def test_parameters_may_come_in_every_form(api: Any, token: str, ann: Person, sandbox: Sandbox, how: str) -> None:
    url, values = (
        f"{sandbox.api}/bot{token}/sendMessage",
        {"chat_id": str(ann.id), "text": "x", "reply_markup": json.dumps(ONE)},
    )
    if how == "multipart":
        form = aiohttp.FormData(values, default_to_multipart=True)
    ways: dict[str, Any] = {
        "query": lambda: api.session.get(url, params=values),
        "form": lambda: api.session.post(url, data=values),
        "multipart": lambda: api.session.post(url, data=form),
        "json": lambda: api.session.post(url, json=values),
    }
    async with ways[how]() as answer:
        assert (await answer.json())["result"]["reply_markup"] == ONE


async def test_methods_are_named_in_any_case_and_unknown_ones_are_not_found(api: Any, ann: Person, record: Any) -> None:
    record.expected.append("no such method")
    assert await api("SENDMESSAGE".swapcase().replace("sendmessage", "sendMessage"), chat_id=ann.id, text="x")
    assert await api.refused("sendNothing") == "404 Not Found: method not found"


async def test_a_token_is_malformed_or_revoked_or_good(
    api: Any, token: str, telegram: Client, sandbox: Sandbox
) -> None:
    assert await api.refused("getMe", token="123:short") == "404 Not Found"
    assert (await api("getMe"))["username"] == "holdfast_bot"
    await telegram.revoke(token)
    assert await api.refused("getMe") == "401 Unauthorized"
    await telegram.revoke(token, revoked=False)
    assert await api("getMe")

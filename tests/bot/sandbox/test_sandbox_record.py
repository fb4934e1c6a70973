"""The record of the wire. A tour calls every method there is, and the referee finds nothing wrong with what was said."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Client, Fault, PaymentFailed, Person, Sandbox
from bot.sandbox.client import Channel
from bot.sandbox.methods import METHODS

PHOTO, VIDEO = "https://example.com/p.jpg", "https://example.com/v.mp4"
MARKUP = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}, {"text": "Site", "url": "https://example.com"}]]}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def tour(api: Any, ann: Person, channel: Channel) -> None:
    """Each method at least once, accepted."""
    telegram, me, chat = ann.telegram, await api("getMe"), {"chat_id": ann.id}
    for subject, field in (("Name", "name"), ("Description", "description"), ("ShortDescription", "short_description")):
        await api(f"setMy{subject}", **{field: "Holdfast"})
        assert (await api(f"getMy{subject}"))[field] == "Holdfast"
    commands = [{"command": "start", "description": "Begin"}]
    for language in ("", "ru"):
        await api("setMyCommands", commands=commands, scope={"type": "all_private_chats"}, language_code=language)
    assert await api("getMyCommands", scope={"type": "all_private_chats"}, language_code="ru") == commands
    await api("deleteMyCommands", scope={"type": "all_private_chats"}, language_code="ru")
    assert await api("getMyCommands", scope={"type": "all_private_chats"}, language_code="ru") == []
    await api("setChatMenuButton", menu_button={"type": "commands"})
    await api("sendChatAction", action="typing", **chat)
    text = (await api("sendMessage", text="<b>hello</b> /help", parse_mode="HTML", reply_markup=MARKUP, **chat))[
        "message_id"
    ]
    await api("editMessageText", text="other", message_id=text, **chat)
    await api("editMessageReplyMarkup", reply_markup=MARKUP, message_id=text, **chat)
    photo = await api("sendPhoto", photo=PHOTO, caption="one", **chat)
    await api("editMessageCaption", caption="two", message_id=photo["message_id"], **chat)
    await api("editMessageMedia", media={"type": "video", "media": VIDEO}, message_id=photo["message_id"], **chat)
    for kind in ("video", "animation", "audio", "document"):
        sent = await api(f"send{kind.capitalize()}", **{kind: VIDEO}, **chat)
    await api("getFile", file_id=sent["document"]["file_id"])
    await api("sendMediaGroup", media=[{"type": "photo", "media": PHOTO}, {"type": "video", "media": VIDEO}], **chat)
    post = await channel.post_photo("news")
    one = {"from_chat_id": channel.id, "message_id": post}
    await api("copyMessage", **one, **chat, reply_markup=MARKUP)
    await api("forwardMessage", **one, **chat)
    await api("copyMessages", from_chat_id=channel.id, message_ids=[post], **chat)
    await api("forwardMessages", from_chat_id=channel.id, message_ids=[post], **chat)
    for where, number in ((ann.id, text), (channel.id, post)):
        await api("pinChatMessage", chat_id=where, message_id=number, disable_notification=True)
        await api("getChat", chat_id=where)
        await api("getChatMember", chat_id=where, user_id=ann.id)
        await api("getChatMemberCount", chat_id=where)
        await api("unpinChatMessage", chat_id=where, message_id=number)
    await api("getChatMember", chat_id=channel.id, user_id=me["id"])
    await api("getChatAdministrators", chat_id=channel.id)
    link = {"invite_link": (await api("createChatInviteLink", chat_id=channel.id, name="ads"))["invite_link"]}
    await api("editChatInviteLink", chat_id=channel.id, name="more", **link)
    await api("revokeChatInviteLink", chat_id=channel.id, **link)
    await api("exportChatInviteLink", chat_id=channel.id)
    await api("deleteMessage", message_id=text, **chat)
    await api("deleteMessages", message_ids=[photo["message_id"]], **chat)
    await money(api, ann)
    await channel.edit_post(post, "newer")
    await ann.block_bot()
    await ann.unblock_bot()
    await ann.forward(channel, post)
    await ann.send_album({"kind": "photo", "caption": "😀 #tag"}, {"kind": "video"})
    await api("getUpdates", timeout=0)
    await api("leaveChat", chat_id=channel.id)
    await api("setWebhook", url="http://127.0.0.1:9/", allowed_updates=["message"], secret_token="x")
    await api("getWebhookInfo")
    await api("deleteWebhook", drop_pending_updates=True)
    await api("close")
    await api("logOut")
    assert {name.lower() for name in await telegram.call("calls")} == set(METHODS)


async def money(api: Any, ann: Person) -> None:
    """An answered button, a failed payment, a paid one, a refund."""
    invoice = {"title": "Deposit", "description": "Stars", "payload": "p1", "currency": "XTR"}
    invoice["prices"] = [{"label": "Deposit", "amount": 50}]  # type: ignore[assignment]
    await api("createInvoiceLink", **invoice)
    await api("sendInvoice", chat_id=ann.id, start_parameter="p1", **invoice)
    sent = await api("sendMessage", chat_id=ann.id, text="x", reply_markup=MARKUP)
    with pytest.raises(AssertionError):
        await ann.press("go", sent["message_id"], timeout=0.01)
    query = next(update["callback_query"] for update in await api.updates() if "callback_query" in update)
    await api("answerCallbackQuery", callback_query_id=query["id"], text="Gone")
    with pytest.raises(PaymentFailed):
        await ann.pay(patience=0.01)
    await api.updates()
    charge = await pay(api, ann)
    await api("refundStarPayment", user_id=ann.id, telegram_payment_charge_id=charge)
    await api("getMyStarBalance")
    await api("getStarTransactions", offset=0, limit=100)


async def pay(api: Any, ann: Person) -> str:
    async with asyncio.TaskGroup() as tasks:
        paid = tasks.create_task(ann.pay())
        query = (await api("getUpdates", timeout=10))[0]["pre_checkout_query"]
        await api("answerPreCheckoutQuery", pre_checkout_query_id=query["id"], ok=True)
    return paid.result()


async def test_the_traffic_of_every_method_is_without_fault(
    api: Any, ann: Person, channel: Channel, record: Any, judge: Any
) -> None:
    await tour(api, ann, channel)
    assert judge(record.path) == []
    kinds = {next(k for k in line["update"] if k != "update_id") for line in lines(record.path) if "update" in line}
    assert kinds == {
        "message", "my_chat_member", "channel_post", "edited_channel_post", "callback_query", "pre_checkout_query",
    }  # fmt: skip


async def test_an_unknown_parameter_is_ignored_but_recorded(api: Any, ann: Person, record: Any, judge: Any) -> None:
    record.expected.append("unknown field colour")
    await api("sendMessage", chat_id=ann.id, text="x", colour="red")
    assert lines(record.path)[-1]["params"]["colour"] == "red"


async def test_an_update_is_recorded_at_its_first_delivery_only(api: Any, ann: Person, record: Any) -> None:
    await ann.say("one")
    await api("getUpdates")
    await api("getUpdates")
    assert [line["update"]["message"]["text"] for line in lines(record.path) if "update" in line] == ["/start", "one"]


async def test_a_broken_update_is_delivered_as_it_stands_and_recorded_apart(
    api: Any, telegram: Client, ann: Person, record: Any
) -> None:
    await telegram.raw_update({"message": {"text": 7}})
    await ann.say("a good one")
    updates = await api("getUpdates")
    assert updates[0]["message"] == {"text": 7}
    broken = lines(record.path.with_name("wire.broken.jsonl"))
    assert [set(line) for line in broken] == [{"update"}, {"method", "params", "response"}]
    assert lines(record.path)[-1]["update"]["message"]["text"] == "a good one"


async def test_a_spoiled_answer_is_recorded_as_a_fault(api: Any, telegram: Client, ann: Person, record: Any) -> None:
    await telegram.fault("sendMessage", Fault.TOO_MANY_REQUESTS)
    await api.refused("sendMessage", chat_id=ann.id, text="x")
    assert lines(record.path)[-1] == {
        "method": "sendMessage",
        "params": {"chat_id": ann.id, "text": "x"},
        "response": None,
        "fault": "too-many-requests",
    }


async def test_a_record_is_appended_to(tmp_path: Path, token: str) -> None:
    for _ in range(2):
        async with Sandbox(record=tmp_path / "deep" / "wire.jsonl") as sandbox, Client(sandbox.api) as telegram:
            await telegram.add_bot(token)
            await telegram._session.get(f"{sandbox.api}/bot{token}/getMe")
    assert len(lines(tmp_path / "deep" / "wire.jsonl")) == 2

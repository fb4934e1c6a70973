"""How updates reach a bot, and which ones there are."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from bot.sandbox import Client, Person
from bot.sandbox.client import Channel
from tests.processes import until


def kinds(updates: list[dict[str, Any]]) -> list[str]:
    return [next(name for name in update if name != "update_id") for update in updates]


async def test_an_update_stays_until_a_larger_offset_confirms_it(api: Any, ann: Person) -> None:
    await ann.say("one")
    await ann.say("two")
    first = await api("getUpdates")
    assert [update["message"]["text"] for update in first] == ["one", "two"]
    assert await api("getUpdates", limit=1) == first[:1]
    assert await api("getUpdates", offset=-1) == first[1:]
    assert await api("getUpdates", offset=first[1]["update_id"] + 1) == []
    assert await api("getUpdates") == []


async def test_a_long_poll_waits_for_the_next_update(api: Any, ann: Person) -> None:
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(api("getUpdates", timeout=30))
        await ann.say("now")
    assert poll.result()[0]["message"]["text"] == "now"


async def test_a_second_poller_ends_the_first(api: Any, ann: Person) -> None:
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(api.refused("getUpdates", timeout=30))
        await ann.telegram.idle()
        second = tasks.create_task(api("getUpdates", timeout=30))
        await asyncio.wait([first], timeout=5)
        await ann.say("for the second")
    ended = "terminated by other getUpdates request; make sure that only one bot instance is running"
    assert first.result() == f"409 Conflict: {ended}"
    assert second.result()[0]["message"]["text"] == "for the second"


async def test_a_webhook_and_polling_exclude_each_other(api: Any, ann: Person) -> None:
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(api.refused("getUpdates", timeout=30))
        await ann.telegram.idle()
        await api("setWebhook", url="http://127.0.0.1:9/")
    assert poll.result() == "409 Conflict: terminated by setWebhook request"
    other = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    assert await api.refused("getUpdates") == f"409 Conflict: {other}"
    assert await api("deleteWebhook")
    assert await api("getUpdates") == []


async def test_only_the_kinds_asked_for_are_kept(api: Any, ann: Person, channel: Channel) -> None:
    await api("getUpdates", allowed_updates=["channel_post"])
    await ann.say("not kept")
    await channel.post("kept")
    assert kinds(await api.updates()) == ["channel_post"]
    await api("getUpdates", allowed_updates=[])
    await ann.say("kept again")
    assert kinds(await api.updates()) == ["message"]


async def test_a_bot_hears_of_others_and_never_of_its_own_posts_or_of_deletions(api: Any, channel: Channel) -> None:
    mine = (await api("sendMessage", chat_id=channel.id, text="mine"))["message_id"]
    await api("editMessageText", chat_id=channel.id, message_id=mine, text="mine still")
    theirs = await channel.post("theirs")
    await channel.edit_post(theirs, "changed")
    await channel.delete_post(theirs)
    await channel.delete_post(mine)
    updates = await api.updates()
    assert kinds(updates) == ["channel_post", "edited_channel_post"]
    assert updates[1]["edited_channel_post"]["text"] == "changed"


async def test_a_reaction_arrives_as_an_edit_that_changes_nothing(api: Any, channel: Channel) -> None:
    mine = await api("sendMessage", chat_id=channel.id, text="mine")
    await channel.react(mine["message_id"])
    assert (await api.updates())[0]["edited_channel_post"] == mine


async def test_an_owner_may_edit_what_the_bot_posted_and_the_bot_hears_of_it(api: Any, channel: Channel) -> None:
    mine = await api("sendMessage", chat_id=channel.id, text="mine")
    await channel.edit_post(mine["message_id"], "not mine")
    assert (await api.updates())[0]["edited_channel_post"]["text"] == "not mine"


async def test_an_edit_in_a_client_may_take_the_buttons_off_a_post(api: Any, channel: Channel) -> None:
    markup = {"inline_keyboard": [[{"text": "Shop", "url": "https://example.com"}]]}
    mine = await api("sendMessage", chat_id=channel.id, text="mine", reply_markup=markup)
    await channel.edit_post(mine["message_id"], "still mine")
    await channel.edit_post(mine["message_id"], "mine", buttons=False)
    kept, lost = [update["edited_channel_post"] for update in await api.updates()]
    assert (kept["reply_markup"], "reply_markup" in lost) == (markup, False)


async def test_another_bot_in_the_channel_hears_of_the_post(
    api: Any, other_token: str, telegram: Client, channel: Channel
) -> None:
    number = await telegram.add_bot(other_token)
    await telegram.call("promote", channel=channel.id, bot=number)
    await api("sendMessage", chat_id=channel.id, text="from the first")
    body = await api.raw("getUpdates", token=other_token)
    assert kinds(body["result"]) == ["my_chat_member", "channel_post"]
    assert await api.updates() == []


async def test_every_change_of_the_bots_rights_is_told(api: Any, channel: Channel, ann: Person) -> None:
    await channel.promote("can_edit_messages")
    await channel.demote()
    await channel.promote()
    await channel.remove_bot()
    changes = [update["my_chat_member"] for update in await api.updates()]
    statuses = [(change["old_chat_member"]["status"], change["new_chat_member"]["status"]) for change in changes]
    assert statuses == [
        ("administrator", "administrator"),
        ("administrator", "left"),
        ("left", "administrator"),
        ("administrator", "kicked"),
    ]
    assert changes[0]["new_chat_member"]["can_post_messages"] is False
    assert {change["from"]["id"] for change in changes} == {ann.id}


class Hook:
    """A webhook that answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[str | None, dict[str, Any]]] = []
        self.answers: list[web.Response] = []
        self.waits: dict[str, asyncio.Event] = {}
        """What holds up the answer to a text."""
        self.url = ""

    async def receive(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.got.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), update))
        if waits := self.waits.get(update.get("message", {}).get("text", "")):
            await waits.wait()
        return self.answers.pop(0) if self.answers else web.Response()


@pytest.fixture
async def hook() -> Any:
    hook, app = Hook(), web.Application()
    app.router.add_post("/hook", hook.receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()


async def test_a_webhook_gets_updates_in_order_with_the_secret(api: Any, ann: Person, hook: Hook) -> None:
    await api("setWebhook", url=hook.url, secret_token="s3cret")
    for text in ("one", "two", "three"):
        await ann.say(text)
    await ann.telegram.idle()
    assert [secret for secret, _ in hook.got] == ["s3cret"] * 3
    assert [update["message"]["text"] for _, update in hook.got] == ["one", "two", "three"]
    assert (await api("getWebhookInfo"))["pending_update_count"] == 0


async def test_a_webhook_that_keeps_one_person_waiting_is_brought_what_others_say(
    api: Any, ann: Person, hook: Hook
) -> None:
    bob = await ann.telegram.person("Bob")
    hook.waits["one"] = held = asyncio.Event()
    await api("setWebhook", url=hook.url)
    await ann.say("one")
    await ann.say("two")
    await bob.say("hello")
    await until(lambda: len(hook.got) == 2, "others are heard")
    held.set()
    await ann.telegram.idle()
    assert [update["message"]["text"] for _, update in hook.got] == ["one", "hello", "two"]
    assert (await api("getWebhookInfo"))["pending_update_count"] == 0


async def test_a_webhook_with_one_connection_is_brought_one_update_at_a_time(api: Any, ann: Person, hook: Hook) -> None:
    bob = await ann.telegram.person("Bob")
    hook.waits["one"] = held = asyncio.Event()
    await api("setWebhook", url=hook.url, max_connections=1)
    await ann.say("one")
    await bob.say("hello")
    await asyncio.sleep(0.3)
    assert len(hook.got) == 1
    held.set()
    await ann.telegram.idle()
    assert len(hook.got) == 2


async def test_an_update_is_delivered_again_until_the_webhook_takes_it(api: Any, ann: Person, hook: Hook) -> None:
    hook.answers = [web.Response(status=500), web.Response(status=404)]
    await api("setWebhook", url=hook.url)
    await ann.say("one")
    await ann.say("two")
    await ann.telegram.idle()
    assert [update["message"]["text"] for _, update in hook.got] == ["one", "one", "one", "two"]
    assert len({update["update_id"] for _, update in hook.got}) == 2


async def test_the_last_error_of_a_webhook_is_told(api: Any, ann: Person, hook: Hook) -> None:
    hook.answers = [web.Response(status=500)] * 100
    await api("setWebhook", url=hook.url, allowed_updates=["message"], max_connections=1)
    await ann.say("one")
    while "last_error_message" not in (info := await api("getWebhookInfo")):
        pass
    assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
    assert (info["pending_update_count"], info["allowed_updates"]) == (1, ["message"])


async def test_a_webhook_may_answer_with_a_call(api: Any, ann: Person, hook: Hook) -> None:
    hook.answers = [web.json_response({"method": "sendMessage", "chat_id": ann.id, "text": "in the answer"})]
    await api("setWebhook", url=hook.url)
    await ann.say("one")
    assert await ann.sees("in the answer")


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"url": "ftp://example.com"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "http://example.com", "secret_token": "no spaces"}, "secret token contains unallowed characters"),
    ],
)
async def test_a_webhook_has_an_address_and_a_plain_secret(api: Any, ann: Person, params: Any, why: str) -> None:
    assert await api.refused("setWebhook", **params) == f"400 Bad Request: {why}"


async def test_pending_updates_may_be_dropped(api: Any, ann: Person) -> None:
    await ann.say("one")
    assert await api("deleteWebhook", drop_pending_updates=True)
    assert await api("getUpdates") == []

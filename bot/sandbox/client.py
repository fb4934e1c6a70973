"""A test, a demo or a drill as people. Speaks only HTTP, so the sandbox, the bot and the test may be three processes. Waiting is
for a change that the server reports, never for a time; what does not come is an AssertionError that shows the chat."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import aiohttp

from bot.sandbox.errors import Impossible, PaymentFailed
from bot.sandbox.faults import Fault
from bot.sandbox.shown import Answer, Chat, Message

Json = dict[str, Any]
Wanted = str | re.Pattern[str]
SECONDS = 5.0


class Client:
    """`bot` picks one of several bots by its id; without it, the one that called first."""

    def __init__(self, api: str, *, bot: int | None = None) -> None:
        self.api, self.bot = api.rstrip("/"), bot
        self._base = self.api

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        with suppress(aiohttp.ClientError):  # the second port answers while the first refuses; it may be out of reach
            async with self._session.get(f"{self.api}/sandbox/address") as answer:
                port = (await answer.json())["control_port"]
            base = str(answer.url.with_port(port).origin())
            async with self._session.get(f"{base}/sandbox/address"):
                self._base = base
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def call(self, verb: str, **arguments: Any) -> Any:
        """One verb of the people's side; an argument that is None is left out."""
        given = {name: value for name, value in arguments.items() if value is not None}
        async with self._session.post(f"{self._base}/sandbox/{verb}", json=given) as answer:
            body = await answer.json()
        if answer.status == 402:
            raise PaymentFailed(body["error"])
        if answer.status == 409:
            raise Impossible(body["error"])
        if answer.status != 200:
            raise ValueError(body["error"])
        return body["result"]

    async def person(
        self,
        name: str,
        *,
        language: str | None = "en",
        id: int | None = None,  # noqa: A002
        username: str | None = None,
    ) -> "Person":
        made = await self.call("person", name=name, language=language, id=id, username=username)
        return Person(self, made["id"], made["name"])

    async def channel(
        self,
        title: str,
        *,
        owner: "Person",
        username: str | None = None,
        subscribers: int = 1,
        id: int | None = None,  # noqa: A002
    ) -> "Channel":
        terms = {"username": username, "subscribers": subscribers, "id": id}
        made = await self.call("channel", title=title, owner=owner.id, **terms)
        return Channel(self, made["id"], title, owner)

    async def fault(
        self, method: str, fault: Fault, *, chat: "int | str | Channel | Person | None" = None, **options: Any
    ) -> None:
        """Plan a fault for `method` (or `*`). Options: times (default 1, `forever=True` until cleared), text, retry_after,
        seconds, migrate_to."""
        if options.pop("forever", False):
            options["times"] = 1_000_000_000
        about = str(chat.id) if isinstance(chat, (Channel, Person)) else chat if chat is None else str(chat)
        await self.call("fault", method=method, fault=fault, chat=about, **options)

    async def clear_faults(self) -> None:
        await self.call("clear_faults")

    async def stars(self) -> int:
        """The bot's own Stars."""
        return int(await self.call("stars", bot=self.bot))

    async def refund_from_outside(self, charge: str) -> None:
        await self.call("refund_from_outside", charge=charge)

    async def raw_update(self, fields: Json) -> int:
        """Queue an update as it stands; it goes to the broken record. Answers its update_id."""
        return int(await self.call("raw_update", fields=fields, bot=self.bot))

    async def idle(self, *, quiet: float = 0.01, timeout: float = SECONDS) -> None:
        """Until all updates are confirmed, the bot waits for more, and it has called nothing for `quiet` seconds."""
        await self.call("idle", quiet=quiet, timeout=timeout, bot=self.bot)

    async def counts(self) -> dict[int, int]:
        """Messages the bots ever put into each chat, deleted ones included."""
        return {int(chat): count for chat, count in (await self.call("counts")).items()}

    async def calls(self, method: str) -> int:
        """How many calls of this method arrived."""
        return int((await self.call("calls")).get(method, 0))

    async def add_bot(self, token: str) -> int:
        """Make the bot of this token before it calls; answers its id."""
        return int((await self.call("bot", token=token))["id"])

    async def revoke(self, token: str, *, revoked: bool = True) -> None:
        await self.call("revoke", token=token, revoked=revoked)


class Person:
    def __init__(self, telegram: Client, number: int, name: str) -> None:
        self.telegram, self.id, self.name = telegram, number, name

    def __repr__(self) -> str:
        return f"{self.name} ({self.id})"

    async def _do(self, verb: str, **arguments: Any) -> Any:
        return await self.telegram.call(verb, user=self.id, bot=self.telegram.bot, **arguments)

    async def say(self, text: str, *, entities: Sequence[Json] | None = None, reply_to: int | None = None) -> int:
        return int(await self._do("say", text=text, entities=entities, reply_to=reply_to))

    async def send_album(self, *items: Json) -> list[int]:
        """Items are `{"kind": "photo", "caption": ..., "caption_entities": ..., "data": ...}`."""
        return list(await self._do("send", items=items))

    async def _send(self, kind: str, caption: str, entities: Sequence[Json] | None, name: str | None) -> int:
        item = {"kind": kind, "caption": caption, "caption_entities": entities, "name": name}
        return (await self.send_album(item))[0]

    async def send_photo(self, *, caption: str = "", entities: Sequence[Json] | None = None) -> int:
        return await self._send("photo", caption, entities, None)

    async def send_video(self, *, caption: str = "", entities: Sequence[Json] | None = None) -> int:
        return await self._send("video", caption, entities, None)

    async def send_animation(self, *, caption: str = "", entities: Sequence[Json] | None = None) -> int:
        return await self._send("animation", caption, entities, None)

    async def send_document(
        self, *, caption: str = "", entities: Sequence[Json] | None = None, name: str = "document.pdf"
    ) -> int:
        return await self._send("document", caption, entities, name)

    async def chat(self) -> Chat:
        """What the private chat with the bot shows now."""
        return Chat(await self._do("chat"), self.name)

    async def _until(self, look: Any, timeout: float, missing: str) -> Any:
        """Look at the chat again at each change, until `look(chat)` finds something."""
        chat = await self.chat()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while not (found := look(chat)):
                    chat = Chat(await self._do("chat", after=chat.version, timeout=timeout), self.name)
                return found
        raise AssertionError(f"{missing} within {timeout:g} s. {self.name} sees:\n{chat}")

    async def sees(self, wanted: Wanted, *, timeout: float = SECONDS) -> Message:
        """The newest visible message of the bot that contains the text, or matches the pattern."""
        found: Message = await self._until(lambda chat: chat.find(wanted), timeout, f"nothing shows {wanted!r}")
        return found

    async def sees_none(self, wanted: Wanted, *, timeout: float = SECONDS) -> None:
        """Wait until no visible message of the bot shows this any more."""
        await self._until(lambda chat: chat.find(wanted) is None, timeout, f"{wanted!r} is still shown")

    async def tap(self, label: str, *, on: Message | None = None, timeout: float = SECONDS) -> Answer | None:
        """Press the newest button with this label: inline, else of the keyboard. Waits for it to appear and for the answer."""
        message, button = await self._until(
            lambda chat: chat.button(label, on.id if on else None), timeout, f"no button {label!r}"
        )
        if message is None:
            if "request_chat" in button:
                raise Impossible(f"{button['text']!r} asks for a chat: answer it with share(channel)")
            await self.say(button["text"])
            return None
        if button.get("pay"):
            return Answer(await self.pay(on=message))
        if "callback_data" not in button:
            return Answer(button.get("url", ""), url=button.get("url", ""))
        return await self.press(button["callback_data"], message.id, timeout=timeout)

    async def press(
        self, data: str, message_id: int, *, channel: "Channel | None" = None, timeout: float = SECONDS
    ) -> Answer | None:
        """Send callback data as if from under this message, forged or not."""
        place = channel.id if channel else None
        said = await self._do("press", message=message_id, data=data, channel=place, timeout=timeout)
        return Answer(said["text"], alert=said["alert"], url=said["url"]) if said["text"] or said["url"] else None

    async def share(self, channel: "Channel", *, first: str = "my_chat_member", request: int | None = None) -> int:
        """Answer the keyboard's request for a chat; `first` is the update that comes first, `my_chat_member` or `chat_shared`."""
        return int(await self._do("share", channel=channel.id, first=first, request=request))

    async def forward(self, channel: "Channel", post_id: int) -> int:
        return int(await self._do("forward", channel=channel.id, message=post_id))

    async def pay(
        self,
        *,
        on: Message | int | None = None,
        link: str | None = None,
        of: "Person | None" = None,
        again: bool = False,
        balance: int | None = None,
        patience: float = 10.0,
    ) -> str:
        """Pay the newest invoice, or one named; answers the charge's id, or raises PaymentFailed with what the payer reads.

        `of` pays a copy that another person forwarded, `again` pays a paid invoice once more, `balance` first sets the payer's
        Stars, `patience` is how long the bot may take to answer the pre-checkout query.
        """
        number = on.id if isinstance(on, Message) else on
        terms = {"of": of and of.id, "again": again, "balance": balance, "patience": patience}
        return str(await self._do("pay", message=number, link=link, **terms))

    async def stars(self) -> int:
        return int(await self.telegram.call("stars", user=self.id))

    async def block_bot(self) -> None:
        await self._do("block")

    async def unblock_bot(self) -> None:
        await self._do("unblock")


class Channel:
    def __init__(self, telegram: Client, number: int, title: str, owner: Person) -> None:
        self.telegram, self.id, self.title, self.owner = telegram, number, title, owner

    def __repr__(self) -> str:
        return f"{self.title} ({self.id})"

    async def _do(self, verb: str, **arguments: Any) -> Any:
        return await self.telegram.call(verb, channel=self.id, **arguments)

    async def promote(self, *rights: str, by: Person | None = None, bot: int | None = None) -> None:
        """Make the bot (or another one, by its id) an administrator; without names, with the usual rights to post, edit, delete
        and invite."""
        chosen = {"rights": list(rights) or None, "by": by and by.id}
        await self._do("promote", bot=bot or self.telegram.bot, **chosen)

    async def demote(self, *, by: Person | None = None, bot: int | None = None) -> None:
        await self._do("demote", bot=bot or self.telegram.bot, by=by and by.id)

    async def remove_bot(self, *, by: Person | None = None, bot: int | None = None) -> None:
        await self._do("remove_bot", bot=bot or self.telegram.bot, by=by and by.id)

    async def add_member(self, person: Person, *rights: str) -> None:
        """A subscriber, or with rights an administrator."""
        await self._do("add_member", user=person.id, rights=list(rights) or None)

    async def remove_member(self, person: Person) -> None:
        await self._do("remove_member", user=person.id)

    async def post(self, text: str, *, entities: Sequence[Json] | None = None, by: Person | None = None) -> int:
        return int(await self._do("post", text=text, entities=entities, by=by and by.id))

    async def post_photo(self, caption: str = "") -> int:
        return int(await self._do("post", text=caption, item={"kind": "photo"}))

    async def edit_post(self, post_id: int, text: str, *, buttons: bool = True) -> None:
        """Without `buttons` it loses those it had."""
        await self._do("edit_post", message=post_id, text=text, buttons=buttons)

    async def react(self, post_id: int) -> None:
        await self._do("react", message=post_id)

    async def delete_post(self, post_id: int, *, cached: bool = False) -> None:
        """With `cached`, the post can still be forwarded and copied for half an hour."""
        await self._do("delete_post", message=post_id, cached=cached)

    async def pin_post(self, post_id: int, *, pinned: bool = True) -> None:
        await self._do("pin_post", message=post_id, pinned=pinned)

    async def protect(self, *, protected: bool = True) -> None:
        """Forbid forwarding and copying out of the channel, or allow it again."""
        await self._do("protect", protected=protected)

    async def set_subscribers(self, count: int) -> None:
        await self._do("subscribers", count=count)

    async def rename(self, *, title: str | None = None, username: str | None = None) -> None:
        await self._do("rename", title=title, username=username)

    async def published(self) -> list[Message]:
        """Everything ever published, deleted posts included."""
        shown = await self._do("posts", bot=self.telegram.bot)
        return [Message(message) for message in shown["posts"]]

    async def posts(self) -> list[Message]:
        """What a reader sees now."""
        return [message for message in await self.published() if not message.deleted]

    async def shows(self, wanted: Wanted, *, timeout: float = SECONDS) -> Message:
        """Wait for a visible post that contains the text, or matches the pattern."""
        shown: Json = await self._do("posts", bot=self.telegram.bot)
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while True:
                    posts = [Message(message) for message in shown["posts"] if not message["deleted"]]
                    if found := next((post for post in reversed(posts) if post.shows(wanted)), None):
                        return found
                    shown = await self._do("posts", bot=self.telegram.bot, after=shown["version"], timeout=timeout)
        readable = "\n".join(str(Message(message)) for message in shown["posts"])
        raise AssertionError(f"no post shows {wanted!r} within {timeout:g} s. {self.title}:\n{readable}")

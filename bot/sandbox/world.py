"""The state Telegram would keep, and who learns of its changes. Nothing here knows HTTP, and nothing here is ever forgotten: a
deleted message stays, marked, so that a test can count what was published."""

import re
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime
from itertools import count
from typing import Any

from bot.sandbox.bell import Bell
from bot.sandbox.errors import Impossible, Refusal
from bot.sandbox.faults import Faults
from bot.sandbox.files import Files
from bot.sandbox.queues import Queue
from bot.sandbox.record import Record
from bot.sandbox.rows import Bot, Channel, Charge, Chat, Invoice, Json, Member, Message, Private, Query, User

TOKEN = re.compile(r"(\d{1,16}):[A-Za-z0-9_-]{35}")


class World:
    def __init__(
        self, now: Callable[[], datetime], spawn: Callable[[Coroutine[Any, Any, None]], object], record: Record
    ) -> None:
        self.now, self.spawn, self.record = now, spawn, record
        self.faults = Faults()
        self.bell = Bell()
        self.closed = False
        self.files = Files()
        self.people: dict[int, User] = {}
        self.bots: dict[int, Bot] = {}
        self.privates: dict[tuple[int, int], Private] = {}
        self.channels: dict[int, Channel] = {}
        self.queries: dict[str, Query] = {}
        self.invoices: dict[str, Invoice] = {}
        self.charges: dict[str, Charge] = {}
        self.calls: Counter[str] = Counter()
        self._numbers = count(1)

    def number(self) -> int:
        return next(self._numbers)

    def seconds(self) -> int:
        return int(self.now().timestamp())

    # Accounts

    def bot_by_token(self, token: str) -> Bot:
        """Any well-formed token is a bot from its first use on."""
        found = TOKEN.fullmatch(token)
        if not found:
            raise Refusal(404, "Not Found")
        number = int(found[1])
        bot = self.bots.get(number)
        if bot is None:
            name = "holdfast_bot" if not self.bots else f"holdfast{number}_bot"
            bot = Bot(
                token,
                User(number, "Holdfast", name, is_bot=True),
                Queue(self.bell, 100_000_000 + len(self.bots) * 10_000_000),
            )
            self.bots[number] = bot
            self.bell.ring()
        if bot.revoked or bot.token != token:
            raise Refusal(401, "Unauthorized")
        return bot

    def person(self, number: int) -> User:
        if number not in self.people:
            raise Impossible(f"there is no person {number}")
        return self.people[number]

    def account(self, number: int) -> User | None:
        return self.people.get(number) or (self.bots[number].user if number in self.bots else None)

    # Chats

    def private(self, bot: Bot, user: User) -> Private:
        key = (bot.id, user.id)
        if key not in self.privates:
            self.privates[key] = Private(user.id, user, bot)
        return self.privates[key]

    def channel_by_name(self, name: str) -> Channel | None:
        wanted = name.removeprefix("@").lower()
        return next((c for c in self.channels.values() if c.username and c.username.lower() == wanted), None)

    # Messages and what the bots learn of them

    def publish(self, chat: Chat, author: User, content: Json, **more: Any) -> Message:
        """Put a message into a chat and tell the bots that may know of it: never the one that wrote it."""
        number = len(chat.messages) + 1
        message = Message(chat, number, self.seconds(), author, content, **more)
        chat.messages[number] = message
        if isinstance(chat, Private):
            if author is not chat.bot.user:
                self.tell(chat.bot, "message", message.json(chat.bot.id))
        else:
            self.tell_channel(message, "channel_post", author)
        self.bell.ring()
        return message

    def tell(self, bot: Bot, kind: str, body: Json) -> None:
        bot.queue.add(kind, body)

    def tell_channel(self, message: Message, kind: str, author: User) -> None:
        if isinstance(message.chat, Channel):
            for number in message.chat.bots:
                if number != author.id:
                    self.tell(self.bots[number], kind, message.json(number))

    def change_member(self, channel: Channel, member: Member, by: User) -> None:
        """Set one account's place in a channel; a bot hears of its own."""
        old = channel.member(member.user)
        channel.members[member.user.id] = member
        bot = self.bots.get(member.user.id)
        if bot is not None:
            channel.seen_by.add(bot.id)
            self.tell(
                bot,
                "my_chat_member",
                {
                    "chat": channel.json(),
                    "from": by.sender(),
                    "date": self.seconds(),
                    "old_chat_member": old.json(),
                    "new_chat_member": member.json(),
                },
            )
        self.bell.ring()

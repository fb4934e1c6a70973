"""Who and what there is: people, bots, members, chats, messages, invoices, charges. Each row can say itself in the Bot API's
words; who is told of its changes is decided in `world`."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.files import File
from bot.sandbox.queues import Queue

Json = dict[str, Any]
RIGHTS = [
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
    "can_post_messages",
    "can_edit_messages",
    "can_manage_direct_messages",
]


@dataclass(eq=False)
class User:
    id: int
    first_name: str
    username: str | None = None
    language: str | None = None
    is_bot: bool = False
    stars: int = 100_000

    def json(self) -> Json:
        named = {"username": self.username} if self.username else {}
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name} | named

    def sender(self) -> Json:
        """As the one an update comes from: only there does Telegram tell the language."""
        return self.json() | ({"language_code": self.language} if self.language else {})


@dataclass(eq=False)
class Member:
    """One account in one channel; `rights` counts only for administrators."""

    user: User
    status: str
    rights: frozenset[str] = frozenset()

    def json(self, *, editable: bool = False) -> Json:
        body: Json = {"status": self.status, "user": self.user.json()}
        if self.status == "creator":
            return body | {"is_anonymous": False}
        if self.status == "administrator":
            return body | {"can_be_edited": editable} | {right: right in self.rights for right in RIGHTS}
        return body | {"until_date": 0} if self.status == "kicked" else body


@dataclass(eq=False)
class Invoice:
    """A request for Stars, on a message or behind a link."""

    bot: "Bot"
    title: str
    description: str
    payload: str
    amount: int
    start_parameter: str = ""
    charges: list[str] = field(default_factory=list)

    def json(self) -> Json:
        shown = {"title": self.title, "description": self.description, "start_parameter": self.start_parameter}
        return shown | {"currency": "XTR", "total_amount": self.amount}


@dataclass(eq=False)
class Message:
    chat: "Chat"
    id: int
    date: int
    author: User
    content: Json
    file: File | None = None
    markup: Json | None = None
    invoice: Invoice | None = None
    has_reply_keyboard: bool = False
    edit_date: int | None = None
    deleted_at: int | None = None
    cached: bool = False

    def json(self, bot: int) -> Json:
        """As the bot of this id sees it: file identifiers are its own."""
        speaker = (
            {"sender_chat": self.chat.json()} if isinstance(self.chat, Channel) else {"from": self.author.sender()}
        )
        body: Json = {"message_id": self.id, **speaker, "chat": self.chat.json(), "date": self.date}
        if self.edit_date is not None:
            body["edit_date"] = self.edit_date
        body |= self.content
        if self.file is not None:
            body[self.file.kind] = self.file.as_message_field(bot)
            if self.file.kind == "animation":
                body["document"] = self.file.names(bot) | {"file_name": self.file.name, "mime_type": "video/mp4"}
        if self.invoice is not None:
            body["invoice"] = self.invoice.json()
        if self.markup is not None:
            body["reply_markup"] = self.markup
        return body

    @property
    def text(self) -> str:
        return str(self.content.get("text") or self.content.get("caption") or "")

    @property
    def is_service(self) -> bool:
        return not (self.file or self.invoice or "text" in self.content)


@dataclass(eq=False)
class Chat(ABC):
    id: int
    messages: dict[int, Message] = field(default_factory=dict, init=False)
    pinned: list[int] = field(default_factory=list, init=False)

    @abstractmethod
    def json(self) -> Json: ...

    def find(self, message_id: int) -> Message | None:
        message = self.messages.get(message_id)
        return message if message and message.deleted_at is None else None


@dataclass(eq=False)
class Private(Chat):
    user: User
    bot: "Bot"
    started: bool = False
    blocked: bool = False
    keyboard: Json | None = None

    def json(self) -> Json:
        named = {"username": self.user.username} if self.user.username else {}
        return {"id": self.id, "type": "private", "first_name": self.user.first_name} | named


@dataclass(eq=False)
class Channel(Chat):
    title: str
    owner: User
    username: str | None = None
    subscribers: int = 0
    protected: bool = False
    """Nothing of it may be forwarded or copied."""
    members: dict[int, Member] = field(default_factory=dict)
    seen_by: set[int] = field(default_factory=set)
    links: dict[str, Json] = field(default_factory=dict)

    def json(self) -> Json:
        named = {"username": self.username} if self.username else {}
        return {"id": self.id, "type": "channel", "title": self.title} | named

    def member(self, user: User) -> Member:
        return self.members.get(user.id) or Member(user, "left")

    @property
    def bots(self) -> list[int]:
        return [m.user.id for m in self.members.values() if m.user.is_bot and m.status == "administrator"]


@dataclass(eq=False)
class Bot:
    token: str
    user: User
    queue: Queue
    revoked: bool = False
    stars: int = 0
    transactions: list[Json] = field(default_factory=list)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    busy: int = 0

    @property
    def id(self) -> int:
        return self.user.id


@dataclass(eq=False)
class Query:
    """A callback or pre-checkout query on its way: the bot may answer it once, while it is fresh."""

    id: str
    bot: Bot
    asked: datetime
    answer: Json | None = None
    expired: bool = False


@dataclass(eq=False)
class Charge:
    id: str
    bot: Bot
    user: User
    invoice: Invoice
    refunded: bool = False

"""One queue of updates for each bot. An update stays until it is confirmed: by a larger offset when the bot polls, by a 2xx
answer when it has a webhook. Only one of the two, and only one poller, may read a queue."""

from collections import deque
from dataclasses import dataclass
from typing import Any

from bot.sandbox.bell import Bell

UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
KINDS = frozenset(
    [
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "guest_message",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "managed_bot",
        "subscription",
        "stopped_message_generation",
    ]
)


@dataclass(eq=False)
class Update:
    id: int
    body: dict[str, Any]
    raw: bool = False
    recorded: bool = False

    @property
    def chat(self) -> int:
        """The chat it comes from, or the person; 0 for what comes from neither."""
        for what in self.body.values():
            if isinstance(what, dict):
                whose = what.get("chat") or what.get("from")
                return whose["id"] if isinstance(whose, dict) and isinstance(whose.get("id"), int) else 0
        return 0


@dataclass(eq=False)
class Webhook:
    url: str
    secret: str = ""
    connections: int = 40
    error: str = ""
    error_date: int = 0


class Queue:
    def __init__(self, bell: Bell, last: int) -> None:
        self._bell = bell
        self._last = last
        self.updates: deque[Update] = deque()
        self.allowed: frozenset[str] = frozenset()
        self.webhook: Webhook | None = None
        self.poller: object | None = None
        self.ended_by = ""

    def add(self, kind: str, body: dict[str, Any]) -> None:
        """Keep an update of this kind, if the bot asked for its like; what it did not ask for is lost, as at Telegram."""
        if kind in self.allowed if self.allowed else kind not in UNASKED:
            self._append({kind: body}, raw=False)

    def add_raw(self, fields: dict[str, Any]) -> int:
        """Queue an update as it stands, well formed or not."""
        return self._append(fields, raw=True)

    def _append(self, fields: dict[str, Any], *, raw: bool) -> int:
        self._last += 1
        self.updates.append(Update(self._last, {"update_id": self._last} | fields, raw))
        self._bell.ring()
        return self._last

    def allow(self, kinds: list[str]) -> None:
        """An empty list means all but the few that must be asked for by name."""
        self.allowed = frozenset(kinds) & KINDS

    def confirm(self, offset: int) -> None:
        """Forget what came before `offset`; a negative one keeps that many of the newest."""
        if offset < 0:
            offset = self._last + 1 + offset
        while self.updates and self.updates[0].id < offset:
            self.updates.popleft()
        self._bell.ring()

    def taken(self, update: Update) -> None:
        """Forget one update."""
        if update in self.updates:
            self.updates.remove(update)
        self._bell.ring()

    def interrupt(self, why: str) -> None:
        """End the waiting poll of another reader."""
        self.poller, self.ended_by = None, why
        self._bell.ring()

    @property
    def is_settled(self) -> bool:
        """Everything was read and confirmed, and somebody is there to read the next one."""
        return not self.updates and (self.poller is not None or self.webhook is not None)

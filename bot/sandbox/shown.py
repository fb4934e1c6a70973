"""What a person sees: a chat, a message, the answer to a button. Built from what the people's side reports."""

import re
from dataclasses import dataclass
from typing import Any, Self

Json = dict[str, Any]
Wanted = str | re.Pattern[str]


class Answer(str):
    """The bot's answer to a pressed button: its text, and whether it came as an alert."""

    alert: bool
    url: str

    def __new__(cls, text: str, *, alert: bool = False, url: str = "") -> Self:
        answer = super().__new__(cls, text)
        answer.alert, answer.url = alert, url
        return answer


class Message:
    """A message as a reader sees it; `raw` is the Bot API's own form."""

    def __init__(self, shown: Json) -> None:
        self.id: int = shown["id"]
        self.by: int = shown["by"]
        self.by_bot: bool = shown["by_bot"]
        self.date: int = shown["date"]
        self.text: str = shown["text"]
        self.html: str = shown["html"]
        self.entities: list[Json] = shown["entities"]
        self.media: str | None = shown["media"]
        self.rows: list[list[Json]] = shown["buttons"]
        self.invoice: Json | None = shown["invoice"]
        self.service: str | None = shown["service"]
        self.edited: bool = shown["edited"]
        self.deleted: bool = shown["deleted"]
        self.pinned: bool = shown["pinned"]
        self.raw: Json = shown["raw"]

    @property
    def buttons(self) -> list[str]:
        """The labels, row by row."""
        return [button["text"] for row in self.rows for button in row]

    @property
    def is_invoice(self) -> bool:
        return self.invoice is not None

    def shows(self, wanted: Wanted) -> bool:
        return wanted in self.text if isinstance(wanted, str) else wanted.search(self.text) is not None

    def button(self, label: str) -> Json | None:
        buttons = [button for row in self.rows for button in row]
        return labelled(buttons, label)

    def __str__(self) -> str:
        media = f"[{self.media}] " if self.media else "[invoice] " if self.invoice else ""
        rows = ["  " + " ".join(f"[ {button['text']} ]" for button in row) for row in self.rows]
        head = f"#{self.id} {'deleted ' if self.deleted else ''}{media}{self.text or self.service or ''}"
        return "\n".join([head, *rows])


def labelled(buttons: list[Json], label: str) -> Json | None:
    """The button with just this label, else the first that contains it."""
    exact = next((button for button in buttons if button["text"] == label), None)
    return exact or next((button for button in buttons if label in button["text"]), None)


@dataclass
class Chat:
    """Iterates over the visible messages, oldest first."""

    state: Json
    person: str

    @property
    def messages(self) -> list[Message]:
        return [Message(shown) for shown in self.state["messages"]]

    @property
    def version(self) -> int:
        return int(self.state["version"])

    @property
    def keyboard(self) -> list[list[Json]]:
        return list(self.state["keyboard"])

    def find(self, wanted: Wanted) -> Message | None:
        return next((m for m in reversed(self.messages) if m.by_bot and m.shows(wanted)), None)

    def button(self, label: str, message_id: int | None) -> tuple[Message | None, Json] | None:
        """The newest inline button with this label and its message; or one of the keyboard, with no message."""
        for message in reversed(self.messages):
            if message_id in (None, message.id) and (found := message.button(label)):
                return message, found
        key = labelled([button for row in self.keyboard for button in row], label)
        return (None, key) if key and message_id is None else None

    def __str__(self) -> str:
        lines = [f"{'bot' if message.by_bot else self.person}: {message}" for message in self.messages]
        keys = [" ".join(f"( {button['text']} )" for button in row) for row in self.keyboard]
        return "\n".join([*lines, *keys]) or "(an empty chat)"

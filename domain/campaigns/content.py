"""What a post consists of, and what Telegram would refuse of it, found while it can still be mended."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from domain.errors import Refusal, Refused

MOST_TEXT = 4096
MOST_CAPTION = 1024
MOST_BUTTONS = 3
MOST_LABEL = 64
MOST_ITEMS = 10
FOUND_BY_TELEGRAM = frozenset(
    {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card", "custom_emoji"}
)
"""Entities that follow from the text (or, for custom emoji, from what the sender paid for); no edit can change them alone."""


@dataclass(frozen=True)
class Content:
    """What a post consists of, exactly as it is to be published.

    `media` is a list of {kind, file_id, unique_id, perhaps spoiler}, an album where there are several; with media, `text` is the
    caption. `entities` are Telegram's, in UTF-16 units. `buttons` are rows of {text, url}.
    """

    text: str = ""
    entities: tuple[dict[str, Any], ...] = ()
    media: tuple[dict[str, str], ...] = ()
    buttons: tuple[tuple[dict[str, str], ...], ...] = ()
    link_preview: dict[str, Any] = field(default_factory=dict)
    caption_above: bool = False

    def as_json(self) -> dict[str, Any]:
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Content":
        buttons = tuple(tuple(row) for row in content["buttons"])
        return cls(
            **content | {"entities": tuple(content["entities"]), "media": tuple(content["media"]), "buttons": buttons}
        )

    def part(self, number: int) -> "Content":
        """What the message of this number shows: an album is a message for each of its media, the text under the first."""
        if len(self.media) < 2:
            return self
        one = replace(self, media=self.media[number : number + 1], buttons=())
        return replace(one, text="", entities=()) if number else one

    def numbers(self, first: int) -> tuple[int, ...]:
        """The numbers of its messages, where the first has this one: those of an album follow each other."""
        return tuple(range(first, first + max(1, len(self.media))))

    @property
    def is_album(self) -> bool:
        return len(self.media) > 1

    @property
    def fingerprint(self) -> str:
        """`words.buttons`: the same for two posts exactly when a reader would see the same.

        Telegram finds links and names in a text by itself and writes addresses its own way, so neither makes a difference.
        """
        words = [
            self.text,
            sorted(_mark(entity) for entity in self.entities if entity["type"] not in FOUND_BY_TELEGRAM),
            [(item["kind"], item["unique_id"]) for item in self.media],
        ]
        buttons = [[(button["text"], _address(button["url"])) for button in row] for row in self.buttons]
        return f"{_digest(words)}.{_digest(buttons)}"


def same_words(one: str, other: str) -> bool:
    """Are two fingerprints of the same text, formatting and media, whatever their buttons?"""
    return one.partition(".")[0] == other.partition(".")[0]


def _mark(entity: dict[str, Any]) -> str:
    user = entity.get("user") or {}
    where = [entity["type"], entity["offset"], entity["length"], entity.get("language"), user.get("id")]
    return json.dumps([*where, _address(entity.get("url") or "")])


def _address(url: str) -> str:
    """An address as Telegram may write it: `HTTPS://Example.com` and `https://example.com/` are one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    web = parts.scheme in ("http", "https")
    return urlunsplit(parts._replace(netloc=parts.netloc.lower(), path=parts.path or ("/" if web else "")))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class EmptyPost(Refusal):
    """Neither text nor a picture."""


@dataclass(frozen=True)
class TextTooLong(Refusal):
    """Longer than Telegram takes, in UTF-16 units."""

    length: int
    most: int


@dataclass(frozen=True)
class NotPublishable(Refusal):
    """A kind of message that is no post: a voice message, a sticker, a poll."""

    kind: str


@dataclass(frozen=True)
class BadAlbum(Refusal):
    """More items than an album takes, or of kinds that do not go together."""

    most: int


@dataclass(frozen=True)
class SecondCaption(Refusal):
    """An album has one caption; here several of its items have one."""


@dataclass(frozen=True)
class ButtonsUnderAlbum(Refusal):
    """Telegram shows no buttons under an album."""


@dataclass(frozen=True)
class TooManyButtons(Refusal):
    """More rows of link buttons than a post may have."""

    most: int


@dataclass(frozen=True)
class BadLink(Refusal):
    """Not a link that a button may open: http, https and tg only."""

    link: str


@dataclass(frozen=True)
class BadLabel(Refusal):
    """A button's label is empty or too long."""

    most: int


def album(parts: Sequence[Content]) -> Content:
    """The messages of one album as one content, in their order; its caption is the one that one of them has."""
    captioned = [part for part in parts if part.text]
    if len(captioned) > 1:
        raise Refused(SecondCaption())
    words = captioned[0] if captioned else parts[0]
    return replace(words, media=tuple(item for part in parts for item in part.media))


def check_content(content: Content) -> None:
    """What Telegram would refuse is refused here, while it can still be mended."""
    length = len(content.text.encode("utf-16-le")) // 2
    most = MOST_CAPTION if content.media else MOST_TEXT
    if not content.media and not content.text.strip():
        raise Refused(EmptyPost())
    if length > most:
        raise Refused(TextTooLong(length, most))
    if content.is_album:
        kinds = {item["kind"] for item in content.media}
        if len(content.media) > MOST_ITEMS or not (kinds <= {"photo", "video"} or kinds == {"document"}):
            raise Refused(BadAlbum(MOST_ITEMS))
        if content.buttons:
            raise Refused(ButtonsUnderAlbum())
    if len(content.buttons) > MOST_BUTTONS:
        raise Refused(TooManyButtons(MOST_BUTTONS))
    for button in (button for row in content.buttons for button in row):
        check_button(button["text"], button["url"])


def check_button(label: str, link: str) -> None:
    if not 1 <= len(label) <= MOST_LABEL:
        raise Refused(BadLabel(MOST_LABEL))
    try:
        parts = urlsplit(link)
    except ValueError:
        raise Refused(BadLink(link)) from None
    host_or_path = parts.hostname if parts.scheme in ("http", "https") else parts.netloc or parts.path
    plausible = parts.scheme == "tg" or (host_or_path is not None and "." in host_or_path)
    if parts.scheme not in ("http", "https", "tg") or not host_or_path or not plausible or re.search(r"\s", link):
        raise Refused(BadLink(link))

"""What a post consists of, and what Telegram would refuse of it, found while it can still be mended."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from domain.errors import Refusal, Refused

MOST_TEXT = 4096
MOST_CAPTION = 1024
MOST_BUTTONS = 3
MOST_LABEL = 64


@dataclass(frozen=True)
class Content:
    """What a post consists of, exactly as it is to be published.

    `media` is a list of {kind, file_id, unique_id}; with media, `text` is the caption. `entities` are Telegram's, in UTF-16
    units. `buttons` are rows of {text, url}.
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

    @property
    def fingerprint(self) -> str:
        """The same for two posts exactly when a reader would see the same."""
        seen = [
            self.text,
            sorted(json.dumps(entity, sort_keys=True) for entity in self.entities),
            [(item["kind"], item["unique_id"]) for item in self.media],
            [[(button["text"], button["url"]) for button in row] for row in self.buttons],
        ]
        return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class EmptyPost(Refusal):
    """Neither text nor a picture."""


@dataclass(frozen=True)
class TextTooLong(Refusal):
    """Longer than Telegram takes, in UTF-16 units."""

    length: int
    most: int


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


def check_content(content: Content) -> None:
    """What Telegram would refuse is refused here, while it can still be mended."""
    length = len(content.text.encode("utf-16-le")) // 2
    most = MOST_CAPTION if content.media else MOST_TEXT
    if not content.media and not content.text.strip():
        raise Refused(EmptyPost())
    if length > most:
        raise Refused(TextTooLong(length, most))
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

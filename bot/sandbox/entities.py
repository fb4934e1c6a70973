"""Formatted text: plain characters and entities over them, counted in UTF-16 code units. The limits count after parsing, the
ends are trimmed, and Telegram itself marks commands, links, mentions and tags that nobody marked."""

import re
from dataclasses import dataclass, field
from html import escape
from typing import Any

from bot.sandbox.errors import bad

Entity = dict[str, Any]
FOUND = {
    "url": re.compile(
        r"(?:https?://|www\.)[^\s<>\"]+[^\s<>\".,!?)]|(?<![@\w.])[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|me|io|ru)\b"
    ),
    "email": re.compile(r"(?<![\w.])[\w.+-]+@[\w-]+\.[\w.-]*\w"),
    "mention": re.compile(r"(?<![\w@/])@[A-Za-z]\w{3,31}\b"),
    "hashtag": re.compile(r"(?<![\w#])#\w*[^\W\d]\w*"),
    "bot_command": re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w+)?\b"),
}
TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "spoiler": "tg-spoiler",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
    "code": "code",
    "pre": "pre",
}
MARKED = frozenset({*TAGS, "text_link", "text_mention", "custom_emoji"})


def length(text: str) -> int:
    """In UTF-16 code units, as Telegram counts."""
    return len(text) + sum(character > "\uffff" for character in text)


def units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


@dataclass
class Formatted:
    text: str
    entities: list[Entity] = field(default_factory=list)

    def fields(self, text: str, entities: str) -> dict[str, Any]:
        """As the fields of a message: no empty text, no empty list."""
        if not self.text:
            return {}
        return {text: self.text} | ({entities: self.entities} if self.entities else {})

    def check(self, limit: int, *, empty: str | None, long: str) -> "Formatted":
        if not self.text and empty:
            raise bad(empty)
        if length(self.text) > limit:
            raise bad(long)
        return self

    def trimmed(self) -> "Formatted":
        start = length(self.text) - length(self.text.lstrip())
        text = self.text.strip()
        end = length(text)
        kept = []
        for entity in self.entities:
            first = max(0, entity["offset"] - start)
            last = min(end, entity["offset"] + entity["length"] - start)
            if last > first:
                kept.append(entity | {"offset": first, "length": last - first})
        return Formatted(text, kept)

    def with_found(self) -> "Formatted":
        """Add what Telegram finds by itself, where no other entity with a target or a fixed look stands."""
        taken = [e for e in self.entities if e["type"] in ("code", "pre", "text_link", "text_mention", *FOUND)]
        for kind, pattern in FOUND.items():
            for match in pattern.finditer(self.text):
                offset, size = length(self.text[: match.start()]), length(match[0])
                if all(offset + size <= e["offset"] or offset >= e["offset"] + e["length"] for e in taken):
                    taken.append({"type": kind, "offset": offset, "length": size})
        found = [entity for entity in taken if entity not in self.entities]
        entities = sorted(self.entities + found, key=lambda entity: (entity["offset"], -entity["length"]))
        return Formatted(self.text, entities)


def given(text: str, entities: object) -> Formatted:
    """Text with the entities a caller lists; what lies outside of the text is dropped, as Telegram does."""
    if not isinstance(entities, list):
        raise bad("can't parse entities: expected an Array of MessageEntity")
    kept = []
    for entity in entities:
        if not isinstance(entity, dict):
            raise bad("can't parse entities: expected an Object")
        numbers = (entity.get("offset"), entity.get("length"))
        if not all(isinstance(number, int) for number in numbers):
            raise bad('can\'t parse entities: field "offset" must be a Number')
        if entity.get("type") == "text_link" and not entity.get("url"):
            raise bad('can\'t parse entities: field "url" must be of type String')
        if entity.get("type") in MARKED and 0 <= entity["offset"] < length(text) and entity["length"] > 0:
            kept.append(entity)
    return Formatted(text, kept)


def to_html(text: str, entities: list[Entity]) -> str:
    """What a reader sees, as HTML: the inverse of the HTML mode."""
    data = units(text)
    opens: dict[int, list[str]] = {}
    closes: dict[int, list[str]] = {}
    for entity in sorted(entities, key=lambda e: (e["offset"], -e["length"])):
        before, after = _tags(entity)
        if before:
            opens.setdefault(entity["offset"], []).append(before)
            closes.setdefault(entity["offset"] + entity["length"], []).insert(0, after)
    cuts = sorted({0, len(data) // 2, *opens, *closes})
    parts = []
    for here, there in zip(cuts, [*cuts[1:], cuts[-1]], strict=True):
        parts += [*closes.get(here, []), *opens.get(here, [])]
        parts.append(escape(data[here * 2 : there * 2].decode("utf-16-le", "replace"), quote=False))
    return "".join(parts)


def _tags(entity: Entity) -> tuple[str, str]:
    kind = entity["type"]
    if kind == "text_link":
        return f'<a href="{escape(entity["url"])}">', "</a>"
    if kind == "expandable_blockquote":
        return "<blockquote expandable>", "</blockquote>"
    tag = TAGS.get(kind)
    return (f"<{tag}>", f"</{tag}>") if tag else ("", "")

"""The HTML parse mode: a handful of tags, four named entities, and Telegram's own complaints, which count bytes."""

import re
from dataclasses import dataclass
from typing import NoReturn

from bot.sandbox.entities import Entity, Formatted, length
from bot.sandbox.errors import bad

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "blockquote": "blockquote",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|(lt|gt|amp|quot));?")
ATTRIBUTE = re.compile(r"""\s*([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.:/-]+)))?""")


@dataclass
class Tag:
    name: str
    offset: int
    attributes: dict[str, str]


def decode(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        if match[3]:
            return NAMED[match[3]]
        code = int(match[1]) if match[1] else int(match[2], 16)
        return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]

    return REFERENCE.sub(character, text)


def parse(source: str) -> Formatted:
    text = ""
    entities: list[Entity] = []
    stack: list[Tag] = []
    at = 0

    def complain(why: str, where: int) -> NoReturn:
        raise bad(f"can't parse entities: {why.replace('@', str(len(source[:where].encode())))}")

    while at < len(source):
        start = source.find("<", at)
        if start < 0:
            start = len(source)
        text += decode(source[at:start])
        if start == len(source):
            break
        end = _end_of_tag(source, start)
        closing = source.startswith("</", start)
        if end < 0:
            complain(f"Unclosed {'end' if closing else 'start'} tag at byte offset @", start)
        inner = source[start + 1 + closing : end]
        at = end + 1
        if closing:
            name = inner.strip().lower()
            if not stack:
                complain("Unexpected end tag at byte offset @", start)
            tag = stack.pop()
            if name and name != tag.name:
                complain(f'Unmatched end tag at byte offset @, expected "</{tag.name}>", found "</{name}>"', start)
            if entity := _entity(tag, text, entities):
                entities.append(entity)
            continue
        name = re.split(r"\s", inner, maxsplit=1)[0].lower()
        attributes = {m[1].lower(): decode(m[2] or m[3] or m[4] or "") for m in ATTRIBUTE.finditer(inner[len(name) :])}
        if name not in KINDS:
            complain(f'Unsupported start tag "{name}" at byte offset @', start)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            complain('Tag "span" must have class "tg-spoiler" at byte offset @', start)
        stack.append(Tag(name, length(text), attributes))
    if stack:
        complain(f'Can\'t find end tag corresponding to start tag "{stack[-1].name}"', 0)
    return Formatted(text, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"])))


def _end_of_tag(source: str, start: int) -> int:
    """Where the tag ends: a bracket inside of a quoted value does not end it."""
    quote = ""
    for place in range(start + 1, len(source)):
        character = source[place]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and source[place - 1] == "=":
            quote = character
        elif character == ">":
            return place
    return -1


def _entity(tag: Tag, text: str, before: list[Entity]) -> Entity | None:
    size = length(text) - tag.offset
    entity: Entity = {"type": KINDS[tag.name], "offset": tag.offset, "length": size}
    if not size:
        return None
    if tag.name == "blockquote" and "expandable" in tag.attributes:
        entity["type"] = "expandable_blockquote"
    if tag.name == "code" and tag.attributes.get("class", "").startswith("language-"):
        entity["language"] = tag.attributes["class"].removeprefix("language-")
    if tag.name == "pre":
        inside = next(
            (e for e in before if e["type"] == "code" and e["offset"] == tag.offset and e["length"] == size), None
        )
        if inside:  # <pre><code class="language-x"> is one entity
            before.remove(inside)
            entity |= {"language": inside["language"]} if "language" in inside else {}
    if tag.name == "tg-emoji":
        entity["custom_emoji_id"] = tag.attributes.get("emoji-id", "")
    if tag.name == "a":
        url = tag.attributes.get("href") or text.encode("utf-16-le")[tag.offset * 2 :].decode("utf-16-le")
        if "." not in url and "://" not in url:
            return None
        entity["url"] = url if "://" in url or url.startswith(("tg:", "mailto:")) else f"http://{url}/"
    return entity

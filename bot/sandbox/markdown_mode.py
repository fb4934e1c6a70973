"""The MarkdownV2 parse mode. Every reserved character that marks nothing must be escaped, or the whole text is refused."""

import re
from dataclasses import dataclass

from bot.sandbox.entities import Entity, Formatted, length
from bot.sandbox.errors import bad

MARKS = {"__": "underline", "||": "spoiler", "*": "bold", "_": "italic", "~": "strikethrough", "[": "text_link"}
NAMES = {"__": "Underline", "||": "Spoiler", "*": "Bold", "_": "Italic", "~": "Strikethrough", "[": "Text link"}
RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
CODE = re.compile(r"```(?:([^\s`\\]+)\n)?((?:\\.|[^\\])*?)```|`((?:\\.|[^`\\])*)`", re.DOTALL)
LINK = re.compile(r"\]\(((?:\\.|[^)\\])*)\)")


@dataclass
class Open:
    mark: str
    offset: int
    byte: int


def parse(source: str) -> Formatted:
    text = ""
    entities: list[Entity] = []
    stack: list[Open] = []
    at = 0
    while at < len(source):
        byte = len(source[:at].encode())
        character = source[at]
        if character == "\\" and at + 1 < len(source) and ord(source[at + 1]) < 127:
            text += source[at + 1]
            at += 2
        elif character == "`":
            found = CODE.match(source, at)
            if not found:
                name = "PreCode" if source.startswith("```", at) else "Code"
                raise bad(f"can't parse entities: Can't find end of {name} entity at byte offset {byte}")
            inner = re.sub(r"\\(.)", r"\1", found[2] if found[3] is None else found[3])
            entity = {"type": "pre" if found[3] is None else "code", "offset": length(text), "length": length(inner)}
            entities += [entity | ({"language": found[1]} if found[1] else {})] if inner else []
            text += inner
            at = found.end()
        elif character == "]" and stack and stack[-1].mark == "[":
            opened = stack.pop()
            link = LINK.match(source, at)
            if link is None:
                raise bad(f"can't parse entities: Can't find end of a URL at byte offset {byte}")
            url = re.sub(r"\\(.)", r"\1", link[1])
            _close(entities, opened, text, {"url": url} if url else None)
            at = link.end()
        elif mark := next((m for m in MARKS if source.startswith(m, at)), ""):
            if stack and stack[-1].mark == mark:
                _close(entities, stack.pop(), text, {})
            else:
                stack.append(Open(mark, length(text), byte))
            at += len(mark)
        elif character in RESERVED:
            raise bad(
                f"can't parse entities: Character '{character}' is reserved and must be escaped with the preceding '\\'"
            )
        else:
            text += character
            at += 1
    if stack:
        name = NAMES[stack[-1].mark].replace(" ", "")
        raise bad(f"can't parse entities: Can't find end of {name} entity at byte offset {stack[-1].byte}")
    return Formatted(text, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"])))


def _close(entities: list[Entity], opened: Open, text: str, more: dict[str, str] | None) -> None:
    size = length(text) - opened.offset
    if size and more is not None:
        entities.append({"type": MARKS[opened.mark], "offset": opened.offset, "length": size} | more)

"""Every word a person reads comes from the Fluent files in `locales/`, and is escaped here and nowhere else.

`text("key", **facts)` is HTML for a message: whatever is not a number, a moment or `Safe` is escaped. `text.plain(...)` is for
button labels and callback answers, which know no markup. Moments are printed in the person's own time zone with its name. A key
or a fact that is missing raises: a half-said sentence about money is worse than none.

What people wrote turns nothing around: the characters that direct the writing are left out, or a name could make the number
behind it read from right to left. Length is no reason not to say something. What people wrote is cut in a sentence after
MOST_FACT characters, with an ellipsis; a whole message is cut by `within` where Telegram would not take it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from html import escape, unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from fluent.runtime import FluentBundle, FluentResource, resolver

from domain.errors import Refusal
from domain.users import LANGUAGES, User

FOLDER = Path(__file__).with_name("locales")
MOMENT, BRIEF, DAY = "d MMMM y, HH:mm", "d MMM, HH:mm", "d MMMM y"
TAGS = re.compile(r"<[^>]*>")
PIECES = re.compile(r"<(?P<end>/?)(?P<tag>[a-z-]+)[^>]*>|&[a-z0-9#]+;|.", re.DOTALL)
"""Of HTML as we write it: a tag, or what is read as one character."""
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""They begin and end a stretch in another direction. What is written from right to left is shown so without them."""
UTC_ZONE = ZoneInfo("UTC")
MOST_FACT = 1000
"""Characters. Nothing that people write in the chat is longer, but posts; what came from the shell may be."""
MOST_MESSAGE = 4096
"""What Telegram takes in a message, without markup; counted as UTF-16, which is never less than it counts."""
ELLIPSIS = "…"
resolver.MAX_PART_LENGTH = 100_000
"""Fluent's own 2,500 defend against texts that multiply themselves; ours cannot, and 1,000 escaped quotation marks are longer."""


class Safe(str):
    """HTML of our own making; not escaped again."""

    __slots__ = ()


def cut(words: str, most: int = MOST_FACT) -> str:
    """The words, or as many characters as there may be, the last one an ellipsis."""
    return words if len(words) <= most else words[: most - 1].rstrip() + ELLIPSIS


def length(html: str) -> int:
    """As Telegram counts a message: without markup."""
    return len(unescape(TAGS.sub("", html)).encode("utf-16-le", "surrogatepass")) // 2


def within(html: str, most: int = MOST_MESSAGE) -> str:
    """As much of a message as Telegram takes, with an ellipsis where it was cut, every tag closed."""
    if 2 * len(html) <= most or length(html) <= most:
        return html
    kept, opened, room = list[str](), list[str](), most - len(ELLIPSIS)
    for piece in PIECES.finditer(html):
        if piece["end"]:
            opened.pop()
        elif piece["tag"]:
            opened.append(piece["tag"])
        elif (room := room - (1 if piece[0] <= "\uffff" else 2)) < 0:
            break
        kept.append(piece[0])
    return "".join([*kept, ELLIPSIS, *(f"</{tag}>" for tag in reversed(opened))])


class TextMissing(LookupError):
    """There is no such text, or it misses a fact."""


@dataclass(frozen=True)
class Text:
    """The texts as one person reads them."""

    bundle: FluentBundle
    language: str
    zone: ZoneInfo

    def __call__(self, key: str, /, **facts: Any) -> Safe:
        return Safe(self._said(key, {name: self._html(value) for name, value in facts.items()}))

    def plain(self, key: str, /, **facts: Any) -> str:
        return self._said(key, {name: self._plain(value) for name, value in facts.items()})

    def moment(self, at: datetime) -> str:
        """`2 March 2026, 18:30 (Europe/Moscow)`"""
        local = at.astimezone(self.zone)
        return f"{format_datetime(local, MOMENT, locale=self.language)} ({self.zone.key})"

    def brief(self, at: datetime) -> str:
        """`2 Mar, 18:30`, for lists whose title names the zone."""
        return str(format_datetime(at.astimezone(self.zone), BRIEF, locale=self.language))

    def day(self, day: date) -> str:
        """`1 March 2026`"""
        return str(format_date(day, DAY, locale=self.language))

    def refusal(self, refusal: Refusal) -> Safe:
        """The kind words for a refusal."""
        return self(f"error-{refusal.key()}", **self._facts(refusal))

    @staticmethod
    def whole(words: str) -> Safe:
        """A fact that is of no use when it is cut: a command to be copied."""
        return Safe(escape(words, quote=True))

    @staticmethod
    def flat(words: Safe) -> str:
        """The same without markup, for alerts."""
        return unescape(TAGS.sub("", words))

    def _facts(self, refusal: Refusal) -> dict[str, Any]:
        """Rights become words; all else stays."""
        return {
            name: ", ".join(self.plain(f"right-{right}") for right in value) if isinstance(value, tuple) else value
            for name, value in refusal.facts().items()
        }

    def _plain(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return self.moment(value)
        if isinstance(value, bool) or value is None:
            return str(value).lower()
        return value if isinstance(value, int | Safe) else cut(TURNING.sub("", str(value)))

    def _html(self, value: Any) -> Any:
        if isinstance(value, Safe):
            return str(value)
        value = self._plain(value)
        return escape(value, quote=True) if isinstance(value, str) else value

    def _said(self, key: str, facts: Mapping[str, Any]) -> str:
        if not self.bundle.has_message(key):
            raise TextMissing(f"{self.language}: no text {key!r}")
        pattern = self.bundle.get_message(key).value
        if pattern is None:
            raise TextMissing(f"{self.language}: {key!r} is empty")
        said, wrong = self.bundle.format_pattern(pattern, dict(facts))
        if wrong:
            raise TextMissing(f"{self.language}: {key!r}: {wrong[0]}")
        return str(said)


@cache
def _bundle(language: str) -> FluentBundle:
    """Read once in a process: parsing takes a quarter of a second."""
    bundle = FluentBundle([language], use_isolating=False)
    for file in sorted((FOLDER / language).glob("*.ftl")):
        bundle.add_resource(FluentResource(file.read_text(encoding="utf-8")))
    return bundle


@cache
def _bundles() -> Mapping[str, FluentBundle]:
    return {language: _bundle(language) for language in LANGUAGES}


@dataclass(frozen=True)
class Texts:
    """All texts in all languages; the files are read when the first is made, at start-up."""

    bundles: Mapping[str, FluentBundle] = field(default_factory=_bundles)

    def bind(self, language: str, zone: ZoneInfo = UTC_ZONE) -> Text:
        return Text(self.bundles[language], language, zone)

    def of(self, user: User) -> Text:
        """As this user reads them."""
        return self.bind(user.language, user.zone)

    def refusal(self, language: str, refusal: Refusal) -> str:
        """A refusal without markup, for the shell."""
        text = self.bind(language)
        return text.flat(text.refusal(refusal))

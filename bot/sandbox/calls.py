"""One call of the Bot API: who calls, with what. A method is a function from a `Call` to its result, registered by the name
Telegram gives it. Parameters arrive as a query, JSON, a form or multipart; here they are read once, as Telegram reads them, and
kept as they came for the record."""

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp import web

from bot.sandbox.entities import Formatted, given
from bot.sandbox.errors import Refusal, bad
from bot.sandbox.html_mode import parse as parse_html
from bot.sandbox.keyboards import Markup
from bot.sandbox.keyboards import parse as parse_markup
from bot.sandbox.markdown_mode import parse as parse_markdown
from bot.sandbox.rows import Bot
from bot.sandbox.world import World

LONG_TEXT, LONG_CAPTION = "message is too long", "message caption is too long"


@dataclass
class Params:
    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    @classmethod
    async def read(cls, request: web.Request) -> "Params":
        params = cls(dict(request.query))
        if request.content_type == "application/json":
            try:
                body = json.loads(await request.read() or b"{}")
            except ValueError:
                raise bad("can't parse JSON") from None
            params.values |= body if isinstance(body, dict) else {}
        elif request.method == "POST" and request.can_read_body:
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    params.files[name] = (value.filename, value.file.read())
                elif isinstance(value, str):
                    params.values[name] = value
        return params

    def recorded(self) -> dict[str, Any]:
        """As they came; a file stands by its name, and a part that another parameter attaches is no parameter."""
        values = json.dumps(self.values)
        files = {k: f"file:{name}" for k, (name, _) in self.files.items() if f"attach://{k}" not in values}
        return self.values | files

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            return default

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in ("true", "1", "yes")

    def data(self, name: str) -> Any:
        """An object or a list, whether it came as JSON or as the text of a form."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value:
            return None if value == "" else value
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None


@dataclass
class Call:
    world: World
    bot: Bot
    params: Params

    def formatted(self, name: str, entities: str, source: Params | None = None) -> Formatted:
        """The text parameter `name`; a parse mode wins over listed entities."""
        params = source or self.params
        text, mode, listed = params.text(name), params.text("parse_mode").lower(), params.data(entities)
        if mode == "html":
            formatted = parse_html(text)
        elif mode == "markdownv2":
            formatted = parse_markdown(text)
        elif mode:
            raise bad("unsupported parse_mode")
        else:
            formatted = given(text, listed or [])
        return formatted.trimmed().with_found()

    def message_text(self) -> Formatted:
        return self.formatted("text", "entities").check(4096, empty="message text is empty", long=LONG_TEXT)

    def caption(self, source: Params | None = None) -> Formatted:
        return self.formatted("caption", "caption_entities", source).check(1024, empty=None, long=LONG_CAPTION)

    def markup(self, *, only_inline: bool = False) -> Markup:
        return parse_markup(self.params.data("reply_markup"), only_inline=only_inline)


Method = Callable[[Call], Any]
M = TypeVar("M", bound=Method)
METHODS: dict[str, Method] = {}


def method(name: str) -> Callable[[M], M]:
    def register(function: M) -> M:
        METHODS[name.lower()] = function
        return function

    return register


async def run(name: str, call: Call) -> dict[str, Any]:
    """Carry a call out: the body of its answer."""
    try:
        function = METHODS.get(name.lower())
        if function is None:
            raise Refusal(404, "Not Found: method not found")
        result = function(call)
        return {"ok": True, "result": await result if inspect.isawaitable(result) else result}
    except Refusal as refusal:
        return refusal.body()

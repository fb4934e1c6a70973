"""The four kinds of reply markup. Inline buttons belong to a message and carry at most 64 bytes; reply keyboards belong to a
private chat and come back as text, or as a chat that was asked for."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.errors import Refusal, bad

Json = dict[str, Any]
ACTIONS: tuple[str, ...] = (
    "url",
    "callback_data",
    "pay",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
)
ACTIONS += ("switch_inline_query_chosen_chat", "copy_text", "callback_game")


@dataclass
class Markup:
    """`inline` stays with the message; `keyboard` changes the chat's (`{}` removes it)."""

    inline: Json | None = None
    keyboard: Json | None = None


def parse(given: object, *, only_inline: bool) -> Markup:
    if given is None or given == "":
        return Markup()
    if not isinstance(given, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in given:
        rows = _rows(given["inline_keyboard"], "inline_keyboard", "inline keyboard button", inline_button)
        return Markup(inline={"inline_keyboard": rows} if rows else None)
    if only_inline:
        raise bad("inline keyboard expected")
    if "keyboard" in given:
        rows = _rows(given["keyboard"], "keyboard", "keyboard button", reply_button)
        if not rows:
            raise bad("reply keyboard must be non-empty")
        return Markup(keyboard=given | {"keyboard": rows})
    return Markup(keyboard={}) if given.get("remove_keyboard") else Markup()


def _rows(rows: object, name: str, button_name: str, check: Any) -> list[list[Json]]:
    if not isinstance(rows, list):
        raise bad(f'can\'t parse reply markup: Field "{name}" must be of type Array')
    parsed = []
    for row in rows:
        if not isinstance(row, list):
            raise bad(f'can\'t parse reply markup: Field "{name}" must be an Array of Arrays')
        for button in row:
            if not isinstance(button, (dict, str)):
                raise bad(f"can't parse {button_name}: expected an Object")
        if row:
            parsed.append([check(button) for button in row])
    if sum(map(len, parsed)) > 100:
        raise bad("REPLY_MARKUP_TOO_LONG")
    return parsed


def inline_button(button: Json | str) -> Json:
    if isinstance(button, str) or not any(action in button for action in ACTIONS):
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    text = button.get("text")
    if not isinstance(text, str):
        raise bad("can't parse inline keyboard button: Can't find field \"text\"")
    if not text.strip():
        raise bad("inline keyboard button text must be non-empty")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if "url" in button:
        check_url(str(button["url"]))
    return button


def reply_button(button: Json | str) -> Json:
    whole = {"text": button} if isinstance(button, str) else button
    if not isinstance(whole.get("text"), str) or not whole["text"].strip():
        raise bad("keyboard button text must be non-empty")
    wanted = whole.get("request_chat")
    if wanted is not None and ("request_id" not in wanted or "chat_is_channel" not in wanted):
        raise bad("can't parse keyboard button: Can't parse request_chat: Can't find field \"request_id\"")
    return whole


def check_url(url: str) -> None:
    """Buttons open http, https and tg addresses; a host needs a dot or a name Telegram can reach."""
    reason = ""
    try:
        parts = urlsplit(url if "://" in url or url.startswith("tg:") else f"http://{url}")
        if parts.scheme not in ("http", "https", "tg", "ton"):
            reason = "Unsupported URL protocol"
        elif parts.scheme.startswith("http") and ("." not in (parts.hostname or "") or " " in url):
            reason = "Wrong HTTP URL"
    except ValueError:
        reason = "Wrong HTTP URL"
    if reason:
        raise Refusal(400, f"Bad Request: inline keyboard button URL '{url}' is invalid: {reason}")

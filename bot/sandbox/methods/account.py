"""What a bot says about itself: its name, its commands, its descriptions, its menu button. All of it is cosmetic."""

import json
import re
from typing import Any

from bot.sandbox.access import chat, to_read, to_write
from bot.sandbox.calls import Call, method
from bot.sandbox.entities import length
from bot.sandbox.errors import bad
from bot.sandbox.rows import Json

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
SCOPES: tuple[str, ...] = (
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
)
SCOPES += ("chat_member",)
TEXTS = {"Name": ("name", 64), "Description": ("description", 512), "ShortDescription": ("short_description", 120)}
ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


@method("getMe")
def get_me(call: Call) -> Json:
    no = ("can_read_all_group_messages", "supports_inline_queries", "can_connect_to_business", "has_main_web_app")
    return call.bot.user.json() | {"can_join_groups": True} | dict.fromkeys(no, False)


@method("logOut")
@method("close")
def leave_server(_: Call) -> bool:
    return True


def _scope(call: Call) -> tuple[str, str]:
    scope = call.params.data("scope") or {"type": "default"}
    if not isinstance(scope, dict) or scope.get("type") not in SCOPES:
        raise bad("can't parse BotCommandScope: Unsupported type specified")
    language = call.params.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad("invalid language code specified")
    return json.dumps(scope, sort_keys=True), language


@method("setMyCommands")
def set_my_commands(call: Call) -> bool:
    commands = call.params.data("commands")
    if not isinstance(commands, list) or len(commands) > 100:
        raise bad("expected an Array of BotCommand" if not isinstance(commands, list) else "BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not isinstance(command, dict) or not COMMAND.fullmatch(str(command.get("command", "")).removeprefix("/")):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= length(str(command.get("description", ""))) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    call.bot.commands[_scope(call)] = [
        {"command": c["command"].removeprefix("/"), "description": c["description"]} for c in commands
    ]
    call.world.bell.ring()
    return True


@method("getMyCommands")
def get_my_commands(call: Call) -> list[Json]:
    return call.bot.commands.get(_scope(call), [])


@method("deleteMyCommands")
def delete_my_commands(call: Call) -> bool:
    call.bot.commands.pop(_scope(call), None)
    return True


def _text_methods(subject: str, field: str, limit: int) -> None:
    @method(f"setMy{subject}")
    def set_text(call: Call) -> bool:
        text = call.params.text(field)
        if length(text) > limit:
            raise bad(f"bot {field.replace('_', ' ')} is too long")
        call.bot.texts[field, call.params.text("language_code")] = text
        if field == "name" and text and not call.params.text("language_code"):
            call.bot.user.first_name = text
        return True

    @method(f"getMy{subject}")
    def get_text(call: Call) -> Any:
        ours = call.bot.texts
        fallback = call.bot.user.first_name if field == "name" else ""
        return {field: ours.get((field, call.params.text("language_code"))) or ours.get((field, "")) or fallback}


for _subject, (_field, _limit) in TEXTS.items():
    _text_methods(_subject, _field, _limit)


@method("setChatMenuButton")
def set_chat_menu_button(call: Call) -> bool:
    button = call.params.data("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("default", "commands", "web_app"):
        raise bad("MenuButton has unsupported type")
    if call.params.text("chat_id"):
        chat(call)
    return True


@method("sendChatAction")
def send_chat_action(call: Call) -> bool:
    where = chat(call)
    to_read(call, where)
    to_write(call, where)
    if call.params.text("action") not in ACTIONS:
        raise bad("wrong parameter action in request")
    return True

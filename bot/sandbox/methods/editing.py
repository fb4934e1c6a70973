"""Changing, deleting and pinning what is already there, and answering a pressed button. An edit that changes nothing is refused,
which is how a bot can look whether its post is still up."""

from typing import Any

from bot.sandbox.access import chat, message, to_delete, to_edit, to_pin
from bot.sandbox.calls import Call, Params, method
from bot.sandbox.entities import length
from bot.sandbox.errors import bad
from bot.sandbox.files import KINDS, File
from bot.sandbox.methods.sending import file_of
from bot.sandbox.rows import Json, Message, Private

SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
OLD_QUERY = "query is too old and response timeout expired or query ID is invalid"
CALLBACK_SECONDS = 60


def _target(call: Call) -> Message:
    if call.params.text("inline_message_id"):
        raise bad("MESSAGE_ID_INVALID")
    where = chat(call)
    found = message(call, where, "edit")
    to_edit(call, where, found)
    return found


def _modify(call: Call, found: Message, content: Json, file: File | None) -> Json:
    markup = call.markup(only_inline=True).inline
    if markup and "media_group_id" in found.content:
        raise bad("message can't be edited")
    if (content, file, markup) == (found.content, found.file, found.markup):
        raise bad(SAME)
    if (content, file) != (found.content, found.file):
        found.edit_date = call.world.seconds()
    found.content, found.file, found.markup = content, file, markup
    call.world.tell_channel(found, "edited_channel_post", call.bot.user)
    call.world.bell.ring()
    return found.json(call.bot.id)


def _without(content: Json, *fields: str) -> Json:
    return {k: v for k, v in content.items() if k not in fields}


@method("editMessageText")
def edit_message_text(call: Call) -> Json:
    text = call.message_text()
    found = _target(call)
    if "text" not in found.content:
        raise bad("there is no text in the message to edit")
    content = _without(found.content, "text", "entities", "link_preview_options") | text.fields("text", "entities")
    preview = call.params.data("link_preview_options")
    return _modify(call, found, content | ({"link_preview_options": preview} if preview else {}), None)


@method("editMessageCaption")
def edit_message_caption(call: Call) -> Json:
    caption = call.caption()
    found = _target(call)
    if found.file is None:
        raise bad("there is no caption in the message to edit")
    content = _without(found.content, "caption", "caption_entities", "show_caption_above_media")
    content |= caption.fields("caption", "caption_entities")
    if call.params.flag("show_caption_above_media"):
        content["show_caption_above_media"] = True
    return _modify(call, found, content, found.file)


@method("editMessageMedia")
def edit_message_media(call: Call) -> Json:
    media = call.params.data("media")
    if not isinstance(media, dict) or media.get("type") not in KINDS:
        raise bad("can't parse InputMedia: Object expected")
    found = _target(call)
    if found.invoice is not None:
        raise bad("message can't be edited")
    values = Params(media)
    content = _without(found.content, "text", "entities", "caption", "caption_entities", "has_media_spoiler")
    content = _without(content, "link_preview_options", "show_caption_above_media")
    content |= call.caption(values).fields("caption", "caption_entities")
    if values.flag("has_spoiler"):
        content["has_media_spoiler"] = True
    return _modify(call, found, content, file_of(call, media["type"], values.text("media"), ""))


@method("editMessageReplyMarkup")
def edit_message_reply_markup(call: Call) -> Json:
    found = _target(call)
    return _modify(call, found, found.content, found.file)


def remove(world: Any, found: Message) -> None:
    found.deleted_at = world.seconds()
    if found.id in found.chat.pinned:
        found.chat.pinned.remove(found.id)
    world.bell.ring()


@method("deleteMessage")
def delete_message(call: Call) -> bool:
    where = chat(call)
    found = message(call, where, "delete")
    to_delete(call, where, found)
    remove(call.world, found)
    return True


@method("deleteMessages")
def delete_messages(call: Call) -> bool:
    """Those that cannot be found are skipped."""
    where = chat(call)
    numbers = call.params.data("message_ids")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= 100:
        raise bad(
            "there are no message identifiers specified" if not numbers else "too many message identifiers specified"
        )
    found = [m for m in (where.find(number) for number in numbers) if m is not None]
    for one in found:
        to_delete(call, where, one)
    for one in found:
        remove(call.world, one)
    return True


@method("pinChatMessage")
def pin_chat_message(call: Call) -> bool:
    where = chat(call)
    to_pin(call, where)
    found = message(call, where, "pin")
    where.pinned = [number for number in where.pinned if number != found.id] + [found.id]
    if isinstance(where, Private):
        call.world.publish(where, call.bot.user, {"pinned_message": found.json(call.bot.id)})
    call.world.bell.ring()
    return True


@method("unpinChatMessage")
def unpin_chat_message(call: Call) -> bool:
    where = chat(call)
    to_pin(call, where)
    number = call.params.integer("message_id") or (where.pinned[-1] if where.pinned else 0)
    if call.params.text("message_id") and number not in where.pinned:
        raise bad("message to unpin not found")
    where.pinned = [pinned for pinned in where.pinned if pinned != number]
    call.world.bell.ring()
    return True


@method("answerCallbackQuery")
def answer_callback_query(call: Call) -> bool:
    query = call.world.queries.get(call.params.text("callback_query_id"))
    if query is None or query.bot is not call.bot or query.expired:
        raise bad(OLD_QUERY)
    if (call.world.now() - query.asked).total_seconds() > CALLBACK_SECONDS:
        raise bad(OLD_QUERY)
    text = call.params.text("text")
    if length(text) > 200:
        raise bad("MESSAGE_TOO_LONG")
    if query.answer is None:
        query.answer = {"text": text, "alert": call.params.flag("show_alert"), "url": call.params.text("url")}
    call.world.bell.ring()
    return True

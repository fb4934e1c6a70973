"""Everything that puts a new message into a chat. Lengths, entities, files and buttons are checked before the chat changes."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.access import chat, message, to_read, to_write
from bot.sandbox.calls import Call, Params, method
from bot.sandbox.errors import Refusal, bad
from bot.sandbox.files import KINDS, File
from bot.sandbox.keyboards import Markup
from bot.sandbox.rows import Channel, Chat, Json, Message, Private

OPTIONS = {"protect_content": "has_protected_content", "has_spoiler": "has_media_spoiler"}
OPTIONS |= {"show_caption_above_media": "show_caption_above_media"}


@dataclass
class Draft:
    """A message about to be sent."""

    content: Json
    file: File | None = None
    invoice: Any = None


def send(call: Call, draft: Draft, *, markup: Markup | None = None) -> Message:
    where = chat(call)
    to_write(call, where)
    chosen = markup or call.markup(only_inline=isinstance(where, Channel))
    content = draft.content | _options(call) | _reply(call, where)
    return put(call, where, Draft(content, draft.file, draft.invoice), chosen)


def put(call: Call, where: Chat, draft: Draft, markup: Markup) -> Message:
    """Place a checked draft; a reply keyboard changes the chat, not the message."""
    if markup.keyboard is not None and isinstance(where, Private):
        where.keyboard = markup.keyboard or None
    return call.world.publish(
        where,
        call.bot.user,
        draft.content,
        file=draft.file,
        markup=markup.inline,
        invoice=draft.invoice,
        has_reply_keyboard=markup.keyboard is not None,
    )


def _options(call: Call) -> Json:
    content: Json = {field: True for option, field in OPTIONS.items() if call.params.flag(option)}
    if call.params.text("message_effect_id"):
        content["effect_id"] = call.params.text("message_effect_id")
    return content


def _reply(call: Call, where: Chat) -> Json:
    reply = call.params.data("reply_parameters")
    if not isinstance(reply, dict):
        return {}
    found = where.find(int(reply.get("message_id", 0)))
    if found is not None:
        return {"reply_to_message": {k: v for k, v in found.json(call.bot.id).items() if k != "reply_to_message"}}
    if reply.get("allow_sending_without_reply"):
        return {}
    raise bad("message to be replied not found")


def file_of(call: Call, kind: str, given: str, name: str) -> File:
    """The file behind a parameter: a part of the request, an address, or an identifier this bot was told."""
    part = call.params.files.get(given.removeprefix("attach://") if given.startswith("attach://") else name)
    if part is not None:
        if not part[1]:
            raise bad("file must be non-empty")
        return call.world.files.add(kind, part[0], part[1])
    if given.startswith(("http://", "https://")):
        return call.world.files.add(kind, given.rsplit("/", 1)[-1], b"")
    if not given:
        raise bad(f"there is no {kind} in the request")
    file = call.world.files.by_id(given, call.bot.id)
    if file.kind != kind and not (file.kind == "animation" and kind == "document"):
        raise bad(f"can't use file of type {KINDS[file.kind][0]} as {KINDS[kind][0]}")
    return file


@method("sendMessage")
def send_message(call: Call) -> Json:
    text = call.message_text()
    content = text.fields("text", "entities")
    preview = call.params.data("link_preview_options")
    if isinstance(preview, dict) and preview:
        content["link_preview_options"] = preview
    return send(call, Draft(content)).json(call.bot.id)


def _media_method(kind: str) -> None:
    @method(f"send{kind.capitalize()}")
    def send_media(call: Call) -> Json:
        caption = call.caption().fields("caption", "caption_entities")
        where = chat(call)
        to_write(call, where)
        draft = Draft(caption, file_of(call, kind, call.params.text(kind), kind))
        return send(call, draft).json(call.bot.id)


for _kind in KINDS:
    _media_method(_kind)


@method("sendMediaGroup")
def send_media_group(call: Call) -> list[Json]:
    items = call.params.data("media")
    if not isinstance(items, list) or not items:
        raise bad("there are no messages to send")
    if not 2 <= len(items) <= 10:
        raise bad(
            "too many messages to send as an album" if len(items) > 10 else "too few messages to send as an album"
        )
    where = chat(call)
    to_write(call, where)
    album = {"media_group_id": str(13_000_000_000_000_000 + call.world.number())}
    common = _options(call) | _reply(call, where) | album
    drafts = [_album_item(call, item, common) for item in items]
    kinds = {draft.file.kind for draft in drafts if draft.file}
    if len(kinds) > 1 and kinds != {"photo", "video"}:
        raise bad("document can't be mixed with other media types" if "document" in kinds else "MEDIA_GROUPED_INVALID")
    return [put(call, where, draft, Markup()).json(call.bot.id) for draft in drafts]


def _album_item(call: Call, item: object, common: Json) -> Draft:
    if not isinstance(item, dict) or item.get("type") not in ("photo", "video", "document", "audio"):
        raise bad("can't parse InputMedia: type must be photo, video, document or audio")
    values = Params(item)
    content = common | call.caption(values).fields("caption", "caption_entities")
    if values.flag("has_spoiler"):
        content["has_media_spoiler"] = True
    return Draft(content, file_of(call, item["type"], values.text("media"), ""))


def _source(call: Call, verb: str) -> tuple[Chat, Message]:
    origin = chat(call, "from_chat_id")
    to_read(call, origin)
    found = message(call, origin, verb)
    if found.is_service or (verb == "copy" and found.invoice):
        raise bad(f"message can't be {'copied' if verb == 'copy' else 'forwarded'}")
    if found.content.get("has_protected_content") or (isinstance(origin, Channel) and origin.protected):
        raise bad(f"message can't be {'copied' if verb == 'copy' else 'forwarded'}")
    return origin, found


def forwarded(found: Message) -> Json:
    """The content of a forward: what was said, and where it was said first."""
    content = {k: v for k, v in found.content.items() if k not in ("reply_to_message", "media_group_id")}
    if "forward_origin" in content:
        return content
    if isinstance(found.chat, Channel):
        place = {"type": "channel", "chat": found.chat.json(), "message_id": found.id}
    else:
        place = {"type": "user", "sender_user": found.author.json()}
    return content | {"forward_origin": place | {"date": found.date}}


@method("forwardMessage")
def forward_message(call: Call) -> Json:
    _, found = _source(call, "forward")
    where = chat(call)
    to_write(call, where)
    draft = Draft(forwarded(found) | _options(call), found.file, found.invoice)
    return put(call, where, draft, Markup()).json(call.bot.id)


@method("copyMessage")
def copy_message(call: Call) -> Json:
    _, found = _source(call, "copy")
    dropped = ("forward_origin", "reply_to_message", "media_group_id", "has_protected_content")
    content = {k: v for k, v in found.content.items() if k not in dropped}
    if found.file is not None and "caption" in call.params.values:
        content = {k: v for k, v in content.items() if k not in ("caption", "caption_entities")}
        content |= call.caption().fields("caption", "caption_entities")
    return {"message_id": send(call, Draft(content, found.file)).id}


def _each(call: Call, one: Any) -> list[Json]:
    numbers = call.params.data("message_ids")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= 100 or numbers != sorted(set(numbers)):
        raise bad("message identifiers must be in a strictly increasing order")
    done = []
    for number in numbers:
        single = Call(call.world, call.bot, Params(call.params.values | {"message_id": number}))
        try:
            done.append({"message_id": one(single)["message_id"]})
        except Refusal as refusal:
            if "not found" not in refusal.description or "chat not found" in refusal.description:
                raise
    if not done:
        raise bad("there are no messages to send")
    return done


@method("forwardMessages")
def forward_messages(call: Call) -> list[Json]:
    return _each(call, forward_message)


@method("copyMessages")
def copy_messages(call: Call) -> list[Json]:
    return _each(call, copy_message)

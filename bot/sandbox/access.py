"""Who may do what where. Each rule answers in the words Telegram uses for it."""

from bot.sandbox.calls import Call
from bot.sandbox.errors import bad, forbidden
from bot.sandbox.rows import Channel, Chat, Message, Private

TWO_DAYS = 48 * 3600
HALF_AN_HOUR = 30 * 60


def chat(call: Call, name: str = "chat_id") -> Chat:
    """The chat a call names. A private channel exists for a bot only once the bot has met it."""
    wanted = call.params.text(name)
    if not wanted:
        raise bad("chat_id is empty")
    if wanted.startswith("@"):
        channel = call.world.channel_by_name(wanted)
        if channel is None:
            raise bad("chat not found")
        channel.seen_by.add(call.bot.id)
        return channel
    try:
        number = int(wanted)
    except ValueError:
        raise bad("chat not found") from None
    channel = call.world.channels.get(number)
    if channel is not None and call.bot.id in channel.seen_by:
        return channel
    if number in call.world.people:
        return call.world.private(call.bot, call.world.people[number])
    if number in call.world.bots:
        raise forbidden("bots can't send messages to bots")
    raise bad("chat not found")


def to_read(call: Call, where: Chat) -> None:
    if not isinstance(where, Channel):
        return
    status = where.member(call.bot.user).status
    if status == "kicked":
        raise forbidden("bot was kicked from the channel chat")
    if status == "left" and not where.username:
        raise forbidden("bot is not a member of the channel chat")


def to_write(call: Call, where: Chat) -> None:
    if isinstance(where, Private):
        if where.blocked:
            raise forbidden("bot was blocked by the user")
        if not where.started:
            raise forbidden("bot can't initiate conversation with a user")
    elif isinstance(where, Channel):
        _inside(call, where)
        if not may(call, where, "can_post_messages"):
            raise bad("need administrator rights in the channel chat")


def may(call: Call, where: Channel, right: str) -> bool:
    member = where.member(call.bot.user)
    return member.status == "administrator" and right in member.rights


def administrator(call: Call, where: Chat, right: str, refusal: str) -> Channel:
    """The channel, where the bot holds this right."""
    if not isinstance(where, Channel):
        raise bad("method is available only for supergroup and channel chats")
    _inside(call, where)
    if not may(call, where, right):
        raise bad(refusal)
    return where


def _inside(call: Call, where: Channel) -> None:
    status = where.member(call.bot.user).status
    if status == "kicked":
        raise forbidden("bot was kicked from the channel chat")
    if status == "left":
        raise forbidden("bot is not a member of the channel chat")


def message(call: Call, where: Chat, verb: str, name: str = "message_id") -> Message:
    """The message a call names; a deleted one may still be copied for a while from the server's cache."""
    if not call.params.text(name):
        raise bad("message identifier is not specified")
    number = call.params.integer(name)
    found = where.find(number)
    if found is None and verb in ("forward", "copy"):
        gone = where.messages.get(number)
        age = call.world.seconds() - (gone.deleted_at or 0) if gone else HALF_AN_HOUR
        found = gone if gone and gone.cached and age < HALF_AN_HOUR else None
    if found is None:
        raise bad(f"message to {verb} not found")
    return found


def to_edit(call: Call, where: Chat, target: Message) -> None:
    if isinstance(where, Private):
        to_write(call, where)
    elif isinstance(where, Channel):
        _inside(call, where)
    mine = target.author is call.bot.user
    if isinstance(where, Channel):
        allowed = may(call, where, "can_edit_messages") or (mine and may(call, where, "can_post_messages"))
        if not where.member(call.bot.user).status == "administrator":
            raise bad("need administrator rights in the channel chat")
    else:
        allowed = mine
    if not allowed or target.has_reply_keyboard or "forward_origin" in target.content or target.is_service:
        raise bad("message can't be edited")


def to_delete(call: Call, where: Chat, target: Message) -> None:
    mine = target.author is call.bot.user
    if isinstance(where, Channel):
        _inside(call, where)
        if not may(call, where, "can_delete_messages") and not (mine and may(call, where, "can_post_messages")):
            raise bad("message can't be deleted")
    if call.world.seconds() - target.date > TWO_DAYS:
        raise bad("message can't be deleted for everyone")


def to_pin(call: Call, where: Chat) -> None:
    if isinstance(where, Channel):
        _inside(call, where)
        if not may(call, where, "can_edit_messages"):
            raise bad("not enough rights to manage pinned messages in the chat")
    else:
        to_write(call, where)

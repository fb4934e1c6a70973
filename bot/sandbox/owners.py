"""What owners do with their channels: posting, editing, deleting, and deciding which rights a bot has."""

from typing import Any

from bot.sandbox.entities import Formatted
from bot.sandbox.errors import Impossible
from bot.sandbox.methods.editing import remove
from bot.sandbox.people import formatted, media
from bot.sandbox.rows import RIGHTS, Channel, Json, Member, Message, User
from bot.sandbox.verbs import bot_of, channel_of, verb
from bot.sandbox.world import World

USUAL = ("can_manage_chat", "can_post_messages", "can_edit_messages", "can_delete_messages", "can_invite_users")


@verb
def channel(
    world: World,
    title: str,
    owner: int,
    username: str | None = None,
    subscribers: int = 1,
    id: int | None = None,  # noqa: A002
) -> Json:
    number = id if id is not None else -1_001_000_000_001 - len(world.channels)
    if number in world.channels or (username and world.channel_by_name(username)):
        raise Impossible(f"there is a channel {username or number} already")
    person = world.person(owner)
    made = Channel(number, title, person, username, subscribers)
    made.members[owner] = Member(person, "creator")
    world.channels[number] = made
    world.bell.ring()
    return made.json()


def _by(world: World, where: Channel, user: int | None) -> User:
    return world.person(user) if user is not None else where.owner


@verb
async def promote(
    world: World, channel: int, rights: list[str] | None = None, by: int | None = None, bot: int | None = None
) -> None:
    """Make the bot an administrator with these rights, or change them."""
    chosen = frozenset(USUAL if rights is None else ["can_manage_chat", *rights])
    if not chosen <= set(RIGHTS):
        raise Impossible(f"there is no right {', '.join(sorted(chosen - set(RIGHTS)))}")
    where, one = channel_of(world, channel), await bot_of(world, bot)
    world.change_member(where, Member(one.user, "administrator", chosen), _by(world, where, by))


@verb
async def demote(world: World, channel: int, by: int | None = None, bot: int | None = None) -> None:
    """Dismiss the bot; in a channel a bot that is no administrator is outside."""
    where, one = channel_of(world, channel), await bot_of(world, bot)
    world.change_member(where, Member(one.user, "left"), _by(world, where, by))


@verb
async def remove_bot(world: World, channel: int, by: int | None = None, bot: int | None = None) -> None:
    where, one = channel_of(world, channel), await bot_of(world, bot)
    world.change_member(where, Member(one.user, "kicked"), _by(world, where, by))


@verb
def add_member(world: World, channel: int, user: int, rights: list[str] | None = None) -> None:
    """A subscriber, or with `rights` an administrator."""
    where = channel_of(world, channel)
    status = "member" if rights is None else "administrator"
    where.members[user] = Member(world.person(user), status, frozenset(rights or ()))
    where.subscribers = max(where.subscribers, len(where.members))
    world.bell.ring()


@verb
def remove_member(world: World, channel: int, user: int) -> None:
    channel_of(world, channel).members.pop(user, None)
    world.bell.ring()


@verb
def subscribers(world: World, channel: int, count: int) -> None:
    channel_of(world, channel).subscribers = count
    world.bell.ring()


@verb
def protect(world: World, channel: int, *, protected: bool = True) -> None:
    """Whether its posts may be forwarded and copied."""
    channel_of(world, channel).protected = protected
    world.bell.ring()


@verb
def rename(world: World, channel: int, title: str | None = None, username: str | None = None) -> None:
    """A new title or public name; an empty name makes the channel private."""
    where = channel_of(world, channel)
    where.title = where.title if title is None else title
    where.username = where.username if username is None else username or None
    world.bell.ring()


@verb
def post(
    world: World,
    channel: int,
    text: str | None = None,
    entities: list[Json] | None = None,
    item: Json | None = None,
    by: int | None = None,
) -> int:
    where = channel_of(world, channel)
    author = _by(world, where, by)

    def write(content: Json, file: Any = None) -> Message:
        return world.publish(where, author, content, file=file)

    if item is not None:
        return media(world, item | {"caption": text or "", "caption_entities": entities}, write).id
    return write(formatted(text or "", entities).fields("text", "entities")).id


def _post(world: World, channel: int, message: int) -> Message:
    found = channel_of(world, channel).find(message)
    if found is None:
        raise Impossible(f"there is no post {message}")
    return found


@verb
def edit_post(
    world: World,
    channel: int,
    message: int,
    text: str,
    entities: list[Json] | None = None,
    *,
    buttons: bool = True,
) -> None:
    """An administrator may edit what the bot posted, too; without `buttons` the client takes its buttons off."""
    found = _post(world, channel, message)
    names = ("caption", "caption_entities") if found.file else ("text", "entities")
    new: Formatted = formatted(text, entities)
    found.content = {k: v for k, v in found.content.items() if k not in names} | new.fields(*names)
    found.markup = found.markup if buttons else None
    found.edit_date = world.seconds()
    _tell_edited(world, found)


@verb
def react(world: World, channel: int, message: int) -> None:
    """A first reaction arrives as an edit that changes nothing."""
    _tell_edited(world, _post(world, channel, message))


def _tell_edited(world: World, found: Message) -> None:
    world.tell_channel(found, "edited_channel_post", channel_of(world, found.chat.id).owner)
    world.bell.ring()


@verb
def delete_post(world: World, channel: int, message: int, *, cached: bool = False) -> None:
    """Nobody is told. A cached post can still be forwarded and copied for half an hour."""
    found = _post(world, channel, message)
    found.cached = cached
    remove(world, found)


@verb
def pin_post(world: World, channel: int, message: int, *, pinned: bool = True) -> None:
    found = _post(world, channel, message)
    found.chat.pinned = [number for number in found.chat.pinned if number != message] + [message] * pinned
    world.bell.ring()

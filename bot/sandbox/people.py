"""What a person does in the private chat with a bot, within what Telegram's client offers."""

from typing import Any

from bot.sandbox.entities import Formatted, given, length
from bot.sandbox.errors import Impossible
from bot.sandbox.files import KINDS
from bot.sandbox.methods.sending import forwarded
from bot.sandbox.purse import PRE_CHECKOUT_SECONDS, pay, refund
from bot.sandbox.rows import Channel, Chat, Invoice, Json, Member, Message, Private, Query, User
from bot.sandbox.verbs import bot_of, channel_of, private_of, verb
from bot.sandbox.world import World

ANSWER_SECONDS = 5.0


@verb
def person(
    world: World,
    name: str,
    language: str | None = "en",
    id: int | None = None,  # noqa: A002
    username: str | None = None,
) -> Json:
    """A person of this id, made on first mention."""
    number = id if id is not None else 5_000_000 + len(world.people) + 1
    if number not in world.people:
        world.people[number] = User(number, name, username, language)
        world.bell.ring()
    return {"id": number, "name": world.people[number].first_name, "username": world.people[number].username}


def _write(world: World, chat: Private, content: Json, **more: Any) -> Message:
    """The first message starts the chat, as the Start button does."""
    if chat.blocked:
        raise Impossible(f"{chat.user.first_name} blocked the bot: unblock it first")
    chat.started = True
    return world.publish(chat, chat.user, content, **more)


def formatted(text: str, entities: list[Json] | None) -> Formatted:
    found = (given(text, entities) if entities else Formatted(text)).with_found()
    if length(text) > 4096:
        raise Impossible("a message has at most 4096 characters")
    return found


@verb
async def say(
    world: World,
    user: int,
    text: str,
    entities: list[Json] | None = None,
    bot: int | None = None,
    reply_to: int | None = None,
) -> int:
    chat = await private_of(world, user, bot)
    content = formatted(text, entities).fields("text", "entities")
    if not content:
        raise Impossible("an empty message cannot be sent")
    replied = chat.find(reply_to) if reply_to is not None else None
    if replied is not None:
        content["reply_to_message"] = {k: v for k, v in replied.json(chat.bot.id).items() if k != "reply_to_message"}
    if chat.keyboard and chat.keyboard.get("one_time_keyboard"):
        chat.keyboard = None
    return _write(world, chat, content).id


@verb
async def send(
    world: World,
    user: int,
    items: list[Json],
    entities: list[Json] | None = None,
    bot: int | None = None,
) -> list[int]:
    """One medium, or an album of several: each `{kind, caption, caption_entities, name, data}`."""
    chat = await private_of(world, user, bot)
    album = {"media_group_id": str(13_000_000_000_000_000 + world.number())} if len(items) > 1 else {}
    return [
        media(world, item, lambda content, file: _write(world, chat, content | album, file=file)).id for item in items
    ]


def media(world: World, item: Json, write: Any) -> Message:
    kind = item.get("kind", "photo")
    if kind not in KINDS:
        raise Impossible(f"there is no kind of file {kind}")
    caption = formatted(item.get("caption") or "", item.get("caption_entities")).fields("caption", "caption_entities")
    data = str(item.get("data") or f"a {kind}").encode()
    written: Message = write(caption, world.files.add(kind, item.get("name"), data))
    return written


@verb
async def press(
    world: World,
    user: int,
    message: int,
    data: str,
    bot: int | None = None,
    channel: int | None = None,
    timeout: float = ANSWER_SECONDS,
) -> Json:
    """Send callback data from under a message, forged or not, and wait for the bot's answer."""
    chat = await private_of(world, user, bot)
    place: Chat = chat if channel is None else channel_of(world, channel)
    shown = place.messages.get(message)
    if shown is None:
        raise Impossible(f"there is no message {message}")
    under = shown.json(chat.bot.id)
    if shown.deleted_at is not None:
        under = {"message_id": shown.id, "chat": place.json(), "date": 0}
    query = Query(str(4_000_000_000 + world.number()), chat.bot, world.now())
    world.queries[query.id] = query
    pressed = {
        "id": query.id,
        "from": chat.user.sender(),
        "message": under,
        "chat_instance": str(place.id),
        "data": data,
    }
    world.tell(chat.bot, "callback_query", pressed)
    answer = await world.bell.until(lambda: query.answer, timeout)
    if answer is None:
        raise Impossible(f"the bot did not answer the button within {timeout:g} s")
    return answer


@verb
async def share(
    world: World,
    user: int,
    channel: int,
    bot: int | None = None,
    first: str = "my_chat_member",
    request: int | None = None,
) -> int:
    """Answer the keyboard's button that asks for a chat. `first` names the update that comes first."""
    chat = await private_of(world, user, bot)
    where, rows = channel_of(world, channel), (chat.keyboard or {}).get("keyboard", [])
    asked = [button["request_chat"] for row in rows for button in row if "request_chat" in button]
    wanted = next((ask for ask in asked if request is None or ask["request_id"] == request), None)
    if wanted is None:
        raise Impossible("no button of the keyboard asks for a chat")
    _check_offered(where, chat, wanted)
    bot_rights, user_rights = (_rights(wanted.get(f"{who}_administrator_rights")) for who in ("bot", "user"))

    def join() -> None:
        if bot_rights and bot_rights <= user_rights:  # else the client reports success and adds nobody
            old = where.member(chat.bot.user)
            rights = bot_rights | old.rights | {"can_manage_chat"}
            world.change_member(where, Member(chat.bot.user, "administrator", frozenset(rights)), chat.user)

    def tell() -> int:
        shared: Json = {"request_id": wanted["request_id"], "chat_id": where.id}
        shared |= {"title": where.title} if wanted.get("request_title") else {}
        shared |= {"username": where.username} if wanted.get("request_username") and where.username else {}
        return _write(world, chat, {"chat_shared": shared}).id

    if first == "my_chat_member":
        join()
        number = tell()
    else:
        number = tell()
        join()
    if chat.keyboard and chat.keyboard.get("one_time_keyboard"):
        chat.keyboard = None
    return number


def _rights(asked: Json | None) -> frozenset[str]:
    return frozenset(name for name, value in (asked or {}).items() if value)


def _check_offered(where: Channel, chat: Private, wanted: Json) -> None:
    """The client lists only chats that fit."""
    member = where.member(chat.user)
    inside = member.status in ("creator", "administrator")
    fits = wanted["chat_is_channel"] and (inside or not wanted.get("user_administrator_rights"))
    if member.status == "administrator":
        fits = fits and _rights(wanted.get("user_administrator_rights")) <= member.rights
    if wanted.get("chat_is_created"):
        fits = fits and member.status == "creator"
    if "chat_has_username" in wanted:
        fits = fits and bool(where.username) == wanted["chat_has_username"]
    if wanted.get("bot_is_member"):
        fits = fits and where.member(chat.bot.user).status == "administrator"
    if not fits:
        raise Impossible(f"the client does not offer {where.title} to {chat.user.first_name} for this button")


@verb
async def forward(world: World, user: int, channel: int, message: int, bot: int | None = None) -> int:
    chat = await private_of(world, user, bot)
    found = channel_of(world, channel).find(message)
    if found is None:
        raise Impossible(f"there is no post {message} to forward")
    return _write(world, chat, forwarded(found), file=found.file).id


async def _block(world: World, user: int, bot: int | None, *, blocked: bool) -> None:
    chat = await private_of(world, user, bot)
    if chat.blocked == blocked:
        return
    chat.blocked = blocked
    states = [Member(chat.bot.user, status).json() for status in ("member", "kicked")]
    old, new = states if blocked else reversed(states)
    change = {"from": chat.user.sender(), "date": world.seconds(), "old_chat_member": old, "new_chat_member": new}
    world.tell(chat.bot, "my_chat_member", {"chat": chat.json()} | change)
    world.bell.ring()


@verb
async def block(world: World, user: int, bot: int | None = None) -> None:
    await _block(world, user, bot, blocked=True)


@verb
async def unblock(world: World, user: int, bot: int | None = None) -> None:
    await _block(world, user, bot, blocked=False)


@verb
async def pay_(
    world: World,
    user: int,
    message: int | None = None,
    link: str | None = None,
    of: int | None = None,
    *,
    again: bool = False,
    balance: int | None = None,
    patience: float = PRE_CHECKOUT_SECONDS,
    bot: int | None = None,
) -> str:
    """Pay an invoice: on a message (the newest, if none is named), behind a link, or a copy of what another person was sent.
    Answers the charge's id."""
    payer = world.person(user)
    if balance is not None:
        payer.stars = balance
    if link is not None:
        invoice = world.invoices.get(link)
    else:
        invoice = _invoice_on(await private_of(world, of if of is not None else user, bot), message)
    if invoice is None:
        raise Impossible("there is no such invoice")
    if of is not None and invoice.start_parameter:
        raise Impossible("a forwarded copy of this invoice opens the bot instead of paying")
    once = not (again or link or of)
    if once and invoice.charges:
        raise Impossible("this invoice is paid")
    return (await pay(world, payer, invoice, once=once, patience=patience)).id


def _invoice_on(chat: Private, message: int | None) -> Invoice | None:
    if message is not None:
        found = chat.find(message)
        return found.invoice if found else None
    shown = [m for m in chat.messages.values() if m.invoice and m.deleted_at is None]
    return shown[-1].invoice if shown else None


@verb
def refund_from_outside(world: World, charge: str) -> None:
    """Telegram's support gives a payment back without asking the bot."""
    found = world.charges.get(charge)
    if found is None or found.refunded:
        raise Impossible(f"there is no charge {charge} to refund")
    refund(world, found)


@verb
async def stars(world: World, user: int | None = None, bot: int | None = None) -> int:
    """The Stars of a person, or of the bot."""
    return world.person(user).stars if user is not None else (await bot_of(world, bot)).stars

"""What can be seen from outside: chats and channels as people see them, counts, and whether the bot has come to rest. Whoever
knows a version waits for the next one."""

import asyncio
from collections import Counter
from typing import Any

from bot.sandbox.entities import to_html
from bot.sandbox.errors import Impossible
from bot.sandbox.faults import Fault, Plan
from bot.sandbox.rows import Channel, Chat, Json, Message, Private
from bot.sandbox.verbs import bot_of, channel_of, private_of, verb
from bot.sandbox.world import World


def seen(message: Message, bot: int) -> Json:
    """A message as a reader sees it, with the Bot API's own form of it under `raw`."""
    content = message.content
    text, entities = message.text, content.get("entities") or content.get("caption_entities") or []
    if message.invoice is not None:
        text = f"{message.invoice.title}\n{message.invoice.description}"
    service = next((field for field in content if message.is_service), None)
    return {
        "id": message.id,
        "by": message.author.id,
        "by_bot": message.author.is_bot,
        "date": message.date,
        "text": text,
        "html": to_html(text, entities),
        "entities": entities,
        "media": message.file.kind if message.file else None,
        "buttons": (message.markup or {}).get("inline_keyboard", []),
        "invoice": message.invoice.json() if message.invoice else None,
        "paid": len(message.invoice.charges) if message.invoice else 0,
        "service": service,
        "edited": message.edit_date is not None,
        "deleted": message.deleted_at is not None,
        "pinned": message.id in message.chat.pinned,
        "raw": message.json(bot),
    }


def _chat(chat: Private) -> Json:
    shown = [seen(message, chat.bot.id) for message in chat.messages.values() if message.deleted_at is None]
    rows = [
        [b if isinstance(b, dict) else {"text": b} for b in row] for row in (chat.keyboard or {}).get("keyboard", [])
    ]
    state = {"blocked": chat.blocked, "started": chat.started, "bot": chat.bot.id}
    return {"messages": shown, "keyboard": rows, "user": chat.user.id} | state


def _channel(where: Channel, bot: int) -> Json:
    return where.json() | {
        "owner": where.owner.id,
        "subscribers": where.subscribers,
        "pinned": where.pinned,
        "members": [member.json() for member in where.members.values()],
        "posts": [seen(message, bot) for message in where.messages.values()],
    }


async def _newer(world: World, after: int | None, timeout: float) -> None:
    if after is not None:
        await world.bell.until(lambda: world.closed or world.bell.version > after, timeout)


@verb
async def chat(world: World, user: int, bot: int | None = None, after: int | None = None, timeout: float = 5.0) -> Json:
    """The private chat now, or at the first change after version `after`."""
    shown = await private_of(world, user, bot)
    await _newer(world, after, timeout)
    return _chat(shown) | {"version": world.bell.version}


@verb
async def posts(
    world: World, channel: int, bot: int | None = None, after: int | None = None, timeout: float = 5.0
) -> Json:
    """A channel with everything ever published in it; deleted posts are marked."""
    where = channel_of(world, channel)
    await _newer(world, after, timeout)
    viewer = bot if bot is not None else next(iter(world.bots), 0)
    return _channel(where, viewer) | {"version": world.bell.version}


@verb
async def state(world: World, after: int | None = None, timeout: float = 25.0) -> Json:
    """Everything, for the page."""
    await _newer(world, after, timeout)
    viewer = next(iter(world.bots), 0)
    plans = [*world.faults.plans, *([world.faults.refusing] if world.faults.refusing else [])]
    return {
        "version": world.bell.version,
        "bots": [bot.user.json() | {"stars": bot.stars} for bot in world.bots.values()],
        "people": [user.json() | {"stars": user.stars, "language": user.language} for user in world.people.values()],
        "chats": [_chat(chat) for chat in world.privates.values()],
        "channels": [_channel(where, viewer) for where in world.channels.values()],
        "faults": [
            {"fault": plan.fault, "method": plan.method, "chat": plan.chat, "times": plan.times} for plan in plans
        ],
        "fault_names": list(Fault),
    }


@verb
def counts(world: World) -> dict[str, int]:
    """How many messages the bots ever put into each chat, deleted ones included."""
    chats: list[Chat] = [*world.privates.values(), *world.channels.values()]
    found: Counter[str] = Counter()
    for one in chats:
        found[str(one.id)] += sum(m.author.is_bot and not m.is_service for m in one.messages.values())
    return dict(found)


@verb
def calls(world: World) -> dict[str, int]:
    """How many calls of each method arrived, refused and spoiled ones included."""
    return dict(world.calls)


@verb
async def idle(world: World, quiet: float = 0.01, timeout: float = 5.0, bot: int | None = None) -> None:
    """Wait until every update is confirmed, a reader waits for more, no call is under way and none came for `quiet` seconds."""
    one = await bot_of(world, bot)

    def settled() -> bool:
        return one.queue.is_settled and not one.busy

    def others() -> int:
        return sum(world.calls.values()) - world.calls["getUpdates"]

    clock = asyncio.get_running_loop().time
    deadline = clock() + timeout
    while (left := deadline - clock()) > 0 and await world.bell.until(settled, left):
        before = others()
        if not await world.bell.until(lambda n=before: others() != n or not settled(), quiet):  # type: ignore[misc]
            return
    waiting = len(one.queue.updates)
    raise Impossible(f"the bot did not come to rest within {timeout:g} s: {waiting} updates wait, {one.busy} calls run")


@verb
async def fault(world: World, fault: str, **options: Any) -> None:
    """Plan a fault; `refused` is in effect when this answers."""
    plan = Plan(Fault(fault), **options)
    world.faults.add(plan)
    world.bell.ring()
    if plan.fault is Fault.REFUSED:
        await world.bell.until(lambda: world.faults.is_closed, 5.0)


@verb
async def clear_faults(world: World) -> None:
    world.faults.clear()
    world.bell.ring()
    await world.bell.until(lambda: not world.faults.is_closed, 5.0)


@verb
async def raw_update(world: World, fields: Json, bot: int | None = None) -> int:
    return (await bot_of(world, bot)).queue.add_raw(fields)


@verb
def bot(world: World, token: str) -> Json:
    """The bot of this token, made if need be."""
    return world.bot_by_token(token).user.json()


@verb
def revoke(world: World, token: str, *, revoked: bool = True) -> None:
    """The token stops working at once, or works again."""
    world.bots[int(token.split(":")[0])].revoked = revoked
    world.bell.ring()

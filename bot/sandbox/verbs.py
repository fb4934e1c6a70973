"""The people's side: what users, owners and tests do to the world, a verb each, as JSON over HTTP. The Python client and the
page both speak only this; nothing is possible for one and not for the other."""

import inspect
import json
from collections.abc import Callable
from typing import Any, TypeVar

from bot.sandbox.errors import Impossible, PaymentFailed
from bot.sandbox.rows import Bot, Channel, Private
from bot.sandbox.world import World

Verb = Callable[..., Any]
V = TypeVar("V", bound=Verb)
VERBS: dict[str, Verb] = {}
FIRST_CALL_SECONDS = 5.0


def verb(function: V) -> V:
    VERBS[function.__name__.rstrip("_")] = function
    return function


async def answer_verb(world: World, name: str, body: bytes) -> tuple[int, dict[str, Any]]:
    function = VERBS.get(name)
    if function is None:
        return 404, {"error": f"there is no verb {name}"}
    try:
        arguments = json.loads(body or b"{}")
        inspect.signature(function).bind(world, **arguments)
    except (TypeError, ValueError) as error:
        return 400, {"error": f"{name}: {error}"}
    try:
        result = function(world, **arguments)
        return 200, {"result": await result if inspect.isawaitable(result) else result}
    except PaymentFailed as failed:
        return 402, {"error": str(failed)}
    except Impossible as impossible:
        return 409, {"error": str(impossible)}


async def bot_of(world: World, bot: int | None) -> Bot:
    """The bot of this id, or the one that called first; a bot that has just been started is waited for."""

    def look() -> Bot | None:
        return world.bots.get(bot) if bot is not None else next(iter(world.bots.values()), None)

    found = await world.bell.until(look, FIRST_CALL_SECONDS)
    if found is None:
        raise Impossible("no bot has called yet")
    return found


async def private_of(world: World, user: int, bot: int | None) -> Private:
    return world.private(await bot_of(world, bot), world.person(user))


def channel_of(world: World, channel: int) -> Channel:
    if channel not in world.channels:
        raise Impossible(f"there is no channel {channel}")
    return world.channels[channel]

"""Delivery to a webhook, in order: an update is confirmed by a 2xx answer and otherwise sent again, a little later each time.
The answer may itself be a call; its result is not reported back, as at Telegram."""

import json
from typing import Any

import aiohttp

from bot.sandbox.calls import Call, Params, run
from bot.sandbox.queues import Webhook
from bot.sandbox.rows import Bot
from bot.sandbox.world import World

FIRST_PAUSE, LONGEST_PAUSE, PATIENCE = 0.05, 5.0, 60.0


async def deliver(world: World, bot: Bot, hook: Webhook) -> None:
    queue, pause = bot.queue, FIRST_PAUSE
    headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}

    def ended() -> bool:
        return world.closed or queue.webhook is not hook

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session:
        while not ended():
            await world.bell.until(lambda: ended() or bool(queue.updates), 3600)
            if ended() or not queue.updates:
                continue
            update = queue.updates[0]
            world.record.update(update)
            reply: dict[str, Any] = {}
            try:
                async with session.post(hook.url, json=update.body, headers=headers) as answer:
                    hook.error = ""
                    if not 200 <= answer.status < 300:
                        hook.error = f"Wrong response from the webhook: {answer.status} {answer.reason}"
                    else:
                        reply = await _reply(answer)
            except (aiohttp.ClientError, TimeoutError) as error:
                hook.error = f"Connection failed: {type(error).__name__}"
            if hook.error:
                hook.error_date = world.seconds()
                await world.bell.until(ended, pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            if name := str(reply.pop("method", "")):
                params = Params(reply)
                world.record.call(name, params.recorded(), await run(name, Call(world, bot, params)))
            queue.confirm(update.id + 1)


async def _reply(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    """The call an answer may contain, as JSON or as a form; anything else is only an answer."""
    try:
        if answer.content_type == "application/json":
            body = json.loads(await answer.read())
            return body if isinstance(body, dict) else {}
        if answer.content_type == "multipart/form-data":
            fields: dict[str, Any] = {}
            async for part in aiohttp.MultipartReader.from_response(answer):
                if isinstance(part, aiohttp.BodyPartReader) and part.name:
                    fields[part.name] = await part.text()
            return fields
    except (ValueError, AssertionError):
        return {}
    return {}

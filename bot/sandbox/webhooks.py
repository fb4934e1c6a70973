"""Delivery to a webhook: the updates of one chat in order, those of others beside them, over as many connections as it allows.

An update is confirmed by a 2xx answer and otherwise sent again, a little later each time. The answer may itself be a call; its
result is not reported back, as at Telegram.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.sandbox.calls import Call, Params, run
from bot.sandbox.queues import Update, Webhook
from bot.sandbox.rows import Bot
from bot.sandbox.world import World

FIRST_PAUSE, LONGEST_PAUSE, PATIENCE = 0.05, 5.0, 60.0


async def deliver(world: World, bot: Bot, hook: Webhook) -> None:
    """Until the world is closed or the bot has another webhook, or none."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session:
        await Delivery(world, bot, hook, session).run()


@dataclass
class Delivery:
    world: World
    bot: Bot
    hook: Webhook
    session: aiohttp.ClientSession
    busy: set[int] = field(default_factory=set)
    """The chats whose update is under way."""

    @property
    def is_over(self) -> bool:
        return self.world.closed or self.bot.queue.webhook is not self.hook

    def _next(self) -> Update | None:
        """The oldest update of a chat that has none under way."""
        if len(self.busy) >= self.hook.connections:
            return None
        return next((update for update in self.bot.queue.updates if update.chat not in self.busy), None)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            while not self.is_over:
                update = await self.world.bell.until(lambda: self._next() or self.is_over, 3600)
                if isinstance(update, Update):
                    self.busy.add(update.chat)
                    group.create_task(self._bring(update))

    async def _bring(self, update: Update) -> None:
        """This update, until it is taken."""
        pause = FIRST_PAUSE
        while not self.is_over and not await self._taken(update):
            self.hook.error_date = self.world.seconds()
            await self.world.bell.until(lambda: self.is_over, pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        self.busy.discard(update.chat)
        self.world.bell.ring()

    async def _taken(self, update: Update) -> bool:
        world, hook = self.world, self.hook
        world.record.update(update)
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
        try:
            async with self.session.post(hook.url, json=update.body, headers=headers) as answer:
                if not 200 <= answer.status < 300:
                    hook.error = f"Wrong response from the webhook: {answer.status} {answer.reason}"
                    return False
                reply = await _reply(answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            hook.error = f"Connection failed: {type(error).__name__}"
            return False
        hook.error = ""
        if name := str(reply.pop("method", "")):
            params = Params(reply)
            world.record.call(name, params.recorded(), await run(name, Call(world, self.bot, params)))
        self.bot.queue.taken(update)
        return True


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

"""Wake-ups: an act that makes something due rings the ticks that wait for it, here at once and elsewhere through Redis.

They are sent after the commit and kept by nobody: whoever does not hear one finds the work by its period. A subscriber that was
cut off rings everything when it is back, since it cannot know what it missed.
"""

import asyncio
import logging
import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from redis.asyncio import Redis

from bot.shared import FAILURES, REST_SECONDS, Shared
from domain.action import Act
from scheduler.loop import Bells, woken_by

log = logging.getLogger(__name__)

LISTEN_SECONDS = 10.0
"""How long the subscriber waits for a word before it asks whether Redis is still there."""


@dataclass
class Wakes:
    """The bells of this process, and the channel to those of the others."""

    bells: Bells
    channel: str
    shared: Shared | None = None
    me: str = field(default_factory=lambda: uuid.uuid4().hex)
    _out: set[str] = field(default_factory=set)
    _something: asyncio.Event = field(default_factory=asyncio.Event)
    _over: bool = False
    """A cancellation that meets the end of a read is swallowed by the client; so both tasks look here too."""

    def after(self, act: Act) -> None:
        """For the gate: what this act, now committed, has made due."""
        names = woken_by(act)
        self.bells.ring(names)
        if names and self.shared is not None:
            self._out |= names
            self._something.set()

    @asynccontextmanager
    async def passed_on(self) -> AsyncIterator[None]:
        """Tells the other processes, and listens to them, for as long as the block lasts."""
        self._over = False
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work(self.shared)) for work in (self._tell, self._listen) if self.shared]
            try:
                yield
            finally:
                self._over = True
                for task in tasks:
                    task.cancel()

    async def _tell(self, shared: Shared) -> None:
        while not self._over:
            await self._something.wait()
            self._something.clear()
            words = " ".join((self.me, *sorted(self._out)))
            self._out.clear()

            async def publish(redis: Redis, words: str = words) -> None:
                await redis.publish(self.channel, words)

            await shared.attempt(publish, patient=True)

    async def _listen(self, shared: Shared) -> None:
        while not self._over:
            try:
                async with shared.client.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(self.channel)
                    self.bells.ring(self.bells.bells)
                    while not self._over:
                        message = await pubsub.get_message(timeout=LISTEN_SECONDS)
                        if message is None and not self._over:
                            await pubsub.ping()
                        elif message is not None:
                            self._heard(message["data"])
            except FAILURES as error:
                log.warning("wake-ups of other processes are not heard for some seconds: %s", type(error).__name__)
                await asyncio.sleep(REST_SECONDS * random.uniform(1, 1.2))

    def _heard(self, data: object) -> None:
        if isinstance(data, bytes):
            sender, *names = data.decode(errors="replace").split(" ")
            if sender != self.me:
                self.bells.ring(names)

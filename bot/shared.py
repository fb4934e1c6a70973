"""Redis, which may vanish at any moment: it holds only what may be lost, and nobody waits for it for long.

A call that fails or takes too long opens the breaker: for some seconds nobody tries again, and everybody does without. So a
Redis that is killed, paused or flushed costs latency and nothing else. A process that is busy itself (at its start, say) finds
its time-outs late: that says nothing of Redis, and the breaker stays shut.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

R = TypeVar("R")
log = logging.getLogger(__name__)

CALL_SECONDS = 0.3
"""How long a call may take, with connecting. Redis answers in a thousandth of that, or something is wrong with it."""
LATE_SECONDS = 0.02
"""A time-out that comes so much later was not kept by a process that had time for it."""
REST_SECONDS = 5.0
"""How long it is left alone after a failure; somewhat more, at random, so that processes do not come back as one."""
FAILURES = (RedisError, OSError, TimeoutError)
TIME_OUTS = (RedisTimeoutError, TimeoutError)


def client(address: str, seconds: float = CALL_SECONDS) -> Redis:
    """`redis://host:port/number`; gives up after so many seconds, and tries nothing again. Touches no network."""
    return Redis.from_url(address, retry=None, socket_timeout=seconds, socket_connect_timeout=seconds)


async def ping(address: str, seconds: float = CALL_SECONDS) -> None:
    """Asks over a connection of its own, past every breaker. Raises one of FAILURES."""
    asked = client(address, seconds)
    try:
        async with asyncio.timeout(2 * seconds):
            await asked.ping()
    finally:
        await asked.aclose()


@dataclass
class Shared:
    """A client with a breaker. `failures` counts what went wrong, for whoever watches."""

    client: Redis
    rests_until: float = 0.0
    failures: int = field(default=0)

    @classmethod
    def at(cls, address: str) -> "Shared":
        """For the Redis of this address. Touches no network."""
        return cls(client(address))

    @property
    def is_open(self) -> bool:
        """Is the breaker open, so that Redis is left alone?"""
        return time.monotonic() < self.rests_until

    async def attempt(self, work: Callable[[Redis], Awaitable[R]], *, patient: bool = False) -> R | None:
        """What `work` answers, or None where Redis rests or fails. To the `patient` a time-out that comes late is no failure."""
        if self.is_open:
            return None
        began = time.monotonic()
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await work(self.client)
        except FAILURES as error:
            is_late = isinstance(error, TIME_OUTS) and time.monotonic() - began > CALL_SECONDS + LATE_SECONDS
            if not (patient and is_late):
                self.failed(error)
            return None

    def failed(self, error: BaseException) -> None:
        """Opens the breaker."""
        if not self.is_open:
            log.warning("Redis is left alone for some seconds: %s", type(error).__name__)
        self.failures += 1
        self.rests_until = time.monotonic() + REST_SECONDS * random.uniform(1, 1.2)

    async def close(self) -> None:
        await self.client.aclose()

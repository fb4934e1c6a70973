"""Every change of the world rings one bell. Whoever waits for something names a condition and is woken by the bell to look
again, so that nothing here ever sleeps for a guessed time."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Bell:
    """`version` counts the changes: a reader who knows it can wait for the next one."""

    def __init__(self) -> None:
        self.version = 0
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self.version += 1
        self._rung.set()
        self._rung = asyncio.Event()

    async def until(self, look: Callable[[], T], timeout: float) -> T:
        """The first true answer of `look`, or its last false one after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                while not (found := look()):
                    await self._rung.wait()
                return found
        except TimeoutError:
            return look()

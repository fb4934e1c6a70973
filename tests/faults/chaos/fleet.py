"""Our own processes by name, started again by whoever ended them, and what stands before those that take updates."""

import asyncio
import os
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from tests.processes import Process, holdfast

BOTS, WORKERS = ("bot-1", "bot-2"), ("worker-1", "worker-2")
PATIENCE = 30.0
"""Seconds that the front waits for an answer; an update that a killed bot had goes to the other at once."""


@dataclass
class Front:
    """What stands before the bots: gives each request to one that answers, in turn."""

    ports: list[int]
    turn: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                ),
                0,
            )
            asked = head + await reader.readexactly(length)
            for _ in self.ports:
                self.turn += 1
                try:
                    there, back = await asyncio.open_connection("127.0.0.1", self.ports[self.turn % len(self.ports)])
                except OSError:
                    continue
                try:
                    back.write(asked)
                    answer = await asyncio.wait_for(there.read(65536), PATIENCE)
                finally:
                    back.transport.abort()
                writer.write(answer)
                await writer.drain()
                break
        writer.transport.abort()


@dataclass
class Fleet:
    """The processes, by name. One that ended is started again by whoever ended it."""

    stack: ExitStack
    settings: dict[str, object]
    ports: dict[str, int]
    running: dict[str, Process] = field(default_factory=dict)

    def __str__(self) -> str:
        """How each is, and what it said last."""
        last = {name: process.log.read_text().splitlines()[-5:] for name, process in self.running.items()}
        return f"{ {name: (process.poll(), last[name]) for name, process in self.running.items()} }"

    def start(self, name: str) -> None:
        own = {"webhook_port": self.ports[name]} if name in self.ports else {}
        part = "bot" if name in self.ports else "scheduler"
        self.running[name] = self.stack.enter_context(holdfast("run", "--only", part, **self.settings, **own))

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running[name].wait()
        self.start(name)

    async def listening(self, name: str) -> None:
        """Until a bot that was started takes requests again, so that there is something to break."""
        while name in self.ports:
            with suppress(OSError):
                _, there = await asyncio.open_connection("127.0.0.1", self.ports[name])
                there.close()
                return
            await asyncio.sleep(0.1)
            self.revive()

    def signal(self, name: str, number: int) -> None:
        os.kill(self.running[name].pid, number)

    def revive(self) -> None:
        """Whoever gave up, as where its database was away when it started, is started again, as any supervisor does."""
        for name, process in self.running.items():
            if process.poll() is not None:
                self.start(name)

"""A proxy before PostgreSQL that can lose a reply. What the server has done is done; the client only never hears of it.

PostgreSQL talks in turns: the client sends a request, the server answers until it is ready for the next one. The proxy passes
whole turns and shows each to `fault` twice: once the request has reached the server, and once the server's answer has come and
the client has not seen it yet. Where `fault` says so, the connection is cut there.
"""

import asyncio
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

from tests.servers import free_port

SSL_REQUEST = 80877103
QUERY, SYNC, FLUSH, GOODBYE, READY = b"Q", b"S", b"H", b"X", b"Z"
ENDS_REQUEST = (QUERY, SYNC, FLUSH, GOODBYE)
ENDS_FLUSHED = (b"T", b"n", b"E")
"""What answers a statement being prepared ends with: its columns, that it has none, or an error."""


@dataclass(frozen=True)
class Turn:
    """One request of a connection, by its number from 1."""

    number: int
    request: bytes
    answered: bool

    @property
    def is_commit(self) -> bool:
        return b"COMMIT;" in self.request

    @property
    def is_begin(self) -> bool:
        return b"BEGIN" in self.request


def no_fault(_turn: Turn) -> bool:
    return False


@dataclass
class Proxy:
    """Listens on a port of its own, in front of the server's."""

    upstream: int
    fault: Callable[[Turn], bool] = no_fault
    port: int = field(default_factory=free_port)
    lost: int = 0
    """How many connections were cut."""
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server
        self._server.close()

    async def _serve(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        answers, server = await asyncio.open_connection("127.0.0.1", self.upstream)
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._converse(client, back, answers, server)
        back.transport.abort()
        server.close()

    async def _converse(
        self,
        client: asyncio.StreamReader,
        back: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        server: asyncio.StreamWriter,
    ) -> None:
        while True:
            hello = await client.readexactly(8)
            length, code = struct.unpack("!II", hello)
            if code != SSL_REQUEST:
                break
            back.write(b"N")
        server.write(hello + await client.readexactly(length - 8))
        back.write((await _until(answers, (READY,)))[0])
        number = 0
        while True:
            request, end = await _until(client, ENDS_REQUEST)
            number += 1
            server.write(request)
            await server.drain()
            if self._cuts(Turn(number, request, answered=False)):
                return
            answer, _ = await _until(answers, ENDS_FLUSHED if end == FLUSH else (READY,))
            if self._cuts(Turn(number, request, answered=True)):
                return
            back.write(answer)
            await back.drain()

    def _cuts(self, turn: Turn) -> bool:
        cut = self.fault(turn)
        self.lost += cut
        return cut


async def _until(stream: asyncio.StreamReader, ends: tuple[bytes, ...]) -> tuple[bytes, bytes]:
    """Whole messages (a letter, a length, a body), up to and with the first of a kind in `ends`, and that kind."""
    messages = b""
    while True:
        head = await stream.readexactly(5)
        kind, length = struct.unpack("!cI", head)
        messages += head + await stream.readexactly(length - 4)
        if kind in ends:
            return messages, kind

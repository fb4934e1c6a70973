"""A relay in front of a Redis, which can refuse, say nothing any more, and come back: an outage without touching the server."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit


@dataclass
class Relay:
    """`address` is what the house is given in place of `upstream`."""

    upstream: str
    address: str = ""
    _port: int = 0
    _flows: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def __aenter__(self) -> "Relay":
        self._flows.set()
        await self.come_back()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.die()

    async def come_back(self) -> None:
        """Listens, at the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = int(self._server.sockets[0].getsockname()[1])
        url = urlsplit(self.upstream)
        login, at, _ = url.netloc.rpartition("@")
        self.address = urlunsplit(url._replace(netloc=f"{login}{at}127.0.0.1:{self._port}"))

    def die(self) -> None:
        """Nobody listens, and open connections break."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()

    def pause(self) -> None:
        """Connections stay, and nothing comes through."""
        self._flows.clear()

    def go_on(self) -> None:
        self._flows.set()

    async def _serve(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        url = urlsplit(self.upstream)
        try:
            answers, server = await asyncio.open_connection(url.hostname or "127.0.0.1", url.port or 6379)
        except OSError:
            back.transport.abort()
            return
        self._writers |= {back, server}
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(self._pour(client, server), self._pour(answers, back))
        for writer in (back, server):
            self._writers.discard(writer)
            writer.transport.abort()

    async def _pour(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while piece := await source.read(65536):
            await self._flows.wait()
            sink.write(piece)
            await sink.drain()
        sink.transport.abort()

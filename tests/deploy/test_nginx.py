"""A real nginx with deploy/nginx/: Telegram's updates pass, and nothing else does."""

import asyncio
import io
import os
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from bot.webhook import MOST_BYTES
from tests.deploy.conftest import ROOT
from tests.servers import Server, free_port, installed

pytestmark = pytest.mark.skipif(
    installed("nginx") is None or shutil.which("openssl") is None, reason="no nginx is installed, or no openssl"
)

NGINX = ROOT / "deploy/nginx"
PATH = "/telegram/" + "s" * 48
SECRET = {"X-Telegram-Bot-Api-Secret-Token": "x"}


class Nginx(Server):
    """The shipped server block within a process of our own: other paths and ports, nothing else changed."""

    bots: tuple[int, int] = (0, 0)

    def start(self, networks: str) -> "Nginx":
        made = self.base / "holdfast"
        made.mkdir()
        self.bots = free_port(), free_port()
        upstream = (NGINX / "upstream.conf").read_text()
        for there, here in zip((8080, 8081), self.bots, strict=True):
            upstream = upstream.replace(f"127.0.0.1:{there}", f"127.0.0.1:{here}")
        (made / "upstream.conf").write_text(upstream)
        (made / "telegram-networks.conf").write_text(networks)
        subject = ["-subj", "/CN=localhost", "-days", "1", "-nodes", "-newkey", "rsa:2048"]
        keys = ["-keyout", str(self.base / "privkey.pem"), "-out", str(self.base / "fullchain.pem")]
        subprocess.run(["openssl", "req", "-x509", *subject, *keys], check=True, capture_output=True)
        block = (NGINX / "holdfast.conf").read_text()
        for old, new in (
            ("/etc/nginx/holdfast", str(made)),
            ("/etc/nginx/tls", str(self.base)),
            ("/var/log/nginx", str(self.base)),
            ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
        ):
            assert old in block
            block = block.replace(old, new)
        kept = [
            f"{name}_temp_path {self.base}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        ]
        main = f"daemon off; worker_processes 1; pid {self.base}/pid; error_log {self.base}/error.log;"
        if os.geteuid() == 0:
            main += " user root;"
        text = f"{main}\nevents {{ worker_connections 64; }}\nhttp {{ {' '.join(kept)}\n{block}\n}}\n"
        (self.base / "nginx.conf").write_text(text)
        binary = installed("nginx")
        subprocess.run([str(binary), "-t", "-c", str(self.base / "nginx.conf")], check=True, capture_output=True)
        self._run([binary, "-c", self.base / "nginx.conf", "-p", self.base], "nginx.log")
        return self


@pytest.fixture
def ours() -> Iterator[Nginx]:
    """For once we are one of Telegram's networks."""
    server = Nginx().start("allow 127.0.0.0/8;\ndeny all;\n")
    yield server
    server.stop()


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting, force_close=True)) as session:
        yield session


@asynccontextmanager
async def bot(port: int, taken: list[str]) -> AsyncIterator[None]:
    async def take(request: web.Request) -> web.Response:
        taken.append(f"{request.method} {request.path} {len(await request.read())}")
        return web.Response(text=request.headers["X-Telegram-Bot-Api-Secret-Token"])

    application = web.Application(client_max_size=MOST_BYTES)
    application.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def status(
    http: aiohttp.ClientSession,
    server: Nginx,
    path: str,
    method: str = "POST",
    data: bytes = b"",
    headers: dict[str, str] | None = None,
) -> int:
    for _ in range(200):
        try:
            body = io.BytesIO(data)
            url = f"https://127.0.0.1:{server.port}{path}"
            async with http.request(method, url, data=body if data else None, headers=headers) as answer:
                return answer.status
        except aiohttp.ClientConnectorError:
            await asyncio.sleep(0.02)
    raise AssertionError("nginx does not listen")


async def test_only_an_update_of_telegrams_reaches_the_bot(ours: Nginx, http: aiohttp.ClientSession) -> None:
    taken: list[str] = []
    update, large = b"{}", b" " * MOST_BYTES
    async with bot(ours.bots[0], taken):
        assert await status(http, ours, PATH, data=update, headers=SECRET) == 200
        assert await status(http, ours, PATH, data=large, headers=SECRET) == 200
        passed = [f"POST {PATH} 2", f"POST {PATH} {MOST_BYTES}"]
        assert taken == passed
        assert await status(http, ours, PATH, data=update) == 404
        assert await status(http, ours, PATH, "GET", headers=SECRET) == 403
        assert await status(http, ours, PATH, data=large + b" ", headers=SECRET) == 413
        for path in (
            "/",
            "/healthz",
            "/readyz",
            "/metrics",
            "/telegram/short",
            f"{PATH}/metrics",
            "/telegram/../healthz",
        ):
            assert await status(http, ours, path, data=update, headers=SECRET) == 404, path
            assert await status(http, ours, path, "GET") == 404, path
        assert taken == passed
    assert "/telegram" not in (ours.base / "access.log").read_text()


async def test_the_twin_takes_what_a_bot_that_is_replaced_does_not(ours: Nginx, http: aiohttp.ClientSession) -> None:
    taken: list[str] = []
    for port in (*ours.bots, ours.bots[0]):
        async with bot(port, taken):
            for _ in range(6):
                assert await status(http, ours, PATH, data=b"{}", headers=SECRET) == 200
    assert len(taken) == 18
    assert await status(http, ours, PATH, data=b"{}", headers=SECRET) == 502


async def test_strangers_are_turned_away(http: aiohttp.ClientSession) -> None:
    """With the networks as they are shipped, this machine is none of them."""
    server = Nginx().start((NGINX / "telegram-networks.conf").read_text())
    taken: list[str] = []
    async with bot(server.bots[0], taken):
        assert await status(http, server, PATH, data=b"{}", headers=SECRET) == 403
    assert taken == []
    server.stop()

"""The listener. One address answers the Bot API, the files, the people's side under `/sandbox` and the page; a second port
answers the people's side even while the first refuses connections on purpose."""

import asyncio
import json
import socket
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.sandbox import owners, people, spoil, views
from bot.sandbox.calls import Call, Params, run
from bot.sandbox.errors import Refusal
from bot.sandbox.faults import Fault, Plan
from bot.sandbox.limits import BOT, Limits, Rule
from bot.sandbox.methods import METHODS
from bot.sandbox.record import Record
from bot.sandbox.verbs import answer_verb
from bot.sandbox.world import World

SIDES = (people, owners, views)  # whose verbs `/sandbox/{verb}` answers
LARGEST_BODY = 52 * 1024 * 1024
PAGE = Path(__file__).with_name("page.html")


def wall_clock() -> datetime:
    return datetime.now(UTC)


class Sandbox:
    """`api` is what the bot's base address is set to. `now` dates messages and drives the limits; waiting is in real time.

    With `limits` each bot may write `most` times a second.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        now: Callable[[], datetime] = wall_clock,
        record: Path | None = None,
        limits: bool = False,
        most: int = BOT.most,
    ) -> None:
        self._host, self._port = host, port
        self._tasks = asyncio.TaskGroup()
        self._limits = Limits(limits, Rule(most, BOT.seconds))
        self.world = World(now, self._spawn, Record(record))
        self.api = self.control = ""
        self._running: set[asyncio.Task[None]] = set()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._tasks.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        app = web.Application(client_max_size=LARGEST_BODY)
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/sandbox/address", self._address),
                web.post("/sandbox/{verb}", self._verb),
                web.get("/file/bot{token}/{path:.+}", self._file),
                web.get("/bot{token}/{method}", self._method),
                web.post("/bot{token}/{method}", self._method),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await self._runner.setup()
        self._door, self._port = await self._listen(self._port)
        _, self._control_port = await self._listen(0)
        shown = "127.0.0.1" if self._host == "0.0.0.0" else self._host
        self.api, self.control = f"http://{shown}:{self._port}", f"http://{shown}:{self._control_port}"
        self._spawn(self._keep_door())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.world.closed = True
        self.world.bell.ring()
        await self._runner.cleanup()
        for task in list(self._running):
            task.cancel()
        await self._tasks.__aexit__(None, None, None)
        self.world.record.close()

    async def _listen(self, port: int) -> tuple[web.SockSite, int]:
        listener = socket.create_server((self._host, port))
        site = web.SockSite(self._runner, listener)
        await site.start()
        return site, listener.getsockname()[1]

    async def _keep_door(self) -> None:
        """Close the first port while the faults say so."""
        faults, bell = self.world.faults, self.world.bell
        while not self.world.closed:
            await bell.until(lambda: self.world.closed or faults.refusing is not None, 3600)
            if faults.refusing is not None:
                await self._close_door(faults.refusing)

    async def _close_door(self, plan: Plan) -> None:
        """Nobody listens, and open connections break."""
        faults, bell = self.world.faults, self.world.bell
        await self._door.stop()
        for connection in list(self._runner.server.connections if self._runner.server else ()):
            transport = connection.transport
            if transport is not None and transport.get_extra_info("sockname")[1] == self._port:
                transport.abort()
        faults.is_closed = True
        bell.ring()
        await bell.until(lambda: self.world.closed or faults.refusing is not plan, plan.seconds)
        if faults.refusing is plan:
            faults.refusing = None
        if not self.world.closed:
            self._door, _ = await self._listen(self._port)
        faults.is_closed = False
        bell.ring()

    async def _method(self, request: web.Request) -> web.StreamResponse:
        world, name = self.world, request.match_info["method"]
        try:
            bot = world.bot_by_token(request.match_info["token"])
            params = await Params.read(request)
        except web.HTTPRequestEntityTooLarge:
            return self._json(Refusal(413, "Request Entity Too Large").body())
        except Refusal as refusal:
            return self._json(refusal.body())
        world.calls[name] += name.lower() in METHODS
        polls = name.lower() == "getupdates"
        whose = bot.id if len(world.bots) > 1 else None
        bot.busy += not polls
        try:
            plan = world.faults.take(name, self._chats(params))
            if plan is not None and not plan.fault.accepts:
                world.record.call(name, params.recorded(), None, plan.fault, bot=whose)
                return await spoil.answer(world, request, plan)
            if plan is not None and plan.fault is Fault.SLOW:
                await world.bell.until(lambda: world.closed, plan.seconds)
            try:
                self._limits.check(bot.id, name, params.text("chat_id"), world.now().timestamp())
                body = await run(name, Call(world, bot, params))
            except Refusal as refusal:
                body = refusal.body()
            spoiled = plan is not None and plan.fault is not Fault.SLOW
            answer, fault = (None, plan.fault) if plan and spoiled else (body, None)
            world.record.call(name, params.recorded(), answer, fault, bot=whose)
            return await spoil.answer(world, request, plan) if plan and spoiled else self._json(body)
        finally:
            bot.busy -= not polls
            world.bell.ring()

    def _chats(self, params: Params) -> set[str]:
        """The chat a call is about, by number and by name."""
        given = params.text("chat_id")
        named = self.world.channel_by_name(given) if given.startswith("@") else None
        return {given, str(named.id)} if named else {given}

    def _json(self, body: dict[str, object]) -> web.Response:
        code = body.get("error_code", 200)
        return web.Response(
            text=json.dumps(body), status=code if isinstance(code, int) else 200, content_type="application/json"
        )

    async def _file(self, request: web.Request) -> web.Response:
        try:
            self.world.bot_by_token(request.match_info["token"])
            file = self.world.files.by_path(request.match_info["path"])
            if file is None:
                raise Refusal(404, "Not Found")
        except Refusal as refusal:
            return self._json(refusal.body())
        return web.Response(body=file.data, content_type="application/octet-stream")

    async def _verb(self, request: web.Request) -> web.Response:
        status, body = await answer_verb(self.world, request.match_info["verb"], await request.read())
        return web.json_response(body, status=status, headers=self._for_page(request))

    async def _address(self, request: web.Request) -> web.Response:
        return web.json_response({"control_port": self._control_port}, headers=self._for_page(request))

    def _for_page(self, request: web.Request) -> dict[str, str]:
        """The page comes from the first port and may read the second; no other site may."""
        return {"Access-Control-Allow-Origin": f"http://{request.url.host}:{self._port}"}

    async def _page(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE)

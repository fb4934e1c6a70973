"""`/healthz`, `/readyz` and `/metrics` of one process, on an address of its own that is nobody else's business.

`/healthz` says that the process lives, and asks nobody. `/readyz` is the list of checks, 200 or 503. `/metrics` is for
Prometheus. None of them carries a secret or a person's words; they are still not for the world.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, GCCollector, ProcessCollector, generate_latest

from bot.listening import listen
from bot.rate import Pace
from bot.seeing.counted import Counted
from bot.seeing.readiness import is_ready, readiness, redis
from bot.seeing.standing import Standing
from bot.settings import Settings
from bot.shared import Shared
from domain.figures import figures
from storage.gate import Gate

log = logging.getLogger(__name__)


@dataclass
class Metrics:
    """One process's registry: what it counts, and how the house stands."""

    shared: Shared | None = None
    paces: Mapping[int, Pace] = field(default_factory=dict)
    registry: CollectorRegistry = field(default_factory=lambda: CollectorRegistry(auto_describe=True))
    counted: Counted = field(init=False)
    standing: Standing = field(init=False)

    def __post_init__(self) -> None:
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.counted = Counted(self.registry)
        self.standing = Standing(self.shared, self.paces)
        self.registry.register(self.standing)

    async def scrape(self, gate: Gate, settings: Settings) -> bytes:
        """Everything, in Prometheus' text format."""
        known = None
        try:
            known = await gate.system("metrics").ask(figures)
        except Exception as error:
            log.warning("the metrics are without the database: %s", type(error).__name__)
        answers = (await redis(settings)).ok if settings.redis_url else None
        self.standing.figures, self.standing.redis = known, answers
        return generate_latest(self.registry)


@asynccontextmanager
async def serving(metrics: Metrics, gate: Gate, settings: Settings) -> AsyncIterator[None]:
    """Serves for as long as the block lasts; not at all without HOLDFAST_METRICS_PORT."""
    if settings.metrics_port is None:
        yield
        return

    async def healthz(request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(request: web.Request) -> web.Response:
        checks = await readiness(gate, settings)
        ready = is_ready(checks)
        told = {
            "ready": ready,
            "degraded": [check.name for check in checks if not check.ok and not check.vital],
            "checks": [asdict(check) for check in checks],
        }
        return web.json_response(told, status=200 if ready else 503)

    async def scrape(request: web.Request) -> web.Response:
        body = await metrics.scrape(gate, settings)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    application = web.Application()
    application.router.add_get("/healthz", healthz)
    application.router.add_get("/readyz", readyz)
    application.router.add_get("/metrics", scrape)
    runner = web.AppRunner(application, access_log=None)
    await listen(runner, settings.metrics_host, settings.metrics_port, "HOLDFAST_METRICS_PORT")
    try:
        yield
    finally:
        await runner.cleanup()

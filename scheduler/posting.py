"""Publishing: claim, permit, start, the call, record. Whatever happens in between, a post is sent at most once.

crash before `start`      nothing was sent; the lease runs out and the job is queued again
no permit                 its channel has had enough, or the house closes; the job is put back and nothing is counted
crash after `start`       it may have been sent; the lease runs out and the job is uncertain
`start` is refused        a switch or a pause came in between; the job is put back and nothing is counted
preparing raises          this job is put aside and counted; the others go on
the database is away      nothing more is sent; what was and was not is said when it is back, while the lease runs
the record is refused     the lease was taken away meanwhile; the job is uncertain already

Channels are served side by side, the posts of one channel one after the other. All permits are waited for before `start`, so
the call follows the last commit at once.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import ParamSpec, TypeVar

from domain import kill_switches, post_jobs
from domain.action import Switch
from domain.errors import Refused
from domain.ports import Do, Telegram
from domain.post_jobs import AttemptStatus, Duty, Sent
from scheduler.together import Together

log = logging.getLogger(__name__)

BATCH = 60
"""How many jobs are claimed at once: two seconds at the rate that Telegram allows, and so well inside a lease."""

INSIST = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Pauses, in seconds, after which what only this worker knows is said again; together well inside a lease."""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Round:
    """The jobs of one claim under one token; as many as come together share a commit."""

    do: Do
    telegram: Telegram
    token: str

    @cached_property
    def start(self) -> Together[int, None]:
        return Together(lambda jobs: self.do.each(post_jobs.start, jobs, self.token))

    @cached_property
    def record(self) -> Together[int, Sent]:
        return Together(lambda sent: self.do.each(post_jobs.record, sent, self.token, sent))

    async def put_back(self, duties: list[Duty], wait: timedelta = timedelta(0)) -> None:
        await _insisted(self.do.each, post_jobs.put_back, [duty.id for duty in duties], self.token, wait)

    async def in_order(self, duties: list[Duty]) -> int:
        """The jobs of one channel; answers how many of them it need not see again at once."""
        for done, duty in enumerate(duties):
            try:
                call = self.telegram.prepare(duty.chat_id, duty.content, silent=duty.silent)
            except Exception:
                log.exception("Worker error: job %s", duty.id, extra={"job": duty.id})
                await self.do.each(post_jobs.drop, [duty.id], self.token, "the worker failed to prepare it")
                continue
            wait = await self.telegram.permit(duty.chat_id)
            if wait is not None:
                await self.put_back(duties[done:], wait)
                return len(duties) if wait else done
            try:
                await self.start(duty.id, None)
            except Refused as refused:
                log.info("job %s is not published now: %s", duty.id, refused.refusal, extra={"job": duty.id})
                await self.put_back(duties[done:])
                return done
            except Exception:
                log.exception("Worker error: job %s could not be started", duty.id, extra={"job": duty.id})
                await self.put_back(duties[done:])
                raise
            await self.make(call, duty)
        return len(duties)

    async def make(self, call: Callable[[], Awaitable[Sent]], duty: Duty) -> None:
        """The call, and what came of it."""
        sent = await call()
        if sent.status != AttemptStatus.accepted:
            facts = {"job": duty.id, "chat": duty.chat_id}
            log.warning("Telegram send failed: job %s, %s: %s", duty.id, sent.status, sent.error, extra=facts)
        try:
            await _insisted(self.record, duty.id, sent)
        except Refused as late:
            facts = {"job": duty.id, "chat": duty.chat_id}
            log.error(
                "Worker error: the result of job %s came too late: %s, %s", duty.id, sent, late.refusal, extra=facts
            )
        if sent.unauthorized:
            why = "Telegram does not accept the bot's token (401)"
            await self.do(kill_switches.halt, [Switch.telegram_posting], why)


async def _insisted(ask: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
    """Asks again while the database is away: the worker alone knows what it has to say, and its lease runs on."""
    for pause in INSIST:
        try:
            return await ask(*args, **kwargs)
        except Refused:
            raise
        except Exception as error:
            log.warning("Worker error: asked again in %s s: %s", pause, type(error).__name__)
            await asyncio.sleep(pause)
    return await ask(*args, **kwargs)


async def publish_due(do: Do, telegram: Telegram) -> int:
    """Publishes what is due, oldest slot first; answers how many jobs it need not see again at once."""
    duties = await do(post_jobs.claim, BATCH)
    channels: dict[int, list[Duty]] = defaultdict(list)
    for duty in duties:
        channels[duty.chat_id].append(duty)
    if not duties:
        return 0
    now = Round(do, telegram, duties[0].token)
    came = await asyncio.gather(*(now.in_order(mine) for mine in channels.values()), return_exceptions=True)
    for error in came:
        if isinstance(error, BaseException):
            raise error
    return sum(done for done in came if isinstance(done, int))


async def pin_due(do: Do, telegram: Telegram) -> int:
    """Pins what was published with a pin."""
    posts = await do(post_jobs.claim_pins)
    results = {}
    for post in posts:
        results[post.id] = await telegram.pin(post.chat_id, post.message_id)
        if results[post.id].status != AttemptStatus.accepted:
            log.warning(
                "Telegram send failed: pin of job %s: %s", post.id, results[post.id].error, extra={"job": post.id}
            )
    if results:
        await do.each(post_jobs.pinned, results, results)
    return len(posts)


async def ask_late(do: Do, telegram: Telegram) -> int:
    """Asks advertisers about what has become late. Never gated."""
    return len(await do(post_jobs.ask_late))


async def ask_rights(do: Do, telegram: Telegram) -> int:
    """Tells publishers of what is due where the bot lost its rights. Never gated."""
    return len(await do(post_jobs.ask_rights))

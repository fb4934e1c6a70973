"""Publishing: claim, permit, start, the call, record. Whatever happens in between, a post is sent at most once.

crash before `start`      nothing was sent; the lease runs out and the job is queued again
no permit                 its channel has had enough, or the house closes; the job is put back and nothing is counted
claimed, and may not be   a stop came while it was being claimed; it is put back and nothing is counted
crash after `start`       it may have been sent; the lease runs out and the job is uncertain
`start` is refused        a switch or a pause came in between; the job is put back and nothing is counted
preparing raises          this job is put aside and counted; the others go on
preparing kills           every lease of this worker runs out; only a job that was claimed alone, and last, has lost it alone
the database is away      nothing more is sent; what was and was not is said when it is back, while the lease runs
its number is another's   somebody said so of a job that was uncertain: this one is so now, and a person decides
the record is refused     the lease was taken away meanwhile; the job is uncertain already

Channels are served side by side, the posts of one channel one after the other, and the next jobs are claimed while the last ones
still go out: the rate that Telegram allows is never left idle for a commit. A permit is waited for before `start`, and names a
moment not far off, so that the call follows the last commit at once. Each bot has a worker of its own: none waits for another's
limits. What is claimed is prepared before anything else is claimed, and the next claim says that this did no harm.
"""

import asyncio
import logging
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import ParamSpec, TypeVar

from domain import heartbeats, kill_switches, post_jobs
from domain.action import Switch
from domain.errors import Refused
from domain.ports import Do, Publisher, Telegram, bot_of
from domain.post_jobs import AttemptStatus, Duty, Sent
from scheduler.together import Together

log = logging.getLogger(__name__)

BATCH = 60
"""How many jobs are claimed at once: two seconds at the rate that Telegram allows, and so well inside a lease."""
FEW = 30
"""With so few channels in line for a permit the next jobs are claimed: enough for a second."""
LINGER = 0.12
"""So many seconds a start waits for others while channels are in line: well within the time by which permits are given ahead."""
MOST = 240
"""So many jobs are in hand at most, however many of them hang."""
BEAT_SECONDS = 30.0
"""As often it says that it is at work."""
LOOK_AGAIN = 0.3
"""So many seconds after nothing was due it is asked again while calls are under way: nobody waits for one that hangs."""
AFTER_STOP = 3.0
"""So many seconds after a bot could not publish at once it tries again, while the others go on."""

INSIST = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Pauses, in seconds, after which what only this worker knows is said again; together well inside a lease."""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Round:
    """The jobs of one claim under one token; as many as come together share a commit."""

    do: Do
    token: str
    linger: Callable[[], float]

    @cached_property
    def start(self) -> Together[int, None]:
        return Together(lambda jobs: self.do.each(post_jobs.start, jobs, self.token), self.linger)

    @cached_property
    def record(self) -> Together[int, Sent]:
        return Together(lambda sent: self.do.each(post_jobs.record, sent, self.token, sent))


@dataclass(frozen=True)
class Post:
    """A claimed job, prepared: what is left is to wait, to start and to call."""

    round: Round
    duty: Duty
    call: Callable[[], Awaitable[Sent]]


@dataclass
class Claims:
    """The claims of one process, one at a time, whichever bot they are for."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    harmless: Duty | None = None
    """What was claimed alone and has been prepared; the next claim says so."""


@dataclass
class Worker:
    """What one worker has in hand, for one bot: the jobs of each channel, in their order."""

    do: Do
    bot: Publisher
    courier: int | None = None
    """Its bot's number; None is the main bot."""
    claims: Claims = field(default_factory=Claims)
    channels: dict[int, deque[Post]] = field(default_factory=lambda: defaultdict(deque))
    in_line: set[int] = field(default_factory=set)
    """The channels that wait for a permit."""
    done: int = 0
    """How many jobs it need not see again at once."""
    stopped: bool = False
    """What is put back at once would be claimed again at once: it claims nothing more."""
    errors: list[Exception] = field(default_factory=list)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self, posts: list[Post]) -> None:
        """Publishes these, and what is due by then, until nothing is. Whatever fails is in `errors`; the others go on."""
        beaten = time.monotonic()
        async with asyncio.TaskGroup() as channels:
            try:
                while self._goes_on():
                    self._take(posts, channels)
                    if not self.channels:
                        return
                    await self._until_few(None if posts else LOOK_AGAIN)
                    if time.monotonic() - beaten > BEAT_SECONDS:
                        beaten = time.monotonic()
                        await self.do(heartbeats.beat, "posting", "ok")
                    posts = await self.claimed()
            except Refused as refused:
                log.info("nothing more is claimed: %s", refused.refusal)
            except Exception as error:
                self.errors.append(error)

    async def claimed(self) -> list[Post]:
        """What is due, claimed and prepared. What cannot be prepared is put aside; all of it is put back after a stop."""
        if not self._goes_on():
            return []
        async with self.claims.turn:
            duties = await self.do(post_jobs.claim, BATCH, self.courier, self.claims.harmless)
            now = Round(self.do, duties[0].token if duties else "", lambda: LINGER if self.in_line else 0.0)
            posts = [post for duty in duties if (post := self._prepared(now, duty))]
            self.claims.harmless = duties[0] if len(duties) == 1 else None
        good = [post.duty.id for post in posts]
        if spoilt := [duty.id for duty in duties if duty.id not in good]:
            await _insisted(self.do.each, post_jobs.drop, spoilt, now.token, "the worker failed to prepare it")
            self.done += len(spoilt)
        if good and not self._goes_on():
            await _insisted(self.do.each, post_jobs.put_back, good, now.token)
            return []
        return posts

    def _prepared(self, now: Round, duty: Duty) -> Post | None:
        try:
            return Post(now, duty, self.bot.prepare(duty.chat_id, duty.content, silent=duty.silent))
        except Exception:
            log.exception("Worker error: job %s", duty.id, extra={"job": duty.id})
            return None

    def _take(self, posts: list[Post], channels: asyncio.TaskGroup) -> None:
        """What was claimed at once."""
        for post in posts:
            chat_id = post.duty.chat_id
            if chat_id not in self.channels:
                self.in_line.add(chat_id)
                channels.create_task(self._serve(chat_id))
            self.channels[chat_id].append(post)

    async def _until_few(self, seconds: float | None) -> None:
        """Until it has room for more jobs; at the latest after so many seconds, or when nothing is left."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.channels and (seconds or self._is_full):
                    self._moved.clear()
                    await self._moved.wait()

    def _goes_on(self) -> bool:
        return not self.stopped and not self.errors

    @property
    def _is_full(self) -> bool:
        return self._goes_on() and (len(self.in_line) >= FEW or sum(map(len, self.channels.values())) + BATCH > MOST)

    async def _serve(self, chat_id: int) -> None:
        """The jobs of one channel, until none is left."""
        mine = self.channels[chat_id]
        try:
            while mine:
                await self._publish(mine)
        except Exception as error:
            self.errors.append(error)
        finally:
            del self.channels[chat_id]
            self._out_of_line(chat_id)

    def _out_of_line(self, chat_id: int) -> None:
        self.in_line.discard(chat_id)
        self._moved.set()

    async def _publish(self, mine: deque[Post]) -> None:
        """The first of a channel's jobs; puts all of them back where it may not be now."""
        duty = mine[0].duty
        self.in_line.add(duty.chat_id)
        wait = await self.bot.permit(duty.chat_id)
        self._out_of_line(duty.chat_id)
        if wait is not None:
            await self._put_back(mine, wait)
            return
        try:
            await mine[0].round.start(duty.id, None)
        except Refused as refused:
            log.info("job %s is not published now: %s", duty.id, refused.refusal, extra={"job": duty.id})
            await self._put_back(mine)
            return
        except Exception:
            log.exception("Worker error: job %s could not be started", duty.id, extra={"job": duty.id})
            await self._put_back(mine)
            raise
        await self._make(mine[0])
        mine.popleft()
        self.done += 1

    async def _put_back(self, mine: deque[Post], wait: timedelta = timedelta(0)) -> None:
        """Nothing of this channel is sent now."""
        tokens: dict[str, list[int]] = defaultdict(list)
        for post in mine:
            tokens[post.round.token].append(post.duty.id)
        self.stopped |= not wait
        self.done += len(mine) if wait else 0
        mine.clear()
        for token, ids in tokens.items():
            await _insisted(self.do.each, post_jobs.put_back, ids, token, wait)

    async def _make(self, post: Post) -> None:
        """The call, and what came of it."""
        duty, sent = post.duty, await post.call()
        if sent.status != AttemptStatus.accepted:
            facts = {"job": duty.id, "chat": duty.chat_id}
            log.warning("Telegram send failed: job %s, %s: %s", duty.id, sent.status, sent.error, extra=facts)
        try:
            await _insisted(post.round.record, duty.id, sent)
        except Refused as late:
            facts = {"job": duty.id, "chat": duty.chat_id}
            log.error(
                "Worker error: the result of job %s came too late: %s, %s", duty.id, sent, late.refusal, extra=facts
            )
        if sent.unauthorized:
            whose = "the bot's token" if self.courier is None else f"the token of the courier {self.courier}"
            await self.do(kill_switches.halt, [Switch.telegram_posting], f"Telegram does not accept {whose} (401)")


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
    """Publishes what is due, oldest slot first, until nothing is; answers how many jobs it need not see again at once."""
    if telegram.couriers:
        return await _side_by_side(do, telegram)
    worker = Worker(do, telegram)
    if posts := await worker.claimed():
        await worker.work(posts)
    for error in worker.errors:
        raise error
    return worker.done


async def _side_by_side(do: Do, telegram: Telegram) -> int:
    """The same with several bots. While one has something to do the others ask again, so that nothing due waits for its end."""
    bots = (None, *telegram.couriers)
    working: dict[int | None, Worker] = {}
    claims, nobody, errors, done = Claims(), asyncio.Event(), list[Exception](), 0

    async def turn(courier: int | None) -> float:
        """One bot's jobs, until none is due; answers in how many seconds it asks again."""
        nonlocal done
        working[courier] = worker = Worker(do, bot_of(telegram, courier), courier, claims)
        try:
            if posts := await worker.claimed():
                await worker.work(posts)
        except Exception as error:
            worker.errors.append(error)
        del working[courier]
        done += worker.done
        errors.extend(worker.errors)
        for other in working.values():
            other.stopped |= bool(errors)
        if errors or not working:
            nobody.set()
        return AFTER_STOP if worker.stopped else LOOK_AGAIN

    async def serve(courier: int | None) -> None:
        while not nobody.is_set():
            again = await turn(courier)
            with suppress(TimeoutError):
                async with asyncio.timeout(again):
                    await nobody.wait()

    await asyncio.gather(*map(serve, bots))
    for error in errors:
        raise error
    return done


async def pin_due(do: Do, telegram: Telegram) -> int:
    """Pins what was published with a pin."""
    posts = await do(post_jobs.claim_pins)
    results = {}
    for post in posts:
        results[post.id] = await bot_of(telegram, post.bot_id).pin(post.chat_id, post.message_id)
        if results[post.id].status != AttemptStatus.accepted:
            log.warning(
                "Telegram send failed: pin of job %s: %s", post.id, results[post.id].error, extra={"job": post.id}
            )
    if results:
        await do.each(post_jobs.pinned, results, results)
    return len(posts)

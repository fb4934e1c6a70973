"""Publishing: claim, start, the call, record. Whatever happens in between, a post is sent at most once.

crash before `start`      nothing was sent; the lease runs out and the job is queued again
crash after `start`       it may have been sent; the lease runs out and the job is uncertain
`start` is refused        a switch or a pause came in between; the job is put back and nothing is counted
preparing raises          this job is put aside and counted; the others go on
the record is refused     the lease was taken away meanwhile; the job is uncertain already
"""

import logging

from domain import kill_switches, post_jobs
from domain.action import Switch
from domain.errors import Refused
from domain.ports import Do, Telegram
from domain.post_jobs import AttemptStatus, Duty, Sent

log = logging.getLogger(__name__)

BATCH = 20
"""How many jobs are claimed at once: all of them fit into one lease at the rate that Telegram allows."""


async def publish_due(do: Do, telegram: Telegram) -> int:
    """Publishes what is due, oldest slot first; answers how many jobs were handled."""
    duties = await do(post_jobs.claim, BATCH)
    for done, duty in enumerate(duties):
        try:
            await _publish(do, telegram, duty)
        except Refused as refused:
            log.info("job %s is not published now: %s", duty.id, refused.refusal)
            left = [later.id for later in duties[done:]]
            await do.each(post_jobs.put_back, left, duty.token)
            return done
        except Exception:
            log.exception("Worker error: job %s", duty.id)
            await do.each(post_jobs.drop, [duty.id], duty.token, "the worker failed to prepare it")
    return len(duties)


async def _publish(do: Do, telegram: Telegram, duty: Duty) -> None:
    call = telegram.prepare(duty.chat_id, duty.content, silent=duty.silent)
    await do(post_jobs.start, duty.id, duty.token)
    sent = await call()
    if sent.status != AttemptStatus.accepted:
        log.warning("Telegram send failed: job %s, %s: %s", duty.id, sent.status, sent.error)
    await _record(do, duty, sent)
    if sent.unauthorized:
        await do(kill_switches.halt, [Switch.telegram_posting], "Telegram does not accept the bot's token (401)")


async def _record(do: Do, duty: Duty, sent: Sent) -> None:
    came = await do.each(post_jobs.record, [duty.id], duty.token, {duty.id: sent})
    for job, refusal in came.refused().items():
        log.error("Worker error: the result of job %s came too late: %s, %s", job, sent, refusal)


async def pin_due(do: Do, telegram: Telegram) -> int:
    """Pins what was published with a pin."""
    posts = await do(post_jobs.claim_pins)
    results = {}
    for post in posts:
        results[post.id] = await telegram.pin(post.chat_id, post.message_id)
        if results[post.id].status != AttemptStatus.accepted:
            log.warning("Telegram send failed: pin of job %s: %s", post.id, results[post.id].error)
    if results:
        await do.each(post_jobs.pinned, results, results)
    return len(posts)


async def ask_late(do: Do, telegram: Telegram) -> int:
    """Asks advertisers about what has become late. Never gated."""
    return len(await do(post_jobs.ask_late))


async def ask_rights(do: Do, telegram: Telegram) -> int:
    """Tells publishers of what is due where the bot lost its rights. Never gated."""
    return len(await do(post_jobs.ask_rights))

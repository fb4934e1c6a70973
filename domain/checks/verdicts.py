"""A person's verdict: what the looks could not tell, decided with evidence that others can check. It is a check too."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from domain import countersigns, flow, post_jobs
from domain.action import ADMINS, SYSTEM, Act, action
from domain.base import table
from domain.campaigns import CampaignTarget, Content, Creative
from domain.checks.alterations import marks
from domain.checks.ending import LOCK_ESCROWS, LOCK_JOBS, NEXT, SIDES, remove
from domain.checks.row import WRITE, Verdict
from domain.errors import NotFound, Refusal, Refused, WrongState
from domain.escrow import Status as EscrowStatus
from domain.post_jobs import FLOW, Failure, PostJob
from domain.post_jobs import Status as JobStatus
from domain.post_jobs.ending import FAIL


@dataclass(frozen=True)
class NoEvidence(Refusal):
    """A verdict needs a reason that others can check, and *success* the number of the message."""


cr, ct = table(Creative), table(CampaignTarget)

DISPUTED = "disputed"
BOUGHT = select(cr.c.content).join(ct, ct.c.creative_id == cr.c.id).where(ct.c.id == bindparam("id"))
SUCCESS = flow.move(
    PostJob,
    JobStatus.success,
    FLOW,
    chat_id=bindparam("chat"),
    message_id=bindparam("message"),
    message_ids=bindparam("messages"),
    published_at=bindparam("published"),
    pin_due_at=post_jobs.PIN_DUE,
    next_look_at=bindparam("look"),
    confirm_at=bindparam("confirm"),
    served_at=bindparam("served"),
    next_search_at=None,
    last_error=None,
)


MAY_FOLLOW = {
    JobStatus.success: (JobStatus.uncertain,),
    JobStatus.failed: (JobStatus.uncertain,),
    JobStatus.removed: (JobStatus.success,),
}


@action("post_jobs.verdict", roles=ADMINS | SYSTEM, gates=())
def verdict(
    act: Act,
    job_id: int,
    to: JobStatus,
    evidence: str,
    message_id: int | None = None,
    countersign: int | None = None,
) -> JobStatus:
    """A person's decision about a job, with evidence that others can check. The money follows by itself.

    An uncertain one was published (as which message; an album by its first) or was not; a published one is gone, or, where the
    looks could not tell and gave up, was served. *Removed* gives all of the price back, whatever the offer says. Asked again,
    the same answer; what the flow forbids is refused. Above the terms' limit it needs a countersign. While a dispute is open,
    what it is about is decided there.
    """
    evidence = evidence.strip()
    if not evidence:
        raise Refused(NoEvidence())
    job = act.conn.execute(LOCK_JOBS, {"ids": [job_id]}).one_or_none()
    held = act.conn.execute(LOCK_ESCROWS, {"ids": [job_id]}).one_or_none()
    if job is None or held is None:
        raise Refused(NotFound("post_jobs"))
    blind = job.status == JobStatus.success and job.served_at is None and job.next_look_at is None
    if job.status == to and not blind:
        return to
    if not (blind and to == JobStatus.success) and job.status not in MAY_FOLLOW.get(to, ()):
        raise Refused(WrongState("post_jobs", job.status))
    if held.status != EscrowStatus.held:
        raise Refused(WrongState("escrow", held.status))
    if job.disputed_at is not None:
        raise Refused(WrongState("post_jobs", DISPUTED))
    if to == JobStatus.success and not blind and message_id is None:
        raise Refused(NoEvidence())
    if held.amount > act.terms.verdict_limit:
        given = {"job_id": job_id, "to": str(to), "evidence": evidence, "message_id": message_id}
        countersigns.require(act, given, countersign)
    if to == JobStatus.removed:
        remove(act, [job_id], evidence)
        saw = Verdict.gone
    elif to == JobStatus.failed:
        act.conn.execute(FAIL, {"ids": [job_id], "failure": Failure.verdict, "why": evidence, "now": act.now})
        saw = Verdict.gone
    elif blind:
        act.conn.execute(NEXT, {"job": job_id, "look": None, "served": act.now} | marks(job, (), act.now))
        saw = Verdict.up
    else:
        assert message_id is not None
        side = act.conn.execute(SIDES, {"ids": [job_id]}).one()
        content = Content.from_json(act.conn.execute(BOUGHT, {"id": job_id}).scalar_one())
        post = {"chat": side.chat_id, "message": message_id, "messages": list(content.numbers(message_id))}
        act.conn.execute(SUCCESS, {"ids": [job_id]} | post | post_jobs.published(act, side.hours))
        saw = Verdict.up
    look = {"post_job_id": job_id, "verdict": saw, "evidence": evidence, "actor": act.actor.name, "at": act.now}
    act.conn.execute(WRITE, [look])
    act.record("post_jobs", job_id, status=to, evidence=evidence, message=message_id)
    return to

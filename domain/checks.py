"""A check is one look at whether a post is still up. Only what was seen moves anything; what could not be seen is `unknown`.

Two looks that agree, some minutes apart, make a post *gone*, and only while its money is still held. The confirming look
after the end, late enough for Telegram's caches, makes its time *served*. Looks that cannot tell are repeated after 5, 15,
45 and 120 minutes; then a person decides, with a verdict, which is a check too and carries its evidence.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, bindparam, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from domain import countersigns, flow, notices, post_jobs
from domain.action import ADMINS, SYSTEM, Act, Asked, Look, Outcomes, action, in_order, query, set_action
from domain.base import Base, Member, one_of, table
from domain.campaigns import Campaign, CampaignTarget, Content, Creative
from domain.channels import Channel
from domain.errors import NotFound, Refusal, Refused, WrongState
from domain.escrow import Escrow
from domain.escrow import Status as EscrowStatus
from domain.post_jobs import FLOW, Failure, PostJob
from domain.post_jobs import Status as JobStatus
from domain.post_jobs.ending import FAIL


class Verdict(StrEnum):
    up = "up"
    """It is there, as it was published."""
    gone = "gone"
    """It is not there."""
    unknown = "unknown"
    """Nobody could see: an outage, a lost right. Moves nothing."""


class PostCheck(Base):
    __tablename__ = "post_checks"
    __table_args__ = (
        one_of("verdict", Verdict),
        Index("ix_post_checks_post_job_id", "post_job_id", "id"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_job_id: Mapped[int] = mapped_column(ForeignKey("post_jobs.id"))
    verdict: Mapped[Verdict] = mapped_column(Member(Verdict))
    evidence: Mapped[str | None]
    actor: Mapped[str]
    at: Mapped[datetime]


@dataclass(frozen=True)
class ToLook:
    """A post to look at."""

    id: int
    chat_id: int
    message_id: int
    content: Content


@dataclass(frozen=True)
class Seen:
    """What a look saw, and the words of whoever looked."""

    verdict: Verdict
    evidence: str | None = None


@dataclass(frozen=True)
class NoEvidence(Refusal):
    """A verdict needs a reason that others can check, and *success* the number of the message."""


c, cp, cr, ct = (table(row) for row in (Channel, Campaign, Creative, CampaignTarget))
j, es, k = (table(row) for row in (PostJob, Escrow, PostCheck))

LOCK_JOBS = (
    select(j.c.id, j.c.status, j.c.next_look_at, j.c.confirm_at, j.c.served_at)
    .where(j.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(j.c.id)
    .with_for_update()
)
LOCK_ESCROWS = (
    select(es.c.id, es.c.status, es.c.amount)
    .where(es.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(es.c.id)
    .with_for_update()
)
WRITE = insert(k)
NEXT = update(j).where(j.c.id == bindparam("job")).values(next_look_at=bindparam("look"), served_at=bindparam("served"))
REMOVED = flow.move(
    PostJob,
    JobStatus.removed,
    FLOW,
    ended_at=bindparam("now"),
    next_look_at=None,
    served_at=None,
    last_error=bindparam("why"),
)
RECENT = (
    select(
        k.c.post_job_id,
        k.c.verdict,
        func.row_number().over(partition_by=k.c.post_job_id, order_by=k.c.id.desc()).label("n"),
    )
    .where(k.c.post_job_id.in_(bindparam("ids", expanding=True)))
    .subquery()
)
LATEST = select(RECENT).where(RECENT.c.n <= bindparam("most")).order_by(RECENT.c.post_job_id, RECENT.c.n)
SIDES = (
    select(ct.c.id, c.c.title, c.c.chat_id, ct.c.hours, ct.c.publisher_id, cp.c.advertiser_id)
    .join(c, c.c.id == ct.c.channel_id)
    .join(cp, cp.c.id == ct.c.campaign_id)
    .where(ct.c.id.in_(bindparam("ids", expanding=True)))
)


@set_action("checks.record", roles=SYSTEM, gates=())
def record(act: Act, asked: Asked[int], seen: dict[int, Seen]) -> Outcomes[int, JobStatus]:
    """What the looks saw; answers what the jobs are now. A job that is not due for a look any more is left alone."""
    ids = in_order(asked)
    jobs = {row.id: row for row in act.conn.execute(LOCK_JOBS, {"ids": ids})}
    escrows = {row.id: row for row in act.conn.execute(LOCK_ESCROWS, {"ids": ids})}
    before: dict[int, list[Verdict]] = {i: [] for i in ids}
    for row in act.conn.execute(LATEST, {"ids": ids, "most": len(act.terms.look_again)}):
        before[row.post_job_id].append(Verdict(row.verdict))
    came: Outcomes[int, JobStatus] = Outcomes()
    looks, plans, gone = [], [], []
    for i in ids:
        job = jobs.get(i)
        if job is None:
            came[i] = NotFound("post_jobs")
            continue
        came[i] = JobStatus(job.status)
        if job.status != JobStatus.success or job.next_look_at is None or job.next_look_at > act.now:
            continue
        saw = seen[i]
        looks.append(
            {"post_job_id": i, "verdict": saw.verdict, "evidence": saw.evidence, "actor": act.actor.name, "at": act.now}
        )
        act.record("post_jobs", i, verdict=saw.verdict, evidence=saw.evidence)
        if saw.verdict == Verdict.gone and before[i][:1] == [Verdict.gone] and escrows[i].status == EscrowStatus.held:
            gone.append(i)
            came[i] = JobStatus.removed
        else:
            look, served = plan(act, job, saw.verdict, before[i])
            plans.append({"job": i, "look": look, "served": served})
    if looks:
        act.conn.execute(WRITE, looks)
    if plans:
        act.conn.execute(NEXT, plans)
    if gone:
        _remove(act, gone, "two looks found it gone")
    return came


def plan(act: Act, job: Any, verdict: Verdict, before: list[Verdict]) -> tuple[datetime | None, datetime | None]:
    """When to look again, and whether the time is served by this look (else None)."""
    if verdict == Verdict.up:
        return (None, act.now) if act.now >= job.confirm_at else (job.confirm_at, None)
    if verdict == Verdict.gone:
        return act.now + act.terms.second_look, None
    blind = 0
    while blind < len(before) and before[blind] == Verdict.unknown:
        blind += 1
    return (act.now + act.terms.look_again[blind] if blind < len(act.terms.look_again) else None), None


def _remove(act: Act, ids: list[int], why: str) -> None:
    removed = act.conn.execute(REMOVED, {"ids": ids, "now": act.now, "why": why})
    assert removed.rowcount == len(ids)
    notices.owe_both(act, "removed", act.conn.execute(SIDES, {"ids": ids}).all(), {})
    for i in ids:
        act.record("post_jobs", i, status=JobStatus.removed, why=why)


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

    An uncertain one was published (as which message) or was not; a published one is gone, or, where the looks could not
    tell and gave up, was served. Asked again, the same answer; what the flow forbids is refused. Above the terms' limit it
    needs a countersign.
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
    if to == JobStatus.success and not blind and message_id is None:
        raise Refused(NoEvidence())
    if held.amount > act.terms.verdict_limit:
        given = {"job_id": job_id, "to": str(to), "evidence": evidence, "message_id": message_id}
        countersigns.require(act, given, countersign)
    if to == JobStatus.removed:
        _remove(act, [job_id], evidence)
        saw = Verdict.gone
    elif to == JobStatus.failed:
        act.conn.execute(FAIL, {"ids": [job_id], "failure": Failure.verdict, "why": evidence, "now": act.now})
        saw = Verdict.gone
    elif blind:
        act.conn.execute(NEXT, {"job": job_id, "look": None, "served": act.now})
        saw = Verdict.up
    else:
        side = act.conn.execute(SIDES, {"ids": [job_id]}).one()
        times = post_jobs.published(act, side.hours)
        act.conn.execute(
            SUCCESS, {"ids": [job_id], "chat": side.chat_id, "message": message_id, "messages": [message_id], **times}
        )
        saw = Verdict.up
    look = {"post_job_id": job_id, "verdict": saw, "evidence": evidence, "actor": act.actor.name, "at": act.now}
    act.conn.execute(WRITE, [look])
    act.record("post_jobs", job_id, status=to, evidence=evidence, message=message_id)
    return to


DUE = (
    select(j.c.id, j.c.chat_id, j.c.message_id, cr.c.content)
    .join(ct, ct.c.id == j.c.campaign_target_id)
    .join(cr, cr.c.id == ct.c.creative_id)
    .where(j.c.status == JobStatus.success, j.c.next_look_at <= bindparam("now"))
    .order_by(j.c.next_look_at, j.c.id)
    .limit(bindparam("most"))
)


@query(roles=SYSTEM)
def due(look: Look, most: int = 50) -> list[ToLook]:
    """The posts to look at now, the longest due first."""
    rows = look.conn.execute(DUE, {"now": look.now, "most": most})
    return [ToLook(row.id, row.chat_id, row.message_id, Content.from_json(row.content)) for row in rows]

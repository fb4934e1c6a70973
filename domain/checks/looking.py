"""Looks that were made: what each means for its job, and when the next one is due.

A look is of the moment it began, so one that comes back late confirms nothing that it did not see, and two that ran at the same
time are one. Only the first to be recorded counts; the job is not due for the second any more.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from domain import notices, post_jobs
from domain.action import ANYONE, STAFF, SYSTEM, Act, Asked, Look, Outcomes, in_order, query, set_action
from domain.base import table
from domain.campaigns import Campaign, CampaignTarget, Content, Creative
from domain.channels import ChannelManager
from domain.channels import Status as ChannelStatus
from domain.checks.alterations import altered_in, as_published, marks, restore_by
from domain.checks.ending import LOCK_ESCROWS, LOCK_JOBS, NEXT, SIDES, Loss, cut_short
from domain.checks.row import WRITE, Seen, ToLook, Verdict, k
from domain.errors import NotFound
from domain.escrow import Status as EscrowStatus
from domain.post_jobs import PostJob
from domain.post_jobs import Status as JobStatus

cp, cr, ct, j, m = (table(row) for row in (Campaign, Creative, CampaignTarget, PostJob, ChannelManager))

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


@set_action("checks.record", roles=SYSTEM, gates=())
def record(act: Act, asked: Asked[int], seen: dict[int, Seen]) -> Outcomes[int, JobStatus]:
    """What the looks saw; answers what the jobs are now. A job that was not due when its look began is left alone."""
    ids = in_order(asked)
    jobs = {row.id: row for row in act.conn.execute(LOCK_JOBS, {"ids": ids})}
    escrows = {row.id: row for row in act.conn.execute(LOCK_ESCROWS, {"ids": ids})}
    sides = {row.id: row for row in act.conn.execute(SIDES, {"ids": ids})}
    before: dict[int, list[Verdict]] = {i: [] for i in ids}
    for row in act.conn.execute(LATEST, {"ids": ids, "most": len(act.terms.look_again)}):
        before[row.post_job_id].append(Verdict(row.verdict))
    came: Outcomes[int, JobStatus] = Outcomes()
    looks, plans, losses, told, unseen = [], [], [], [], []
    for i in ids:
        job = jobs.get(i)
        if job is None:
            came[i] = NotFound("post_jobs")
            continue
        came[i] = JobStatus(job.status)
        saw, side = seen[i], sides[i]
        at = min(saw.since or act.now, act.now)
        if job.status != JobStatus.success or job.next_look_at is None or job.next_look_at > at:
            continue
        verdict, altered = judge(job, side, saw)
        looks.append(
            {"post_job_id": i, "verdict": verdict, "evidence": saw.evidence, "actor": act.actor.name, "at": at}
        )
        act.record("post_jobs", i, verdict=verdict, evidence=saw.evidence)
        why = loss(act, job, verdict, before[i], at) if escrows[i].status == EscrowStatus.held else None
        if why:
            losses.append(Loss(job, escrows[i], side, why))
            continue
        plans.append(next_plan := plan(act, job, side, verdict, altered, before[i], at))
        if next_plan["look"] is None and next_plan["served"] is None:
            unseen.append((i, {"channel": side.title}))
        if (notice := news(job, verdict)) is not None:
            facts = {"channel": side.title, "until": restore_by(act.terms, job, at).isoformat()}
            told += [(user, notice, i, facts) for user in (side.advertiser_id, side.publisher_id)]
    if looks:
        act.conn.execute(WRITE, looks)
    if plans:
        act.conn.execute(NEXT, plans)
        notices.owe(act, told)
        notices.owe_admins_each(act, "unseen", unseen)
    if losses:
        came |= cut_short(act, losses)
    return came


def judge(job: Any, side: Any, saw: Seen) -> tuple[Verdict, frozenset[int]]:
    """What a look says, beside what is known, and which messages are altered after it.

    Without its rights the bot sees nothing that counts against anybody. A change that Telegram told of stays until that very
    message was read again, or Telegram tells of its repair.
    """
    known = altered_in(job)
    if side.channel == ChannelStatus.lost and saw.verdict != Verdict.up:
        return Verdict.unknown, known
    if saw.verdict in (Verdict.gone, Verdict.unknown):
        return saw.verdict, known
    found = saw.altered or (job.message_ids if saw.verdict == Verdict.changed else ())
    altered = (known - saw.same).union(found)
    return (Verdict.changed if altered else Verdict.up), altered


def loss(act: Act, job: Any, verdict: Verdict, before: list[Verdict], at: datetime) -> str | None:
    """Why this look ends the job before its time, if it does."""
    if verdict == Verdict.gone and before[:1] == [Verdict.gone]:
        return "two looks found it gone"
    if verdict == Verdict.changed and job.changed_at is not None and at >= restore_by(act.terms, job, job.changed_at):
        return "it was changed, and not restored in time"
    return None


def plan(
    act: Act, job: Any, side: Any, verdict: Verdict, altered: frozenset[int], before: list[Verdict], at: datetime
) -> dict[str, Any]:
    """When to look again, what is altered since when, and whether this look has seen its time served."""
    terms, served = act.terms, None
    look: datetime | None
    if verdict == Verdict.up:
        look = post_jobs.next_look(terms, job.published_at, side.hours, job.next_look_at, at)
        served = act.now if look is None else None
    elif verdict == Verdict.changed:
        look = restore_by(terms, job, job.changed_at or at)
    elif verdict == Verdict.gone:
        look = at + terms.second_look
    else:
        blind = 0
        while blind < len(before) and before[blind] == Verdict.unknown:
            blind += 1
        look = at + terms.look_again[blind] if blind < len(terms.look_again) else None
    return {"job": job.id, "look": look, "served": served} | marks(job, altered, at)


def news(job: Any, verdict: Verdict) -> str | None:
    """What both sides are told of a look: the notice's kind, if any."""
    if verdict == Verdict.changed and job.changed_at is None:
        return "changed"
    return "restored" if verdict == Verdict.up and job.changed_at is not None else None


DUE = (
    select(
        j.c.id,
        j.c.chat_id,
        j.c.message_ids,
        j.c.fingerprints,
        j.c.published_at,
        j.c.changed_at,
        j.c.altered,
        j.c.bot_id,
        ct.c.hours,
        cr.c.content,
    )
    .join(ct, ct.c.id == j.c.campaign_target_id)
    .join(cr, cr.c.id == ct.c.creative_id)
    .where(j.c.status == JobStatus.success, j.c.next_look_at <= bindparam("now"))
    .order_by(j.c.next_look_at, j.c.id)
    .limit(bindparam("most"))
)


@query(roles=SYSTEM)
def due(look: Look, most: int = 50) -> list[ToLook]:
    """The posts to look at now, the longest due first. Their content is read too from the end of the paid time on."""
    found = []
    for row in look.conn.execute(DUE, {"now": look.now, "most": most}):
        content = Content.from_json(row.content)
        found.append(
            ToLook(
                id=row.id,
                chat_id=row.chat_id,
                message_ids=tuple(row.message_ids),
                content=content,
                fingerprints=as_published(row, content),
                since=look.now,
                closely=row.changed_at is not None or look.now >= post_jobs.end_of(row.published_at, row.hours),
                altered=altered_in(row),
                bot_id=row.bot_id,
            )
        )
    return found


TIMELINE = (
    select(k.c.verdict, k.c.at)
    .join(ct, ct.c.id == k.c.post_job_id)
    .join(cp, cp.c.id == ct.c.campaign_id)
    .where(k.c.post_job_id == bindparam("job"))
    .order_by(k.c.at.desc(), k.c.id.desc())
    .limit(bindparam("most"))
)


@query(roles=ANYONE | STAFF | SYSTEM)
def timeline(look: Look, job_id: int, most: int = 12) -> list[tuple[Verdict, datetime]]:
    """The newest looks at a post, in their order; for its advertiser, the channel's managers and staff."""
    mine = TIMELINE
    if not look.actor.roles & (STAFF | SYSTEM):
        managed = select(m.c.channel_id).where(m.c.user_id == look.actor.user_id)
        mine = mine.where(or_(cp.c.advertiser_id == look.actor.user_id, ct.c.channel_id.in_(managed)))
    rows = look.conn.execute(mine, {"job": job_id, "most": most}).all()
    return [(row.verdict, row.at) for row in reversed(rows)]

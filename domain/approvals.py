"""The publisher's word on a placement, and what ends it: approve, decline, expire, cancel.

Only a manager of that very channel may answer, once, in time, and about the version they saw; whoever has not is reminded.
Whatever is not an approval ends the job with that reason, in the same transaction; the settlement then gives the money back.
Ending a job is never gated. Other terms are `proposals`; every answer withdraws the one that is open.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from domain import flow, notices, post_jobs, proposals
from domain.action import ANYONE, PEOPLE, STAFF, SYSTEM, Act, Look, action, query
from domain.base import is_one, table
from domain.campaigns import (
    APPROVAL_FLOW,
    SIDES,
    AnswerTooLate,
    Approval,
    CampaignTarget,
    Changed,
    ChannelBlocked,
)
from domain.channels import Channel, ChannelManager
from domain.errors import NotFound, Refusal, Refused, WrongState
from domain.post_jobs import Failure, PostJob

MOST_REASON = 300


@dataclass(frozen=True)
class ReasonTooLong(Refusal):
    """A reason longer than people read."""

    most: int


c, m, ct, j = table(Channel), table(ChannelManager), table(CampaignTarget), table(PostJob)

LOCK_TARGETS = select(ct).where(ct.c.id.in_(bindparam("ids", expanding=True))).order_by(ct.c.id).with_for_update()
LOCK_JOBS = select(j).where(j.c.id.in_(bindparam("ids", expanding=True))).order_by(j.c.id).with_for_update()
DECIDE = {
    to: flow.move(
        CampaignTarget,
        to,
        APPROVAL_FLOW,
        column="approval",
        decided_at=bindparam("now"),
        decline_reason=bindparam("reason"),
        version=ct.c.version + 1,
    )
    for to in (Approval.approved, Approval.declined, Approval.expired, Approval.cancelled)
}
SCHEDULE = update(j).where(j.c.id == bindparam("job")).values(due_at=bindparam("due"), deadline=bindparam("until"))
WAITING = (
    select(ct.c.id)
    .join(j, j.c.id == ct.c.id)
    .where(is_one(ct.c.approval, Approval.waiting), ct.c.answer_by <= bindparam("now"))
    .order_by(ct.c.answer_by, ct.c.id)
    .limit(200)
    .with_for_update(of=ct, skip_locked=True)
)
"""In the order of the index of what waits. These locks wait for nobody, so no circle begins with them, whatever their order."""


REMIND = (
    select(ct.c.id, ct.c.approval, ct.c.answer_by)
    .where(ct.c.remind_at <= bindparam("now"))
    .order_by(ct.c.remind_at, ct.c.id)
    .limit(200)
    .with_for_update(of=ct, skip_locked=True)
)
NEXT_REMINDER = update(ct).where(ct.c.id == bindparam("target")).values(remind_at=bindparam("next"))
MANAGERS = (
    select(ct.c.id, m.c.user_id)
    .join(m, m.c.channel_id == ct.c.channel_id)
    .where(ct.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(ct.c.id, m.c.user_id)
)


@dataclass(frozen=True)
class Decision:
    """What was decided about a placement, and the version it has now."""

    id: int
    approval: Approval
    version: int


def _open(act: Act, target_id: int) -> tuple[Any, Any]:
    """The placement and its sides, with target and job locked; refuses what is not held or does not exist."""
    target = act.conn.execute(LOCK_TARGETS, {"ids": [target_id]}).one_or_none()
    job = act.conn.execute(LOCK_JOBS, {"ids": [target_id]}).one_or_none()
    if target is None or job is None:
        raise Refused(NotFound("campaign_targets"))
    return target, act.conn.execute(SIDES, {"ids": [target_id], "user": act.actor.user_id}).one()


def _waiting(act: Act, target_id: int, version: int, answer: Approval) -> tuple[Any, Any, bool]:
    """What a manager answers about; the flag says that this very answer, about this very version, was given before."""
    target, facts = _open(act, target_id)
    if not facts.manages:
        raise Refused(NotFound("campaign_targets"))
    if target.approval == answer:
        if target.version != version + 1:
            raise Refused(Changed())
        return target, facts, True
    if target.approval != Approval.waiting:
        raise Refused(WrongState("campaign_targets", target.approval))
    if target.version != version:
        raise Refused(Changed())
    if target.answer_by <= act.now:
        raise Refused(AnswerTooLate())
    return target, facts, False


def decided(act: Act, ids: list[int], to: Approval, reason: str | None = None) -> None:
    """Ends the waiting of placements whose locks, and their jobs', the caller holds; what was proposed is withdrawn."""
    moved = act.conn.execute(DECIDE[to], {"ids": ids, "now": act.now, "reason": reason})
    assert moved.rowcount == len(ids)
    for i in ids:
        act.record("campaign_targets", i, approval=to, reason=reason)
    proposals.withdraw(act, ids)


def schedule(act: Act, target_id: int, slot: datetime | None) -> None:
    """When what was just approved is due, and until when (two hours, the terms') it may still be published."""
    due = max(slot, act.now) if slot else act.now
    act.conn.execute(SCHEDULE, {"job": target_id, "due": due, "until": due + act.terms.late})


@action("approvals.approve", roles=PEOPLE, gates=())
def approve(act: Act, target_id: int, version: int) -> Decision:
    """It may be published at its slot, or at once where it has none; overdue two hours (the terms') after that."""
    target, facts, repeated = _waiting(act, target_id, version, Approval.approved)
    if repeated:
        return Decision(target_id, Approval.approved, target.version)
    if facts.blocked_at is not None:
        raise Refused(ChannelBlocked(facts.title))
    decided(act, [target_id], Approval.approved)
    schedule(act, target_id, target.slot)
    at = target.slot.isoformat() if target.slot else None
    notices.owe(act, [(facts.advertiser_id, "approved", target_id, {"channel": facts.title, "at": at})])
    return Decision(target_id, Approval.approved, target.version + 1)


@action("approvals.decline", roles=ANYONE, gates=())
def decline(act: Act, target_id: int, version: int, reason: str) -> Decision:
    """The publisher does not want it, and says why; the money goes back. Asked again with another reason, it is refused."""
    reason = reason.strip()
    if len(reason) > MOST_REASON:
        raise Refused(ReasonTooLong(MOST_REASON))
    target, facts, repeated = _waiting(act, target_id, version, Approval.declined)
    if repeated and target.decline_reason != reason:
        raise Refused(WrongState("campaign_targets", target.approval))
    if repeated:
        return Decision(target_id, Approval.declined, target.version)
    decided(act, [target_id], Approval.declined, reason)
    post_jobs.fail(act, [target_id], Failure.declined, reason)
    args = {"channel": facts.title, "reason": Failure.declined, "note": reason}
    notices.owe(act, [(facts.advertiser_id, "failed", target_id, args)])
    return Decision(target_id, Approval.declined, target.version + 1)


@action("approvals.cancel", roles=ANYONE, gates=())
def cancel(act: Act, target_id: int) -> Decision:
    """The advertiser takes a placement back, as long as no worker has claimed it."""
    target, facts = _open(act, target_id)
    if not act.actor.is_user(facts.advertiser_id):
        raise Refused(NotFound("campaign_targets"))
    if target.approval == Approval.cancelled:
        return Decision(target_id, Approval.cancelled, target.version)
    job = act.conn.execute(select(j.c.status).where(j.c.id == target_id)).one()
    if job.status != post_jobs.Status.queued:
        raise Refused(WrongState("post_jobs", job.status))
    decided(act, [target_id], Approval.cancelled)
    post_jobs.fail(act, [target_id], Failure.cancelled)
    args = {"channel": facts.title, "reason": Failure.cancelled, "note": None}
    notices.owe(act, [(facts.publisher_id, "failed", target_id, args)])
    return Decision(target_id, Approval.cancelled, target.version + 1)


@action("approvals.expire", roles=SYSTEM | STAFF, gates=())
def expire(act: Act) -> list[int]:
    """Booked placements that nobody answered in time; the money goes back."""
    ids = sorted(act.conn.scalars(WAITING, {"now": act.now}))
    if ids:
        act.conn.execute(LOCK_JOBS, {"ids": ids})
        decided(act, ids, Approval.expired)
        post_jobs.fail(act, ids, Failure.expired)
        sides = act.conn.execute(SIDES, {"ids": ids, "user": None}).all()
        notices.owe_both(act, "failed", sides, {"reason": Failure.expired, "note": None})
    return ids


@action("approvals.remind", roles=SYSTEM, gates=())
def remind(act: Act) -> list[int]:
    """Reminds every manager of what still waits for an answer and answers which placements; each reminder is owed once.

    One that was missed while nothing ran is not made up for by two at once: the next one is still to come.
    """
    due = act.conn.execute(REMIND, {"now": act.now}).all()
    if due:
        plans = [{"target": row.id, "next": act.terms.next_reminder(row.answer_by, act.now)} for row in due]
        act.conn.execute(NEXT_REMINDER, plans)
    waiting = [row.id for row in due if row.approval == Approval.waiting and row.answer_by > act.now]
    if waiting:
        managers = act.conn.execute(MANAGERS, {"ids": waiting}).all()
        notices.owe(act, [(row.user_id, "reminder", row.id, {}) for row in managers])
    for i in waiting:
        act.record("campaign_targets", i, reminded=True)
    return waiting


@query(roles=ANYONE | SYSTEM)
def requests(look: Look, offset: int = 0, limit: int = 8) -> tuple[list[Any], int]:
    """The booked placements that wait for the answer of the one who asks; a page and the count, the soonest first."""
    from_me = (
        select(ct.c.id, ct.c.version, ct.c.price, ct.c.hours, ct.c.slot, ct.c.answer_by, c.c.title)
        .join(c, c.c.id == ct.c.channel_id)
        .join(m, (m.c.channel_id == c.c.id) & (m.c.user_id == look.actor.user_id))
        .join(j, j.c.id == ct.c.id)
        .where(is_one(ct.c.approval, Approval.waiting), ct.c.answer_by.is_not(None))
    )
    total = look.conn.execute(select(func.count()).select_from(from_me.subquery())).scalar_one()
    page = from_me.order_by(ct.c.answer_by, ct.c.id).offset(offset).limit(limit)
    return list(look.conn.execute(page)), total

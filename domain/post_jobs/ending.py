"""How a job ends without being published, and what becomes of it when its worker is lost. Never gated.

A watchdog's action fails only what was never started; it touches no money. The settlement refunds what failed.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select

from domain import flow, notices
from domain.action import STAFF, SYSTEM, Act, Asked, Outcomes, action, in_order, set_action
from domain.base import table
from domain.campaigns import Approval, Campaign, CampaignTarget
from domain.channels import Channel
from domain.post_jobs.lease import ATTEMPT_DROPPED, NO_LEASE, leased
from domain.post_jobs.row import ATTEMPT_FLOW, FLOW, AttemptStatus, Failure, PostAttempt, PostJob, Status, a, j

c, ct, cp = table(Channel), table(CampaignTarget), table(Campaign)

FAIL = flow.move(
    PostJob,
    Status.failed,
    FLOW,
    failure=bindparam("failure"),
    last_error=bindparam("why"),
    ended_at=bindparam("now"),
    **NO_LEASE,
)
LOST = flow.move(
    PostJob,
    Status.queued,
    FLOW,
    lost_leases=j.c.lost_leases + 1,
    lost_alone=j.c.lost_alone + bindparam("alone"),
    **NO_LEASE,
)
UNCERTAIN = flow.move(
    PostJob, Status.uncertain, FLOW, last_error=bindparam("why"), next_search_at=bindparam("now"), **NO_LEASE
)
ATTEMPT_UNKNOWN = flow.move(
    PostAttempt, AttemptStatus.unknown, ATTEMPT_FLOW, ended_at=bindparam("now"), error=bindparam("why")
)
EXPIRED = (
    select(j.c.id)
    .where(j.c.status == Status.sending, j.c.lease_until <= bindparam("now"))
    .order_by(j.c.lease_until, j.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
"""These locks wait for nobody, so no circle begins with them, whatever their order; nor with those of what is overdue."""
LEASES = (
    select(j.c.id, j.c.lost_alone, a.c.id.label("attempt_id"), a.c.status.label("attempt"), a.c.alone)
    .join(a, (a.c.post_job_id == j.c.id) & (a.c.token == j.c.lease_token))
    .where(j.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(j.c.id)
)
"""Read once the jobs are locked: a start changes the attempt and not the job, so no lock would have shown it."""
SIDES = (
    select(j.c.id, c.c.title, ct.c.publisher_id, cp.c.advertiser_id)
    .join(ct, ct.c.id == j.c.campaign_target_id)
    .join(cp, cp.c.id == ct.c.campaign_id)
    .join(c, c.c.id == ct.c.channel_id)
)
OVERDUE = (
    SIDES.where(j.c.status == Status.queued, j.c.deadline <= bindparam("now"), ct.c.approval == Approval.approved)
    .order_by(j.c.deadline, j.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=j, skip_locked=True)
)
SIDES_OF = SIDES.where(j.c.id.in_(bindparam("ids", expanding=True)))


def fail(act: Act, ids: Sequence[int], failure: Failure, why: str | None = None) -> None:
    """Ends jobs whose locks the caller holds; for the actions that decline, expire, cancel. Tells nobody: they do."""
    moved = act.conn.execute(FAIL, {"ids": list(ids), "failure": failure, "why": why, "now": act.now})
    assert moved.rowcount == len(ids)
    for i in ids:
        act.record("post_jobs", i, status=Status.failed, failure=failure)


def search_later(act: Act, attempted: datetime) -> datetime | None:
    """When to look next for what may still turn up of an attempt that ended then, though its job has failed."""
    return next((at for wait in act.terms.search_after if (at := attempted + wait) > act.now), None)


def _lose(act: Act, lost: dict[int, tuple[int, bool]], why: str) -> dict[int, Status]:
    """Jobs that lost a lease unsent: (losses alone so far, alone this time). Queued again, or poison."""
    poison = [i for i, (before, alone) in lost.items() if alone and before + 1 >= act.terms.lost_leases]
    for alone in (False, True):
        again = [i for i, (_, was_alone) in lost.items() if was_alone == alone and i not in poison]
        if again:
            act.conn.execute(LOST, {"ids": again, "alone": int(alone)})
        for i in again:
            act.record("post_jobs", i, status=Status.queued, why=why)
    if poison:
        fail(act, poison, Failure.poison, why)
        sides = act.conn.execute(SIDES_OF, {"ids": poison}).all()
        notices.owe_both(act, "failed", sides, {"reason": Failure.poison, "note": None})
    return {i: Status.failed if i in poison else Status.queued for i in lost}


@set_action("post_jobs.drop", roles=SYSTEM, gates=())
def drop(act: Act, asked: Asked[int], token: str, why: str) -> Outcomes[int, Status]:
    """The worker could not even prepare the call. Counts as a lease lost alone: it is this job's own doing."""
    came, locked, facts = leased(act, asked, token, AttemptStatus.prepared)
    if facts:
        attempts = [f.attempt_id for f in facts.values()]
        act.conn.execute(ATTEMPT_DROPPED, {"ids": attempts, "now": act.now, "why": why})
        came |= _lose(act, {i: (row.lost_alone, True) for i, row in locked.items()}, why)
    return came


@action("post_jobs.expire_leases", roles=SYSTEM | STAFF, gates=())
def expire_leases(act: Act, most: int = 200) -> dict[int, Status]:
    """Leases that ran out: what was only prepared was not sent and is queued again, what was started is uncertain.

    Those that ran out first, and no more than `most`; asked again, the next.
    """
    ids = list(act.conn.scalars(EXPIRED, {"now": act.now, "most": most}))
    rows = act.conn.execute(LEASES, {"ids": ids}).all() if ids else []
    prepared = [row for row in rows if row.attempt == AttemptStatus.prepared]
    started = [row for row in rows if row.attempt == AttemptStatus.started]
    came: dict[int, Status] = {}
    if prepared:
        why = "the lease ran out before anything was sent"
        act.conn.execute(ATTEMPT_DROPPED, {"ids": [row.attempt_id for row in prepared], "now": act.now, "why": why})
        came |= _lose(act, {row.id: (row.lost_alone, row.alone) for row in prepared}, why)
    if started:
        why = "the worker was lost after it had started"
        act.conn.execute(ATTEMPT_UNKNOWN, {"ids": [row.attempt_id for row in started], "now": act.now, "why": why})
        act.conn.execute(UNCERTAIN, {"ids": [row.id for row in started], "why": why, "now": act.now})
        for row in started:
            came[row.id] = Status.uncertain
            act.record("post_jobs", row.id, status=Status.uncertain, why=why)
    return came


@action("post_jobs.fail_overdue", roles=SYSTEM | STAFF, gates=())
def fail_overdue(act: Act, most: int = 200) -> list[int]:
    """Approved jobs that were never started and are past their deadline fail; the settlement refunds them.

    Those with the oldest deadlines, and no more than `most`; asked again, the next.
    """
    rows = act.conn.execute(OVERDUE, {"now": act.now, "most": most}).all()
    ids = in_order(row.id for row in rows)
    if ids:
        fail(act, ids, Failure.overdue)
        notices.owe_both(act, "failed", rows, {"reason": Failure.overdue, "note": None})
    return ids

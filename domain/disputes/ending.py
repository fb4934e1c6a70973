"""How a dispute ends: its outcome changes the job, once, and what time alone decides is decided by a tick.

All of the price: the job is served. A part: it is served, with that share. Nothing: it is removed, and refunded in full. No money
moves here; the settlement moves it when it may.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update

from domain import flow
from domain.action import SYSTEM, Act, Look, action, in_order, query
from domain.checks import Verdict
from domain.checks.ending import REMOVED
from domain.checks.row import WRITE as WRITE_CHECKS
from domain.disputes.row import FLOW, OPEN, Dispute, Status, Step, d
from domain.disputes.sides import IDS, OF, Told, announce, is_open, j, lock
from domain.post_jobs import Status as JobStatus

SERVED = (
    update(j)
    .where(j.c.id == bindparam("job"), j.c.status == JobStatus.success)
    .values(served_at=bindparam("served"), share=bindparam("part"), next_look_at=None, disputed_at=None)
)
UNDISPUTED = update(j).where(j.c.id.in_(IDS)).values(disputed_at=None)
FINAL = flow.move(Dispute, Status.final, FLOW, until=None, ended_at=bindparam("now"))
MOOT = flow.move(Dispute, Status.moot, FLOW, until=None, ended_at=bindparam("now"))
CALLED = flow.move(Dispute, Status.judging, FLOW, until=None)
DUE = (
    select(d.c.campaign_target_id)
    .join(j, j.c.id == d.c.campaign_target_id)
    .where(d.c.ended_at.is_(None), or_(d.c.until <= bindparam("now"), j.c.status != JobStatus.success))
    .order_by(d.c.id)
    .limit(bindparam("most"))
)

Outcome = tuple[Any, int, int, str | None]
"""The facts of a placement, the dispute's number, the publisher's share of the price, and the judge's evidence."""


def carry_out(act: Act, outcomes: Sequence[Outcome]) -> None:
    """Makes outcomes those of their jobs, whose locks the caller holds. A look that says *served* keeps the evidence."""
    served, looks, lost = [], [], []
    for facts, number, share, evidence in outcomes:
        if share == 0:
            lost.append((facts.id, number))
            continue
        served.append({"job": facts.id, "served": act.now, "part": share if share < facts.price else None})
        said = f"dispute {number}: {share} of {facts.price}; {evidence or 'both sides agreed'}"
        looks.append({"post_job_id": facts.id, "verdict": Verdict.up, "evidence": said, "actor": act.actor.name})
        act.record("post_jobs", facts.id, share=share, of=facts.price, dispute=number)
    if served:
        act.conn.execute(SERVED, served)
        act.conn.execute(WRITE_CHECKS, [look | {"at": act.now} for look in looks])
    for job, number in lost:
        act.record("post_jobs", job, status=JobStatus.removed, dispute=number)
    if lost:
        why = {"ids": [job for job, _ in lost], "now": act.now, "why": "a dispute decided so"}
        moved = act.conn.execute(REMOVED, why)
        assert moved.rowcount == len(lost)


@action("disputes.expire", roles=SYSTEM, gates=())
def expire(act: Act, most: int = 200) -> list[int]:
    """What time decides: without agreement a judge is called, without an appeal a decision is final. Answers the disputes.

    Where the post was found gone meanwhile nothing is left to decide.
    """
    targets = in_order(act.conn.scalars(DUE, {"now": act.now, "most": most}))
    if not targets:
        return []
    facts = lock(act, targets)
    moot, called, final, steps = [], [], [], []
    outcomes: list[Outcome] = []
    for row in act.conn.execute(OF, {"ids": targets}):
        if not is_open(row):
            continue
        about = facts[row.campaign_target_id]
        if about.job != JobStatus.success:
            moot.append(row.id)
            steps.append(Told(row.id, row.opened_by, about, Step.moot))
        elif row.until is None or row.until > act.now:
            continue
        elif row.status == Status.talks:
            called.append(row.id)
            steps.append(Told(row.id, row.opened_by, about, Step.judging))
        else:
            final.append(row.id)
            outcomes.append((about, row.id, row.share, row.evidence))
            steps.append(Told(row.id, row.opened_by, about, Step.final, share=row.share))
    for move, ids in ((MOOT, moot), (CALLED, called), (FINAL, final)):
        if ids:
            moved = act.conn.execute(move, {"ids": ids} if move is CALLED else {"ids": ids, "now": act.now})
            assert moved.rowcount == len(ids)
    carry_out(act, outcomes)
    announce(act, steps)
    return [*moot, *called, *final]


@query(roles=SYSTEM)
def next_due(look: Look) -> datetime | None:
    """When the time of an open dispute is over next, after this moment."""
    at: datetime | None = look.conn.scalar(select(func.min(d.c.until)).where(d.c.until > look.now))
    return at


assert Status.decided in OPEN

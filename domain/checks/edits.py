"""What Telegram tells by itself of a channel: a post was edited, somebody posted, our rights are back. None of it is a look.

A first reaction and a counter arrive as an edit too, so what counts is the content: it is compared with what Telegram showed when
the post was published. An edit that changes nothing is not even recorded.
"""

from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from domain import notices, post_jobs
from domain.action import SYSTEM, Act, action
from domain.base import table
from domain.campaigns import CampaignTarget, Content, Creative
from domain.checks.ending import LOCK_ESCROWS, LOCK_JOBS, NEXT, SIDES
from domain.checks.row import WRITE, Verdict, k
from domain.escrow import Status as EscrowStatus
from domain.post_jobs import PostJob
from domain.post_jobs import Status as JobStatus

cr, ct, j = (table(row) for row in (Creative, CampaignTarget, PostJob))

AT = (
    select(j.c.id, j.c.message_ids, j.c.fingerprints, cr.c.content)
    .join(ct, ct.c.id == j.c.campaign_target_id)
    .join(cr, cr.c.id == ct.c.creative_id)
    .where(j.c.chat_id == bindparam("chat"), j.c.message_id <= bindparam("message"))
    .order_by(j.c.message_id.desc())
    .limit(1)
)
last = select(func.max(k.c.id)).where(k.c.post_job_id == j.c.id).correlate(j).scalar_subquery()
BLIND = (
    select(j.c.id)
    .join(k, k.c.id == last)
    .where(
        j.c.chat_id == bindparam("chat"),
        j.c.status == JobStatus.success,
        j.c.served_at.is_(None),
        k.c.verdict == Verdict.unknown,
    )
    .order_by(j.c.id)
    .with_for_update(of=j)
)
LOOK_NOW = update(j).where(j.c.id.in_(bindparam("ids", expanding=True))).values(next_look_at=bindparam("now"))


@action("checks.saw_edit", roles=SYSTEM, gates=())
def saw_edit(act: Act, chat_id: int, message_id: int, fingerprint: str) -> Verdict | None:
    """A post of a channel, as it is now. Answers `changed` or `up` if that is news about a placement; else None.

    A change is told to both sides at once, and its look is put to the end of the time to restore it; being restored before that
    look keeps the deal. Anything that is not watched, or not ours, is nobody's news.
    """
    found = act.conn.execute(AT, {"chat": chat_id, "message": message_id}).one_or_none()
    if found is None or message_id not in found.message_ids:
        return None
    number = found.message_ids.index(message_id)
    shown = found.fingerprints or [
        Content.from_json(found.content).part(n).fingerprint for n in range(len(found.message_ids))
    ]
    job = act.conn.execute(LOCK_JOBS, {"ids": [found.id]}).one()
    held = act.conn.execute(LOCK_ESCROWS, {"ids": [found.id]}).one()
    is_same = fingerprint == shown[number]
    is_watched = job.status == JobStatus.success and job.served_at is None and held.status == EscrowStatus.held
    if not is_watched or is_same == (job.changed_at is None):
        return None
    side = act.conn.execute(SIDES, {"ids": [found.id]}).one()
    if is_same:
        verdict, changed = Verdict.up, None
        look = post_jobs.next_look(act.terms, job.published_at, side.hours, act.now, act.now) or act.now
        notices.owe_both(act, "restored", [side], {})
    else:
        verdict, changed = Verdict.changed, act.now
        look = act.now + act.terms.repair
        notices.owe_both(act, "changed", [side], {"until": look.isoformat()})
    check = {"post_job_id": found.id, "verdict": verdict, "evidence": "Telegram told of an edit"}
    act.conn.execute(WRITE, [check | {"actor": act.actor.name, "at": act.now}])
    act.conn.execute(NEXT, {"job": found.id, "look": look, "changed": changed, "served": None})
    act.record("post_jobs", found.id, verdict=verdict, message=message_id)
    return verdict


@action("checks.saw_post", roles=SYSTEM, gates=())
def saw_post(act: Act, chat_id: int, message_id: int, at: datetime) -> None:
    """Somebody posted in a channel, at that moment: the post of ours that was on top is not any more."""
    post_jobs.covered_by(act, chat_id, message_id, min(at, act.now))


@action("checks.go_on", roles=SYSTEM, gates=())
def go_on(act: Act, chat_id: int) -> list[int]:
    """Our rights in a channel are back: the posts that could not be seen are looked at now, even if the looks had given up."""
    ids = list(act.conn.scalars(BLIND, {"chat": chat_id}))
    if ids:
        act.conn.execute(LOOK_NOW, {"ids": ids, "now": act.now})
    for i in ids:
        act.record("post_jobs", i, looks="go on")
    return ids

"""What Telegram tells by itself of a channel: a post was edited, somebody posted, our rights are back. None of it is a look.

A first reaction and a counter arrive as an edit too, so what counts is the content: it is compared with what Telegram showed when
the post was published. An edit that changes nothing is not even recorded.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from domain import notices, post_jobs
from domain.action import SYSTEM, Act, action
from domain.base import table
from domain.campaigns import CampaignTarget, Content, Creative
from domain.checks.alterations import altered_in, as_published, marks, restore_by
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
LOOK_NOW = update(j).where(j.c.id == bindparam("job")).values(next_look_at=bindparam("now"))

DATE = update(j).where(j.c.id == bindparam("job")).values(edited=bindparam("dates"))


@action("checks.saw_edit", roles=SYSTEM, gates=())
def saw_edit(
    act: Act, chat_id: int, message_id: int, fingerprint: str, edited_at: datetime | None = None
) -> Verdict | None:
    """A message of a channel, as it is now. Answers `changed` or `up` if that is news about a placement; else None.

    A change is told to both sides at once, and its look is put to the end of the time to restore it; being restored before that
    look keeps the deal. An album is restored when all of it is: what is known of its other messages stays. Edits count in the
    order in which they were made, where Telegram dates them: one that comes late, after a newer one of the same message, is as
    little news as what is not watched, or not ours.
    """
    found = act.conn.execute(AT, {"chat": chat_id, "message": message_id}).one_or_none()
    if found is None or message_id not in found.message_ids:
        return None
    shown = as_published(found, Content.from_json(found.content))
    job = act.conn.execute(LOCK_JOBS, {"ids": [found.id]}).one()
    held = act.conn.execute(LOCK_ESCROWS, {"ids": [found.id]}).one()
    is_same = fingerprint == shown[found.message_ids.index(message_id)]
    is_watched = job.status == JobStatus.success and job.served_at is None and held.status == EscrowStatus.held
    if not is_watched or not _is_newest(act, job, message_id, edited_at):
        return None
    known, it = altered_in(job), {message_id}
    altered = known - it if is_same else known | it
    if altered == known:
        return None
    verdict, look = _news(act, job, known, altered)
    now = {"job": found.id, "look": look, "served": None} | marks(job, altered, act.now)
    act.conn.execute(NEXT, now)
    act.record("post_jobs", found.id, verdict=verdict, message=message_id, altered=sorted(altered))
    if verdict is not None:
        check = {"post_job_id": found.id, "verdict": verdict, "evidence": "Telegram told of an edit"}
        act.conn.execute(WRITE, [check | {"actor": act.actor.name, "at": act.now}])
    return verdict


def _is_newest(act: Act, job: Any, message_id: int, edited_at: datetime | None) -> bool:
    """Is nothing newer known of this message? Its date is kept, to know what comes late. Without one, what comes last counts."""
    if edited_at is None:
        return True
    dates, key, date = job.edited or {}, str(message_id), int(edited_at.timestamp())
    if date > dates.get(key, 0):
        act.conn.execute(DATE, {"job": job.id, "dates": dates | {key: date}})
    return bool(date >= dates.get(key, 0))


def _news(act: Act, job: Any, known: frozenset[int], altered: frozenset[int]) -> tuple[Verdict | None, datetime | None]:
    """What an edit is to both sides, who are told, and when to look next."""
    if known and altered:  # a look that is under way has not seen this, and so it does not count
        return None, job.next_look_at and max(job.next_look_at, act.now)
    side = act.conn.execute(SIDES, {"ids": [job.id]}).one()
    if altered:
        look = restore_by(act.terms, job, act.now)
        notices.owe_both(act, "changed", [side], {"until": look.isoformat()})
        return Verdict.changed, look
    notices.owe_both(act, "restored", [side], {})
    return Verdict.up, post_jobs.next_look(act.terms, job.published_at, side.hours, act.now, act.now) or act.now


@action("checks.saw_post", roles=SYSTEM, gates=())
def saw_post(act: Act, chat_id: int, message_id: int, at: datetime) -> None:
    """Somebody posted in a channel, at that moment: the post of ours that was on top is not any more."""
    post_jobs.covered_by(act, chat_id, message_id, min(at, act.now))


@action("checks.go_on", roles=SYSTEM, gates=())
def go_on(act: Act, chat_id: int) -> list[int]:
    """Our rights in a channel are back: the posts that could not be seen are looked at now, even if the looks had given up."""
    ids = list(act.conn.scalars(BLIND, {"chat": chat_id}))
    if ids:
        act.conn.execute(LOOK_NOW, [{"job": i, "now": act.now} for i in ids])
    for i in ids:
        act.record("post_jobs", i, looks="go on")
    return ids

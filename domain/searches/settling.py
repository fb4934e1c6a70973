"""What becomes of a job after a search, or once its publisher has shown the post. Never gated."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, insert, select, update

from domain import notices, post_jobs
from domain.action import ANYONE, SYSTEM, Act, action
from domain.base import table
from domain.campaigns import Campaign, CampaignTarget, Content, Creative
from domain.channels import Channel, ChannelManager
from domain.checks import SUCCESS, Seen, Verdict
from domain.errors import NotFound, Refused, WrongState
from domain.notices import Notice
from domain.post_jobs import AttemptStatus, Failure, PostAttempt, PostJob, Status
from domain.searches.row import (
    Match,
    NotSeen,
    NotThisPost,
    Searched,
    Settled,
    Shown,
    is_older,
    is_same,
    part,
    s,
    too_old,
)

c, m, cp, ct, cr = (table(row) for row in (Channel, ChannelManager, Campaign, CampaignTarget, Creative))
j, a, n = (table(row) for row in (PostJob, PostAttempt, Notice))

MOST_AGE = timedelta(hours=48)
"""How long a bot may delete what it sent."""

LOCK = (
    select(j.c.id, j.c.status, j.c.next_search_at, j.c.message_ids).where(j.c.id == bindparam("id")).with_for_update()
)
FACTS = (
    select(
        j.c.id,
        c.c.id.label("channel_id"),
        c.c.chat_id,
        c.c.title,
        c.c.username,
        ct.c.hours,
        ct.c.publisher_id,
        cp.c.advertiser_id,
        cr.c.content,
        a.c.newest_before,
        a.c.started_at,
        a.c.ended_at,
    )
    .join(a, (a.c.post_job_id == j.c.id) & (a.c.status == AttemptStatus.unknown))
    .join(ct, ct.c.id == j.c.campaign_target_id)
    .join(c, c.c.id == ct.c.channel_id)
    .join(cp, cp.c.id == ct.c.campaign_id)
    .join(cr, cr.c.id == ct.c.creative_id)
    .where(j.c.id == bindparam("id"))
)
OPEN_BESIDE = (
    select(cr.c.content, j.c.status)
    .join(ct, ct.c.creative_id == cr.c.id)
    .join(j, j.c.campaign_target_id == ct.c.id)
    .where(
        ct.c.channel_id == bindparam("channel"),
        j.c.status.in_([Status.sending, Status.uncertain]),
        j.c.id != bindparam("id"),
    )
)
BEFORE = (
    select(s.c.at, s.c.completed, s.c.found_message_id)
    .where(s.c.post_job_id == bindparam("id"))
    .order_by(s.c.id.desc())
)
WRITE = insert(s)
DOUBTED = select(s.c.id).where(s.c.post_job_id == bindparam("id"), s.c.note == bindparam("note")).limit(1)
SCHEDULE = update(j).where(j.c.id == bindparam("job")).values(next_search_at=bindparam("next"))
TOLD = select(n.c.id).where(n.c.kind == bindparam("kind"), n.c.about == bindparam("about")).limit(1)
IS_MANAGER = exists().where(m.c.channel_id == bindparam("channel"), m.c.user_id == bindparam("user"))


@action("searches.record", roles=SYSTEM, gates=())
def record(act: Act, job_id: int, came: Searched) -> Settled:
    """What a search came to; answers what the job is now. A job that was not due when the search began is left alone.

    A search is of the moment it began: one that comes back late saw nothing that was published meanwhile.
    """
    job = act.conn.execute(LOCK, {"id": job_id}).one_or_none()
    if job is None:
        raise Refused(NotFound("post_jobs"))
    at = min(came.since or act.now, act.now)
    if job.next_search_at is None or job.next_search_at > at:
        return Settled(job.status)
    facts = act.conn.execute(FACTS, {"id": job_id}).one()
    before = act.conn.execute(BEFORE, {"id": job_id}).all()
    beside = _beside(act, facts)  # before what is taken is read: what ends in between is then seen there
    looked_like = sorted({message for match in came.matches for message in match.message_ids})
    taken = post_jobs.owners(act, [(facts.chat_id, looked_like)])
    found = [match for match in came.matches if _are_free(taken, facts.chat_id, match.message_ids)]
    first = found[0] if found else Match((), at)
    _write(act, job_id, came, first, at)
    settle = _uncertain if job.status == Status.uncertain else _afterwards
    settled, next_at = settle(act, job, facts, replace(came, since=at), found, before, beside)
    act.conn.execute(SCHEDULE, {"job": job_id, "next": next_at})
    became: dict[str, Any] = {"status": settled.status} if settled.status != job.status else {}
    act.record(
        "post_jobs",
        job_id,
        completed=came.completed,
        examined=came.examined,
        found=[list(match.message_ids) for match in found],
        note=came.note,
        **became,
    )
    return settled


def _are_free(taken: Mapping[tuple[int, int], int], chat_id: int, ids: Iterable[int]) -> bool:
    return not any((chat_id, message) in taken for message in ids)


def _write(act: Act, job_id: int, came: Searched, found: Match, at: datetime) -> None:
    row = {
        "post_job_id": job_id,
        "at": at,
        "actor": act.actor.name,
        "completed": came.completed,
        "examined": came.examined,
        "found_message_id": found.message_ids[0] if found.message_ids else None,
        "evidence_message_id": found.evidence_id,
        "note": came.note,
    }
    act.conn.execute(WRITE, [row])


def _uncertain(
    act: Act,
    job: Any,
    facts: Any,
    came: Searched,
    found: Sequence[Match],
    before: Sequence[Any],
    beside: set[Status],
) -> tuple[Settled, datetime | None]:
    """Found: adopted. Certain that it is not there, twice: failed. Else once more, or a person."""
    if found and Status.sending in beside:  # it may be that job's, whose worker is about to say so
        return Settled(Status.uncertain), act.now + act.terms.search_again[0]
    if found:
        _adopt(act, facts, found[0])
        again = len(found) > 1 or not (came.completed or came.hopeless)
        return Settled(Status.success), act.now if again else None
    if came.completed:
        at = came.since or act.now
        old_enough = facts.ended_at + act.terms.search_settled
        earlier = [row.at for row in before if row.completed]
        if at >= old_enough and any(one <= at - act.terms.search_apart for one in earlier):
            post_jobs.ending.fail(act, [job.id], Failure.unsent, "two searches of the channel found nothing")
            notices.owe_both(act, "failed", [facts], {"reason": Failure.unsent, "note": None})
            return Settled(Status.failed), post_jobs.ending.search_later(act, facts.ended_at)
        _ask_publisher(act, facts)
        return Settled(Status.uncertain), max(at + act.terms.search_apart, old_enough)
    _ask_publisher(act, facts)
    blind = _blind(before)
    if came.hopeless or blind >= len(act.terms.search_again):
        _ask_admins(act, facts, came.note)
        return Settled(Status.uncertain), None
    return Settled(Status.uncertain), act.now + act.terms.search_again[blind]


def _afterwards(
    act: Act,
    job: Any,
    facts: Any,
    came: Searched,
    found: Sequence[Match],
    before: Sequence[Any],
    beside: set[Status],
) -> tuple[Settled, datetime | None]:
    """The job has its end: whatever else is found is nobody's and is taken down, unless it may be that of another job."""
    again = act.terms.search_again
    take_down: tuple[int, ...] = ()
    next_at: datetime | None
    if found and beside:
        next_at = act.now + act.terms.search_apart
    elif found:
        take_down = tuple(i for match in found for i in match.message_ids)
        next_at = act.now + again[0]
        known = {row.found_message_id for row in before}
        _tell_of(act, facts, [match for match in found if match.message_ids[0] not in known])
    elif came.completed:
        later = post_jobs.ending.search_later(act, facts.ended_at)
        next_at = later if job.status == Status.failed else None
    else:
        next_at = None if came.hopeless else act.now + again[min(_blind(before), len(again) - 1)]
    if next_at is not None and next_at > facts.ended_at + MOST_AGE:
        next_at = None
    return Settled(job.status, take_down), next_at


def _blind(before: Sequence[Any]) -> int:
    """How many searches in a row could not look at everything."""
    return next((count for count, row in enumerate(before) if row.completed), len(before))


def _beside(act: Act, facts: Any) -> set[Status]:
    """Where other jobs of the channel stand that want the same post and of which nobody knows yet."""
    wanted = Content.from_json(facts.content)
    beside = act.conn.execute(OPEN_BESIDE, {"channel": facts.channel_id, "id": facts.id})
    return {row.status for row in beside if is_same(wanted, Content.from_json(row.content))}


def _adopt(act: Act, facts: Any, match: Match) -> None:
    """The job's post is this one, since the moment at which Telegram published it."""
    at = min(match.at, act.now)
    times = post_jobs.published(replace(act, now=at), facts.hours)
    ids = list(match.message_ids)
    moved = act.conn.execute(
        SUCCESS, {"ids": [facts.id], "chat": facts.chat_id, "message": ids[0], "messages": ids, **times}
    )
    assert moved.rowcount == 1
    post_jobs.raise_newest(act, [(facts.chat_id, ids[-1])])
    until = times["confirm"].isoformat() if times["confirm"] else None
    told = {"link": post_jobs.link(facts.chat_id, facts.username, ids[0]), "until": until}
    notices.owe_both(act, "published", [facts], told)


def _is_told(act: Act, kind: str, job_id: int) -> bool:
    return act.conn.execute(TOLD, {"kind": kind, "about": job_id}).one_or_none() is not None


def _ask_publisher(act: Act, facts: Any) -> None:
    """Asks once to be shown the post, should it be in the channel."""
    if not _is_told(act, "uncertain", facts.id):
        notices.owe(act, [(facts.publisher_id, "uncertain", facts.id, {"channel": facts.title})])


def _ask_admins(act: Act, facts: Any, note: str | None) -> None:
    """Says once that a person has to decide, and why."""
    if not _is_told(act, "unclear", facts.id):
        notices.owe_admins(act, "unclear", facts.id, {"channel": facts.title, "note": note})


def _tell_of(act: Act, facts: Any, found: Sequence[Match]) -> None:
    for match in found:
        link = post_jobs.link(facts.chat_id, facts.username, match.message_ids[0])
        notices.owe_admins(act, "turned-up", facts.id, {"channel": facts.title, "link": link})


@action("searches.took_down", roles=SYSTEM, gates=())
def took_down(act: Act, job_id: int, message_ids: tuple[int, ...], seen: Seen) -> None:
    """What came of deleting what must not stay: *gone*, or still *up* since Telegram does not let us, or nobody knows yet."""
    facts = act.conn.execute(FACTS, {"id": job_id}).one_or_none()
    if facts is None:
        raise Refused(NotFound("post_jobs"))
    act.record("post_jobs", job_id, messages=list(message_ids), verdict=seen.verdict, words=seen.evidence)
    if seen.verdict == Verdict.up:
        act.conn.execute(SCHEDULE, {"job": job_id, "next": None})
        link = post_jobs.link(facts.chat_id, facts.username, message_ids[0])
        notices.owe_admins(act, "stays-up", job_id, {"channel": facts.title, "link": link})


@action("searches.prove", roles=ANYONE, gates=())
def prove(act: Act, job_id: int, chat_id: int, shown: Shown, seen: Seen) -> Status:
    """A manager of the channel shows the post of an uncertain job, and we saw it up ourselves: it is adopted.

    Where its date says that it is older than the attempt and its number that it may be not, the job stays uncertain, is searched
    for no more, and a person decides. Shown again, the same answer. Refused for another channel, another content, a message that
    stood there before the attempt or is another job's, where we could not see it, and while the same post is being sent in the
    channel once more: it may be that one.
    """
    job = act.conn.execute(LOCK, {"id": job_id}).one_or_none()
    facts = act.conn.execute(FACTS, {"id": job_id}).one_or_none()
    who = {"channel": facts.channel_id if facts else 0, "user": act.actor.user_id}
    if job is None or facts is None or not act.conn.execute(select(IS_MANAGER), who).scalar_one():
        raise Refused(NotFound("post_jobs"))
    if job.status == Status.success and shown.message_id in job.message_ids:
        return Status.success
    if job.status != Status.uncertain:
        raise Refused(WrongState("post_jobs", job.status))
    content = Content.from_json(facts.content)
    ids = content.numbers(shown.message_id)
    is_newer = shown.message_id > (facts.newest_before or 0)
    beside = _beside(act, facts)  # before what is taken is read: what ends in between is then seen there
    is_free = _are_free(post_jobs.owners(act, [(chat_id, ids)]), chat_id, ids)
    if chat_id != facts.chat_id or not is_newer or not is_free or not is_same(part(content, 0), shown.content):
        raise Refused(NotThisPost())
    if seen.verdict != Verdict.up:
        raise Refused(NotSeen())
    if Status.sending in beside:
        raise Refused(post_jobs.BeingSent())
    match = Match(ids, shown.at)
    if is_older(shown, facts.started_at):
        return _in_doubt(act, facts, match)
    _adopt(act, facts, match)
    _write(act, job_id, Searched(completed=False, examined=1, note="shown by the publisher"), match, act.now)
    act.record("post_jobs", job_id, status=Status.success, messages=list(ids))
    return Status.success


def _in_doubt(act: Act, facts: Any, match: Match) -> Status:
    """What was shown may be the post and may be older: no search can tell any more."""
    note = f"shown by the publisher: {too_old(match.message_ids[0])}"
    doubted = act.conn.execute(DOUBTED, {"id": facts.id, "note": note}).one_or_none()
    if doubted is None:
        _write(act, facts.id, Searched(completed=False, examined=1, note=note), match, act.now)
        act.conn.execute(SCHEDULE, {"job": facts.id, "next": None})
        _ask_admins(act, facts, note)
        act.record("post_jobs", facts.id, messages=list(match.message_ids), note=note)
    return Status.uncertain

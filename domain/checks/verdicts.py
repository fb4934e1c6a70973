"""A person's verdict: what the looks could not tell, decided with evidence that others can check. It is a check too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, update

from domain import countersigns, flow, post_jobs
from domain.action import ADMINS, SYSTEM, Act, Look, action, in_order
from domain.base import table
from domain.campaigns import Content, Creative
from domain.channels import Channel, ChannelManager
from domain.channels import Status as ChannelStatus
from domain.checks.alterations import marks
from domain.checks.ending import LOCK_ESCROWS, LOCK_JOBS, NEXT, SIDES, cp, ct, j, remove
from domain.checks.row import WRITE, Verdict, k
from domain.errors import NotFound, OutOfRange, Refusal, Refused, WrongState
from domain.escrow import Status as EscrowStatus
from domain.post_jobs import FLOW, AttemptStatus, Failure, PostAttempt, PostJob
from domain.post_jobs import Status as JobStatus
from domain.post_jobs.ending import FAIL, search_later


@dataclass(frozen=True)
class NoEvidence(Refusal):
    """A verdict needs a reason that others can check, and *success* the number of the message."""


@dataclass(frozen=True)
class PartyCannotJudge(Refusal):
    """Nobody decides, or signs a decision, about their own money or channel."""


@dataclass(frozen=True)
class MessageTaken(Refusal):
    """This message is the post of another job; a message is one job's."""

    message: int
    job: int


@dataclass(frozen=True)
class AnotherMessage(Refusal):
    """Telegram itself, or an earlier verdict, said which message this post is; a verdict does not make it another."""

    message: int


@dataclass(frozen=True)
class NotThereYet(Refusal):
    """As far as anybody can see the channel has no such message yet; the newest that we saw is far before it."""

    message: int
    newest: int


c, m, a, cr = table(Channel), table(ChannelManager), table(PostAttempt), table(Creative)

DISPUTED = "disputed"
MOST_NUMBER = 2**31 - 1
"""The greatest number that a message can have: Telegram's are of 32 bits."""
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


PARTIES = (
    select(ct.c.publisher_id.label("user"))
    .where(ct.c.id == bindparam("target"))
    .union(
        select(cp.c.advertiser_id).join(ct, ct.c.campaign_id == cp.c.id).where(ct.c.id == bindparam("target")),
        select(m.c.user_id).join(ct, ct.c.channel_id == m.c.channel_id).where(ct.c.id == bindparam("target")),
    )
)
NEWEST = select(c.c.newest_message_id).where(c.c.chat_id == bindparam("chat"))
BEING_SENT = (
    select(j.c.id)
    .join(a, (a.c.post_job_id == j.c.id) & (a.c.token == j.c.lease_token))
    .join(ct, ct.c.id == j.c.campaign_target_id)
    .join(c, c.c.id == ct.c.channel_id)
    .where(
        j.c.status == JobStatus.sending,
        j.c.id != bindparam("job"),
        c.c.chat_id == bindparam("chat"),
        func.coalesce(a.c.newest_before, c.c.newest_message_id) < bindparam("last"),
    )
    .limit(1)
)
"""What is being sent comes after what was there before: a message that was is not that one."""
TOLD = (
    select(j.c.message_ids, c.c.chat_id)
    .join(ct, ct.c.id == j.c.campaign_target_id)
    .join(c, c.c.id == ct.c.channel_id)
    .where(j.c.id == bindparam("job"), j.c.status == JobStatus.uncertain, j.c.message_ids.is_not(None))
)
GIVE_UP = update(j).where(j.c.id.in_(bindparam("ids", expanding=True))).values(message_id=None, pin_due_at=None)
UNKNOWN = select(a.c.ended_at).where(a.c.post_job_id == bindparam("job"), a.c.status == AttemptStatus.unknown)
SEARCH = (
    update(j)
    .where(j.c.id == bindparam("job"))
    .values(next_search_at=func.coalesce(j.c.next_search_at, bindparam("later", type_=j.c.next_search_at.type)))
)
SAW = {JobStatus.success: Verdict.up, JobStatus.failed: Verdict.gone, JobStatus.removed: Verdict.gone}
GIVEN = (
    select(k.c.id)
    .where(k.c.post_job_id == bindparam("job"), k.c.verdict == bindparam("saw"), k.c.evidence == bindparam("why"))
    .limit(1)
)
"""This very verdict, kept as a check."""
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
    looks could not tell and gave up, was served. *Removed* gives all of the price back, whatever the offer says. Asked again on
    the same evidence, the same answer; what ended so otherwise, or on other evidence, and what the flow forbids is refused. Above
    the terms' limit it needs a countersign. Nobody gives one, or signs it, about their own money or channel. While a dispute is
    open, what it is about is decided there. What was not published and turns up later is still searched for and taken down.

    A message that cannot be there, or may be a post that is being sent just now, is refused. A message is one job's. Where
    Telegram took an uncertain job's post as a message that a verdict had said to be another's, that other job gives it up to this
    one once nothing more of it is to be decided: it is removed, or its money has moved.
    """
    evidence = evidence.strip()
    if not evidence:
        raise Refused(NoEvidence())
    told = act.conn.execute(TOLD, {"job": job_id}).one_or_none() if to == JobStatus.success else None
    rivals = set(post_jobs.owners(act, [(told.chat_id, told.message_ids)]).values()) if told else set()
    both = in_order({job_id, *rivals})
    jobs = {row.id: row for row in act.conn.execute(LOCK_JOBS, {"ids": both})}
    escrows = {row.id: row for row in act.conn.execute(LOCK_ESCROWS, {"ids": both})}
    job, held = jobs.get(job_id), escrows.get(job_id)
    if job is None or held is None:
        raise Refused(NotFound("post_jobs"))
    own = parties(act, job_id)
    if act.actor.user_id in own:
        raise Refused(PartyCannotJudge())
    blind = job.status == JobStatus.success and job.served_at is None and job.next_look_at is None
    if job.status == to and not blind:
        if to == JobStatus.success and message_id not in (None, job.message_ids[0]):
            raise Refused(AnotherMessage(job.message_ids[0]))
        if act.conn.execute(GIVEN, {"job": job_id, "saw": SAW.get(to), "why": evidence}).first() is None:
            raise Refused(WrongState("post_jobs", job.status))
        return to
    if not (blind and to == JobStatus.success) and job.status not in MAY_FOLLOW.get(to, ()):
        raise Refused(WrongState("post_jobs", job.status))
    if held.status != EscrowStatus.held:
        raise Refused(WrongState("escrow", held.status))
    if job.disputed_at is not None:
        raise Refused(WrongState("post_jobs", DISPUTED))
    ids: tuple[int, ...] = ()
    side = act.conn.execute(SIDES, {"ids": [job_id]}).one()
    if to == JobStatus.success and not blind:
        if message_id is None:
            raise Refused(NoEvidence())
        ids = Content.from_json(act.conn.execute(BOUGHT, {"id": job_id}).scalar_one()).numbers(message_id)
        _check_there(act, job, side, ids)
        over = {i for i in rivals if jobs[i].status == JobStatus.removed or escrows[i].status != EscrowStatus.held}
        _make_free(act, job_id, side.chat_id, ids, over)
    if held.amount > act.terms.verdict_limit:
        given = {"job_id": job_id, "to": str(to), "evidence": evidence, "message_id": message_id}
        if countersigns.require(act, given, countersign) in own:
            raise Refused(PartyCannotJudge())
    if to == JobStatus.removed:
        remove(act, [job_id], evidence)
    elif to == JobStatus.failed:
        act.conn.execute(FAIL, {"ids": [job_id], "failure": Failure.verdict, "why": evidence, "now": act.now})
        if (ended := act.conn.execute(UNKNOWN, {"job": job_id}).scalar()) is not None:
            act.conn.execute(SEARCH, {"job": job_id, "later": search_later(act, ended)})
    elif blind:
        act.conn.execute(NEXT, {"job": job_id, "look": None, "served": act.now} | marks(job, (), act.now))
    else:
        post = {"chat": side.chat_id, "message": message_id, "messages": list(ids)}
        act.conn.execute(SUCCESS, {"ids": [job_id]} | post | post_jobs.published(act, side.hours))
    look = {"post_job_id": job_id, "verdict": SAW[to], "evidence": evidence, "actor": act.actor.name, "at": act.now}
    act.conn.execute(WRITE, [look])
    act.record("post_jobs", job_id, status=to, evidence=evidence, message=message_id)
    return to


def parties(look: Look, target: int) -> frozenset[int]:
    """Whom a placement is about: its advertiser, whoever is to be paid, and the channel's managers."""
    return frozenset(look.conn.scalars(PARTIES, {"target": target}))


def _check_there(act: Act, job: Any, side: Any, ids: Sequence[int]) -> None:
    """Refuses a message that the channel cannot have, that nobody can have seen there, or that may be a post being sent now.

    Telegram counts a channel's messages from 1 on, and what comes later has a greater number. The newest that we saw may not be
    the newest there is: our own post that nobody knows of comes after it, and what follows a post by itself. But a search takes
    a channel for ended where it finds none of `search_gap` numbers in a row: what is further away is a slip, and would be the
    number of a post to come. Whatever anybody posts there puts the newest right. Nothing is compared where we saw no message at
    all, or have lost our rights and are told of none. What Telegram itself said of a job needs no such proof.
    """
    if job.message_ids:
        if list(ids) != job.message_ids:
            raise Refused(AnotherMessage(job.message_ids[0]))
        return
    if ids[0] < 1 or ids[-1] > MOST_NUMBER:
        raise Refused(OutOfRange("message", 1, MOST_NUMBER))
    if act.conn.execute(BEING_SENT, {"job": job.id, "chat": side.chat_id, "last": ids[-1]}).first() is not None:
        raise Refused(post_jobs.BeingSent())
    newest = act.conn.execute(NEWEST, {"chat": side.chat_id}).scalar_one()
    if newest and side.channel != ChannelStatus.lost and ids[0] > newest + act.terms.search_gap:
        raise Refused(NotThereYet(ids[0], newest))


def _make_free(act: Act, job_id: int, chat_id: int, numbers: Sequence[int], over: set[int]) -> None:
    """Refuses a message that belongs to another job's post, but for those jobs that are `over`: they give it up."""
    taken = {n: owner for (_, n), owner in post_jobs.owners(act, [(chat_id, numbers)]).items() if n in numbers}
    for number, owner in sorted(taken.items()):
        if owner not in over:
            raise Refused(MessageTaken(number, owner))
    if taken:
        act.conn.execute(GIVE_UP, {"ids": in_order(taken.values())})
    for owner in in_order(taken.values()):
        act.record("post_jobs", owner, gave=list(numbers), to=job_id)

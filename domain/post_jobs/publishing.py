"""Claim, start, give back, record: the four commits around the one call that nobody can take back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select, update

from domain import flow, notices, sets
from domain.action import SYSTEM, Act, Asked, Outcomes, Switch, action, in_order, set_action
from domain.base import table
from domain.campaigns import IS_PLAIN, Campaign, CampaignTarget, Creative
from domain.channels import Channel
from domain.errors import Refusal
from domain.post_jobs.beside import owners
from domain.post_jobs.lease import ATTEMPT_DROPPED, NO_LEASE, leased, recorded_before
from domain.post_jobs.moments import early_look, end_of
from domain.post_jobs.on_top import cover
from domain.post_jobs.readiness import READY, READY_OF, backoff, moments
from domain.post_jobs.row import ATTEMPT_FLOW, FLOW, AttemptStatus, Failure, PostAttempt, PostJob, Status, a, j

c, ct, cp, cr = table(Channel), table(CampaignTarget), table(Campaign), table(Creative)


@dataclass(frozen=True)
class Duty:
    """A claimed job: what to publish where, until when the lease runs, and its token."""

    id: int
    token: str
    until: datetime
    chat_id: int
    content: dict[str, Any]
    """As stored: read by the worker, so that content nobody can read spoils one job and not the claim of all."""
    silent: bool


@dataclass(frozen=True)
class Sent:
    """What came of a call. `error` is for all but what was accepted."""

    status: AttemptStatus
    message_ids: tuple[int, ...] = ()
    fingerprints: tuple[str, ...] = ()
    """What each message looks like, as Telegram shows it."""
    error: str | None = None
    retry_in: timedelta | None = None
    """For what was not sent: when Telegram said that it may be tried again; else we wait longer from try to try."""
    moved_to: int | None = None
    """The chat's new number, where Telegram says that it has one."""
    unauthorized: bool = False
    """The token is not accepted: nothing can be published with it."""


@dataclass(frozen=True)
class HeldBack(Refusal):
    """Something it needs to be sent is not so any more (`readiness`); the job waits."""

    id: int


PLAIN = select(IS_PLAIN).where(cr.c.id == ct.c.creative_id).scalar_subquery()
DUE = (
    select(j.c.id, j.c.lost_leases)
    .join(ct, ct.c.id == j.c.campaign_target_id)
    .join(cp, cp.c.id == ct.c.campaign_id)
    .join(c, c.c.id == ct.c.channel_id)
    .where(j.c.status == Status.queued, j.c.due_at <= bindparam("now"), READY)
    .order_by(j.c.due_at, j.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=j, skip_locked=True)
)
MAINS = DUE.where(or_(c.c.courier_id.is_(None), ~PLAIN))
COURIERS = DUE.where(and_(c.c.courier_id == bindparam("courier"), PLAIN))
CLAIM = flow.move(
    PostJob,
    Status.sending,
    FLOW,
    lease_token=bindparam("token"),
    lease_until=bindparam("until"),
    bot_id=bindparam("bot", type_=j.c.bot_id.type),
)
HARMLESS = update(a).where(a.c.post_job_id == bindparam("job"), a.c.token == bindparam("lease")).values(alone=False)
DUTIES = (
    select(j.c.id, j.c.lease_token, j.c.lease_until, c.c.chat_id, cr.c.content, ct.c.silent)
    .join(ct, ct.c.id == j.c.campaign_target_id)
    .join(c, c.c.id == ct.c.channel_id)
    .join(cr, cr.c.id == ct.c.creative_id)
    .where(j.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(j.c.due_at, j.c.id)
)
LOCK_CAMPAIGNS = (
    select(cp.c.id)
    .join(ct, ct.c.campaign_id == cp.c.id)
    .where(ct.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(cp.c.id)
    .with_for_update(of=cp, read=True)
)
"""So that nothing is started any more once a pause has been answered."""
NEWEST = (
    select(c.c.newest_message_id)
    .join(ct, ct.c.channel_id == c.c.id)
    .where(ct.c.id == a.c.post_job_id)
    .scalar_subquery()
)
STARTED = flow.move(PostAttempt, AttemptStatus.started, ATTEMPT_FLOW, started_at=bindparam("now"), newest_before=NEWEST)
PUT_BACK = flow.move(
    PostJob, Status.queued, FLOW, due_at=func.coalesce(bindparam("due", type_=j.c.due_at.type), j.c.due_at), **NO_LEASE
)
END_ATTEMPT = (
    update(a)
    .where(a.c.id == bindparam("attempt_id"), a.c.status == AttemptStatus.started)
    .values(status=bindparam("to"), ended_at=bindparam("now"), error=bindparam("error"))
)
COLUMNS = {
    "status": "to",
    "due_at": "due",
    "failure": "failure",
    "last_error": "error",
    "chat_id": "chat",
    "message_id": "message",
    "message_ids": "messages",
    "pin_due_at": "pin",
    "fingerprints": "fingerprints",
    "published_at": "published",
    "next_look_at": "look",
    "confirm_at": "confirm",
    "served_at": "served",
    "next_search_at": "search",
    "ended_at": "ended",
}
RECORD = (
    update(j)
    .where(j.c.id == bindparam("job"), j.c.status == Status.sending)
    .values({name: bindparam(given) for name, given in COLUMNS.items()} | NO_LEASE)
    .values(attempts=j.c.attempts + bindparam("counted"), retries=j.c.retries + bindparam("retried"))
)
there = c.alias()
MIGRATE = (
    update(c)
    .where(c.c.chat_id == bindparam("old"), ~select(there.c.id).where(there.c.chat_id == bindparam("new")).exists())
    .values(chat_id=bindparam("new"))
)
"""A channel that went where another one is listed already stays as it is: its posts fail, and are refunded."""
BECOMES = {
    AttemptStatus.accepted: Status.success,
    AttemptStatus.refused: Status.failed,
    AttemptStatus.not_sent: Status.queued,
    AttemptStatus.unknown: Status.uncertain,
}


def link(chat_id: int, username: str | None, message_id: int) -> str:
    """Where a post is to be seen."""
    if username:
        return f"https://t.me/{username}/{message_id}"
    return f"https://t.me/c/{str(chat_id).removeprefix('-100')}/{message_id}"


def published(act: Act, hours: int) -> dict[str, Any]:
    """The times of a job just published: served at once, or looked at from its first minutes to the confirming look."""
    if hours == 0:
        return {"published": act.now, "served": act.now, "look": None, "confirm": None}
    confirm = end_of(act.now, hours) + act.terms.confirm
    return {"published": act.now, "served": None, "look": early_look(act.terms, act.now), "confirm": confirm}


@action("post_jobs.claim", roles=SYSTEM, gates=(Switch.worker_post,))
def claim(act: Act, most: int = 50, courier: int | None = None, harmless: Duty | None = None) -> list[Duty]:
    """Takes due jobs under a lease, oldest slot first; a job that lost a lease is taken alone. Others' locks are skipped.

    A courier takes what has no media in its channels, the main bot everything else. Whose the job was is kept from here on.
    `harmless` is what this process claimed alone before, and has prepared: if its lease is lost now, something else is the cause.
    """
    if harmless:
        act.conn.execute(HARMLESS, {"job": harmless.id, "lease": harmless.token})
    mine = moments(act) | {"most": most}
    due = act.conn.execute(
        MAINS if courier is None else COURIERS, mine | ({"courier": courier} if courier else {})
    ).all()
    ids = [row.id for row in due[:1]] if due and due[0].lost_leases else [row.id for row in due if not row.lost_leases]
    if not ids:
        return []
    lease = {"until": act.now + act.terms.lease, "bot": courier}
    claimed = act.conn.execute(CLAIM, lease | {"ids": ids, "token": act.id})
    assert claimed.rowcount == len(ids)
    whose: dict[str, Any] = {} if courier is None else {"bot": courier}
    attempt = {"token": act.id, "status": AttemptStatus.prepared, "prepared_at": act.now, "alone": len(ids) == 1}
    sets.insert(act.conn, a, [attempt | {"post_job_id": i} for i in ids])
    for i in ids:
        act.record("post_jobs", i, token=act.id, **whose)
    return [
        Duty(r.id, r.lease_token, r.lease_until, r.chat_id, r.content, r.silent)
        for r in act.conn.execute(DUTIES, {"ids": ids})
    ]


@set_action("post_jobs.start", roles=SYSTEM, gates=(Switch.telegram_posting,))
def start(act: Act, asked: Asked[int], token: str) -> Outcomes[int, None]:
    """The last commit before the call. Refused where the lease is lost, or what a job needs is not so any more.

    A channel that has changed its courier since the claim holds a job back: it is claimed again, for the other bot.
    """
    act.conn.execute(LOCK_CAMPAIGNS, {"ids": in_order(asked)})
    came, _, facts = leased(act, asked, token, AttemptStatus.prepared, running=True)
    ready = set(act.conn.scalars(READY_OF, {"ids": list(facts)} | moments(act)))
    came |= {i: HeldBack(i) for i in facts if i not in ready}
    came |= {i: HeldBack(i) for i, row in facts.items() if row.bot_id not in (None, row.courier_id)}
    go = [i for i in facts if i not in came]
    if go:
        started = act.conn.execute(STARTED, {"ids": [facts[i].attempt_id for i in go], "now": act.now})
        assert started.rowcount == len(go)
    for i in go:
        came[i] = None
        act.record("post_jobs", i, token=token)
    return came


@set_action("post_jobs.put_back", roles=SYSTEM, gates=())
def put_back(act: Act, asked: Asked[int], token: str, wait: timedelta = timedelta(0)) -> Outcomes[int, None]:
    """Nothing was sent and nothing will be: the job is queued again, for later if it has to `wait`; nothing is counted."""
    came, _, facts = leased(act, asked, token, AttemptStatus.prepared)
    if facts:
        attempts = [f.attempt_id for f in facts.values()]
        act.conn.execute(ATTEMPT_DROPPED, {"ids": attempts, "now": act.now, "why": "put back"})
        moved = act.conn.execute(PUT_BACK, {"ids": list(facts), "due": act.now + wait if wait else None})
        assert moved.rowcount == len(facts)
    for i in facts:
        came[i] = None
        act.record("post_jobs", i, token=token)
    return came


@set_action("post_jobs.record", roles=SYSTEM, gates=())
def record(act: Act, asked: Asked[int], token: str, results: dict[int, Sent]) -> Outcomes[int, Status]:
    """What came of the calls; answers what the jobs became. A late worker, whose lease was taken away, is refused.

    What Telegram took as a message that is another job's by now, by what somebody said or as is said in this very set, is
    uncertain: it keeps its number, no search settles it, and the admins are told, since one of the two is wrong. The others of
    the set are recorded as ever.
    Asked again with the same token and the same results, the first answer; with other results, refused.
    """
    came, _, leases = leased(act, asked, token, AttemptStatus.started)
    came |= {i: BECOMES[status] for i, status in recorded_before(act, came, token, results).items()}
    rows, ends, told, migrated, contested = [], [], [], [], []
    taken = owners(act, [(facts.chat_id, results[i].message_ids) for i, facts in leases.items()])
    for i, facts in leases.items():
        sent = results[i]
        other = next(((n, taken[facts.chat_id, n]) for n in sent.message_ids if (facts.chat_id, n) in taken), None)
        taken |= {} if other else {(facts.chat_id, n): i for n in sent.message_ids}
        error = f"message {other[0]} is job {other[1]}'s" if other else sent.error
        to, row, notice = _outcome(act, facts, sent, error, contested=other is not None)
        came[i] = to
        rows.append(row)
        ends.append({"attempt_id": facts.attempt_id, "to": sent.status, "now": act.now, "error": error})
        if other:
            where = {"channel": facts.title, "link": link(facts.chat_id, facts.username, other[0]), "other": other[1]}
            contested.append((i, where))
        if notice:
            told += [(user_id, notice[0], i, notice[1]) for user_id in (facts.advertiser_id, facts.publisher_id)]
        if sent.moved_to:
            migrated.append({"old": facts.chat_id, "new": sent.moved_to})
        late = _late(act, facts.deadline) if to == Status.success else None
        act.record("post_jobs", i, status=to, error=error, messages=list(sent.message_ids), late=late)
    if rows:
        act.conn.execute(END_ATTEMPT, ends)
        act.conn.execute(RECORD, rows)
        cover(act, [row for row in rows if row["to"] == Status.success])
        notices.owe(act, told)
        notices.owe_admins_each(act, "contested", contested)
    if migrated:
        act.conn.execute(MIGRATE, migrated)
    return came


def _late(act: Act, deadline: datetime) -> float:
    """How many seconds after its slot (or its approval, if that came later) it went out."""
    return max(0.0, (act.now - deadline + act.terms.late).total_seconds())


def _outcome(
    act: Act, facts: Any, sent: Sent, error: str | None, *, contested: bool
) -> tuple[Status, dict[str, Any], tuple[str, dict[str, Any]] | None]:
    """What a job becomes after a call: its status, its columns, and what its two sides are told."""
    to = Status.uncertain if contested else BECOMES[sent.status]
    row: dict[str, Any] = dict.fromkeys(COLUMNS.values())
    wait = backoff(act.terms, facts.retries, facts.deadline - act.now) if sent.retry_in is None else sent.retry_in
    row |= {"job": facts.id, "to": to, "due": act.now + wait, "error": error}
    row["counted"] = int(to != Status.queued)
    row["retried"] = int(to == Status.queued and sent.retry_in is None)
    told: dict[str, Any] = {"channel": facts.title}
    if to == Status.success:
        row |= {"chat": facts.chat_id, "message": sent.message_ids[0], "messages": list(sent.message_ids)}
        row["fingerprints"] = list(sent.fingerprints) or None
        row |= published(act, facts.hours) | {"pin": act.now if facts.pin else None}
        return to, row, ("published", told)
    if to == Status.failed:
        row |= {"failure": Failure.refused, "ended": act.now}
        return to, row, ("failed", told | {"reason": Failure.refused, "note": sent.error})
    if contested:
        row["messages"] = list(sent.message_ids)
    elif to == Status.uncertain:
        row["search"] = act.now
    return to, row, None

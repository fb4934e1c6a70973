"""Making a proposal, and how it comes to nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from domain import flow, notices, sets
from domain.action import ANYONE, PEOPLE, STAFF, SYSTEM, Act, action
from domain.base import table
from domain.campaigns import SIDES, AnswerTooLate, Approval, CampaignTarget, Changed, ChannelBlocked, check_slot
from domain.channels import Channel
from domain.errors import NotFound, Refusal, Refused, WrongState
from domain.money import check_amount
from domain.post_jobs import PostJob
from domain.proposals.row import FLOW, Kind, Proposal, Status, p


@dataclass(frozen=True)
class SameTerms(Refusal):
    """That is what was booked."""


@dataclass(frozen=True)
class TooManyRounds(Refusal):
    """So many proposals were made about this placement; now it is yes or no."""

    most: int


c, ct, j = table(Channel), table(CampaignTarget), table(PostJob)
IDS: Any = bindparam("ids", expanding=True)

LOCK_TARGETS = select(ct).where(ct.c.id.in_(IDS)).order_by(ct.c.id).with_for_update()
LOCK_JOBS = select(j.c.id).where(j.c.id.in_(IDS)).order_by(j.c.id).with_for_update()
OPEN = select(p).where(p.c.campaign_target_id == bindparam("id"), p.c.status == Status.made)
TARGET_OF = select(p.c.campaign_target_id).where(p.c.id == bindparam("id"))
LOCK = select(p).where(p.c.id == bindparam("id")).with_for_update()
MAKE = insert(p).returning(p.c.id)
END = {to: flow.move(Proposal, to, FLOW, ended_at=bindparam("now")) for to in (Status.accepted, Status.declined)}
EXPIRE = flow.move(Proposal, Status.expired, FLOW, ended_at=bindparam("now")).returning(p.c.id)
WITHDRAW = flow.move(Proposal, Status.withdrawn, FLOW, by="campaign_target_id", ended_at=bindparam("now")).returning(
    p.c.id
)
ASK = (
    update(ct)
    .where(ct.c.id == bindparam("target"))
    .values(answer_by=bindparam("until"), remind_at=bindparam("remind"), version=ct.c.version + bindparam("newer"))
)
DUE = (
    select(ct.c.id)
    .join(p, p.c.campaign_target_id == ct.c.id)
    .where(p.c.status == Status.made, p.c.answer_by <= bindparam("now"))
    .order_by(ct.c.id)
    .limit(200)
    .with_for_update(of=ct, skip_locked=True)
)
OF_TARGETS = (
    select(p, ct.c.slot.label("booked"), c.c.title)
    .join(ct, ct.c.id == p.c.campaign_target_id)
    .join(c, c.c.id == ct.c.channel_id)
    .where(ct.c.id.in_(IDS), p.c.status == Status.made)
    .order_by(ct.c.id)
)
LINE = select(ct.c.id, ct.c.retry_of).where(ct.c.id == bindparam("id")).cte("line", recursive=True)
LINE = LINE.union_all(select(ct.c.id, ct.c.retry_of).join(LINE, ct.c.id == LINE.c.retry_of))
ROUNDS = select(func.count()).select_from(p).where(p.c.campaign_target_id.in_(select(LINE.c.id)))


def _until(act: Act, asked_by: datetime, made: datetime, since: datetime, slot: datetime | None) -> datetime:
    """Until when the publisher may answer once the advertiser no longer has the word, from `since` on."""
    until = since + max(asked_by - made, act.terms.after_proposal)
    return until if slot is None else min(until, slot)


@action("proposals.make", roles=PEOPLE, gates=())
def make(act: Act, target_id: int, version: int, *, slot: datetime | None = None, price: int | None = None) -> Proposal:
    """A manager asks for another time, or for another price; exactly one of them. Again with the same terms: the first answer.

    The placement's version grows, so that whoever still sees the old card decides about nothing.
    """
    assert (slot is None) != (price is None)
    target = act.conn.execute(LOCK_TARGETS, {"ids": [target_id]}).one_or_none()
    job = act.conn.execute(LOCK_JOBS, {"ids": [target_id]}).one_or_none()
    if target is None or job is None:
        raise Refused(NotFound("campaign_targets"))
    facts = act.conn.execute(SIDES, {"ids": [target_id], "user": act.actor.user_id}).one()
    if not facts.manages or act.actor.is_user(facts.advertiser_id):
        raise Refused(NotFound("campaign_targets"))
    there = act.conn.execute(OPEN, {"id": target_id}).one_or_none()
    if there is not None and act.actor.is_user(there.made_by) and (there.slot, there.price) == (slot, price):
        return Proposal(**there._mapping)
    if target.approval != Approval.waiting:
        raise Refused(WrongState("campaign_targets", target.approval))
    if target.version != version or there is not None:
        raise Refused(Changed())
    if target.answer_by <= act.now:
        raise Refused(AnswerTooLate())
    if facts.blocked_at is not None:
        raise Refused(ChannelBlocked(facts.title))
    if (slot is None and price == target.price) or (price is None and slot == target.slot):
        raise Refused(SameTerms())
    if price is not None:
        check_amount(price)
    check_slot(slot, act.now, act.terms.ahead.days)
    before = act.conn.execute(ROUNDS, {"id": target_id}).scalar_one()
    if before >= act.terms.rounds:
        raise Refused(TooManyRounds(act.terms.rounds))
    answer_by = min(at for at in (act.now + act.terms.proposal, target.slot, slot) if at is not None)
    row = {
        "campaign_target_id": target_id,
        "round": before + 1,
        "kind": Kind.time if price is None else Kind.price,
        "slot": slot,
        "price": price,
        "status": Status.made,
        "made_by": act.actor.user_id,
        "asked_by": target.answer_by,
        "answer_by": answer_by,
        "created_at": act.now,
    }
    number = act.conn.execute(MAKE, row).scalar_one()
    until = _until(act, target.answer_by, act.now, answer_by, target.slot)
    remind = act.terms.next_reminder(until, answer_by)
    act.conn.execute(ASK, {"target": target_id, "until": until, "remind": remind, "newer": 1})
    _set_deadlines(act, {target_id: until})
    notices.owe(act, [(facts.advertiser_id, "proposal", target_id, {"proposal": number})])
    act.record("proposals", number, target=target_id, slot=slot.isoformat() if slot else None, price=price)
    return Proposal(id=number, ended_at=None, **row)


@action("proposals.decline", roles=ANYONE, gates=())
def decline(act: Act, proposal_id: int) -> Proposal:
    """The advertiser does not want it: the placement waits for the publisher again, as it was booked."""
    target, found = locked(act, proposal_id)
    facts = act.conn.execute(SIDES, {"ids": [target.id], "user": found.made_by}).one()
    if not act.actor.is_user(facts.advertiser_id):
        raise Refused(NotFound("proposals"))
    if found.status != Status.declined:
        check_open(act, found)
        ended(act, found.id, Status.declined)
        until = _give_back(act, [found], {target.id: target.slot})[target.id]
        told = {"channel": facts.title, "outcome": Status.declined, "until": until.isoformat()}
        notices.owe(act, [(found.made_by, "proposal-over", target.id, told)])
    return Proposal(**dict(found._mapping) | {"status": Status.declined, "ended_at": found.ended_at or act.now})


@action("proposals.expire", roles=SYSTEM | STAFF, gates=())
def expire(act: Act) -> list[int]:
    """Proposals that no advertiser answered in time: their placements wait for the publishers again."""
    ids = list(act.conn.scalars(DUE, {"now": act.now}))
    if not ids:
        return []
    act.conn.execute(LOCK_JOBS, {"ids": ids})
    rows = [row for row in act.conn.execute(OF_TARGETS, {"ids": ids}).all() if row.answer_by <= act.now]
    over = set(act.conn.scalars(EXPIRE, {"ids": [row.id for row in rows], "now": act.now}))
    assert len(over) == len(rows)
    until = _give_back(act, rows, {row.campaign_target_id: row.booked for row in rows}) if rows else {}
    told = {"outcome": Status.expired}
    owed = [
        (row.made_by, "proposal-over", row.campaign_target_id, told | _facts(row, until[row.campaign_target_id]))
        for row in rows
    ]
    notices.owe(act, owed)
    for row in rows:
        act.record("proposals", row.id, status=Status.expired)
    return [row.id for row in rows]


def _facts(row: Any, until: datetime) -> dict[str, Any]:
    return {"channel": row.title, "until": until.isoformat()}


def _give_back(act: Act, rows: Sequence[Any], slots: dict[int, datetime | None]) -> dict[int, datetime]:
    """The publishers have the word again; answers until when."""
    until = {
        i: _until(act, row.asked_by, row.created_at, act.now, slots[i])
        for row in rows
        for i in (row.campaign_target_id,)
    }
    plans = [
        {"target": i, "until": at, "remind": act.terms.next_reminder(at, act.now), "newer": 0}
        for i, at in until.items()
    ]
    act.conn.execute(ASK, plans)
    _set_deadlines(act, until)
    return until


def _set_deadlines(act: Act, until: dict[int, datetime]) -> None:
    """A job's deadline is the answer's until it is approved, or the watchdogs would take a long answer for a stuck escrow."""
    sets.update(act.conn, j, [{"id": i, "deadline": at} for i, at in until.items()])


def locked(act: Act, proposal_id: int) -> tuple[Any, Any]:
    """A placement, with its job, and the proposal about it, locked in that order."""
    target_id = act.conn.scalar(TARGET_OF, {"id": proposal_id})
    if target_id is None:
        raise Refused(NotFound("proposals"))
    target = act.conn.execute(LOCK_TARGETS, {"ids": [target_id]}).one()
    act.conn.execute(LOCK_JOBS, {"ids": [target_id]})
    return target, act.conn.execute(LOCK, {"id": proposal_id}).one()


def check_open(act: Act, found: Any) -> None:
    if found.status != Status.made:
        raise Refused(WrongState("proposals", found.status))
    if found.answer_by <= act.now:
        raise Refused(AnswerTooLate())


def ended(act: Act, proposal_id: int, to: Status) -> None:
    """The advertiser's answer to a proposal whose lock the caller holds."""
    moved = act.conn.execute(END[to], {"ids": [proposal_id], "now": act.now})
    assert moved.rowcount == 1
    act.record("proposals", proposal_id, status=to)


def withdraw(act: Act, target_ids: Sequence[int]) -> None:
    """Whatever is proposed about placements that wait no longer, whose locks the caller holds."""
    for i in act.conn.scalars(WITHDRAW, {"ids": list(target_ids), "now": act.now}):
        act.record("proposals", i, status=Status.withdrawn)

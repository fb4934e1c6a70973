"""Who is a party to a dispute, what an act about it must lock and read first, and how each step is written and told.

The locks are those of a release, in its order, and the dispute's own row last: whichever of the two comes first, the other one
sees it. A party is the advertiser, or whoever gets the money or manages the channel; to all others there is no dispute.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select

from domain import notices
from domain.action import Act
from domain.base import table
from domain.campaigns import Campaign, CampaignTarget
from domain.channels import Channel
from domain.checks import parties
from domain.disputes.row import OPEN, Dispute, Side, Status, Step, d, h
from domain.errors import NotFound, OutOfRange, Refused, WrongState
from domain.escrow import Escrow
from domain.post_jobs import PostJob
from domain.post_jobs import Status as JobStatus

MOST_WORDS = 1000

c, cp, ct, j, es = (table(row) for row in (Channel, Campaign, CampaignTarget, PostJob, Escrow))

IDS: Any = bindparam("ids", expanding=True)
LOCK_TARGETS = select(ct.c.id).where(ct.c.id.in_(IDS)).order_by(ct.c.id).with_for_update()
LOCK_JOBS = select(j.c.id).where(j.c.id.in_(IDS)).order_by(j.c.id).with_for_update()
LOCK_ESCROWS = select(es.c.id).where(es.c.id.in_(IDS)).order_by(es.c.id).with_for_update()
LOCK_DISPUTES = select(d.c.id).where(d.c.campaign_target_id.in_(IDS)).order_by(d.c.id).with_for_update()
FACTS = (
    select(
        ct.c.id,
        ct.c.price,
        ct.c.publisher_id,
        c.c.title,
        cp.c.advertiser_id,
        j.c.status.label("job"),
        es.c.status.label("escrow"),
    )
    .join(c, c.c.id == ct.c.channel_id)
    .join(cp, cp.c.id == ct.c.campaign_id)
    .outerjoin(j, j.c.id == ct.c.id)
    .outerjoin(es, es.c.id == ct.c.id)
    .where(ct.c.id.in_(IDS))
)
OF = select(d).where(d.c.campaign_target_id.in_(IDS)).order_by(d.c.id)
TARGET = select(d.c.campaign_target_id).where(d.c.id == bindparam("dispute"))
ONE = select(d).where(d.c.id == bindparam("dispute"))
WRITE = insert(h)


def check_words(words: str) -> str:
    """Words of evidence, stripped; 1 to 1,000 characters."""
    words = words.strip()
    if not 1 <= len(words) <= MOST_WORDS:
        raise Refused(OutOfRange("report", 1, MOST_WORDS))
    return words


@dataclass(frozen=True)
class Case:
    """A placement under lock, with a dispute about it, and the people it is about."""

    facts: Any
    parties: frozenset[int]
    row: Any

    def side(self, user_id: int | None) -> Side | None:
        """Whose side this user is on, if on any."""
        if user_id is None:
            return None
        if user_id == self.facts.advertiser_id:
            return Side.advertiser
        return Side.publisher if user_id in self.parties else None


def lock(act: Act, targets: Sequence[int]) -> dict[int, Any]:
    """Locks placements, jobs, escrows and disputes, in that order; answers what is so of each afterwards."""
    for statement in (LOCK_TARGETS, LOCK_JOBS, LOCK_ESCROWS, LOCK_DISPUTES):
        act.conn.execute(statement, {"ids": targets})
    return {row.id: row for row in act.conn.execute(FACTS, {"ids": targets})}


def locked(act: Act, dispute_id: int) -> Case:
    """A dispute under lock, as it is then. Refuses what is not there."""
    target = act.conn.scalar(TARGET, {"dispute": dispute_id})
    if target is None:
        raise Refused(NotFound("disputes"))
    facts = lock(act, [target])[target]
    return Case(facts, parties(act, target), act.conn.execute(ONE, {"dispute": dispute_id}).one())


def mine(act: Act, dispute_id: int) -> tuple[Case, Side]:
    """The same for a party; to anybody else there is none."""
    case = locked(act, dispute_id)
    side = case.side(act.actor.user_id)
    if side is None:
        raise Refused(NotFound("disputes"))
    return case, side


def check_alive(case: Case, *wanted: Status) -> None:
    """Refuses what is not in one of these states any more, or whose post is gone."""
    if case.row.status not in wanted:
        raise Refused(WrongState("disputes", case.row.status))
    if case.facts.job != JobStatus.success:
        raise Refused(WrongState("disputes", Status.moot))


def fresh(act: Act, dispute_id: int) -> Dispute:
    """The row as it is now."""
    return Dispute(**act.conn.execute(ONE, {"dispute": dispute_id}).one()._mapping)


@dataclass(frozen=True)
class Told:
    """One step about one dispute, as the history keeps it and both sides are told of it."""

    dispute: int
    opener: int
    facts: Any
    step: Step
    side: Side | None = None
    share: int | None = None
    words: str | None = None
    until: Any = None


def announce(act: Act, steps: Iterable[Told]) -> None:
    """Writes the steps down and tells everybody concerned, but for the one who acts; where a judge is needed, the staff too."""
    written, told, judges = [], [], []
    for one in steps:
        kept = {"share": one.share, "words": one.words}
        written.append(
            {"dispute_id": one.dispute, "step": one.step, "side": one.side, "actor": act.actor.name, "at": act.now}
            | kept
        )
        args = {
            "channel": one.facts.title,
            "step": str(one.step),
            "side": str(one.side or "none"),
            "share": one.share or 0,
            "price": one.facts.price,
            "words": one.words or "",
            "until": one.until.isoformat() if one.until else None,
        }
        concerned = sorted({one.facts.advertiser_id, one.facts.publisher_id, one.opener})
        told += [(user, "dispute", one.facts.id, args) for user in concerned if not act.actor.is_user(user)]
        if one.step in (Step.judging, Step.appealed):
            needed = {"channel": one.facts.title, "price": one.facts.price, "appeal": one.step == Step.appealed}
            judges.append((one.facts.id, needed))
        said: dict[str, Any] = {name: value for name, value in kept.items() if value is not None}
        act.record("disputes", one.dispute, step=one.step, placement=one.facts.id, **said)
    if written:
        act.conn.execute(WRITE, written)
        notices.owe_staff_each(act, "dispute-judge", judges)
        notices.owe(act, told)


def is_open(row: Any) -> bool:
    return row.status in OPEN

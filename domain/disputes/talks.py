"""Opening a dispute, and coming to terms: proposals, asking for a judge, taking it back."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, update

from domain import flow
from domain.action import ANYONE, Act, action
from domain.checks import parties
from domain.disputes.ending import UNDISPUTED, carry_out
from domain.disputes.row import FLOW, OPEN, TALKING, Dispute, Side, Status, Step, d
from domain.disputes.sides import (
    MOST_WORDS,
    OF,
    Case,
    Told,
    announce,
    check_alive,
    check_words,
    fresh,
    is_open,
    j,
    lock,
    mine,
)
from domain.errors import NotAllowed, NotFound, OutOfRange, Refusal, Refused, WrongState
from domain.escrow import Status as EscrowStatus
from domain.post_jobs import Status as JobStatus

__all__ = ["MOST_WORDS", "NotDisputable", "TalksFirst", "ask_judge", "open_", "propose", "read_share", "withdraw"]


@dataclass(frozen=True)
class NotDisputable(Refusal):
    """A dispute opens once the post is published, and before its money has moved; this placement is not there, or past it."""

    status: str


@dataclass(frozen=True)
class TalksFirst(Refusal):
    """A judge may be asked for once both sides have proposed; when the time to agree is over, one is called anyway."""


SHARE = re.compile(r"([0-9]{1,3})\s?%|([0-9]{1,13})")
OPENED = insert(d)
DISPUTED = update(j).where(j.c.id == bindparam("job")).values(disputed_at=bindparam("now"))
PROPOSED = {
    side: update(d).where(d.c.id == bindparam("dispute")).values({f"{side}_share": bindparam("proposal")})
    for side in Side
}
SETTLED = flow.move(Dispute, Status.settled, FLOW, share=bindparam("agreed"), until=None, ended_at=bindparam("now"))
JUDGING = flow.move(Dispute, Status.judging, FLOW, until=None)
WITHDRAWN = flow.move(Dispute, Status.withdrawn, FLOW, until=None, ended_at=bindparam("now"))


def read_share(words: str, price: int) -> int:
    """What a person typed, in minor units: `50%` of the price, rounded down, or a whole number up to it."""
    found = SHARE.fullmatch(words.strip())
    share = -1 if found is None else int(found[2]) if found[2] else price * int(found[1]) // 100
    return check_share(share, price)


def check_share(share: int, price: int) -> int:
    if type(share) is not int or not 0 <= share <= price:
        raise Refused(OutOfRange("share", 0, price))
    return share


@action("disputes.open", roles=ANYONE, gates=())
def open_(act: Act, target_id: int, words: str) -> Dispute:
    """Opens one about a published placement whose money has not moved, and keeps that from being due. Asked again: the same.

    Refuses who is no party (as not found), while another is open, after one that was decided, and a second one by a side.
    """
    words = check_words(words)
    facts = lock(act, [target_id]).get(target_id)
    case = None if facts is None else Case(facts, parties(act, facts.id), None)
    side = None if case is None else case.side(act.actor.user_id)
    if facts is None or side is None:
        raise Refused(NotFound("campaign_targets"))
    for old in act.conn.execute(OF, {"ids": [target_id]}):
        if is_open(old) and act.actor.is_user(old.opened_by) and old.words == words:
            return Dispute(**old._mapping)
        if old.status != Status.withdrawn or old.side == side:
            raise Refused(WrongState("disputes", old.status))
    if facts.escrow != EscrowStatus.held:
        raise Refused(NotDisputable(facts.escrow or "none"))
    if facts.job != JobStatus.success:
        raise Refused(NotDisputable(facts.job))
    opened: dict[str, Any] = {
        "campaign_target_id": target_id,
        "status": Status.talks,
        "side": side,
        "opened_by": act.actor.user_id,
        "words": words,
        "created_at": act.now,
        "until": act.now + act.terms.talks,
    }
    number = act.conn.execute(OPENED.values(opened).returning(d.c.id)).scalar_one()
    act.conn.execute(DISPUTED, {"job": target_id, "now": act.now})
    until = opened["until"]
    announce(act, [Told(number, opened["opened_by"], facts, Step.opened, side, words=words, until=until)])
    return fresh(act, number)


@action("disputes.propose", roles=ANYONE, gates=())
def propose(act: Act, dispute_id: int, share: int) -> Dispute:
    """One's own side proposes a share of the price for the publisher, in minor units; equal proposals settle it at once."""
    case, side = mine(act, dispute_id)
    row = case.row
    own, other = row.advertiser_share, row.publisher_share
    if side == Side.publisher:
        own, other = other, own
    if own == share and row.status in (*TALKING, Status.settled):
        return Dispute(**row._mapping)
    check_alive(case, *TALKING)
    check_share(share, case.facts.price)
    act.conn.execute(PROPOSED[side], {"dispute": dispute_id, "proposal": share})
    steps = [Told(dispute_id, row.opened_by, case.facts, Step.proposed, side, share)]
    if share == other:
        moved = act.conn.execute(SETTLED, {"ids": [dispute_id], "agreed": share, "now": act.now})
        assert moved.rowcount == 1
        carry_out(act, [(case.facts, dispute_id, share, None)])
        steps = [Told(dispute_id, row.opened_by, case.facts, Step.settled, side, share)]
    announce(act, steps)
    return fresh(act, dispute_id)


@action("disputes.ask_judge", roles=ANYONE, gates=())
def ask_judge(act: Act, dispute_id: int) -> Dispute:
    """Either side asks for a judge before the time to agree is over, once both have proposed. Asked again: as it is."""
    case, side = mine(act, dispute_id)
    row: Any = case.row
    if row.status == Status.judging:
        return Dispute(**row._mapping)
    check_alive(case, Status.talks)
    if row.advertiser_share is None or row.publisher_share is None:
        raise Refused(TalksFirst())
    moved = act.conn.execute(JUDGING, {"ids": [dispute_id]})
    assert moved.rowcount == 1
    announce(act, [Told(dispute_id, row.opened_by, case.facts, Step.judging, side)])
    return fresh(act, dispute_id)


@action("disputes.withdraw", roles=ANYONE, gates=())
def withdraw(act: Act, dispute_id: int) -> Dispute:
    """The side that opened it takes it back before it is decided; what became due meanwhile is paid. Asked again: as it is."""
    case, side = mine(act, dispute_id)
    if side != case.row.side:
        raise Refused(NotAllowed("disputes.withdraw"))
    if case.row.status == Status.withdrawn:
        return Dispute(**case.row._mapping)
    check_alive(case, *TALKING)
    moved = act.conn.execute(WITHDRAWN, {"ids": [dispute_id], "now": act.now})
    assert moved.rowcount == 1
    act.conn.execute(UNDISPUTED, {"ids": [case.facts.id]})
    announce(act, [Told(dispute_id, case.row.opened_by, case.facts, Step.withdrawn, side)])
    return fresh(act, dispute_id)


assert set(TALKING) < set(OPEN)

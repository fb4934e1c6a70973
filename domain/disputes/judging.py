"""Deciding: an admin who is no party, with evidence; above the verdicts' limit with a countersign, by no party either.

The decision stands once both sides have accepted it or the time to appeal is over; decided on appeal, at once. Whoever decided
first does not decide the appeal: in production never, elsewhere not while there is another admin.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, update

from domain import countersigns, flow
from domain.action import ADMINS, ANYONE, Act, action
from domain.checks import PartyCannotJudge
from domain.disputes.ending import FINAL, carry_out
from domain.disputes.row import FLOW, Dispute, Side, Status, Step, d
from domain.disputes.sides import Told, announce, check_alive, check_words, fresh, locked, mine
from domain.disputes.talks import check_share
from domain.errors import Refusal, Refused, WrongState


@dataclass(frozen=True)
class SameJudge(Refusal):
    """An appeal is decided by another admin than the first."""


ACCEPTED = "accepted"
AFTER = {Status.judging: (Status.decided, Status.final), Status.appealed: (Status.final,)}
"""What a decision at this stage makes of a dispute."""
GIVEN: dict[str, Any] = {"share": bindparam("decision"), "judged_by": bindparam("judge"), "evidence": bindparam("why")}
DECIDED = flow.move(Dispute, Status.decided, FLOW, until=bindparam("ends"), **GIVEN)
OVERRULED = flow.move(Dispute, Status.final, FLOW, until=None, ended_at=bindparam("now"), **GIVEN)
APPEALED = flow.move(Dispute, Status.appealed, FLOW, until=None, appealed_by=bindparam("who"), appeal=bindparam("why"))
ACCEPT = {
    side: update(d).where(d.c.id == bindparam("dispute")).values({f"{side}_accepted_at": bindparam("now")})
    for side in Side
}


@action("disputes.judge", roles=ADMINS, gates=())
def judge(
    act: Act, dispute_id: int, stage: Status, share: int, evidence: str, countersign: int | None = None
) -> Dispute:
    """Decides, as the first judge (`stage` is *judging*) or on appeal (*appealed*): the publisher's share of the price.

    In minor units; 0 gives all of it back. Asked again with the same, the first answer. At any other stage it is refused.
    """
    evidence = check_words(evidence)
    case = locked(act, dispute_id)
    row, price = case.row, case.facts.price
    if case.side(act.actor.user_id) is not None:
        raise Refused(PartyCannotJudge())
    if stage not in AFTER:
        raise Refused(WrongState("disputes", row.status))
    given = (row.judged_by, row.share, row.evidence) == (act.actor.name, share, evidence)
    if given and row.status in AFTER[stage]:
        return Dispute(**row._mapping)
    check_alive(case, stage)
    check_share(share, price)
    if stage == Status.appealed and row.judged_by == act.actor.name:
        others = act.admins - case.parties - {act.actor.user_id}
        if others or act.terms.countersign:
            raise Refused(SameJudge())
    if price > act.terms.verdict_limit:
        arguments = {"dispute_id": dispute_id, "stage": str(stage), "share": share, "evidence": evidence}
        if case.side(countersigns.require(act, arguments, countersign)) is not None:
            raise Refused(PartyCannotJudge())
    decision = {"ids": [dispute_id], "decision": share, "judge": act.actor.name, "why": evidence}
    if stage == Status.judging:
        until = act.now + act.terms.appeal
        moved = act.conn.execute(DECIDED, decision | {"ends": until})
        step = Told(dispute_id, row.opened_by, case.facts, Step.decided, None, share, evidence, until)
    else:
        moved = act.conn.execute(OVERRULED, decision | {"now": act.now})
        carry_out(act, [(case.facts, dispute_id, share, evidence)])
        step = Told(dispute_id, row.opened_by, case.facts, Step.final, None, share, evidence)
    assert moved.rowcount == 1
    announce(act, [step])
    return fresh(act, dispute_id)


@action("disputes.accept", roles=ANYONE, gates=())
def accept(act: Act, dispute_id: int) -> Dispute:
    """One's own side accepts the decision, and so will not appeal; once both have, it is final. Asked again: as it is."""
    case, side = mine(act, dispute_id)
    row = case.row
    own, other = row.advertiser_accepted_at, row.publisher_accepted_at
    if side == Side.publisher:
        own, other = other, own
    if own is not None and row.status in (Status.decided, Status.final):
        return Dispute(**row._mapping)
    check_alive(case, Status.decided)
    act.conn.execute(ACCEPT[side], {"dispute": dispute_id, "now": act.now})
    steps = [Told(dispute_id, row.opened_by, case.facts, Step.accepted, side, row.share)]
    if other is not None:
        moved = act.conn.execute(FINAL, {"ids": [dispute_id], "now": act.now})
        assert moved.rowcount == 1
        carry_out(act, [(case.facts, dispute_id, row.share, row.evidence)])
        steps.append(Told(dispute_id, row.opened_by, case.facts, Step.final, None, row.share))
    announce(act, steps)
    return fresh(act, dispute_id)


@action("disputes.appeal", roles=ANYONE, gates=())
def appeal(act: Act, dispute_id: int, words: str) -> Dispute:
    """Either side, unless it has accepted, asks for another judge, once, in time, and says why.

    Asked again with the same words: as it is.
    """
    words = check_words(words)
    case, side = mine(act, dispute_id)
    row = case.row
    if act.actor.is_user(row.appealed_by) and row.appeal == words:
        return Dispute(**row._mapping)
    check_alive(case, Status.decided)
    own = row.advertiser_accepted_at if side == Side.advertiser else row.publisher_accepted_at
    if own is not None:
        raise Refused(WrongState("disputes", ACCEPTED))
    if row.until <= act.now:
        raise Refused(WrongState("disputes", Status.final))
    moved = act.conn.execute(APPEALED, {"ids": [dispute_id], "who": act.actor.user_id, "why": words})
    assert moved.rowcount == 1
    announce(act, [Told(dispute_id, row.opened_by, case.facts, Step.appealed, side, words=words)])
    return fresh(act, dispute_id)

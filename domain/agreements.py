"""An agreement is a proposal that its advertiser accepted. Both sides have then said yes to the same terms, so the placement is
approved at once; nobody is asked a second time.

Another time moves the slot. Another price gives the old placement up, which the settlement refunds, and books a linked one with
the advertiser's money: the new price is set aside beside the old one, which is still held. Whatever refuses a booking refuses
the agreement, and then nothing has changed: the proposal is open, the money held.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update

from domain import approvals, notices, post_jobs, proposals
from domain.action import PEOPLE, Act, Asked, action
from domain.approvals import Decision
from domain.base import table
from domain.campaigns import SIDES, Approval, CampaignTarget, ChannelBlocked, follow
from domain.errors import NotFound, Refusal, Refused
from domain.escrow import NotEnoughMoney
from domain.escrow.holding import LOCK_CAMPAIGNS, decide
from domain.ledger import GATES, Reason
from domain.post_jobs import Failure
from domain.proposals import Kind, Status
from domain.users import User


@dataclass(frozen=True)
class NotEnoughBeside(Refusal):
    """The wallet holds less than the new price, which is set aside while the old one is still held; in minor units."""

    needed: int
    available: int
    held: int


ct, u = table(CampaignTarget), table(User)
MOVE = update(ct).where(ct.c.id == bindparam("target")).values(slot=bindparam("to"))
BLOCKED = select(u.c.blocked_at).where(u.c.id == bindparam("user"))
FOLLOWED_BY = select(ct.c.id, ct.c.approval, ct.c.version).where(ct.c.retry_of == bindparam("id"))


def _asked(act: Act, proposal_id: int, kind: Kind) -> tuple[Any, Any, Any]:
    """The placement, the proposal and its sides, locked, for its advertiser; refuses what may not be accepted any more.

    The campaign first, also where only the slot moves: PostgreSQL looks at what a row refers to, with a lock, when one
    transaction changes it a second time.
    """
    target_id = act.conn.scalar(proposals.TARGET_OF, {"id": proposal_id})
    act.conn.execute(LOCK_CAMPAIGNS, {"ids": [target_id]})
    target, found = proposals.locked(act, proposal_id)
    facts = act.conn.execute(SIDES, {"ids": [target.id], "user": found.made_by}).one()
    if not act.actor.is_user(facts.advertiser_id) or found.kind != kind:
        raise Refused(NotFound("proposals"))
    if found.status != Status.accepted:
        proposals.check_open(act, found)
        is_barred = facts.blocked_at is not None or not facts.manages
        if is_barred or act.conn.scalar(BLOCKED, {"user": found.made_by}) is not None:
            raise Refused(ChannelBlocked(facts.title))
    return target, found, facts


@action("proposals.accept_time", roles=PEOPLE, gates=())
def accept_time(act: Act, proposal_id: int) -> Decision:
    """The slot moves, and the placement is approved for it. Asked again, the first answer."""
    target, found, facts = _asked(act, proposal_id, Kind.time)
    if found.status == Status.accepted:
        return Decision(target.id, target.approval, target.version)
    proposals.ended(act, found.id, Status.accepted)
    act.conn.execute(MOVE, {"target": target.id, "to": found.slot})
    approvals.decided(act, [target.id], Approval.approved)
    approvals.schedule(act, target.id, found.slot)
    told = {"channel": facts.title, "kind": Kind.time, "at": found.slot.isoformat(), "price": target.price}
    notices.owe(act, [(found.made_by, "agreed", target.id, told)])
    return Decision(target.id, Approval.approved, target.version + 1)


@action("proposals.accept_price", roles=PEOPLE, gates=GATES[Reason.escrow_hold])
def accept_price(act: Act, proposal_id: int) -> Decision:
    """A linked placement is booked at the new price and approved; the old one is given up. Answers the new one; again: the same.

    Refuses whatever a booking is refused for; the wallet must hold the new price beside what is held for the old one.
    """
    target, found, facts = _asked(act, proposal_id, Kind.price)
    if found.status == Status.accepted:
        made = act.conn.execute(FOLLOWED_BY, {"id": target.id}).one()
        return Decision(made.id, made.approval, made.version)
    proposals.ended(act, found.id, Status.accepted)
    approvals.decided(act, [target.id], Approval.declined)
    post_jobs.fail(act, [target.id], Failure.repriced)
    new = follow(act, target, campaign_id=target.campaign_id, creative_id=target.creative_id, price=found.price)
    came = decide(act, Asked({(new,): act.actor}), agreed=True)[(new,)]
    if isinstance(came, NotEnoughMoney):
        raise Refused(NotEnoughBeside(came.needed, came.available, target.price))
    if isinstance(came, Refusal):
        raise Refused(came)
    approvals.decided(act, [new], Approval.approved)
    approvals.schedule(act, new, target.slot)
    at = target.slot.isoformat() if target.slot else None
    told = {"channel": facts.title, "kind": Kind.price, "at": at, "price": found.price}
    notices.owe(act, [(found.made_by, "agreed", new, told)])
    act.record("campaign_targets", new, retry_of=target.id, price=found.price)
    return Decision(new, Approval.approved, 2)

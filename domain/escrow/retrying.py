"""Trying again what failed for no fault of its sides: a new placement, with a new hold, linked to the old one.

The old one stays failed and refunded. The new one has the same post, channel and terms in a campaign of its own, and is asked of
its publisher like any other; its advertiser, whose money it takes, is told and may take it back.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from domain import notices
from domain.action import ADMINS, Act, Actor, Asked, action
from domain.base import table
from domain.campaigns import TERMS, Campaign, CampaignTarget, Creative, TargetStatus, follow
from domain.campaigns import Status as CampaignStatus
from domain.channels import Channel
from domain.errors import NotFound, Refusal, Refused, WrongState
from domain.escrow.holding import LOCK_CAMPAIGNS, LOCK_TARGETS, decide
from domain.ledger import GATES, Reason
from domain.post_jobs import Failure, PostJob
from domain.users import User

OWN_WISH = (Failure.declined, Failure.cancelled, Failure.repriced)
"""Failures that one of the sides wanted, or both: what follows at another price is no second try."""

cp, cr, ct, c, j, u = (table(row) for row in (Campaign, Creative, CampaignTarget, Channel, PostJob, User))
OLD = (
    select(
        ct.c.id,
        *(ct.c[name] for name in TERMS),
        ct.c.status,
        cp.c.advertiser_id,
        u.c.blocked_at,
        c.c.title,
        cr.c.content,
        cr.c.fingerprint,
        j.c.failure,
    )
    .join(cp, cp.c.id == ct.c.campaign_id)
    .join(u, u.c.id == cp.c.advertiser_id)
    .join(c, c.c.id == ct.c.channel_id)
    .join(cr, cr.c.id == ct.c.creative_id)
    .join(j, j.c.id == ct.c.id)
    .where(ct.c.id == bindparam("id"))
)
REVIEWED = update(j).where(j.c.id == bindparam("job"), j.c.reviewed_at.is_(None)).values(reviewed_at=bindparam("now"))
"""What is tried again no longer waits for a person."""
RETRIED = select(ct.c.id).where(ct.c.retry_of == bindparam("id"))


@dataclass(frozen=True)
class NotRetryable(Refusal):
    """One of its sides did not want it; only they can book it anew."""

    failure: str


@action("escrow.retry_as_new", roles=ADMINS, gates=GATES[Reason.escrow_hold])
def retry_as_new(act: Act, job_id: int) -> int:
    """Books a failed and refunded placement anew, with its advertiser's money; answers the new number. Again: the same.

    Refuses what is not refunded, what its sides did not want, a blocked advertiser, and whatever a booking is refused for.
    """
    act.conn.execute(LOCK_CAMPAIGNS, {"ids": [job_id]})
    act.conn.execute(LOCK_TARGETS, {"ids": [job_id]})
    old = act.conn.execute(OLD, {"id": job_id}).one_or_none()
    if old is None:
        raise Refused(NotFound("post_jobs"))
    if old.status != TargetStatus.refunded or old.failure is None:
        raise Refused(WrongState("campaign_targets", old.status))
    if old.failure in OWN_WISH:
        raise Refused(NotRetryable(old.failure))
    if (made := act.conn.scalar(RETRIED, {"id": job_id})) is not None:
        return int(made)
    if old.blocked_at is not None:
        raise Refused(WrongState("users", "blocked"))
    new = _copy(act, old)
    came = decide(act, Asked({(new,): Actor.user(old.advertiser_id)}), by=act.actor)[(new,)]
    if isinstance(came, Refusal):
        raise Refused(came)
    act.conn.execute(REVIEWED, {"job": job_id, "now": act.now})
    told = {"channel": old.title, "price": old.price, "old": job_id}
    notices.owe(act, [(old.advertiser_id, "retried", new, told)])
    act.record("campaign_targets", new, retry_of=job_id, price=old.price)
    return new


def _copy(act: Act, old: Any) -> int:
    """The placement in a campaign of its own; a slot that has passed becomes *as soon as it is approved*."""
    started = {"advertiser_id": old.advertiser_id, "status": CampaignStatus.draft, "created_at": act.now}
    campaign = act.conn.execute(insert(cp).values(started).returning(cp.c.id)).scalar_one()
    content = {"campaign_id": campaign, "version": 1, "content": old.content, "fingerprint": old.fingerprint}
    creative = act.conn.execute(insert(cr).values(content | {"created_at": act.now}).returning(cr.c.id)).scalar_one()
    slot = old.slot if old.slot is not None and old.slot > act.now else None
    return follow(act, old, campaign_id=campaign, creative_id=creative, slot=slot)

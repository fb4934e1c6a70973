"""What must be so for a job to be sent: said once, asked at the claim and again at `start`, right before the call.

It is approved and before its deadline, its campaign runs, its money is unresolved, the bot has its rights in the channel, and if
it is late its advertiser said yes. Whatever is not so may become so again: the job waits, and fails at its deadline.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import and_, bindparam, or_, select

from domain.action import Act, Terms
from domain.base import Moment, table
from domain.campaigns import Approval, Campaign, CampaignTarget, TargetStatus
from domain.campaigns import Status as CampaignStatus
from domain.channels import Channel
from domain.channels import Status as ChannelStatus
from domain.post_jobs.row import j

c, ct, cp = table(Channel), table(CampaignTarget), table(Campaign)

IN_TIME = j.c.deadline > bindparam("now", type_=Moment())
LATE = j.c.deadline < bindparam("late_before", type_=Moment())
"""Later than is tolerated; the deadline is fixed with the slot and the approval, so it tells."""
READY = and_(
    IN_TIME,
    or_(j.c.late_accepted_at.is_not(None), ~LATE),
    ct.c.approval == Approval.approved,
    ct.c.status == TargetStatus.pending,
    cp.c.status == CampaignStatus.active,
    c.c.status != ChannelStatus.lost,
)
READY_OF = (
    select(j.c.id)
    .join(ct, ct.c.id == j.c.campaign_target_id)
    .join(cp, cp.c.id == ct.c.campaign_id)
    .join(c, c.c.id == ct.c.channel_id)
    .where(j.c.id.in_(bindparam("ids", expanding=True)), READY)
)


def moments(act: Act) -> dict[str, Any]:
    """What READY compares with."""
    return {"now": act.now, "late_before": act.now + act.terms.late - act.terms.tolerated}


def backoff(terms: Terms, retries: int, left: timedelta) -> timedelta:
    """How long to wait after so many tries that were not sent: doubled each time, half of it by chance (0 to 1).

    Never more than half of what is left until the deadline, so that a last try always comes before it.
    """
    whole: timedelta = min(terms.retry_most, terms.retry_first * (1 << min(retries, 20)))
    return max(timedelta(0), min(whole * (1 + terms.chance()) / 2, left / 2))

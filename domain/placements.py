"""What the two sides of a placement, and the staff, see of it: booking, answer, post, dispute and money in one view. Only reads.

*Placement* is the word people read; the row is the campaign target.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from domain import post_jobs
from domain.action import ANYONE, STAFF, SYSTEM, Look, query
from domain.base import table
from domain.campaigns import Approval, Campaign, CampaignTarget, TargetStatus
from domain.channels import Channel, ChannelManager
from domain.disputes import OPEN, Dispute
from domain.disputes import Status as DisputeStatus
from domain.escrow import Escrow
from domain.escrow import Status as EscrowStatus
from domain.money import Split, split
from domain.post_jobs import PostJob
from domain.post_jobs import Status as JobStatus
from domain.proposals import Kind, Proposal
from domain.proposals import Status as ProposalStatus

c, m, cp, ct, j, es = (table(row) for row in (Channel, ChannelManager, Campaign, CampaignTarget, PostJob, Escrow))
d, p = table(Dispute), table(Proposal)


@dataclass(frozen=True)
class Placement:
    """One placement as it stands. Amounts are minor units; what has not happened is None."""

    id: int
    campaign_id: int
    advertiser_id: int
    publisher_id: int
    channel_id: int
    channel: str
    username: str | None
    chat_id: int
    price: int
    currency: str
    fee_bps: int
    hours: int
    pin: bool
    silent: bool
    proportional: bool
    slot: datetime | None
    version: int
    approval: Approval
    answer_by: datetime | None
    decline_reason: str | None
    proposal: int | None
    """The number of the proposal that waits for its advertiser; what it is about and until when follow."""
    proposal_kind: Kind | None
    proposed_slot: datetime | None
    proposed_price: int | None
    proposal_until: datetime | None
    status: TargetStatus
    escrow: EscrowStatus | None
    job: JobStatus | None
    deadline: datetime | None
    late_asked_at: datetime | None
    late_accepted_at: datetime | None
    failure: str | None
    last_error: str | None
    message_id: int | None
    published_at: datetime | None
    confirm_at: datetime | None
    changed_at: datetime | None
    covered_at: datetime | None
    served_at: datetime | None
    share: int | None
    ended_at: datetime | None
    created_at: datetime
    dispute: DisputeStatus | None
    """Where the newest dispute about it stands."""

    @property
    def link(self) -> str | None:
        """Where the post is, once it is published."""
        return None if self.message_id is None else post_jobs.link(self.chat_id, self.username, self.message_id)

    @property
    def is_late(self) -> bool:
        """Its advertiser is asked whether it may still be published, and has not answered."""
        return self.job == JobStatus.queued and self.late_asked_at is not None and self.late_accepted_at is None

    @property
    def is_disputed(self) -> bool:
        """A dispute about it is open, and keeps it from being due."""
        return self.job == JobStatus.success and self.dispute in OPEN

    @property
    def is_decided(self) -> bool:
        """A dispute about it was decided or settled, so what became of it is the outcome of that."""
        return self.dispute in (DisputeStatus.settled, DisputeStatus.final)

    @property
    def may_be_disputed(self) -> bool:
        """It is published, its money has not moved, and no dispute about it is open or decided."""
        fresh = self.dispute in (None, DisputeStatus.withdrawn)
        return self.job == JobStatus.success and self.escrow == EscrowStatus.held and fresh

    @property
    def parts(self) -> Split:
        """How its price is shared out when it is paid."""
        return split(self.price, self.fee_bps, self.share)


NEWEST = select(func.max(d.c.id)).where(d.c.campaign_target_id == ct.c.id).correlate(ct).scalar_subquery()
VIEW = (
    select(
        ct.c.id,
        ct.c.campaign_id,
        cp.c.advertiser_id,
        ct.c.publisher_id,
        ct.c.channel_id,
        c.c.title.label("channel"),
        c.c.username,
        c.c.chat_id,
        ct.c.price,
        ct.c.currency,
        ct.c.fee_bps,
        ct.c.hours,
        ct.c.pin,
        ct.c.silent,
        ct.c.proportional,
        ct.c.slot,
        ct.c.version,
        ct.c.approval,
        ct.c.answer_by,
        ct.c.decline_reason,
        p.c.id.label("proposal"),
        p.c.kind.label("proposal_kind"),
        p.c.slot.label("proposed_slot"),
        p.c.price.label("proposed_price"),
        p.c.answer_by.label("proposal_until"),
        ct.c.status,
        es.c.status.label("escrow"),
        j.c.status.label("job"),
        j.c.deadline,
        j.c.late_asked_at,
        j.c.late_accepted_at,
        j.c.failure,
        j.c.last_error,
        j.c.message_id,
        j.c.published_at,
        j.c.confirm_at,
        j.c.changed_at,
        j.c.covered_at,
        j.c.served_at,
        j.c.share,
        j.c.ended_at,
        ct.c.created_at,
        d.c.status.label("dispute"),
    )
    .join(cp, cp.c.id == ct.c.campaign_id)
    .join(c, c.c.id == ct.c.channel_id)
    .outerjoin(es, es.c.campaign_target_id == ct.c.id)
    .outerjoin(j, j.c.campaign_target_id == ct.c.id)
    .outerjoin(d, d.c.id == NEWEST)
    .outerjoin(p, (p.c.campaign_target_id == ct.c.id) & (p.c.status == ProposalStatus.made))
)
BOOKED = select(ct.c.id).join(cp, cp.c.id == ct.c.campaign_id).where(ct.c.answer_by.is_not(None))
"""Only a hold says until when to answer. Without what else there is to see of each, to count them and to find those of a page."""


def _managed_by(user_id: int | None) -> ColumnElement[bool]:
    return ct.c.channel_id.in_(select(m.c.channel_id).where(m.c.user_id == user_id))


@query(roles=ANYONE | STAFF | SYSTEM)
def get(look: Look, target_id: int) -> Placement | None:
    """A placement, for its advertiser, the channel's managers and staff; for anybody else there is none."""
    one = VIEW.where(ct.c.id == target_id)
    if not look.actor.roles & (STAFF | SYSTEM):
        one = one.where(or_(cp.c.advertiser_id == look.actor.user_id, _managed_by(look.actor.user_id)))
    row = look.conn.execute(one).one_or_none()
    return None if row is None else Placement(**row._mapping)


@query(roles=ANYONE | STAFF | SYSTEM)
def booked(look: Look, offset: int = 0, limit: int = 8) -> tuple[list[Placement], int]:
    """A page of the booked placements of the one who asks, as advertiser, newest first, and how many there are."""
    mine = BOOKED.where(cp.c.advertiser_id == look.actor.user_id)
    total = look.conn.execute(mine.with_only_columns(func.count())).scalar_one()
    page = list(look.conn.scalars(mine.order_by(ct.c.id.desc()).offset(offset).limit(limit)))
    rows = look.conn.execute(VIEW.where(ct.c.id.in_(page)).order_by(ct.c.id.desc())).all() if page else []
    return [Placement(**row._mapping) for row in rows], total

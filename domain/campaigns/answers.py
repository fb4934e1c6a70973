"""Between whom an answer about a placement is, and why it is refused, whoever gives it."""

from dataclasses import dataclass

from sqlalchemy import bindparam, exists, select

from domain.base import table
from domain.campaigns.row import cp, ct
from domain.channels import Channel, ChannelManager
from domain.errors import Refusal

c, m = table(Channel), table(ChannelManager)

SIDES = (
    select(
        ct.c.id,
        c.c.title,
        c.c.blocked_at,
        ct.c.publisher_id,
        cp.c.advertiser_id,
        exists().where(m.c.channel_id == ct.c.channel_id, m.c.user_id == bindparam("user")).label("manages"),
    )
    .join(c, c.c.id == ct.c.channel_id)
    .join(cp, cp.c.id == ct.c.campaign_id)
    .where(ct.c.id.in_(bindparam("ids", expanding=True)))
)
"""The sides of placements, with their channels, and whether `user` manages those."""


@dataclass(frozen=True)
class AnswerTooLate(Refusal):
    """The time to answer is over."""


@dataclass(frozen=True)
class Changed(Refusal):
    """The placement is no longer what the button was about."""


@dataclass(frozen=True)
class ChannelBlocked(Refusal):
    """The channel takes no new placements; what was approved before runs on."""

    channel: str

"""A campaign is an advertiser's order: what is to be published (creatives, in numbered versions) and where (campaign targets).

A campaign target is one placement: one channel, one slot, one price. Price, fee, hours, pin, proportionality and the creative's
version are frozen on it when it is placed, so nothing that changes afterwards changes the deal. `status` speaks of its money
alone (pending = unresolved) and changes with its escrow; `approval` is the publisher's word. A target without an escrow is in no
queue and expires from none.
"""

from domain.campaigns.answers import SIDES, AnswerTooLate, Changed, ChannelBlocked
from domain.campaigns.content import (
    BadAlbum,
    BadLabel,
    BadLink,
    ButtonsUnderAlbum,
    Content,
    EmptyPost,
    NotPublishable,
    SecondCaption,
    TextTooLong,
    TooManyButtons,
    album,
    check_button,
    check_content,
    same_words,
)
from domain.campaigns.following import TERMS, follow
from domain.campaigns.order import BadSlot, NotListed, OwnChannel, check_slot, draft, own, pause, place, write
from domain.campaigns.queries import creative_of, draft_content, mine
from domain.campaigns.row import (
    APPROVAL_FLOW,
    FLOW,
    IS_PLAIN,
    TARGET_FLOW,
    Approval,
    Campaign,
    CampaignTarget,
    Creative,
    Status,
    TargetStatus,
)

__all__ = [
    "APPROVAL_FLOW",
    "FLOW",
    "IS_PLAIN",
    "SIDES",
    "TARGET_FLOW",
    "TERMS",
    "AnswerTooLate",
    "Approval",
    "BadAlbum",
    "BadLabel",
    "BadLink",
    "BadSlot",
    "ButtonsUnderAlbum",
    "Campaign",
    "CampaignTarget",
    "Changed",
    "ChannelBlocked",
    "Content",
    "Creative",
    "EmptyPost",
    "NotListed",
    "NotPublishable",
    "OwnChannel",
    "SecondCaption",
    "Status",
    "TargetStatus",
    "TextTooLong",
    "TooManyButtons",
    "album",
    "check_button",
    "check_content",
    "check_slot",
    "creative_of",
    "draft",
    "draft_content",
    "follow",
    "mine",
    "own",
    "pause",
    "place",
    "same_words",
    "write",
]

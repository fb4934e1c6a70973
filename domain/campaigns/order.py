"""The making of an order: what is published, then where and when. Until it is booked it is a draft row like any other."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from domain import channels
from domain.action import ANYONE, PEOPLE, Act, action
from domain.campaigns.content import Content, check_content
from domain.campaigns.row import Campaign, CampaignTarget, Creative, Status
from domain.errors import NotFound, Refusal, Refused, WrongState


@dataclass(frozen=True)
class NotListed(Refusal):
    """The channel takes no bookings now."""

    channel_id: int


@dataclass(frozen=True)
class OwnChannel(Refusal):
    """One cannot book one's own channel."""


@dataclass(frozen=True)
class BadSlot(Refusal):
    """The time is past, or too far ahead."""

    days: int


@action("campaigns.draft", roles=PEOPLE, gates=())
def draft(act: Act, content: Content) -> Campaign:
    """Begins an order with what is to be published."""
    campaign = Campaign(advertiser_id=act.actor.user_id, status=Status.draft, created_at=act.now)
    act.session.add(campaign)
    act.session.flush()
    _write(act, campaign.id, content)
    return campaign


@action("campaigns.write", roles=PEOPLE, gates=())
def write(act: Act, campaign_id: int, content: Content) -> Creative:
    """A new version of what a draft will publish."""
    own(act, campaign_id, Status.draft)
    return _write(act, campaign_id, content)


def _write(act: Act, campaign_id: int, content: Content) -> Creative:
    check_content(content)
    last = select(func.coalesce(func.max(Creative.version), 0)).where(Creative.campaign_id == campaign_id)
    creative = Creative(
        campaign_id=campaign_id,
        version=act.session.scalars(last).one() + 1,
        content=content.as_json(),
        fingerprint=content.fingerprint,
        created_at=act.now,
    )
    act.session.add(creative)
    act.session.flush()
    act.record("campaigns", campaign_id, creative=creative.id, version=creative.version)
    return creative


@action("campaigns.place", roles=PEOPLE, gates=())
def place(
    act: Act, campaign_id: int, channel_id: int, slot: datetime | None, *, silent: bool = False
) -> CampaignTarget:
    """Adds a placement to a draft: the channel's offer, the house's fee and the latest creative are frozen on it here."""
    own(act, campaign_id, Status.draft)
    offer = channels.listing(act, channel_id)
    channel = act.session.get(channels.Channel, channel_id)
    if offer is None or channel is None:
        raise Refused(NotListed(channel_id))
    if act.actor.is_user(channel.owner_id):
        raise Refused(OwnChannel())
    check_slot(slot, act.now, act.terms.ahead.days)
    latest = select(Creative).where(Creative.campaign_id == campaign_id).order_by(Creative.version.desc()).limit(1)
    target = CampaignTarget(
        campaign_id=campaign_id,
        creative_id=act.session.scalars(latest).one().id,
        channel_id=channel_id,
        publisher_id=channel.owner_id,
        price=offer.price,
        currency=offer.currency,
        fee_bps=act.terms.fee_bps,
        hours=offer.hours,
        pin=offer.pin,
        silent=silent,
        proportional=offer.proportional,
        slot=slot,
        version=1,
        created_at=act.now,
    )
    act.session.add(target)
    act.session.flush()
    act.record("campaign_targets", target.id, campaign=campaign_id, channel=channel_id, price=target.price)
    return target


def check_slot(slot: datetime | None, now: datetime, days: int) -> None:
    if (slot is not None and not now < slot) or (slot is not None and (slot - now).days >= days):
        raise Refused(BadSlot(days))


@action("campaigns.pause", roles=ANYONE, gates=())
def pause(act: Act, campaign_id: int, *, paused: bool) -> Campaign:
    """Stops one's campaign from being published, or lets it go on. Deadlines are not stopped."""
    campaign = own(act, campaign_id, Status.active, Status.paused)
    wanted = Status.paused if paused else Status.active
    if campaign.status != wanted:
        campaign.status = wanted
        act.record("campaigns", campaign_id, status=wanted)
    return campaign


def own(act: Act, campaign_id: int, *statuses: Status) -> Campaign:
    """The campaign, locked, if it is the actor's and stands so; a stranger's is as if there were none."""
    campaign = act.session.scalars(select(Campaign).where(Campaign.id == campaign_id).with_for_update()).one_or_none()
    if campaign is None or not act.actor.is_user(campaign.advertiser_id):
        raise Refused(NotFound("campaigns"))
    if campaign.status not in statuses:
        raise Refused(WrongState("campaigns", campaign.status))
    return campaign

"""The people and things that tests of the domain need, made through the same actions as everybody's."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from domain import approvals, campaigns, channels, escrow, kill_switches, payments, post_jobs, users, withdrawals
from domain.action import Switch
from domain.campaigns import Content
from domain.channels import Inspection
from domain.post_jobs import AttemptStatus, Duty, Sent
from tests.begun import begun
from tests.conftest import ADMIN, House

ANN, BOB, CLEO = 101, 202, 303
"""Ann advertises, Bob publishes, Cleo is somebody else."""

POST = Content(text="Buy our tea")

SEEN = Inspection(
    chat_id=-1001,
    is_channel=True,
    title="Tech Daily",
    username="techdaily",
    subscribers=1200,
    bot_rights=frozenset(channels.RIGHTS),
    user_is_admin=True,
)


@dataclass
class Placement:
    """What a placement consists of, by its numbers."""

    id: int
    campaign: int
    channel: int


async def people(house: House, *ids: int) -> None:
    for user_id in ids or (ANN, BOB, CLEO, ADMIN):
        await house.system(users.meet, user_id, f"Person {user_id}", None, "en")


async def switches(house: House, *enabled: Switch) -> None:
    """All rows exist; exactly these are ENABLED."""
    admin = house.gate.user(ADMIN)
    await admin(kill_switches.init)
    if enabled:
        await admin(kill_switches.resume, list(enabled), "test")
    halted = [key for key in Switch if key not in enabled]
    if halted:
        await admin(kill_switches.halt, halted, "test")


async def fund(house: House, user_id: int, amount: int, charge: str | None = None) -> int:
    deposit = await house.system(payments.receive, user_id, amount, "XTR", charge or f"charge-{user_id}-{amount}")
    await house.system(payments.credit, deposit.id)
    return int(deposit.id)


async def channel(
    house: House,
    owner: int = BOB,
    price: int = 400,
    hours: int = 0,
    chat_id: int = -1001,
    *,
    pin: bool = False,
    proportional: bool = False,
) -> int:
    publisher = house.gate.user(owner)
    seen = replace(SEEN, chat_id=chat_id)
    registered = await publisher(channels.register, seen)
    terms = {"pin": pin, "proportional": proportional}
    await publisher(channels.offer, registered.id, price, hours, **terms)
    return int(registered.id)


async def draft(
    house: House,
    channel_id: int,
    by: int = ANN,
    slot: datetime | None = None,
    campaign: int | None = None,
    *,
    content: Content = POST,
    silent: bool = False,
) -> Placement:
    advertiser = house.gate.user(by)
    if campaign is None:
        campaign = (await advertiser(campaigns.draft, content)).id
    target = await advertiser(campaigns.place, campaign, channel_id, slot, silent=silent)
    return Placement(target.id, campaign, channel_id)


@begun
async def booked(
    house: House,
    *,
    money: int = 1000,
    price: int = 400,
    hours: int = 0,
    slot: datetime | None = None,
    pin: bool = False,
    proportional: bool = False,
    silent: bool = False,
    content: Content = POST,
    chat_id: int = SEEN.chat_id,
) -> Placement:
    """Everything ENABLED; Ann has money and has booked Bob's channel."""
    await people(house)
    await switches(house, *Switch)
    await fund(house, ANN, money, "c1")
    placed = await channel(house, price=price, hours=hours, chat_id=chat_id, pin=pin, proportional=proportional)
    placement = await draft(house, placed, slot=slot, content=content, silent=silent)
    await house.gate.user(ANN)(escrow.hold, (placement.id,))
    return placement


@begun
async def approved(house: House, **terms: Any) -> Placement:
    """Booked, and approved by Bob."""
    placement = await booked(house, **terms)
    await approve(house, placement)
    return placement


async def approve(house: House, placement: Placement) -> None:
    version = house.sql.one("SELECT version FROM campaign_targets WHERE id = :id", id=placement.id)
    await house.gate.user(BOB)(approvals.approve, placement.id, version)


async def started(house: House) -> list[Duty]:
    duties = await house.system(post_jobs.claim)
    for duty in duties:
        await house.system(post_jobs.start, duty.id, duty.token)
    return list(duties)


async def recorded(house: House, status: AttemptStatus, **facts: Any) -> Duty:
    """One job claimed, started and recorded with this outcome."""
    (duty,) = await started(house)
    await house.system(post_jobs.record, duty.id, duty.token, {duty.id: Sent(status, **facts)})
    return duty


async def succeed(house: House, placement: Placement, message_id: int = 7, **facts: Any) -> None:
    await approve(house, placement)
    await recorded(house, AttemptStatus.accepted, **{"message_ids": (message_id,)} | facts)


async def refused_and_refunded(house: House, placement: Placement) -> None:
    await approve(house, placement)
    await recorded(house, AttemptStatus.refused, error="Bad Request: chat not found")
    await house.system(escrow.refund, placement.id)


@begun
async def earned(house: House, *, price: int = 400) -> None:
    """Everything ENABLED; Bob was paid for a post of Ann's, and what he is paid matures at once in this house."""
    house.gate = replace(house.gate, terms=replace(house.gate.terms, maturity=timedelta(0)))
    placement = await booked(house, money=price + 600, price=price)
    await succeed(house, placement)
    await house.system(escrow.release, placement.id)


async def withdrawal(house: House, amount: int = 300, *, approved: bool = False) -> int:
    """Bob asks for what he has earned, and a day goes by; answers its number."""
    asked = await house.gate.user(BOB)(withdrawals.request, amount, "TON EQ-bob")
    house.clock.forward(hours=24)
    if approved:
        await house.gate.user(ADMIN)(withdrawals.approve, asked.id)
    return int(asked.id)


async def decline(house: House, placement: Placement, why: str = "not for us") -> None:
    version = house.sql.one("SELECT version FROM campaign_targets WHERE id = :id", id=placement.id)
    await house.gate.user(BOB)(approvals.decline, placement.id, version, why)


def balance(house: House, wallet: str) -> int:
    return int(house.sql.one("SELECT COALESCE(MAX(balance), 0) AS b FROM wallets WHERE id = :id", id=wallet))

"""A channel, who may answer for it, its rate line, and their flow."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, exists, false, text
from sqlalchemy.orm import Mapped, mapped_column

from domain import flow
from domain.base import Base, Member, index_of, one_of, table
from domain.money import MOST, XTR
from domain.users import User

MOST_HOURS = 720
RIGHTS = ("can_post_messages", "can_edit_messages", "can_delete_messages")
"""What the bot needs in a channel: to publish, to look (an edit that changes nothing) and pin, to take down."""


class Status(StrEnum):
    pending = "pending"
    """Registered, not offered yet."""
    listed = "listed"
    """In the catalogue."""
    paused = "paused"
    """Taken out of the catalogue by a manager; what is booked runs on."""
    lost = "lost"
    """The bot has lost a right it needs."""


FLOW = {
    Status.pending: frozenset({Status.listed, Status.lost}),
    Status.listed: frozenset({Status.paused, Status.lost}),
    Status.paused: frozenset({Status.listed, Status.lost}),
    Status.lost: frozenset({Status.pending, Status.listed}),
}


class Channel(Base):
    __tablename__ = "channels"
    __table_args__ = (
        one_of("status", Status),
        index_of("ix_channels_listed", "id", where="status = 'listed'"),
        index_of("ix_channels_catalogue", "subscribers", where="status = 'listed' AND blocked_at IS NULL"),
        Index("ix_channels_visited", "visited_at"),
        index_of("ix_channels_courier", "courier_id", where="courier_id IS NOT NULL"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str]
    username: Mapped[str | None]
    status: Mapped[Status] = mapped_column(Member(Status), default=Status.pending)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    subscribers: Mapped[int]
    inspected_at: Mapped[datetime]
    visited_at: Mapped[datetime] = mapped_column(server_default=text("'1970-01-01T00:00:00.000000Z'"))
    """When Telegram last told us of the bot's rights in it."""
    blocked_at: Mapped[datetime | None]
    """Since when an admin keeps it out of the catalogue; what is booked runs on."""
    newest_message_id: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """The greatest message id ever seen in it."""
    courier_id: Mapped[int | None]
    """The bot, by Telegram's number, that publishes there what has no media; None is the main bot."""
    created_at: Mapped[datetime]

    check_status = flow.follows(FLOW)


class ChannelManager(Base):
    __tablename__ = "channel_managers"
    __table_args__ = (Index("ix_channel_managers_user_id", "user_id"), Base.__table_args__)

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)


class Offer(Base):
    __tablename__ = "offers"
    __table_args__ = (
        CheckConstraint(f"price BETWEEN 1 AND {MOST}", name="price"),
        CheckConstraint(f"hours BETWEEN 0 AND {MOST_HOURS}", name="hours"),
        UniqueConstraint("channel_id"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    price: Mapped[int]
    currency: Mapped[str] = mapped_column(default=XTR)
    hours: Mapped[int]
    pin: Mapped[bool] = mapped_column(default=False)
    proportional: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A post that is gone too early is paid for the time it was up, instead of not at all."""


flow.guard(Channel, FLOW, Status.pending)

c, m, o, u = table(Channel), table(ChannelManager), table(Offer), table(User)
OWNER_BLOCKED = exists().where(u.c.id == c.c.owner_id, u.c.blocked_at.is_not(None))
"""Whoever is blocked lists nothing."""

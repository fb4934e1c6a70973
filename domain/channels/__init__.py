"""A channel is registered by an admin of it, once, and listed when it has an offer and the bot has the rights it needs.

Telegram's number is its key towards the outside (`chat_id`; the username may change); ours is its id. Whoever registered it is
its manager, and only a manager of that very channel may answer for it. An offer is one line of the rate card: price in minor
units, hours the post stays (0: paid at once), pinned or not. What is booked is frozen on the placement, so an offer may change.
"""

from domain.channels.couriers import CourierLacks, NoCourier, entrust, least_busy
from domain.channels.queries import Listing, by_chat, catalogue, listing, manages, mine, own, to_examine
from domain.channels.registering import (
    Courier,
    Inspection,
    ListedByAnother,
    MissingRights,
    NotAChannel,
    NotChannelAdmin,
    check_offer,
    check_registration,
    inspect,
    offer,
    pause,
    register,
)
from domain.channels.row import FLOW, MOST_HOURS, OWNER_BLOCKED, RIGHTS, Channel, ChannelManager, Offer, Status

__all__ = [
    "FLOW",
    "MOST_HOURS",
    "OWNER_BLOCKED",
    "RIGHTS",
    "Channel",
    "ChannelManager",
    "Courier",
    "CourierLacks",
    "Inspection",
    "ListedByAnother",
    "Listing",
    "MissingRights",
    "NoCourier",
    "NotAChannel",
    "NotChannelAdmin",
    "Offer",
    "Status",
    "by_chat",
    "catalogue",
    "check_offer",
    "check_registration",
    "entrust",
    "inspect",
    "least_busy",
    "listing",
    "manages",
    "mine",
    "offer",
    "own",
    "pause",
    "register",
    "to_examine",
]

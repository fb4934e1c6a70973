"""A local Bot API server that plays Telegram: stateful, strict, and able to fail in every way a send can fail. It knows nothing
of the bot it serves; the bot reaches it through one setting, the API's base address."""

from bot.sandbox.client import Channel, Client, Person
from bot.sandbox.errors import Impossible, PaymentFailed
from bot.sandbox.faults import Fault
from bot.sandbox.server import Sandbox
from bot.sandbox.shown import Answer, Chat, Message

__all__ = [
    "Answer",
    "Channel",
    "Chat",
    "Client",
    "Fault",
    "Impossible",
    "Message",
    "PaymentFailed",
    "Person",
    "Sandbox",
]

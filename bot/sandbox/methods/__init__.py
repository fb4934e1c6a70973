"""What a bot may ask of Telegram, a module per subject. Importing them fills the table of methods."""

from bot.sandbox.calls import METHODS
from bot.sandbox.methods import account, chats, editing, links, payments, sending, updates

__all__ = ["METHODS", "account", "chats", "editing", "links", "payments", "sending", "updates"]

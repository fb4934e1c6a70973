"""A visit: Telegram is asked for the rights of every bot that publishes in a channel, each with its own token."""

from domain.channels import Inspection
from domain.ports import Telegram


async def visited(telegram: Telegram, chat_id: int, courier: int | None) -> Inspection | None:
    """What rights the main bot and the courier, if there is one, have in a channel now; None where Telegram did not say."""
    seen = await telegram.visit(chat_id)
    if seen is None or courier is None:
        return seen
    beside = await telegram.by(courier).visit(chat_id)
    return None if beside is None else seen.beside(courier, beside)

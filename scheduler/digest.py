"""Once a day the admins are told of the day before, whatever the switches say, and without Telegram's word if there is none."""

from domain import digests
from domain.ports import Do, Telegram


async def tell(do: Do, telegram: Telegram) -> int:
    """Owes the digest of yesterday, from its hour on, once."""
    day = await do.ask(digests.due)
    if day is None:
        return 0
    told = await do.ask(digests.figures, day, await telegram.balance())
    return int(await do(digests.tell, told))

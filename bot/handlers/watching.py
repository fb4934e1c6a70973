"""What Telegram tells of the channels where posts of ours stand: somebody posted, or a post was edited. It says nothing of
deletions and of the bot's own posts; those are what looks are for."""

from datetime import UTC, datetime

from aiogram.types import Message

from bot.posts import shown
from bot.routes import Routes
from domain import checks, post_jobs
from storage.gate import Gate

watch = Routes()


@watch.channel_post()
async def posted(message: Message, gate: Gate) -> None:
    house = gate.system("telegram")
    if message.pinned_message is not None:  # a line about a pin, perhaps of a courier's: no post follows
        await house(post_jobs.saw, message.chat.id, message.message_id)
        return
    await house(checks.saw_post, message.chat.id, message.message_id, message.date)


@watch.edited_channel_post()
async def edited(message: Message, gate: Gate) -> None:
    """Perhaps only a reaction or a counter: what it looks like now decides."""
    date = None if message.edit_date is None else datetime.fromtimestamp(message.edit_date, UTC)
    house = gate.system("telegram")
    await house(checks.saw_edit, message.chat.id, message.message_id, shown(message).fingerprint, date)

"""A publisher shows a post of which nobody knew whether Telegram had taken it, by forwarding it from the channel."""

from aiogram.types import Message, MessageOriginChannel

from bot.buttons import keyboard, menu
from bot.posts import content_of
from bot.screen import Screen, show
from bot.texts import Safe, Text
from domain import channels, searches
from domain.checks import ToLook
from domain.ports import Telegram, bot_of
from domain.post_jobs import Status
from domain.searches import Shown
from storage.gate import Do


async def is_proof(message: Message, do: Do, text: Text, telegram: Telegram) -> bool:
    """Answers a forwarded post that has to do with an uncertain job of the sender's channels; others are not for us."""
    words = await _words(message, do, text, telegram)
    if words is not None:
        await show(message, Screen(words, keyboard(menu(text))))
    return words is not None


async def _words(message: Message, do: Do, text: Text, telegram: Telegram) -> Safe | None:
    origin = message.forward_origin
    assert isinstance(origin, MessageOriginChannel)
    chat_id, number = origin.chat.id, origin.message_id
    if await do.ask(searches.is_known, chat_id, number):
        return text("proof-known")
    claims = await do.ask(searches.claims)
    here = [claim for claim in claims if claim.chat_id == chat_id]
    if not here:
        is_mine = await do.ask(channels.manages, chat_id)
        names = ", ".join(sorted({claim.channel for claim in claims}))
        return text("proof-elsewhere", channels=names) if claims and is_mine else None
    shown = Shown(number, content_of(message), origin.date)
    claim = next((claim for claim in here if searches.is_claimed(claim, shown)), None)
    if claim is None:
        return text("proof-other", channel=here[0].channel)
    ids = claim.content.numbers(number)  # of an album only the first was shown, so the others are read
    parts = tuple(claim.content.part(n).fingerprint for n in range(len(ids)))
    post = ToLook(claim.id, chat_id, ids, claim.content, parts, closely=claim.content.is_album)
    seen = await bot_of(telegram, claim.bot_id).look(post)
    status = await do(searches.prove, claim.id, chat_id, shown, seen)
    return text("proof-thanks" if status == Status.success else "proof-doubted", channel=claim.channel)

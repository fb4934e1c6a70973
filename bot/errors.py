"""What went wrong, told kindly. Handlers raise; this is the one place that turns a refusal into words.

A refusal is answered with its text and what one can do about it. A button of a screen that is gone gets a fresh screen. What
nobody expected gets a calm sentence, and a log line that names the place and no person's words, no token, no address.
"""

import logging
import traceback
from contextlib import suppress
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError
from aiogram.filters import ExceptionTypeFilter
from aiogram.types import CallbackQuery, ChatMemberUpdated, ErrorEvent, InlineKeyboardMarkup, Message, PreCheckoutQuery
from aiogram_dialog import DialogManager, ShowMode
from aiogram_dialog.api.exceptions import DialogsError
from sqlalchemy.exc import DBAPIError

from bot import bargains, cards, findings, payable, screen, signed
from bot.buttons import Answer, Bargain, Deal, Go, Handle, Pay, Signature, TakeBack, To, button, keyboard, menu
from bot.handlers.start import menu_screen
from bot.routes import Routes
from bot.screen import UNCHANGED, Screen, answer, redraw, say
from bot.texts import Safe, Text
from domain import campaigns, checks, countersigns, placements, proposals
from domain.agreements import NotEnoughBeside
from domain.countersigns import NeedsCountersign
from domain.errors import Refusal, Refused
from domain.escrow import NotEnoughMoney
from domain.finds import Kind
from domain.money import BadAmount
from domain.payments import MOST_STARS
from storage.gate import Do

log = logging.getLogger(__name__)
routes = Routes()

MOST_ALERT, MOST_CHECKOUT = 200, 255
HARMLESS = (UNCHANGED, "query is too old", "query ID is invalid")
WORDS = "Bad Request: "


@routes.errors(ExceptionTypeFilter(Refused))
async def refused(event: ErrorEvent, bot: Bot, text: Text, do: Do) -> None:
    assert isinstance(event.exception, Refused)
    refusal = event.exception.refusal
    if isinstance(refusal, NeedsCountersign):
        await _ask_the_others(event, text, do, refusal)
        return
    await tell(event, bot, text, text.refusal(refusal), way_out(text, refusal))
    query = event.update.callback_query
    if query is not None and query.data is not None:
        kind = query.data.partition(":")[0]
        if kind == Answer.__prefix__:
            await _fresh_card(query, bot, text, do)
        elif kind == Deal.__prefix__:
            await _fresh_deal(query, bot, text, do)
        elif kind == Bargain.__prefix__:
            await _fresh_bargain(query, bot, text, do)
        elif kind == Signature.__prefix__:
            await _fresh_signature(query, bot, text, do)
        elif kind in (Handle.__prefix__, TakeBack.__prefix__):
            await _fresh_withdrawal(query, bot, text, do)


@routes.errors(ExceptionTypeFilter(BadAmount))
async def bad_amount(event: ErrorEvent, bot: Bot, text: Text) -> None:
    await tell(event, bot, text, text("error-bad-amount"))


@routes.errors(ExceptionTypeFilter(DialogsError))
async def stale(event: ErrorEvent, bot: Bot, text: Text, dialog_manager: DialogManager, **data: Any) -> None:
    """The dialog moved on, was closed, or is not saved yet: show it where it is now, or else the menu."""
    query = event.update.callback_query
    if query is not None:
        await answer(query, text.plain("stale"))
        with suppress(TelegramBadRequest):
            await bot.edit_message_reply_markup(
                chat_id=query.from_user.id, message_id=query.message.message_id if query.message else None
            )
    if dialog_manager.has_context():
        await dialog_manager.show(ShowMode.SEND)
    else:
        await say(bot, data["user"].id, menu_screen(text, data["user"], data["settings"]))


@routes.errors(ExceptionTypeFilter(TelegramForbiddenError))
async def blocked(event: ErrorEvent) -> None:
    """They blocked the bot between asking and being answered."""
    log.info("update %s: its sender cannot be written to", event.update.update_id)


@routes.errors(ExceptionTypeFilter(TelegramBadRequest))
async def telegram_refused(event: ErrorEvent, bot: Bot, text: Text) -> None:
    assert isinstance(event.exception, TelegramBadRequest)
    words = event.exception.message
    if any(harmless in words for harmless in HARMLESS):
        if event.update.callback_query:
            await answer(event.update.callback_query)
        return
    log.warning("Telegram refused an answer to update %s: %s", event.update.update_id, words)
    await tell(event, bot, text, text("error-telegram-refused", words=words.removeprefix(WORDS)))


@routes.errors()
async def unexpected(event: ErrorEvent, bot: Bot, **data: Any) -> None:
    where = "".join(traceback.format_tb(event.exception.__traceback__)[-6:])
    kind = type(event.exception).__name__
    log.error("update %s (%s) failed: %s\n%s", event.update.update_id, event.update.event_type, kind, where)
    if "texts" not in data:  # the database was away before the person was met: it comes again
        raise event.exception
    text: Text = data.get("text") or data["texts"].bind("en")
    await tell(event, bot, text, text("error-unexpected"))
    message = event.update.message
    is_payment = message is not None and (message.successful_payment or message.refunded_payment)
    is_unwritten_edit = event.update.edited_channel_post is not None and isinstance(event.exception, DBAPIError)
    if is_payment or is_unwritten_edit:
        raise event.exception  # not handled: whoever received it must know, so that it is delivered again


async def tell(event: ErrorEvent, bot: Bot, text: Text, words: Safe, way: InlineKeyboardMarkup | None = None) -> None:
    """Where the person is looking: an alert over the button, the answer to a payment, or a message.

    What cannot be told is left unsaid: the update was handled, and coming again would change nothing.
    """
    with suppress(TelegramAPIError):
        await _tell(event, bot, text, words, way)


async def _tell(event: ErrorEvent, bot: Bot, text: Text, words: Safe, way: InlineKeyboardMarkup | None) -> None:
    about = event.update.event
    flat = text.flat(words)
    if isinstance(about, PreCheckoutQuery):
        await about.answer(ok=False, error_message=flat[:MOST_CHECKOUT])
    elif isinstance(about, ChatMemberUpdated):
        await screen.tell(bot, about.from_user.id, Screen(words, way))
    elif isinstance(about, CallbackQuery) and way is None and len(flat) <= MOST_ALERT:
        await answer(about, flat, alert=True)
    else:
        if isinstance(about, CallbackQuery):
            await answer(about)
        sender = getattr(about, "from_user", None)
        if sender is not None:
            await say(bot, sender.id, Screen(words, way))


def way_out(text: Text, refusal: Refusal) -> InlineKeyboardMarkup | None:
    """What one can press next, where that is plain."""
    if isinstance(refusal, NotEnoughMoney | NotEnoughBeside):
        short = min(max(1, refusal.needed - refusal.available), MOST_STARS)
        exact = button(text.plain("deposit-button", amount=short), Pay(amount=short))
        return keyboard([button(text.plain("wallet-top-up"), Go(to=To.deposit)), exact], menu(text))
    return None


async def _fresh_card(query: CallbackQuery, bot: Bot, text: Text, do: Do) -> None:
    """A refused answer shows the card as it is now."""
    assert query.data is not None
    pressed = Answer.unpack(query.data)
    placement = await do.ask(placements.get, pressed.id)
    if placement is not None and placement.publisher_id == query.from_user.id and query.message is not None:
        await redraw(bot, query.from_user.id, query.message.message_id, cards.request(text, placement))


async def _ask_the_others(event: ErrorEvent, text: Text, do: Do, needs: NeedsCountersign) -> None:
    """What takes two admins is asked for by itself; where it was signed already, the card carries the button to do it."""
    asked = await do(countersigns.ask, needs.act, needs.arguments)
    about = event.update.event
    assert isinstance(about, Message | CallbackQuery)
    await screen.show(about, await signed.card(do.gate, text, asked.id, asked.asked_by))


async def _fresh_signature(query: CallbackQuery, bot: Bot, text: Text, do: Do) -> None:
    """A refused press shows the signature as it is now, to those who may see it."""
    assert query.data is not None
    pressed = Signature.unpack(query.data)
    with suppress(Refused):
        if await do.ask(countersigns.get, pressed.id) is not None and query.message is not None:
            shown = await signed.card(do.gate, text, pressed.id, query.from_user.id)
            await redraw(bot, query.from_user.id, query.message.message_id, shown)


async def _fresh_withdrawal(query: CallbackQuery, bot: Bot, text: Text, do: Do) -> None:
    """What could not be done about a withdrawal shows it as it is now: the staff's card, or one's own."""
    if query.data is None or query.message is None:
        return
    with suppress(Refused):
        if query.data.startswith(Handle.__prefix__):
            shown = await findings.card(do, text, Kind.withdrawal, Handle.unpack(query.data).id)
        else:
            shown = await payable.own(do, text, TakeBack.unpack(query.data).id)
        await redraw(bot, query.from_user.id, query.message.message_id, shown)


async def _fresh_bargain(query: CallbackQuery, bot: Bot, text: Text, do: Do) -> None:
    """A refused answer to a proposal shows it as it is now."""
    assert query.data is not None
    proposal = await do.ask(proposals.get, Bargain.unpack(query.data).id)
    placement = None if proposal is None else await do.ask(placements.get, proposal.campaign_target_id)
    if placement is not None and placement.advertiser_id == query.from_user.id and query.message is not None:
        assert proposal is not None
        await redraw(bot, query.from_user.id, query.message.message_id, bargains.card(text, placement, proposal))


async def _fresh_deal(query: CallbackQuery, bot: Bot, text: Text, do: Do) -> None:
    """What an advertiser could not do shows the placement as it is now."""
    assert query.data is not None
    placement = await do.ask(placements.get, Deal.unpack(query.data).id)
    if placement is not None and placement.advertiser_id == query.from_user.id and query.message is not None:
        campaign = await do.ask(campaigns.mine, placement.campaign_id)
        looks = await do.ask(checks.timeline, placement.id)
        card = cards.deal(text, placement, campaign, looks, do.gate.now())
        await redraw(bot, query.from_user.id, query.message.message_id, card)

"""What waits for a publisher's answer. The first answer decides; every card of that placement then shows it."""

from aiogram import Bot, F
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, ShowMode, StartMode

from bot import cards
from bot.buttons import PAGE, Answer, Go, Look, Row, To, Verb, button, keyboard, menu, pager, pages
from bot.dialogs.states import Decline
from bot.posts import send_content
from bot.routes import Routes
from bot.screen import Screen, answer, say, show
from bot.texts import Safe, Text, Texts
from domain import approvals, campaigns, placements
from domain.errors import NotFound, Refused
from domain.placements import Placement
from storage.gate import Do, Gate

routes = Routes()


@routes.message(Command("requests"))
async def requests(message: Message, do: Do, text: Text) -> None:
    await show(message, await list_screen(do, text, 0))


@routes.callback_query(Go.filter(F.to == To.requests))
async def requests_page(query: CallbackQuery, callback_data: Go, do: Do, text: Text) -> None:
    await show(query, await list_screen(do, text, callback_data.page))


async def list_screen(do: Do, text: Text, page: int) -> Screen:
    found, total = await do.ask(approvals.requests, max(0, page) * PAGE, PAGE)
    said = text("requests", total=total)
    if total > PAGE:
        said = Safe(f"{said}\n{text('page', page=page + 1, pages=pages(total))}")
    lines: list[Row] = []
    for row in found:
        label = text.plain("request-line", channel=row.title, price=row.price, until=text.brief(row.answer_by))
        lines.append([button(label, Look(at=To.requests, id=row.id, page=page))])
    return Screen(said, keyboard(*lines, pager(text, To.requests, page, total), menu(text)))


async def asked(do: Do, placement_id: int) -> Placement:
    """A placement in a channel that one manages; what one advertises oneself is not to be answered."""
    placement = await do.ask(placements.get, placement_id)
    if placement is None or placement.advertiser_id == do.who.user_id:
        raise Refused(NotFound("campaign_targets"))
    return placement


@routes.callback_query(Look.filter(F.at == To.requests))
async def open_(query: CallbackQuery, callback_data: Look, bot: Bot, do: Do, text: Text) -> None:
    """The true preview, then the card, as messages of their own."""
    placement = await asked(do, callback_data.id)
    content = await do.ask(campaigns.creative_of, placement.id)
    if content is not None:
        await send_content(bot, query.from_user.id, content)
    await say(bot, query.from_user.id, cards.request(text, placement))
    await answer(query)


@routes.callback_query(Answer.filter(F.verb == Verb.approve))
async def approve(
    query: CallbackQuery, callback_data: Answer, bot: Bot, do: Do, gate: Gate, text: Text, texts: Texts
) -> None:
    await do(approvals.approve, callback_data.id, callback_data.version)
    await decided(query, callback_data.id, bot, do, gate, text, texts)


@routes.callback_query(Answer.filter(F.verb == Verb.decline))
async def ask_reason(query: CallbackQuery, callback_data: Answer, do: Do, text: Text) -> None:
    placement = await asked(do, callback_data.id)
    card = cards.request(text, placement)
    await show(query, cards.why(text, placement, callback_data.version) if card.keyboard else card)


@routes.callback_query(Answer.filter(F.verb == Verb.back))
async def back(query: CallbackQuery, callback_data: Answer, do: Do, text: Text) -> None:
    await show(query, cards.request(text, await asked(do, callback_data.id)))


@routes.callback_query(Answer.filter((F.verb == Verb.reason) & F.reason.in_(cards.REASONS)))
async def decline(
    query: CallbackQuery, callback_data: Answer, bot: Bot, do: Do, gate: Gate, text: Text, texts: Texts
) -> None:
    await do(approvals.decline, callback_data.id, callback_data.version, callback_data.reason)
    await decided(query, callback_data.id, bot, do, gate, text, texts)


@routes.callback_query(Answer.filter(F.verb == Verb.write))
async def write_reason(query: CallbackQuery, callback_data: Answer, do: Do, dialog_manager: DialogManager) -> None:
    placement = await asked(do, callback_data.id)
    data = {"id": placement.id, "version": callback_data.version}
    await dialog_manager.start(Decline.reason, data, StartMode.RESET_STACK, ShowMode.SEND)
    await answer(query)


async def decided(
    query: CallbackQuery, placement_id: int, bot: Bot, do: Do, gate: Gate, text: Text, texts: Texts
) -> None:
    """The pressed card and all others show the decision."""
    await show(query, cards.request(text, await asked(do, placement_id)))
    shown = (query.message.chat.id, query.message.message_id) if isinstance(query.message, Message) else None
    await cards.settle(bot, gate, texts, placement_id, but=shown)

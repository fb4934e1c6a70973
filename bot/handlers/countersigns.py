"""The signatures of second admins: the list, the card with its buttons, and the act that was signed.

What a button is about is loaded anew at each press, so an old one, a forged one and one pressed twice all get a clear answer.
"""

from aiogram import Bot, F
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import signed
from bot.buttons import PAGE, Go, Pen, Row, Signature, To, button, keyboard, menu, pager, pages
from bot.routes import Routes
from bot.screen import Screen, show
from bot.texts import Safe, Text, Texts
from domain import countersigns
from domain.errors import NotFound, Refused
from storage.gate import Do, Gate

routes = Routes()


@routes.message(Command("countersigns"))
async def listed(message: Message, do: Do, text: Text) -> None:
    await show(message, await list_screen(do, text, 0))


@routes.callback_query(Go.filter(F.to == To.countersigns))
async def listed_page(query: CallbackQuery, callback_data: Go, do: Do, text: Text) -> None:
    await show(query, await list_screen(do, text, callback_data.page))


async def list_screen(do: Do, text: Text, page: int) -> Screen:
    """What waits to be signed or used, oldest first."""
    found = await do.ask(countersigns.waiting)
    page = min(max(0, page), pages(len(found)) - 1)
    said = text("countersigns", total=len(found))
    if len(found) > PAGE:
        said = Safe(f"{said}\n{text('page', page=page + 1, pages=pages(len(found)))}")
    lines: list[Row] = []
    for one in found[page * PAGE : (page + 1) * PAGE]:
        label = text.plain(
            "countersign-line",
            id=str(one.id),
            act=signed.short(one),
            status=one.status,
            until=text.brief(one.expires_at),
        )
        lines.append([button(label, Signature(pen=Pen.show, id=one.id))])
    return Screen(said, keyboard(*lines, pager(text, To.countersigns, page, len(found)), menu(text)))


async def open_to(do: Do, countersign: int) -> None:
    """Refuses those who may not see it, and what is not there."""
    if await do.ask(countersigns.get, countersign) is None:
        raise Refused(NotFound("countersigns"))


@routes.callback_query(Signature.filter(F.pen == Pen.show))
async def open_(query: CallbackQuery, callback_data: Signature, do: Do, gate: Gate, text: Text) -> None:
    await open_to(do, callback_data.id)
    await show(query, await signed.card(gate, text, callback_data.id, query.from_user.id))


@routes.callback_query(Signature.filter(F.pen == Pen.sign))
async def sign(
    query: CallbackQuery, callback_data: Signature, bot: Bot, do: Do, gate: Gate, text: Text, texts: Texts
) -> None:
    await do(countersigns.sign, callback_data.id)
    await show(query, await signed.card(gate, text, callback_data.id, query.from_user.id))
    await signed.settle(bot, gate, texts, callback_data.id)


@routes.callback_query(Signature.filter(F.pen == Pen.later))
async def later(query: CallbackQuery, callback_data: Signature, do: Do, gate: Gate, text: Text) -> None:
    """Nothing is decided: it stays in the list until its time is over."""
    await open_to(do, callback_data.id)
    shown = await signed.card(gate, text, callback_data.id, query.from_user.id)
    to_list = [button(text.plain("countersign-all"), Go(to=To.countersigns))]
    await show(query, Screen(Safe(f"{shown.text}\n\n{text('countersign-put-off')}"), keyboard(to_list)))


@routes.callback_query(Signature.filter(F.pen == Pen.act))
async def act(
    query: CallbackQuery, callback_data: Signature, bot: Bot, do: Do, gate: Gate, text: Text, texts: Texts
) -> None:
    await signed.perform(do, callback_data.id)
    await show(query, await signed.card(gate, text, callback_data.id, query.from_user.id))
    await signed.settle(bot, gate, texts, callback_data.id)

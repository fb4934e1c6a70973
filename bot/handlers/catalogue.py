"""What can be booked."""

from aiogram import F
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, ShowMode, StartMode

from bot import cards
from bot.buttons import PAGE, Book, Go, Look, Row, To, button, keyboard, menu, pager, pages
from bot.dialogs.states import Order
from bot.handlers.reports import flag
from bot.routes import Routes
from bot.screen import Screen, answer, show
from bot.texts import Safe, Text
from domain import channels
from domain.channels import Listing
from domain.reports import Thing
from storage.gate import Do

routes = Routes()


@routes.message(Command("catalog", "catalogue"))
async def catalogue(message: Message, do: Do, text: Text) -> None:
    await show(message, await catalogue_screen(do, text, 0))


@routes.callback_query(Go.filter(F.to == To.catalogue))
async def catalogue_page(query: CallbackQuery, callback_data: Go, do: Do, text: Text) -> None:
    await show(query, await catalogue_screen(do, text, callback_data.page))


async def catalogue_screen(do: Do, text: Text, page: int, words: Safe | None = None) -> Screen:
    found, total = await do.ask(channels.catalogue, max(0, page) * PAGE, PAGE)
    lines: list[Row] = [
        [button(listing_label(text, listing), Look(at=To.catalogue, id=listing.channel_id, page=page))]
        for listing in found
    ]
    said = words or text("catalogue", total=total)
    if total > PAGE:
        said = Safe(f"{said}\n{text('page', page=page + 1, pages=pages(total))}")
    return Screen(said, keyboard(*lines, pager(text, To.catalogue, page, total), menu(text)))


def listing_label(text: Text, listing: Listing) -> str:
    stay = text.plain("stay-short-part" if listing.proportional else "stay-short", hours=listing.hours)
    return text.plain("catalogue-line", title=listing.title, price=listing.price, stay=stay)


@routes.callback_query(Look.filter(F.at == To.catalogue))
async def card(query: CallbackQuery, callback_data: Look, do: Do, text: Text) -> None:
    listing = await do.ask(channels.listing, callback_data.id)
    if listing is None:
        await show(query, await catalogue_screen(do, text, 0, text("catalogue-gone")))
        return
    said = text(
        "catalogue-card",
        title=listing.title,
        where=f"@{listing.username}" if listing.username else "",
        subscribers=text("subscribers", count=listing.subscribers),
        counted=listing.counted_at,
        price=listing.price,
        stay=cards.stay(text, listing.hours, proportional=listing.proportional),
    )
    if listing.pin:
        said = Safe(f"{said}\n{text('manner-pin')}")
    book = [button(text.plain("catalogue-book"), Book(channel=listing.channel_id))]
    back = [button(text.plain("button-back"), Go(to=To.catalogue, page=callback_data.page))]
    wrong = flag(text, Thing.channel, listing.channel_id)
    await show(query, Screen(said, keyboard(book, wrong, [*back, *menu(text)])))


@routes.callback_query(Book.filter())
async def book(query: CallbackQuery, callback_data: Book, dialog_manager: DialogManager) -> None:
    data = {"channel": callback_data.channel}
    await dialog_manager.start(Order.post, data, StartMode.RESET_STACK, ShowMode.SEND)
    await answer(query)


@routes.message(Command("new"))
async def new(message: Message, dialog_manager: DialogManager) -> None:
    await dialog_manager.start(Order.post, mode=StartMode.RESET_STACK)


@routes.callback_query(Go.filter(F.to == To.new))
async def new_button(query: CallbackQuery, dialog_manager: DialogManager) -> None:
    await dialog_manager.start(Order.post, mode=StartMode.RESET_STACK)
    await answer(query)

"""The greeting, the menu, and the commands that only say something."""

from aiogram import F
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, StartMode

from bot.buttons import Go, Row, To, button, keyboard, menu
from bot.dialogs.states import Report
from bot.filters import is_staff
from bot.routes import Routes
from bot.screen import Screen, show
from bot.settings import Settings
from bot.texts import Safe, Text
from domain import tickets
from domain.users import User
from storage.gate import Do

routes = Routes()


def menu_rows(text: Text, user: User, settings: Settings) -> list[Row]:
    def to(where: To) -> Row:
        return [button(text.plain(f"menu-{where}"), Go(to=where))]

    rows: list[Row] = [
        [*to(To.new), *to(To.catalogue)],
        [*to(To.campaigns), *to(To.wallet)],
        [*to(To.channels), *to(To.requests)],
        [*to(To.settings), *to(To.help)],
    ]
    return [*rows, [*to(To.desk)], [*to(To.board), *to(To.books)]] if is_staff(user, settings) else rows


def menu_screen(text: Text, user: User, settings: Settings, words: Safe | None = None) -> Screen:
    return Screen(words or text("menu"), keyboard(*menu_rows(text, user, settings)))


@routes.message(CommandStart())
async def start(message: Message, text: Text, user: User, settings: Settings, dialog_manager: DialogManager) -> None:
    await dialog_manager.reset_stack()
    await show(message, menu_screen(text, user, settings, text("start", name=user.name)))


@routes.message(Command("menu"))
@routes.callback_query(Go.filter(F.to == To.menu))
async def to_menu(
    event: Message | CallbackQuery, text: Text, user: User, settings: Settings, dialog_manager: DialogManager
) -> None:
    await dialog_manager.reset_stack(remove_keyboard=isinstance(event, Message))
    await show(event, menu_screen(text, user, settings))


@routes.message(Command("cancel"))
async def cancel(message: Message, text: Text, user: User, settings: Settings, dialog_manager: DialogManager) -> None:
    words = text("cancelled" if dialog_manager.has_context() else "nothing-to-cancel")
    await dialog_manager.reset_stack()
    await show(message, menu_screen(text, user, settings, words))


@routes.message(Command("help"))
@routes.callback_query(Go.filter(F.to == To.help))
async def help_(event: Message | CallbackQuery, text: Text, user: User, settings: Settings) -> None:
    words = text("help")
    if is_staff(user, settings):
        words = Safe(f"{words}\n\n{text('help-staff')}")
    await show(event, Screen(words, keyboard(menu(text))))


@routes.message(Command("terms"))
async def terms(message: Message, text: Text) -> None:
    words = Safe(f"{text('terms')}\n\n{text('prohibited')}")
    await show(message, Screen(words, keyboard(menu(text))))


@routes.message(Command("paysupport"))
async def paysupport(message: Message, text: Text) -> None:
    await show(message, Screen(text("paysupport"), keyboard(menu(text))))


@routes.message(Command("report"))
async def report(
    message: Message, command: CommandObject, do: Do, text: Text, settings: Settings, dialog_manager: DialogManager
) -> None:
    if not command.args:
        await dialog_manager.start(Report.words, mode=StartMode.RESET_STACK)
        return
    ticket = await do(tickets.report, command.args)
    await show(message, Screen(text("report-done", id=str(ticket.id))))

"""The button that says something is wrong with a channel, a post or a person: why, in one more tap, then the staff is told."""

from aiogram import F
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, ShowMode, StartMode

from bot.buttons import Flag, Row, button, keyboard, menu
from bot.dialogs.states import Complaint
from bot.routes import Routes
from bot.screen import Screen, answer, say, show
from bot.texts import Text
from domain import reports
from domain.reports import Reason, Thing
from storage.gate import Do

routes = Routes()


def flag(text: Text, thing: Thing, number: int) -> Row:
    return [button(text.plain("report-button", thing=thing), Flag(thing=thing, id=number))]


@routes.callback_query(Flag.filter(F.reason == ""))
async def why(query: CallbackQuery, callback_data: Flag, do: Do, text: Text) -> None:
    """Asks for the reason, as a message of its own."""
    thing, number = callback_data.thing, callback_data.id
    await do.ask(reports.subject, thing, number)
    rows: list[Row] = [
        [button(text.plain(f"report-{reason}"), Flag(thing=thing, id=number, reason=reason))] for reason in Reason
    ]
    if thing == Thing.creative:
        rows.append(flag(text, Thing.person, number))
    assert query.bot is not None
    said = Screen(text("report-why", thing=thing), keyboard(*rows, menu(text)))
    await say(query.bot, query.from_user.id, said)
    await answer(query)


@routes.callback_query(Flag.filter(F.reason == Reason.other))
async def write(query: CallbackQuery, callback_data: Flag, do: Do, dialog_manager: DialogManager) -> None:
    await do.ask(reports.subject, callback_data.thing, callback_data.id)
    data = {"thing": callback_data.thing, "id": callback_data.id}
    await dialog_manager.start(Complaint.words, data, StartMode.RESET_STACK, ShowMode.SEND)
    await answer(query)


@routes.callback_query(Flag.filter(F.reason.in_({Reason.fraud, Reason.prohibited, Reason.spam})))
async def file(query: CallbackQuery, callback_data: Flag, do: Do, text: Text) -> None:
    await filed(query, do, text, callback_data.thing, callback_data.id, Reason(callback_data.reason))


async def filed(
    event: Message | CallbackQuery, do: Do, text: Text, thing: Thing, number: int, reason: Reason, words: str = ""
) -> None:
    report = await do(reports.file, thing, number, reason, words)
    await show(event, Screen(text("report-filed", id=str(report.id)), keyboard(menu(text))))

"""One's own withdrawals: the way into the wizard, the list, one of them, and taking it back."""

from aiogram import F
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, ShowMode, StartMode

from bot import payable
from bot.buttons import PAGE, Go, Look, Recall, Row, TakeBack, To, button, keyboard, menu, pager, pages
from bot.dialogs.states import Withdraw
from bot.routes import Routes
from bot.screen import Screen, answer, show
from bot.texts import Safe, Text
from domain import withdrawals
from storage.gate import Do

routes = Routes()


@routes.message(Command("withdraw"))
@routes.callback_query(Go.filter(F.to == To.withdraw))
async def withdraw(event: Message | CallbackQuery, do: Do, text: Text, dialog_manager: DialogManager) -> None:
    """Asks how much; where there is nothing to ask for, says why."""
    may = await do.ask(withdrawals.offer)
    if may.running is not None:
        await show(event, await payable.own(do, text, may.running))
    elif may.available < may.least:
        to_wallet = [button(text.plain("menu-wallet"), Go(to=To.wallet)), *menu(text)]
        await show(event, Screen(text("withdraw-none", available=may.available, least=may.least), keyboard(to_wallet)))
    else:
        await dialog_manager.start(Withdraw.amount, mode=StartMode.RESET_STACK, show_mode=ShowMode.SEND)
        if isinstance(event, CallbackQuery):
            await answer(event)


@routes.callback_query(Go.filter(F.to == To.withdrawals))
async def listed(query: CallbackQuery, callback_data: Go, do: Do, text: Text) -> None:
    total = await do.ask(withdrawals.mine_counted)
    page = min(max(0, callback_data.page), pages(total) - 1)
    said = text("withdrawals", total=total)
    if total > PAGE:
        said = Safe(f"{said}\n{text('page', page=page + 1, pages=pages(total))}")
    lines: list[Row] = []
    for row in await do.ask(withdrawals.mine, page * PAGE, PAGE):
        label = text.plain("withdrawal-line", id=str(row.id), amount=row.amount, status=row.status)
        lines.append([button(label, Look(at=To.withdrawals, id=row.id, page=page))])
    back = [button(text.plain("menu-wallet"), Go(to=To.wallet)), *menu(text)]
    await show(query, Screen(said, keyboard(*lines, pager(text, To.withdrawals, page, total), back)))


@routes.callback_query(Look.filter(F.at == To.withdrawals))
async def open_(query: CallbackQuery, callback_data: Look, do: Do, text: Text) -> None:
    await show(query, await payable.own(do, text, callback_data.id))


@routes.callback_query(TakeBack.filter(F.step == Recall.cancel))
async def ask_cancel(query: CallbackQuery, callback_data: TakeBack, do: Do, text: Text) -> None:
    shown = await payable.own(do, text, callback_data.id)
    yes = [button(text.plain("withdrawal-sure"), TakeBack(step=Recall.sure, id=callback_data.id))]
    back = [button(text.plain("button-back"), Look(at=To.withdrawals, id=callback_data.id))]
    await show(query, Screen(Safe(f"{shown.text}\n\n{text('withdrawal-cancel-ask')}"), keyboard(yes, back)))


@routes.callback_query(TakeBack.filter(F.step == Recall.sure))
async def cancel(query: CallbackQuery, callback_data: TakeBack, do: Do, text: Text) -> None:
    await do(withdrawals.cancel, callback_data.id)
    await show(query, await payable.own(do, text, callback_data.id))

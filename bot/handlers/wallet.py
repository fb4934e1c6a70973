"""The wallet, and Stars on their way into it. Only a successful payment is money; the receipt is a notice of the crediting."""

from aiogram import Bot, F
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, LabeledPrice, Message, PreCheckoutQuery
from aiogram_dialog import DialogManager

from bot.buttons import PAGE, Go, Pay, Row, To, button, keyboard, menu, rows
from bot.dialogs.states import TopUp
from bot.routes import Routes
from bot.screen import Screen, answer, say, show
from bot.texts import Safe, Text
from domain import escrow, kill_switches, ledger, payments, wallets, withdrawals
from domain.earnings import earnings
from domain.ledger import GATES, Reason
from domain.money import XTR, parse
from domain.users import User
from storage.gate import Do, Gate

routes, checkouts = Routes(), Routes()

AMOUNTS = (100, 250, 500, 1000, 2500, 5000)
START = "deposit"
"""Any start parameter: without one, a forwarded invoice could be paid by several people."""


@routes.message(Command("wallet"))
async def wallet(message: Message, do: Do, text: Text, user: User) -> None:
    await show(message, await wallet_screen(do, text, user, 0))


@routes.callback_query(Go.filter(F.to == To.wallet))
async def wallet_page(query: CallbackQuery, callback_data: Go, do: Do, text: Text, user: User) -> None:
    await show(query, await wallet_screen(do, text, user, callback_data.page))


async def wallet_screen(do: Do, text: Text, user: User, before: int) -> Screen:
    """The wallet with its entries older than the entry `before`; 0 is the newest page."""
    mine = wallets.user(user.id)
    available = await do.ask(wallets.balance, mine)
    held = await do.ask(escrow.held_for, user.id)
    entries = await do.ask(ledger.statement, mine, PAGE + 1, before or None)
    earned = await do.ask(earnings, user.id)
    lines: list[str] = [text("wallet", available=available, held=held)]
    lines.append(text("wallet-withdraw", amount=earned.available))
    newest = await do.ask(withdrawals.mine, 0, 1)
    lines += [text("wallet-withdrawing", amount=one.amount) for one in newest if one.status in withdrawals.OPEN]
    if earned.matures_at is not None:
        lines.append(text("wallet-maturing", amount=earned.maturing, at=earned.matures_at))
    lines.append("")
    lines.append(text("wallet-entries", zone=text.zone.key) if entries else text("wallet-empty"))
    lines += [
        text(
            "wallet-entry",
            at=text.brief(entry.at),
            sign="+" if entry.amount > 0 else "−",
            amount=abs(entry.amount),
            reason=entry.reason,
            about=str(entry.reference_id),
            after=int(entry.balance_after),
        )
        for entry in entries[:PAGE]
    ]
    pager: list[Row] = []
    if before:
        pager.append([button(text.plain("wallet-newest"), Go(to=To.wallet))])
    if len(entries) > PAGE:
        pager.append([button(text.plain("wallet-older"), Go(to=To.wallet, page=entries[PAGE - 1].id))])
    to_money = [
        button(text.plain("wallet-top-up"), Go(to=To.deposit)),
        button(text.plain("menu-withdraw"), Go(to=To.withdraw)),
    ]
    to_list = [button(text.plain("menu-withdrawals"), Go(to=To.withdrawals))]
    return Screen(Safe("\n".join(lines)), keyboard([b for row in pager for b in row], to_money, to_list, menu(text)))


@routes.message(Command("deposit"))
async def deposit(message: Message, command: CommandObject, bot: Bot, do: Do, text: Text, user: User) -> None:
    if command.args:
        await send_invoice(bot, do, text, user, parse(command.args))
    else:
        await show(message, deposit_screen(text))


@routes.callback_query(Go.filter(F.to == To.deposit))
async def deposit_button(query: CallbackQuery, bot: Bot, text: Text) -> None:
    """A message of its own: what the button was under, perhaps an order, stays."""
    await say(bot, query.from_user.id, deposit_screen(text))
    await answer(query)


def deposit_screen(text: Text) -> Screen:
    amounts = [button(text.plain("deposit-button", amount=amount), Pay(amount=amount)) for amount in AMOUNTS]
    other = [button(text.plain("deposit-other"), Go(to=To.amount))]
    return Screen(text("deposit"), keyboard(*rows(amounts, 3), other, menu(text)))


@routes.callback_query(Go.filter(F.to == To.amount))
async def other_amount(query: CallbackQuery, dialog_manager: DialogManager) -> None:
    await dialog_manager.start(TopUp.amount)
    await answer(query)


@routes.callback_query(Pay.filter())
async def pay(query: CallbackQuery, callback_data: Pay, bot: Bot, do: Do, text: Text, user: User) -> None:
    await send_invoice(bot, do, text, user, callback_data.amount)
    await answer(query)


async def send_invoice(bot: Bot, do: Do, text: Text, user: User, amount: int) -> None:
    made = await do(payments.invoice, amount)
    await bot.send_invoice(
        user.id,
        title=text.plain("invoice-title", amount=amount),
        description=text.plain("invoice-description", amount=amount),
        payload=made.payload,
        provider_token="",
        currency=XTR,
        prices=[LabeledPrice(label=text.plain("invoice-label"), amount=amount)],
        start_parameter=START,
    )


@checkouts.pre_checkout_query()
async def check_out(query: PreCheckoutQuery, do: Do) -> None:
    await do(payments.check_out, query.invoice_payload, query.total_amount, query.currency)
    await query.answer(ok=True)


@checkouts.message(F.successful_payment)
async def paid(message: Message, bot: Bot, gate: Gate, text: Text, user: User) -> None:
    """Recorded whatever the switches say; credited at once if money may move, else by the settlement."""
    payment = message.successful_payment
    assert payment is not None
    telegram = gate.system("telegram")
    received = await telegram(
        payments.receive,
        user.id,
        payment.total_amount,
        payment.currency,
        payment.telegram_payment_charge_id,
        payment.invoice_payload,
    )
    if await telegram.ask(kill_switches.permits, GATES[Reason.deposit]) is None:
        await telegram(payments.credit, received.id)
    else:
        await say(bot, user.id, Screen(text("deposit-received", amount=received.amount)))


@checkouts.message(F.refunded_payment)
async def taken_back(message: Message, gate: Gate) -> None:
    """Stars taken back from outside: recorded now, moved by the settlement."""
    assert message.refunded_payment is not None
    await gate.system("telegram")(payments.take_back, message.refunded_payment.telegram_payment_charge_id)

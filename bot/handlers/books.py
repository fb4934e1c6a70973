"""The books in the chat: are they clean, what moved in a wallet, is everything covered; and, for admins, seals and corrections.

The same acts and questions as `holdfast books …`, through the same gate. An adjustment is shown with what it would do and asked
about again. What must touch a balance or an entry itself runs only from the shell; the screen says the exact command.
"""

from typing import Any

from aiogram import Bot, F
from aiogram.exceptions import AiogramError
from aiogram.filters import Command, CommandObject
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, InlineKeyboardButton, Message
from aiogram_dialog import DialogManager, StartMode

from bot import checking
from bot.buttons import PAGE, Entries, Go, Ledger, Page, Row, To, button, keyboard, menu, pages
from bot.dialogs.states import Statement
from bot.routes import Routes
from bot.screen import Screen, answer, show
from bot.settings import Settings
from bot.texts import Safe, Text
from domain import books, ledger, wallets
from domain.books import Offence
from domain.countersigns import fingerprint
from domain.money import BadAmount, leading, parse
from domain.users import User
from storage.gate import Do

routes = Routes()

MOST_EVIDENCE, MOST_KEY = 600, 60
WALLET, ENTRY = "I1", "I2"
"""The invariants whose offenders `rebuild` and `repair` mend; all else that can be mended is an escrow."""


@routes.message(Command("books"))
async def command(
    message: Message,
    command: CommandObject,
    bot: Bot,
    do: Do,
    text: Text,
    user: User,
    settings: Settings,
    state: FSMContext,
) -> None:
    words = (command.args or "").split(maxsplit=4)
    verb, given = (words[0].lower() if words else ""), words[1:]
    match verb, given:
        case "", []:
            screen = await check(do, text, user, settings, full=False)
        case "check", []:
            screen = await check(do, text, user, settings, full=True)
        case "statement", [wallet]:
            screen = await statement(do, text, wallet, 0)
        case "checkpoint", []:
            screen = await checkpoint(do, text, user, settings)
        case "reserves", _:
            outside = _outside(" ".join(given))
            screen = usage(text) if outside is None else await reserves(bot, do, text, outside)
        case "adjust", [key, source, destination, rest]:
            screen = await ask_adjust(do, text, state, key, source, destination, *leading(rest))
        case "adjust", _:
            screen = adjust_usage(text)
        case _:
            screen = usage(text)
    await show(message, screen)


def usage(text: Text) -> Screen:
    return Screen(text("books-usage"), keyboard([_back(text)]))


def adjust_usage(text: Text) -> Screen:
    return Screen(text("books-adjust-usage", evidence=MOST_EVIDENCE, key=MOST_KEY), keyboard([_back(text)]))


def _back(text: Text) -> InlineKeyboardButton:
    return button(text.plain("menu-books"), Go(to=To.books))


def _outside(given: str) -> int | None:
    """Stars that the house declares to keep elsewhere: a whole number, 0 too. None where it cannot be read."""
    try:
        return 0 if given in ("", "0") else parse(given)
    except BadAmount:
        return None


@routes.callback_query(Go.filter(F.to == To.books))
async def opened(query: CallbackQuery, do: Do, text: Text, user: User, settings: Settings) -> None:
    await show(query, await check(do, text, user, settings, full=False))


@routes.callback_query(Ledger.filter(F.open.in_({Page.quick, Page.full})))
async def check_page(
    query: CallbackQuery, callback_data: Ledger, do: Do, text: Text, user: User, settings: Settings
) -> None:
    full = callback_data.open == Page.full
    await show(query, await check(do, text, user, settings, full=full, page=callback_data.page))


async def check(do: Do, text: Text, user: User, settings: Settings, *, full: bool, page: int = 0) -> Screen:
    """Clean, or the offenders; quick means what was touched since the last checkpoint."""
    last = [] if full else await do.ask(books.latest, 1)
    found = await checking.offences(do, incremental=not full)
    lines = [text("books-offences", many=len(found)) if found else text("books-clean")]
    if last:
        lines.append(text("books-since", number=str(last[0].id), at=last[0].at))
    return _listed(text, user, settings, found, lines, Page.full if full else Page.quick, page)


def _listed(
    text: Text, user: User, settings: Settings, found: list[Offence], head: list[Safe], this: Page, page: int
) -> Screen:
    """A page of the offenders, with what mends them. What does not hold is not sealed, so that is not offered."""
    page = min(max(0, page), pages(len(found)) - 1)
    shown = found[page * PAGE : (page + 1) * PAGE]
    lines: list[str] = [*head]
    if len(found) > PAGE:
        lines.append(text("page", page=page + 1, pages=pages(len(found))))
    lines += [text("books-offence", invariant=o.invariant, subject=o.subject, detail=o.detail) for o in shown]
    lines += _mending(text, user, shown)
    turn = []
    if page > 0:
        turn.append(button(text.plain("button-before"), Ledger(open=this, page=page - 1)))
    if (page + 1) * PAGE < len(found):
        turn.append(button(text.plain("button-after"), Ledger(open=this, page=page + 1)))
    return Screen(Safe("\n".join(lines)), keyboard(turn, *_buttons(text, user, settings, seal=not found), menu(text)))


def _mending(text: Text, user: User, shown: list[Offence]) -> list[str]:
    """The commands that mend what is shown."""
    if not shown:
        return []
    lines: list[str] = ["", text("books-mend")]
    forged = sorted({o.subject for o in shown if o.invariant == ENTRY})
    unequal = sorted({o.subject for o in shown if o.invariant == WALLET})
    if forged or not unequal:
        lines.append(text("books-mend-repair", admin=str(user.id)))
    return lines + [text("books-mend-rebuild", wallet=wallet, admin=str(user.id)) for wallet in unequal]


def _buttons(text: Text, user: User, settings: Settings, *, seal: bool) -> list[Row]:
    """What this reader may do; acting is for admins."""

    def to(where: Page) -> InlineKeyboardButton:
        return button(text.plain(f"books-open-{where}"), Ledger(open=where))

    reading: list[Row] = [[to(Page.full)], [to(Page.statement), to(Page.reserves)]]
    acting = [to(Page.checkpoint), to(Page.adjust)] if seal else [to(Page.adjust)]
    return [*reading, acting] if user.id in settings.admins else reading


@routes.callback_query(Ledger.filter(F.open == Page.statement))
async def ask_wallet(query: CallbackQuery, dialog_manager: DialogManager) -> None:
    await dialog_manager.start(Statement.wallet, mode=StartMode.RESET_STACK)
    await answer(query)


@routes.callback_query(Entries.filter())
async def statement_page(query: CallbackQuery, callback_data: Entries, do: Do, text: Text) -> None:
    await show(query, await statement(do, text, callback_data.wallet, callback_data.before))


async def statement(do: Do, text: Text, wallet: str, before: int) -> Screen:
    """The entries of a wallet older than the entry `before`; 0 is the newest page."""
    balance = await do.ask(wallets.balance, wallet)
    entries = await do.ask(ledger.statement, wallet, PAGE + 1, before or None)
    if not entries and await do.ask(ledger.standing, wallet) is None:
        return Screen(text("books-no-wallet", wallet=wallet[:MOST_KEY]), keyboard([_back(text)], menu(text)))
    lines: list[str] = [
        text("books-statement", wallet=wallet, balance=balance),
        text("wallet-entries", zone=text.zone.key) if entries else text("books-no-entries"),
    ]
    lines += [
        text(
            "books-entry",
            id=str(entry.id),
            at=text.brief(entry.at),
            sign="+" if entry.amount > 0 else "−",
            amount=abs(entry.amount),
            transfer=entry.transfer_key,
            after=int(entry.balance_after),
        )
        for entry in entries[:PAGE]
    ]
    turn = []
    if before:
        turn.append(button(text.plain("wallet-newest"), Entries(wallet=wallet)))
    if len(entries) > PAGE:
        turn.append(button(text.plain("wallet-older"), Entries(wallet=wallet, before=entries[PAGE - 1].id)))
    return Screen(Safe("\n".join(lines)), keyboard(turn, [_back(text)], menu(text)))


@routes.callback_query(Ledger.filter(F.open == Page.checkpoint))
async def checkpoint_button(query: CallbackQuery, do: Do, text: Text, user: User, settings: Settings) -> None:
    await show(query, await checkpoint(do, text, user, settings))


async def checkpoint(do: Do, text: Text, user: User, settings: Settings) -> Screen:
    """Sealed, or who offends the books."""
    found, made = await checking.sealed(do)
    if found:
        head = [text("books-not-sealed"), text("books-offences", many=len(found))]
        return _listed(text, user, settings, found, head, Page.full, 0)
    said = text("books-nothing-new") if made is None else text("books-sealed", number=str(made))
    return Screen(said, keyboard([_back(text)]))


@routes.callback_query(Ledger.filter(F.open == Page.reserves))
async def reserves_button(query: CallbackQuery, bot: Bot, do: Do, text: Text) -> None:
    await show(query, await reserves(bot, do, text, 0))


async def reserves(bot: Bot, do: Do, text: Text, outside: int) -> Screen:
    """What people are owed, and what is held for it at Telegram and outside."""
    try:
        held = (await bot.get_my_star_balance()).amount
    except AiogramError:  # what it answers may be unreadable too
        return Screen(text("books-reserves-unseen"), keyboard([_back(text)]))
    found = await do.ask(books.reserves, held, outside)
    said = text(
        "books-reserves",
        users=found.users,
        received=found.received,
        suspense=found.suspense,
        escrows=found.escrows,
        withdrawals=found.withdrawals,
        owed=found.owed,
        held=held,
        outside=outside,
        covered=found.cover >= 0,
        cover=abs(found.cover),
    )
    return Screen(said, keyboard([_back(text)]))


@routes.callback_query(Ledger.filter(F.open == Page.adjust))
async def how_to_adjust(query: CallbackQuery, text: Text) -> None:
    await show(query, adjust_usage(text))


async def ask_adjust(
    do: Do, text: Text, state: FSMContext, key: str, source: str, destination: str, amount: str, evidence: str
) -> Screen:
    """Shows exactly what would happen, and asks. What was typed waits beside the dialogs until the button is pressed."""
    try:
        minor = parse(amount)
    except BadAmount:
        return adjust_usage(text)
    evidence = evidence.strip()
    if not 1 <= len(evidence) <= MOST_EVIDENCE or len(key) > MOST_KEY:
        return adjust_usage(text)
    seen = await do.ask(books.rehearse, key, source, destination, minor, evidence)
    given = {"key": key, "source": source, "destination": destination, "amount": minor, "evidence": evidence}
    if seen.is_made:
        return Screen(text("books-adjust-made", **given), keyboard([_back(text)]))
    await state.update_data(adjustment=given)
    said = text(
        "books-adjust-sure",
        **given,
        before=seen.source[0],
        left=seen.source[1],
        there=seen.destination[0],
        then=seen.destination[1],
    )
    yes = [button(text.plain("books-adjust-yes", amount=minor), Ledger(open=Page.sure, mark=mark(given)))]
    return Screen(said, keyboard(yes, [button(text.plain("button-back"), Go(to=To.books))]))


def mark(given: dict[str, Any]) -> str:
    """Ties a button to the very adjustment that it was shown with."""
    return fingerprint("books.adjust", given)[:16]


@routes.callback_query(Ledger.filter(F.open == Page.sure))
async def adjust(query: CallbackQuery, callback_data: Ledger, do: Do, text: Text, state: FSMContext) -> None:
    given = (await state.get_data()).get("adjustment")
    if not given or mark(given) != callback_data.mark:
        await show(query, Screen(text("books-adjust-stale"), keyboard([_back(text)])))
        return
    await do(books.adjust, **given)
    await show(query, Screen(text("books-adjusted", **given), keyboard([_back(text)])))

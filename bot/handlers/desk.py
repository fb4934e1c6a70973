"""The desk of the staff: what waits for a person, tickets, who belongs to the staff; and what admins may do about a thing.

Whatever is pressed is loaded anew, and the action decides; a reason is asked for where the audit trail should keep one.
"""

from typing import Any

from aiogram import F
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, InlineKeyboardButton, Message
from aiogram_dialog import DialogManager, ShowMode, StartMode

from bot import bargains, cards, findings
from bot.buttons import PAGE, Case, Contest, Deed, Desk, Go, Row, To, button, keyboard, menu, pager, pages
from bot.dialogs import states
from bot.dialogs.desk import perform
from bot.named import the_one
from bot.routes import Routes
from bot.screen import Screen, answer, show
from bot.settings import Settings
from bot.texts import Safe, Text
from domain import countersigns, disputes, escrow, post_jobs, proposals, reports, tickets, users, withdrawals
from domain.action import Role
from domain.errors import NotAllowed, Refused
from domain.finds import Kind
from storage.gate import Do

routes = Routes()

MOST_LABEL = 40
QUEUES: dict[To, tuple[Any, Any, dict[str, bool]]] = {
    To.overdue: (escrow.overdue_count, escrow.overdue, {}),
    To.tickets: (tickets.counted, tickets.listed, {"closed": False}),
    To.closed: (tickets.counted, tickets.listed, {"closed": True}),
    To.to_pay: (withdrawals.counted, withdrawals.listed, {"ended": False}),
    To.ended: (withdrawals.counted, withdrawals.listed, {"ended": True}),
    To.disputes: (disputes.counted, disputes.listed, {}),
    To.proposals: (proposals.counted, proposals.waiting, {}),
    To.reports: (reports.counted, reports.listed, {}),
}
"""Of each: how many they are, a page of them, and which of them are meant."""
TURNS = {To.tickets: To.closed, To.closed: To.tickets, To.to_pay: To.ended, To.ended: To.to_pay}
"""Between what is open and what has ended."""


@routes.message(Command("admin"))
@routes.callback_query(Go.filter(F.to == To.desk))
async def desk(event: Message | CallbackQuery, do: Do, text: Text) -> None:
    """Every queue with how many wait in it, and the way to everything else."""
    open_ = {to: queue for to, queue in QUEUES.items() if to not in (To.closed, To.ended)}
    counted: dict[To, int] = {to: await do.ask(many, **which) for to, (many, _, which) in open_.items()}
    counted[To.review] = await do.ask(post_jobs.in_review)
    counted[To.countersigns] = len(await do.ask(countersigns.waiting)) if is_admin(do) else 0

    def to(where: To) -> Row:
        return [button(text.plain(f"desk-{where}", many=counted.get(where, 0)), Go(to=where))]

    queues: list[Row] = [
        [*to(To.review), *to(To.overdue)],
        [*to(To.tickets), *to(To.disputes)],
        [*to(To.proposals), *to(To.reports)],
        to(To.to_pay),
    ]
    if is_admin(do):
        queues[2] = [*queues[2], *to(To.countersigns)]
    rest: list[Row] = [[*to(To.lookup), *to(To.audit)], [*to(To.staff), *to(To.status)], [*to(To.board), *to(To.books)]]
    await show(event, Screen(text("desk"), keyboard(*queues, *rest, menu(text))))


def is_admin(do: Do) -> bool:
    return do.who.user_id in do.gate.admins


def _back(text: Text) -> Row:
    return [button(text.plain("menu-desk"), Go(to=To.desk)), *menu(text)]


def _listed(text: Text, to: To, page: int, total: int, lines: list[Row], *more: Row) -> Screen:
    said = text(f"desk-list-{to}", total=total)
    if total > PAGE:
        said = Safe(f"{said}\n{text('page', page=page + 1, pages=pages(total))}")
    return Screen(said, keyboard(*lines, pager(text, to, page, total), *more, _back(text)))


@routes.callback_query(Go.filter(F.to.in_(set(QUEUES))))
async def listed(query: CallbackQuery, callback_data: Go, do: Do, text: Text) -> None:
    """A page of a queue; each line opens the thing's card."""
    to = callback_data.to
    counted, found, which = QUEUES[to]
    total = await do.ask(counted, **which)
    page = min(max(0, callback_data.page), pages(total) - 1)
    lines: list[Row] = [[_line(text, to, row)] for row in await do.ask(found, page * PAGE, PAGE, **which)]
    other = TURNS.get(to)
    turn: list[Row] = [[button(text.plain(f"desk-to-{other}"), Go(to=other))]] if other else []
    await show(query, _listed(text, to, page, total, lines, *turn))


def _line(text: Text, to: To, row: Any) -> InlineKeyboardButton:
    facts: dict[str, Any]
    match to:
        case To.overdue:
            facts = {
                "channel": row.title[:MOST_LABEL],
                "amount": row.amount,
                "job": findings.word(text, "job", row.status),
            }
            return button(text.plain("desk-escrow", id=str(row.id), **facts), Case(kind=Kind.placement, id=row.id))
        case To.tickets | To.closed:
            facts = {"name": row.name[:MOST_LABEL], "words": row.words[:MOST_LABEL]}
            return button(text.plain("desk-ticket", id=str(row.id), **facts), Case(kind=Kind.ticket, id=row.id))
        case To.to_pay | To.ended:
            status = findings.word(text, "withdrawal", row.status)
            facts = {"name": row.name[:MOST_LABEL], "amount": row.amount, "status": status}
            return button(text.plain("desk-withdrawal", id=str(row.id), **facts), Case(kind=Kind.withdrawal, id=row.id))
        case To.reports:
            facts = cards.reported(text, row.thing, row.reason) | {"name": row.name[:MOST_LABEL]}
            return button(text.plain("desk-report", id=str(row.id), **facts), Case(kind=Kind.report, id=row.id))
        case To.disputes:
            i = row.campaign_target_id
            facts = {"channel": row.title[:MOST_LABEL], "price": row.price, "status": row.status}
            return button(text.plain("desk-dispute", id=str(i), **facts), Contest(id=i))
        case _:  # a proposal, which is only to be read
            i, terms = row.campaign_target_id, text.flat(bargains.terms(text, row.kind, row.slot, row.price))
            facts = {"channel": row.title[:MOST_LABEL], "terms": terms}
            return button(text.plain("desk-proposal", id=str(i), **facts), Case(kind=Kind.placement, id=i))


@routes.message(Command("staff"))
async def staff(message: Message, command: CommandObject, do: Do, text: Text, settings: Settings) -> None:
    """Who belongs to it; with words, appoints or dismisses an operator."""
    match (command.args or "").split(maxsplit=2):
        case []:
            await show(message, await staff_screen(do, text, settings, 0))
        case ["appoint" | "dismiss" as verb, who, reason]:
            one = await the_one(do, who, Kind.user)
            await show(message, await perform(do, text, Deed(verb), one.kind, one.id, reason))
        case _:
            await show(message, Screen(text("staff-usage"), keyboard(_back(text))))


@routes.callback_query(Go.filter(F.to == To.staff))
async def staff_page(query: CallbackQuery, callback_data: Go, do: Do, text: Text, settings: Settings) -> None:
    await show(query, await staff_screen(do, text, settings, callback_data.page))


async def staff_screen(do: Do, text: Text, settings: Settings, page: int) -> Screen:
    known = {one.id: one for one in await do.ask(users.staff)}
    everyone = sorted({*known, *settings.admins}, key=lambda number: (number not in settings.admins, number))
    page = min(max(0, page), pages(len(everyone)) - 1)
    lines: list[Row] = []
    for number in everyone[page * PAGE : (page + 1) * PAGE]:
        one = known.get(number)
        role = "admin" if number in settings.admins else "operator"
        facts: dict[str, Any] = {"id": str(number), "role": role, "name": one.name[:MOST_LABEL] if one else "none"}
        label = text.plain("staff-line", **facts)
        lines.append([button(label, Case(kind=Kind.user, id=number))])
    return _listed(text, To.staff, page, len(everyone), lines)


@routes.message(Command("block", "unblock"))
async def block(message: Message, command: CommandObject, do: Do, text: Text) -> None:
    """`/block 7 reason`, `/block @name reason`, `/block channel:3 reason`."""
    match (command.args or "").split(maxsplit=1):
        case [who, reason]:
            one = await the_one(do, who, Kind.user, Kind.channel)
            await show(message, await perform(do, text, Deed(command.command.lower()), one.kind, one.id, reason))
        case _:
            await show(message, Screen(text("block-usage"), keyboard(_back(text))))


@routes.callback_query(Desk.filter(F.deed == Deed.retry))
async def ask_retry(query: CallbackQuery, callback_data: Desk, do: Do, text: Text) -> None:
    """Says what it would do, and asks again."""
    shown = await findings.card(do, text, Kind.placement, callback_data.id)
    if not is_admin(do):
        raise Refused(NotAllowed(Role.admin))
    yes = [button(text.plain("desk-sure"), Desk(deed=Deed.sure, kind=Kind.placement, id=callback_data.id))]
    back = [button(text.plain("button-back"), Case(kind=Kind.placement, id=callback_data.id))]
    await show(query, Screen(Safe(f"{shown.text}\n\n{text('retry-sure')}"), keyboard(yes, back)))


@routes.callback_query(Desk.filter(F.deed == Deed.sure))
async def retry(query: CallbackQuery, callback_data: Desk, do: Do, text: Text) -> None:
    new = await do(escrow.retry_as_new, callback_data.id)
    await show(query, await findings.card(do, text, Kind.placement, new))


@routes.callback_query(Desk.filter())
async def ask_reason(
    query: CallbackQuery, callback_data: Desk, do: Do, text: Text, dialog_manager: DialogManager
) -> None:
    """Asks for the reason. Whoever may not do it is told at once, and what is not there."""
    await findings.card(do, text, callback_data.kind, callback_data.id)
    if not is_admin(do):
        raise Refused(NotAllowed(Role.admin))
    given = {"deed": callback_data.deed, "kind": callback_data.kind, "id": callback_data.id}
    await dialog_manager.start(states.Desk.reason, given, StartMode.RESET_STACK, ShowMode.SEND)
    await answer(query)

"""The desk of the staff: what waits for a person, tickets, who belongs to the staff; and what admins may do about a thing.

Whatever is pressed is loaded anew, and the action decides; a reason is asked for where the audit trail should keep one.
"""

from typing import Any

from aiogram import F
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message
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


@routes.message(Command("admin"))
@routes.callback_query(Go.filter(F.to == To.desk))
async def desk(event: Message | CallbackQuery, do: Do, text: Text) -> None:
    """Every queue with how many wait in it, and the way to everything else."""
    review, overdue = await do.ask(post_jobs.in_review), await do.ask(escrow.overdue_count)
    waiting = await do.ask(tickets.counted)
    signatures = len(await do.ask(countersigns.waiting)) if is_admin(do) else 0
    counted = {
        To.review: review,
        To.overdue: overdue,
        To.tickets: waiting,
        To.disputes: await do.ask(disputes.counted),
        To.proposals: await do.ask(proposals.counted),
        To.reports: await do.ask(reports.counted),
        To.to_pay: await do.ask(withdrawals.counted),
        To.countersigns: signatures,
    }

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


@routes.callback_query(Go.filter(F.to == To.overdue))
async def overdue(query: CallbackQuery, callback_data: Go, do: Do, text: Text) -> None:
    total = await do.ask(escrow.overdue_count)
    page = min(max(0, callback_data.page), pages(total) - 1)
    lines: list[Row] = []
    for row in await do.ask(escrow.overdue, page * PAGE, PAGE):
        label = text.plain(
            "desk-escrow", id=str(row.id), channel=row.title[:MOST_LABEL], amount=row.amount, job=row.status
        )
        lines.append([button(label, Case(kind=Kind.placement, id=row.id))])
    await show(query, _listed(text, To.overdue, page, total, lines))


@routes.callback_query(Go.filter(F.to.in_({To.tickets, To.closed})))
async def ticket_list(query: CallbackQuery, callback_data: Go, do: Do, text: Text) -> None:
    closed = callback_data.to == To.closed
    total = await do.ask(tickets.counted, closed=closed)
    page = min(max(0, callback_data.page), pages(total) - 1)
    lines: list[Row] = []
    for row in await do.ask(tickets.listed, page * PAGE, PAGE, closed=closed):
        label = text.plain("desk-ticket", id=str(row.id), name=row.name[:MOST_LABEL], words=row.words[:MOST_LABEL])
        lines.append([button(label, Case(kind=Kind.ticket, id=row.id))])
    other = To.tickets if closed else To.closed
    turn = [button(text.plain(f"desk-to-{other}"), Go(to=other))]
    await show(query, _listed(text, callback_data.to, page, total, lines, turn))


@routes.callback_query(Go.filter(F.to.in_({To.to_pay, To.ended})))
async def withdrawal_list(query: CallbackQuery, callback_data: Go, do: Do, text: Text) -> None:
    ended = callback_data.to == To.ended
    total = await do.ask(withdrawals.counted, ended=ended)
    page = min(max(0, callback_data.page), pages(total) - 1)
    lines: list[Row] = []
    for row in await do.ask(withdrawals.listed, page * PAGE, PAGE, ended=ended):
        facts = {"id": str(row.id), "name": row.name[:MOST_LABEL], "amount": row.amount, "status": row.status}
        lines.append([button(text.plain("desk-withdrawal", **facts), Case(kind=Kind.withdrawal, id=row.id))])
    other = To.to_pay if ended else To.ended
    turn = [button(text.plain(f"desk-to-{other}"), Go(to=other))]
    await show(query, _listed(text, callback_data.to, page, total, lines, turn))


@routes.callback_query(Go.filter(F.to == To.disputes))
async def dispute_list(query: CallbackQuery, callback_data: Go, do: Do, text: Text) -> None:
    """Those that wait for a judge."""
    total = await do.ask(disputes.counted)
    page = min(max(0, callback_data.page), pages(total) - 1)
    lines: list[Row] = []
    for row in await do.ask(disputes.listed, page * PAGE, PAGE):
        facts = {"id": str(row.campaign_target_id), "channel": row.title[:MOST_LABEL], "price": row.price}
        label = text.plain("desk-dispute", status=row.status, **facts)
        lines.append([button(label, Contest(id=row.campaign_target_id))])
    await show(query, _listed(text, To.disputes, page, total, lines))


@routes.callback_query(Go.filter(F.to == To.proposals))
async def proposal_list(query: CallbackQuery, callback_data: Go, do: Do, text: Text) -> None:
    """What waits for an advertiser's answer; only to be read."""
    total = await do.ask(proposals.counted)
    page = min(max(0, callback_data.page), pages(total) - 1)
    lines: list[Row] = []
    for row in await do.ask(proposals.waiting, page * PAGE, PAGE):
        terms = text.flat(bargains.terms(text, row.kind, row.slot, row.price))
        label = text.plain("desk-proposal", id=str(row.campaign_target_id), channel=row.title[:MOST_LABEL], terms=terms)
        lines.append([button(label, Case(kind=Kind.placement, id=row.campaign_target_id))])
    await show(query, _listed(text, To.proposals, page, total, lines))


@routes.callback_query(Go.filter(F.to == To.reports))
async def report_list(query: CallbackQuery, callback_data: Go, do: Do, text: Text) -> None:
    """What people have reported; each opens its card."""
    total = await do.ask(reports.counted)
    page = min(max(0, callback_data.page), pages(total) - 1)
    lines: list[Row] = []
    for row in await do.ask(reports.listed, page * PAGE, PAGE):
        facts = cards.reported(text, row.thing, row.reason) | {"name": row.name[:MOST_LABEL]}
        lines.append([button(text.plain("desk-report", id=str(row.id), **facts), Case(kind=Kind.report, id=row.id))])
    await show(query, _listed(text, To.reports, page, total, lines))


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

"""The review queue: jobs of which only a person can say what came of them, and those that failed for a technical reason."""

from typing import Any

from aiogram import F
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, ShowMode, StartMode

from bot import cards
from bot.buttons import PAGE, Case, Go, Judge, Look, Row, Ruling, To, button, keyboard, menu, pager, pages
from bot.dialogs.states import Verdict
from bot.routes import Routes
from bot.screen import Screen, answer, show
from bot.texts import Safe, Text
from domain import post_jobs, searches
from domain.action import Role
from domain.errors import NotAllowed, NotFound, Refused, WrongState
from domain.finds import Kind
from domain.post_jobs import Status
from storage.gate import Do

routes = Routes()

MARKS = {Status.uncertain: "🔎", Status.success: "👁", Status.failed: "✖️"}


@routes.message(Command("review"))
async def review(message: Message, do: Do, text: Text) -> None:
    await show(message, await queue(do, text, 0))


@routes.callback_query(Go.filter(F.to == To.review))
async def review_page(query: CallbackQuery, callback_data: Go, do: Do, text: Text) -> None:
    await show(query, await queue(do, text, callback_data.page))


async def queue(do: Do, text: Text, page: int) -> Screen:
    total = await do.ask(post_jobs.in_review)
    page = min(max(0, page), pages(total) - 1)
    said = text("review", total=total)
    if total > PAGE:
        said = Safe(f"{said}\n{text('page', page=page + 1, pages=pages(total))}")
    lines: list[Row] = []
    for job in await do.ask(post_jobs.review, PAGE, page * PAGE):
        label = text.plain("review-line", mark=MARKS[job.status], id=str(job.id), channel=job.title, price=job.price)
        lines.append([button(label, Look(at=To.review, id=job.id, page=page))])
    return Screen(said, keyboard(*lines, pager(text, To.review, page, total), menu(text)))


@routes.callback_query(Look.filter(F.at == To.review))
async def open_(query: CallbackQuery, callback_data: Look, do: Do, text: Text) -> None:
    await show(query, await job_screen(do, text, callback_data.id, callback_data.page))


async def job_screen(do: Do, text: Text, job_id: int, page: int = 0) -> Screen:
    """A job with its latest searches, and the verdicts that may be given."""
    job = await do.ask(post_jobs.reviewed, job_id)
    if job is None:
        raise Refused(NotFound("post_jobs"))
    none = text.plain("status-none")
    state = cards.failure(text, job.failure) if job.failure else text(f"review-{job.status}")
    facts = {"channel": job.title, "price": job.price, "error": job.last_error or none, "at": job.created_at}
    lines: list[str] = [text("review-job", id=str(job.id), state=state, **facts)]
    lines += [_line(text, row) for row in await do.ask(searches.history, job_id)]
    back = [button(text.plain("button-back"), Go(to=To.review, page=page)), *menu(text)]
    case = button(text.plain("review-case"), Case(kind=Kind.placement, id=job.id))
    return Screen(Safe("\n".join(lines)), keyboard(cards.judge(text, job.id, job.status), [case], back))


def _line(text: Text, row: Any) -> Safe:
    came = "found" if row.found_message_id else "nothing" if row.completed else "unknown"
    facts = {"examined": row.examined, "message": str(row.found_message_id), "note": row.note or "none"}
    return text("review-search", at=text.brief(row.at), came=came, **facts)


@routes.callback_query(Judge.filter())
async def judge(query: CallbackQuery, callback_data: Judge, do: Do, dialog_manager: DialogManager) -> None:
    """Asks for what a verdict needs. Whoever may not give one is told at once."""
    job = await do.ask(post_jobs.reviewed, callback_data.id)
    if job is None:
        raise Refused(NotFound("post_jobs"))
    if do.who.user_id not in do.gate.admins:
        raise Refused(NotAllowed(Role.admin))
    if callback_data.ruling not in cards.RULINGS[job.status]:
        raise Refused(WrongState("post_jobs", job.status))
    first = Verdict.message if callback_data.ruling == Ruling.found else Verdict.evidence
    given = {"job": job.id, "ruling": callback_data.ruling}
    await dialog_manager.start(first, given, StartMode.RESET_STACK, ShowMode.SEND)
    await answer(query)

"""How things are, for the staff. Only reads; an answer at all shows that the database is reachable."""

from aiogram.filters import Command
from aiogram.types import Message

from bot.buttons import keyboard, menu
from bot.routes import Routes
from bot.screen import Screen, show
from bot.texts import Safe, Text
from domain import books, escrow, kill_switches, post_jobs
from storage.gate import Do, Gate

routes = Routes("status")

MOST_OFFENCES = 20


@routes.message(Command("status"))
async def status(message: Message, do: Do, gate: Gate, text: Text) -> None:
    halted = [one.key for one in await do.ask(kill_switches.board) if not one.enabled]
    jobs = {state: many for state, many in (await do.ask(post_jobs.by_status)).items() if many}
    many, amount, oldest = await do.ask(escrow.overview)
    none = text.plain("status-none")
    said = text(
        "status",
        database="SQLite" if gate.database.is_sqlite else "PostgreSQL",
        halted=", ".join(halted) or none,
        jobs=", ".join(text.plain("status-job", status=state, many=n) for state, n in jobs.items()) or none,
        many=many,
        amount=amount,
        oldest=oldest or none,
    )
    await show(message, Screen(said, keyboard(menu(text))))


@routes.message(Command("books"))
async def check(message: Message, do: Do, text: Text) -> None:
    offences = await do.ask(books.check)
    if not offences:
        await show(message, Screen(text("books-clean")))
        return
    lines: list[str] = [text("books-offences", many=len(offences))]
    lines += [
        text("books-offence", invariant=one.invariant, subject=one.subject, detail=one.detail)
        for one in offences[:MOST_OFFENCES]
    ]
    if len(offences) > MOST_OFFENCES:
        lines.append(text("books-more", many=len(offences) - MOST_OFFENCES))
    await show(message, Screen(Safe("\n".join(lines))))

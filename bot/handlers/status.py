"""How things are, for the staff. Only reads; an answer at all shows that the database is reachable."""

from aiogram import F
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.buttons import Go, To, keyboard, menu
from bot.findings import word
from bot.routes import Routes
from bot.screen import Screen, show
from bot.texts import Text
from domain import escrow, kill_switches, post_jobs
from storage.gate import Do, Gate

routes = Routes()


@routes.message(Command("status"))
@routes.callback_query(Go.filter(F.to == To.status))
async def status(event: Message | CallbackQuery, do: Do, gate: Gate, text: Text) -> None:
    halted = [one.key for one in await do.ask(kill_switches.board) if not one.enabled]
    jobs = {state: many for state, many in (await do.ask(post_jobs.by_status)).items() if many}
    many, amount, oldest = await do.ask(escrow.overview)
    none = text.plain("status-none")
    said = text(
        "status",
        database=gate.database.kind,
        halted=", ".join(halted) or none,
        jobs=", ".join(text.plain("status-job", status=word(text, "job", state), many=n) for state, n in jobs.items())
        or none,
        many=many,
        amount=amount,
        oldest=oldest or none,
    )
    await show(event, Screen(said, keyboard(menu(text))))

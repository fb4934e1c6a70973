"""The launch in the chat: every phase with its steps and evidence, one button to run the next, one to roll it all back.

Whoever runs a phase is an admin; the staff may look, and may roll back, since that only halts.
"""

from typing import Any

from aiogram import Bot, F
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.buttons import Go, Launching, Rocket, Row, To, button, keyboard, menu
from bot.launch import Launcher
from bot.launch.words import MARKS, advice, awaited, facts, short
from bot.routes import Routes
from bot.screen import Screen, show
from bot.settings import Settings
from bot.texts import Safe, Text, Texts
from domain import launch
from domain.launch import Board, Outcome, Phase, Shown, Status
from storage.gate import Do

routes = Routes()

SETUP = ("advertiser", "publisher", "channel", "price", "watch")
NUMBERS = frozenset(str(phase.number) for phase in Phase)
TOLD = str(Phase.P2.number)
"""The phase that is told who takes part."""


@routes.message(Command("launch"))
async def launching(
    message: Message, command: CommandObject, do: Do, text: Text, texts: Texts, settings: Settings, bot: Bot
) -> None:
    match (command.args or "").split():
        case []:
            await show(message, await overview(do, text))
        case [number, *words] if number in NUMBERS and (not words or (number == TOLD and setup(words))):
            await show(message, await go(Launcher(do, settings, texts, bot), text, int(number), setup(words)))
        case ["rollback", *reason]:
            await do(launch.rollback, " ".join(reason))
            await show(message, await overview(do, text))
        case _:
            await show(message, Screen(text("launch-usage"), keyboard(menu(text))))


def setup(words: list[str]) -> dict[str, Any] | None:
    """ADVERTISER PUBLISHER CHANNEL, perhaps PRICE and MINUTES; None where it is something else."""
    if not 3 <= len(words) <= len(SETUP):
        return None
    numbers = [word for name, word in zip(SETUP, words, strict=False) if name != "channel"]
    if not all(word.isdecimal() and len(word) <= 15 for word in numbers):
        return None
    return {name: word if name == "channel" else int(word) for name, word in zip(SETUP, words, strict=False)}


async def go(launcher: Launcher, text: Text, number: int, given: dict[str, Any] | None = None) -> Screen:
    """Runs a phase as far as it comes, and shows it."""
    await launcher.go(Phase(f"P{number}"), given)
    return await phase_screen(launcher.do, text, number)


@routes.callback_query(Go.filter(F.to == To.launch))
async def overview_button(query: CallbackQuery, do: Do, text: Text) -> None:
    await show(query, await overview(do, text))


@routes.callback_query(Launching.filter(F.do == Rocket.show))
async def open_(query: CallbackQuery, callback_data: Launching, do: Do, text: Text) -> None:
    await show(query, await phase_screen(do, text, callback_data.phase))


@routes.callback_query(Launching.filter(F.do == Rocket.run))
async def run(
    query: CallbackQuery,
    callback_data: Launching,
    do: Do,
    text: Text,
    texts: Texts,
    settings: Settings,
    bot: Bot,
) -> None:
    await show(query, await go(Launcher(do, settings, texts, bot), text, callback_data.phase))


@routes.callback_query(Launching.filter(F.do == Rocket.back))
async def ask_rollback(query: CallbackQuery, text: Text) -> None:
    yes = [button(text.plain("launch-rollback-yes"), Launching(do=Rocket.sure))]
    back = [button(text.plain("button-back"), Go(to=To.launch))]
    said = text("launch-rollback-sure", switches=", ".join(launch.OPENED))
    await show(query, Screen(said, keyboard(yes, back)))


@routes.callback_query(Launching.filter(F.do == Rocket.sure))
async def rollback(query: CallbackQuery, do: Do, text: Text) -> None:
    await do(launch.rollback, text.plain("board-reason"))
    await show(query, await overview(do, text))


async def overview(do: Do, text: Text) -> Screen:
    """All phases; what comes next as a button."""
    board = await do.ask(launch.board)
    lines = [text("launch", launch=str(board.launch)), ""]
    lines += [_phase(text, shown) for shown in board.phases]
    if board.rolled_back:
        lines += ["", text("launch-rolled-back")]
    elif board.next is None:
        lines += ["", text("launch-open")]
    to_phases = [button(shown.phase, Launching(do=Rocket.show, phase=shown.phase.number)) for shown in board.phases]
    return Screen(Safe("\n".join(lines)), keyboard(to_phases, *_ways(text, board), menu(text)))


def _phase(text: Text, shown: Shown) -> Safe:
    state = "none" if shown.run is None else str(shown.run.status)
    words = text("launch-phase", phase=shown.phase)
    return text("launch-line", state=state, phase=shown.phase, words=words)


def _ways(text: Text, board: Board) -> list[Row]:
    following = board.next or Phase.P0
    waits = any(shown.phase == following and shown.run and shown.run.status == Status.running for shown in board.phases)
    label = text.plain("launch-go-on" if waits else "launch-run", phase=following)
    rows: list[Row] = [[button(label, Launching(do=Rocket.run, phase=following.number))]]
    if board.launch:
        rows.append([button(text.plain("launch-rollback"), Launching(do=Rocket.back))])
    return rows


async def phase_screen(do: Do, text: Text, number: int) -> Screen:
    """One phase with its steps, their evidence, and what is waited for."""
    board = await do.ask(launch.board)
    shown = board.phases[min(max(0, number), len(board.phases) - 1)]
    lines: list[str] = [text("launch", launch=str(board.launch)), _phase(text, shown)]
    if shown.run is not None:
        lines.append(text("launch-where", build=shown.run.build, database=shown.run.database))
    lines.append("")
    for line in shown.lines:
        mark = MARKS.get(line.outcome, "")
        lines.append(text("launch-step-line", mark=mark, words=text("launch-step", step=line.step), step=line.step))
        if line.evidence and (evidence := short(facts(line.evidence))):
            lines.append(text("launch-evidence", facts=evidence))
        if words := awaited(text, line) or advice(text, line):
            lines.append(text("launch-awaited", words=words))
    if any(line.outcome == Outcome.failed for line in shown.lines):
        lines += ["", text("launch-failed")]
        lines += [text("launch-failed-last")] if shown.phase == Phase.P5 else []
    to_all = [button(text.plain("launch-all"), Go(to=To.launch))]
    again = [button(text.plain("launch-refresh"), Launching(do=Rocket.show, phase=shown.phase.number))]
    return Screen(Safe("\n".join(lines)), keyboard(*_ways(text, board), [*again, *to_all], menu(text)))

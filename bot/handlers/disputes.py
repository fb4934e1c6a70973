"""Disputes in the chat: opened from a placement's card, argued about by its two sides, decided by admins.

Whatever is pressed is loaded anew, and the action decides; words and other shares are typed in a dialog.
"""

from typing import Any

from aiogram import F
from aiogram.types import CallbackQuery
from aiogram_dialog import DialogManager, ShowMode, StartMode

from bot import disputing
from bot.buttons import Argue, Award, Bench, Contest, Plea, button, keyboard
from bot.dialogs import states
from bot.routes import Routes
from bot.screen import Screen, answer, show
from bot.texts import Text
from domain import disputes, placements
from domain.action import Role
from domain.disputes import NotDisputable, Status, View
from domain.errors import NotAllowed, NotFound, Refused, WrongState
from domain.escrow import Status as EscrowStatus
from storage.gate import Do

routes, bench = Routes(), Routes()


async def seen(do: Do, dispute_id: int) -> View:
    """A dispute that one is a party to, or that one sees as staff."""
    view = await do.ask(disputes.get, dispute_id)
    if view is None:
        raise Refused(NotFound("disputes"))
    return view


async def own(do: Do, dispute_id: int) -> View:
    """The same for parties alone."""
    view = await seen(do, dispute_id)
    if view.side is None:
        raise Refused(NotFound("disputes"))
    return view


async def begin(query: CallbackQuery, dialog_manager: DialogManager, state: Any, given: dict[str, Any]) -> None:
    await dialog_manager.start(state, given, StartMode.RESET_STACK, ShowMode.SEND)
    await answer(query)


@routes.callback_query(Contest.filter())
async def contest(
    query: CallbackQuery, callback_data: Contest, do: Do, text: Text, dialog_manager: DialogManager
) -> None:
    """The dispute about a placement; where a new one may be opened, asks for its words."""
    placement = await do.ask(placements.get, callback_data.id)
    if placement is None:
        raise Refused(NotFound("campaign_targets"))
    view, side = await do.ask(disputes.of, placement.id), await do.ask(disputes.side, placement.id)
    may_open = placement.may_be_disputed and side is not None and (view is None or view.dispute.side != side)
    if may_open:
        await begin(query, dialog_manager, states.Dispute.words, {"id": placement.id})
    elif view is not None:
        await show(query, disputing.screen(do, text, view))
    elif side is None:
        raise Refused(NotFound("disputes"))
    else:
        status = placement.job if placement.escrow == EscrowStatus.held else placement.escrow
        raise Refused(NotDisputable(status or "none"))


@routes.callback_query(Argue.filter(F.plea.in_({Plea.refund, Plea.release, Plea.half})))
async def propose(query: CallbackQuery, callback_data: Argue, do: Do, text: Text) -> None:
    view = await own(do, callback_data.id)
    await do(disputes.propose, view.dispute.id, disputing.SHARES[callback_data.plea](view.price))
    await show(query, disputing.screen(do, text, await own(do, view.dispute.id)))


@routes.callback_query(Argue.filter(F.plea.in_({Plea.other, Plea.appeal})))
async def write(query: CallbackQuery, callback_data: Argue, do: Do, dialog_manager: DialogManager) -> None:
    view = await own(do, callback_data.id)
    wanted = disputes.TALKING if callback_data.plea == Plea.other else (Status.decided,)
    if view.dispute.status not in wanted:
        raise Refused(WrongState("disputes", view.dispute.status))
    state = states.Dispute.share if callback_data.plea == Plea.other else states.Dispute.appeal
    await begin(query, dialog_manager, state, {"id": view.dispute.id, "price": view.price})


@routes.callback_query(Argue.filter(F.plea == Plea.withdraw))
async def ask_withdraw(query: CallbackQuery, callback_data: Argue, do: Do, text: Text) -> None:
    view = await own(do, callback_data.id)
    yes = [button(text.plain("plea-sure"), Argue(plea=Plea.sure, id=view.dispute.id))]
    no = [button(text.plain("button-back"), Contest(id=view.dispute.campaign_target_id))]
    await show(query, Screen(text("dispute-withdraw-ask"), keyboard(yes, no)))


DOES = {Plea.sure: disputes.withdraw, Plea.judge: disputes.ask_judge, Plea.accept: disputes.accept}


@routes.callback_query(Argue.filter(F.plea.in_(set(DOES))))
async def act(query: CallbackQuery, callback_data: Argue, do: Do, text: Text) -> None:
    await do(DOES[callback_data.plea], callback_data.id)
    await show(query, disputing.screen(do, text, await own(do, callback_data.id)))


@bench.callback_query(Bench.filter())
async def judge(query: CallbackQuery, callback_data: Bench, do: Do, dialog_manager: DialogManager) -> None:
    """Asks for the evidence. Whoever may not decide it is told at once, and what has moved on."""
    view = await seen(do, callback_data.id)
    if do.who.user_id not in do.gate.admins:
        raise Refused(NotAllowed(Role.admin))
    stage = Status.appealed if callback_data.appealed else Status.judging
    if view.side is not None:
        raise Refused(disputes.PartyCannotJudge())
    if view.dispute.status != stage:
        raise Refused(WrongState("disputes", view.dispute.status))
    given = {"id": view.dispute.id, "stage": str(stage), "price": view.price}
    if callback_data.award == Award.other:
        await begin(query, dialog_manager, states.Bench.share, given)
        return
    share = disputing.SHARES[callback_data.award](view.price)
    await begin(query, dialog_manager, states.Bench.evidence, given | {"share": share})

"""Another time, another price: a manager asks for it, the advertiser answers. Whatever is pressed is loaded anew."""

from aiogram import Bot, F
from aiogram.types import CallbackQuery
from aiogram_dialog import DialogManager, ShowMode, StartMode

from bot import bargains, cards
from bot.buttons import Answer, Bargain, Look, Reply, To, Verb, button, keyboard, menu
from bot.dialogs.states import Propose
from bot.handlers.campaigns import own
from bot.handlers.requests import asked
from bot.routes import Routes
from bot.screen import Screen, answer, say, show
from bot.texts import Text, Texts
from domain import agreements, proposals
from domain.campaigns import Approval
from domain.errors import NotFound, Refused, WrongState
from domain.proposals import Kind, Proposal
from storage.gate import Do, Gate

routes = Routes()

WINDOWS = {Verb.time: Propose.time, Verb.price: Propose.price}


@routes.callback_query(Answer.filter(F.verb.in_(WINDOWS)))
async def propose(query: CallbackQuery, callback_data: Answer, do: Do, dialog_manager: DialogManager) -> None:
    """Asks for the other terms; what no longer waits is said at once."""
    placement = await asked(do, callback_data.id)
    if placement.approval != Approval.waiting:
        raise Refused(WrongState("campaign_targets", placement.approval))
    data = {"id": placement.id, "version": callback_data.version}
    await dialog_manager.start(WINDOWS[callback_data.verb], data, StartMode.RESET_STACK, ShowMode.SEND)
    await answer(query)


async def received(do: Do, proposal_id: int) -> Proposal:
    """A proposal about one's own placement; anybody else's is as if there were none."""
    proposal = await do.ask(proposals.get, proposal_id)
    if proposal is None:
        raise Refused(NotFound("proposals"))
    await own(do, proposal.campaign_target_id)
    return proposal


@routes.callback_query(Bargain.filter(F.reply == Reply.accept))
async def accept(
    query: CallbackQuery, callback_data: Bargain, bot: Bot, do: Do, gate: Gate, text: Text, texts: Texts
) -> None:
    """Both agree: what comes of it is a message of its own, with the way to the placement."""
    proposal = await received(do, callback_data.id)
    act = agreements.accept_time if proposal.kind == Kind.time else agreements.accept_price
    came = await do(act, proposal.id)
    await fresh(query, proposal.id, do, text)
    placement = await own(do, came.id)
    facts = {"channel": placement.channel, "id": str(placement.id), "price": placement.price}
    said = text("proposal-agreed", kind=proposal.kind, when=cards.due(text, placement.slot), **facts)
    look = [button(text.plain("retried-look"), Look(at=To.campaigns, id=placement.id))]
    await say(bot, query.from_user.id, Screen(said, keyboard(look, menu(text))))
    await cards.settle(bot, gate, texts, proposal.campaign_target_id)


@routes.callback_query(Bargain.filter(F.reply == Reply.decline))
async def decline(
    query: CallbackQuery, callback_data: Bargain, bot: Bot, do: Do, gate: Gate, text: Text, texts: Texts
) -> None:
    proposal = await received(do, callback_data.id)
    await do(proposals.decline, proposal.id)
    await fresh(query, proposal.id, do, text)
    await cards.settle(bot, gate, texts, proposal.campaign_target_id)


async def fresh(query: CallbackQuery, proposal_id: int, do: Do, text: Text) -> None:
    """The pressed card shows the proposal as it is now."""
    proposal = await received(do, proposal_id)
    placement = await own(do, proposal.campaign_target_id)
    await show(query, bargains.card(text, placement, proposal))

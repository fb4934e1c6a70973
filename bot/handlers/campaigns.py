"""The advertiser's placements, and what may still be done about each."""

from aiogram import Bot, F
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import cards
from bot.buttons import PAGE, Deal, Go, Look, Step, To, button, keyboard, menu, pager, pages
from bot.routes import Routes
from bot.screen import Screen, show
from bot.texts import Safe, Text, Texts
from domain import approvals, campaigns, checks, placements, post_jobs
from domain.errors import NotFound, Refused
from domain.placements import Placement
from storage.gate import Do, Gate

routes = Routes()


@routes.message(Command("campaigns"))
async def placements_(message: Message, do: Do, text: Text) -> None:
    await show(message, await list_screen(do, text, 0))


@routes.callback_query(Go.filter(F.to == To.campaigns))
async def placements_page(query: CallbackQuery, callback_data: Go, do: Do, text: Text) -> None:
    await show(query, await list_screen(do, text, callback_data.page))


async def list_screen(do: Do, text: Text, page: int) -> Screen:
    found, total = await do.ask(placements.booked, max(0, page) * PAGE, PAGE)
    said = text("placements", total=total)
    if total > PAGE:
        said = Safe(f"{said}\n{text('page', page=page + 1, pages=pages(total))}")
    lines = [cards.line(text, placement, To.campaigns, page) for placement in found]
    return Screen(said, keyboard(*lines, pager(text, To.campaigns, page, total), menu(text)))


async def own(do: Do, placement_id: int) -> Placement:
    """One's own placement; anybody else's is as if there were none."""
    placement = await do.ask(placements.get, placement_id)
    if placement is None or placement.advertiser_id != do.who.user_id:
        raise Refused(NotFound("campaign_targets"))
    return placement


async def deal_screen(do: Do, gate: Gate, text: Text, placement_id: int) -> Screen:
    placement = await own(do, placement_id)
    campaign = await do.ask(campaigns.mine, placement.campaign_id)
    looks = await do.ask(checks.timeline, placement_id)
    return cards.deal(text, placement, campaign, looks, gate.now())


@routes.callback_query(Look.filter(F.at == To.campaigns))
async def open_(query: CallbackQuery, callback_data: Look, do: Do, gate: Gate, text: Text) -> None:
    await show(query, await deal_screen(do, gate, text, callback_data.id))


@routes.callback_query(Deal.filter(F.step == Step.cancel))
async def ask_cancel(query: CallbackQuery, callback_data: Deal, do: Do, text: Text) -> None:
    placement = await own(do, callback_data.id)
    said = text("placement-cancel-ask", id=str(placement.id), channel=placement.channel, price=placement.price)
    yes = [button(text.plain("placement-cancel-yes"), Deal(step=Step.sure, id=placement.id))]
    no = [button(text.plain("placement-cancel-no"), Look(at=To.campaigns, id=placement.id))]
    await show(query, Screen(said, keyboard(yes, no)))


@routes.callback_query(Deal.filter(F.step == Step.sure))
async def cancel(
    query: CallbackQuery, callback_data: Deal, bot: Bot, do: Do, gate: Gate, text: Text, texts: Texts
) -> None:
    await do(approvals.cancel, callback_data.id)
    placement = await own(do, callback_data.id)
    back = [button(text.plain("button-back"), Go(to=To.campaigns))]
    await show(query, Screen(text("placement-cancelled", price=placement.price), keyboard(back, menu(text))))
    await cards.settle(bot, gate, texts, placement.id)


@routes.callback_query(Deal.filter(F.step == Step.late))
async def publish_late(query: CallbackQuery, callback_data: Deal, do: Do, gate: Gate, text: Text) -> None:
    await do(post_jobs.accept_late, callback_data.id)
    await show(query, await deal_screen(do, gate, text, callback_data.id))


@routes.callback_query(Deal.filter(F.step.in_({Step.pause, Step.resume})))
async def pause(query: CallbackQuery, callback_data: Deal, do: Do, gate: Gate, text: Text) -> None:
    placement = await own(do, callback_data.id)
    await do(campaigns.pause, placement.campaign_id, paused=callback_data.step == Step.pause)
    await show(query, await deal_screen(do, gate, text, placement.id))

"""How a proposal looks: to its advertiser as a card to be answered, to the channel's managers as a line on theirs."""

from datetime import datetime

from aiogram import Bot

from bot.buttons import Bargain, Reply, Row, button, keyboard
from bot.screen import Screen, redraw
from bot.texts import Safe, Text, Texts
from domain import notices, proposals, users
from domain.placements import Placement
from domain.proposals import Kind, Proposal, Status
from storage.gate import Gate

KIND = "proposal"
"""The notice that is such a card."""


def terms(text: Text, kind: Kind, slot: datetime | None, price: int | None) -> Safe:
    """What was proposed, in words."""
    return text("proposal-terms", kind=kind, at=slot or "none", price=price or 0)


def replies(text: Text, number: int, kind: Kind, price: int | None) -> Row:
    return [
        button(text.plain("proposal-accept", kind=kind, price=price or 0), Bargain(reply=Reply.accept, id=number)),
        button(text.plain("proposal-decline"), Bargain(reply=Reply.decline, id=number)),
    ]


def offered(text: Text, p: Placement) -> tuple[Safe, Row]:
    """What the placement's card says of the proposal that is open, and its buttons; nothing where there is none."""
    if p.proposal is None or p.proposal_kind is None or p.proposal_until is None:
        return Safe(""), []
    said = terms(text, p.proposal_kind, p.proposed_slot, p.proposed_price)
    words = text("proposal-open", terms=said, until=p.proposal_until)
    if p.proposal_kind == Kind.price:
        words = Safe(f"{words}\n{text('proposal-beside', price=p.proposed_price or 0, held=p.price)}")
    return words, replies(text, p.proposal, p.proposal_kind, p.proposed_price)


def proposed(text: Text, p: Placement) -> Safe:
    """The same for the managers, who wait; nothing where there is none."""
    if p.proposal_kind is None or p.proposal_until is None:
        return Safe("")
    said = terms(text, p.proposal_kind, p.proposed_slot, p.proposed_price)
    return text("request-proposed", terms=said, until=p.proposal_until)


def card(text: Text, p: Placement, proposal: Proposal) -> Screen:
    """A proposal as its advertiser is asked about it; once it is answered there is nothing to press."""
    said = terms(text, proposal.kind, proposal.slot, proposal.price)
    facts = {"channel": p.channel, "id": str(p.id), "terms": said, "price": p.price}
    head = text("notice-proposal", slot=p.slot or "none", **facts)
    if proposal.status != Status.made:
        return Screen(Safe(f"{head}\n\n<b>{text(f'proposal-{proposal.status}')}</b>"))
    open_, row = offered(text, p)
    return Screen(Safe(f"{head}\n\n{open_}"), keyboard(row))


async def settle(bot: Bot, gate: Gate, texts: Texts, placement: Placement) -> None:
    """Brings the cards of all proposals about a placement up to date."""
    house = gate.system("cards")
    sent = [notice for notice in await house.ask(notices.sent_about, KIND, placement.id) if notice.message_id]
    known = await house.ask(proposals.about, placement.id) if sent else {}
    for notice in sent:
        reader, proposal = await house.ask(users.get, notice.user_id), known.get(notice.args["proposal"])
        if reader is not None and proposal is not None and notice.message_id is not None:
            await redraw(bot, reader.id, notice.message_id, card(texts.of(reader), placement, proposal))

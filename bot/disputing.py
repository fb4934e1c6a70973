"""How a dispute looks: to each side with what it may do, to the staff with what an admin may decide."""

from collections.abc import Callable
from typing import Any

from bot.buttons import Argue, Award, Bench, Case, Go, Look, Plea, Row, To, button, keyboard, menu
from bot.screen import Screen
from bot.texts import MOST_MESSAGE, Safe, Text, cut, length
from domain.disputes import TALKING, WAITING, Side, Status, View
from domain.finds import Kind
from storage.gate import Do

SHARES: dict[str, Callable[[int], int]] = {
    Plea.refund: lambda price: 0,
    Plea.release: lambda price: price,
    Plea.half: lambda price: price // 2,
}
"""The ready shares of a price, by the word on their button."""
MOST_STEPS, MOST_WORDS = 12, 200
"""So many steps are shown at most, the newest, and so much of each one's words."""


def screen(do: Do, text: Text, view: View) -> Screen:
    """A dispute as the one who asks sees it."""
    d = view.dispute
    facts = {"id": str(d.campaign_target_id), "channel": view.channel, "price": view.price}
    lines: list[str] = [
        text("dispute", **facts),
        text("dispute-state", status=d.status, until=d.until or "none", share=d.share or 0, price=view.price),
        "",
        text("dispute-words", side=d.side, words=d.words),
    ]
    for side in Side:
        proposal = getattr(d, f"{side}_share")
        if proposal is not None and d.status in TALKING:
            lines.append(text("dispute-proposal", side=side, share=proposal, price=view.price))
    if d.evidence is not None:
        lines.append(text("dispute-evidence", words=d.evidence))
    if d.appeal is not None:
        lines.append(text("dispute-appeal", words=d.appeal))
    lines += ["", text("dispute-history", zone=text.zone.key)]
    steps = [_step(text, step) for step in view.history[-MOST_STEPS:]]
    while steps and length("\n".join([*lines, *steps])) > MOST_MESSAGE:
        del steps[0]
    lines += steps
    back = [button(text.plain("button-back"), _back(view)), *menu(text)]
    return Screen(Safe("\n".join(lines)), keyboard(*_pleas(text, view), *_awards(do, text, view), back))


def _back(view: View) -> Any:
    """Where the one who looks has come from: the placement, as they see it."""
    number = view.dispute.campaign_target_id
    if view.side == Side.advertiser:
        return Look(at=To.campaigns, id=number)
    return Go(to=To.requests) if view.side == Side.publisher else Case(kind=Kind.placement, id=number)


def _step(text: Text, step: Any) -> Safe:
    words = cut(step.words or "", MOST_WORDS)
    who = step.side or ("judge" if step.actor.startswith("user:") else "none")
    facts = {"share": step.share or 0, "words": words or "none"}
    return text("dispute-step", at=text.brief(step.at), step=step.step, who=who, **facts)


def _pleas(text: Text, view: View) -> list[Row]:
    """What the side of the one who looks may do."""
    d = view.dispute
    if view.side is None:
        return []

    def to(plea: Plea) -> Row:
        return [button(text.plain(f"plea-{plea}", price=view.price, half=view.price // 2), Argue(plea=plea, id=d.id))]

    rows: list[Row] = []
    if d.status in TALKING:
        rows += [to(plea) for plea in (Plea.release, Plea.half, Plea.refund, Plea.other)]
        if d.status == Status.talks and None not in (d.advertiser_share, d.publisher_share):
            rows.append(to(Plea.judge))
        if d.side == view.side:
            rows.append(to(Plea.withdraw))
    accepted = d.advertiser_accepted_at if view.side == Side.advertiser else d.publisher_accepted_at
    if d.status == Status.decided and accepted is None:
        rows.append([*to(Plea.accept), *to(Plea.appeal)])
    return rows


def _awards(do: Do, text: Text, view: View) -> list[Row]:
    """What an admin who is no party may decide."""
    d = view.dispute
    if view.side is not None or d.status not in WAITING or do.who.user_id not in do.gate.admins:
        return []
    appealed = d.status == Status.appealed

    def to(award: Award) -> Row:
        label = text.plain(f"award-{award}", price=view.price, half=view.price // 2)
        return [button(label, Bench(award=award, id=d.id, appealed=appealed))]

    return [[*to(Award.refund), *to(Award.release)], [*to(Award.half), *to(Award.other)]]

"""How one placement looks: the publisher's approval card, and the deal card of its advertiser.

The first answer decides; whoever else has the card sees the decision on theirs.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from aiogram import Bot

from bot import bargains
from bot.buttons import (
    Answer,
    Contest,
    Deal,
    Flag,
    Go,
    Judge,
    Look,
    Row,
    Ruling,
    Step,
    To,
    Verb,
    button,
    keyboard,
    link,
    menu,
)
from bot.screen import Screen, redraw
from bot.texts import Safe, Text, Texts
from domain import checks, notices, placements, users
from domain.campaigns import Approval, Campaign
from domain.campaigns import Status as CampaignStatus
from domain.checks import Verdict
from domain.escrow import Status as EscrowStatus
from domain.money import split
from domain.placements import Placement
from domain.post_jobs import Failure
from domain.post_jobs import Status as JobStatus
from domain.reports import Thing
from storage.gate import Gate

REASONS = ("topic", "text", "time", "link")
"""The ready reasons; stored by these words, so that each side reads them in its own language."""
KINDS = ("request", "reminder")
"""The notices that are cards to be answered."""
Looks = Sequence[tuple[Verdict, datetime]]
MARKS = {"held": "🔒", "released": "🏁", "refunded": "↩️"}


def reason(text: Text, stored: str) -> str:
    """A stored reason in words: a ready one in the reader's language, else the publisher's own."""
    return text.plain(f"reason-{stored}") if stored in REASONS else stored


def failure(text: Text, why: str | None, note: str | None = None) -> Safe:
    """Why it was not published, with the publisher's words where there are any."""
    words = Safe(text("failure", reason=why or ""))
    return Safe(words + text("note", note=reason(text, note))) if note else words


def when(text: Text, slot: datetime | None) -> str:
    return text.plain("when-now") if slot is None else text.moment(slot)


def due(text: Text, slot: datetime | None) -> str:
    """The same for what is approved."""
    return text.plain("when-soon") if slot is None else text.moment(slot)


def stay(text: Text, hours: int, *, proportional: bool) -> Safe:
    """How long a post stays, and what becomes of the price where it does not."""
    said = text("stay", hours=hours)
    return Safe(f"{said}. {text('stay-part')}") if proportional else said


def duration(text: Text, time: timedelta) -> str:
    hours, minutes = divmod(max(0, time // timedelta(minutes=1)), 60)
    return text.plain("duration", hours=hours, minutes=minutes)


def state(text: Text, p: Placement, now: datetime) -> Safe:
    """Where a placement stands, in words."""
    if p.is_disputed:
        return text("state-disputed")
    if p.share is not None:
        return text("state-part-decided" if p.is_decided else "state-part")
    if p.escrow == EscrowStatus.released:
        return text("state-paid")
    match p.job:
        case JobStatus.failed:
            return text("state-failed", reason=failure(text, p.failure, p.decline_reason))
        case JobStatus.removed:
            return text("state-lost" if p.is_decided else "state-removed")
        case JobStatus.sending:
            return text("state-sending")
        case JobStatus.uncertain:
            return text("state-uncertain")
        case JobStatus.success if p.served_at is not None or p.confirm_at is None:
            return text("state-due")
        case JobStatus.success if p.changed_at is not None:
            return text("state-changed", at=p.changed_at)
        case JobStatus.success if p.confirm_at is not None and p.confirm_at > now:
            return text("state-live", until=p.confirm_at)
        case JobStatus.success:
            return text("state-unseen")
    if p.is_late:
        return text("state-late", until=p.deadline or now)
    if p.approval == Approval.approved:
        return text("state-approved", when=due(text, p.slot))
    if p.proposal_until is not None:
        return text("state-proposed", until=p.proposal_until)
    return text("state-waiting", until=p.answer_by or now)


def manner(text: Text, p: Placement) -> Safe:
    """How it is published beyond the ordinary; nothing where there is nothing to say."""
    return Safe("\n".join(text(f"manner-{how}") for how in ("pin", "silent") if getattr(p, how)))


def money(text: Text, p: Placement) -> Safe:
    if p.escrow == EscrowStatus.released:
        return text("money-paid", payout=p.parts.payout, fee=p.parts.fee, rebate=p.parts.rebate)
    if p.escrow == EscrowStatus.refunded:
        return text("money-back", price=p.price)
    if p.job in (JobStatus.failed, JobStatus.removed):
        return text("money-back-soon", price=p.price)
    return text("money-held", price=p.price)


def watched(text: Text, p: Placement, looks: Looks, now: datetime) -> Safe:
    """How a published post has fared: on top, and the looks so far. Nothing for one that is not published."""
    if p.published_at is None:
        return Safe("")
    ends = [at for at in (p.covered_at, p.served_at, p.ended_at) if at is not None]
    time = duration(text, min([*ends, now]) - p.published_at)
    said = text("placement-top", time=time, covered=p.covered_at is not None)
    lines = [text("look", at=text.brief(at), verdict=verdict) for verdict, at in looks]
    return Safe("\n".join([said, *([text("looks", zone=text.zone.key), *lines] if lines else [])]))


def posted(text: Text, p: Placement, looks: Looks, now: datetime) -> Safe:
    """The card of a published placement, the same for both sides; kept up to date where it was sent."""
    said = text(
        "notice-published", channel=p.channel, link=p.link or "", state=state(text, p, now), money=money(text, p)
    )
    return Safe(f"{said}\n\n{watched(text, p, looks, now)}")


def deal(text: Text, p: Placement, campaign: Campaign | None, looks: Looks, now: datetime) -> Screen:
    """A placement as its advertiser sees it, with what may still be done."""
    facts = {"id": str(p.id), "channel": p.channel, "when": when(text, p.slot), "price": p.price, "fee": p.parts.fee}
    stays = stay(text, p.hours, proportional=p.proportional)
    said = text("placement", state=state(text, p, now), stay=stays, money=money(text, p), **facts)
    if seen := watched(text, p, looks, now):
        said = Safe(f"{said}\n\n{seen}")
    rows: list[Row] = []
    if how := manner(text, p):
        said = Safe(f"{said}\n{how}")
    offer, replies = bargains.offered(text, p)
    if offer:
        said = Safe(f"{said}\n\n{offer}")
        rows.append(replies)
    if campaign is not None and campaign.status == CampaignStatus.paused:
        said = Safe(f"{said}\n\n{text('placement-paused')}")
    if p.link:
        rows.append([link(text.plain("placement-open"), p.link)])
    rows.append(contest(text, p))
    if p.is_late:
        rows.append(publish_late(text, p))
    if p.job == JobStatus.queued:
        rows.append([button(text.plain("placement-cancel"), Deal(step=Step.cancel, id=p.id))])
        paused = campaign is not None and campaign.status == CampaignStatus.paused
        step, label = (Step.resume, "placement-resume") if paused else (Step.pause, "placement-pause")
        rows.append([button(text.plain(label), Deal(step=step, id=p.id))])
    rows.append([button(text.plain("report-button", thing=Thing.person), Flag(thing=Thing.person, id=p.id))])
    rows.append([button(text.plain("button-back"), Go(to=To.campaigns)), *menu(text)])
    return Screen(said, keyboard(*rows))


def contest(text: Text, p: Placement) -> Row:
    """To its dispute, or to open one; nothing where neither can be."""
    if p.may_be_disputed:
        return [button(text.plain("dispute-open"), Contest(id=p.id))]
    return [button(text.plain("dispute-show"), Contest(id=p.id))] if p.dispute is not None else []


def published(text: Text, p: Placement, looks: Looks, now: datetime) -> Screen:
    """The card of a published placement, with the way to a dispute."""
    row = contest(text, p)
    return Screen(posted(text, p, looks, now), keyboard(row) if row else None)


def publish_late(text: Text, p: Placement) -> Row:
    return [button(text.plain("placement-late"), Deal(step=Step.late, id=p.id))]


def late(text: Text, p: Placement) -> Screen:
    """Asks its advertiser whether it may still be published; once it is settled there is nothing to press."""
    said = text("notice-late", channel=p.channel, until=p.deadline or p.created_at, price=p.price)
    if not p.is_late:
        return Screen(said)
    back = [button(text.plain("placement-late-cancel"), Deal(step=Step.sure, id=p.id))]
    return Screen(said, keyboard(publish_late(text, p), back))


def request(text: Text, p: Placement) -> Screen:
    """A placement as the channel's managers see it: with buttons while it waits, with the decision afterwards."""
    parts = split(p.price, p.fee_bps)
    said = text(
        "notice-request",
        channel=p.channel,
        price=p.price,
        fee=parts.fee,
        payout=parts.payout,
        stay=stay(text, p.hours, proportional=p.proportional),
        when=when(text, p.slot),
        until=p.answer_by or p.created_at,
    )
    if how := manner(text, p):
        said = Safe(f"{said}\n\n{how}")
    if p.approval != Approval.waiting:
        came = p.failure if p.failure == Failure.repriced else p.approval
        return Screen(Safe(f"{said}\n\n<b>{text(f'request-{came}')}</b>"))
    row = [
        button(text.plain("request-approve"), Answer(verb=Verb.approve, id=p.id, version=p.version)),
        button(text.plain("request-decline"), Answer(verb=Verb.decline, id=p.id, version=p.version)),
    ]
    wrong = [button(text.plain("report-button", thing=Thing.creative), Flag(thing=Thing.creative, id=p.id))]
    if waits := bargains.proposed(text, p):
        return Screen(Safe(f"{said}\n\n{waits}"), keyboard(row, wrong))
    other = [
        button(text.plain(f"request-{verb}"), Answer(verb=verb, id=p.id, version=p.version))
        for verb in (Verb.time, Verb.price)
    ]
    return Screen(said, keyboard(row, other, wrong))


def reminder(text: Text, card: Screen, p: Placement, now: datetime) -> Screen:
    """The card again, under a word on how little time is left; once that is over or the answer was given, the card alone."""
    if card.keyboard is None or p.answer_by is None or p.answer_by <= now:
        return card
    hours = -(-(p.answer_by - now) // timedelta(hours=1))
    return Screen(Safe(f"{text('notice-reminder', hours=hours)}\n\n{card.text}"), card.keyboard)


def why(text: Text, p: Placement, version: int) -> Screen:
    """The approval card, asking for the reason of a no."""
    rows: list[Row] = [
        [button(text.plain(f"reason-{word}"), Answer(verb=Verb.reason, id=p.id, version=version, reason=word))]
        for word in REASONS
    ]
    rows.append([button(text.plain("request-write"), Answer(verb=Verb.write, id=p.id, version=version))])
    rows.append([button(text.plain("button-back"), Answer(verb=Verb.back, id=p.id, version=version))])
    return Screen(Safe(f"{request(text, p).text}\n\n<b>{text('request-why')}</b>"), keyboard(*rows))


def reported(text: Text, thing: str, reason: str) -> dict[str, str]:
    """What a report is about, and why, as the staff reads it."""
    return {"thing": text.plain("report-thing", thing=thing), "reason": text.plain(f"report-{reason}")}


RULINGS = {
    JobStatus.uncertain: (Ruling.found, Ruling.absent),
    JobStatus.success: (Ruling.served, Ruling.gone),
    JobStatus.failed: (Ruling.aside,),
}
"""What an admin may say about a job in review, by its status."""


def judge(text: Text, job_id: int, status: JobStatus) -> Row:
    return [button(text.plain(f"judge-{ruling}"), Judge(ruling=ruling, id=job_id)) for ruling in RULINGS[status]]


async def settle(bot: Bot, gate: Gate, texts: Texts, placement_id: int, *, but: tuple[int, int] | None = None) -> None:
    """Brings every card that was sent about a placement up to date, each in its reader's language, `but` one (chat, message)."""
    house = gate.system("cards")
    placement = await house.ask(placements.get, placement_id)
    if placement is None:
        return
    looks = await house.ask(checks.timeline, placement_id)
    for kind in (*KINDS, "published"):
        for notice in await house.ask(notices.sent_about, kind, placement_id):
            reader = await house.ask(users.get, notice.user_id)
            if reader is None or notice.message_id is None or (reader.id, notice.message_id) == but:
                continue
            text = texts.of(reader)
            card = request(text, placement)
            if kind == "published":
                card = published(text, placement, looks, gate.now())
            await redraw(bot, reader.id, notice.message_id, card)
    await bargains.settle(bot, gate, texts, placement)


def line(text: Text, p: Placement, to: To, page: int) -> Row:
    label = text.plain("placement-line", mark=MARKS[p.escrow or "held"], channel=p.channel, price=p.price)
    return [button(label, Look(at=to, id=p.id, page=page))]

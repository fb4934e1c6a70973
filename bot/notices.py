"""Renders what is owed to a person, in their language and time zone, and sends it.

Each kind is one text, `notice-<kind>`. The card of a request, and of its reminder, follows the true preview of the post and
carries its buttons; that of a published post shows how it fares, that of a proposal what came of it; all are kept up to date. The
card of a signature and the question about a late post carry their own buttons; all others are receipts, which never change. What
Telegram answers is the caller's to handle.
"""

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import InlineKeyboardMarkup

from bot import bargains, cards, signed
from bot.buttons import Case, Contest, Go, Look, Open, To, button, keyboard
from bot.posts import send_content
from bot.screen import Screen, say
from bot.texts import Safe, Text, Texts
from domain import campaigns, checks, placements, proposals, users
from domain.campaigns import Approval
from domain.errors import NotFound, Refused
from domain.finds import Kind
from domain.notices import Notice
from domain.placements import Placement
from domain.post_jobs import Status as JobStatus
from storage.gate import Gate

KINDS = (
    "request",
    "approved",
    "published",
    "failed",
    "changed",
    "restored",
    "removed",
    "late",
    "rights-missing",
    "not-pinned",
    "shortened",
    "paid",
    "served",
    "refunded",
    "reminder",
    "completed",
    "deposit-credited",
    "withdrawal",
    "withdrawal-approved",
    "withdrawal-paid",
    "withdrawal-uncertain",
    "withdrawal-back",
    "ticket",
    "ticket-closed",
    "blocked",
    "channel-blocked",
    "retried",
    "taken-back",
    "charged-back",
    "loss",
    "countersign",
    "countersigned",
    "channel-lost",
    "channel-back",
    "courier-lost",
    "courier-missing",
    "overdue",
    "stars-differ",
    "stars-missing",
    "uncertain",
    "unclear",
    "contested",
    "unseen",
    "turned-up",
    "stays-up",
    "rollback",
    "digest",
    "dispute",
    "dispute-judge",
    "proposal",
    "proposal-over",
    "agreed",
    "report",
    "report-ended",
)
PLACEMENTS = (*KINDS[:15], "uncertain", "dispute", "proposal", "proposal-over", "agreed")
"""The kinds that are about a placement."""
JUDGED = {"unclear": JobStatus.uncertain, "contested": JobStatus.uncertain, "unseen": JobStatus.success}
"""The kinds that ask an admin for a verdict, by the status of their job."""
CARDS = ("request", "reminder", "late", "published", "proposal")
"""Those of them that are cards."""
STAFFS = ("rollback", "digest")
"""Those that tell the admins how things stand; what they open is a message of its own, and they stay."""


ENDED = (Approval.expired, Approval.cancelled)
"""What ends a request without its publisher: the cards of all managers say so as soon as the publisher is told."""


async def send(bot: Bot, texts: Texts, gate: Gate, notice: Notice) -> int:
    """Sends a notice; answers the id of the message that carries its buttons."""
    house = gate.system("notices")
    reader = await house.ask(users.get, notice.user_id)
    if reader is None:
        raise Refused(NotFound("users"))
    text = texts.of(reader)
    if notice.kind in signed.KINDS and notice.about is not None:
        return await say(bot, reader.id, await signed.card(gate, text, notice.about, reader.id))
    about = None
    if notice.about is not None and notice.kind in PLACEMENTS:
        about = await house.ask(placements.get, notice.about)
    if notice.kind in cards.KINDS and about is not None:
        content = await house.ask(campaigns.creative_of, about.id)
        if content is not None:
            await send_content(bot, reader.id, content)
        card = cards.request(text, about)
        return await say(
            bot, reader.id, cards.reminder(text, card, about, gate.now()) if notice.kind == "reminder" else card
        )
    if notice.kind == "late" and about is not None:
        return await say(bot, reader.id, cards.late(text, about))
    if notice.kind == "proposal" and about is not None:
        proposal = await house.ask(proposals.get, notice.args["proposal"])
        if proposal is not None:
            return await say(bot, reader.id, bargains.card(text, about, proposal))
    if notice.kind == "published" and about is not None:
        looks = await house.ask(checks.timeline, about.id)
        return await say(bot, reader.id, cards.published(text, about, looks, gate.now()))
    if notice.kind == "failed" and about is not None and about.approval in ENDED and reader.id == about.publisher_id:
        await cards.settle(bot, gate, texts, about.id)
    if notice.kind == "proposal-over" and about is not None:
        await cards.settle(bot, gate, texts, about.id)
    if notice.kind == "uncertain" and about is not None:
        content = await house.ask(campaigns.creative_of, about.id)
        if content is not None:
            await send_content(bot, reader.id, content)
    sent = await say(bot, reader.id, Screen(render(text, notice, about), buttons(text, notice)))
    if about is not None and about.published_at is not None:
        with suppress(TelegramAPIError):  # the notice is sent; a card that is old is no reason to send it again
            await cards.settle(bot, gate, texts, about.id)
    return sent


def buttons(text: Text, notice: Notice) -> InlineKeyboardMarkup | None:
    """What can be done about it at once."""
    if notice.kind in JUDGED and notice.about is not None:
        return keyboard(cards.judge(text, notice.about, JUDGED[notice.kind]))
    if notice.kind == "ticket" and notice.about is not None:
        return keyboard([button(text.plain("ticket-look"), Case(kind=Kind.ticket, id=notice.about))])
    if notice.kind == "withdrawal" and notice.about is not None:
        return keyboard([button(text.plain("withdrawal-look"), Case(kind=Kind.withdrawal, id=notice.about))])
    if notice.kind == "report" and notice.about is not None:
        return keyboard([button(text.plain("report-look"), Case(kind=Kind.report, id=notice.about))])
    if notice.kind == "loss":
        return keyboard([button(text.plain("loss-look"), Case(kind=Kind.user, id=notice.args["user"]))])
    if notice.kind == "retried" and notice.about is not None:
        look = button(text.plain("retried-look"), Look(at=To.campaigns, id=notice.about))
        return keyboard([look, button(text.plain("menu-campaigns"), Go(to=To.campaigns))])
    if notice.kind in ("dispute", "dispute-judge") and notice.about is not None:
        return keyboard([button(text.plain("dispute-show"), Contest(id=notice.about))])
    if notice.kind in STAFFS:
        return keyboard(*([button(text.plain(f"menu-{to}"), Open(to=to))] for to in (To.board, To.review, To.books)))
    return None


def render(text: Text, notice: Notice, about: Placement | None) -> Safe:
    """The words of a notice that is no card; of a signature, its headline."""
    args: dict[str, Any] = notice.args
    facts = dict(args)
    side = "advertiser" if about is not None and about.advertiser_id == notice.user_id else "publisher"
    match notice.kind:
        case "approved":
            facts = {"channel": args["channel"], "when": cards.due(text, _moment(args["at"]))}
        case "changed":
            facts |= {"until": _moment(args["until"]), "side": side}
        case "failed":
            why = cards.failure(text, args["reason"])
            facts = {"channel": args["channel"], "side": side, "reason": why, "note": _note(text, args)}
        case "removed":
            facts["side"] = side
        case "not-pinned":
            facts["side"] = "publisher" if about is not None and about.publisher_id == notice.user_id else "staff"
        case "dispute":
            facts["until"] = _moment(args["until"]) or "none"
        case "dispute-judge":
            facts["id"] = str(notice.about)
        case "rights-missing" | "courier-missing":
            facts["until"] = _moment(args["until"])
        case "paid" | "served":
            facts.setdefault("rebate", 0)
        case "shortened":
            time = cards.duration(text, timedelta(minutes=args["minutes"]))
            facts = {name: args[name] for name in ("channel", "share", "rebate", "hours")} | {"time": time}
        case "unseen":
            facts = {"id": str(notice.about), "channel": args["channel"]}
        case "unclear":
            facts = {"id": str(notice.about), "channel": args["channel"], "note": args["note"] or "none"}
        case "contested":
            facts |= {"id": str(notice.about), "other": str(args["other"])}
        case "report":
            facts = args | {"id": str(notice.about), "about": str(args["about"]), "words": args["words"] or "none"}
            facts |= cards.reported(text, args["thing"], args["reason"])
        case "report-ended":
            facts["id"] = str(notice.about)
        case "ticket":
            facts |= {"id": str(notice.about), "from": str(args["from"])}
        case "withdrawal":
            facts |= {"id": str(notice.about), "user": str(args["user"])}
        case "withdrawal-approved" | "withdrawal-paid" | "withdrawal-uncertain":
            facts["id"] = str(notice.about)
        case "withdrawal-back":
            facts |= {"id": str(notice.about), "note": args["note"] or "none"}
        case "retried":
            facts |= {"id": str(notice.about), "old": str(args["old"])}
        case "ticket-closed":
            facts["id"] = str(notice.about)
        case "taken-back" | "loss" | "stars-missing":
            facts |= {"user": str(args["user"]), "id": str(notice.about)}
        case "stars-differ":
            facts |= {"user": str(args["user"]), "payer": str(args["payer"]), "id": str(notice.about)}
        case "overdue":
            facts["id"] = str(notice.about)
        case "rollback":
            facts = args | {"who": ", ".join(args["who"]), "halted": ", ".join(args["halted"])}
        case "proposal-over":
            facts["until"] = _moment(args["until"])
        case "agreed":
            facts = args | {"id": str(notice.about), "at": cards.due(text, _moment(args["at"]))}
        case "digest":
            facts = _day(text, args)
    return text(f"notice-{notice.kind}", **facts)


def _day(text: Text, args: dict[str, Any]) -> dict[str, Any]:
    """The figures of a digest as they are read."""
    cover = args["cover"]
    return args | {
        "day": text.day(date.fromisoformat(args["day"])),
        "halted": ", ".join(args["halted"]) or "none",
        "checked": _moment(args["checked"]) or "never",
        "covered": "unknown" if cover is None else cover >= 0,
        "cover": abs(cover or 0),
        "owed": args["owed"] or 0,
    }


def _note(text: Text, args: dict[str, Any]) -> Safe:
    """What a publisher gave as the reason. Telegram's own words are for the staff, not for people."""
    note = args.get("note")
    return text("note", note=cards.reason(text, note)) if note and args["reason"] == "declined" else Safe("")


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None

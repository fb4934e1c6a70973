"""Search understands whatever names a thing, and the audit trail is read by filters."""

from datetime import timedelta
from typing import Any

import pytest

from domain import approvals, audit, campaigns, escrow, finds, tickets
from domain.errors import NotAllowed, Refused
from domain.finds import Found, Kind
from tests import story
from tests.begun import begun
from tests.conftest import ADMIN, House
from tests.story import ANN, BOB, CLEO

CHANNEL, PLACEMENT = Found(Kind.channel, 1, "Tech Daily"), Found(Kind.placement, 1, "Tech Daily")
PERSON, DEPOSIT = Found(Kind.user, ANN, f"Person {ANN}"), Found(Kind.deposit, 1, "credited")

NAMES = {
    f"{ANN}": [PERSON],
    f"user:{ANN}": [PERSON],
    f"user:{ANN}:XTR": [PERSON],
    "@AnnTea": [PERSON],
    "anntea": [PERSON],
    "@techdaily": [CHANNEL],
    "https://t.me/TechDaily": [CHANNEL],
    "t.me/techdaily/7": [CHANNEL, PLACEMENT],
    "https://t.me/techdaily/8?single": [CHANNEL],
    "https://t.me/c/1": [CHANNEL],
    "-1001": [CHANNEL],
    "tech DAI": [CHANNEL],
    "channel:1": [CHANNEL],
    "placement:1": [PLACEMENT],
    "job:1": [PLACEMENT],
    "escrow:1": [PLACEMENT],
    "escrow:1:hold": [Found(Kind.transfer, 3, "escrow:1:hold")],
    "c1": [DEPOSIT],
    "deposit:1": [DEPOSIT],
    "deposit:c1": [Found(Kind.transfer, 1, "deposit:c1")],
    "ticket:1": [Found(Kind.ticket, 1, "open")],
    "1": [CHANNEL, PLACEMENT, DEPOSIT, Found(Kind.ticket, 1, "open")],
    f"Person {ANN}": [PERSON],
    "100%": [],
    "_": [],
    "": [],
    "@": [],
    "9" * 15: [],
    "https://t.me/c/x": [],
    "no such thing": [],
}


@begun
async def ready(house: House) -> None:
    placement = await story.booked(house)
    await story.succeed(house, placement)
    house.sql("UPDATE users SET username = 'AnnTea' WHERE id = :id", id=ANN)
    await house.gate.user(ANN)(tickets.report, "where is it?")


async def test_each_name_of_a_thing_finds_it(house: House) -> None:
    await ready(house)
    admin = house.gate.user(ADMIN)
    assert {words: await admin.ask(finds.find, words) for words in NAMES} == NAMES


async def test_a_title_is_found_in_any_case_of_any_script(house: House) -> None:
    await ready(house)
    house.sql("UPDATE channels SET title = :title", title="Чай и Кофе 100%")
    admin = house.gate.user(ADMIN)
    for words in ("чай", "ЧАЙ", "Кофе", "100%"):
        assert [one.kind for one in await admin.ask(finds.find, words)] == [Kind.channel], words


async def test_only_the_staff_finds(house: House) -> None:
    await ready(house)
    for who in (ANN, BOB):
        with pytest.raises(Refused) as refused:
            await house.gate.user(who).ask(finds.find, "1")
        assert refused.value.refusal == NotAllowed("find")


async def test_the_cards_lead_from_one_thing_to_the_others(house: House) -> None:
    await ready(house)
    await house.system(escrow.release, 1)
    admin = house.gate.user(ADMIN)
    seen, wanted = {(Kind.user, ANN)}, [(Kind.user, ANN)]
    cards = {Kind.user: finds.user, Kind.channel: finds.channel, Kind.placement: finds.placement}
    cards |= {Kind.transfer: finds.transfer, Kind.deposit: finds.deposit, Kind.ticket: finds.ticket}
    while wanted:
        kind, number = wanted.pop()
        card = await admin.ask(cards[kind], number)
        assert card is not None, (kind, number)
        for link in card.links:
            if (link.kind, link.id) not in seen:
                seen.add((link.kind, link.id))
                wanted.append((link.kind, link.id))
    transfers = {number for kind, number in seen if kind == Kind.transfer}
    assert len(transfers) == house.sql.one("SELECT COUNT(*) AS n FROM transfers") == 4
    assert seen - {(Kind.transfer, number) for number in transfers} == {
        (Kind.user, ANN),
        (Kind.user, BOB),
        (Kind.channel, 1),
        (Kind.placement, 1),
        (Kind.deposit, 1),
        (Kind.ticket, 1),
    }
    ann = await admin.ask(finds.user, ANN)
    assert ann is not None
    assert ann.facts == {"balance": 600, "held": 0, "lost": 0, "is_admin": False}
    for card in cards.values():
        assert await admin.ask(card, 999) is None


async def test_the_audit_trail_is_read_by_filters_and_in_pages(house: House) -> None:
    await ready(house)
    admin = house.gate.user(ADMIN)
    with pytest.raises(Refused):
        await house.gate.user(BOB)(escrow.hold, (1,))
    every = await admin.ask(audit.events, limit=500)
    assert [e.id for e in every] == sorted((e.id for e in every), reverse=True)
    assert len(every) == house.sql.one("SELECT COUNT(*) AS n FROM audit_events")
    (refusal,) = await admin.ask(audit.events, refused=True)
    assert (refusal.actor, refusal.action, refusal.refusal) == (f"user:{BOB}", "escrow.hold", "not-found")
    about = await admin.ask(audit.events, about="placement:1", limit=500)
    assert {e.noun for e in about} == {"campaign_targets", "escrow", "post_jobs"}
    assert await admin.ask(audit.events, about="escrow:1") == [e for e in about if e.noun == "escrow"]
    of_ann = await admin.ask(audit.events, who=f"user:{ANN}", limit=500)
    assert {e.actor for e in of_ann} == {f"user:{ANN}"}
    assert [e.action for e in await admin.ask(audit.events, who=f"user:{ANN}", act="escrow.hold")] == ["escrow.hold"]
    first, rest = every[:10], await admin.ask(audit.events, before=every[9].id, limit=500)
    assert first + rest == every
    house.clock.forward(days=1)
    await house.gate.user(ANN)(tickets.report, "again")
    (newest,) = await admin.ask(audit.events, since=house.clock() - timedelta(hours=1))
    assert newest.noun == "tickets"


async def test_the_trail_is_told_newest_first_of_whom_and_of_what_is_asked_for(house: House) -> None:
    first = await story.booked(house)
    house.clock.forward(hours=1)
    with pytest.raises(Refused):
        await house.gate.user(CLEO)(campaigns.pause, first.campaign, paused=True)
    await house.gate.user(ANN)(campaigns.pause, first.campaign, paused=True)
    await story.approve(house, first)
    other = await story.draft(house, first.channel)

    async def trail(**asked: Any) -> list[tuple[str, str, str | None]]:
        found = await house.gate.user(ADMIN).ask(audit.events, **{"limit": 100} | asked)
        return [(row.action, f"{row.noun}:{row.subject}", row.refusal) for row in found]

    whole = await trail()
    drawn = house.sql("SELECT action, noun, subject, refusal FROM audit_events ORDER BY id DESC")
    assert whole == [(row["action"], f"{row['noun']}:{row['subject']}", row["refusal"]) for row in drawn]
    assert [line[::2] for line in await trail(refused=True)] == [("campaigns.pause", "not-found")]
    assert [line[::2] for line in await trail(who=f"user:{CLEO}")] == [("campaigns.pause", "not-found")]
    assert await trail(act="campaigns.pause", who=f"user:{ANN}") == [("campaigns.pause", "campaigns:1", None)]
    placed = f"campaign_targets:{other.id}"
    assert await trail(about=placed) == [("campaigns.place", placed, None)]
    about = {line[1] for line in await trail(about=f"placement:{first.id}")}
    assert about == {f"campaign_targets:{first.id}", f"escrow:{first.id}"}
    later = await trail(since=house.clock())
    assert (later, len(later)) == (whole[:5], 5)
    assert await trail(since=house.clock() + timedelta(microseconds=1)) == []
    newest = house.sql.one("SELECT MAX(id) FROM audit_events")
    assert await trail(before=newest, limit=1) == whole[1:2]


async def test_a_held_price_past_its_time_is_overdue(house: House) -> None:
    placement = await story.booked(house)
    admin = house.gate.user(ADMIN)
    house.clock.forward(hours=24, minutes=14)
    assert await admin.ask(escrow.overdue) == []
    house.clock.forward(minutes=1)
    (row,) = await admin.ask(escrow.overdue)
    assert (row.id, row.amount, row.title, row.status) == (placement.id, 400, "Tech Daily", "queued")
    assert await admin.ask(escrow.overdue_count) == 1
    await house.system(approvals.expire)
    assert await admin.ask(escrow.overdue_count) == 0
    house.clock.forward(minutes=15)
    assert [one.id for one in await admin.ask(escrow.overdue)] == [placement.id]
    await house.system(escrow.refund, placement.id)
    assert await admin.ask(escrow.overdue_count) == 0


async def test_a_persons_card_names_what_is_theirs_and_nothing_of_others(house: House) -> None:
    await story.earned(house)
    withdrawal = await story.withdrawal(house)
    bobs = await story.fund(house, BOB, 50)
    opened = [(await house.gate.user(who)(tickets.report, "x")).id for who in (ANN, BOB)]

    async def links(who: int) -> set[tuple[str, int]]:
        card = await house.gate.user(ADMIN).ask(finds.user, who)
        assert card is not None
        return {(str(link.kind), link.id) for link in card.links}

    deposits = [row["id"] for row in house.sql("SELECT id FROM deposits WHERE user_id = :ann", ann=ANN)]
    assert await links(ANN) == {("ticket", opened[0]), ("placement", 1), *(("deposit", i) for i in deposits)}
    assert await links(BOB) == {
        ("channel", 1),
        ("ticket", opened[1]),
        ("placement", 1),
        ("deposit", bobs),
        ("withdrawal", withdrawal),
    }

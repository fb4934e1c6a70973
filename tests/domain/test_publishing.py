"""When a job may be sent: late only with its advertiser's yes, and only while everything it needs is still so."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, text

from domain import approvals, campaigns, channels, checks, escrow, post_jobs
from domain.action import Terms
from domain.base import MOMENT
from domain.campaigns import Content
from domain.channels import Inspection
from domain.errors import NotAllowed, NotFound, Refused, WrongState
from domain.post_jobs import AttemptStatus, HeldBack, LeaseLost, Overdue, Sent, Status, ending, overdue
from domain.post_jobs.readiness import backoff
from storage import guards
from tests import story
from tests.begun import begun
from tests.conftest import ADMIN, NOON, OTHER_ADMIN, Clock, House, gate_of, owners, refusal
from tests.processes import WAITING, until
from tests.story import ANN, BOB, CLEO, Placement

HALF = timedelta(minutes=30)
LITTLE = timedelta(microseconds=1)


async def claimed(house: House) -> list[int]:
    return [duty.id for duty in await house.system(post_jobs.claim)]


async def rights(house: House, *has: str) -> None:
    seen = Inspection(-1001, True, "Tech Daily", "techdaily", 1200, frozenset(has), user_is_admin=True)
    await house.system(channels.inspect, seen)


def job(house: House, *columns: str) -> dict[str, Any]:
    (row,) = house.sql(f"SELECT {', '.join(columns or ('status',))} FROM post_jobs")
    return row


def told(house: House, kind: str) -> list[int]:
    return [
        row["user_id"] for row in house.sql("SELECT user_id FROM notices WHERE kind = :kind ORDER BY id", kind=kind)
    ]


# late


@pytest.mark.parametrize(("slot", "approved_after"), [(None, 60), (NOON + timedelta(hours=5), 60), (None, 0)])
async def test_half_an_hour_after_slot_and_approval_it_is_published_unasked_and_then_no_more(
    house: House, slot: Any, approved_after: int
) -> None:
    placement = await story.booked(house, slot=slot)
    house.clock.forward(minutes=approved_after)
    await story.approve(house, placement)
    due = max(slot or NOON, house.clock())
    house.clock.at = due + HALF + LITTLE
    assert await claimed(house) == []
    house.clock.at = due + HALF
    assert await house.system(post_jobs.ask_late) == []
    assert await claimed(house) == [placement.id]


async def test_an_answer_to_a_slot_that_is_near_counts_from_the_later_of_both(house: House) -> None:
    """Approved after another worker's outage of 29 minutes it has its half hour from the approval on."""
    slot = NOON + timedelta(minutes=10)
    placement = await story.booked(house, slot=slot)
    house.clock.at = slot - timedelta(seconds=1)
    await story.approve(house, placement)
    house.clock.at = slot + HALF
    assert await claimed(house) == [placement.id]


async def test_what_has_become_late_is_asked_once_and_published_after_a_yes(house: House) -> None:
    placement = await story.approved(house)
    house.clock.forward(minutes=30, seconds=1)
    assert await house.system(post_jobs.ask_late) == [placement.id]
    assert await house.system(post_jobs.ask_late) == []
    assert told(house, "late") == [ANN]
    assert await claimed(house) == []
    until = await house.gate.user(ANN)(post_jobs.accept_late, placement.id)
    assert until == NOON + timedelta(hours=2)
    events = house.sql.one("SELECT COUNT(*) FROM audit_events")
    assert await house.gate.user(ANN)(post_jobs.accept_late, placement.id) == until
    assert house.sql.one("SELECT COUNT(*) FROM audit_events") == events
    assert await claimed(house) == [placement.id]
    assert await house.gate.user(ANN)(post_jobs.accept_late, placement.id) == until


async def test_what_can_no_longer_be_published_is_not_asked_about(house: House) -> None:
    await story.approved(house)
    house.clock.forward(hours=2)
    assert await house.system(post_jobs.ask_late) == []
    assert told(house, "late") == []


async def test_a_yes_does_not_move_the_deadline(house: House) -> None:
    placement = await story.approved(house)
    house.clock.forward(minutes=119)
    await house.system(post_jobs.ask_late)
    await house.gate.user(ANN)(post_jobs.accept_late, placement.id)
    house.clock.forward(minutes=1)
    assert await claimed(house) == []
    assert await house.system(post_jobs.fail_overdue) == [placement.id]
    await house.system(escrow.refund, placement.id)
    assert story.balance(house, f"user:{ANN}:XTR") == 1000


async def test_only_its_advertiser_may_say_yes_and_only_to_what_was_asked(house: House) -> None:
    placement = await story.approved(house)
    ann = house.gate.user(ANN)
    assert await refusal(ann(post_jobs.accept_late, placement.id)) == NotFound("post_jobs")
    house.clock.forward(minutes=31)
    await house.system(post_jobs.ask_late)
    for stranger in (BOB, CLEO):
        assert await refusal(house.gate.user(stranger)(post_jobs.accept_late, placement.id)) == NotFound("post_jobs")
    assert await refusal(ann(post_jobs.accept_late, 77)) == NotFound("post_jobs")
    assert await refusal(house.system(post_jobs.accept_late, placement.id)) == NotAllowed("post_jobs.accept_late")
    assert await claimed(house) == []


async def test_an_answer_after_the_deadline_or_after_a_cancellation_is_refused(house: House) -> None:
    placement = await story.approved(house)
    ann = house.gate.user(ANN)
    house.clock.forward(minutes=31)
    await house.system(post_jobs.ask_late)
    house.clock.forward(minutes=89)
    assert await refusal(ann(post_jobs.accept_late, placement.id)) == Overdue()
    await ann(approvals.cancel, placement.id)
    assert await refusal(ann(post_jobs.accept_late, placement.id)) == WrongState("post_jobs", "failed")


async def test_nobody_is_asked_about_what_is_not_approved_not_late_or_over(house: House) -> None:
    placement = await story.booked(house)
    house.clock.forward(hours=1)
    assert await house.system(post_jobs.ask_late) == []
    await story.approve(house, placement)
    house.clock.forward(minutes=30)
    assert await house.system(post_jobs.ask_late) == []
    house.clock.forward(hours=2)
    assert await house.system(post_jobs.ask_late) == []


async def test_what_becomes_late_between_claim_and_start_is_not_sent(house: House) -> None:
    placement = await story.approved(house)
    house.clock.forward(minutes=30)
    (duty,) = await house.system(post_jobs.claim)
    house.clock.forward(seconds=1)
    came = await house.system.each(post_jobs.start, [duty.id], duty.token)
    assert came == {placement.id: HeldBack(placement.id)}
    await house.system(post_jobs.put_back, duty.id, duty.token)
    assert await house.system(post_jobs.ask_late) == [placement.id]


# everything else it needs


async def after_the_claim(house: House, change: Any, undo: Any) -> None:
    """A job is not started once `change` has happened, is not claimed either, and goes out after `undo`."""
    (duty,) = await house.system(post_jobs.claim)
    await change()
    assert await house.system.each(post_jobs.start, [duty.id], duty.token) == {duty.id: HeldBack(duty.id)}
    await house.system(post_jobs.put_back, duty.id, duty.token)
    assert await claimed(house) == []
    await undo()
    (duty,) = await house.system(post_jobs.claim)
    await house.system(post_jobs.start, duty.id, duty.token)
    attempts = house.sql("SELECT status FROM post_attempts ORDER BY id")
    assert attempts == [{"status": "dropped"}, {"status": "started"}]


async def test_a_campaign_paused_after_the_claim_is_not_started(house: House) -> None:
    placement = await story.approved(house)
    pause = house.gate.user(ANN)
    await after_the_claim(
        house,
        lambda: pause(campaigns.pause, placement.campaign, paused=True),
        lambda: pause(campaigns.pause, placement.campaign, paused=False),
    )


async def test_nothing_is_started_any_more_once_a_pause_has_been_answered(house: House) -> None:
    """A pause that is about to commit and a start that is about to commit: the start waits, and sees the pause."""
    if house.address.startswith("sqlite"):
        return  # one writer at a time
    await story.approved(house)
    (duty,) = await house.system(post_jobs.claim)
    async with asyncio.TaskGroup() as group:
        with psycopg.connect(house.address) as pausing:
            pausing.execute("UPDATE campaigns SET status = 'paused'")
            starting = group.create_task(house.system.each(post_jobs.start, [duty.id], duty.token))
            with psycopg.connect(house.address, autocommit=True) as own:  # who waits is shown only to its own role
                await until(
                    lambda: starting.done() or own.execute(WAITING).fetchone() == (1,), "the start waits for the pause"
                )
            assert not starting.done()
    assert starting.result() == {duty.id: HeldBack(duty.id)}


async def test_what_is_started_while_its_lease_is_found_to_be_over_is_not_queued_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watchdog has looked for leases that are over and not yet locked any; the worker, a moment earlier, starts."""
    if house.address.startswith("sqlite"):
        return  # one writer at a time
    await story.approved(house)
    (duty,) = await house.system(post_jobs.claim)
    watchdog = gate_of(house.gate.database, Clock(duty.until)).system("watchdog")
    house.clock.at = duty.until - LITTLE
    looking = ending.EXPIRED.where(text("(SELECT pg_advisory_xact_lock(7)) IS NOT NULL"))
    monkeypatch.setattr(ending, "EXPIRED", looking)
    async with asyncio.TaskGroup() as group:
        with psycopg.connect(house.address) as stopping, psycopg.connect(house.address, autocommit=True) as own:
            stopping.execute("SELECT pg_advisory_xact_lock(7)")
            expiring = group.create_task(watchdog(post_jobs.expire_leases))
            await until(lambda: own.execute(WAITING).fetchone() == (1,), "the watchdog has looked")
            await house.system(post_jobs.start, duty.id, duty.token)
            assert not expiring.done()
    assert expiring.result() == {duty.id: Status.uncertain}
    assert house.sql.one("SELECT status FROM post_attempts") == "unknown"


async def test_a_channel_whose_rights_are_lost_after_the_claim_is_not_posted_to(house: House) -> None:
    await story.approved(house)
    await after_the_claim(house, lambda: rights(house, "can_post_messages"), lambda: rights(house, *channels.RIGHTS))


async def test_a_channel_paused_by_its_publisher_still_gets_what_was_approved(house: House) -> None:
    placement = await story.approved(house)
    await house.gate.user(BOB)(channels.pause, placement.channel, paused=True)
    (duty,) = await house.system(post_jobs.claim)
    await house.system(post_jobs.start, duty.id, duty.token)


async def test_a_deadline_that_passes_after_the_claim_keeps_it_from_being_started(house: House) -> None:
    placement = await story.approved(house)
    house.clock.forward(minutes=31)
    await house.system(post_jobs.ask_late)
    await house.gate.user(ANN)(post_jobs.accept_late, placement.id)
    house.clock.at = NOON + timedelta(hours=2) - LITTLE
    (duty,) = await house.system(post_jobs.claim)
    house.clock.at += LITTLE
    assert await house.system.each(post_jobs.start, [duty.id], duty.token) == {duty.id: HeldBack(duty.id)}


async def test_an_escrow_refunded_before_its_job_is_claimed_is_never_sent(house: House) -> None:
    placement = await story.approved(house)
    await house.gate.user(ANN)(approvals.cancel, placement.id)
    await house.system(escrow.refund, placement.id)
    assert await claimed(house) == []
    assert job(house, "status") == {"status": "failed"}


async def test_a_placement_whose_money_is_resolved_is_neither_claimed_nor_started(house: House) -> None:
    """It cannot come about by any action; here somebody writes it into the database."""
    first = await story.approved(house)
    (duty,) = await house.system(post_jobs.claim)
    house.sql("UPDATE campaign_targets SET status = 'refunded' WHERE id = :id", id=first.id)
    assert await house.system.each(post_jobs.start, [duty.id], duty.token) == {duty.id: HeldBack(duty.id)}
    await house.system(post_jobs.put_back, duty.id, duty.token)
    assert await claimed(house) == []

    def unguarded(conn: Connection) -> None:
        guards.remove(conn)
        conn.exec_driver_sql("UPDATE campaign_targets SET status = 'pending'")
        guards.install(conn)

    async with house.owner() as owner:  # only so can it be put right again
        await owner.database.write(unguarded)
    assert await claimed(house) == [first.id]


async def test_a_lease_that_ran_out_may_not_be_started_even_if_nobody_noticed(house: House) -> None:
    await story.approved(house)
    (duty,) = await house.system(post_jobs.claim)
    house.clock.forward(seconds=120)
    assert await house.system.each(post_jobs.start, [duty.id], duty.token) == {duty.id: LeaseLost(duty.id)}


async def test_lost_rights_are_told_to_the_publisher_once_and_the_job_waits_until_its_deadline(house: House) -> None:
    placement = await story.approved(house)
    assert await house.system(post_jobs.ask_rights) == []
    await rights(house)
    assert await house.system(post_jobs.ask_rights) == [placement.id]
    assert await house.system(post_jobs.ask_rights) == []
    assert told(house, "rights-missing") == [BOB]
    house.clock.forward(hours=2)
    assert await claimed(house) == []
    assert await house.system(post_jobs.fail_overdue) == [placement.id]
    await house.system(escrow.refund, placement.id)


async def test_lost_rights_are_nobodys_concern_before_the_slot(house: House) -> None:
    await story.approved(house, slot=NOON + timedelta(hours=3))
    await rights(house)
    assert await house.system(post_jobs.ask_rights) == []


async def test_the_next_slot_to_wake_for_is_of_what_is_approved_and_runs_and_is_still_to_come(house: House) -> None:
    slot = NOON + timedelta(hours=3)
    placement = await story.booked(house, slot=slot)
    ann = house.gate.user(ANN)
    assert await house.system.ask(post_jobs.next_slot) is None
    await story.approve(house, placement)
    assert await house.system.ask(post_jobs.next_slot) == slot
    await ann(campaigns.pause, placement.campaign, paused=True)
    assert await house.system.ask(post_jobs.next_slot) is None
    await ann(campaigns.pause, placement.campaign, paused=False)
    house.clock.at = slot - LITTLE
    assert await house.system.ask(post_jobs.next_slot) == slot
    house.clock.at = slot
    assert await house.system.ask(post_jobs.next_slot) is None


# trying again


def test_the_wait_doubles_up_to_the_longest_and_half_of_it_is_chance() -> None:
    terms, long = Terms(), timedelta(days=9)
    for retries, seconds in ((0, 5), (1, 10), (2, 20), (5, 160), (6, 300), (7, 300), (10**6, 300)):
        assert backoff(replace(terms, chance=lambda: 1.0), retries, long) == timedelta(seconds=seconds)
        assert backoff(replace(terms, chance=lambda: 0.0), retries, long) == timedelta(seconds=seconds / 2)
    assert len({backoff(terms, 3, long) for _ in range(20)}) > 1


@pytest.mark.parametrize("left", [timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=2)])
def test_the_wait_leaves_a_last_try_before_the_deadline(left: timedelta) -> None:
    assert max(backoff(Terms(), 20, left) for _ in range(50)) <= left / 2
    assert backoff(Terms(), 0, -left) == timedelta(0)


async def test_what_was_not_sent_is_tried_again_later_and_later_and_never_after_its_deadline(house: House) -> None:
    placement = await story.approved(house)
    waits = []
    while True:
        await story.recorded(house, AttemptStatus.not_sent, error="refused")
        row = house.sql("SELECT due_at, deadline FROM post_jobs")[0]
        due, deadline = (moment(row[name]) for name in ("due_at", "deadline"))
        assert house.clock() <= due < deadline
        waits.append((due - house.clock()).total_seconds())
        house.clock.at = max(due, house.clock() + timedelta(seconds=1))
        if house.clock() > NOON + HALF and len(waits) < 30:
            await house.system(post_jobs.ask_late)
            await house.gate.user(ANN)(post_jobs.accept_late, placement.id)
        if deadline - house.clock() < timedelta(seconds=10):
            break
    for n, wait in enumerate(waits[:6]):
        assert 2.5 * 2**n <= wait <= 5 * 2**n
    assert max(waits) <= 300
    assert job(house, "attempts", "retries") == {"attempts": 0, "retries": len(waits)}


async def test_what_telegram_puts_off_is_tried_when_it_says_and_counts_for_nothing(house: House) -> None:
    await story.approved(house)
    for _ in range(2):
        await story.recorded(house, AttemptStatus.not_sent, retry_in=timedelta(seconds=40))
        assert job(house, "attempts", "retries") == {"attempts": 0, "retries": 0}
        house.clock.forward(seconds=39)
        assert await claimed(house) == []
        house.clock.forward(seconds=1)
    await story.recorded(house, AttemptStatus.not_sent, retry_in=timedelta(hours=5))
    house.clock.forward(hours=2)
    assert await house.system(post_jobs.fail_overdue) != []


def moment(found: Any) -> Any:
    return datetime.fromisoformat(found) if isinstance(found, str) else found


# pins


async def pinned(house: House, status: AttemptStatus) -> int:
    """What is due is pinned, with this outcome; how many there were."""
    posts = await house.system(post_jobs.claim_pins)
    if posts:
        await house.system.each(post_jobs.pinned, [p.id for p in posts], {p.id: Sent(status) for p in posts})
    return len(posts)


@begun
async def published(house: House, *, pin: bool = True) -> Placement:
    await story.people(house, OTHER_ADMIN)
    placement = await story.booked(house, pin=pin, hours=24)
    await story.succeed(house, placement)
    return placement


async def test_a_post_with_a_pin_is_pinned_once(house: House) -> None:
    await published(house)
    assert await pinned(house, AttemptStatus.accepted) == 1
    house.clock.forward(hours=1)
    assert await pinned(house, AttemptStatus.accepted) == 0
    assert told(house, "not-pinned") == []


async def test_a_post_without_a_pin_is_not_pinned(house: House) -> None:
    await published(house, pin=False)
    assert await pinned(house, AttemptStatus.accepted) == 0


async def test_a_worker_that_is_lost_while_it_pins_leaves_it_to_the_next(house: House) -> None:
    await published(house)
    assert len(await house.system(post_jobs.claim_pins)) == 1
    assert await house.system(post_jobs.claim_pins) == []
    house.clock.forward(minutes=1)
    assert await pinned(house, AttemptStatus.accepted) == 1


@pytest.mark.parametrize("status", [AttemptStatus.unknown, AttemptStatus.not_sent])
async def test_a_pin_nobody_knows_of_is_made_again_until_it_is_given_up_and_told(
    house: House, status: AttemptStatus
) -> None:
    await published(house)
    assert await pinned(house, status) == 1
    house.clock.forward(minutes=1)
    assert await pinned(house, status) == 1
    assert told(house, "not-pinned") == []
    house.clock.forward(hours=2)
    assert await pinned(house, status) == 1
    assert sorted(told(house, "not-pinned")) == [BOB, ADMIN, OTHER_ADMIN]
    house.clock.forward(hours=2)
    assert await pinned(house, status) == 0


async def test_a_pin_that_is_refused_is_told_and_the_post_stands(house: House) -> None:
    await published(house)
    await pinned(house, AttemptStatus.refused)
    assert sorted(told(house, "not-pinned")) == [BOB, ADMIN, OTHER_ADMIN]
    assert job(house, "status", "pin_due_at") == {"status": "success", "pin_due_at": None}
    assert house.sql.one("SELECT status FROM escrows") == "held"


async def test_what_a_person_found_to_be_published_is_pinned_too(house: House) -> None:
    await story.approved(house, pin=True)
    await story.recorded(house, AttemptStatus.unknown)
    admin = house.gate.user(ADMIN)
    await admin(checks.verdict, 1, post_jobs.Status.success, "seen", 7)
    assert await pinned(house, AttemptStatus.accepted) == 1


# albums


def photo(number: int, text: str = "", kind: str = "photo") -> Content:
    return Content(text=text, media=({"kind": kind, "file_id": f"f{number}", "unique_id": f"u{number}"},))


def test_an_album_is_its_items_in_order_with_the_one_caption() -> None:
    album = campaigns.album([photo(1), photo(2, "Our tea"), photo(3, kind="video")])
    assert [item["file_id"] for item in album.media] == ["f1", "f2", "f3"]
    assert album.text == "Our tea"
    campaigns.check_content(album)


def test_an_album_with_two_captions_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        campaigns.album([photo(1, "one"), photo(2, "two")])
    assert refused.value.refusal == campaigns.SecondCaption()


@pytest.mark.parametrize(
    "kinds", [("photo",) * 11, ("photo", "document"), ("animation", "animation"), ("photo", "animation")]
)
def test_what_telegram_takes_for_no_album_is_refused(kinds: tuple[str, ...]) -> None:
    album = campaigns.album([photo(n, kind=kind) for n, kind in enumerate(kinds)])
    with pytest.raises(Refused) as refused:
        campaigns.check_content(album)
    assert refused.value.refusal == campaigns.BadAlbum(10)


@pytest.mark.parametrize("kinds", [("photo",) * 10, ("photo", "video"), ("document", "document"), ("animation",)])
def test_what_telegram_takes_is_taken(kinds: tuple[str, ...]) -> None:
    campaigns.check_content(campaigns.album([photo(n, kind=kind) for n, kind in enumerate(kinds)]))


def test_an_album_has_no_buttons() -> None:
    album = campaigns.album([photo(1), photo(2)])
    buttons = (({"text": "Shop", "url": "https://example.com"},),)
    with pytest.raises(Refused) as refused:
        campaigns.check_content(Content(**vars(album) | {"buttons": buttons}))
    assert refused.value.refusal == campaigns.ButtonsUnderAlbum()


async def test_a_channel_that_went_elsewhere_is_published_to_there(house: House) -> None:
    await story.approved(house)
    await story.recorded(house, AttemptStatus.not_sent, moved_to=-1005)
    house.clock.forward(minutes=1)
    (duty,) = await story.started(house)
    assert (duty.chat_id, house.sql.one("SELECT chat_id FROM channels")) == (-1005, -1005)


async def test_a_channel_that_went_where_another_is_listed_stays_and_its_answer_is_recorded(house: House) -> None:
    await story.approved(house)
    await story.channel(house, CLEO, chat_id=-1005)
    await story.recorded(house, AttemptStatus.not_sent, moved_to=-1005)
    assert job(house) == {"status": "queued"}
    assert house.sql("SELECT chat_id FROM channels ORDER BY id") == [{"chat_id": -1001}, {"chat_id": -1005}]


@pytest.mark.parametrize("wait", [0, 30])
async def test_what_is_put_back_is_due_again_after_its_wait_and_not_before(house: House, wait: int) -> None:
    await story.approved(house)
    (duty,) = await house.system(post_jobs.claim)
    await house.system(post_jobs.put_back, duty.id, duty.token, timedelta(seconds=wait))
    if wait:
        house.clock.at += timedelta(seconds=wait) - LITTLE
        assert await claimed(house) == []
        house.clock.at += LITTLE
    assert await claimed(house) == [duty.id]
    assert job(house, "attempts", "retries") == {"attempts": 0, "retries": 0}


# many at once


async def many(house: House, number: int) -> list[int]:
    """So many jobs of one channel, approved; the later ones have the earlier deadlines."""
    first = await story.booked(house, money=number * 10, price=1)
    second = await story.draft(house, first.channel)
    rest = [second.id]
    rest += [(await story.draft(house, first.channel, campaign=second.campaign)).id for _ in range(number - 2)]
    await house.gate.user(ANN)(escrow.hold, tuple(rest))
    house.sql("UPDATE campaign_targets SET approval = 'approved', decided_at = created_at")
    for place, job_id in enumerate((first.id, *rest)):
        until = (NOON + timedelta(hours=2) - timedelta(seconds=place)).strftime(MOMENT)
        house.sql("UPDATE post_jobs SET deadline = :until WHERE id = :id", until=until, id=job_id)
    return [first.id, *rest]


async def test_what_is_overdue_fails_a_part_at_a_time_the_oldest_deadline_first(house: House) -> None:
    ids = await many(house, 5)
    house.clock.forward(hours=3)
    parts = [await house.system(post_jobs.fail_overdue, 2) for _ in range(4)]
    assert parts == [ids[3:], ids[1:3], ids[:1], []]
    assert house.sql("SELECT DISTINCT status, failure FROM post_jobs") == [{"status": "failed", "failure": "overdue"}]


async def test_leases_that_ran_out_are_ended_a_part_at_a_time_the_first_to_run_out_first(house: House) -> None:
    ids = await many(house, 3)
    assert await claimed(house) == ids
    for place, job_id in enumerate(ids):
        until = (NOON + timedelta(minutes=2) - timedelta(seconds=place)).strftime(MOMENT)
        house.sql("UPDATE post_jobs SET lease_until = :until WHERE id = :id", until=until, id=job_id)
    house.clock.forward(minutes=5)
    parts = [sorted(await house.system(post_jobs.expire_leases, 2)) for _ in range(3)]
    assert parts == [ids[1:], ids[:1], []]


async def test_a_lease_that_is_lost_beside_another_claim_makes_no_poison_of_a_job_that_lost_two_alone(
    house: House,
) -> None:
    await story.approved(house)
    for harmless in (False, False, True):
        (duty,) = await house.system(post_jobs.claim)
        if harmless:  # its worker has prepared it, and claims on
            assert await house.system(post_jobs.claim, harmless=duty) == []
        house.clock.forward(minutes=3)
        assert await house.system(post_jobs.expire_leases) == {duty.id: Status.queued}
    assert house.sql("SELECT lost_leases, lost_alone FROM post_jobs") == [{"lost_leases": 3, "lost_alone": 2}]
    assert await claimed(house) == [duty.id]
    house.clock.forward(minutes=3)
    assert await house.system(post_jobs.expire_leases) == {duty.id: Status.failed}


@pytest.mark.parametrize("act", [post_jobs.claim_pins, post_jobs.ask_late, post_jobs.ask_rights])
async def test_a_job_that_another_act_holds_is_waited_for_by_nobody_and_has_its_turn_the_next_time(
    house: House, act: Any
) -> None:
    if house.address.startswith("sqlite"):
        return  # one writer at a time: nobody else holds anything
    if act is post_jobs.claim_pins:
        await published(house)
    else:
        await story.approved(house)
        house.clock.forward(minutes=31)
        await rights(house)
    with psycopg.connect(owners(house.address)) as other:
        other.execute("SELECT id FROM post_jobs FOR UPDATE")
        assert await asyncio.wait_for(house.system(act), timeout=5) == []
    assert len(await house.system(act)) == 1


async def test_jobs_that_were_told_of_keep_no_other_from_being_told_of(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overdue, "LOCK_UNCERTAIN", overdue.LOCK_UNCERTAIN.limit(1))
    first = await story.approved(house)
    second = await story.draft(house, first.channel)
    await house.gate.user(ANN)(escrow.hold, (second.id,))
    await story.approve(house, second)
    for duty in await story.started(house):
        sent = {duty.id: Sent(AttemptStatus.unknown, error="timeout")}
        await house.system(post_jobs.record, duty.id, duty.token, sent)
    house.clock.forward(days=1)
    assert [await house.system(post_jobs.tell_overdue) for _ in range(3)] == [[first.id], [second.id], []]


async def test_what_a_courier_claimed_is_held_back_once_the_channel_has_another_one(house: House) -> None:
    await story.approved(house)
    house.sql("UPDATE channels SET courier_id = 8")
    (duty,) = await house.system(post_jobs.claim, courier=8)
    for courier in (9, None):
        house.sql("UPDATE channels SET courier_id = :courier", courier=courier)
        with pytest.raises(Refused) as refused:
            await house.system(post_jobs.start, duty.id, duty.token)
        assert refused.value.refusal == HeldBack(duty.id)
    house.sql("UPDATE channels SET courier_id = 8")
    await house.system(post_jobs.start, duty.id, duty.token)

"""Watching a post: when it is looked at, what each look means, and what moves the money. The clock jumps from look to look."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import books, channels, checks, escrow, post_jobs
from domain.action import Terms
from domain.base import MOMENT
from domain.campaigns import Content, same_words
from domain.checks import Seen, Verdict
from domain.errors import Refused
from domain.escrow import NotServed
from domain.post_jobs import Status, end_of, next_look
from domain.post_jobs.moments import early_look
from tests import story
from tests.begun import begun
from tests.conftest import ADMIN, NOON, House
from tests.domain.test_books import broken, unguarded
from tests.story import ANN, BOB, CLEO, SEEN

__all__ = ["broken"]  # a fixture

CHAT, MESSAGE = -1001, 7
UP, GONE, CHANGED, UNKNOWN = (Seen(verdict) for verdict in ("up", "gone", "changed", "unknown"))
POST = Content(text="Buy our tea")
OTHER = Content(text="Buy their coffee").fingerprint


@begun
async def published(house: House, hours: int = 24, **more: Any) -> int:
    """A placement that stands in the channel since NOON; answers its number."""
    placement = await story.booked(house, hours=hours, **more)
    await story.succeed(house, placement, MESSAGE, fingerprints=(POST.fingerprint,))
    return placement.id


def moment(found: Any) -> Any:
    """A moment that the database told, of either kind."""
    return datetime.strptime(found, MOMENT).replace(tzinfo=NOON.tzinfo) if isinstance(found, str) else found


def job(house: House, column: str) -> Any:
    found = house.sql.one(f"SELECT {column} FROM post_jobs WHERE id = 1")
    return moment(found) if column.endswith("_at") else found


def verdicts(house: House) -> list[str]:
    return [row["verdict"] for row in house.sql("SELECT verdict FROM post_checks ORDER BY id")]


def told(house: House, kind: str) -> list[int]:
    return [row["user_id"] for row in house.sql("SELECT user_id FROM notices WHERE kind = :k ORDER BY user_id", k=kind)]


async def look(house: House, seen: Seen, at: datetime | None = None) -> Status:
    """The next look, at the moment it is due (or at this one)."""
    house.clock.at = at or max(house.clock.at, job(house, "next_look_at"))
    came = await house.system(checks.record, 1, {1: seen})
    assert isinstance(came, Status)
    return came


async def settle(house: House) -> str:
    """What may move moves; answers what the escrow is now."""
    await house.system.each(escrow.release, await house.system.ask(escrow.to_release))
    await house.system.each(escrow.refund, await house.system.ask(escrow.to_refund))
    return str(house.sql.one("SELECT status FROM escrows WHERE id = 1"))


async def edited(house: House, fingerprint: str, message: int = MESSAGE, chat: int = CHAT) -> Verdict | None:
    found = await house.system(checks.saw_edit, chat, message, fingerprint)
    assert found is None or isinstance(found, Verdict)
    return found


# When it is looked at


async def test_a_day_is_looked_at_early_in_eight_bands_at_the_end_and_once_more_and_only_then_paid(
    house: House,
) -> None:
    """The promise of the README: eleven looks, each in its window, and no money before the last of them."""
    await published(house)
    looks = []
    while job(house, "next_look_at") is not None:
        assert await settle(house) == "held"
        with pytest.raises(Refused) as refused:
            await house.system(escrow.release, 1)
        assert isinstance(refused.value.refusal, NotServed)
        await look(house, UP)
        looks.append(house.clock.at - NOON)
    minutes, hours = timedelta(minutes=1), timedelta(hours=1)
    windows = [(5 * minutes, 10 * minutes), *((n * 3 * hours, (n + 1) * 3 * hours) for n in range(8))]
    windows += [(24 * hours, 24 * hours), (24 * hours + 35 * minutes, 24 * hours + 40 * minutes)]
    assert len(looks) == len(windows) == 11
    seen = house.sql(
        "SELECT details FROM audit_events WHERE action = 'checks.record' AND noun = 'post_jobs' AND subject = '1'"
    )
    assert ["up" in str(row["details"]) for row in seen] == [True] * 11
    assert all(first <= at <= last for at, (first, last) in zip(looks, windows, strict=True)), looks
    assert await settle(house) == "released"
    assert story.balance(house, f"user:{BOB}:XTR") == 360


@given(st.sampled_from([1, 2, 24, 72, 720]), st.floats(0, 1, exclude_max=True), st.integers(0, 60), st.data())
def test_whatever_is_drawn_the_looks_come_one_after_the_other_and_end_with_the_confirming_one(
    hours: int, chance: float, late: int, data: st.DataObject
) -> None:
    terms = Terms(chance=lambda: chance)
    due: datetime | None = early_look(terms, NOON)
    now, end, bands = NOON, end_of(NOON, hours), set()
    while due is not None:
        assert due >= now
        assert due <= end or due == end + terms.confirm
        if NOON + terms.early[1] <= due < end:
            bands.add((due - NOON) // ((end - NOON) / 8))
        now = due + timedelta(seconds=data.draw(st.integers(0, late)))
        due = next_look(terms, NOON, hours, due, now)
    assert now >= end + terms.confirm
    assert hours < 2 or bands == set(range(8))


async def test_no_two_posts_are_looked_at_at_the_same_moments() -> None:
    drawn = {early_look(Terms(), NOON) for _ in range(50)} | {
        next_look(Terms(), NOON, 24, NOON + timedelta(hours=1), NOON + timedelta(hours=1)) for _ in range(50)
    }
    assert len(drawn) > 50


async def test_the_next_look_to_wake_for_is_one_to_come_and_none_that_is_due_already(house: House) -> None:
    assert await house.system.ask(post_jobs.soonest_look) is None
    await published(house)
    due = job(house, "next_look_at")
    assert await house.system.ask(post_jobs.soonest_look) == due
    house.clock.at = due
    assert await house.system.ask(post_jobs.soonest_look) is None
    await look(house, UP)
    assert await house.system.ask(post_jobs.soonest_look) == job(house, "next_look_at")


async def test_after_an_outage_the_bands_that_are_over_are_not_made_up_for(house: House) -> None:
    await published(house)
    await look(house, UP, NOON + timedelta(hours=10))
    due = job(house, "next_look_at")
    assert NOON + timedelta(hours=10) <= due <= NOON + timedelta(hours=12)
    await look(house, UP, NOON + timedelta(hours=25))
    assert job(house, "served_at") is not None


async def test_without_a_minimum_time_it_is_served_at_once(house: House) -> None:
    await published(house, hours=0)
    assert await settle(house) == "released"
    assert verdicts(house) == []


async def test_a_look_that_comes_back_late_confirms_only_what_it_saw(house: House) -> None:
    """A worker that slept from the end's look to after the confirming moment has not confirmed anything."""
    await published(house)
    end = NOON + timedelta(hours=24)
    house.clock.at = end + timedelta(hours=1)
    await house.system(checks.record, 1, {1: replace(UP, since=end)})
    assert job(house, "served_at") is None
    assert job(house, "next_look_at") == end + Terms().confirm
    assert moment(house.sql.one("SELECT at FROM post_checks")) == end


async def test_two_workers_that_look_at_the_same_time_are_one_look(house: House) -> None:
    """Also where the second comes back only when the next look is due: both saw the same moment."""
    await published(house)
    house.clock.at = began = job(house, "next_look_at")
    gone = replace(GONE, since=began)
    await asyncio.gather(*(house.system(checks.record, 1, {1: gone}) for _ in range(2)))
    house.clock.forward(minutes=10)
    await house.system(checks.record, 1, {1: gone})
    assert verdicts(house) == ["gone"]
    assert job(house, "status") == "success"


# What each look means


@pytest.mark.parametrize("before", [[], [UP], [GONE], [CHANGED], [UP, UNKNOWN], [GONE, UNKNOWN], [CHANGED, UNKNOWN]])
async def test_unknown_never_moves_money(house: House, before: list[Seen]) -> None:
    """Whatever was seen before it, and however often nobody could see; in the end a person decides."""
    await published(house)
    for seen in before:
        await look(house, seen)
    wallets = house.sql("SELECT id, balance FROM wallets ORDER BY id")
    for _ in range(10):
        if job(house, "next_look_at") is None:
            break
        assert await look(house, UNKNOWN) == Status.success
        assert await settle(house) == "held"
    assert job(house, "next_look_at") is None
    assert house.sql("SELECT id, balance FROM wallets ORDER BY id") == wallets
    assert [row.id for row in await house.system.ask(post_jobs.review)] == [1]
    await house.gate.user(ADMIN)(checks.verdict, 1, Status.success, "seen with my own eyes")
    assert await settle(house) == "released"


async def test_looks_that_could_not_see_are_made_again_after_five_fifteen_forty_five_minutes_and_two_hours(
    house: House,
) -> None:
    await published(house)
    waits = []
    await look(house, UNKNOWN)
    while (due := job(house, "next_look_at")) is not None:
        waits.append((due - house.clock.at) // timedelta(minutes=1))
        await look(house, UNKNOWN)
    assert waits == [5, 15, 45, 120]


async def test_gone_takes_two_looks_some_minutes_apart(house: House) -> None:
    await published(house)
    assert await look(house, GONE) == Status.success
    assert job(house, "next_look_at") - house.clock.at == timedelta(minutes=4)
    assert await settle(house) == "held"
    assert await look(house, GONE) == Status.removed
    assert await settle(house) == "refunded"
    assert story.balance(house, f"user:{ANN}:XTR") == 1000
    assert told(house, "removed") == [ANN, BOB]


async def test_a_post_that_is_there_again_at_the_second_look_keeps_the_deal(house: House) -> None:
    await published(house)
    for seen in (GONE, UP, GONE, UP):
        assert await look(house, seen) == Status.success
    while job(house, "next_look_at") is not None:
        await look(house, UP)
    assert await settle(house) == "released"


# Edits


async def test_an_emoji_reaction_voids_no_deal(house: House) -> None:
    """It arrives as an edit; its content is what was published, so nothing is recorded and the next look stays where it was."""
    await published(house)
    before = house.sql.picture()
    assert await edited(house, POST.fingerprint) is None
    assert house.sql.picture() == before


async def test_a_change_is_told_to_both_at_once_and_refunded_where_it_is_not_restored(house: House) -> None:
    await published(house)
    house.clock.forward(hours=2)
    assert await edited(house, OTHER) == Verdict.changed
    assert (verdicts(house), told(house, "changed")) == (["changed"], [ANN, BOB])
    assert job(house, "next_look_at") - house.clock.at == timedelta(minutes=30)
    assert await edited(house, OTHER) is None  # told once
    assert await settle(house) == "held"
    house.clock.forward(minutes=29)
    await house.system(checks.record, 1, {1: UP})  # not due: the time to restore it is not over
    assert verdicts(house) == ["changed"]
    assert await look(house, UP) == Status.removed  # that it is there does not mean that it is what it was
    assert await settle(house) == "refunded"
    assert verdicts(house) == ["changed", "changed"]
    assert told(house, "removed") == [ANN, BOB]


async def test_a_changed_post_looked_at_before_its_time_is_over_is_not_removed(house: House) -> None:
    """Its rights were away for a moment, so it is looked at before the time to restore it is over."""
    await published(house)
    await edited(house, OTHER)
    due = job(house, "next_look_at")
    house.sql("UPDATE post_jobs SET next_look_at = changed_at")
    assert await look(house, UP) == Status.success
    assert job(house, "next_look_at") == due


async def test_a_change_that_is_restored_in_time_keeps_the_deal(house: House) -> None:
    await published(house)
    house.clock.forward(hours=2)
    await edited(house, OTHER)
    house.clock.forward(minutes=20)
    assert await edited(house, POST.fingerprint) == Verdict.up
    assert (verdicts(house), told(house, "restored")) == (["changed", "up"], [ANN, BOB])
    assert job(house, "changed_at") is None
    while job(house, "next_look_at") is not None:
        await look(house, UP)
    assert await settle(house) == "released"


async def test_a_change_seen_by_a_look_has_the_same_time_to_be_restored(house: House) -> None:
    """And a look that read the content sees the repair too."""
    await published(house)
    it = frozenset([MESSAGE])
    changed, same = replace(CHANGED, altered=it), replace(UP, same=it)
    await look(house, UP, NOON + timedelta(hours=24))
    await look(house, changed)
    assert (told(house, "changed"), job(house, "served_at")) == ([ANN, BOB], None)
    assert job(house, "next_look_at") - house.clock.at == timedelta(minutes=30)
    assert await look(house, same) == Status.success
    assert told(house, "restored") == [ANN, BOB]
    assert await settle(house) == "released"
    assert verdicts(house) == ["up", "changed", "up"]


async def test_a_changed_post_that_nobody_can_see_is_a_persons_business(house: House) -> None:
    await published(house)
    await edited(house, OTHER)
    while job(house, "next_look_at") is not None:
        await look(house, UNKNOWN)
    assert await settle(house) == "held"
    await house.gate.user(ADMIN)(checks.verdict, 1, Status.removed, "it shows coffee")
    assert await settle(house) == "refunded"


@pytest.mark.parametrize(("message", "chat"), [(6, CHAT), (8, CHAT), (MESSAGE, -1002)])
async def test_an_edit_of_another_post_is_nobodys_news(house: House, message: int, chat: int) -> None:
    await published(house)
    assert await edited(house, OTHER, message, chat) is None
    assert verdicts(house) == []


async def test_an_edit_after_the_time_was_served_changes_nothing(house: House) -> None:
    await published(house, hours=1)
    while job(house, "next_look_at") is not None:
        await look(house, UP)
    assert await edited(house, OTHER) is None
    assert await settle(house) == "released"
    assert await edited(house, OTHER) is None


async def test_each_message_of_an_album_is_watched(house: House) -> None:
    placement = await story.booked(house, hours=24)
    shown = tuple(Content(text=text).fingerprint for text in ("one", "two"))
    await story.succeed(house, placement, message_ids=(7, 8), fingerprints=shown)
    assert [await edited(house, shown[n], 7 + n) for n in range(2)] == [None, None]
    assert await edited(house, shown[0], 8) == Verdict.changed


async def test_a_post_whose_looks_nobody_saw_when_it_was_published_is_compared_with_what_was_booked(
    house: House,
) -> None:
    """One that a person found after an uncertain call: Telegram showed it to nobody."""
    placement = await story.booked(house, hours=24)
    await story.succeed(house, placement, MESSAGE)
    assert await edited(house, POST.fingerprint) is None
    assert await edited(house, OTHER) == Verdict.changed


BUTTON = {"text": "Shop", "url": "https://example.com"}
BOLD = {"type": "bold", "offset": 0, "length": 3}


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (POST, replace(POST, entities=(BOLD,)), False),
        (POST, replace(POST, text="Buy our tea!"), False),
        (POST, replace(POST, buttons=((BUTTON,),)), False),
        (replace(POST, entities=({"type": "url", "offset": 0, "length": 3},)), POST, True),
        (
            replace(POST, buttons=((BUTTON,),)),
            replace(POST, buttons=((BUTTON | {"url": "HTTPS://Example.com/"},),)),
            True,
        ),
        (replace(POST, buttons=((BUTTON,),)), replace(POST, buttons=((BUTTON | {"url": "https://evil.com"},),)), False),
        (replace(POST, link_preview={"is_disabled": True}), POST, True),
    ],
)
def test_two_posts_are_the_same_exactly_when_a_reader_sees_the_same(
    one: Content, other: Content, is_same: bool
) -> None:
    assert (one.fingerprint == other.fingerprint) == is_same


def test_the_words_of_a_copy_are_compared_without_its_buttons() -> None:
    assert same_words(replace(POST, buttons=((BUTTON,),)).fingerprint, POST.fingerprint)
    assert not same_words(OTHER, POST.fingerprint)


# Rights


async def lose_rights(house: House, *left: str) -> None:
    await house.system(channels.inspect, replace(SEEN, bot_rights=frozenset(left)))


async def test_without_its_rights_the_bot_sees_nothing_that_counts_against_anybody(house: House) -> None:
    await published(house)
    await look(house, GONE)
    await lose_rights(house)
    assert house.sql.one("SELECT status FROM channels") == "lost"
    for seen in (GONE, CHANGED, GONE, GONE, GONE):
        assert await look(house, seen) == Status.success
        assert await settle(house) == "held"
    assert verdicts(house) == ["gone"] + ["unknown"] * 5
    assert job(house, "next_look_at") is None


async def test_with_its_rights_the_looks_go_on_where_they_had_given_up(house: House) -> None:
    await published(house)
    await lose_rights(house)
    while job(house, "next_look_at") is not None:
        await look(house, GONE)
    await lose_rights(house, *channels.RIGHTS)
    assert await house.system(checks.go_on, CHAT) == [1]
    assert job(house, "next_look_at") == house.clock.at
    while job(house, "next_look_at") is not None:
        await look(house, UP)
    assert await settle(house) == "released"


async def test_rights_that_come_and_go_bring_no_second_look_forward(house: House) -> None:
    await published(house)
    await look(house, GONE)
    due = job(house, "next_look_at")
    assert await house.system(checks.go_on, CHAT) == []
    assert job(house, "next_look_at") == due


# A share


@pytest.mark.parametrize(
    ("last_up", "share"),
    [(timedelta(hours=5), 83), (timedelta(hours=23, minutes=59), 399), (timedelta(minutes=11), 3)],
)
async def test_a_post_gone_early_is_paid_for_the_time_it_was_seen_up_where_the_offer_says_so(
    house: House, last_up: timedelta, share: int
) -> None:
    await published(house, proportional=True)
    await look(house, UP, NOON + last_up)
    await look(house, GONE)
    assert await look(house, GONE) == Status.success
    assert (job(house, "share"), job(house, "served_at")) == (share, house.clock.at)
    assert await settle(house) == "released"
    fee = share // 10
    assert story.balance(house, f"user:{BOB}:XTR") == share - fee
    assert story.balance(house, "fees:XTR") == fee
    assert story.balance(house, f"user:{ANN}:XTR") == 1000 - share
    assert told(house, "shortened") == [ANN, BOB]
    moved = house.sql(
        "SELECT reason, amount FROM transfers WHERE reference_id = 1 AND reason IN ('payout', 'fee', 'rebate')"
    )
    parts = {"payout": share - fee, "fee": fee, "rebate": 400 - share}
    assert {row["reason"]: row["amount"] for row in moved} == {reason: part for reason, part in parts.items() if part}
    assert await house.system(escrow.release, 1) == escrow.Paid(1, share - fee, fee, 400 - share)
    assert house.sql("SELECT status FROM campaign_targets") == [{"status": "posted"}]


async def test_the_books_notice_a_share_that_was_not_paid(broken: House) -> None:
    await published(broken, proportional=True)
    await look(broken, UP, NOON + timedelta(hours=5))
    await look(broken, GONE)
    await look(broken, GONE)
    await settle(broken)
    async with unguarded(broken):
        broken.sql("UPDATE post_jobs SET share = share + 1")
    offences = await broken.system.ask(books.check)
    assert [(o.invariant, str(o.subject)) for o in offences] == [("I5", "1")]


async def test_a_share_of_nothing_gives_all_of_it_back(house: House) -> None:
    await published(house, proportional=True)
    await look(house, GONE)
    assert await look(house, GONE) == Status.removed
    assert await settle(house) == "refunded"
    assert story.balance(house, f"user:{ANN}:XTR") == 1000


async def test_the_share_of_a_changed_post_ends_with_the_last_look_before_the_change(house: House) -> None:
    await published(house, proportional=True)
    await look(house, UP, NOON + timedelta(hours=6))
    house.clock.forward(hours=1)
    await edited(house, OTHER)
    await look(house, UP)
    assert job(house, "share") == 100
    assert await settle(house) == "released"


async def test_what_was_seen_up_at_its_end_is_paid_in_full_where_it_is_paid_by_the_hour(house: House) -> None:
    await published(house, proportional=True)
    await look(house, UP, NOON + timedelta(hours=24))
    await look(house, GONE)
    await look(house, GONE)
    assert job(house, "share") is None
    assert told(house, "shortened") == []
    assert await settle(house) == "released"
    assert story.balance(house, f"user:{BOB}:XTR") == 360


async def test_what_was_booked_keeps_its_terms(house: House) -> None:
    await published(house)
    await house.gate.user(BOB)(channels.offer, 1, 400, 24, proportional=True)
    await look(house, UP, NOON + timedelta(hours=5))
    await look(house, GONE)
    assert await look(house, GONE) == Status.removed


async def test_of_no_minimum_time_no_part_can_be_served(house: House) -> None:
    await story.people(house)
    await story.channel(house, hours=0, proportional=True)
    assert not house.sql.one("SELECT proportional FROM offers")


async def test_a_persons_verdict_that_it_was_removed_gives_all_of_it_back(house: House) -> None:
    await published(house, proportional=True)
    await look(house, UP, NOON + timedelta(hours=12))
    await house.gate.user(ADMIN)(checks.verdict, 1, Status.removed, "it never was in this channel")
    assert await settle(house) == "refunded"


# On top


async def posted(house: House, message: int, after: timedelta) -> None:
    await house.system(checks.saw_post, CHAT, message, NOON + after)


def newest(house: House) -> int:
    return int(house.sql.one("SELECT newest_message_id FROM channels"))


async def test_somebodys_post_ends_the_time_on_top_whenever_it_is_told_of(house: House) -> None:
    """Telegram's order and ours need not be the same, and a post may be told of twice; the earliest counts."""
    await published(house)
    assert newest(house) == MESSAGE
    await posted(house, 3, timedelta(minutes=1))  # an old one
    assert job(house, "covered_at") is None
    house.clock.forward(hours=3)
    await posted(house, 9, timedelta(hours=2))
    await posted(house, 8, timedelta(minutes=80))
    await posted(house, 9, timedelta(hours=2))
    assert job(house, "covered_at") == NOON + timedelta(minutes=80)
    assert newest(house) == 9


async def test_a_post_of_the_future_was_told_of_now(house: House) -> None:
    await published(house)
    await posted(house, 9, timedelta(days=1))
    assert job(house, "covered_at") == NOON


async def test_our_own_later_post_covers_too_and_an_album_does_not_cover_itself(house: House) -> None:
    await published(house)
    await story.fund(house, ANN, 1000, "c2")
    later = await story.draft(house, 1)
    await house.gate.user(ANN)(escrow.hold, (later.id,))
    house.clock.forward(hours=1)
    await story.succeed(house, later, message_ids=(12, 13, 14))
    assert job(house, "covered_at") == NOON + timedelta(hours=1)
    assert house.sql.one("SELECT covered_at FROM post_jobs WHERE id = :id", id=later.id) is None
    assert newest(house) == 14


async def test_a_post_that_was_followed_before_it_was_recorded_is_covered(house: House) -> None:
    placement = await story.booked(house, hours=24)
    await posted(house, 9, timedelta(0))
    await story.succeed(house, placement, MESSAGE)
    assert job(house, "covered_at") == NOON


async def test_a_post_in_a_channel_that_nobody_listed_is_nobodys_news(house: House) -> None:
    await house.system(checks.saw_post, -5, 9, NOON)
    assert house.sql("SELECT id FROM channels") == []


# Who may see


async def test_the_looks_are_for_both_sides_and_for_nobody_else(house: House) -> None:
    await published(house)
    await look(house, UP)
    other = await story.draft(house, await story.channel(house, CLEO, chat_id=-1002))
    for reader, seen in ((ANN, 1), (BOB, 1), (ADMIN, 1), (CLEO, 0)):
        assert len(await house.gate.user(reader).ask(checks.timeline, 1)) == seen
        assert await house.gate.user(reader).ask(checks.timeline, other.id) == []

"""When a message is the post that is looked for, and what a publisher may show."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain import escrow, post_jobs, searches
from domain.action import Role
from domain.campaigns import Content
from domain.checks import Seen, Verdict
from domain.errors import NotFound, Refused, WrongState
from domain.post_jobs import AttemptStatus, BeingSent, Duty, Sent, Status
from domain.searches import Match, NotSeen, NotThisPost, Searched, Shown, Wanted, judge
from domain.searches.row import matches
from tests import story
from tests.begun import begun
from tests.conftest import ADMIN, NOON, House
from tests.domain.test_checks import moment
from tests.story import ANN, BOB, CLEO, SEEN

TEA = Content(text="Buy our tea")
UP = Seen(Verdict.up)
ONE, TWO = ({"kind": "photo", "file_id": f"f{n}", "unique_id": f"u{n}"} for n in (1, 2))
ALBUM = Content(text="Tea", media=(ONE, TWO))
WANTED = Wanted(1, Status.uncertain, -1001, TEA, 10, 0, frozenset(), NOON, 20, 100)


def shown(number: int, content: Content = TEA, at: Any = NOON) -> Shown:
    return Shown(number, content, at, 900 + number)


def test_only_the_same_words_formatting_and_media_are_a_match() -> None:
    bold = replace(TEA, entities=({"type": "bold", "offset": 0, "length": 3},))
    others = [replace(TEA, text="Buy our tea!"), bold, replace(TEA, media=(ONE,)), Content(text="")]
    assert matches(WANTED, [shown(11 + n, other) for n, other in enumerate(others)]) == ()
    assert matches(WANTED, [shown(11)]) == (Match((11,), NOON, 911),)


def test_buttons_and_previews_do_not_count_since_a_copy_may_have_lost_them() -> None:
    wanted = replace(
        TEA, buttons=(({"text": "Shop", "url": "https://example.com"},),), link_preview={"is_disabled": True}
    )
    assert len(matches(replace(WANTED, content=wanted), [shown(11)])) == 1


def test_a_message_older_than_the_attempt_is_none_but_for_the_difference_of_clocks() -> None:
    assert matches(WANTED, [shown(11, at=NOON - timedelta(seconds=59))]) != ()
    assert matches(WANTED, [shown(11, at=NOON - timedelta(seconds=61))]) == ()


def test_an_album_is_its_messages_in_a_row_with_the_words_under_the_first() -> None:
    wanted = replace(WANTED, content=ALBUM)
    first, second = shown(11, Content(text="Tea", media=(ONE,))), shown(12, Content(media=(TWO,)))
    assert [match.message_ids for match in matches(wanted, [first, second])] == [(11, 12)]
    assert matches(wanted, [first]) == ()
    assert matches(wanted, [first, replace(second, message_id=13)]) == ()
    assert matches(wanted, [replace(second, message_id=11), replace(first, message_id=12)]) == ()
    twice = [first, second, replace(first, message_id=13), replace(second, message_id=14)]
    assert [match.message_ids for match in matches(wanted, twice)] == [(11, 12), (13, 14)]


@pytest.mark.parametrize(
    ("wanted", "seen", "examined", "trouble", "came"),
    [
        (WANTED, [], 20, None, (True, False)),
        (WANTED, [], 7, "TelegramRetryAfter", (False, False)),
        (WANTED, [shown(11)], 7, "TelegramRetryAfter", (False, False)),
        (WANTED, [], 100, None, (False, True)),
        (replace(WANTED, after=0), [], 20, None, (False, True)),
        (
            WANTED,
            [shown(11, replace(TEA, entities=({"type": "bold", "offset": 0, "length": 3},)))],
            21,
            None,
            (False, True),
        ),
        (replace(WANTED, content=ALBUM), [shown(11, Content(media=(TWO,)))], 21, None, (False, True)),
        (WANTED, [shown(11), shown(12, replace(TEA, link_preview={"is_disabled": True}))], 22, None, (True, False)),
        (WANTED, [shown(11, at=NOON - timedelta(seconds=61))], 21, None, (False, True)),
        (WANTED, [shown(11, at=NOON - timedelta(days=1)), shown(12)], 22, None, (False, True)),
        (WANTED, [shown(11, Content(text="News"), NOON - timedelta(days=1))], 21, None, (True, False)),
        (
            replace(WANTED, content=ALBUM),
            [shown(11, Content(media=(TWO,)), NOON - timedelta(seconds=61))],
            21,
            None,
            (False, True),
        ),
    ],
    ids=[
        "nothing",
        "stopped",
        "found and stopped",
        "too much",
        "no beginning",
        "edited",
        "half an album",
        "twice",
        "older by its date",
        "older by its date, and found",
        "older and another",
        "half an album, older by its date",
    ],
)
def test_a_search_is_completed_only_if_everything_could_be_looked_at(
    wanted: Wanted, seen: list[Shown], examined: int, trouble: str | None, came: tuple[bool, bool]
) -> None:
    judged = judge(wanted, seen, examined, trouble)
    assert (judged.completed, judged.hopeless) == came
    assert (judged.note is None) == judged.completed


@begun
async def uncertain(house: House, newest: int = 10) -> int:
    placement = await story.booked(house)
    await house.system(post_jobs.saw, SEEN.chat_id, newest)
    await story.approve(house, placement)
    await story.recorded(house, AttemptStatus.unknown, error="timeout")
    return placement.id


def job(house: House) -> Any:
    (row,) = house.sql("SELECT status, message_id FROM post_jobs ORDER BY id LIMIT 1")
    return row["status"], row["message_id"]


async def prove(
    house: House, number: int, by: int = BOB, seen: Seen = UP, chat: int = SEEN.chat_id, **facts: Any
) -> Any:
    post = shown(number, at=facts.pop("at", house.clock()), **facts)
    return await house.gate.user(by)(searches.prove, 1, chat, post, seen)


async def test_what_the_publisher_shows_is_adopted_once_and_shown_again_answers_the_same(house: House) -> None:
    await uncertain(house)
    assert [claim.id for claim in await house.gate.user(BOB).ask(searches.claims)] == [1]
    assert await prove(house, 11) == Status.success
    picture = house.sql.picture()
    assert await prove(house, 11) == Status.success
    assert house.sql.picture() == picture
    assert job(house) == ("success", 11)
    assert await house.gate.user(BOB).ask(searches.is_known, SEEN.chat_id, 11)
    assert not await house.gate.user(CLEO).ask(searches.is_known, SEEN.chat_id, 11)
    assert house.sql("SELECT actor, found_message_id FROM post_searches") == [
        {"actor": f"user:{BOB}", "found_message_id": 11}
    ]
    with pytest.raises(Refused) as refused:
        await prove(house, 12)
    assert refused.value.refusal == WrongState("post_jobs", "success")


REFUSED = {
    "another channel": ({"number": 11, "chat": -1002}, NotThisPost()),
    "another content": ({"number": 11, "content": Content(text="Buy our coffee")}, NotThisPost()),
    "a message before the attempt": ({"number": 10}, NotThisPost()),
    "another content, older than the attempt": (
        {"number": 11, "content": Content(text="Buy our coffee"), "at": NOON - timedelta(minutes=2)},
        NotThisPost(),
    ),
    "older than the attempt, and not seen": (
        {"number": 11, "at": NOON - timedelta(minutes=2), "seen": Seen(Verdict.gone)},
        NotSeen(),
    ),
    "not seen": ({"number": 11, "seen": Seen(Verdict.unknown, "502")}, NotSeen()),
    "gone": ({"number": 11, "seen": Seen(Verdict.gone)}, NotSeen()),
    "a stranger": ({"number": 11, "by": CLEO}, NotFound("post_jobs")),
    "the advertiser": ({"number": 11, "by": ANN}, NotFound("post_jobs")),
    "an admin who is no manager": ({"number": 11, "by": ADMIN}, NotFound("post_jobs")),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_proves_nothing_changes_nothing(house: House, case: str) -> None:
    await uncertain(house)
    asked, refusal = REFUSED[case]
    picture = house.sql.picture()
    with pytest.raises(Refused) as refused:
        await prove(house, **asked)
    assert refused.value.refusal == refusal
    assert house.sql.picture() == picture


def told(house: House) -> list[tuple[int, str]]:
    rows = house.sql("SELECT user_id, kind FROM notices WHERE kind IN ('uncertain', 'unclear') ORDER BY id")
    return [(row["user_id"], row["kind"]) for row in rows]


async def test_a_post_that_stands_is_not_refunded_though_our_clock_is_fast_and_a_person_decides(house: House) -> None:
    """Our clock said noon when Telegram's, which dates the messages, said 11:58:01."""
    await uncertain(house)
    stands = shown(11, at=NOON - timedelta(seconds=119))
    for _ in range(2):
        for wanted in await house.system.ask(searches.due):
            came = replace(judge(wanted, [stands], 31), since=wanted.asked)
            assert await house.system(searches.record, 1, came) == searches.Settled(Status.uncertain)
        house.clock.forward(minutes=36)
    assert job(house) == ("uncertain", None)
    assert house.sql.one("SELECT next_search_at FROM post_jobs") is None
    assert told(house) == [(BOB, "uncertain"), (ADMIN, "unclear")]
    with pytest.raises(Refused):
        await house.system(story.escrow.refund, 1)


async def test_what_is_shown_with_an_older_date_is_neither_adopted_nor_refunded_and_a_person_decides(
    house: House,
) -> None:
    await uncertain(house)
    early = NOON - timedelta(seconds=61)
    assert await prove(house, 11, at=early) == Status.uncertain
    picture = house.sql.picture()
    assert await prove(house, 11, at=early) == Status.uncertain
    assert house.sql.picture() == picture
    assert job(house) == ("uncertain", None)
    assert await house.system.ask(searches.due) == []
    assert told(house) == [(ADMIN, "unclear")]
    late = Searched(completed=True, examined=31)
    assert (await house.system(searches.record, 1, late)).status == Status.uncertain
    assert await prove(house, 12) == Status.success


async def test_a_search_counts_for_the_moment_it_began(house: House) -> None:
    """Two processes look at noon; one stands still for 36 minutes and says then what it saw at noon."""
    await uncertain(house)
    (wanted,) = await house.system.ask(searches.due)
    nothing = Searched(completed=True, examined=20, since=wanted.asked)
    assert (await house.system(searches.record, 1, nothing)).status == Status.uncertain
    assert told(house) == [(BOB, "uncertain")]
    house.clock.forward(minutes=36)
    picture = house.sql.picture()
    assert (await house.system(searches.record, 1, nothing)).status == Status.uncertain
    assert house.sql.picture() == picture
    (wanted,) = await house.system.ask(searches.due)
    assert (await house.system(searches.record, 1, replace(nothing, since=wanted.asked))).status == Status.failed
    assert house.sql("SELECT status, failure FROM post_jobs") == [{"status": "failed", "failure": "unsent"}]
    failed = house.sql("SELECT user_id FROM notices WHERE kind = 'failed' ORDER BY user_id")
    assert ([row["user_id"] for row in failed], told(house)) == ([ANN, BOB], [(BOB, "uncertain")])
    await house.system(escrow.refund, 1)
    assert story.balance(house, f"user:{ANN}:XTR") == 1000


async def test_a_first_search_that_comes_back_late_is_no_later_than_it_began(house: House) -> None:
    await uncertain(house)
    (wanted,) = await house.system.ask(searches.due)
    house.clock.forward(minutes=36)
    nothing = Searched(completed=True, examined=20, since=wanted.asked)
    assert (await house.system(searches.record, 1, nothing)).status == Status.uncertain
    assert moment(house.sql.one("SELECT at FROM post_searches")) == NOON
    (wanted,) = await house.system.ask(searches.due)  # the second one is due at once
    assert (await house.system(searches.record, 1, replace(nothing, since=wanted.asked))).status == Status.failed
    assert wanted.asked == NOON + timedelta(minutes=36)


async def test_a_search_from_a_clock_ahead_of_ours_is_of_now(house: House) -> None:
    await uncertain(house)
    ahead = Searched(completed=True, examined=20, since=NOON + timedelta(hours=1))
    assert (await house.system(searches.record, 1, ahead)).status == Status.uncertain
    assert moment(house.sql.one("SELECT at FROM post_searches")) == NOON


async def test_a_message_serves_one_job_only(house: House) -> None:
    await uncertain(house)
    channel = house.sql.one("SELECT id FROM channels")
    other = await story.draft(house, channel)
    await house.gate.user(ANN)(story.escrow.hold, (other.id,))
    await story.approve(house, other)
    await story.recorded(house, AttemptStatus.unknown, error="timeout")
    await prove(house, 11)
    with pytest.raises(Refused) as refused:
        await house.gate.user(BOB)(searches.prove, other.id, SEEN.chat_id, shown(11), UP)
    assert refused.value.refusal == NotThisPost()


async def beside(house: House, content: Content) -> tuple[int, Duty]:
    """One job is uncertain, and in truth was never sent; another of the channel is being sent."""
    first = await story.booked(house, money=5000)
    await house.system(post_jobs.saw, SEEN.chat_id, 11)
    second = await story.draft(house, first.channel, content=content)
    await house.gate.user(ANN)(story.escrow.hold, (second.id,))
    await story.approve(house, first)
    await story.recorded(house, AttemptStatus.unknown, error="timeout")
    await story.approve(house, second)
    (duty,) = await story.started(house)
    return first.id, duty


async def test_what_another_worker_has_just_published_is_not_adopted_before_it_says_so(house: House) -> None:
    first, duty = await beside(house, story.POST)
    picture = house.sql.picture()
    for at in (NOON, NOON - timedelta(minutes=2)):
        with pytest.raises(Refused) as refused:
            await prove(house, 12, at=at)
        assert refused.value.refusal == BeingSent()
        assert house.sql.picture() == picture
    accepted = {duty.id: Sent(AttemptStatus.accepted, (12,))}
    assert await house.system(post_jobs.record, duty.id, duty.token, accepted) == Status.success
    with pytest.raises(Refused) as refused:
        await prove(house, 12)
    assert refused.value.refusal == NotThisPost()
    assert house.sql("SELECT id, message_id FROM post_jobs ORDER BY id") == [
        {"id": first, "message_id": None},
        {"id": duty.id, "message_id": 12},
    ]


async def test_another_post_that_is_being_sent_keeps_nobody_from_showing_ones_own(house: House) -> None:
    await beside(house, Content(text="Buy our coffee"))
    assert await prove(house, 12) == Status.success


async def test_a_blocked_publisher_may_still_show_what_runs(house: House) -> None:
    await uncertain(house)
    house.sql("UPDATE users SET blocked_at = created_at WHERE id = :id", id=BOB)
    assert Role.blocked
    assert await prove(house, 11) == Status.success


async def test_where_a_channel_stood_is_kept_with_the_attempt_and_only_grows(house: House) -> None:
    await uncertain(house, newest=41)
    assert house.sql.one("SELECT newest_before FROM post_attempts") == 41
    await house.system(post_jobs.saw, SEEN.chat_id, 40)
    assert house.sql.one("SELECT newest_message_id FROM channels") == 41
    await prove(house, 57)
    assert house.sql.one("SELECT newest_message_id FROM channels") == 57


async def test_an_own_post_moves_where_its_channel_stands(house: House) -> None:
    placement = await story.booked(house)
    await story.succeed(house, placement, message_id=77)
    assert house.sql.one("SELECT newest_message_id FROM channels") == 77


async def test_a_verdict_ends_the_searches_unless_the_post_is_said_not_to_be_there(house: House) -> None:
    from domain import checks

    await uncertain(house)
    await house.gate.user(ADMIN)(checks.verdict, 1, Status.success, "seen at /11", 11)
    assert house.sql.one("SELECT next_search_at FROM post_jobs") is None


async def test_the_review_puts_uncertain_jobs_first_and_counts_all(house: House) -> None:
    await uncertain(house)
    channel = house.sql.one("SELECT id FROM channels")
    house.clock.forward(minutes=-1)  # the other is older
    refused = await story.draft(house, channel)
    await house.gate.user(ANN)(story.escrow.hold, (refused.id,))
    await story.approve(house, refused)
    await story.recorded(house, AttemptStatus.refused, error="chat not found")
    admin = house.gate.user(ADMIN)
    assert [row.id for row in await admin.ask(post_jobs.review)] == [1, refused.id]
    assert [row.id for row in await admin.ask(post_jobs.review, 8, 1)] == [refused.id]
    assert await admin.ask(post_jobs.in_review) == 2
    assert (await admin.ask(post_jobs.reviewed, refused.id)).failure == "refused"
    assert await admin.ask(post_jobs.reviewed, 99) is None


async def test_what_is_known_of_a_channel_begins_where_its_own_search_does(house: House) -> None:
    """A quiet channel beside it, where nothing was seen before, does not let in all that a busy one has had."""
    first = await story.booked(house, money=4000)
    await story.succeed(house, first, 500)
    ann = house.gate.user(ANN)
    busy = [await story.draft(house, first.channel) for _ in range(2)]
    quiet = await story.draft(house, await story.channel(house, chat_id=-2001))
    await ann(story.escrow.hold, (busy[0].id,))
    await story.succeed(house, busy[0], 600)
    for placement in (busy[1], quiet):
        await ann(story.escrow.hold, (placement.id,))
        await story.approve(house, placement)
    for duty in await story.started(house):
        await house.system(post_jobs.record, duty.id, duty.token, {duty.id: Sent(AttemptStatus.unknown)})
    wanted = await house.system.ask(searches.due)
    assert {one.chat_id: (one.after, one.known) for one in wanted} == {-1001: (600, {600}), -2001: (0, set())}

"""What of a post is altered, message by message; the one time to restore; and edits that are told of in the wrong order."""

from datetime import timedelta
from typing import Any

import pytest

from domain import checks, escrow
from domain.campaigns import Content
from domain.checks import Seen, Verdict
from domain.post_jobs import AttemptStatus, Status
from tests import story
from tests.begun import begun
from tests.conftest import ADMIN, NOON, House
from tests.domain.test_checks import (
    CHANGED,
    CHAT,
    GONE,
    MESSAGE,
    OTHER,
    POST,
    UP,
    edited,
    job,
    look,
    published,
    settle,
    told,
    verdicts,
)
from tests.story import ANN, BOB

SHOWN = tuple(Content(text=word).fingerprint for word in ("one", "two", "three"))
IDS = (7, 8, 9)


@begun
async def album(house: House) -> None:
    """Three messages that stand in the channel since NOON."""
    placement = await story.booked(house, hours=24)
    await story.succeed(house, placement, message_ids=IDS, fingerprints=SHOWN)
    house.clock.forward(hours=1)


def read(*same: int, altered: tuple[int, ...] = ()) -> Seen:
    """A look that read these messages."""
    verdict = Verdict.changed if altered else Verdict.up
    return Seen(verdict, same=frozenset(same), altered=frozenset(altered))


async def to_the_end(house: House, seen: Seen = UP) -> str:
    while job(house, "next_look_at") is not None:
        await look(house, seen)
    return await settle(house)


# Message by message


async def test_another_message_that_is_as_published_forgives_nothing(house: House) -> None:
    await album(house)
    assert await edited(house, OTHER, 8) == Verdict.changed
    due = job(house, "next_look_at")
    house.clock.forward(minutes=10)
    assert await edited(house, SHOWN[0], 7) is None
    assert (job(house, "changed_at"), job(house, "next_look_at")) == (NOON + timedelta(hours=1), due)
    assert await to_the_end(house) == "refunded"
    assert verdicts(house) == ["changed", "changed"]


async def test_a_look_forgives_only_what_it_read(house: House) -> None:
    await album(house)
    await edited(house, OTHER, 8)
    assert await to_the_end(house, read(7, 9)) == "refunded"


async def test_an_album_is_restored_with_its_last_message(house: House) -> None:
    """Both sides are told once of each; of what happens in between there is an audit event."""
    await album(house)
    assert [await edited(house, OTHER, i) for i in (8, 9, 9)] == [Verdict.changed, None, None]
    assert [await edited(house, SHOWN[i - 7], i) for i in (8, 7, 9)] == [None, None, Verdict.up]
    assert (verdicts(house), told(house, "changed"), told(house, "restored")) == (
        ["changed", "up"],
        [ANN, BOB],
        [ANN, BOB],
    )
    assert (job(house, "changed_at"), job(house, "altered")) == (None, None)
    assert house.sql.one("SELECT count(*) FROM audit_events WHERE action = 'checks.saw_edit'") == 4
    assert await to_the_end(house) == "released"


async def test_a_look_that_reads_all_of_it_restores_it_and_one_that_finds_another_does_not(house: House) -> None:
    await album(house)
    await edited(house, OTHER, 8)
    house.sql("UPDATE post_jobs SET next_look_at = changed_at")
    assert await look(house, read(7, 8, altered=(9,))) == Status.success
    assert str(job(house, "altered")) == "[9]"
    assert await look(house, read(*IDS)) == Status.success
    assert (job(house, "changed_at"), told(house, "restored")) == (None, [ANN, BOB])
    assert await to_the_end(house) == "released"


async def test_a_look_that_was_under_way_when_another_message_was_altered_does_not_count(house: House) -> None:
    """It read the first one before that was altered; the edit is the newer news."""
    await album(house)
    await edited(house, OTHER, 8)
    began = job(house, "next_look_at")
    house.clock.at = began + timedelta(seconds=5)
    assert await edited(house, OTHER, 7) is None
    late = Seen(Verdict.up, same=frozenset(IDS), since=began)
    assert await house.system(checks.record, 1, {1: late}) == Status.success
    assert verdicts(house) == ["changed"]
    assert await look(house, read(8, 9, altered=(7,))) == Status.removed


async def test_a_change_that_names_no_message_is_of_all_of_them(house: House) -> None:
    """A look that says no more than that, or a process of the version before, which knew no more."""
    await album(house)
    await look(house, CHANGED)
    assert str(job(house, "altered")).replace(" ", "") == "[7,8,9]"
    house.sql("UPDATE post_jobs SET altered = NULL")
    (post,) = await asked(house)
    assert post.altered == frozenset(IDS)
    for i, words in zip(IDS, SHOWN, strict=True):
        assert job(house, "changed_at") is not None
        await edited(house, words, i)
    assert job(house, "changed_at") is None


async def asked(house: House) -> Any:
    house.clock.at = max(house.clock.at, job(house, "next_look_at"))
    return await house.system.ask(checks.due)


async def test_a_look_is_at_all_messages_and_knows_what_each_looked_like(house: House) -> None:
    await album(house)
    (post,) = await asked(house)
    assert (post.message_ids, post.fingerprints, post.altered) == (IDS, SHOWN, frozenset())


async def test_an_album_that_a_person_found_is_watched_with_all_its_messages(house: House) -> None:
    pictures = tuple({"kind": "photo", "file_id": f"f{n}", "unique_id": f"u{n}"} for n in range(3))
    content = Content(text="Our tea", media=pictures)
    await story.people(house)
    await story.switches(house, *story.Switch)
    await story.fund(house, ANN, 1000, "c1")
    placement = await story.draft(house, await story.channel(house, hours=24), content=content)
    await house.gate.user(ANN)(story.escrow.hold, (placement.id,))
    await story.approve(house, placement)
    await story.recorded(house, AttemptStatus.unknown, error="timeout")
    await house.gate.user(ADMIN)(checks.verdict, 1, Status.success, "seen with my own eyes", 7)
    (post,) = await asked(house)
    assert (post.message_ids, post.fingerprints) == (IDS, tuple(content.part(n).fingerprint for n in range(3)))


UNKNOWN = Seen(Verdict.unknown)
ALTERED = read(altered=(8,))


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        ([UP, UP], Verdict.up),
        ([UP, UNKNOWN], Verdict.unknown),
        ([UNKNOWN, read(8)], Verdict.unknown),
        ([UNKNOWN, ALTERED], Verdict.changed),
        ([ALTERED, UP], Verdict.changed),
        ([UNKNOWN, GONE], Verdict.gone),
        ([ALTERED, GONE, UP], Verdict.gone),
    ],
)
def test_a_post_is_what_the_worst_of_its_messages_is(seen: list[Seen], verdict: Verdict) -> None:
    for looks in (seen, seen[::-1]):
        came = checks.together(looks)
        assert came.verdict == verdict
        assert came.altered == frozenset().union(*(one.altered for one in seen))


# The time to restore


async def test_a_post_that_is_altered_again_and_again_is_not_paid(house: House) -> None:
    """For 29 minutes of every 30, restored each time before its look."""
    await published(house)
    house.clock.forward(hours=1)
    for _ in range(2):
        await edited(house, OTHER)
        house.clock.forward(minutes=29)
        for _ in range(len(await house.system.ask(checks.due))):
            await look(house, UP, house.clock())
        await edited(house, POST.fingerprint)
        house.clock.forward(minutes=1)
    assert await to_the_end(house) == "refunded"
    assert told(house, "changed") == [ANN, ANN, BOB, BOB]


async def test_what_is_left_of_the_time_is_what_the_next_alteration_may_last(house: House) -> None:
    """It stands while the post is as published, and both sides are told the moment that counts."""
    await published(house)
    for hour, minutes, left in ((1, 10, 30), (5, 15, 20), (9, 4, 5)):
        house.clock.at = NOON + timedelta(hours=hour)
        until = house.clock() + timedelta(minutes=left)
        assert await edited(house, OTHER) == Verdict.changed
        assert job(house, "next_look_at") == until
        args = house.sql.one("SELECT args FROM notices WHERE kind = 'changed' ORDER BY id DESC LIMIT 1")
        assert until.isoformat() in str(args)
        house.clock.forward(minutes=minutes)
        assert await edited(house, POST.fingerprint) == Verdict.up
    assert job(house, "changed_for") == 29 * 60
    assert await to_the_end(house) == "released"


async def test_once_the_time_is_used_up_an_alteration_is_looked_at_at_once(house: House) -> None:
    await published(house)
    await edited(house, OTHER)
    house.clock.forward(minutes=30)
    assert await look(house, read(MESSAGE)) == Status.success  # restored in the last moment
    assert await edited(house, OTHER) == Verdict.changed
    assert job(house, "next_look_at") == house.clock()
    assert await look(house, UP) == Status.removed


async def test_a_second_that_was_begun_is_used_up(house: House) -> None:
    await published(house)
    for _ in range(3):
        await edited(house, OTHER)
        house.clock.forward(seconds=0.2)
        await edited(house, POST.fingerprint)
    assert job(house, "changed_for") == 3


async def test_a_look_that_finds_it_altered_again_gives_it_what_is_left(house: House) -> None:
    await published(house)
    await edited(house, OTHER)
    house.clock.forward(minutes=20)
    await edited(house, POST.fingerprint)
    at = NOON + timedelta(hours=24)
    assert await look(house, read(altered=(MESSAGE,)), at) == Status.success
    assert job(house, "next_look_at") == at + timedelta(minutes=10)
    assert await look(house, read(altered=(MESSAGE,))) == Status.removed


# In which order


async def told_of(house: House, words: str, second: int | None, message: int = MESSAGE) -> Any:
    """An edit of that second, told of now."""
    at = None if second is None else NOON + timedelta(seconds=second)
    return await house.system(checks.saw_edit, CHAT, message, words, at)


async def test_an_edit_that_comes_after_a_newer_one_is_no_news(house: House) -> None:
    """Altered, restored, altered for good; the last two come the wrong way round."""
    await published(house)
    house.clock.forward(hours=1)
    assert await told_of(house, OTHER, 0) == Verdict.changed
    assert await told_of(house, OTHER, 10) is None
    before = house.sql.picture()
    assert await told_of(house, POST.fingerprint, 5) is None
    assert house.sql.picture() == before
    assert await to_the_end(house) == "refunded"


async def test_the_date_of_an_edit_is_its_own_posts(house: House) -> None:
    await published(house)
    second = await story.draft(house, 1)
    await house.gate.user(ANN)(escrow.hold, (second.id,))
    await story.succeed(house, second, MESSAGE + 1, fingerprints=(POST.fingerprint,))
    assert await told_of(house, OTHER, 10) == Verdict.changed
    assert house.sql("SELECT id FROM post_jobs WHERE edited IS NOT NULL") == [{"id": 1}]
    assert await told_of(house, OTHER, 5, MESSAGE + 1) == Verdict.changed


async def test_an_alteration_that_is_told_of_after_its_repair_is_no_news(house: House) -> None:
    await published(house)
    assert await told_of(house, POST.fingerprint, 10) is None
    assert await told_of(house, OTHER, 5) is None
    assert verdicts(house) == []
    assert await told_of(house, OTHER, 10) == Verdict.changed  # within one second what comes last counts


async def test_each_message_has_its_own_order_and_an_edit_without_a_date_counts_when_it_comes(house: House) -> None:
    await album(house)
    assert await told_of(house, OTHER, 10, 8) == Verdict.changed
    assert await told_of(house, OTHER, 5, 7) is None
    assert str(job(house, "altered")).replace(" ", "") == "[7,8]"
    assert await told_of(house, SHOWN[1], None, 8) is None
    assert await told_of(house, SHOWN[0], 5, 7) == Verdict.up

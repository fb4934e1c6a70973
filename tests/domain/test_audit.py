"""What people and Telegram do beside the placements is recorded: by whom, and about what. Nothing is, where nothing changed."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from domain import blocks, campaigns, channels, post_jobs, reports, users
from domain.reports import Reason, Thing
from storage.gate import Do
from tests import story
from tests.conftest import ADMIN, House
from tests.story import ANN, BOB, CLEO, SEEN

Ask = Callable[[Do], Awaitable[Any]]
EVENTS = "SELECT actor, action, noun, subject FROM audit_events WHERE id > :before ORDER BY id"
LOST = replace(SEEN, bot_rights=frozenset())


def asks(action: Any, *given: Any, **more: Any) -> Ask:
    return lambda do: do(action, *given, **more)


ACTS: dict[str, tuple[int, Ask, str, bool]] = {
    "pauses a channel": (BOB, asks(channels.pause, 1, paused=True), "channels:1", True),
    "offers a place": (BOB, asks(channels.offer, 1, 500, 24), "channels:1", False),
    "registers again": (BOB, asks(channels.register, SEEN), "channels:1", False),
    "is seen without rights": (0, asks(channels.inspect, LOST), "channels:1", False),
    "is shown a message": (0, asks(post_jobs.saw, SEEN.chat_id, 9), f"channels:{SEEN.chat_id}", False),
    "drafts again": (ANN, asks(campaigns.draft, story.POST), "campaigns:2", False),
    "pauses a campaign": (ANN, asks(campaigns.pause, 1, paused=True), "campaigns:1", True),
    "meets somebody new": (0, asks(users.meet, 404, "Dan", None, "en"), "users:404", True),
    "meets one by another name": (0, asks(users.meet, ANN, "Anna", None, "en"), f"users:{ANN}", True),
    "is not let in any more": (0, asks(users.mark_unreachable, ANN), f"users:{ANN}", False),
    "appoints": (ADMIN, asks(users.appoint, CLEO, "nights", operator=True), f"users:{CLEO}", True),
    "blocks a user": (ADMIN, asks(blocks.block_user, CLEO, "fraud", blocked=True), f"users:{CLEO}", True),
    "blocks a channel": (ADMIN, asks(blocks.block_channel, 1, "fraud", blocked=True), "channels:1", True),
    "reports": (CLEO, asks(reports.file, Thing.channel, 1, Reason.spam), "reports:1", True),
}
"""Who acts (0: the house itself), the act, what it is about, and whether it is recorded once only, asked again."""


@pytest.mark.parametrize("name", ACTS)
async def test_each_act_is_recorded_with_its_actor_and_its_subject(house: House, name: str) -> None:
    who, ask, about, once = ACTS[name]
    await story.booked(house)
    do = house.gate.user(who) if who else house.system
    before = house.sql.one("SELECT MAX(id) FROM audit_events")
    await ask(do)
    (event,) = house.sql(EVENTS, before=before)
    assert (event["actor"], f"{event['noun']}:{event['subject']}") == (f"user:{who}" if who else "system:test", about)
    if once:
        await ask(do)
        assert house.sql(EVENTS, before=before) == [event]

"""The scheduler's work against the sandbox over HTTP, with the real adapter; the clock is the test's."""

import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message as AiogramMessage

from bot.evidence import SearchingAdapter
from bot.posts import content_of
from bot.sandbox import Channel, Client, Person, Sandbox
from domain import campaigns
from domain.campaigns import Content
from domain.notices import Notice
from tests import story
from tests.conftest import ADMIN, House
from tests.processes import TOKEN
from tests.story import ANN, BOB, Placement

WIRE = Path(os.environ.get("HOLDFAST_WIRE", Path(__file__).parents[2] / ".wire"))
WIRE.mkdir(exist_ok=True, parents=True)


@dataclass
class Stage:
    """A house with a local Telegram: Bob's channel is a real one in it, Olga's private chat is the evidence chat."""

    house: House
    telegram: Client
    adapter: SearchingAdapter
    olga: Person
    channel: Channel
    ann: Person
    bob: Person
    record: Path

    async def book(self, **terms: Any) -> Placement:
        """Ann has booked Bob's channel and Bob has approved."""
        return await story.approved(self.house, chat_id=self.channel.id, **terms)

    async def media(
        self, *kinds: str, caption: str = "", entities: list[dict[str, Any]] | None = None, spoiler: bool = False
    ) -> Content:
        """What Ann sends, one medium or an album, as the content of a post."""
        words = {"caption": caption, "caption_entities": entities or []}
        await self.ann.send_album(*({"kind": kind} | (words if n == 0 else {}) for n, kind in enumerate(kinds)))
        sent = (await self.ann.chat()).messages[-len(kinds) :]
        shown = {"has_media_spoiler": True} if spoiler else {}
        return campaigns.album([content_of(AiogramMessage.model_validate(m.raw | shown)) for m in sent])

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The parameters of the calls of this method, as they went over the wire."""
        told = [json.loads(line) for line in self.record.read_text().splitlines()]
        return [line["params"] for line in told if line.get("method") == method]

    def job(self, *columns: str) -> dict[str, object]:
        (row,) = self.house.sql(f"SELECT {', '.join(columns or ('status',))} FROM post_jobs")
        return row


def wire(request: pytest.FixtureRequest) -> Path:
    """The file for the wire record of one test."""
    return WIRE / f"{''.join(c if c.isalnum() else '_' for c in request.node.nodeid)[-150:]}.jsonl"


@pytest_asyncio.fixture
async def stage(house: House, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    wire(request).unlink(missing_ok=True)
    async with Sandbox(now=house.clock, record=wire(request)) as sandbox, Client(sandbox.api) as telegram:
        await telegram.add_bot(TOKEN)
        ann = await telegram.person("Ann", id=ANN)
        bob = await telegram.person("Bob", id=BOB)
        olga = await telegram.person("Olga", id=ADMIN)
        await olga.say("/start")
        channel = await telegram.channel("Tech Daily", owner=bob, username="techdaily", subscribers=1200)
        await channel.promote()
        bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(sandbox.api), timeout=2))

        async def send(notice: Notice) -> int:
            return (await bot.send_message(notice.user_id, notice.kind)).message_id

        yield Stage(house, telegram, SearchingAdapter(bot, send, ADMIN), olga, channel, ann, bob, wire(request))
        await bot.session.close()

"""The page and the command line: both only open a door to what the verbs can do."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import aiohttp

from bot.sandbox import Sandbox
from bot.sandbox.server import PAGE
from bot.sandbox.verbs import VERBS


async def test_the_page_is_served_and_needs_nothing_from_elsewhere(api: Any, sandbox: Sandbox) -> None:
    async with api.session.get(sandbox.api + "/") as answer:
        page = await answer.text()
    assert answer.content_type == "text/html"
    assert re.findall(r"(?:src|href)=\"(?!data:)|https?://|@import|url\(", page) == []


def test_the_page_uses_only_verbs_that_exist() -> None:
    used = set(re.findall(r"(?:call|member)\(\"(\w+)\"", PAGE.read_text()))
    assert {"state", "say", "press", "promote"} <= used
    assert used <= set(VERBS)


async def test_only_the_page_itself_may_read_the_second_port(api: Any, sandbox: Sandbox) -> None:
    async with api.session.post(
        f"{sandbox.control}/sandbox/state", headers={"Origin": "http://evil.example"}
    ) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == sandbox.api


async def test_the_command_runs_it_alone_and_says_where(tmp_path: Path, token: str) -> None:
    record = tmp_path / "wire.jsonl"
    command = [sys.executable, "-m", "bot.sandbox", "--port", "0", "--record", str(record), "--limits"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        address = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert address
        async with aiohttp.ClientSession() as session, session.get(f"{address[0]}/bot{token}/getMe") as answer:
            assert (await answer.json())["ok"]
    finally:
        process.terminate()
        await process.wait()
    assert "getMe" in record.read_text()

"""Whatever goes wrong, at DEBUG and in both renderings, no line shows a secret; in production every line is one JSON object."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import logs
from bot.app import build
from bot.sandbox import Client, Fault, Sandbox
from bot.seeing import is_ready, readiness
from bot.settings import Environment, Settings
from scheduler.loop import TICKS
from tests.conftest import ADMIN, OTHER_ADMIN, Sql
from tests.processes import TOKEN, holdfast, until
from tests.servers import WITH_PASSWORD, free_port

OF_REDIS, OF_DATABASE, OF_WEBHOOK = "sesame-of-redis", "sesame-of-the-database", "sesame-of-the-webhook"
SECRETS = (TOKEN, TOKEN.partition(":")[2], OF_REDIS, OF_DATABASE, OF_WEBHOOK)
WORDS = "what a person says"


@dataclass
class Lines:
    """Everything that is logged, at DEBUG, as it would be written in each environment."""

    written: dict[Environment, StringIO] = field(default_factory=dict)

    @contextmanager
    def of(self, settings: Settings) -> Iterator[None]:
        """While the block lasts."""
        root, level = logging.getLogger(), logging.getLogger().level
        handlers = []
        for environment in Environment:
            stream = self.written.setdefault(environment, StringIO())
            handler = logging.StreamHandler(stream)
            handler.setFormatter(logs.rendering(settings.model_copy(update={"environment": environment})))
            handlers.append(handler)
            root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            yield
        except Exception as error:
            logs.crashed(type(error), error, error.__traceback__)
        finally:
            root.setLevel(level)
            for handler in handlers:
                root.removeHandler(handler)

    @property
    def text(self) -> str:
        return self.written[Environment.sandbox].getvalue()

    @property
    def beaten(self) -> set[str]:
        """The ticks whose heartbeats were logged."""
        return {e["tick"] for e in self.events if e.get("action") == "heartbeats.beat" and "tick" in e}

    @property
    def events(self) -> list[dict[str, Any]]:
        return list(events(self.written[Environment.production].getvalue()))

    def show_nothing(self) -> None:
        for text in (stream.getvalue() for stream in self.written.values()):
            assert text
            assert [secret for secret in SECRETS if secret in text] == []
            assert WORDS not in text
        assert self.events


def events(text: str) -> Iterator[dict[str, Any]]:
    """Every line as the object that it is."""
    for line in text.splitlines():
        event = json.loads(line)
        assert {"event", "level", "logger", "timestamp"} <= set(event)
        yield event


def settings(**given: Any) -> Settings:
    base = {"bot_token": TOKEN, "admins": frozenset({ADMIN, OTHER_ADMIN}), "database_url": "sqlite:///x.db"}
    return Settings(_env_file=None, **base | given)


async def test_a_bot_whose_telegram_redis_and_database_fail_shows_nothing(sqlite_address: str) -> None:
    lines = Lines()
    async with Sandbox() as sandbox, Client(sandbox.api) as telegram:
        redis = f"redis://:{OF_REDIS}@127.0.0.1:{free_port()}/0"
        given = settings(bot_api=sandbox.api, database_url=sqlite_address, redis_url=redis)
        await telegram.add_bot(TOKEN)
        ann = await telegram.person("Ann")
        app = build(given, rates=None)
        with lines.of(given):
            async with app.running("bot", "scheduler"):
                await ann.say("/start")
                await telegram.idle()
                for fault in (Fault.BAD_GATEWAY, Fault.SERVER_ERROR, Fault.RESET, Fault.BROKEN_UTF8_AFTER_ACCEPTING):
                    await telegram.fault("sendMessage", fault)
                    await ann.say(WORDS)
                    await telegram.idle()
                await until(lambda: lines.beaten >= {"posting", "rollback"}, "the ticks beat")
                Sql(sqlite_address)("ALTER TABLE users RENAME TO hidden")
                await ann.say(WORDS)
                await until(lambda: "no such table: users" in lines.text, "the database fails")
                await telegram.revoke(TOKEN)
                await until(lambda: False, "the refused token ends it")
    lines.show_nothing()
    for word in ("ClientDecodeError", "TelegramServerError", "Redis is left alone", "crashed", "Unauthorized"):
        assert word in lines.text
    greeted = [e for e in lines.events if e.get("action") == "users.meet" and e.get("user") == ann.id]
    assert {(e["handled"], e["kind"], e["chat"]) for e in greeted} == {("/start", "message", ann.id)}
    failed = [e for e in lines.events if e["logger"] == "bot.errors"]
    assert failed
    assert {e["user"] for e in failed} == {ann.id}


async def test_a_webhook_shows_its_secret_to_nobody(sqlite_address: str) -> None:
    lines, port = Lines(), free_port()
    where = f"http://127.0.0.1:{port}/hook"
    async with Sandbox() as sandbox, Client(sandbox.api) as telegram:
        await telegram.add_bot(TOKEN)
        given = settings(
            bot_api=sandbox.api,
            database_url=sqlite_address,
            webhook_url=where,
            webhook_secret=OF_WEBHOOK,
            webhook_port=port,
        )
        with lines.of(given):
            async with build(given, rates=None).running("bot"), aiohttp.ClientSession() as session:
                while await telegram.calls("setWebhook") == 0:  # noqa: ASYNC110 (another server tells)
                    await asyncio.sleep(0.02)
                for secret in ("guessed", OF_WEBHOOK):
                    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
                    for body in (b"{", b'{"update_id": 1, "message": {"text": 7}}'):
                        async with session.post(where, data=body, headers=headers) as answer:
                            assert answer.status != 200
    lines.show_nothing()
    assert "ValidationError" in lines.text


async def test_a_database_that_refuses_its_password_shows_nothing(servers: dict[str, Any]) -> None:
    lines = Lines()
    for port in (servers["postgres"], free_port()):
        address = f"postgresql://{WITH_PASSWORD}:{OF_DATABASE}@127.0.0.1:{port}/postgres"
        given = settings(database_url=address, bot_api=f"http://127.0.0.1:{free_port()}")
        app = build(given, rates=None)
        with lines.of(given):
            logging.getLogger("test").info("at %s and %s", address, OF_DATABASE, extra={"where": [address]})
            assert not is_ready(await readiness(app.gate, given))
            await app.loop.run(TICKS[0])
            await app.metrics.scrape(app.gate, given)
            await app.database.at_head()
        await app.close()
    lines.show_nothing()
    assert "Worker error: tick deposits failed" in lines.text
    assert "InvalidPasswordError" in lines.text


async def test_the_process_itself_says_nothing_secret_in_an_outage_and_goes_on(sqlite_address: str) -> None:
    """A real one, in production: it reaches neither Telegram nor Redis, and every line of it is JSON."""
    given = {"bot_token": TOKEN, "bot_api": f"http://127.0.0.1:{free_port()}", "admins": f"{ADMIN},{OTHER_ADMIN}"}
    redis = f"redis://:{OF_REDIS}@127.0.0.1:{free_port()}"
    with holdfast("-v", "run", **given, environment="production", database_url=sqlite_address, redis_url=redis) as run:
        log: Path = run.log
        await until(lambda: "Telegram does not answer" in log.read_text(), "it asks Telegram again", 120)
        run.terminate()
        await until(lambda: run.poll() is not None, "the process ends", 120)
        text = run.log.read_text()
    assert run.returncode == 0
    assert [secret for secret in SECRETS if secret in text] == []
    assert events(text)


async def test_a_process_that_crashes_ends_with_a_clean_line(sqlite_address: str) -> None:
    """Its token was taken back."""
    async with Sandbox() as sandbox, Client(sandbox.api) as telegram:
        await telegram.add_bot(TOKEN)
        await telegram.revoke(TOKEN)
        given = {"bot_token": TOKEN, "bot_api": sandbox.api, "admins": f"{ADMIN},{OTHER_ADMIN}"}
        settings = {"environment": "production", "database_url": sqlite_address}
        settings |= {
            "webhook_url": "https://example.org/hook",
            "webhook_secret": OF_WEBHOOK,
            "webhook_port": free_port(),
        }
        with holdfast("-v", "run", **given, **settings) as run:
            await until(lambda: run.poll() is not None, "the process ends", 120)
            text = run.log.read_text()
    assert run.returncode == 1, text
    assert [secret for secret in SECRETS if secret in text] == []
    assert [event["event"] for event in events(text)][-1] == "crashed"


KNOWN = logs.secrets(
    Settings(
        _env_file=None,
        bot_token=TOKEN,
        database_url='postgresql://u:p%40ss"w%20rd@h/x',
        owner_database_url="postgresql://o:pw@h/x",
        redis_url=f"redis://:{OF_REDIS}@h",
        webhook_url="https://h/hook",
        webhook_secret=OF_WEBHOOK,
    )
)


@pytest.mark.parametrize(
    ("line", "redacted"),
    [
        (f"https://api.telegram.org/bot{TOKEN}/getMe", "https://api.telegram.org/bot<token>/getMe"),
        ("https://x/bot987654321:" + "B" * 35 + "/getMe", "https://x/bot<token>/getMe"),
        ("bot987654321%3A" + "B" * 35, "bot<token>"),
        (f"its half {TOKEN.partition(':')[2]}", "its half <token>"),
        ("postgresql://u:someone@else@h/x", "postgresql://u:<password>@h/x"),
        ("redis://:other@h:6379/0", "redis://:<password>@h:6379/0"),
        ('bare p@ss"w rd', "bare <password>"),
        ("quoted p%40ss%22w%20rd", "quoted <password>"),
        (f"header {OF_WEBHOOK}", "header <secret>"),
        ("12:30 and user:7:XTR stay, pw too", "12:30 and user:7:XTR stay, pw too"),
    ],
)
def test_secrets_are_known_by_value_and_by_form(line: str, redacted: str) -> None:
    assert logs.redact(line, KNOWN) == redacted

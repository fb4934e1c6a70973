"""Logs: readable on a terminal, JSON in production, and never with a secret in them, whoever wrote the line.

Every line is one event with its fields: `update`, `user`, `chat` and `handled` while an update is handled, `tick` within a tick,
and of an act who did it to which things. What a person wrote is in none of them.

The secrets of the settings are looked for by their values, and what looks like a token or an address with a password by its
form: before a line is rendered, where nothing is quoted yet, and once more when it is finished, traceback and all.
"""

import logging
import re
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any
from urllib.parse import quote

import structlog
from sqlalchemy import make_url

from bot.settings import Environment, Settings
from storage.gate import Ended

FORMS = (
    (re.compile(r"(?<![0-9])[0-9]{6,20}(?::|%3[Aa])[A-Za-z0-9_-]{30,64}"), "<token>"),
    (re.compile(r"(?<=://)([^\s:/@]*):[^\s/]+@"), r"\1:<password>@"),
)
SHORTEST = 4
"""A password shorter than this is looked for only where it stands in an address: it would be found in every word."""
NOISY = ("apscheduler", "aiogram.event", "aiohttp.access", "alembic")
"""Whose lines are told from WARNING on."""
SUBJECTS = 10
"""How many of the things that an act changed its line names."""
log = logging.getLogger("holdfast")


def secrets(settings: Settings) -> dict[str, str]:
    """The values that must not be seen, each with the word that stands for it."""
    found = {}
    for address in (settings.database_url, settings.owner_database_url, settings.redis_url):
        password = make_url(address).password if address else None
        if password:
            found[str(password)] = "<password>"
    if settings.webhook_secret is not None:
        found[settings.webhook_secret.get_secret_value()] = "<secret>"
    for secret in (settings.bot_token, *settings.courier_tokens):
        if secret is None:
            continue
        token = secret.get_secret_value()
        found |= {token: "<token>", token.partition(":")[2]: "<token>"}
    found |= {quote(value, safe=""): word for value, word in found.items()}
    return {value: word for value, word in found.items() if len(value) >= SHORTEST}


def redact(text: str, known: Mapping[str, str] | None = None) -> str:
    """The text without the known values, without bot tokens and without passwords in addresses."""
    for value, word in sorted((known or {}).items(), key=lambda pair: -len(pair[0])):
        text = text.replace(value, word)
    for pattern, instead in FORMS:
        text = pattern.sub(instead, text)
    return text


class Redacting(structlog.stdlib.ProcessorFormatter):
    """Redacts the fields of an event, and the finished line."""

    def __init__(self, known: Mapping[str, str], *last: structlog.typing.Processor, **given: Any) -> None:
        meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
        super().__init__(processors=[meta, *last[:-1], self._fields, last[-1]], **given)
        self._known = known

    def _fields(self, _: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        return {name: self._without(fact) for name, fact in event.items()}

    def _without(self, fact: Any) -> Any:
        if isinstance(fact, str):
            return redact(fact, self._known)
        if isinstance(fact, list | tuple):
            return [self._without(one) for one in fact]
        return fact

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record), self._known)


def rendering(settings: Settings) -> Redacting:
    """How lines look: for a terminal, or JSON in production."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.ExtraAdder(),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: structlog.typing.Processor = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    if settings.environment == Environment.production:
        last = structlog.processors.JSONRenderer(default=str)
    return Redacting(secrets(settings), structlog.processors.format_exc_info, last, foreign_pre_chain=shared)


def configure(settings: Settings, level: int = logging.INFO) -> None:
    """One handler, on standard error; warnings and crashes go through it too."""
    handler = logging.StreamHandler()
    handler.setFormatter(rendering(settings))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = crashed


def crashed(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    """What nobody caught ends the process; its last line is as clean as the others."""
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("crashed", exc_info=(kind, error, where))


def tell(ended: Ended) -> None:
    """One line for each act: what moved money or was refused is worth reading, all else is for whoever looks closely."""
    facts: dict[str, Any] = {"action": ended.name, "ms": round(ended.seconds * 1000)}
    if ended.act is not None:
        subjects = [f"{event.noun}:{event.subject}" for event in ended.act.events]
        facts |= {"actor": ended.act.actor.name, "act": ended.act.id, "subjects": subjects[:SUBJECTS]}
        facts |= {"changed": len(subjects), "moved": sum(amount for _, amount in ended.act.moved)}
    if ended.refused:
        facts["refused"] = sorted({refusal.key() for refusal in ended.refused})
    if ended.error is not None:
        facts["error"] = type(ended.error).__name__
    is_news = bool(ended.refused) or (ended.act is not None and bool(ended.act.moved))
    words = "act failed" if ended.error else "act done" if ended.act else "act refused"
    log.log(logging.INFO if is_news else logging.DEBUG, words, extra=facts)

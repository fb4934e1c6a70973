"""Logs: readable on a terminal, JSON in production, and never with a secret in them, whoever wrote the line."""

import logging
import re
import sys

import structlog

from bot.settings import Environment, Settings

SECRETS = (
    (re.compile(r"\b[0-9]{6,20}:[A-Za-z0-9_-]{30,64}"), "<token>"),
    (re.compile(r"(?<=://)([^\s:/@]+):[^\s@/]+@"), r"\1:<password>@"),
)


def redact(text: str) -> str:
    """The text without bot tokens and without passwords in addresses."""
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


class Redacting(structlog.stdlib.ProcessorFormatter):
    """Redacts the finished line, traceback and all."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def configure(settings: Settings, level: int = logging.INFO) -> None:
    """One handler, on standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if settings.environment == Environment.production:
        last: list[structlog.typing.Processor] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    else:
        last = [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = logging.StreamHandler()
    handler.setFormatter(Redacting(foreign_pre_chain=shared, processors=[meta, *last]))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("apscheduler", "aiogram.event", "aiohttp.access", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)

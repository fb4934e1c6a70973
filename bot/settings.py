"""What may be set from outside: environment variables with the prefix HOLDFAST_, or a file `.env` beside the start, or secrets:
files named like the variables, as containers (/run/secrets) and systemd (LoadCredential=) hand them in.

A wrong or missing one ends the start-up with one clear line that names it, and exit status 2.
"""

import os
import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url

from domain.action import Terms
from storage.address import parsed

PREFIX = "HOLDFAST_"
TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{30,64}")


def number_of(token: SecretStr) -> int:
    """The bot's number, which is no secret."""
    return int(token.get_secret_value().partition(":")[0])


class Environment(StrEnum):
    sandbox = "sandbox"
    """Made-up people and money; drills are allowed."""
    staging = "staging"
    """A real bot with test money; drills are allowed."""
    production = "production"
    """Real people and money."""


class Settings(BaseSettings):
    """Each field is HOLDFAST_<NAME>."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    bot_token: SecretStr | None = None
    """The token from BotFather. Needed to run; not for the demo or for commands that only touch the database."""
    courier_tokens: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Tokens of other bots that only publish, with commas between: each brings the rate of one more bot."""
    bot_api: str = "https://api.telegram.org"
    """The base address of the Bot API: Telegram's, one's own server's, or the sandbox's."""
    database_url: str = "sqlite:///holdfast.db"
    """`sqlite:///file.db` or `postgresql://user:password@host/name`, with `?pooler=transaction` where that is PgBouncer."""
    owner_database_url: str | None = None
    """The owner's address, for migrations and repairs; the same as `database_url` where it is not set."""
    redis_url: str | None = None
    """Holds only what may be lost. Without it everything works in one process."""
    admins: Annotated[frozenset[int], NoDecode] = frozenset()
    """Telegram numbers of the admins, with commas between."""
    environment: Environment = Environment.sandbox
    fee_bps: int = Field(default=1000, ge=0, le=9999)
    """The house's part of a payout in basis points: 1000 is 10%."""
    evidence_chat: int | None = None
    """A private chat to which posts are forwarded as evidence, and to be compared with what was published."""
    webhook_url: str | None = None
    """Where Telegram is to deliver updates; without it the bot polls."""
    webhook_secret: SecretStr | None = None
    webhook_host: str = "127.0.0.1"
    webhook_port: int = Field(default=8080, ge=1, le=65535)
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    """Where /metrics, /healthz and /readyz are served; not at all where it is not set."""
    digest_hour: int = Field(default=6, ge=0, le=23)
    """From which hour of the day, in UTC, the admins are told of the day before."""
    answer_hours: int = Field(default=24, ge=1, le=168)
    """How long a publisher has to answer."""
    maturity_days: int = Field(default=21, ge=0, le=365)
    """How long a payout matures before it can be withdrawn: Telegram keeps Stars for up to 21 days."""
    withdrawal_least: int = Field(default=100, ge=1)
    """The least that may be withdrawn, in Stars."""
    withdrawal_limit: int = Field(default=10_000, ge=0)
    """Above this amount, in Stars, approving a withdrawal needs a second admin in production."""
    first_withdrawal_hours: int = Field(default=24, ge=0, le=720)
    """How long a person's first withdrawal waits before it may be approved."""
    repair_minutes: int = Field(default=30, ge=5, le=1440)
    """How long a publisher has to restore a post that was changed."""
    verdict_limit: int = Field(default=10_000, ge=0)
    """Above this price, in Stars, a verdict needs a second admin in production."""

    @field_validator("admins", mode="before")
    @classmethod
    def _numbers(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        parts = [part.strip() for part in given.split(",") if part.strip()]
        if not all(re.fullmatch(r"[0-9]{1,15}", part) for part in parts):
            raise ValueError("numbers with commas between, like 1234567,7654321")
        return frozenset(int(part) for part in parts)

    @field_validator(
        "bot_token",
        "webhook_secret",
        "owner_database_url",
        "redis_url",
        "webhook_url",
        "evidence_chat",
        "metrics_port",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, given: Any) -> Any:
        return None if given == "" else given

    @field_validator("bot_token")
    @classmethod
    def _token(cls, given: SecretStr | None) -> SecretStr | None:
        if given is not None and not TOKEN.fullmatch(given.get_secret_value()):
            raise ValueError("not a bot token; it looks like 123456789:AAE… and comes from @BotFather")
        return given

    @field_validator("courier_tokens", mode="before")
    @classmethod
    def _tokens(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        return tuple(SecretStr(part.strip()) for part in given.split(",") if part.strip())

    @field_validator("courier_tokens")
    @classmethod
    def _couriers(cls, given: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not all(TOKEN.fullmatch(token.get_secret_value()) for token in given):
            raise ValueError("bot tokens with commas between; one of them looks like 123456789:AAE…")
        return given

    @field_validator("bot_api")
    @classmethod
    def _address(cls, given: str) -> str:
        if not re.fullmatch(r"https?://[^\s/]+(/[^\s]*)?", given):
            raise ValueError("an address like https://api.telegram.org")
        return given.rstrip("/")

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _database(cls, given: str | None) -> str | None:
        if given is None:
            return None
        try:
            backend = make_url(given).get_backend_name()
        except Exception:
            raise ValueError("an address like sqlite:///holdfast.db or postgresql://user@host/name") from None
        if backend not in ("sqlite", "postgresql", "postgres"):
            raise ValueError("only sqlite and postgresql are supported")
        parsed(given)
        return given

    @model_validator(mode="after")
    def _together(self) -> "Settings":
        bots = [number_of(token) for token in (self.bot_token, *self.courier_tokens) if token]
        if len(set(bots)) < len(bots):
            raise ValueError("COURIER_TOKENS names a bot twice, or the main bot")
        if self.webhook_url and not self.webhook_secret:
            raise ValueError("WEBHOOK_SECRET is needed with WEBHOOK_URL")
        if self.environment == Environment.production and len(self.admins) < 2:
            raise ValueError("ADMINS needs at least two numbers in production")
        return self

    @property
    def terms(self) -> Terms:
        """The numbers of the house."""
        return Terms(
            fee_bps=self.fee_bps,
            answer=timedelta(hours=self.answer_hours),
            digest_hour=self.digest_hour,
            repair=timedelta(minutes=self.repair_minutes),
            countersign=self.environment == Environment.production,
            maturity=timedelta(days=self.maturity_days),
            verdict_limit=self.verdict_limit,
            withdrawal_least=self.withdrawal_least,
            withdrawal_limit=self.withdrawal_limit,
            first_withdrawal=timedelta(hours=self.first_withdrawal_hours),
        )

    @property
    def owner_address(self) -> str:
        return self.owner_database_url or self.database_url


def _secrets() -> list[Path]:
    """The folders of secrets there are; a variable wins over a file."""
    folders = [Path(name) for name in (os.environ.get("CREDENTIALS_DIRECTORY"), "/run/secrets") if name]
    return [folder for folder in folders if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)]


class BadSettings(Exception):
    """Says in one line which setting is wrong and how it should look."""


def load(**given: Any) -> Settings:
    """The settings from the environment (and `given`, which wins). Raises `BadSettings`; never shows a secret's value."""
    try:
        return Settings(**given | {"_secrets_dir": _secrets()})
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False)[0]
        where = PREFIX + str(first["loc"][0]).upper() if first["loc"] else "settings"
        words = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:
            words = re.sub(r"\b(WEBHOOK_\w+|ADMINS|COURIER_TOKENS)\b", rf"{PREFIX}\1", words)
        raise BadSettings(f"{where}: {words}") from None
    except UnicodeDecodeError:
        raise BadSettings(".env, or a file of a secret: is not UTF-8") from None
    except OSError as error:
        raise BadSettings(f"{error.filename or '.env'}: cannot be read ({error.strerror})") from None

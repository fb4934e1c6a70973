"""The clock of the world. Tests, the demo and the sandbox bring their own."""

from datetime import UTC, datetime


def system_clock() -> datetime:
    return datetime.now(UTC)

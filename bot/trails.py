"""What of the audit trail somebody wants to see, as it is typed in the chat or at the shell."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from domain.errors import Refusal, Refused

AGO = re.compile(r"([0-9]{1,4})([mhd])")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class UnclearTrail(Refusal):
    """Words that say nothing of what is wanted of the audit trail."""

    words: str


@dataclass(frozen=True)
class Wanted:
    """Empty means all."""

    who: str = ""
    act: str = ""
    about: str = ""
    refused: bool = False
    since: datetime | None = None
    before: int = 0

    def older(self, event: int) -> "Wanted":
        return replace(self, before=event)

    @property
    def words(self) -> str:
        """As it is typed."""
        since = self.since.strftime("%Y-%m-%dT%H:%M") if self.since else ""
        named = {"who": self.who, "act": self.act, "about": self.about, "since": since, "before": self.before or ""}
        said = [f"{name} {value}" for name, value in named.items() if value]
        return " ".join(said + (["refused"] if self.refused else []))


def read(words: str, now: datetime) -> Wanted:
    """`who 7 act escrow.release about placement:42 since 3d refused before 900`, any of them in any order."""
    given, named = Wanted(), words.split()
    while left := named:
        match named:
            case ["refused", *named]:
                given = replace(given, refused=True)
            case ["who", who, *named]:
                given = replace(given, who=actor(who))
            case ["act", act, *named]:
                given = replace(given, act=act)
            case ["about", about, *named] if ":" in about:
                given = replace(given, about=about)
            case ["since", since, *named]:
                given = replace(given, since=moment(since, now))
            case ["before", number, *named] if re.fullmatch("[0-9]{1,15}", number):
                given = replace(given, before=int(number))
            case _:
                raise Refused(UnclearTrail(" ".join(left)))
    return given


def actor(words: str) -> str:
    """`7` is user:7, `shell` is system:shell."""
    return words if ":" in words else f"user:{words}" if words.isdecimal() else f"system:{words}"


def moment(words: str, now: datetime) -> datetime:
    """`2026-03-01`, `2026-03-01T12:30` (in UTC), or how long ago: `30m`, `12h`, `3d`."""
    if ago := AGO.fullmatch(words):
        return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        at = datetime.fromisoformat(words)
    except ValueError:
        raise Refused(UnclearTrail(words)) from None
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)

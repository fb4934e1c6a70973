"""Why an answer about a placement is refused, whoever gives it."""

from dataclasses import dataclass

from domain.errors import Refusal


@dataclass(frozen=True)
class AnswerTooLate(Refusal):
    """The time to answer is over."""


@dataclass(frozen=True)
class Changed(Refusal):
    """The placement is no longer what the button was about."""


@dataclass(frozen=True)
class ChannelBlocked(Refusal):
    """The channel takes no new placements; what was approved before runs on."""

    channel: str

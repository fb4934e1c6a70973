"""A channel's other posts: what is just being sent there may be any message that nobody knows yet."""

from dataclasses import dataclass

from domain.errors import Refusal


@dataclass(frozen=True)
class BeingSent(Refusal):
    """Another post is being sent in this channel, and the message may be that one: its worker is about to say so."""

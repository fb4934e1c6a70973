"""What the buttons of a dispute carry."""

from enum import StrEnum

from bot.buttons.carried import Carried


class Contest(Carried, prefix="contest"):
    """Opens the newest dispute about a placement; where there is none, asks for the words of a new one."""

    id: int


class Plea(StrEnum):
    """What a side of a dispute may do about it; taking it back is asked twice."""

    refund = "refund"
    release = "release"
    half = "half"
    other = "other"
    judge = "judge"
    withdraw = "withdraw"
    sure = "sure"
    accept = "accept"
    appeal = "appeal"


class Argue(Carried, prefix="argue"):
    plea: Plea
    id: int


class Award(StrEnum):
    """An admin's decision about a dispute."""

    refund = "refund"
    release = "release"
    half = "half"
    other = "other"


class Bench(Carried, prefix="bench"):
    """`appealed`: it is the decision on appeal."""

    award: Award
    id: int
    appealed: bool = False

"""What everybody's buttons carry: where to go, and what is done about one's own orders, channels, placements and money."""

from enum import StrEnum

from bot.buttons.carried import Carried
from domain.reports import Thing


class To(StrEnum):
    """The screens that a button can open."""

    menu = "menu"
    wallet = "wallet"
    withdraw = "withdraw"
    withdrawals = "withdrawals"
    deposit = "deposit"
    amount = "amount"
    catalogue = "catalogue"
    new = "new"
    campaigns = "campaigns"
    requests = "requests"
    channels = "channels"
    add_channel = "add-channel"
    settings = "settings"
    help = "help"
    board = "board"
    status = "status"
    books = "books"
    countersigns = "countersigns"
    review = "review"
    desk = "desk"
    overdue = "overdue"
    tickets = "tickets"
    proposals = "proposals"
    reports = "reports"
    closed = "closed-tickets"
    to_pay = "to-pay"
    ended = "ended-withdrawals"
    disputes = "disputes"
    lookup = "find"
    audit = "audit"
    staff = "staff"
    launch = "launch"


class Go(Carried, prefix="go"):
    """Opens a screen, at a page."""

    to: To
    page: int = 0


class Pay(Carried, prefix="pay"):
    """Asks for an invoice of so many Stars."""

    amount: int


class Look(Carried, prefix="look"):
    """Opens one line of a list."""

    at: To
    id: int
    page: int = 0


class Book(Carried, prefix="book"):
    """Begins an order for this channel."""

    channel: int


class Verb(StrEnum):
    """What a publisher's answer may be, and the steps to it."""

    approve = "approve"
    decline = "decline"
    reason = "reason"
    write = "write"
    back = "back"
    time = "time"
    price = "price"


class Answer(Carried, prefix="answer"):
    """A publisher's answer about a placement, in the version that was shown."""

    verb: Verb
    id: int
    version: int
    reason: str = ""


class Reply(StrEnum):
    """What an advertiser may answer a proposal."""

    accept = "accept"
    decline = "decline"


class Bargain(Carried, prefix="bargain"):
    """`id` is the proposal's, so that an old button answers no other one."""

    reply: Reply
    id: int


class Step(StrEnum):
    """What an advertiser may do about a booked placement."""

    cancel = "cancel"
    sure = "sure"
    pause = "pause"
    resume = "resume"
    late = "late"


class Deal(Carried, prefix="deal"):
    step: Step
    id: int


class Change(StrEnum):
    """What a publisher may do about a channel."""

    offer = "offer"
    pause = "pause"
    resume = "resume"


class Mine(Carried, prefix="mine"):
    change: Change
    id: int


class Run(StrEnum):
    """What a publisher may do about the bot that publishes in a channel; taking it back is asked twice."""

    ask = "ask"
    check = "check"
    back = "back"
    sure = "sure"


class Courier(Carried, prefix="courier"):
    """`bot`: the courier that was shown, by its number."""

    run: Run
    id: int
    bot: int = 0


class Flag(Carried, prefix="flag"):
    """Reports a thing; without a reason it is asked for. `id` is a channel's, else a placement's."""

    thing: Thing
    id: int
    reason: str = ""


class Recall(StrEnum):
    """Taking one's own withdrawal back is asked twice."""

    cancel = "cancel"
    sure = "sure"


class TakeBack(Carried, prefix="takeback"):
    step: Recall
    id: int

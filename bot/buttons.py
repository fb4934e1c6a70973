"""The buttons that outlive a restart. What a button carries is forgeable and may be old: whoever handles it loads the thing
anew, and the action refuses what is not the presser's, or not that version any more. At most 64 bytes each.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.texts import Text
from domain.action import Switch
from domain.finds import Kind
from domain.reports import Thing

PAGE = 8
"""The most lines of a page."""


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


class Go(CallbackData, prefix="go"):
    """Opens a screen, at a page."""

    to: To
    page: int = 0


class Open(CallbackData, prefix="open"):
    """Opens a screen as a message of its own, under a message that is to stay."""

    to: To


class Pay(CallbackData, prefix="pay"):
    """Asks for an invoice of so many Stars."""

    amount: int


class Look(CallbackData, prefix="look"):
    """Opens one line of a list."""

    at: To
    id: int
    page: int = 0


class Book(CallbackData, prefix="book"):
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


class Answer(CallbackData, prefix="answer"):
    """A publisher's answer about a placement, in the version that was shown."""

    verb: Verb
    id: int
    version: int
    reason: str = ""


class Reply(StrEnum):
    """What an advertiser may answer a proposal."""

    accept = "accept"
    decline = "decline"


class Bargain(CallbackData, prefix="bargain"):
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


class Deal(CallbackData, prefix="deal"):
    step: Step
    id: int


class Change(StrEnum):
    """What a publisher may do about a channel."""

    offer = "offer"
    pause = "pause"
    resume = "resume"


class Mine(CallbackData, prefix="mine"):
    change: Change
    id: int


class Ruling(StrEnum):
    """An admin's verdict about an uncertain job, or one that can no longer be seen; or the end of a failed one's review."""

    found = "found"
    absent = "absent"
    served = "served"
    gone = "gone"
    aside = "aside"


class Judge(CallbackData, prefix="judge"):
    ruling: Ruling
    id: int


class Flip(StrEnum):
    """What may be done to a switch; resuming is asked twice."""

    halt = "halt"
    resume = "resume"
    sure = "sure"
    init = "init"


class Flick(CallbackData, prefix="switch"):
    """`typed`: its reason was typed before, and waits."""

    flip: Flip
    key: Switch = Switch.payouts
    typed: bool = False


class Page(StrEnum):
    """What may be done about the books from the chat."""

    quick = "quick"
    full = "full"
    statement = "statement"
    checkpoint = "checkpoint"
    reserves = "reserves"
    adjust = "adjust"
    sure = "sure"


class Ledger(CallbackData, prefix="books"):
    """`mark`: of the very adjustment that was shown; its words wait."""

    open: Page
    page: int = 0
    mark: str = ""


class Entries(CallbackData, prefix="entries", sep="|"):
    """The entries of a wallet older than the entry `before`; 0 is the newest page."""

    wallet: str
    before: int = 0


class Pen(StrEnum):
    """What may be done about a signature of a second admin."""

    show = "show"
    sign = "sign"
    later = "later"
    act = "act"


class Signature(CallbackData, prefix="signature"):
    pen: Pen
    id: int


class Flag(CallbackData, prefix="flag"):
    """Reports a thing; without a reason it is asked for. `id` is a channel's, else a placement's."""

    thing: Thing
    id: int
    reason: str = ""


class Case(CallbackData, prefix="case"):
    """Opens the staff's card of a thing; a transfer is named by the number of one of its entries."""

    kind: Kind
    id: int


class Deed(StrEnum):
    """What an admin may do about such a thing; each asks for a reason, but for trying again, which is asked twice."""

    block = "block"
    unblock = "unblock"
    appoint = "appoint"
    dismiss = "dismiss"
    close = "close"
    uphold = "uphold"
    reject = "reject"
    retry = "retry"
    sure = "sure"


class Desk(CallbackData, prefix="desk"):
    deed: Deed
    kind: Kind
    id: int


class Recall(StrEnum):
    """Taking one's own withdrawal back is asked twice."""

    cancel = "cancel"
    sure = "sure"


class TakeBack(CallbackData, prefix="takeback"):
    step: Recall
    id: int


class Handling(StrEnum):
    """What an admin may do about a withdrawal; all but the first two ask for words."""

    approve = "approve"
    send = "send"
    reject = "reject"
    paid = "paid"
    uncertain = "uncertain"
    returned = "returned"


class Handle(CallbackData, prefix="handle"):
    deed: Handling
    id: int


class Trail(CallbackData, prefix="trail", sep="|"):
    """The audit trail: of whom, of which act, about what (`noun:subject`), refusals only, since a second, before an event."""

    who: str = ""
    act: str = ""
    about: str = ""
    refused: bool = False
    since: int = 0
    before: int = 0


class Rocket(StrEnum):
    """What may be done about a launch; rolling back is asked twice."""

    show = "show"
    run = "run"
    back = "back"
    sure = "sure"


class Launching(CallbackData, prefix="launch"):
    """`phase` by its number."""

    do: Rocket
    phase: int = 0


Row = Sequence[InlineKeyboardButton]


def button(label: str, data: CallbackData) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=label, callback_data=data.pack())


def link(label: str, url: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=label, url=url)


def keyboard(*rows: Row) -> InlineKeyboardMarkup:
    """Rows of buttons; empty ones are left out."""
    return InlineKeyboardMarkup(inline_keyboard=[list(row) for row in rows if row])


def menu(text: Text) -> Row:
    """The way back."""
    return [button(text.plain("button-menu"), Go(to=To.menu))]


def pager(text: Text, to: To, page: int, total: int) -> Row:
    """To the page before and the page after, where there are such."""
    row = []
    if page > 0:
        row.append(button(text.plain("button-before"), Go(to=to, page=page - 1)))
    if (page + 1) * PAGE < total:
        row.append(button(text.plain("button-after"), Go(to=to, page=page + 1)))
    return row


def pages(total: int) -> int:
    return max(1, -(-total // PAGE))


def rows(buttons: Iterable[InlineKeyboardButton], width: int = 1) -> list[Row]:
    """Buttons in rows of `width`."""
    every = list(buttons)
    return [every[i : i + width] for i in range(0, len(every), width)]

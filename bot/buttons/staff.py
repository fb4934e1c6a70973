"""What the staff's buttons carry: switches, verdicts, signatures, books, finds, and what is done about them."""

from enum import StrEnum

from bot.buttons.carried import Carried
from bot.buttons.people import To
from domain.action import Switch
from domain.finds import Kind


class Open(Carried, prefix="open"):
    """Opens a screen as a message of its own, under a message that is to stay."""

    to: To


class Ruling(StrEnum):
    """An admin's verdict about an uncertain job, or one that can no longer be seen; or the end of a failed one's review."""

    found = "found"
    absent = "absent"
    served = "served"
    gone = "gone"
    aside = "aside"


class Judge(Carried, prefix="judge"):
    ruling: Ruling
    id: int


class Flip(StrEnum):
    """What may be done to a switch; resuming is asked twice."""

    halt = "halt"
    resume = "resume"
    sure = "sure"
    init = "init"


class Flick(Carried, prefix="switch"):
    """`typed`: its reason was typed before, and waits. `mark`: what its screen said, where it was asked about."""

    flip: Flip
    key: Switch = Switch.payouts
    typed: bool = False
    mark: str = ""


class Page(StrEnum):
    """What may be done about the books from the chat."""

    quick = "quick"
    full = "full"
    statement = "statement"
    checkpoint = "checkpoint"
    reserves = "reserves"
    adjust = "adjust"
    sure = "sure"


class Ledger(Carried, prefix="books"):
    """`mark`: of the very adjustment that was shown; its words wait."""

    open: Page
    page: int = 0
    mark: str = ""


class Entries(Carried, prefix="entries", sep="|"):
    """The entries of a wallet older than the entry `before`; 0 is the newest page."""

    wallet: str
    before: int = 0


class Pen(StrEnum):
    """What may be done about a signature of a second admin."""

    show = "show"
    sign = "sign"
    later = "later"
    act = "act"


class Signature(Carried, prefix="signature"):
    pen: Pen
    id: int


class Case(Carried, prefix="case"):
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


class Desk(Carried, prefix="desk"):
    deed: Deed
    kind: Kind
    id: int


class Handling(StrEnum):
    """What an admin may do about a withdrawal; all but the first two ask for words."""

    approve = "approve"
    send = "send"
    reject = "reject"
    paid = "paid"
    uncertain = "uncertain"
    returned = "returned"


class Handle(Carried, prefix="handle"):
    deed: Handling
    id: int


class Trail(Carried, prefix="trail", sep="|"):
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


class Launching(Carried, prefix="launch"):
    """`phase` by its number."""

    do: Rocket
    phase: int = 0

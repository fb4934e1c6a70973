"""Buttons fit into Telegram's 64 bytes whatever they are about, and come back as they were."""

import itertools

import pytest

from bot import cards
from bot.buttons import (
    Answer,
    Bargain,
    Book,
    Change,
    Deal,
    Entries,
    Flag,
    Flick,
    Flip,
    Go,
    Handle,
    Handling,
    Ledger,
    Look,
    Mine,
    Open,
    Page,
    Pay,
    Pen,
    Recall,
    Reply,
    Signature,
    Step,
    TakeBack,
    To,
    Verb,
)
from bot.numbers import LARGEST
from domain.action import Switch
from domain.money import MOST
from domain.reports import Thing

BIG = LARGEST
EVERY = [
    *(Go(to=to, page=BIG) for to in To),
    *(Open(to=to) for to in To),
    *(Look(at=to, id=BIG, page=BIG) for to in (To.campaigns, To.requests, To.channels, To.catalogue)),
    *(Answer(verb=verb, id=BIG, version=BIG) for verb in Verb),
    *(Answer(verb=Verb.reason, id=BIG, version=BIG, reason=reason) for reason in cards.REASONS),
    *(Flag(thing=thing, id=BIG, reason="prohibited") for thing in Thing),
    *(Bargain(reply=reply, id=BIG) for reply in Reply),
    *(Deal(step=step, id=BIG) for step in Step),
    *(Mine(change=change, id=BIG) for change in Change),
    *(Flick(flip=flip, key=key, typed=True, mark="f" * 16) for flip, key in itertools.product(Flip, Switch)),
    *(Ledger(open=page, page=BIG, mark="f" * 16) for page in Page),
    *(Entries(wallet=f"{kind}:{10**15}:XTR", before=BIG) for kind in ("user", "withdrawal")),
    *(Signature(pen=pen, id=BIG) for pen in Pen),
    *(Handle(deed=deed, id=BIG) for deed in Handling),
    *(TakeBack(step=step, id=BIG) for step in Recall),
    Pay(amount=MOST),
    Book(channel=BIG),
]


@pytest.mark.parametrize("button", EVERY, ids=lambda button: button.pack())
def test_a_button_fits_and_comes_back(button: Go) -> None:
    assert len(button.pack().encode()) <= 64
    assert type(button).unpack(button.pack()) == button


@pytest.mark.parametrize("button", EVERY, ids=lambda button: button.pack())
def test_a_number_that_nothing_has_makes_it_no_button(button: Go) -> None:
    for number in (BIG + 1, 2**63, -BIG - 1):
        forged = button.pack().replace(str(BIG), str(number))
        if forged != button.pack():
            with pytest.raises(ValueError, match="nothing has"):
                type(button).unpack(forged)

"""Whatever takes two admins can be read on a card, and done from what was stored, as it would be done at first hand."""

import inspect
import json
from typing import Any

import pytest

from bot import signed
from bot.texts import Texts
from domain.action import ACTIONS
from domain.countersigns import Countersign
from domain.users import LANGUAGES
from tests.conftest import NOON

STORED: dict[str, dict[str, Any]] = {
    "kill_switches.resume": {
        "keys": ["money_movement", "payouts"],
        "reason": "A <b>",
        "limit": {"max_amount": 500, "max_open": None},
        "epoch": 7004,
    },
    "launch.resume": {"run": 7002, "step": "A <b>", "keys": ["money_movement"]},
    "books.adjust": {
        "key": "t-1",
        "source": "fees:XTR",
        "destination": "user:7:XTR",
        "amount": 5000,
        "evidence": "A <b>" + "long " * 400,
    },
    "post_jobs.verdict": {"job_id": 7001, "to": "success", "evidence": "A <b>", "message_id": 8001},
    "withdrawals.approve": {"withdrawal_id": 7001, "user": 202, "amount": 20_000, "destination": "TON <b>A <b>"},
    "withdrawals.reject": {"withdrawal_id": 7001, "user": 202, "amount": 20_000, "reason": "A <b>"},
    "withdrawals.give_back": {"withdrawal_id": 7001, "user": 202, "amount": 20_000, "reason": "A <b>"},
    "disputes.judge": {"dispute_id": 7003, "stage": "judging", "share": 150, "evidence": "A <b>"},
    "books.rebuild": {"wallet": "fees:XTR", "from": 1, "to": 0, "evidence": "A <b> 'quoted'"},
    "books.repair_entry": {
        "entry": 9001,
        "wallet": "fees:XTR",
        "amount": 5,
        "lawful": None,
        "others": [9003, 9004],
        "evidence": "A <b>",
    },
    "books.repair_escrow": {"escrow": 9002, "from": "released", "evidence": "-A <b>"},
}


def asked(act: str, arguments: dict[str, Any]) -> Countersign:
    return Countersign(id=3, action=act, arguments=json.loads(json.dumps(arguments)), asked_by=9001, asked_at=NOON)


def test_the_table_knows_every_act_that_needs_a_countersign_and_no_other() -> None:
    needing = {
        facts.name
        for act, facts in ACTIONS.items()
        if "countersign" in inspect.signature(act).parameters or "countersigns.require" in inspect.getsource(act)
    }
    assert needing == set(signed.DEEDS) == set(STORED)


@pytest.mark.parametrize("act", STORED)
def test_what_is_read_fits_the_act(act: str) -> None:
    """What runs from the chat takes what was read, and nothing is missing."""
    known = signed.read(asked(act, STORED[act]))
    assert known is not None
    deed, given = known
    if deed.shell is None:
        wanted = set(inspect.signature(deed.action).parameters) - {"act", "countersign"}
        assert set(given) == wanted


@pytest.mark.parametrize("act", STORED)
def test_what_is_not_exactly_as_stored_is_not_read(act: str) -> None:
    for name in STORED[act]:
        for wrong in (None, True, 1.0, ["x"], {"x": 1}, "no such word" if name in ("to", "keys", "stage") else b""):
            if wrong is None and name in ("message_id", "limit", "lawful", "epoch"):
                continue
            changed = Countersign(id=3, action=act, arguments=STORED[act] | {name: wrong})
            assert signed.read(changed) is None, (name, wrong)
        assert signed.read(asked(act, {k: v for k, v in STORED[act].items() if k != name})) is None
    assert signed.read(asked(act, STORED[act] | {"more": 1})) is None
    assert signed.read(asked("users.meet", STORED[act])) is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("act", STORED)
def test_a_card_says_everything_that_is_signed(act: str, language: str) -> None:
    text = Texts().bind(language)
    words = text.flat(signed.words(text, asked(act, STORED[act])))
    assert "A <b>" in words
    assert len(words) < 2000
    for fact in STORED[act].values():
        if isinstance(fact, str) and len(fact) < 30 and fact not in ("success", "judging"):
            assert fact in words
    digits = [str(fact) for fact in STORED[act].values() if isinstance(fact, int)]
    assert [number for number in digits if number not in words.replace(",", "").replace("\xa0", "")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_tells_a_limit_that_stays_from_no_limit(language: str) -> None:
    text = Texts().bind(language)
    cards = {
        text.flat(signed.words(text, asked("kill_switches.resume", STORED["kill_switches.resume"] | {"limit": limit})))
        for limit in (None, {"max_amount": None, "max_open": None}, {"max_amount": 5, "max_open": 6})
    }
    assert len(cards) == 3


def test_an_act_that_is_not_in_the_table_is_shown_as_it_was_stored() -> None:
    text = Texts().bind("en")
    assert '{"who": "A <b>"}' in text.flat(signed.words(text, asked("users.meet", {"who": "A <b>"})))


def test_the_command_for_the_shell_can_be_typed_as_it_stands() -> None:
    line = signed.command(asked("books.rebuild", STORED["books.rebuild"]))
    assert line is not None
    assert line.startswith("holdfast books rebuild fees:XTR '--evidence=A <b>")
    assert line.endswith("--countersign 3 --as 9001")
    escrow = signed.command(asked("books.repair_escrow", STORED["books.repair_escrow"]))
    assert escrow == "holdfast books repair escrow:9002 '--evidence=-A <b>' --countersign 3 --as 9001"
    assert signed.command(asked("books.adjust", STORED["books.adjust"])) is None

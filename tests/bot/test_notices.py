"""Every kind of notice becomes a sentence in both languages."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from bot import cards, notices
from bot.texts import Texts
from domain.checks import Verdict
from domain.disputes import Step
from domain.notices import Notice
from domain.placements import Placement
from domain.post_jobs import Failure
from domain.post_jobs import Status as JobStatus
from domain.users import LANGUAGES
from tests.conftest import NOON

ARGS: dict[str, dict[str, Any]] = {
    "approved": {"channel": "A <b>", "at": None},
    "failed": {"channel": "A <b>", "reason": "declined", "note": "topic"},
    "changed": {"channel": "A <b>", "until": "2026-03-02T12:00:00+00:00"},
    "restored": {"channel": "A <b>"},
    "removed": {"channel": "A <b>"},
    "rights-missing": {"channel": "A <b>", "until": "2026-03-02T12:00:00+00:00"},
    "courier-missing": {"channel": "A <b>", "until": "2026-03-02T12:00:00+00:00"},
    "not-pinned": {"channel": "A <b>"},
    "shortened": {"channel": "A <b>", "share": 83, "rebate": 317, "minutes": 300, "hours": 24},
    "paid": {"channel": "A <b>", "amount": 400, "payout": 75, "fee": 8, "rebate": 317},
    "served": {"channel": "A <b>", "amount": 400, "payout": 360, "fee": 40, "rebate": 0},
    "refunded": {"channel": "A <b>", "amount": 400},
    "completed": {"served": 2, "refunded": 1, "spent": 800, "back": 400},
    "deposit-credited": {"amount": 400},
    "ticket": {"from": 7, "name": "A <b>", "text": "help"},
    "ticket-closed": {
        "evidence": "A <b>",
        "wallet": "user:7:XTR",
        "balance": 400,
        "entries": 400,
        "many": 3,
        "newest": 9,
    },
    "blocked": {"blocked": True},
    "channel-blocked": {"channel": "A <b>", "blocked": True},
    "retried": {"channel": "A <b>", "price": 400, "old": 3},
    "charged-back": {"amount": 400},
    "taken-back": {"user": 7, "amount": 400},
    "loss": {"user": 7, "amount": 400, "lost": 300, "escrows": 200, "withdrawals": 100},
    "uncertain": {"channel": "A <b>"},
    "unseen": {"channel": "A <b>"},
    "withdrawal": {"user": 7, "name": "A <b>", "amount": 400},
    "withdrawal-approved": {"amount": 400},
    "withdrawal-paid": {"amount": 400, "reference": "A <b>"},
    "withdrawal-uncertain": {"amount": 400},
    "withdrawal-back": {"amount": 400, "how": "rejected", "note": "A <b>"},
    "unclear": {"channel": "A <b>", "note": "x < y"},
    "contested": {"channel": "A <b>", "link": "https://t.me/a/1", "other": 2},
    "turned-up": {"channel": "A <b>", "link": "https://t.me/a/1"},
    "stays-up": {"channel": "A <b>", "link": "https://t.me/a/1"},
    "countersign": {},
    "rollback": {"criterion": "stuck", "many": 2, "who": ["A <b>", "8"], "halted": ["payouts"]},
    "digest": {
        "day": "2026-03-01",
        "bookings": 2,
        "booked": 800,
        "published": 21,
        "failed": 1,
        "payouts": 5,
        "paid": 1800,
    }
    | {"refunds": 3, "refunded": 900, "fees": 200, "deposits": 2, "deposited": 5000, "refusals": 4, "held": 6}
    | {"held_amount": 2400, "uncertain": 1, "review": 2, "halted": ["A <b>"], "offences": 0}
    | {"checked": "2026-03-02T12:00:00+00:00", "owed": 7000, "cover": -5},
    "proposal-over": {"channel": "A <b>", "outcome": "declined", "until": "2026-03-02T12:00:00+00:00"},
    "agreed": {"channel": "A <b>", "kind": "price", "at": None, "price": 450},
    "report": {"thing": "channel", "about": 1, "reason": "fraud", "words": "A <b>", "name": "A <b>"},
    "report-ended": {"upheld": True, "finding": "A <b>"},
    "countersigned": {},
    "channel-lost": {"channel": "A <b>"},
    "courier-lost": {"channel": "A <b>"},
    "channel-back": {"channel": "A <b>"},
    "overdue": {"channel": "A <b>", "price": 400},
    "stars-differ": {"user": 7, "amount": 400, "payer": 8, "paid": 300},
    "stars-missing": {"user": 7, "amount": 400},
    "dispute": {"channel": "A <b>", "step": "opened", "side": "advertiser", "share": 0, "price": 400}
    | {"words": "A <b>", "until": "2026-03-04T12:00:00+00:00"},
    "dispute-judge": {"channel": "A <b>", "price": 400, "appeal": False},
}
TEXTS = Texts()


def said(kind: str, language: str, args: dict[str, Any]) -> str:
    return notices.render(TEXTS.bind(language), Notice(id=1, user_id=7, kind=kind, about=1, args=args), None)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [kind for kind in notices.KINDS if kind not in notices.CARDS])
def test_a_notice_is_rendered_and_escaped(kind: str, language: str) -> None:
    words = said(kind, language, ARGS[kind])
    assert words
    assert "A <b>" not in words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("many", [0, 1, 2, 5, 21])
def test_a_digest_says_every_number_and_leaves_nothing_half_said(many: int, language: str) -> None:
    quiet = ARGS["digest"] | {name: many for name, fact in ARGS["digest"].items() if isinstance(fact, int)}
    shown = said("digest", language, quiet | {"halted": [], "checked": None, "owed": None, "cover": None})
    assert "None" not in shown
    assert "none" not in shown
    assert "2026" in shown
    assert {"en": "ENABLED", "ru": "Все выключатели ENABLED"}[language] in shown
    assert [line for line in shown.splitlines() if line != line.rstrip()] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("failure", Failure)
def test_only_a_publishers_own_words_are_passed_on(failure: Failure, language: str) -> None:
    words = said("failed", language, {"channel": "A", "reason": failure, "note": "Bad Request: chat not found"})
    assert ("Bad Request" in words) == (failure == Failure.declined)


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_what_was_paid_in_part_speaks_of_a_rest(language: str) -> None:
    for kind in ("paid", "served"):
        parts = {"channel": "A", "amount": 400, "payout": 75, "fee": 8}
        assert "317" in said(kind, language, parts | {"rebate": 317})
        assert said(kind, language, parts | {"rebate": 0}) == said(
            kind, language, parts
        )  # owed before there were parts


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_of_a_dispute_is_told_in_its_own_words(language: str) -> None:
    told = {step: said("dispute", language, ARGS["dispute"] | {"step": str(step), "share": 123}) for step in Step}
    assert len(set(told.values())) == len(Step)
    for step in (Step.proposed, Step.settled, Step.decided, Step.final):
        assert "123" in told[step]


def placement(**facts: Any) -> Placement:
    """A published one, as it stands at NOON."""
    rest: dict[str, Any] = dict.fromkeys(field.name for field in fields(Placement))
    rest |= {"id": 1, "channel": "A <b>", "username": "a", "chat_id": -1001, "price": 400, "fee_bps": 1000, "hours": 24}
    return Placement(**rest | {"job": JobStatus.success, "message_id": 7, "published_at": NOON} | facts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card_of_a_published_post_says_until_when_it_must_stay_if_it_must(language: str) -> None:
    text = TEXTS.bind(language)
    until, later = NOON + timedelta(hours=24, minutes=37), NOON + timedelta(minutes=80)
    card = cards.posted(text, placement(confirm_at=until), [(Verdict.up, NOON + timedelta(minutes=7))], later)
    for words in (text.moment(until), "12:07", "https://t.me/a/7", text.plain("duration", hours=1, minutes=20)):
        assert words in card
    assert "A <b>" not in card
    bare = cards.posted(text, placement(hours=0, served_at=NOON), [], later)
    assert "2026" not in bare

"""Every kind of notice becomes a sentence in both languages."""

from typing import Any

import pytest

from bot import cards, notices
from bot.texts import Texts
from domain.notices import Notice
from domain.post_jobs import Failure
from domain.users import LANGUAGES

ARGS: dict[str, dict[str, Any]] = {
    "approved": {"channel": "A <b>", "at": None},
    "published": {"channel": "A <b>", "link": "https://t.me/a/1", "until": "2026-03-02T12:00:00+00:00"},
    "failed": {"channel": "A <b>", "reason": "declined", "note": "topic"},
    "removed": {"channel": "A <b>"},
    "rights-missing": {"channel": "A <b>", "until": "2026-03-02T12:00:00+00:00"},
    "not-pinned": {"channel": "A <b>"},
    "paid": {"channel": "A <b>", "amount": 400, "payout": 360, "fee": 40},
    "served": {"channel": "A <b>", "amount": 400, "payout": 360, "fee": 40},
    "refunded": {"channel": "A <b>", "amount": 400},
    "completed": {"served": 2, "refunded": 1, "spent": 800, "back": 400},
    "deposit-credited": {"amount": 400},
    "report": {"from": 7, "name": "A <b>", "text": "help"},
    "taken-back": {"user": 7, "amount": 400},
    "countersign": {},
    "countersigned": {},
    "channel-lost": {"channel": "A <b>"},
    "channel-back": {"channel": "A <b>"},
    "overdue": {"channel": "A <b>", "price": 400},
    "stars-differ": {"user": 7, "amount": 400, "payer": 8, "paid": 300},
    "stars-missing": {"user": 7, "amount": 400},
}
TEXTS = Texts()


def said(kind: str, language: str, args: dict[str, Any]) -> str:
    return notices.render(TEXTS.bind(language), Notice(id=1, user_id=7, kind=kind, about=1, args=args), None)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [kind for kind in notices.KINDS if kind not in (*cards.KINDS, "late")])
def test_a_notice_is_rendered_and_escaped(kind: str, language: str) -> None:
    words = said(kind, language, ARGS[kind])
    assert words
    assert "A <b>" not in words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("failure", Failure)
def test_only_a_publishers_own_words_are_passed_on(failure: Failure, language: str) -> None:
    words = said("failed", language, {"channel": "A", "reason": failure, "note": "Bad Request: chat not found"})
    assert ("Bad Request" in words) == (failure == Failure.declined)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_post_without_a_minimum_time_says_so(language: str) -> None:
    bare = said("published", language, {"channel": "A", "link": "https://t.me/a/1", "until": None})
    assert "2026" not in bare
    assert "2026" in said("published", language, ARGS["published"])

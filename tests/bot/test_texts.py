"""Texts: escaped in one place, plural in both languages, moments in the reader's zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.texts import MOST_FACT, MOST_MESSAGE, Safe, Text, TextMissing, Texts, cut, length, within
from domain.channels import MissingRights
from domain.escrow import NotEnoughMoney

TEXTS = Texts()


def text(language: str = "en", zone: str = "UTC") -> Text:
    return TEXTS.bind(language, ZoneInfo(zone))


def test_what_people_wrote_is_escaped_and_our_own_markup_is_not() -> None:
    said = text()("notice-ticket", name="<b>A</b>", text='"&"', **{"from": "7", "id": "3"})
    assert "<b>Ticket 3</b> from &lt;b&gt;A&lt;/b&gt; (7):\n&quot;&amp;&quot;" in said
    assert "<i>x</i>" in text()("report-done", id="3") + Safe("<i>x</i>")
    assert text()("channel-card", title="t", state=Safe("<i>s</i>"), subscribers="1", counted="").count("<i>s</i>") == 1


@pytest.mark.parametrize("turn", [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))])
def test_what_people_wrote_turns_nothing_around(turn: str) -> None:
    said = text()("notice-ticket", name=f"An{turn}n", text=f"{turn}why", **{"from": "7", "id": "3"})
    assert "<b>Ticket 3</b> from Ann (7):\nwhy" in said
    assert text().plain("channel-line", mark="✅", title=f"{turn}Ann") == "✅ Ann"
    assert text().plain("channel-line", mark="✅", title="דנה 👩\u200d🚀") == "✅ דנה 👩\u200d🚀"


def test_labels_are_not_escaped_since_they_know_no_markup() -> None:
    assert text().plain("channel-line", mark="✅", title="A & <B>") == "✅ A & <B>"


def test_an_alert_has_no_markup_and_no_entities() -> None:
    said = text().refusal(NotEnoughMoney(needed=400, available=300))
    assert "<b>" in said
    assert "<" not in Text.flat(said)
    assert Text.flat(Safe("<b>a</b> &lt; b")) == "a < b"


@pytest.mark.parametrize(
    ("hours", "words"),
    [(1, "1 час"), (2, "2 часа"), (5, "5 часов"), (21, "21 час"), (24, "24 часа"), (111, "111 часов")],
)
def test_russian_counts_by_its_own_rules(hours: int, words: str) -> None:
    assert text("ru")("stay", hours=hours) == words


@pytest.mark.parametrize(
    ("language", "zone", "words"),
    [
        ("en", "UTC", "2 March 2026, 12:30 (UTC)"),
        ("en", "Europe/Moscow", "2 March 2026, 15:30 (Europe/Moscow)"),
        ("ru", "Asia/Tokyo", "2 марта 2026, 21:30 (Asia/Tokyo)"),
    ],
)
def test_a_moment_is_printed_in_the_readers_zone_with_its_name(language: str, zone: str, words: str) -> None:
    assert text(language, zone).moment(datetime(2026, 3, 2, 12, 30, tzinfo=UTC)) == words


def test_rights_are_named_in_words() -> None:
    refusal = MissingRights("Tea", ("can_post_messages", "can_edit_messages"))
    assert "the right to post messages, edit messages" in text().refusal(refusal)
    assert "публиковать сообщения, изменять сообщения" in text("ru").refusal(refusal)


def test_a_missing_key_and_a_missing_fact_raise() -> None:
    with pytest.raises(TextMissing):
        text()("no-such-key")
    with pytest.raises(TextMissing):
        text()("stay")


def test_what_is_too_long_in_a_sentence_is_cut_and_what_is_not_is_whole() -> None:
    words = "&" * (MOST_FACT + 1)
    said = text()("board-since", at="now", actor="user:7", reason=words)
    assert "&amp;" * (MOST_FACT - 1) + "…" in said
    assert cut(words[1:]) == words[1:]
    assert len(cut(words)) == MOST_FACT
    assert words in Text.flat(text()("board-since", at="now", actor="user:7", reason=Text.whole(words)))


@pytest.mark.parametrize(
    "html",
    [
        "<b>" + "x" * 5000 + "</b>",
        "<b>one</b> " + '<a href="https://t.me/x?a=1&amp;b=2"><i>' + "&quot;&#x27;" * 3000 + "</i></a> tail",
        "😀" * 3000,
        "<code>x</code>\n" * 3000,
    ],
)
def test_a_message_is_kept_within_what_telegram_takes_and_its_tags_are_closed(html: str) -> None:
    kept = within(html)
    assert MOST_MESSAGE - 2 <= length(kept) <= MOST_MESSAGE
    assert "…" in kept
    for tag in ("b", "i", "a", "code"):
        assert kept.count(f"<{tag}>") + kept.count(f"<{tag} ") == kept.count(f"</{tag}>")
    assert within(kept) == kept


@pytest.mark.parametrize("html", ["", "x" * 4096, "<b>" + "&quot;" * 4096 + "</b>", "😀" * 2048])
def test_a_message_that_telegram_takes_is_left_alone(html: str) -> None:
    assert within(html) == html

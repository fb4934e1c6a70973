"""Both parse modes by tables: what they make of a text, and how they complain."""

from typing import Any

import pytest

from bot.sandbox.entities import Formatted, given, to_html
from bot.sandbox.errors import Refusal
from bot.sandbox.html_mode import parse
from bot.sandbox.markdown_mode import parse as parse_markdown


def entity(kind: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length} | more


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain &lt;&amp;&gt; &quot;&#128512;&#x41; &nbsp;", 'plain <&> "😀A &nbsp;', []),
        ("😀<b>bold</b>", "😀bold", [entity("bold", 2, 4)]),
        ("<B>x</B><em>y</em><ins>z</ins><del>w</del>", "xyzw", [entity(k, n, 1) for n, k in enumerate(
            ["bold", "italic", "underline", "strikethrough"])]),
        ("<b>a<i>b</i></b>", "ab", [entity("bold", 0, 2), entity("italic", 1, 1)]),
        ("<b>a<i>b</></>", "ab", [entity("bold", 0, 2), entity("italic", 1, 1)]),
        ('<a href="https://e.com/?a=1&amp;b=2">x</a>', "x", [entity("text_link", 0, 1, url="https://e.com/?a=1&b=2")]),
        ('<a href="https://e.com/>">x</a>', "x", [entity("text_link", 0, 1, url="https://e.com/>")]),
        ('<span class="tg-spoiler">x</span><tg-spoiler>y</tg-spoiler>', "xy", [entity("spoiler", 0, 1), entity("spoiler", 1, 1)]),
        ('<pre><code class="language-sql">SELECT</code></pre>', "SELECT", [entity("pre", 0, 6, language="sql")]),
        ("<blockquote expandable>q</blockquote>", "q", [entity("expandable_blockquote", 0, 1)]),
        ("<b></b>x", "x", []),
    ],
)  # fmt: skip
def test_html_is_parsed_to_entities_in_utf16_units(source: str, text: str, entities: list[Any]) -> None:
    assert parse(source) == Formatted(text, entities)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("я<x>y</x>", 'Unsupported start tag "x" at byte offset 2'),
        ("a < b", "Unclosed start tag at byte offset 2"),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ('<span class="x">y</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_html_is_refused_in_the_words_of_telegram(source: str, complaint: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {complaint}"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*b* _i_ __u__ ~s~ ||x||", "b i u s x", [entity(k, 2 * n, 1) for n, k in enumerate(
            ["bold", "italic", "underline", "strikethrough", "spoiler"])]),
        (r"1\.5 \*", "1.5 *", []),
        ("[x](https://e.com/\\))", "x", [entity("text_link", 0, 1, url="https://e.com/)")]),
        ("`a*b`", "a*b", [entity("code", 0, 3)]),
        ("```sql\nSELECT```", "SELECT", [entity("pre", 0, 6, language="sql")]),
    ],
)  # fmt: skip
def test_markdown_is_parsed_to_entities(source: str, text: str, entities: list[Any]) -> None:
    assert parse_markdown(source) == Formatted(text, entities)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("1.5", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("*x", "Can't find end of Bold entity at byte offset 0"),
        ("я `x", "Can't find end of Code entity at byte offset 3"),
    ],
)
def test_markdown_is_refused_in_the_words_of_telegram(source: str, complaint: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_markdown(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {complaint}"


@pytest.mark.parametrize(
    "source",
    [
        "<b>a<i>b</i></b> &lt;",
        '<a href="https://e.com/">😀</a>x',
        "<code>x</code><pre>y</pre>",
        "<blockquote expandable>q</blockquote>",
    ],
)
def test_entities_are_shown_as_the_html_they_came_from(source: str) -> None:
    formatted = parse(source)
    assert to_html(formatted.text, formatted.entities) == source


def test_trimming_moves_entities_with_their_text() -> None:
    assert parse("  <b>x </b> ").trimmed() == Formatted("x", [entity("bold", 0, 1)])


def test_listed_entities_outside_of_the_text_are_dropped() -> None:
    assert given("ab", [entity("bold", 5, 1), entity("bold", 0, 1)]).entities == [entity("bold", 0, 1)]


@pytest.mark.parametrize(
    "entities", ["no", ["no"], [{"type": "bold"}], [{"type": "text_link", "offset": 0, "length": 1}]]
)
def test_misshapen_entities_are_refused(entities: Any) -> None:
    with pytest.raises(Refusal):
        given("text", entities)


def test_commands_links_mentions_and_tags_are_found_but_not_inside_of_code() -> None:
    found = Formatted("/start #tag me@e.org see.me https://x.io/a.").with_found().entities
    kinds = [e["type"] for e in found]
    assert kinds == ["bot_command", "hashtag", "email", "url", "url"]
    assert Formatted("/start", [entity("code", 0, 6)]).with_found().entities == [entity("code", 0, 6)]

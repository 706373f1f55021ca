"""What somebody wrote can do nothing on a page."""

import re

import pytest

from plugins.messages.store.placeholders import filled, names_in
from plugins.messages.store.safe_text import as_html

TAG = re.compile(r"<\s*/?\s*([a-zA-Z]+)([^>]*)>")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Hello\nthere", "<p>Hello<br>\nthere</p>"),
        ("*a* and **b**", "<p><em>a</em> and <strong>b</strong></p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        ("# no title", "<p># no title</p>"),
        ("v2.md and readme.com", "<p>v2.md and readme.com</p>"),
    ],
)
def test_paragraphs_emphasis_and_lists_are_shown_and_the_rest_stays_words(
    written: str, shown: str
) -> None:
    assert as_html(written).strip() == shown


def test_a_link_tells_nobody_where_it_was_followed_from() -> None:
    shown = as_html("see https://example.org/a?b=c or [this](https://example.org)")
    assert shown.count('rel="nofollow noopener noreferrer"') == 2
    assert 'href="https://example.org/a?b=c"' in shown


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![picture](https://example.org/seen.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '<https://example.org/"onmouseover=alert(1)>',
        '[x](https://example.org "a\\" onmouseover=\\"alert(1)")',
        "<svg/onload=alert(1)>",
        "<a href=javascript:alert(1)>x</a>",
        "[x](vbscript:x) <iframe src=//example.org>",
        "**<b onclick=alert(1)>x</b>**",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(written: str) -> None:
    shown = as_html(written)
    for name, attributes in TAG.findall(shown):
        assert name in {"a", "br", "em", "li", "ol", "p", "strong", "ul"}
        assert not re.search(r"\son\w+\s*=", attributes)
        assert "javascript:" not in attributes
        assert "data:" not in attributes
        assert "src" not in attributes.partition("href")[0]


def test_a_placeholder_is_replaced_and_whatever_looks_like_code_stays() -> None:
    written = "{client}, {left} {unknown} {client.name} {{client}} {0} %(client)s"
    assert filled(written, {"client": "Анна", "left": "€1"}) == (
        "Анна, €1 {unknown} {client.name} {Анна} {0} %(client)s"
    )
    assert names_in(written) == {"client", "left", "unknown"}

"""What a template of mail can do, and what it cannot."""

import pytest

from billing_panel.mail.writing.letter_html import Frame, letter_html
from billing_panel.mail.writing.placeholders import (
    cleaned,
    fill,
    mistakes,
    plain_text,
    subject_line,
)

FRAME = Frame("Nordvik <b>", "Sofia", "Sent automatically", "en")
URL = "https://panel.example.com"


@pytest.mark.parametrize(
    "template",
    ["{{ 7*7 }}", "{% include 'x' %}", "{{ name|upper }}", "{{ name.__class__ }}", "{# x #}", "{{"],
)
def test_code_is_refused_with_what_is_allowed_and_stays_as_it_is_typed(template: str) -> None:
    (wrong,) = mistakes(template, ["name", "link"])
    assert "{{ name }}" in str(wrong)
    assert "{{ link }}" in str(wrong)
    assert fill(template, {"name": "Elena"}) == template


def test_a_place_there_is_none_of_is_named() -> None:
    (wrong,) = mistakes("Hello {{ nmae }}, {{ name }}", ["name"])
    assert "nmae" in str(wrong)


def test_what_a_value_holds_is_never_filled_again() -> None:
    values = {"name": "{{ link }}", "link": "secret"}
    assert fill("{{ name }}", values) == "{{ link }}"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x00", "\u202e"])
def test_a_subject_is_one_line(end: str) -> None:
    subject = subject_line("Order {{ name }}", cleaned({"name": f"1{end}Bcc: x@example.com"}))
    assert subject.isprintable()
    assert "\n" not in subject
    assert len(subject_line("{{ name }}", {"name": "x" * 1000})) == 200


def test_lines_and_paragraphs_whose_places_are_all_empty_are_left_out() -> None:
    template = "Hello\n\nA: {{ a }}\nB: {{ b }}\n\nC: {{ c }}\n\nBye"
    assert plain_text(template, {"a": "1", "b": "", "c": ""}) == "Hello\n\nA: 1\n\nBye"


def test_markup_in_values_and_templates_is_text() -> None:
    template = "Hello {{ name }} <script>\n\nOpen: {{ link }}\n\nA: {{ name }}\nB: {{ name }}"
    values = {"name": "<img src=x onerror=1>", "link": f"{URL}/orders/1"}
    html = letter_html("<i>", template, values, FRAME, URL)
    for markup in ("<script>", "<img", "<i>", "<b>"):
        assert markup not in html
    assert f'href="{URL}/orders/1"' in html
    assert html.count("<th") == 2


def test_only_addresses_of_the_panel_become_links() -> None:
    for address in ("https://evil.example/", "javascript:alert(1)", f"{URL}.evil.example/"):
        html = letter_html("x", "Pay: {{ link }}", {"link": address}, FRAME, URL)
        assert "href" not in html


def test_nothing_is_fetched_from_anywhere() -> None:
    html = letter_html("x", "Open: {{ link }}", {"link": f"{URL}/"}, FRAME, URL)
    for fetching in ("src=", "url(", "<link", "@import", "http-equiv"):
        assert fetching not in html
    # on the elements, for programs that read no style sheet; what turns dark stays in one
    assert '<body style="' in html
    assert "prefers-color-scheme: dark" in html

"""A letter as HTML, made from the same template as its plain text, inside one frame.

Tags come from the template's lines alone and values are escaped, so no value becomes markup. It
stands by itself: no picture, no font, nothing is fetched from anywhere. Styles are written onto
their elements, for programs that read no style sheet; what turns dark stays in one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import css_inline
from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup, escape

from billing_panel.mail.writing.placeholders import fill, paragraphs

BUTTON = re.compile(r"(?P<label>.*\S)\s*:\s*\{\{[ \t]*(?P<name>[a-z][a-z0-9_]*)[ \t]*\}\}\s*")
FACT = re.compile(r"(?P<label>[^{}:]{1,48}):\s+(?P<value>\S.*)")
INLINER = css_inline.CSSInliner(
    keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False
)


@dataclass(frozen=True)
class Frame:
    """What surrounds a letter: who writes, their footer, and why it came."""

    sender: str
    footer: str
    because: str
    language: str


def letter_html(
    subject: str, template: str, values: Mapping[str, str], frame: Frame, public_url: str
) -> str:
    """The whole document. Only addresses of the panel itself become links."""
    filled = {name for name, value in values.items() if value}
    blocks = [_block(lines, values, public_url) for lines in paragraphs(template, filled)]
    page = _frame().render(
        subject=subject,
        blocks=blocks,
        frame=frame,
        footer=_broken(frame.footer),
    )
    return INLINER.inline(page)


@cache
def _frame() -> Template:
    loader = PackageLoader("templates", "mail")
    return Environment(loader=loader, autoescape=True, trim_blocks=True).get_template("frame.html")


def _block(lines: list[str], values: Mapping[str, str], public_url: str) -> Markup:
    """A paragraph: a button, facts in two columns, or lines."""
    if len(lines) == 1 and (button := _button(lines[0], values, public_url)):
        return button
    facts = [FACT.fullmatch(line.strip()) for line in lines]
    if len(lines) > 1 and all(facts):
        return _facts([fact for fact in facts if fact], values)
    said = [_button(line, values, public_url) or _filled(line, values) for line in lines]
    return Markup("<p>{}</p>").format(Markup("<br>").join(said))


def _button(line: str, values: Mapping[str, str], public_url: str) -> Markup | None:
    found = BUTTON.fullmatch(line)
    address = values.get(found["name"], "") if found else ""
    if not found or not (address == public_url or address.startswith(f"{public_url}/")):
        return None
    label = fill(found["label"], values)
    return Markup('<a class="button" href="{}">{}</a>').format(address, label)


def _facts(facts: list[re.Match[str]], values: Mapping[str, str]) -> Markup:
    rows = [
        Markup('<tr><th scope="row">{}</th><td>{}</td></tr>').format(
            fact["label"], _filled(fact["value"], values)
        )
        for fact in facts
    ]
    return Markup('<table class="facts">{}</table>').format(Markup("").join(rows))


def _filled(line: str, values: Mapping[str, str]) -> Markup:
    return _broken(fill(line, values))


def _broken(words: str) -> Markup:
    """Escaped, with its line ends kept."""
    return Markup("<br>").join(escape(line) for line in words.split("\n"))

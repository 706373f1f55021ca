"""What templates must not do, and no page of a test may happen to show."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, meta, nodes

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("templates", "plugins")
    for path in (ROOT / folder).rglob("*.html")
)
# {{ ' class="x"' if y }}: the quotes would be escaped, and the value be "x" with its quotes
ATTRIBUTE_AS_VALUE = re.compile(r"""\{\{-? *'[^'}]*="[^}]*\}\}""")


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_attribute_is_written_as_a_value(name: str) -> None:
    found = ATTRIBUTE_AS_VALUE.findall((ROOT / name).read_text("utf-8"))
    assert not found, 'write {% if y %} class="x"{% endif %}'


IMPORTED = re.compile(r'from "([^"]+)" import [^%]*?( with context)? -?%\}')
# what pages are drawn with, and no macro sees that is imported without the page's context
OF_A_PAGE = {"feet", "language", "languages", "live", "me", "news", "of_parts", "page", "seen_as"}
LOOK_AT_THE_PAGE = {"orders/claim.html", "orders/moves.html"}


def imported() -> set[tuple[str, str]]:
    """Which templates others take macros from, and ``with context`` where they do."""
    return {found for name in TEMPLATES for found in IMPORTED.findall((ROOT / name).read_text())}


def test_macros_are_made_once_but_those_that_look_at_the_page() -> None:
    """With its context Jinja makes a template's macros again for each page that names them."""
    assert {name for name, context in imported() if context} == LOOK_AT_THE_PAGE


@pytest.mark.parametrize("name", sorted({name for name, context in imported() if not context}))
def test_macros_that_are_made_once_ask_nothing_of_the_page(name: str) -> None:
    (file,) = (ROOT / path for path in TEMPLATES if path.endswith(f"templates/{name}"))
    parsing = Environment(autoescape=True)
    tree = parsing.parse(file.read_text("utf-8"))
    parsing.filters |= {one.name: str for one in tree.find_all(nodes.Filter)}
    assert not meta.find_undeclared_variables(tree) & OF_A_PAGE


PIECE = re.compile(r'(?:piece|drawing)\("([^"]+)"')
# what is the same for everybody in a language, below the path that the panel is served under
OF_EVERYBODY = {"_", "ngettext", "url_for"}


def pieces() -> set[str]:
    """The templates of what is drawn once (``web/shell/drawn_once.py``)."""
    folders = ROOT / "billing_panel", ROOT / "plugins", ROOT / "templates"
    sources = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    written = (path.read_text() for path in sources if path.suffix in {".py", ".html"})
    return {name for text in written for name in PIECE.findall(text)}


def test_there_are_pieces() -> None:
    assert "orders/row.html" in pieces()


@pytest.mark.parametrize("name", sorted(pieces()))
def test_what_is_drawn_once_is_made_of_its_value_alone(name: str) -> None:
    """Of the request it would otherwise keep what another one has: a token, a person, a right."""
    (file,) = (ROOT / path for path in TEMPLATES if path.endswith(f"templates/{name}"))
    parsing = Environment(autoescape=True)
    tree = parsing.parse(file.read_text("utf-8"))
    parsing.filters |= {one.name: str for one in tree.find_all(nodes.Filter)}
    asked = meta.find_undeclared_variables(tree)
    taken = {name for one in tree.find_all(nodes.FromImport) for name in one.names}
    assert asked <= OF_EVERYBODY
    assert "csrf" not in taken
    assert "drawn" in {one.name for one in tree.find_all(nodes.Macro)}

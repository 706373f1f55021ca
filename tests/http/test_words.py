"""No page says a technical key: people read titles, whatever the language."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from typing_extensions import override

from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor
from tests.world import World, line

# ``orders:order:create``, ``awaiting_payment``; not what somebody writes into a text between braces
KEY = re.compile(r"(?<![\w/@.:{#-])[a-z][a-z0-9]*(?:[_:][a-z][a-z0-9]*)+(?![\w@/}-])")
PLACEHOLDER = re.compile(r"\{+ ?\w+ ?\}+")
READ_OUT = ("aria-label", "placeholder", "title", "alt")
SILENT = {"script", "style", "template"}
# of one address so many
MOST = 1
Visit = Callable[..., Visitor]


class Said(HTMLParser):
    """What a page says, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = 0
        self.words: list[str] = []
        self.links: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.silent += tag in SILENT
        self.words += [values[name] for name in READ_OUT if name in values]
        if tag == "a" and values.get("href", "").startswith("/"):
            self.links.append(values["href"].partition("#")[0])

    @override
    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT

    @override
    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)


def walked(visitor: Visitor) -> Iterator[tuple[str, Said]]:
    """Every page that links lead to from the first, of alike ones some."""
    waiting, seen, alike = ["/"], set(), dict[str, int]()
    while waiting:
        address = waiting.pop(0)
        kind = re.sub(r"\d+", "N", urlsplit(address).path)
        if address in seen or alike.get(kind, 0) >= MOST or "see-as" in address:
            continue
        seen.add(address)
        alike[kind] = alike.get(kind, 0) + 1
        with visitor.get(address, follow_redirects=True) as page:
            if page.mimetype == "text/html":
                said = Said()
                said.feed(page.get_data(as_text=True))
                waiting += said.links
                yield address, said


@ON_SQLITE
@pytest.mark.parametrize("login", ["owner", "petar", "stoyanova"])
def test_no_page_says_a_technical_key(visit: Visit, world: World, login: str) -> None:
    world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    # the description of the API is about nothing else
    pages = [page for page in walked(visit(login)) if page[0] != "/api/v1/docs"]
    told = {
        (key, urlsplit(address).path)
        for address, said in pages
        for words in said.words
        for key in KEY.findall(PLACEHOLDER.sub("", words))
    }
    assert told == set()
    assert len(pages) > 10

"""User text as safe HTML: paragraphs, emphasis, lists, links. Pure.

Markdown is read for these alone, HTML in it stays words, and pictures are fetched from nowhere.
What comes out is cleaned once more, by a list of what may be there.
"""

from functools import cache
from typing import Any

import nh3
from markupsafe import Markup

from billing_panel.kernel.process.lazy_imports import Named

MARKDOWN = Named[Any]("markdown_it:MarkdownIt")
_READ = ["autolink", "emphasis", "escape", "link", "linkify", "list", "newline"]
_TAGS = {"a", "br", "em", "li", "ol", "p", "strong", "ul"}
_SCHEMES = {"http", "https", "mailto"}


def as_html(written: str) -> Markup:
    """``written`` for a page."""
    return Markup(  # noqa: S704 (nh3 has cleaned it)
        nh3.clean(
            _reader().render(written),
            tags=_TAGS,
            attributes={"*": set(), "a": {"href"}},
            url_schemes=_SCHEMES,
            link_rel="nofollow noopener noreferrer",
        )
    )


@cache
def _reader() -> Any:
    reader = MARKDOWN()("zero", {"html": False, "linkify": True, "breaks": True}).enable(_READ)
    # a word without a scheme is a link in no letter people write: "v2.md", "readme.me"
    reader.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    return reader

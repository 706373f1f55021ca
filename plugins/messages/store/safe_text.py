"""User text as safe HTML: paragraphs, emphasis, lists, links. Pure.

Markdown is read for these alone, HTML in it stays words, and pictures are fetched from nowhere.
What comes out is cleaned once more, by a list of what may be there.
"""

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_MARKDOWN = MarkdownIt("zero", {"html": False, "linkify": True, "breaks": True}).enable(
    ["autolink", "emphasis", "escape", "link", "linkify", "list", "newline"]
)
# a word without a scheme is a link in no letter people write: "v2.md", "readme.me"
_MARKDOWN.linkify.set({"fuzzy_link": False, "fuzzy_email": False})  # type: ignore[union-attr]
_TAGS = {"a", "br", "em", "li", "ol", "p", "strong", "ul"}
_SCHEMES = {"http", "https", "mailto"}


def as_html(written: str) -> Markup:
    """``written`` for a page."""
    return Markup(  # noqa: S704 (nh3 has cleaned it)
        nh3.clean(
            _MARKDOWN.render(written),
            tags=_TAGS,
            attributes={"*": set(), "a": {"href"}},
            url_schemes=_SCHEMES,
            link_rel="nofollow noopener noreferrer",
        )
    )

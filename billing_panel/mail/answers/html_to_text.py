"""The words of an e-mail that comes as HTML alone: what is quoted gets ``> ``, as in plain text.

Nothing of the HTML is kept, so there is nothing in it that could do anything. Pure.
"""

import re
from html.parser import HTMLParser

from typing_extensions import override

BLOCKS = frozenset(
    {"address", "blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p"}
    | {"pre", "section", "table", "td", "tr", "ul"}
)
# far more than the words of an answer take, with what programs put around them
MAX_HTML = 500_000
# a sign before which a tag that is begun is not ended: Python's reader takes hours to find out
NO_TAG = re.compile(r"<(?!!--)([^<>]*+)(?=<|\Z)")
UNSEEN = frozenset({"head", "script", "style", "template", "title"})


def words_of(html: str) -> str:
    """Lines of plain text."""
    reader = _Words()
    reader.feed(_ended(html[:MAX_HTML]))
    reader.close()
    return reader.written()


def _ended(html: str) -> str:
    """Without comments and tags that are begun and not ended."""
    last = html.rfind("-->") + 1
    html = html[:last] + html[last:].replace("<!--", "")
    return NO_TAG.sub(r"&lt;\1", html)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._unseen = 0
        self._quoted = 0

    def written(self) -> str:
        self._end_line()
        return "\n".join(self._lines)

    @override
    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """``<![if …]>`` says nothing; Python's own reader fails at what it does not know."""
        end = self.rawdata.find(">", i)
        return end + 1 if end > 0 else -1

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS or tag == "br":
            self._end_line()
        if tag == "p":
            self._lines.append(self._mark)
        elif tag == "li":
            self._line.append("- ")
        elif tag == "blockquote":
            self._quoted += 1
        elif tag in UNSEEN:
            self._unseen += 1

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self._end_line()
        if tag == "blockquote":
            self._quoted = max(0, self._quoted - 1)
        elif tag in UNSEEN:
            self._unseen = max(0, self._unseen - 1)

    @override
    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._line.append(data)

    @property
    def _mark(self) -> str:
        return "> " if self._quoted else ""

    def _end_line(self) -> None:
        words = " ".join("".join(self._line).split())
        if words:
            self._lines.append(f"{self._mark}{words}")
        self._line.clear()

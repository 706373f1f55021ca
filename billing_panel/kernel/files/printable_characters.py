"""Which letters documents can print: those of the fonts they are drawn with (``files.fonts``).

Any other would be a blank on the page, and nobody told. So it is refused, by name: where a name or
an address is entered, and before anything is drawn.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path

from billing_panel.kernel.files.fonts import DOCUMENT_CHARACTERS, VARIABLE
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.process.lazy_imports import Named

GLYPHS = Named[Callable[[Path, str], frozenset[int]]](
    "billing_panel.kernel.files.font_making:glyphs"
)
# of many letters so many are named
MOST = 20

# what leaves no mark on the page by its nature: controls, formats, blanks, ends of lines
MARKLESS = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})


def without_glyph(*printed: object) -> list[str]:
    """The characters in ``printed``, strings in whatever they stand in, that have no glyph."""
    known = _glyphs()
    found = (c for words in _strings(printed) for c in unicodedata.normalize("NFC", words))
    lacking = (c for c in found if ord(c) not in known and unicodedata.category(c) not in MARKLESS)
    return [*dict.fromkeys(lacking)]


def cannot_print(lacking: Sequence[str]) -> Text:
    """Say which letters documents can't print, the first MOST of them."""
    return text(
        "%(letters)s can’t be printed on documents: use Latin, Greek or Cyrillic letters.",
        letters=" ".join(lacking[:MOST]),
    )


def refuse_blanks(printed: object) -> None:
    """Before it is drawn. Raises Refused ``no_glyph``."""
    if lacking := without_glyph(printed):
        raise Refused(cannot_print(lacking), code="no_glyph")


@cache
def _glyphs() -> frozenset[int]:
    return GLYPHS()(VARIABLE, DOCUMENT_CHARACTERS)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _strings([*value.values()])
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for one in value:
            yield from _strings(one)
    elif is_dataclass(value):
        yield from _strings([getattr(value, field.name) for field in fields(value)])

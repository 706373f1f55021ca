"""Folding text for comparison, so that common spellings of a word are equal.

Folded alike are

- small letters and capitals, and every form Unicode has for one character (NFKC, NFKD);
- letters with and without their marks: ``ё е``, ``й и``, ``ü u``, ``é e``; ``ß`` is ``ss``;
- letters that are no letter with a mark, but are typed for one: ``ł l``, ``ø o``, ``æ ae``,
  ``і ј и``, ``є э е``, ``ґ г``;
- letters of two alphabets that look the same: ``СО-1`` in Cyrillic is ``CO-1`` in Latin;
- every kind of space, one or many; every kind of dash, of quotation mark, of apostrophe;
- a number with its sign and without: ``№ 17``, ``#17``, ``17``.

What nobody sees is left out. A sound written in another alphabet is another word (``Müller`` is not
``Mueller``, ``Фёдоров`` not ``Fedorov``).
"""

import re
import unicodedata

from billing_panel.kernel.input.invisible_characters import BLANK, UNSEEN

# of one Latin or Cyrillic alphabet for another
_NEIGHBOURS = dict(zip("łøđðıħŧŋĸƒіјєэґ", "loddihtnkfииeeг", strict=True))
# Cyrillic letters that look like Latin ones, small or capital
_ALIKE = dict(zip("авекмнорстух", "abekmhopctyx", strict=True))
_LETTERS = str.maketrans(
    {
        **_NEIGHBOURS,
        **_ALIKE,
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        **dict.fromkeys("‘’‛ʼʹ′´`", "'"),
        **dict.fromkeys("“”„‟«»‹›", '"'),
        "−": "-",
        "№": "#",
    }
)
_SIGNS = re.compile(r"#[# ]*(?=[0-9])")


def fold(words: str) -> str:
    """The form in which ``words`` are compared; folding it again changes nothing."""
    # № and ´ would be taken apart into other characters
    whole = unicodedata.normalize("NFC", words).translate(_LETTERS)
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", whole).casefold())
    letters = "".join(map(_plain, apart)).translate(_LETTERS)
    return _SIGNS.sub("", " ".join(letters.split()))


def _plain(one: str) -> str:
    if one.isspace():
        return " "
    kind = unicodedata.category(one)
    if kind in UNSEEN or one in BLANK:
        return ""
    return "-" if kind == "Pd" else one

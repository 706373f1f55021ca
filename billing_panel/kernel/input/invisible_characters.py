"""Whether a text has any visible character: a name without one looks empty.

And two that look the same are the same: names are kept in one form, without what nobody sees.
"""

import unicodedata

# Categories of Unicode whose characters leave no mark alone: spaces, controls, formats, what stands
# upon a letter, and what is no character.
UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "Mc"})
MARKS = frozenset({"Mn", "Me", "Mc"})
# Letters and signs that are drawn as nothing: the fillers of Hangul, the blank of Braille.
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def is_visible(words: str) -> bool:
    """Whether at least one character of ``words`` is seen."""
    return any(one not in BLANK and unicodedata.category(one) not in UNSEEN for one in words)


def unseen_in(words: str) -> str | None:
    """The first character of ``words`` that nobody sees and that is no space."""
    return next((one for one in words if not one.isspace() and not _marks(one)), None)


def tidy(words: str) -> str:
    """A name as it is kept: NFC, in one line, one space between words, all of it to be seen."""
    whole = unicodedata.normalize("NFC", words)
    seen = "".join(one for one in whole if one.isspace() or _marks(one))
    return " ".join(seen.split())


def _marks(one: str) -> bool:
    """It is drawn, by itself or upon the letter before it."""
    return one not in BLANK and (
        unicodedata.category(one) not in UNSEEN or unicodedata.category(one) in MARKS
    )

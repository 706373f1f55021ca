"""Words that somebody can see: a name of none of them looks like no name at all."""

import unicodedata

# Categories of Unicode whose characters leave no mark alone: spaces, controls, formats, what stands
# upon a letter, and what is no character.
UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "Mc"})
# Letters and signs that are drawn as nothing: the fillers of Hangul, the blank of Braille.
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def is_visible(words: str) -> bool:
    """Whether at least one character of ``words`` is seen."""
    return any(one not in BLANK and unicodedata.category(one) not in UNSEEN for one in words)

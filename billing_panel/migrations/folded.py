"""Words as migrations write them into ``search_entry``, and names as kept.

For migrations: what the panel folds today is ``text_folding``, and may change; a database that
comes from before gets then what it would have got.
"""

import re
import unicodedata
from collections.abc import Iterable
from zlib import crc32

UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "Mc"})
MARKS = frozenset({"Mn", "Me", "Mc"})
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
LETTERS = str.maketrans(
    {
        **dict(zip("łøđðıħŧŋĸƒіјєэґ", "loddihtnkfииeeг", strict=True)),
        **dict(zip("авекмнорстух", "abekmhopctyx", strict=True)),
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        **dict.fromkeys("‘’‛ʼʹ′´`", "'"),
        **dict.fromkeys("“”„‟«»‹›", '"'),
        "−": "-",
        "№": "#",
    }
)
SIGNS = re.compile(r"#[# ]*(?=[0-9])")
BOUND = "\x1f"
NUMBER = re.compile(r"[0-9]+")
GROUPS = re.compile(r"(?<![^ ])[0-9]{1,3}(?: [0-9]{3})+(?![^ ])")


def searchable(*said: str) -> str:
    """The words of a row of ``search_entry``."""
    return " ".join(_bounded(fold(one)) for one in sorted(set(said)))


def entry(
    kind: str,
    subject_id: int,
    *said: str,
    providers: Iterable[int] = (),
    client: int | None = None,
) -> dict[str, object]:
    """A row of ``search_entry`` since ``panel_0025``."""
    marks = [f"\x1d{one}\x1d" for one in sorted(providers)]
    marks += [f"\x1e{client}\x1e"] if client else []
    words = f" {searchable(*said)} "
    return {
        "id": (crc32(kind.encode()) >> 9 << 40) + subject_id,
        "kind": kind,
        "subject_id": subject_id,
        "words": f" {' '.join(marks)}{words}" if marks else words,
    }


def fold(words: str) -> str:
    whole = unicodedata.normalize("NFC", words).translate(LETTERS)
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", whole).casefold())
    letters = "".join(map(_plain, apart)).translate(LETTERS)
    return SIGNS.sub("", " ".join(letters.split()))


def tidy(words: str) -> str:
    """A name in one line, one space between words, all of it to be seen."""
    whole = unicodedata.normalize("NFC", words)
    seen = "".join(one for one in whole if one.isspace() or _is_drawn(one))
    return " ".join(seen.split())


def without_unseen(words: str) -> str:
    """The same with its spaces as they are."""
    whole = unicodedata.normalize("NFC", words)
    return "".join(one for one in whole if one.isspace() or _is_drawn(one))


def _is_drawn(one: str) -> bool:
    """By itself, or upon the letter before it."""
    kind = unicodedata.category(one)
    return one not in BLANK and (kind not in UNSEEN or kind in MARKS)


def _plain(one: str) -> str:
    if one.isspace():
        return " "
    kind = unicodedata.category(one)
    if kind in UNSEEN or one in BLANK:
        return ""
    return "-" if kind == "Pd" else one


def _bounded(folded: str) -> str:
    whole = GROUPS.sub(lambda found: found[0].replace(" ", ""), folded)
    return NUMBER.sub(lambda found: f"{BOUND}{found[0].lstrip('0') or '0'}{BOUND}", whole)

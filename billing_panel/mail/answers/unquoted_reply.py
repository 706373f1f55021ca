"""What somebody wrote in an answer, without what they quote and sign with. Pure.

Each line is looked at once, however long the text. What is not surely a quotation stays: a few
words too many are read over, words that are missing are not missed.
"""

import re
from collections.abc import Sequence

# of the head that programs put above a letter they quote whole, in the languages of Europe
FROM = frozenset(
    {"from", "от", "від", "von", "de", "da", "od", "van", "från", "fra", "feladó", "από", "kimden"}
)
ORIGINAL = re.compile(r"[-_ ]{2,10}[^-_\n]{3,60}[-_ ]{2,10}")
RULE = re.compile(r"[_]{10,}")
HEAD_LINES = 2
# above a quotation programs say who wrote it, in at most so many lines
SAID_LINES = 3
SENT_FROM = re.compile(
    r"(sent from|get outlook for|отправлено (с|из)|изпратено от|gesendet von|envoyé de) .{1,60}",
    re.IGNORECASE,
)
MAX_HEAD = 200


def reply_words(written: str) -> str:
    """``written`` up to what is quoted below it; answers between quoted lines keep these."""
    lines = [line.rstrip() for line in written.replace("\r\n", "\n").split("\n")]
    own = _without_quotation(lines[: _end(lines)])
    return "\n".join(_without_sent_from(own)).strip()


def _end(lines: Sequence[str]) -> int:
    """Where a signature, or a letter that is quoted without marks, begins."""
    for place, line in enumerate(lines):
        if line in {"--", "-- "} or _is_original(line):
            return place
        if _is_head(lines, place):
            above = lines[place - 1] if place else ""
            return place - 1 if RULE.fullmatch(above.strip()) else place
    return len(lines)


def _is_original(line: str) -> bool:
    """``-----Original Message-----``, in any language."""
    sign = line.strip()
    return len(sign) <= MAX_HEAD and sign.startswith("--") and bool(ORIGINAL.fullmatch(sign))


def _is_head(lines: Sequence[str], place: int) -> bool:
    """``From: …`` and below it at least another such line, none of them empty."""
    if _head_word(lines[place]) not in FROM:
        return False
    following = lines[place + 1 : place + 1 + HEAD_LINES]
    return len(following) == HEAD_LINES and all(_head_word(line) for line in following)


def _head_word(line: str) -> str:
    """What stands before the colon of a header; empty: it is none."""
    word, colon, rest = line[:MAX_HEAD].strip(" *>").partition(":")
    is_word = len(word) <= 20 and word.replace(" ", "").replace("*", "").isalpha()
    return word.strip(" *").lower() if colon and rest.strip() and is_word else ""


def _without_quotation(lines: Sequence[str]) -> Sequence[str]:
    """Without the quoted lines at the end, and what says above them whose they are."""
    end = len(lines)
    while end and (not lines[end - 1] or lines[end - 1].startswith(">")):
        end -= 1
    if not any(line.startswith(">") for line in lines[end:]):
        return lines[:end]
    return lines[: end - _says_who(lines[max(0, end - SAID_LINES) : end])]


def _says_who(above: Sequence[str]) -> int:
    """How many of the last lines are ``On 1 May Nordvik <billing@…> wrote:``: with a date, or else
    an address.
    """
    if not above or not above[-1].endswith(":"):
        return 0
    endings = [(number, " ".join(above[-number:])) for number in range(1, len(above) + 1)]
    endings = [(number, said) for number, said in endings if len(said) <= SAID_LINES * MAX_HEAD]
    dated = (number for number, said in endings if any(one.isdigit() for one in said))
    return next(dated, 1 if "@" in above[-1] else 0)


def _without_sent_from(lines: Sequence[str]) -> Sequence[str]:
    """Without what a telephone adds as the last line."""
    end = len(lines)
    while end and not lines[end - 1]:
        end -= 1
    if end > 1 and SENT_FROM.fullmatch(lines[end - 1][:MAX_HEAD].strip()):
        return lines[: end - 1]
    return lines[:end]

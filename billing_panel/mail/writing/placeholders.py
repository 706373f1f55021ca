"""The language of mail templates: plain text with ``{{ places }}``, and nothing else. Pure.

A place is filled with plain text, once: what a value holds is never read as a template. A line all
of whose places are empty is left out. A line that ends with a link, ``Open the order: {{ link }}``,
is a button where letters have buttons.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence

from billing_panel.kernel.language.text import Text, text

PLACE = re.compile(r"\{\{[ \t]*([a-z][a-z0-9_]*)[ \t]*\}\}")
MARKS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\{\{|\}\}|\{%|%\}|\{#|#\}", re.DOTALL)
MAX_SUBJECT = 200
MAX_TEXT = 10_000
MAX_VALUE = 4_000
# formats that turn the direction of what follows them
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def places_in(template: str) -> list[str]:
    """The names of the places of ``template``, in their order."""
    return PLACE.findall(template)


def mistakes(template: str, allowed: Sequence[str]) -> Iterator[Text]:
    """What is wrong with ``template``: unknown places, and marks of other languages."""
    names = [f"{{{{ {name} }}}}" for name in allowed]
    for name in dict.fromkeys(places_in(template)):
        if name not in allowed:
            yield text(
                "There is no {{ %(name)s }} here. Use one of: %(allowed)s.",
                name=name,
                allowed=names,
            )
    for mark in dict.fromkeys(MARKS.findall(PLACE.sub("", template))):
        yield text(
            "“%(mark)s” means nothing here. Use only: %(allowed)s.",
            mark=mark[:40],
            allowed=names,
        )


def stands_alone(template: str, name: str) -> bool:
    """Whether spaces or line ends part each place of that name from what is beside it.

    What is put in then begins no other address, nor ends one, wherever a mail program finds links.
    """
    apart = {"", " ", "\t", "\n"}
    found = (place.span() for place in PLACE.finditer(template) if place[1] == name)
    return all({template[max(a - 1, 0) : a], template[b : b + 1]} <= apart for a, b in found)


def in_one_line(words: str) -> str:
    """For a subject or a name: no line ends, no controls, one space between words."""
    return " ".join(without_controls(words).split())


def without_controls(words: str) -> str:
    """Line ends are all alike; what controls a terminal or text direction is left out."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        one
        for one in lines
        if one in "\n\t" or (unicodedata.category(one) not in {"Cc", "Cs"} and one not in TURNING)
    )


def fill(template: str, values: Mapping[str, str]) -> str:
    """``template`` with its places filled, each once; a place without a value stays empty."""
    return PLACE.sub(lambda place: values.get(place[1], ""), template)


def cleaned(values: Mapping[str, str]) -> dict[str, str]:
    """Values as they may stand in a letter."""
    return {name: without_controls(value)[:MAX_VALUE].strip() for name, value in values.items()}


def subject_line(template: str, values: Mapping[str, str]) -> str:
    """One line of MAX_SUBJECT characters at most."""
    return in_one_line(fill(in_one_line(template), values))[:MAX_SUBJECT]


def paragraphs(template: str, filled: Collection[str]) -> Iterator[list[str]]:
    """The lines of each paragraph of ``template``; ``filled``: names of places that hold anything.

    Lines whose places are all empty are left out, and paragraphs of which no line is left.
    """
    lines: list[str] = []
    for line in [*without_controls(template).split("\n"), ""]:
        names = places_in(line)
        if names and not any(name in filled for name in names):
            continue
        if line.strip():
            lines.append(line.rstrip())
        elif lines:
            yield lines
            lines = []


def plain_text(template: str, values: Mapping[str, str]) -> str:
    """The letter as plain text, paragraphs parted by empty lines."""
    filled = {name for name, value in values.items() if value}
    parts = (
        "\n".join(fill(line, values) for line in part) for part in paragraphs(template, filled)
    )
    return "\n\n".join(parts)

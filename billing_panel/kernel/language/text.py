"""Sentences and how they are said in each language of the interface.

A rule answers with a ``Text``: an English sentence and the values in it. What reads the answer
(a page, the API, the command line) says it in the reader's language with ``say``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from gettext import c2py
from importlib.resources import files
from typing import Literal

from babel import Locale
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from typing_extensions import override

from billing_panel.kernel.language.days import said_day
from billing_panel.kernel.language.quantities import grouped
from billing_panel.kernel.values.money import Money, show

OWN_NAMES = {"en": "English", "ru": "Русский", "bg": "Български"}
LANGUAGES = tuple(OWN_NAMES)
DEFAULT_LANGUAGE = "en"
# Nobody reads a longer list, and joining one takes the square of its length.
MOST_SAID = 200
QUANTITIES = frozenset({"least", "most"})


@dataclass(frozen=True)
class Titles:
    """The same words in several languages, as an owner wrote them: ``{"en": ..., "ru": ...}``."""

    by_language: Mapping[str, str] = field(hash=False)

    def in_language(self, language: str) -> str:
        """In ``language``, else English, else whatever there is."""
        for wanted in (language, DEFAULT_LANGUAGE, *self.by_language):
            if words := self.by_language.get(wanted):
                return words
        return ""


@dataclass(frozen=True)
class Country:
    """An ISO 3166-1 alpha-2 code, said by its name."""

    code: str

    def in_language(self, language: str) -> str:
        return str(Locale(language).territories.get(self.code, self.code))


@dataclass(frozen=True)
class AnyOf:
    """Values of which one is enough, said as ``A, B, or C``."""

    values: Sequence[object]


@dataclass(frozen=True)
class Text:
    """An English sentence with ``%(name)s`` places, and what stands in them.

    Numbers at ``least`` and ``most`` tell how many of something, so their digits are grouped; those
    at other places may be numbers of orders or years.
    """

    sentence: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)

    @override
    def __str__(self) -> str:
        return say(self, DEFAULT_LANGUAGE)


def text(sentence: str, /, **values: object) -> Text:
    """Mark ``sentence`` for translation; Babel extracts the calls of this function."""
    return Text(sentence, values)


@cache
def catalogue(language: str) -> Catalog:
    """The translations of ``language``, read once from ``translations/<language>.po``."""
    source = files("billing_panel").joinpath("translations", f"{language}.po")
    with source.open("rb") as po:
        return read_po(po, locale=language)


def translate(sentence: str, language: str) -> str:
    """``sentence`` in ``language``; untranslated or fuzzy entries stay English."""
    if language == DEFAULT_LANGUAGE:
        return sentence
    message = catalogue(language).get(sentence)
    if message is None or message.fuzzy or not isinstance(message.string, str):
        return sentence
    return message.string or sentence


@cache
def _plural_form(language: str) -> Callable[[int], int]:
    return c2py(catalogue(language).plural_expr)


def translate_plural(one: str, many: str, number: int, language: str) -> str:
    """The form that ``number`` takes in ``language``."""
    message = None if language == DEFAULT_LANGUAGE else catalogue(language).get((one, many))
    if message is None or message.fuzzy or not isinstance(message.string, tuple | list):
        return one if number == 1 else many
    return message.string[_plural_form(language)(number)] or many


def say(words: Text | Titles | str, language: str) -> str:
    """``words`` in ``language``, values formatted as that language writes them."""
    if isinstance(words, str):
        return words
    if isinstance(words, Titles):
        return words.in_language(language)
    sentence = translate(words.sentence, language)
    if not words.values:
        return sentence
    return sentence % {
        name: grouped(value, language)
        if name in QUANTITIES and isinstance(value, int)
        else say_value(value, language)
        for name, value in words.values.items()
    }


def _say_list(values: AnyOf | Sequence[object], language: str) -> str:
    style: Literal["or", "standard"] = "or" if isinstance(values, AnyOf) else "standard"
    items = values.values if isinstance(values, AnyOf) else values
    said = [say_value(item, language) for item in items[:MOST_SAID]]
    return format_list(said + ["…"] * (len(items) > MOST_SAID), style, locale=language)


def say_value(value: object, language: str) -> str:
    """Anything that may stand in a sentence, as ``language`` writes it."""
    match value:
        case Text():
            return say(value, language)
        case Titles() | Country():
            return value.in_language(language)
        case Money():
            return show(value, language)
        case date():
            return said_day(value, language)
        case AnyOf() | tuple() | list():
            return _say_list(value, language)
        case _:
            return str(value)

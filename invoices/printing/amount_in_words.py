"""Amounts in words, for documents of countries where that is customary. Pure.

1. Whole units are words, the part after the comma stays in digits: ``One euro and 05 cents``.
2. num2words counts in English and Russian; it knows no Bulgarian, so that is counted here.
3. Of a currency without nouns below its code is shown, and hundredths as ``05/100``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from babel import Locale
from num2words import num2words

from billing_panel.kernel.values.money import Money, digits

Gender = Literal["m", "f", "n"]

# a noun for one, (few,) many, in the order of the language's plurals
Forms = tuple[str, ...]


@dataclass(frozen=True)
class CurrencyNouns:
    """What is counted: whole units, of ``gender``, and the ``part`` after the comma."""

    whole: Forms
    part: Forms
    gender: Gender = "m"


NOUNS: dict[str, dict[str, CurrencyNouns]] = {
    "en": {
        "EUR": CurrencyNouns(("euro", "euros"), ("cent", "cents")),
        "USD": CurrencyNouns(("US dollar", "US dollars"), ("cent", "cents")),
        "GBP": CurrencyNouns(("pound sterling", "pounds sterling"), ("penny", "pence")),
        "RUB": CurrencyNouns(("Russian rouble", "Russian roubles"), ("kopeck", "kopecks")),
        "BGN": CurrencyNouns(("Bulgarian lev", "Bulgarian leva"), ("stotinka", "stotinki")),
    },
    "ru": {
        "EUR": CurrencyNouns(("евро", "евро", "евро"), ("цент", "цента", "центов")),
        "USD": CurrencyNouns(
            ("доллар США", "доллара США", "долларов США"), ("цент", "цента", "центов")
        ),
        "GBP": CurrencyNouns(
            ("фунт стерлингов", "фунта стерлингов", "фунтов стерлингов"),
            ("пенс", "пенса", "пенсов"),
        ),
        "RUB": CurrencyNouns(("рубль", "рубля", "рублей"), ("копейка", "копейки", "копеек")),
        "BGN": CurrencyNouns(
            ("болгарский лев", "болгарских лева", "болгарских левов"),
            ("стотинка", "стотинки", "стотинок"),
        ),
    },
    "bg": {
        "EUR": CurrencyNouns(("евро", "евро"), ("цент", "цента"), "n"),
        "USD": CurrencyNouns(("щатски долар", "щатски долара"), ("цент", "цента")),
        "GBP": CurrencyNouns(("британска лира", "британски лири"), ("пени", "пенса"), "f"),
        "RUB": CurrencyNouns(("руска рубла", "руски рубли"), ("копейка", "копейки"), "f"),
        "BGN": CurrencyNouns(("лев", "лева"), ("стотинка", "стотинки")),
    },
}
# between the whole units and the part after the comma
AND = {"en": " and ", "ru": " ", "bg": " и "}
MINUS = {"en": "minus", "ru": "минус", "bg": "минус"}
# CLDR's name of a plural: its place among a noun's forms
FORM = {"one": 0, "few": 1, "many": 2, "other": -1}


def amount_in_words(money: Money, language: str) -> str:
    """``Двеста осемдесет и девет евро и 26 цента``; ``language`` is one of ``LANGUAGES``."""
    whole, part = divmod(abs(money.minor), 10 ** digits(money.currency))
    said = _whole_in_words(whole, money.currency, language)
    if digits(money.currency):
        said += AND[language] + _part_in_digits(part, money.currency, language)
    if money.minor < 0:
        said = f"{MINUS[language]} {said}"
    return said[0].upper() + said[1:]


def _whole_in_words(whole: int, currency: str, language: str) -> str:
    nouns = NOUNS[language].get(currency)
    if nouns is None:
        return f"{cardinal(whole, language)} {currency}"
    return f"{cardinal(whole, language, nouns.gender)} {_form(nouns.whole, whole, language)}"


def _part_in_digits(part: int, currency: str, language: str) -> str:
    places = digits(currency)
    nouns = NOUNS[language].get(currency)
    if nouns is None:
        return f"{part:0{places}}/{10**places}"
    return f"{part:0{places}} {_form(nouns.part, part, language)}"


def cardinal(number: int, language: str, gender: Gender = "m") -> str:
    """``number`` ≥ 0 in words that agree with a noun of ``gender``."""
    if language == "bg":
        return bulgarian_cardinal(number, gender)
    agreement = {"gender": gender} if language == "ru" else {}
    return str(num2words(number, lang=language, **agreement))


def _form(forms: Forms, number: int, language: str) -> str:
    return forms[FORM[Locale(language).plural_form(number)]]


# --- Bulgarian --------------------------------------------------------------------------------

BG_ONES: dict[Gender, tuple[str, ...]] = {
    "m": ("", "един", "два"),
    "f": ("", "една", "две"),
    "n": ("", "едно", "две"),
}
BG_DIGITS = ("три", "четири", "пет", "шест", "седем", "осем", "девет")
BG_TEENS = (
    *("десет", "единадесет", "дванадесет", "тринадесет", "четиринадесет"),
    *("петнадесет", "шестнадесет", "седемнадесет", "осемнадесет", "деветнадесет"),
)
BG_TENS = (
    *("", "", "двадесет", "тридесет", "четиридесет"),
    *("петдесет", "шестдесет", "седемдесет", "осемдесет", "деветдесет"),
)
BG_HUNDREDS = (
    *("", "сто", "двеста", "триста", "четиристотин"),
    *("петстотин", "шестстотин", "седемстотин", "осемстотин", "деветстотин"),
)
# what the groups of three digits count, from the second on: one, many, their gender
BG_SCALES: tuple[tuple[str, str, Gender], ...] = (
    ("хиляда", "хиляди", "f"),
    ("милион", "милиона", "m"),
    ("милиард", "милиарда", "m"),
    ("трилион", "трилиона", "m"),
    ("квадрилион", "квадрилиона", "m"),
)


def bulgarian_cardinal(number: int, gender: Gender) -> str:
    """``number`` from 0 to 10¹⁸ − 1. Raises IndexError above.

    "и" stands before the last numeral of a group of three digits (сто двадесет и едно), and before
    the last group when that is one numeral only (хиляда и сто, but хиляда сто и едно).
    """
    if number == 0:
        return "нула"
    groups = _thousands(number)
    said = [_bulgarian_group(value, power, gender) for value, power in groups]
    last_value, _ = groups[-1]
    if len(said) > 1 and len(_bulgarian_numerals(last_value, gender)) == 1:
        said.insert(-1, "и")
    return " ".join(said)


def _thousands(number: int) -> list[tuple[int, int]]:
    """The groups of three digits but 000, each with its power of a thousand, the highest first."""
    groups: list[tuple[int, int]] = []
    power = 0
    while number:
        number, value = divmod(number, 1000)
        if value:
            groups.insert(0, (value, power))
        power += 1
    return groups


def _bulgarian_group(value: int, power: int, gender: Gender) -> str:
    if power == 0:
        return _with_and(_bulgarian_numerals(value, gender))
    one, many, scale_gender = BG_SCALES[power - 1]
    if value == 1 and power == 1:
        return one
    numerals = _with_and(_bulgarian_numerals(value, scale_gender))
    return f"{numerals} {one if value == 1 else many}"


def _bulgarian_numerals(value: int, gender: Gender) -> list[str]:
    """1 … 999 as its numerals: 121 is ``["сто", "двадесет", "едно"]``."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    if tens == 1:
        numerals = [BG_HUNDREDS[hundreds], BG_TEENS[ones]]
    else:
        numerals = [BG_HUNDREDS[hundreds], BG_TENS[tens], (*BG_ONES[gender], *BG_DIGITS)[ones]]
    return [numeral for numeral in numerals if numeral]


def _with_and(numerals: Sequence[str]) -> str:
    *first, last = numerals
    return f"{' '.join(first)} и {last}" if first else last

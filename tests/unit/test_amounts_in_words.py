import pytest

from billing_panel.kernel.values.money import Money
from invoices.printing.amount_in_words import NOUNS, Gender, amount_in_words, bulgarian_cardinal


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "нула"),
        (1, "едно"),
        (2, "две"),
        (9, "девет"),
        (10, "десет"),
        (11, "единадесет"),
        (19, "деветнадесет"),
        (20, "двадесет"),
        (21, "двадесет и едно"),
        (100, "сто"),
        (101, "сто и едно"),
        (110, "сто и десет"),
        (112, "сто и дванадесет"),
        (120, "сто и двадесет"),
        (121, "сто двадесет и едно"),
        (200, "двеста"),
        (307, "триста и седем"),
        (999, "деветстотин деветдесет и девет"),
        (1_000, "хиляда"),
        (1_001, "хиляда и едно"),
        (1_021, "хиляда двадесет и едно"),
        (1_100, "хиляда и сто"),
        (1_121, "хиляда сто двадесет и едно"),
        (2_000, "две хиляди"),
        (2_345, "две хиляди триста четиридесет и пет"),
        (12_000, "дванадесет хиляди"),
        (21_000, "двадесет и една хиляди"),
        (100_000, "сто хиляди"),
        (1_000_000, "един милион"),
        (1_000_001, "един милион и едно"),
        (1_001_000, "един милион и хиляда"),
        (2_500_000, "два милиона и петстотин хиляди"),
        (21_000_000, "двадесет и един милиона"),
        (1_234_567, "един милион двеста тридесет и четири хиляди петстотин шестдесет и седем"),
        (2_000_000_000, "два милиарда"),
        (10**15, "един квадрилион"),
    ],
)
def test_bulgarian_counts(number: int, words: str) -> None:
    assert bulgarian_cardinal(number, "n") == words


@pytest.mark.parametrize(
    ("gender", "one", "two", "thousands"),
    [
        ("m", "двадесет и един", "сто и два", "две хиляди и един"),
        ("f", "двадесет и една", "сто и две", "две хиляди и една"),
        ("n", "двадесет и едно", "сто и две", "две хиляди и едно"),
    ],
)
def test_bulgarian_numbers_agree_with_what_is_counted(
    gender: Gender, one: str, two: str, thousands: str
) -> None:
    assert bulgarian_cardinal(21, gender) == one
    assert bulgarian_cardinal(102, gender) == two
    assert bulgarian_cardinal(2001, gender) == thousands


def test_bulgarian_numbers_all_differ() -> None:
    words = {bulgarian_cardinal(number, "n") for number in range(20_000)}
    assert len(words) == 20_000


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (28926, "EUR", "Двеста осемдесет и девет евро и 26 цента"),
        (101, "EUR", "Едно евро и 01 цент"),
        (0, "EUR", "Нула евро и 00 цента"),
        (200, "USD", "Два щатски долара и 00 цента"),
        (100, "GBP", "Една британска лира и 00 пенса"),
        (2150, "RUB", "Двадесет и една руски рубли и 50 копейки"),
        (2150, "BGN", "Двадесет и един лева и 50 стотинки"),
        (-101, "BGN", "Минус един лев и 01 стотинка"),
        (500, "JPY", "Петстотин JPY"),
        (1500, "KWD", "Един KWD и 500/1000"),
    ],
)
def test_amounts_in_bulgarian(minor: int, currency: str, words: str) -> None:
    assert amount_in_words(Money(minor, currency), "bg") == words


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (2672288, "RUB", "Двадцать шесть тысяч семьсот двадцать два рубля 88 копеек"),
        (1298000, "RUB", "Двенадцать тысяч девятьсот восемьдесят рублей 00 копеек"),
        (100101, "RUB", "Одна тысяча один рубль 01 копейка"),
        (1100, "RUB", "Одиннадцать рублей 00 копеек"),
        (2102, "RUB", "Двадцать один рубль 02 копейки"),
        (101, "EUR", "Один евро 01 цент"),
        (202, "USD", "Два доллара США 02 цента"),
        (500, "GBP", "Пять фунтов стерлингов 00 пенсов"),
        (200, "BGN", "Два болгарских лева 00 стотинок"),
        (-500, "RUB", "Минус пять рублей 00 копеек"),
        (21, "JPY", "Двадцать один JPY"),
        (1500, "KWD", "Один KWD 500/1000"),
    ],
)
def test_amounts_in_russian(minor: int, currency: str, words: str) -> None:
    assert amount_in_words(Money(minor, currency), "ru") == words


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (59119, "EUR", "Five hundred and ninety-one euros and 19 cents"),
        (101, "EUR", "One euro and 01 cent"),
        (0, "EUR", "Zero euros and 00 cents"),
        (128450, "USD", "One thousand, two hundred and eighty-four US dollars and 50 cents"),
        (101, "GBP", "One pound sterling and 01 penny"),
        (200, "RUB", "Two Russian roubles and 00 kopecks"),
        (200, "BGN", "Two Bulgarian leva and 00 stotinki"),
        (-5, "EUR", "Minus zero euros and 05 cents"),
        (21, "JPY", "Twenty-one JPY"),
        (1001, "KWD", "One KWD and 001/1000"),
        (150, "CHF", "One CHF and 50/100"),
    ],
)
def test_amounts_in_english(minor: int, currency: str, words: str) -> None:
    assert amount_in_words(Money(minor, currency), "en") == words


def test_every_language_has_the_same_currencies() -> None:
    assert len({frozenset(nouns) for nouns in NOUNS.values()}) == 1


@pytest.mark.parametrize("language", ["en", "ru", "bg"])
def test_the_largest_amount_can_be_said(language: str) -> None:
    assert amount_in_words(Money(10**15, "JPY"), language).endswith(" JPY")

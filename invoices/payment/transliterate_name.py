"""Names in Latin letters, as payment systems take them. Pure.

Bulgarian is written so by its law on transliteration (Закон за транслитерацията, ДВ 19/2009,
чл. 3–6). Of other alphabets nothing is guessed: a name spelt otherwise than the bank has it may be
refused by the bank.
"""

import unicodedata

BULGARIAN = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъьюя",
        (
            *("a", "b", "v", "g", "d", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p"),
            *("r", "s", "t", "u", "f", "h", "ts", "ch", "sh", "sht", "a", "y", "yu", "ya"),
        ),
        strict=True,
    )
)


def in_latin(name: str) -> str | None:
    """``name`` with Bulgarian letters as the law writes them; None: other letters are in it."""
    words = [_word(word) for word in name.split(" ")]
    latin = " ".join(words)
    foreign = any(c.isalpha() and not unicodedata.name(c, "").startswith("LATIN") for c in latin)
    return None if foreign else latin


def _word(word: str) -> str:
    """A last ``ия`` is ``ia``, and the country is Bulgaria (чл. 3, ал. 2; чл. 5)."""
    if word.casefold() == "българия":
        return _cased("bulgaria", word)
    letters, ending = (word[:-2], word[-2:]) if word.casefold().endswith("ия") else (word, "")
    latin = "".join(_letter(letter, word) for letter in letters)
    return latin + (_cased("ia", ending) if ending else "")


def _letter(letter: str, word: str) -> str:
    latin = BULGARIAN.get(letter.lower())
    if latin is None:
        return letter
    if letter.islower():
        return latin
    return latin.upper() if word.isupper() and len(word) > 1 else latin.capitalize()


def _cased(latin: str, like: str) -> str:
    if like.isupper():
        return latin.upper()
    return latin.capitalize() if like[:1].isupper() else latin

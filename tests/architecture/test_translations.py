"""Everything the panel says, it says in three languages."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po

from billing_panel.kernel.language.text import LANGUAGES, catalogue, say, text, translate

ROOT = Path(__file__).parents[2]
PROMISES = {
    (
        "Enter your login or your e-mail address: a link to choose a new password will be e-mailed"
        " to you."
    ),
    (
        "If that login or address is known here, a link is on its way by e-mail. It works once,"
        " within 48 hours."
    ),
    "It is sent to %(address)s.",
}
CODE = ("billing_panel", "invoices", "permissions", "plugins", "templates")


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What ``pybabel extract`` finds in code and templates, as ``make translations`` does."""
    found = tmp_path_factory.mktemp("po") / "messages.pot"
    options = ["-F", str(ROOT / "babel.cfg"), "-k", "text", "-o", str(found)]
    folders = [str(ROOT / folder) for folder in CODE]
    command = CommandLineInterface()
    command.run(["pybabel", "-q", "extract", *options, *folders])  # type: ignore[no-untyped-call]
    with found.open("rb") as pot:
        return read_po(pot)


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_sentence_is_translated(sentences: Catalog, language: str) -> None:
    known = catalogue(language)
    missing = [
        message.id
        for message in sentences
        if message.id
        and (
            known.get(message.id) is None or not known[message.id].string or known[message.id].fuzzy
        )
    ]
    assert missing == [], f"run make translations, then translate in {language}.po"


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_a_translation_has_the_same_places_as_its_sentence(language: str) -> None:
    for message in catalogue(language):
        if message.id:
            assert [*message.check(catalogue(language))] == []


def test_the_values_in_a_sentence_are_said_in_its_language() -> None:
    assert translate("Bank transfer", "ru") == "Банковский перевод"
    assert say(text("Bank transfer"), "bg") == "Банков превод"


def test_bulgarian_is_written_in_its_own_letters_and_quotes() -> None:
    assert [
        str(message.id) for message in catalogue("bg") if re.search("[ыэё«]", said(message))
    ] == []


def test_sentences_say_they_of_people(sentences: Catalog) -> None:
    english = [one for message in sentences for one in several(message.id)]
    man = re.compile(r"\b(he|him|his|himself)\b", re.IGNORECASE)
    assert [one for one in english if man.search(one)] == []


def test_18_only_these_sentences_promise_mail(sentences: Catalog) -> None:
    """Pages show them where mail is set up and nowhere else (``test_mail_pages``)."""
    english = [one for message in sentences for one in several(message.id)]
    mail = re.compile(
        r"\be-?mailed\b|\bmails? (you|them)\b|on its way|will be (told|notified)|by e-?mail",
        re.IGNORECASE,
    )
    assert {one for one in english if mail.search(one)} | {"It is sent to %(address)s."} == PROMISES


def said(message: Message) -> str:
    return " ".join(several(message.string)) if message.id else ""


def several(one: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (one,) if isinstance(one, str) else tuple(one or ())

"""Every kind of letter has a text in every language, and each says what it must."""

import pytest

from billing_panel.core.plugins import all_mail_kinds, load_plugins
from billing_panel.kernel.language.text import LANGUAGES
from billing_panel.mail.mail_templates_and_sender import TemplateDetails, wrong_template
from billing_panel.mail.sending.try_server import TESTED
from billing_panel.mail.writing.template_texts import usual_text

KINDS = {**all_mail_kinds(load_plugins()), TESTED.key: TESTED}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KINDS)
def test_the_usual_text_could_be_saved_by_a_provider(key: str, language: str) -> None:
    kind, usual = KINDS[key], usual_text(key, language)
    assert list(wrong_template(TemplateDetails(usual.subject, usual.text), kind)) == []
    for name in kind.placeholders:
        assert name in kind.example, name


@pytest.mark.parametrize("key", KINDS)
def test_the_languages_say_the_same(key: str) -> None:
    """The same places in the same number of paragraphs."""
    texts = [usual_text(key, language).text for language in LANGUAGES]
    assert len({text.count("\n\n") for text in texts}) == 1
    places = [{one.partition("}}")[0].strip() for one in text.split("{{")[1:]} for text in texts]
    assert all(one == places[0] for one in places)

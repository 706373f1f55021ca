"""The language of a request, and how templates say sentences in it."""

from flask import Flask, request, session
from flask_babel import Babel

from billing_panel.accounts.access.guarded_fact_visibility import told
from billing_panel.kernel.language.text import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    OWN_NAMES,
    Text,
    Titles,
    say,
    translate,
    translate_plural,
)
from billing_panel.web.shell.request_context import is_api, language, signed_in_actor

SESSION_KEY = "language"


def install(app: Flask) -> None:
    """Have each request answered in its language, and templates say things in it."""
    Babel(app, default_locale=DEFAULT_LANGUAGE, locale_selector=_select)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals.update(_=gettext, gettext=gettext, ngettext=ngettext, say=said)
    app.context_processor(_languages)


def gettext(sentence: str, **values: object) -> str:
    """``sentence`` in the language of the request, its ``%(name)s`` places filled."""
    translated = translate(sentence, language())
    return translated % values if values else translated


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """The sentence in the form that ``number`` takes, its places filled."""
    return translate_plural(one, many, number, language()) % {"number": number, **values}


def said(words: Text | Titles | str) -> str:
    """``words`` in the language of the request, with what whoever is signed in may know."""
    actor = signed_in_actor() if isinstance(words, Text) else None
    return say(told(words, actor) if actor and isinstance(words, Text) else words, language())


def _select() -> str:
    """A page: the person's own, else chosen before signing in. The API: Accept-Language."""
    if not is_api():
        actor = signed_in_actor()
        chosen = actor.language if actor else session.get(SESSION_KEY)
        if chosen in LANGUAGES:
            return str(chosen)
    return request.accept_languages.best_match(LANGUAGES) or DEFAULT_LANGUAGE


def _languages() -> dict[str, object]:
    return {
        "language": language(),
        "languages": [(code, OWN_NAMES[code]) for code in LANGUAGES],
    }

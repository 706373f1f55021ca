"""Mail in the settings: a provider's sender and the texts of its letters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.accounts.people.users import User
from billing_panel.kernel.language.errors import DomainError, Invalid
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, LANGUAGES, OWN_NAMES
from billing_panel.kernel.process.mail_settings import mail_is_set_up
from billing_panel.mail.change_mail import (
    KindLine,
    SenderDetails,
    TemplateDetails,
    change_sender,
    change_template,
    find_kind,
    kind_lines,
    preview,
    reset_template,
    send_test,
    sender_details,
    template_details,
    usual_sender,
)
from billing_panel.mail.writing.template_texts import own_template
from billing_panel.web.forms.edit_pages import edit
from billing_panel.web.forms.form_pages import FormPage, refused, show
from billing_panel.web.mail.letter_answers import framing, letter_answer
from billing_panel.web.mail.text_forms import SenderForm, TextForm
from billing_panel.web.shell import refused_page
from billing_panel.web.shell.i18n import gettext, said
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, needs
from permissions.functions import PanelFunction

mail_texts = Blueprint("mail_texts", __name__, url_prefix="/mail")
changing = access(needs(PanelFunction.MAIL_TEMPLATE_CHANGE, for_staff=True))


@dataclass(frozen=True)
class Place:
    """Which text: of the provider, of a kind, in a language."""

    key: str
    kind: str
    lang: str

    def address(self, page: str = "mail_texts.text") -> str:
        return url_for(page, key=self.key, letter_kind=self.kind, lang=self.lang)


@mail_texts.get("")
@changing
def first() -> ResponseReturnValue:
    """The place in the menu: it leads to one provider's mail, the others are a choice away."""
    with panel().database.reading() as db:
        keys = [provider.key for provider in providers_in_scope(db, current_actor())]
    return redirect(url_for("mail_texts.sender", key=keys[0]) if keys else url_for("web.home"))


@mail_texts.route("/<key>", methods=["GET", "POST"])
@changing
def sender(key: str) -> ResponseReturnValue:
    """The sender of a provider's letters, and the kinds there are."""
    running, actor = panel(), current_actor()

    def save(db: Session, details: SenderDetails, seen: str) -> str:
        change_sender(db, key, details, seen=seen, actor=actor, clock=running.clock)
        return url_for("mail_texts.sender", key=key)

    return edit(
        _sender_page(key),
        save,
        now=lambda db: sender_details(db, find_provider(db, actor, key)),
        refill=lambda details: SenderForm(details, sent=False),
    )


@mail_texts.route("/<key>/<letter_kind>/<lang>", methods=["GET", "POST"])
@changing
def text(key: str, letter_kind: str, lang: str) -> ResponseReturnValue:
    """What one kind of letter says in one language, with a preview."""
    running, actor, place = panel(), current_actor(), Place(key, letter_kind, lang)

    def save(db: Session, details: TemplateDetails, seen: str) -> str:
        change_template(
            db, key, letter_kind, lang, details, seen=seen, actor=actor, clock=running.clock
        )
        return place.address()

    answer = edit(
        _text_page(place),
        save,
        now=lambda db: template_details(
            db, find_provider(db, actor, key), find_kind(db, letter_kind, lang), lang
        ),
        refill=lambda details: TextForm(details, sent=False),
    )
    return _framing(answer)


@mail_texts.route("/<key>/<letter_kind>/<lang>/preview", methods=["GET", "POST"])
@changing
def look(key: str, letter_kind: str, lang: str) -> ResponseReturnValue:
    """The letter as it would be, for the frame: as it is saved, or with POST as it is typed."""
    actor = current_actor()
    with panel().database.reading() as db:
        provider, known = find_provider(db, actor, key), find_kind(db, letter_kind, lang)
        details = template_details(db, provider, known, lang)
        if request.method == "POST":
            details = TextForm(details).details()
        try:
            shown = preview(db, provider, known, lang, details, actor=actor)
        except Invalid as refusal:
            return letter_answer(_sentences(refusal))
    return letter_answer(shown.written.html)


@mail_texts.post("/<key>/<letter_kind>/<lang>/test")
@changing
def test(key: str, letter_kind: str, lang: str) -> ResponseReturnValue:
    """Send the letter as it is typed to oneself; what was typed stays on the page."""
    running, actor, place = panel(), current_actor(), Place(key, letter_kind, lang)
    page = _text_page(place)

    def act(db: Session) -> str:
        to = db.get_one(User, actor.user_id).email
        details = page.form.details()
        send_test(db, key, letter_kind, lang, details, actor=actor, to=to, clock=running.clock)
        return to

    def then(to: str) -> ResponseReturnValue:
        flash(gettext("A test e-mail is being sent to %(address)s.", address=to), "ok")
        return _framing(show(page))

    return refused_page.change(act, lambda refusal: _framing(refused(page, refusal)), then)


@mail_texts.post("/<key>/<letter_kind>/<lang>/reset")
@changing
def reset(key: str, letter_kind: str, lang: str) -> ResponseReturnValue:
    """The usual text again."""
    running, actor, place = panel(), current_actor(), Place(key, letter_kind, lang)
    with running.database.writing() as db:
        reset_template(db, key, letter_kind, lang, actor=actor, clock=running.clock)
    flash(gettext("The usual text is back."), "ok")
    return redirect(place.address(), 303)


def _framing(answer: ResponseReturnValue) -> ResponseReturnValue:
    """A page of the form may hold a frame; where it leads on, it is left as it is."""
    if isinstance(answer, tuple) and isinstance(answer[0], str) and isinstance(answer[1], int):
        return framing(answer[0], answer[1])
    return answer


def _sentences(refusal: DomainError) -> str:
    wrong = [said(error.message) for error in refusal.errors] or [said(refusal.message)]
    return str(Markup("<p>{}</p>").format(Markup("<br>").join(wrong)))


def _sender_page(key: str) -> FormPage:
    actor = current_actor()
    with panel().database.reading() as db:
        provider = find_provider(db, actor, key)
        form = SenderForm(sender_details(db, provider))
        usual = usual_sender(provider)
        for name, words in (
            ("name", usual.name),
            ("reply_to", usual.reply_to),
            *usual.footers.items(),
        ):
            form[name].render_kw = {**(form[name].render_kw or {}), "placeholder": words}
        values: dict[str, Any] = {
            "key": key,
            "sections": _by_section(kind_lines(db, provider)),
            "offered": [(p.key, p.name) for p in providers_in_scope(db, actor)],
            "shown_language": language() if language() in LANGUAGES else DEFAULT_LANGUAGE,
            "own_names": OWN_NAMES,
            "is_set_up": mail_is_set_up(panel().config),
        }
        return FormPage(
            title=gettext("Mail of %(provider)s", provider=provider.name),
            crumbs=[],
            form=form,
            action=url_for("mail_texts.sender", key=key),
            template="mail_texts/sender.html",
            values=values,
        )


def _by_section(lines: Sequence[KindLine]) -> Mapping[str, list[KindLine]]:
    found: dict[str, list[KindLine]] = {}
    for line in lines:
        found.setdefault(said(line.kind.section), []).append(line)
    return found


def _text_page(place: Place) -> FormPage:
    actor = current_actor()
    with panel().database.reading() as db:
        provider = find_provider(db, actor, place.key)
        kind = find_kind(db, place.kind, place.lang)
        details = template_details(db, provider, kind, place.lang)
        sample = kind.samples(db, actor, provider.id, place.lang)
        values: dict[str, Any] = {
            "place": place,
            "kind": kind,
            "is_own": own_template(db, kind.key, place.lang, provider.id) is not None,
            "tabs": [
                (OWN_NAMES[code], Place(place.key, place.kind, code).address(), code == place.lang)
                for code in LANGUAGES
            ],
            "source": sample.source if sample else None,
            "is_set_up": mail_is_set_up(panel().config),
        }
        title = gettext("Mail of %(provider)s", provider=provider.name)
        return FormPage(
            title=said(kind.title),
            crumbs=[(title, url_for("mail_texts.sender", key=place.key))],
            form=TextForm(details),
            action=place.address(),
            template="mail_texts/text.html",
            values=values,
        )

"""Mail settings: a provider's sender, and the texts of its letters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session
from typing_extensions import override

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.extension.mail_kinds import MailKind
from billing_panel.kernel.language.errors import DomainError, Invalid
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, LANGUAGES, OWN_NAMES
from billing_panel.kernel.process.mail_settings import mail_is_set_up
from billing_panel.mail.mail_templates_and_sender import (
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
from billing_panel.web.forms.form_pages import Crumbs, refused, show
from billing_panel.web.forms.noun_pages import EditPage, ProviderPage
from billing_panel.web.mail.sandboxed_letter import framing, letter_answer
from billing_panel.web.mail.sender_and_text_forms import SenderForm, TextForm
from billing_panel.web.shell import post_in_transaction
from billing_panel.web.shell.i18n import gettext, said
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, needs
from permissions.panel_functions import PanelFunction

mail_texts = Blueprint("mail_texts", __name__, url_prefix="/mail")
changing = access(needs(PanelFunction.MAIL_TEMPLATE_CHANGE, for_staff=True))
TextOf = tuple[Provider, MailKind]


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


class SenderPage(ProviderPage[SenderDetails]):
    """The sender of the letters of the provider ``key``, and the kinds of letters there are."""

    template = "mail_texts/sender.html"

    @override
    def details(self, db: Session, row: Provider) -> SenderDetails:
        return sender_details(db, row)

    @override
    def form(self, db: Session, details: SenderDetails, *, sent: bool | None = None) -> SenderForm:
        form, usual = SenderForm(details, sent=sent), usual_sender(self.find(db))
        words = {"name": usual.name, "reply_to": usual.reply_to, **usual.footers}
        for name, placeholder in words.items():
            form[name].render_kw = {**(form[name].render_kw or {}), "placeholder": placeholder}
        return form

    @override
    def name(self, row: Provider) -> str:
        return gettext("Mail of %(provider)s", provider=row.name)

    @override
    def address(self) -> str:
        return url_for("mail_texts.sender", key=self.key)

    @override
    def values(self, db: Session, row: Provider) -> Mapping[str, Any]:
        return {
            "key": self.key,
            "sections": _by_section(kind_lines(db, row)),
            "offered": [(p.key, p.name) for p in providers_in_scope(db, self.actor)],
            "shown_language": language() if language() in LANGUAGES else DEFAULT_LANGUAGE,
            "own_names": OWN_NAMES,
            "is_set_up": mail_is_set_up(panel().config),
        }

    @override
    def change_row(self, db: Session, details: SenderDetails, seen: str) -> None:
        change_sender(db, self.key, details, seen=seen, **self.how)


class TextPage(EditPage[TextOf, TemplateDetails]):
    """What one kind of letter of a provider says in one language, at ``place``."""

    template = "mail_texts/text.html"

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place

    @override
    def find(self, db: Session) -> TextOf:
        provider = find_provider(db, self.actor, self.place.key)
        return provider, find_kind(db, self.place.kind, self.place.lang)

    @override
    def details(self, db: Session, row: TextOf) -> TemplateDetails:
        provider, kind = row
        return template_details(db, provider, kind, self.place.lang)

    @override
    def form(self, db: Session, details: TemplateDetails, *, sent: bool | None = None) -> TextForm:
        return TextForm(details, sent=sent)

    @override
    def name(self, row: TextOf) -> str:
        return said(row[1].title)

    @override
    def crumbs(self, row: TextOf) -> Crumbs:
        title = gettext("Mail of %(provider)s", provider=row[0].name)
        return [(title, url_for("mail_texts.sender", key=self.place.key))]

    @override
    def address(self) -> str:
        return self.place.address()

    @override
    def values(self, db: Session, row: TextOf) -> Mapping[str, Any]:
        place, (provider, kind) = self.place, row
        sample = kind.samples(db, self.actor, provider.id, place.lang)
        return {
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

    @override
    def change_row(self, db: Session, details: TemplateDetails, seen: str) -> None:
        place = self.place
        change_template(db, place.key, place.kind, place.lang, details, seen=seen, **self.how)


def _by_section(lines: Sequence[KindLine]) -> Mapping[str, list[KindLine]]:
    found: dict[str, list[KindLine]] = {}
    for line in lines:
        found.setdefault(said(line.kind.section), []).append(line)
    return found


@mail_texts.route("/<key>", methods=["GET", "POST"])
@changing
def sender(key: str) -> ResponseReturnValue:
    """The sender of a provider's letters, and the kinds there are."""
    return SenderPage(key).change()


@mail_texts.route("/<key>/<letter_kind>/<lang>", methods=["GET", "POST"])
@changing
def text(key: str, letter_kind: str, lang: str) -> ResponseReturnValue:
    """What one kind of letter says in one language, with a preview."""
    return _framing(TextPage(Place(key, letter_kind, lang)).change())


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
    text_page = TextPage(Place(key, letter_kind, lang))
    page = text_page.page()

    def act(db: Session) -> str:
        to = db.get_one(User, text_page.actor.user_id).email
        send_test(db, key, letter_kind, lang, page.form.details(), to=to, **text_page.how)
        return to

    def then(to: str) -> ResponseReturnValue:
        flash(gettext("A test e-mail is being sent to %(address)s.", address=to), "ok")
        return _framing(show(page))

    return post_in_transaction.change(act, lambda refusal: _framing(refused(page, refusal)), then)


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

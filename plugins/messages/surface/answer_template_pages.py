"""Messages → Answer templates: the ready-made answers of one's providers."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from typing_extensions import override
from wtforms import StringField, TextAreaField

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.kernel.language.text import OWN_NAMES, text
from billing_panel.web.forms.details_form import DetailsForm, Section
from billing_panel.web.forms.form_pages import Crumbs, FormPage, ListCell, ListRow
from billing_panel.web.forms.noun_pages import NounPages
from billing_panel.web.shell.i18n import gettext, said
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from plugins.messages.correspondence.answer_templates import (
    TemplateDetails,
    delete_template,
    find_template,
    save_template,
    template_details,
    templates_of,
)
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.models import ReadyAnswer
from plugins.messages.store.placeholders import PLACEHOLDERS

answer_templates = Blueprint(
    "answer_templates", "plugins.messages", url_prefix="/messages/templates"
)
changing = access(needs(MessagesFunction.TEMPLATE_CHANGE, for_staff=True))

TemplateOf = tuple[ReadyAnswer, Provider]


class TemplateForm(DetailsForm):
    """A template: its title for staff, and the answer in each language."""

    title = StringField(
        text("Title"), description=text("The name by which staff choose the template.")
    )
    text_en = TextAreaField(OWN_NAMES["en"])
    text_ru = TextAreaField(OWN_NAMES["ru"])
    text_bg = TextAreaField(OWN_NAMES["bg"])

    REQUIRED = ("title",)
    SECTIONS = (
        Section(text("Template"), ("title",)),
        Section(
            text("Answer"),
            ("text_en", "text_ru", "text_bg"),
            text(
                "Clients get it in their own language, otherwise in English or "
                "whichever language there is."
            ),
        ),
    )

    def details(self) -> TemplateDetails:
        return TemplateDetails(**self.values())


class TemplatePages(NounPages[TemplateOf, TemplateDetails]):
    """Ready-made answers. ``template_id``: which is changed, else ``provider``: whose is added."""

    blueprint = "answer_templates"
    title = text("Answer templates")
    new_title = text("New template")
    columns = (text("Template"), text("Provider"), text("Languages"))
    icon = "note"
    nothing = (
        text("No templates yet"),
        text("Ready-made answers that fill in the order’s details by themselves."),
    )
    list_template = "messages/templates.html"
    template = "messages/template.html"

    def __init__(self, template_id: int = 0, *, provider: str = "") -> None:
        super().__init__()
        self.template_id = template_id
        self.provider = provider

    @override
    def rows(self, db: Session) -> Iterable[ListRow]:
        return [_row(template, provider) for template, provider in templates_of(db, self.actor)]

    @override
    def create_button(self) -> None:
        """One for each provider stands on the page itself."""

    @override
    def list_values(self, db: Session) -> Mapping[str, Any]:
        offered = providers_in_scope(db, self.actor)
        return {"new": [(p.name, url_for("answer_templates.new", key=p.key)) for p in offered]}

    @override
    def list_crumbs(self) -> Crumbs:
        return [(gettext("Messages"), url_for("messages.index")), *super().list_crumbs()]

    @override
    def blank(self, db: Session) -> TemplateDetails:
        return TemplateDetails("")

    @override
    def new_page(self, db: Session) -> FormPage:
        name = find_provider(db, self.actor, self.provider).name
        title = gettext("New template for %(provider)s", provider=name)
        return replace(
            super().new_page(db), title=title, template=self.template, values=_placeholders()
        )

    @override
    def find(self, db: Session) -> TemplateOf:
        return find_template(db, self.actor, self.template_id)

    @override
    def details(self, db: Session, row: TemplateOf) -> TemplateDetails:
        return template_details(row[0])

    @override
    def form(
        self, db: Session, details: TemplateDetails, *, sent: bool | None = None
    ) -> TemplateForm:
        return TemplateForm({**asdict(details), "seen": state_of(details)}, sent=sent)

    @override
    def name(self, row: TemplateOf) -> str:
        return row[0].title

    @override
    def address(self) -> str:
        return url_for("answer_templates.change", template_id=self.template_id)

    @override
    def follows(self, row: TemplateOf) -> str:
        return f"answer_template:{self.template_id}"

    @override
    def values(self, db: Session, row: TemplateOf) -> Mapping[str, Any]:
        may_delete = may_open("answer_templates.delete")
        return {**_placeholders(), "template_id": self.template_id, "may_delete": may_delete}

    @override
    def add_row(self, db: Session, details: TemplateDetails) -> str:
        save_template(db, details, provider=self.provider, **self.how)
        return url_for("answer_templates.index")

    @override
    def change_row(self, db: Session, details: TemplateDetails, seen: str) -> None:
        save_template(db, details, template_id=self.template_id, seen=seen, **self.how)


def _row(template: ReadyAnswer, provider: Provider) -> ListRow:
    cells = [ListCell(provider.name), ListCell(", ".join(template.texts))]
    address = url_for("answer_templates.change", template_id=template.id)
    return ListRow(template.title, address, "", cells)


def _placeholders() -> dict[str, Any]:
    names = [(f"{{{name}}}", said(meaning)) for name, meaning in PLACEHOLDERS.items()]
    return {"placeholders": names}


@answer_templates.get("")
@changing
def index() -> ResponseReturnValue:
    """Templates of the providers in scope. Needs ``messages:template:change``; staff alone."""
    return TemplatePages().index()


@answer_templates.route("/new/<key>", methods=["GET", "POST"])
@changing
def new(key: str) -> ResponseReturnValue:
    """Add a template of a provider. Needs ``messages:template:change``; staff alone."""
    return TemplatePages(provider=key).new()


@answer_templates.route("/<bigid:template_id>", methods=["GET", "POST"])
@changing
def change(template_id: int) -> ResponseReturnValue:
    """Show and save a template. Needs ``messages:template:change``; staff alone."""
    return TemplatePages(template_id).change()


@answer_templates.post("/<bigid:template_id>/delete")
@changing
def delete(template_id: int) -> ResponseReturnValue:
    """Delete a template. Needs ``messages:template:change``; staff alone."""
    running = panel()
    with running.database.writing() as db:
        delete_template(db, template_id, actor=current_actor(), clock=running.clock)
    flash(gettext("Deleted."), "ok")
    return redirect(url_for("answer_templates.index"), 303)

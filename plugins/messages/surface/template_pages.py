"""Messages → Answer templates: the ready-made answers of one's providers."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import StringField, TextAreaField

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.administration.details.detail_changes import state_of
from billing_panel.kernel.language.text import text
from billing_panel.web.forms.edit_pages import create, edit
from billing_panel.web.forms.form_frame import DetailsForm, Section
from billing_panel.web.forms.form_pages import (
    FormPage,
    ListCell,
    ListPage,
    ListRow,
    show_list,
)
from billing_panel.web.shell.i18n import OWN_NAMES, gettext, said
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
from plugins.messages.store.placeholders import PLACEHOLDERS

answer_templates = Blueprint(
    "answer_templates", "plugins.messages", url_prefix="/messages/templates"
)
changing = access(needs(MessagesFunction.TEMPLATE_CHANGE, for_staff=True))


class TemplateForm(DetailsForm):
    """A template: its title for staff, and the answer in each language."""

    title = StringField(text("Title"), description=text("What staff choose the template by."))
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
                "Clients get it in their own language, otherwise in English or whatever there is."
            ),
        ),
    )

    def details(self) -> TemplateDetails:
        return TemplateDetails(**self.values())


def _filled(details: TemplateDetails) -> dict[str, Any]:
    return {**asdict(details), "seen": state_of(details)}


def _crumbs() -> list[tuple[str, str]]:
    return [
        (gettext("Messages"), url_for("messages.index")),
        (gettext("Answer templates"), url_for("answer_templates.index")),
    ]


def _values(**more: Any) -> dict[str, Any]:
    names = [(f"{{{name}}}", said(meaning)) for name, meaning in PLACEHOLDERS.items()]
    return {"placeholders": names, **more}


@answer_templates.get("")
@changing
def index() -> ResponseReturnValue:
    """Templates of the providers in scope. Needs ``messages:template:change``; staff alone."""
    actor = current_actor()
    with panel().database.reading() as db:
        rows = [
            ListRow(
                template.title,
                url_for("answer_templates.change", template_id=template.id),
                "",
                [ListCell(provider.name), ListCell(", ".join(template.texts))],
            )
            for template, provider in templates_of(db, actor)
        ]
        new = [
            (provider.name, url_for("answer_templates.new", key=provider.key))
            for provider in providers_in_scope(db, actor)
        ]
    return show_list(
        ListPage(
            title=gettext("Answer templates"),
            columns=[gettext("Template"), gettext("Provider"), gettext("Languages")],
            rows=rows,
            icon="note",
            nothing=(
                gettext("No templates yet"),
                gettext("Ready-made answers that fill in the order’s details by themselves."),
            ),
            values={"new": new},
            template="messages/templates.html",
        )
    )


@answer_templates.route("/new/<key>", methods=["GET", "POST"])
@changing
def new(key: str) -> ResponseReturnValue:
    """Add a template of a provider. Needs ``messages:template:change``; staff alone."""
    with panel().database.reading() as db:
        name = find_provider(db, current_actor(), key).name
    form = TemplateForm(_filled(TemplateDetails("")))
    page = FormPage(
        gettext("New template of %(provider)s", provider=name),
        _crumbs(),
        form,
        template="messages/template.html",
        values=_values(),
    )

    def make(db: Session, details: TemplateDetails) -> str:
        save_template(db, details, provider=key, actor=current_actor(), clock=panel().clock)
        return url_for("answer_templates.index")

    return create(page, make)


@answer_templates.route("/<bigid:template_id>", methods=["GET", "POST"])
@changing
def change(template_id: int) -> ResponseReturnValue:
    """Show and save a template. Needs ``messages:template:change``; staff alone."""
    with panel().database.reading() as db:
        template, _ = find_template(db, current_actor(), template_id)
        title, form = template.title, TemplateForm(_filled(template_details(template)))

    def save(db: Session, details: TemplateDetails, seen: str) -> str:
        save_template(
            db,
            details,
            template_id=template_id,
            seen=seen,
            actor=current_actor(),
            clock=panel().clock,
        )
        return url_for("answer_templates.change", template_id=template_id)

    return edit(
        FormPage(
            title,
            _crumbs(),
            form,
            template="messages/template.html",
            values=_values(template_id=template_id, may_delete=may_open("answer_templates.delete")),
            follows=f"answer_template:{template_id}",
        ),
        save,
        now=lambda db: template_details(find_template(db, current_actor(), template_id)[0]),
        refill=lambda details: TemplateForm(_filled(details), sent=False),
    )


@answer_templates.post("/<bigid:template_id>/delete")
@changing
def delete(template_id: int) -> ResponseReturnValue:
    """Delete a template. Needs ``messages:template:change``; staff alone."""
    running = panel()
    with running.database.writing() as db:
        delete_template(db, template_id, actor=current_actor(), clock=running.clock)
    flash(gettext("Deleted."), "ok")
    return redirect(url_for("answer_templates.index"), 303)

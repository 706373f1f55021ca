"""Administration → Tariffs → Categories: what they are called in the shop, and their order."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import StringField

from billing_panel.accounts.access.scope import find_provider
from billing_panel.administration.catalog.tariff_categories import (
    CategoriesDetails,
    CategoryDetails,
    categories_details,
    save_categories,
)
from billing_panel.administration.details.detail_changes import state_of
from billing_panel.kernel.language.text import text
from billing_panel.web.forms.edit_pages import edit
from billing_panel.web.forms.form_frame import (
    DetailsForm,
    RowForm,
    RowsField,
    Section,
    TitlesField,
)
from billing_panel.web.forms.form_pages import FormPage
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from permissions.functions import PanelFunction

categories = Blueprint("categories", __name__, url_prefix="/tariffs/categories")


class CategoryRow(RowForm):
    """A category by the name that tariffs have, and its titles."""

    REQUIRED = ("name",)

    name = StringField(text("Category of tariffs"))
    titles = TitlesField(text("Title in the shop"))


class CategoriesForm(DetailsForm):
    """The categories of a provider."""

    categories = RowsField(CategoryRow, text("Categories"), spare=1)

    SECTIONS = (
        Section(
            text("Categories"),
            ("categories",),
            text("The shop shows those with a title in this order, then the others by their name."),
        ),
    )

    def __init__(self, details: CategoriesDetails, *, sent: bool | None = None) -> None:
        filled: Mapping[str, Any] = {**asdict(details), "seen": state_of(details)}
        super().__init__(filled, sent=sent)

    def details(self) -> CategoriesDetails:
        return CategoriesDetails([CategoryDetails(**row) for row in self.values()["categories"]])


@categories.route("/<key>", methods=["GET", "POST"])
@access(needs(PanelFunction.TARIFF_CHANGE))
def change(key: str) -> ResponseReturnValue:
    """The categories of a provider. Two who change them at once are told of each other."""
    running, actor = panel(), current_actor()
    address = url_for("categories.change", key=key)

    def save(db: Session, details: CategoriesDetails, seen: str) -> str:
        save_categories(db, key, details, seen=seen, actor=actor, clock=running.clock)
        return address

    def now(db: Session) -> CategoriesDetails:
        return categories_details(db, find_provider(db, actor, key))

    with running.database.reading() as db:
        provider = find_provider(db, actor, key)
        form = CategoriesForm(categories_details(db, provider))
    crumbs = [
        (gettext("Tariffs"), url_for("tariffs.index")),
        (provider.name, url_for("tariffs.index", provider=key)),
    ]
    page = FormPage(gettext("Categories"), crumbs, form, action=address)
    return edit(page, save, now=now, refill=lambda details: CategoriesForm(details, sent=False))

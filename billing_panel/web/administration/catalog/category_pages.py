"""Administration → Tariffs → Categories: what they are called in the shop, and their order."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from typing_extensions import override
from wtforms import StringField

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.administration.catalog.tariff_categories import (
    CategoriesDetails,
    CategoryDetails,
    categories_details,
    save_categories,
)
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.kernel.language.text import text
from billing_panel.web.forms.details_form import DetailsForm, RowForm, RowsField, Section
from billing_panel.web.forms.form_pages import Crumbs
from billing_panel.web.forms.noun_pages import ProviderPage
from billing_panel.web.forms.typed_fields import TitlesField
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.route_access import access, needs
from permissions.panel_functions import PanelFunction

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


class CategoriesPage(ProviderPage[CategoriesDetails]):
    """The categories of the provider ``key``, all on one page."""

    @override
    def details(self, db: Session, row: Provider) -> CategoriesDetails:
        return categories_details(db, row)

    @override
    def form(
        self, db: Session, details: CategoriesDetails, *, sent: bool | None = None
    ) -> CategoriesForm:
        return CategoriesForm(details, sent=sent)

    @override
    def name(self, row: Provider) -> str:
        return gettext("Categories")

    @override
    def crumbs(self, row: Provider) -> Crumbs:
        return [
            (gettext("Tariffs"), url_for("tariffs.index")),
            (row.name, url_for("tariffs.index", provider=row.key)),
        ]

    @override
    def address(self) -> str:
        return url_for("categories.change", key=self.key)

    @override
    def change_row(self, db: Session, details: CategoriesDetails, seen: str) -> None:
        save_categories(db, self.key, details, seen=seen, **self.how)


@categories.route("/<key>", methods=["GET", "POST"])
@access(needs(PanelFunction.TARIFF_CHANGE))
def change(key: str) -> ResponseReturnValue:
    """The categories of a provider. Two who change them at once are told of each other."""
    return CategoriesPage(key).change()

"""Administration → Permissions → a department: its key and its names."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from typing_extensions import override
from wtforms import BooleanField, StringField

from billing_panel.accounts.people.staff_models import Department
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.administration.staff.departments import (
    DepartmentDetails,
    department_details,
    find_department,
    save_department,
)
from billing_panel.kernel.language.text import say, text
from billing_panel.web.forms.details_form import DetailsForm, Section
from billing_panel.web.forms.form_pages import Crumbs
from billing_panel.web.forms.noun_pages import NounPages
from billing_panel.web.forms.typed_fields import PercentField, TitlesField
from billing_panel.web.shell.i18n import said
from billing_panel.web.shell.request_context import language
from billing_panel.web.shell.route_access import access, needs
from permissions.panel_functions import PanelFunction

departments = Blueprint("departments", __name__, url_prefix="/permissions/departments")
changing = access(needs(PanelFunction.RIGHTS_CHANGE))


class DepartmentForm(DetailsForm):
    """A department, and what is asked of and allowed to its people besides functions."""

    key = StringField(text("Key"))
    titles = TitlesField(text("Title"))
    second_factor = BooleanField(
        text("Second factor required"),
        description=text(
            "Its people set one up at their next sign-in, before anything else."
            " Switching it on or off signs them out."
        ),
    )
    discount_cap = PercentField(
        text("Largest discount as an exception, percent"),
        description=text("The most its people may propose or approve; empty: no discount."),
    )

    REQUIRED = ("key", "titles")
    SECTIONS = (Section(text("Department"), ("key", "titles", "second_factor", "discount_cap")),)

    def __init__(self, details: DepartmentDetails, *, sent: bool | None = None) -> None:
        super().__init__({**asdict(details), "seen": state_of(details)}, sent=sent)

    def details(self) -> DepartmentDetails:
        return DepartmentDetails(**self.values())


class DepartmentPages(NounPages[Department, DepartmentDetails]):
    """Departments, which are listed among the permissions. ``department_id``: which is changed."""

    blueprint = "departments"
    title = text("Permissions")
    new_title = text("New department")
    template = "administration/department.html"

    def __init__(self, department_id: int = 0) -> None:
        super().__init__()
        self.department_id = department_id

    @override
    def list_crumbs(self) -> Crumbs:
        return [(said(self.title), url_for("permissions.page"))]

    @override
    def blank(self, db: Session) -> DepartmentDetails:
        return DepartmentDetails(key="", titles={})

    @override
    def find(self, db: Session) -> Department:
        return find_department(db, self.department_id)

    @override
    def details(self, db: Session, row: Department) -> DepartmentDetails:
        return department_details(row)

    @override
    def form(
        self, db: Session, details: DepartmentDetails, *, sent: bool | None = None
    ) -> DepartmentForm:
        return DepartmentForm(details, sent=sent)

    @override
    def name(self, row: Department) -> str:
        return say(row.title, language())

    @override
    def address(self) -> str:
        return url_for("departments.change", department_id=self.department_id)

    @override
    def follows(self, row: Department) -> str:
        return f"department:{row.id}"

    @override
    def values(self, db: Session, row: Department) -> Mapping[str, Any]:
        return {"role": row.key}

    @override
    def add_row(self, db: Session, details: DepartmentDetails) -> str:
        made = save_department(db, None, details, **self.how)
        return url_for("departments.change", department_id=made.id)

    @override
    def change_row(self, db: Session, details: DepartmentDetails, seen: str) -> None:
        save_department(db, self.department_id, details, seen=seen, **self.how)


@departments.route("/new", methods=["GET", "POST"])
@changing
def new() -> ResponseReturnValue:
    """Add a department, which may do nothing yet."""
    return DepartmentPages().new()


@departments.route("/<bigid:department_id>", methods=["GET", "POST"])
@changing
def change(department_id: int) -> ResponseReturnValue:
    """Show and save a department: key, titles, second factor, largest discount."""
    return DepartmentPages(department_id).change()

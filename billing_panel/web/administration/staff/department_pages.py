"""Administration → Permissions → a department: its key and its names."""

from dataclasses import asdict

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import BooleanField, StringField

from billing_panel.administration.details.detail_changes import state_of
from billing_panel.administration.staff.departments import (
    DepartmentDetails,
    department_details,
    find_department,
    save_department,
)
from billing_panel.kernel.language.text import say, text
from billing_panel.web.forms.edit_pages import create, edit
from billing_panel.web.forms.form_frame import (
    DetailsForm,
    PercentField,
    Section,
    TitlesField,
)
from billing_panel.web.forms.form_pages import (
    FormPage,
)
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, needs
from permissions.functions import PanelFunction

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


def _crumbs() -> list[tuple[str, str]]:
    return [(gettext("Permissions"), url_for("permissions.page"))]


@departments.route("/new", methods=["GET", "POST"])
@changing
def new() -> ResponseReturnValue:
    """Add a department, which may do nothing yet."""
    form = DepartmentForm(DepartmentDetails(key="", titles={}))
    return create(
        FormPage(gettext("New department"), _crumbs(), form),
        lambda db, details: _save(db, None, details),
    )


@departments.route("/<bigid:department_id>", methods=["GET", "POST"])
@changing
def change(department_id: int) -> ResponseReturnValue:
    """Show and save a department: key, titles, second factor, largest discount."""
    with panel().database.reading() as db:
        row = find_department(db, department_id)
        page = FormPage(
            title=say(row.title, language()),
            crumbs=_crumbs(),
            form=DepartmentForm(department_details(row)),
            template="administration/department.html",
            values={"role": row.key},
            follows=f"department:{department_id}",
        )
    return edit(
        page,
        lambda db, details, seen: _save(db, department_id, details, seen),
        now=lambda db: department_details(find_department(db, department_id)),
        refill=lambda details: DepartmentForm(details, sent=False),
    )


def _save(
    db: Session, department_id: int | None, details: DepartmentDetails, seen: str | None = None
) -> str:
    saved = save_department(
        db, department_id, details, seen=seen, actor=current_actor(), clock=panel().clock
    )
    return url_for("departments.change", department_id=saved.id)

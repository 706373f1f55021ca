"""Administration → Departments: the roles of the staff, and what each may do."""

from dataclasses import asdict
from itertools import groupby
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import StringField

from billing_panel.accounts.staff import Department
from billing_panel.administration.changes import state_of
from billing_panel.administration.departments import (
    DepartmentDetails,
    department_details,
    find_department,
    save_department,
)
from billing_panel.administration.departments import (
    departments as all_departments,
)
from billing_panel.kernel.text import say, text
from billing_panel.web.access import access, needs
from billing_panel.web.administration.forms import (
    CheckListField,
    DetailsForm,
    PercentField,
    Section,
    TitlesField,
)
from billing_panel.web.administration.pages import (
    Cell,
    Editing,
    FormPage,
    ListPage,
    Row,
    save,
    show,
    show_list,
)
from billing_panel.web.context import current_actor, language, panel
from billing_panel.web.i18n import gettext
from permissions.functions import PanelFunction

departments = Blueprint("departments", __name__, url_prefix="/departments")
changing = access(needs(PanelFunction.RIGHTS_CHANGE))


class DepartmentForm(DetailsForm):
    key = StringField(text("Key"))
    titles = TitlesField(text("Title"))
    functions = CheckListField(
        text("What its people may do"),
        description=text("You can give or take only what you hold yourself."),
    )
    discount_cap = PercentField(
        text("Largest discount as an exception, percent"),
        description=text("What its people may propose or approve at most; empty: no discount."),
    )

    SECTIONS = (
        Section(text("Department"), ("key", "titles")),
        Section(text("Rights"), ("functions", "discount_cap")),
    )

    def __init__(self, filled: dict[str, Any], *, sent: bool | None = None) -> None:
        super().__init__(filled, sent=sent)
        self.functions.choices = {
            title: {str(info.name): say(info.title, language()) for info in infos}
            for title, infos in groupby(
                panel().functions, key=lambda info: say(info.section, language())
            )
        }

    def details(self) -> DepartmentDetails:
        typed = self.values()
        functions = sorted(typed["functions"] or ())
        return DepartmentDetails(typed["key"], typed["titles"], functions, typed["discount_cap"])


def _filled(details: DepartmentDetails) -> dict[str, Any]:
    return {**asdict(details), "seen": state_of(details)}


def _crumbs() -> list[tuple[str, str]]:
    return [(gettext("Departments"), url_for("departments.index"))]


@departments.get("")
@changing
def index() -> ResponseReturnValue:
    with panel().database.reading() as db:
        rows = [_row(row, department_details(db, row)) for row in all_departments(db)]
    return show_list(
        ListPage(
            title=gettext("Departments"),
            columns=[gettext("Department"), gettext("Functions")],
            rows=rows,
            icon="shield",
            nothing=(
                gettext("No departments yet"),
                gettext("A department is a role: its people may do what you switch on for it."),
            ),
            create=(gettext("New department"), url_for("departments.new")),
        )
    )


def _row(department: Department, details: DepartmentDetails) -> Row:
    return Row(
        say(department.title, language()),
        url_for("departments.change", department_id=department.id),
        department.key,
        [Cell(str(len(details.functions)), number=True)],
    )


@departments.route("/new", methods=["GET", "POST"])
@changing
def new() -> ResponseReturnValue:
    form = DepartmentForm(_filled(DepartmentDetails(key="", titles={})))
    page = FormPage(gettext("New department"), _crumbs(), form)
    return show(page) if request.method == "GET" else _save(page, None)


@departments.route("/<bigid:department_id>", methods=["GET", "POST"])
@changing
def change(department_id: int) -> ResponseReturnValue:
    with panel().database.reading() as db:
        row = find_department(db, department_id)
        title, details = say(row.title, language()), department_details(db, row)
    page = FormPage(title, _crumbs(), DepartmentForm(_filled(details)))
    return show(page) if request.method == "GET" else _save(page, department_id)


def _save(page: FormPage, department_id: int | None) -> ResponseReturnValue:
    running, actor, form = panel(), current_actor(), page.form

    def act(db: Session) -> str:
        saved = save_department(
            db,
            department_id,
            form.details(),
            seen=form.seen.data,
            known=running.known,
            actor=actor,
            clock=running.clock,
        )
        return url_for("departments.change", department_id=saved.id)

    if department_id is None:
        return save(page, act)
    editing = Editing(
        now=lambda db: department_details(db, find_department(db, department_id)),
        typed=form.details,
        refill=lambda details: DepartmentForm(_filled(details), sent=False),
    )
    return save(page, act, {"": editing})

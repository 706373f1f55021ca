"""Administration → Staff."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from typing_extensions import override
from wtforms import BooleanField, SelectField, StringField

from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.signing_in.second_factor import second_factor
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.administration.staff.change_staff import (
    StaffDetails,
    change_staff,
    create_staff,
    find_staff,
    reset_second_factor,
    seen_providers,
    staff_details,
    user_to_invite,
)
from billing_panel.administration.staff.change_staff import (
    staff as staff_in_scope,
)
from billing_panel.administration.staff.departments import departments as all_departments
from billing_panel.kernel.language.text import OWN_NAMES, say, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.forms.details_form import DetailsForm, Section
from billing_panel.web.forms.form_pages import FormPage, ListCell, ListRow
from billing_panel.web.forms.noun_pages import NounPages
from billing_panel.web.forms.sign_in_links import give_link, link_address
from billing_panel.web.forms.typed_fields import CheckListField
from billing_panel.web.shell import post_in_transaction
from billing_panel.web.shell.i18n import gettext, said
from billing_panel.web.shell.request_context import current_actor, language
from billing_panel.web.shell.route_access import access, may_open, needs
from permissions.panel_functions import PanelFunction

staff = Blueprint("staff", __name__, url_prefix="/staff")
reading = access(needs(PanelFunction.STAFF_READ, PanelFunction.STAFF_CHANGE))
changing = access(needs(PanelFunction.STAFF_CHANGE))


class StaffForm(DetailsForm):
    """A member of staff: how they sign in, their departments and providers."""

    login = StringField(text("Login"), description=text("It can’t be changed later."))
    name = StringField(text("Name"))
    language = SelectField(text("Language"), choices=OWN_NAMES)
    email = StringField(
        text("E-mail"),
        description=text("Sign-in links and messages about the account go to this address."),
    )
    departments = CheckListField(text("Departments"))
    providers = CheckListField(
        text("Works for"), description=text("They can’t see anything of other providers.")
    )
    owner = BooleanField(
        text("Owner"), description=text("Holds every function and sees every provider.")
    )
    disabled = BooleanField(text("Can’t sign in"))

    REQUIRED = ("login", "name")
    SECTIONS = (
        Section(text("Member of staff"), ("login", "name", "email", "language", "disabled")),
        Section(text("Rights"), ("departments", "providers", "owner")),
    )

    def __init__(self, db: Session, details: StaffDetails, *, sent: bool | None = None) -> None:
        super().__init__({**asdict(details), "seen": state_of(details)}, sent=sent)
        self.departments.choices = {
            row.key: say(row.title, language()) for row in all_departments(db)
        }
        self.providers.choices = {
            row.key: row.name for row in providers_in_scope(db, current_actor())
        }

    def details(self) -> StaffDetails:
        typed = self.values()
        for name in ("departments", "providers"):
            typed[name] = sorted(typed[name] or ())
        return StaffDetails(**typed)


class StaffPages(NounPages[Staff, StaffDetails]):
    """The people who work here. ``staff_id``: who is changed; ``link``: for them to sign in by."""

    blueprint = "staff"
    title = text("Staff")
    new_title = text("New member of staff")
    columns = (text("Name"), text("Departments"), text("Works for"), text("State"))
    icon = "users"
    nothing = (
        text("No staff yet"),
        text("The people who work here will appear in this list."),
    )
    template = "administration/person.html"

    def __init__(self, staff_id: int = 0, *, link: str | None = None) -> None:
        super().__init__()
        self.staff_id = staff_id
        self.link = link

    @override
    def rows(self, db: Session) -> Iterable[ListRow]:
        return [_row(person, self.actor) for person in staff_in_scope(db, self.actor)]

    @override
    def blank(self, db: Session) -> StaffDetails:
        return StaffDetails(login="", name="", language=language())

    @override
    def new_page(self, db: Session) -> FormPage:
        form = StaffForm(db, self.blank(db))
        return FormPage(said(self.new_title), self.list_crumbs(), form)

    @override
    def find(self, db: Session) -> Staff:
        return find_staff(db, self.actor, self.staff_id)

    @override
    def details(self, db: Session, row: Staff) -> StaffDetails:
        return staff_details(row, self.actor)

    @override
    def form(self, db: Session, details: StaffDetails, *, sent: bool | None = None) -> StaffForm:
        form = StaffForm(db, details, sent=sent)
        form.fix("login")
        return form

    @override
    def name(self, row: Staff) -> str:
        return row.name

    @override
    def address(self) -> str:
        return url_for("staff.change", staff_id=self.staff_id)

    @override
    def action(self) -> str:
        return url_for("staff.send", staff_id=self.staff_id)

    @override
    def may_save(self, row: Staff) -> bool:
        return may_open("staff.send")

    @override
    def follows(self, row: Staff) -> str:
        return f"staff:{row.id}"

    @override
    def values(self, db: Session, row: Staff) -> Mapping[str, Any]:
        return {
            "link": self.link,
            "staff_id": row.id,
            "link_action": url_for("staff.sign_in_link", staff_id=row.id),
            "has_password": row.user.password_hash is not None,
            "mail_to": link_address(row.user.email),
            "may_invite": may_open("staff.sign_in_link"),
            "has_factor": second_factor(db, row.user_id) is not None,
            "reset_action": url_for("staff.reset_factor", staff_id=row.id),
            "own_page": row.id == self.actor.staff_id,
        }

    @override
    def add_row(self, db: Session, details: StaffDetails) -> str:
        made = create_staff(db, details, **self.how)
        return url_for("staff.change", staff_id=made.id)

    @override
    def change_row(self, db: Session, details: StaffDetails, seen: str) -> None:
        change_staff(db, self.staff_id, details, seen=seen, **self.how)


def _row(person: Staff, actor: Actor) -> ListRow:
    state = ListCell(gettext("Can’t sign in"), "bad") if person.user.disabled_at else ListCell("")
    departments = ", ".join(say(row.title, language()) for row in person.departments)
    cells = [
        ListCell(gettext("Owner"), "violet") if person.owner else ListCell(departments),
        ListCell(", ".join(row.name for row in seen_providers(person, actor))),
        state,
    ]
    return ListRow(
        person.name, url_for("staff.change", staff_id=person.id), person.user.login, cells
    )


@staff.get("")
@reading
def index() -> ResponseReturnValue:
    """Staff in one's scope."""
    return StaffPages().index()


@staff.route("/new", methods=["GET", "POST"])
@changing
def new() -> ResponseReturnValue:
    """Add a member of staff, who is then given a link."""
    return StaffPages().new()


@staff.get("/<bigid:staff_id>", endpoint="change")
@reading
def page_of(staff_id: int) -> ResponseReturnValue:
    """A member of staff, with the form."""
    return StaffPages(staff_id).show()


@staff.post("/<bigid:staff_id>", endpoint="send")
@changing
def change(staff_id: int) -> ResponseReturnValue:
    """Save a member of staff. Nobody changes their own power."""
    return StaffPages(staff_id).change()


@staff.post("/<bigid:staff_id>/sign-in-link")
@changing
def sign_in_link(staff_id: int) -> ResponseReturnValue:
    """Shown once, on the page that answers; it is stored nowhere."""
    how = StaffPages(staff_id).how
    return give_link(
        lambda db: user_to_invite(db, staff_id, **how),
        lambda link: StaffPages(staff_id, link=link).page(sent=False),
    )


@staff.post("/<bigid:staff_id>/second-factor/reset")
@changing
def reset_factor(staff_id: int) -> ResponseReturnValue:
    """Remove a person's second factor; they are signed out everywhere."""
    pages = StaffPages(staff_id)

    def act(db: Session) -> None:
        reset_second_factor(db, staff_id, **pages.how)

    def then(_: None) -> ResponseReturnValue:
        flash(gettext("The second factor is removed; they are signed out everywhere."), "ok")
        return redirect(pages.address(), 303)

    return post_in_transaction.change(act, pages.refused, then, post_in_transaction.WITH_RIGHTS)

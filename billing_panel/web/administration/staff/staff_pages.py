"""Administration → Staff."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, StringField

from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.accounts.people.staff import Staff
from billing_panel.accounts.signing_in.second_factor import second_factor
from billing_panel.administration.details.detail_changes import state_of
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
from billing_panel.web.forms.edit_pages import create, edit, give_link, link_address
from billing_panel.web.forms.form_frame import CheckListField, DetailsForm, Section
from billing_panel.web.forms.form_pages import (
    FormPage,
    ListCell,
    ListPage,
    ListRow,
    refused,
    show,
    show_list,
)
from billing_panel.web.shell import refused_page
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from permissions.functions import PanelFunction

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


def _crumbs() -> list[tuple[str, str]]:
    return [(gettext("Staff"), url_for("staff.index"))]


@staff.get("")
@reading
def index() -> ResponseReturnValue:
    """Staff in one's scope."""
    actor = current_actor()
    with panel().database.reading() as db:
        rows = [_row(person, actor) for person in staff_in_scope(db, actor)]
    new_one = (gettext("New member of staff"), url_for("staff.new"))
    return show_list(
        ListPage(
            title=gettext("Staff"),
            columns=[
                gettext("Name"),
                gettext("Departments"),
                gettext("Works for"),
                gettext("State"),
            ],
            rows=rows,
            icon="users",
            nothing=(
                gettext("No staff yet"),
                gettext("The people who work here will appear in this list."),
            ),
            create=new_one if may_open("staff.new") else None,
        )
    )


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


@staff.route("/new", methods=["GET", "POST"])
@changing
def new() -> ResponseReturnValue:
    """Add a member of staff, who is then given a link."""
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        form = StaffForm(db, StaffDetails(login="", name="", language=language()))

    def make(db: Session, details: StaffDetails) -> str:
        made = create_staff(db, details, actor=actor, clock=running.clock)
        return url_for("staff.change", staff_id=made.id)

    return create(FormPage(gettext("New member of staff"), _crumbs(), form), make)


@staff.get("/<bigid:staff_id>", endpoint="change")
@reading
def page_of(staff_id: int) -> ResponseReturnValue:
    """A member of staff, with the form."""
    return show(_page(staff_id))


@staff.post("/<bigid:staff_id>", endpoint="send")
@changing
def change(staff_id: int) -> ResponseReturnValue:
    """Save a member of staff. Nobody changes their own power."""
    running, actor = panel(), current_actor()

    def save(db: Session, details: StaffDetails, seen: str) -> str:
        change_staff(db, staff_id, details, seen=seen, actor=actor, clock=running.clock)
        return url_for("staff.change", staff_id=staff_id)

    return edit(
        _page(staff_id),
        save,
        now=lambda db: staff_details(find_staff(db, actor, staff_id), actor),
        refill=_refill,
    )


def _refill(details: StaffDetails) -> StaffForm:
    with panel().database.reading() as db:
        form = StaffForm(db, details, sent=False)
    form.fix("login")
    return form


@staff.post("/<bigid:staff_id>/sign-in-link")
@changing
def sign_in_link(staff_id: int) -> ResponseReturnValue:
    """Shown once, on the page that answers; it is stored nowhere."""
    running, actor = panel(), current_actor()
    return give_link(
        lambda db: user_to_invite(db, staff_id, actor=actor, clock=running.clock),
        lambda link: _page(staff_id, sent=False, link=link),
    )


@staff.post("/<bigid:staff_id>/second-factor/reset")
@changing
def reset_factor(staff_id: int) -> ResponseReturnValue:
    """Remove a person's second factor; they are signed out everywhere."""
    running = panel()

    def act(db: Session) -> None:
        reset_second_factor(db, staff_id, actor=current_actor(), clock=running.clock)

    def then(_: None) -> ResponseReturnValue:
        flash(gettext("The second factor is removed; they are signed out everywhere."), "ok")
        return redirect(url_for("staff.change", staff_id=staff_id), 303)

    return refused_page.change(
        act,
        lambda refusal: refused(_page(staff_id, sent=False), refusal, sent=False),
        then,
        refused_page.WITH_RIGHTS,
    )


def _page(staff_id: int, *, sent: bool | None = None, link: str | None = None) -> FormPage:
    actor = current_actor()
    with panel().database.reading() as db:
        person = find_staff(db, actor, staff_id)
        values: dict[str, Any] = {
            "link": link,
            "staff_id": staff_id,
            "link_action": url_for("staff.sign_in_link", staff_id=staff_id),
            "has_password": person.user.password_hash is not None,
            "mail_to": link_address(person.user.email),
            "may_invite": may_open("staff.sign_in_link"),
            "has_factor": second_factor(db, person.user_id) is not None,
            "reset_action": url_for("staff.reset_factor", staff_id=staff_id),
            "himself": person.id == actor.staff_id,
        }
        form = StaffForm(db, staff_details(person, actor), sent=sent)
        form.fix("login")
        return FormPage(
            title=person.name,
            crumbs=_crumbs(),
            form=form,
            may_save=may_open("staff.send"),
            action=url_for("staff.send", staff_id=staff_id),
            template="administration/person.html",
            values=values,
            follows=f"staff:{staff_id}",
        )

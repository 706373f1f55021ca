"""The users of a client: in their own area for the owner, below the profile for the staff."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, StringField

from billing_panel.accounts.access.scope import find_client
from billing_panel.accounts.people.client_roles import ROLE_MEANINGS, ROLE_TITLES, ClientRole
from billing_panel.accounts.people.users import ClientUser
from billing_panel.administration.clients.client_users import (
    CHANGING,
    INVITING,
    MANAGING,
    ClientUserDetails,
    change_client_user,
    client_user_details,
    client_user_to_invite,
    client_users,
    find_client_user,
    invite_client_user,
)
from billing_panel.administration.details.detail_changes import state_of
from billing_panel.kernel.language.text import OWN_NAMES, say, text
from billing_panel.web.forms.edit_pages import create, edit, give_link, link_address
from billing_panel.web.forms.form_frame import DetailsForm, Section
from billing_panel.web.forms.form_pages import (
    FormPage,
    ListCell,
    ListPage,
    ListRow,
    show,
    show_list,
)
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, may_open, needs

users = Blueprint("client_users", __name__, url_prefix="/clients/<bigid:client_id>/users")
managing = access(needs(*MANAGING))


class ClientUserForm(DetailsForm):
    """Somebody who signs in for a client: their role, and whether they still can."""

    login = StringField(text("Login"), description=text("It can’t be changed later."))
    role = SelectField(text("Role"))
    language = SelectField(text("Language"), choices=OWN_NAMES)
    email = StringField(
        text("E-mail"),
        description=text("Sign-in links and messages about the account go to this address."),
    )
    disabled = BooleanField(text("Can’t sign in"))

    REQUIRED = ("login",)
    SECTIONS = (Section(text("User"), ("login", "email", "role", "language", "disabled")),)

    def __init__(self, details: ClientUserDetails, *, sent: bool | None = None) -> None:
        super().__init__({**asdict(details), "seen": state_of(details)}, sent=sent)
        self.role.choices = {r.value: say(title, language()) for r, title in ROLE_TITLES.items()}

    def details(self) -> ClientUserDetails:
        typed = self.values()
        return ClientUserDetails(**{**typed, "role": ClientRole(typed["role"])})


def _crumbs(client_id: int, name: str, *, of_list: bool = False) -> list[tuple[str, str]]:
    """The way of staff to the client; in their own area there is none above the users."""
    above = []
    if may_open("clients.profile"):
        above = [
            (gettext("Clients"), url_for("clients.index")),
            (name, url_for("clients.profile", client_id=client_id)),
        ]
    own = (
        [] if of_list else [(gettext("Users"), url_for("client_users.index", client_id=client_id))]
    )
    return [*above, *own]


def row_of(member: ClientUser) -> ListRow:
    """Show a user as a line of the list, with what keeps them from signing in."""
    state = (
        ListCell(gettext("Can’t sign in"), "bad")
        if member.user.disabled_at
        else ListCell("")
        if member.user.password_hash
        else ListCell(gettext("Hasn’t signed in yet"), "warn")
    )
    address = url_for("client_users.change", client_id=member.client_id, user_id=member.user_id)
    title = say(ROLE_TITLES[member.role], language())
    return ListRow(member.user.login, address, cells=[ListCell(title), state])


@users.get("")
@managing
def index(client_id: int) -> ResponseReturnValue:
    """Who signs in for a client."""
    actor = current_actor()
    with panel().database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        rows = [row_of(member) for member in client_users(db, actor, client_id)]
        crumbs = _crumbs(client_id, client.name, of_list=True)
    new_one = (gettext("New user"), url_for("client_users.new", client_id=client_id))
    return show_list(
        ListPage(
            title=gettext("Users"),
            columns=[gettext("Login"), gettext("Role"), gettext("State")],
            rows=rows,
            icon="users",
            nothing=(
                gettext("No users yet"),
                gettext("The client’s users will appear in this list."),
            ),
            create=new_one if may_open("client_users.new") else None,
            values={"crumbs": crumbs, "roles": _roles()},
            template="clients/users.html",
        )
    )


@users.route("/new", methods=["GET", "POST"])
@access(needs(*INVITING))
def new(client_id: int) -> ResponseReturnValue:
    """Add a user, who is then given a link."""
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        form = ClientUserForm(ClientUserDetails(login="", language=client.language))
        page = FormPage(
            gettext("New user"),
            _crumbs(client_id, client.name),
            form,
            template="clients/user.html",
            values={"roles": _roles(), "may_invite": False},
        )

    def make(db: Session, details: ClientUserDetails) -> str:
        made = invite_client_user(db, client_id, details, actor=actor, clock=running.clock)
        return url_for("client_users.change", client_id=client_id, user_id=made.user_id)

    return create(page, make)


@users.get("/<bigid:user_id>", endpoint="change")
@managing
def page_of(client_id: int, user_id: int) -> ResponseReturnValue:
    """A user of a client, with the form."""
    return show(_page(client_id, user_id))


@users.post("/<bigid:user_id>", endpoint="send")
@access(needs(*CHANGING))
def change(client_id: int, user_id: int) -> ResponseReturnValue:
    """Save a user's role, language, and whether they can sign in."""
    running, actor = panel(), current_actor()

    def save(db: Session, details: ClientUserDetails, seen: str) -> str:
        change_client_user(
            db, client_id, user_id, details, seen=seen, actor=actor, clock=running.clock
        )
        return url_for("client_users.change", client_id=client_id, user_id=user_id)

    return edit(
        _page(client_id, user_id),
        save,
        now=lambda db: client_user_details(find_client_user(db, actor, client_id, user_id)),
        refill=_refill,
    )


def _refill(details: ClientUserDetails) -> ClientUserForm:
    form = ClientUserForm(details, sent=False)
    form.fix("login")
    return form


@users.post("/<bigid:user_id>/sign-in-link")
@access(needs(*INVITING))
def sign_in_link(client_id: int, user_id: int) -> ResponseReturnValue:
    """Shown once, on the page that answers; it is stored nowhere."""
    running, actor = panel(), current_actor()
    return give_link(
        lambda db: client_user_to_invite(db, client_id, user_id, actor=actor, clock=running.clock),
        lambda link: _page(client_id, user_id, sent=False, link=link),
    )


def _page(
    client_id: int, user_id: int, *, sent: bool | None = None, link: str | None = None
) -> FormPage:
    actor = current_actor()
    with panel().database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        member = find_client_user(db, actor, client_id, user_id)
        values: dict[str, Any] = {
            "roles": _roles(),
            "link": link,
            "link_action": url_for(
                "client_users.sign_in_link", client_id=client_id, user_id=user_id
            ),
            "has_password": member.user.password_hash is not None,
            "mail_to": link_address(member.user.email),
            "may_invite": may_open("client_users.sign_in_link") and member.user.disabled_at is None,
        }
        form = ClientUserForm(client_user_details(member), sent=sent)
        form.fix("login")
        return FormPage(
            title=member.user.login,
            crumbs=_crumbs(client_id, client.name),
            form=form,
            may_save=may_open("client_users.send"),
            action=url_for("client_users.send", client_id=client_id, user_id=user_id),
            template="clients/user.html",
            values=values,
        )


def _roles() -> list[tuple[str, str]]:
    """Each role with what it means."""
    return [
        (say(title, language()), say(ROLE_MEANINGS[role], language()))
        for role, title in ROLE_TITLES.items()
    ]

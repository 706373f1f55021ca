"""The users of a client: in their own area for the owner, below the profile for the staff."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from typing_extensions import override
from wtforms import BooleanField, SelectField, StringField

from billing_panel.accounts.access.scope import find_client
from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.client_roles import ROLE_MEANINGS, ROLE_TITLES, ClientRole
from billing_panel.accounts.people.user_models import ClientUser
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
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.kernel.language.text import OWN_NAMES, say, text
from billing_panel.web.forms.details_form import DetailsForm, Section
from billing_panel.web.forms.form_pages import Crumbs, FormPage, ListCell, ListRow
from billing_panel.web.forms.noun_pages import NounPages
from billing_panel.web.forms.sign_in_links import give_link, link_address
from billing_panel.web.shell.i18n import gettext, said
from billing_panel.web.shell.request_context import language
from billing_panel.web.shell.route_access import access, may_open, needs

users = Blueprint("client_users", __name__, url_prefix="/clients/<bigid:client_id>/users")
managing = access(needs(*MANAGING))
Member = tuple[ClientUser, Client]


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


class ClientUserPages(NounPages[Member, ClientUserDetails]):
    """Who signs in for a client. ``user_id``: who is changed; ``link``: for them to sign in by."""

    blueprint = "client_users"
    title = text("Users")
    new_title = text("New user")
    columns = (text("Login"), text("Role"), text("State"))
    icon = "users"
    nothing = (text("No users yet"), text("The client’s users will appear in this list."))
    list_template = "clients/users.html"
    template = "clients/user.html"

    def __init__(self, client_id: int, user_id: int = 0, *, link: str | None = None) -> None:
        super().__init__()
        self.client_id = client_id
        self.user_id = user_id
        self.link = link

    def crumbs_above(self, name: str) -> Crumbs:
        """The way of staff to the client; in their own area there is none above the users."""
        if not may_open("clients.profile"):
            return []
        return [
            (gettext("Clients"), url_for("clients.index")),
            (name, url_for("clients.profile", client_id=self.client_id)),
        ]

    def list_address(self) -> str:
        return url_for("client_users.index", client_id=self.client_id)

    @override
    def rows(self, db: Session) -> Iterable[ListRow]:
        return map(row_of, client_users(db, self.actor, self.client_id))

    @override
    def list_values(self, db: Session) -> Mapping[str, Any]:
        client = find_client(db, self.actor, client_id=self.client_id)
        return {"crumbs": self.crumbs_above(client.name), "roles": _roles()}

    @override
    def create_button(self) -> tuple[str, str] | None:
        address = url_for("client_users.new", client_id=self.client_id)
        return (said(self.new_title), address) if may_open("client_users.new") else None

    @override
    def blank(self, db: Session) -> ClientUserDetails:
        client = find_client(db, self.actor, client_id=self.client_id)
        return ClientUserDetails(login="", language=client.language)

    @override
    def new_page(self, db: Session) -> FormPage:
        client = find_client(db, self.actor, client_id=self.client_id)
        return FormPage(
            said(self.new_title),
            [*self.crumbs_above(client.name), (said(self.title), self.list_address())],
            ClientUserForm(self.blank(db)),
            template=self.template,
            values={"roles": _roles(), "may_invite": False},
        )

    @override
    def find(self, db: Session) -> Member:
        client = find_client(db, self.actor, client_id=self.client_id)
        return find_client_user(db, self.actor, self.client_id, self.user_id), client

    @override
    def details(self, db: Session, row: Member) -> ClientUserDetails:
        return client_user_details(row[0])

    @override
    def form(
        self, db: Session, details: ClientUserDetails, *, sent: bool | None = None
    ) -> ClientUserForm:
        form = ClientUserForm(details, sent=sent)
        form.fix("login")
        return form

    @override
    def name(self, row: Member) -> str:
        return row[0].user.login

    @override
    def crumbs(self, row: Member) -> Crumbs:
        return [*self.crumbs_above(row[1].name), (said(self.title), self.list_address())]

    @override
    def address(self) -> str:
        return url_for("client_users.change", client_id=self.client_id, user_id=self.user_id)

    @override
    def action(self) -> str:
        return url_for("client_users.send", client_id=self.client_id, user_id=self.user_id)

    @override
    def may_save(self, row: Member) -> bool:
        return may_open("client_users.send")

    @override
    def values(self, db: Session, row: Member) -> Mapping[str, Any]:
        return {
            "roles": _roles(),
            "link": self.link,
            "link_action": url_for(
                "client_users.sign_in_link", client_id=self.client_id, user_id=self.user_id
            ),
            "has_password": row[0].user.password_hash is not None,
            "mail_to": link_address(row[0].user.email),
            "may_invite": may_open("client_users.sign_in_link")
            and row[0].user.disabled_at is None
            and row[0].user_id != self.actor.user_id,
        }

    @override
    def add_row(self, db: Session, details: ClientUserDetails) -> str:
        made = invite_client_user(db, self.client_id, details, **self.how)
        return url_for("client_users.change", client_id=self.client_id, user_id=made.user_id)

    @override
    def change_row(self, db: Session, details: ClientUserDetails, seen: str) -> None:
        change_client_user(db, self.client_id, self.user_id, details, seen=seen, **self.how)


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


def _roles() -> list[tuple[str, str]]:
    """Each role with what it means."""
    return [
        (say(title, language()), say(ROLE_MEANINGS[role], language()))
        for role, title in ROLE_TITLES.items()
    ]


@users.get("")
@managing
def index(client_id: int) -> ResponseReturnValue:
    """Who signs in for a client."""
    return ClientUserPages(client_id).index()


@users.route("/new", methods=["GET", "POST"])
@access(needs(*INVITING))
def new(client_id: int) -> ResponseReturnValue:
    """Add a user, who is then given a link."""
    return ClientUserPages(client_id).new()


@users.get("/<bigid:user_id>", endpoint="change")
@managing
def page_of(client_id: int, user_id: int) -> ResponseReturnValue:
    """A user of a client, with the form."""
    return ClientUserPages(client_id, user_id).show()


@users.post("/<bigid:user_id>", endpoint="send")
@access(needs(*CHANGING))
def change(client_id: int, user_id: int) -> ResponseReturnValue:
    """Save a user's role, language, and whether they can sign in."""
    return ClientUserPages(client_id, user_id).change()


@users.post("/<bigid:user_id>/sign-in-link")
@access(needs(*INVITING))
def sign_in_link(client_id: int, user_id: int) -> ResponseReturnValue:
    """Shown once, on the page that answers; it is stored nowhere."""
    how = ClientUserPages(client_id, user_id).how
    return give_link(
        lambda db: client_user_to_invite(db, client_id, user_id, **how),
        lambda link: ClientUserPages(client_id, user_id, link=link).page(sent=False),
    )

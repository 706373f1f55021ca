"""Clients → Clients: find one, add one, change what they are and on which terms they buy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from billing_panel.accounts.access.client_search import clients_found
from billing_panel.accounts.access.membership_terms_seen import all_terms_seen, terms_seen
from billing_panel.accounts.access.scope import clients as clients_in_scope
from billing_panel.accounts.access.scope import find_client, find_provider, seen_memberships
from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.accounts.people.client_models import Client, ClientKind, Membership
from billing_panel.accounts.people.vat_register_answers import (
    other_name_of,
    said_of_number,
)
from billing_panel.administration.clients.change_client import change_client, create_client
from billing_panel.administration.clients.change_client_terms import (
    change_membership,
    join_provider,
)
from billing_panel.administration.clients.client_details import (
    GUARDED,
    ClientDetails,
    MembershipDetails,
    client_details,
    hidden_terms,
    membership_details,
)
from billing_panel.administration.clients.client_owner_to_invite import (
    first_owner,
    signs_in,
    user_to_invite,
)
from billing_panel.administration.clients.client_users import client_users
from billing_panel.kernel.language.errors import Invalid, NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.find_search_entries import Page
from billing_panel.kernel.values.actor import Actor
from billing_panel.ledger.client_standing import seen_standings
from billing_panel.web.administration.clients.client_forms import (
    ClientForm,
    NewClientForm,
    TermsForm,
)
from billing_panel.web.administration.clients.client_user_pages import row_of
from billing_panel.web.forms.form_pages import (
    Editing,
    FormPage,
    refused,
    save,
    show,
)
from billing_panel.web.forms.noun_pages import How, create
from billing_panel.web.forms.sign_in_links import give_link, link_address
from billing_panel.web.shell import post_in_transaction
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.page_frame import brought
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from permissions.guard import allows
from permissions.panel_functions import PanelFunction

PAGE = 50


clients = Blueprint("clients", __name__, url_prefix="/clients")


CHANGES = {"credit": PanelFunction.BALANCE_CREDIT, "debit": PanelFunction.BALANCE_DEBIT}


@clients.get("")
@access(needs(PanelFunction.CLIENT_READ, for_staff=True))
def index() -> ResponseReturnValue:
    """Clients in one's scope, by provider and words; for staff alone."""
    actor = current_actor()
    query, wanted = request.args.get("query", "").strip(), request.args.get("provider", "")
    after = page_start()
    with panel().database.reading() as db:
        page = clients_in_scope(actor).options(selectinload(Client.memberships).joinedload("*"))
        theirs = []
        if wanted:
            whose = find_provider(db, actor, wanted).id
            members = select(Membership.client_id).where(Membership.provider_id == whose)
            theirs = [Client.id.in_(members)]
        page = page.where(*theirs)
        if query:
            found = clients_found(db, query, actor, Page(PAGE + 1, after=after), *theirs)
            page = page.where(Client.id.in_(found))
        rows = db.scalars(page.where(Client.id > after).order_by(Client.id).limit(PAGE + 1)).all()
        return render_template(
            "clients/index.html",
            clients=[
                (row, all_terms_seen(seen_memberships(actor, row), actor)) for row in rows[:PAGE]
            ],
            query=query,
            provider=wanted,
            providers=providers_in_scope(db, actor),
            next_page=rows[PAGE - 1].id if len(rows) > PAGE else None,
            may_create=may_open("clients.new"),
        )


def _crumbs() -> list[tuple[str, str]]:
    return [(gettext("Clients"), url_for("clients.index"))]


@clients.route("/new", methods=["GET", "POST"])
@access(needs(PanelFunction.CLIENT_CREATE, for_staff=True))
def new() -> ResponseReturnValue:
    """Add a client of one of one's providers."""
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        offered = providers_in_scope(db, actor)
        if not offered:
            return redirect(url_for("providers.index"))
        own = offered[0]
        form = NewClientForm(
            ClientDetails(
                login="",
                name="",
                kind=ClientKind.COMPANY,
                country=own.country,
                language=own.language,
            )
        )
        form.provider.choices = {row.key: row.name for row in offered}

    def make(db: Session, details: ClientDetails) -> str:
        key = form.provider.data
        made = create_client(db, details, provider=key, actor=actor, clock=running.clock)
        return url_for("clients.profile", client_id=made.id)

    return create(FormPage(gettext("New client"), _crumbs(), form), make)


@clients.get("/<bigid:client_id>")
@access(needs(PanelFunction.CLIENT_READ, for_staff=True))
def profile(client_id: int) -> ResponseReturnValue:
    """A client: who they are, and their terms with each provider."""
    return show(_page(client_id))


@clients.post("/<bigid:client_id>")
@access(needs(PanelFunction.CLIENT_CHANGE, *GUARDED.values(), for_staff=True))
def change(client_id: int) -> ResponseReturnValue:
    """Requisites and terms, as far as the person may change them, saved together."""
    running, actor = panel(), current_actor()
    page = _page(client_id, sent=True)
    how: How = {"actor": actor, "clock": running.clock}
    terms = {prefix: form for prefix, form in page.more.items() if isinstance(form, TermsForm)}
    may_change = allows(actor, PanelFunction.CLIENT_CHANGE)
    may_change_terms = allows(actor, *GUARDED.values())

    def act(db: Session) -> str:
        if may_change:
            seen = page.form.seen.data
            change_client(db, client_id, page.form.details(), seen=seen, **how)
        for prefix, form in terms.items() if may_change_terms else ():
            details = form.details(_terms_now(db, actor, client_id, form.key), actor)
            with _placed(prefix):
                change_membership(db, client_id, form.key, details, seen=form.seen.data, **how)
        return url_for("clients.profile", client_id=client_id)

    editing = {
        prefix: _editing_terms(actor, client_id, form)
        for prefix, form in terms.items()
        if may_change_terms
    }
    if may_change:
        editing[""] = Editing(
            now=lambda db: client_details(find_client(db, actor, client_id=client_id)),
            typed=page.form.details,
            refill=_refill,
        )
    return save(page, act, editing)


def _refill(details: ClientDetails) -> ClientForm:
    form = ClientForm(details, sent=False)
    form.fix("login")
    return form


def _editing_terms(actor: Actor, client_id: int, form: "TermsForm") -> Editing:
    def typed() -> MembershipDetails:
        with panel().database.reading() as db:
            return form.details(_terms_now(db, actor, client_id, form.key), actor)

    def refill(details: MembershipDetails) -> TermsForm:
        with panel().database.reading() as db:
            return TermsForm(db, details, form.key, hidden=form.hidden, fixed=form.fixed)

    return Editing(lambda db: _terms_now(db, actor, client_id, form.key), typed, refill)


def _terms_now(db: Session, actor: Actor, client_id: int, key: str) -> MembershipDetails:
    client = find_client(db, actor, client_id=client_id)
    return membership_details(_membership(actor, client, key))


@contextmanager
def _placed(prefix: str) -> Iterator[None]:
    """Errors of one of several forms say which."""
    try:
        yield
    except Invalid as refusal:
        raise Invalid(
            [replace(error, field=f"{prefix}{error.field}") for error in refusal.errors]
        ) from refusal


@clients.post("/<bigid:client_id>/providers")
@access(needs(PanelFunction.CLIENT_CREATE, for_staff=True))
def join(client_id: int) -> ResponseReturnValue:
    """Make the client one of another provider too."""
    running = panel()
    key = request.form.get("provider", "")

    def act(db: Session) -> None:
        join_provider(db, client_id, key, actor=current_actor(), clock=running.clock)

    def then(_: None) -> ResponseReturnValue:
        target = url_for("clients.profile", client_id=client_id, _anchor=f"terms-{key}")
        return redirect(target, 303)

    return post_in_transaction.change(
        act,
        lambda refusal: refused(_page(client_id), refusal, sent=False),
        then,
        post_in_transaction.WITH_RIGHTS,
    )


@clients.post("/<bigid:client_id>/sign-in-link")
@access(needs(PanelFunction.CLIENT_INVITE, for_staff=True))
def sign_in_link(client_id: int) -> ResponseReturnValue:
    """Shown once, on the page that answers; it is stored nowhere."""
    running, actor = panel(), current_actor()
    return give_link(
        lambda db: user_to_invite(db, client_id, actor=actor, clock=running.clock),
        lambda link: _page(client_id, link=link),
    )


def _link_address(db: Session, client_id: int) -> str | None:
    """Of the user whose sign-in link the page gives."""
    owner = first_owner(db, client_id)
    return link_address(owner.email if owner else "")


def _membership(actor: Actor, client: Client, key: str) -> Membership:
    """Raises NotFound."""
    seen = seen_memberships(actor, client)
    found = next((membership for membership in seen if membership.provider.key == key), None)
    if found is None:
        raise NotFound(text("This client has no account with this provider."))
    return found


def _page(client_id: int, *, sent: bool = False, link: str | None = None) -> FormPage:
    actor = current_actor()
    with panel().database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        seen = seen_memberships(actor, client)
        keys = {membership.provider.key for membership in seen}
        fixed = [
            name
            for name, needed in GUARDED.items()
            if client.erased_at is not None or not allows(actor, needed)
        ]
        forms = {
            f"{m.provider.key}.": TermsForm(
                db,
                membership_details(m),
                m.provider.key,
                hidden=hidden_terms(actor),
                fixed=fixed,
                sent=sent and allows(actor, *GUARDED.values()),
            )
            for m in seen
        }
        form = ClientForm(client_details(client), sent=sent and _may_change(actor))
        form.fix("login")
        stands = seen_standings(db, actor, client.id, [m.provider_id for m in seen])
        values: dict[str, Any] = {
            "client_id": client.id,
            "names": {f"{m.provider.key}.": m.provider.name for m in seen},
            "may_change": _may_change(actor) and client.erased_at is None,
            "joinable": [row for row in providers_in_scope(db, actor) if row.key not in keys]
            if may_open("clients.join") and client.erased_at is None
            else [],
            "login": client.login,
            "account_number": client.account_number,
            "about": client_details(client),
            "vat_said": said_of_number(db, client),
            "vat_other_name": other_name_of(db, client) if actor.client_id is None else "",
            "place": client.postal_address.on_one_line("", actor.language),
            "terms": all_terms_seen(seen, actor),
            "erased": client.erased_at is not None,
            "may_export": may_open("personal_data.export"),
            "may_erase": may_open("personal_data.look"),
            "may_audit": may_open("audit.index"),
            "may_invite": may_open("clients.sign_in_link"),
            "has_password": signs_in(db, client.id),
            "mail_to": _link_address(db, client.id),
            "standings": {
                f"{m.provider.key}.": (terms_seen(m, actor), stands[m.provider_id])
                for m in seen
                if m.provider_id in stands
            },
            "changes": [name for name, needed in CHANGES.items() if allows(actor, needed)],
            "link": link,
            "users": [row_of(member) for member in client_users(db, actor, client.id)]
            if may_open("client_users.index")
            else None,
            "may_invite_users": may_open("client_users.new"),
            "parts": brought().client_parts(db, client.id, actor),
            "link_action": url_for("clients.sign_in_link", client_id=client_id),
        }
        return FormPage(
            title=client.name,
            crumbs=_crumbs(),
            form=form,
            more=forms,
            may_save=client.erased_at is None
            and (_may_change(actor) or allows(actor, *GUARDED.values())),
            action=url_for("clients.change", client_id=client_id),
            template="clients/profile.html",
            values=values,
            follows=f"client:{client_id}",
        )


def _may_change(actor: Actor) -> bool:
    return allows(actor, PanelFunction.CLIENT_CHANGE)

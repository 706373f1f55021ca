"""Administration → Providers."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.accounts.firms.providers import Logo, MethodKind, Provider
from billing_panel.administration.details.detail_changes import state_of
from billing_panel.administration.providers.change_provider import change_provider, create_provider
from billing_panel.administration.providers.logos import MAX_BYTES, as_png, set_logo
from billing_panel.administration.providers.provider_details import (
    SETTLED,
    MethodDetails,
    ProviderDetails,
    provider_details,
)
from billing_panel.web.administration.providers.provider_form import ProviderForm
from billing_panel.web.forms.edit_pages import create, edit
from billing_panel.web.forms.form_pages import (
    FormPage,
    ListCell,
    ListPage,
    ListRow,
    refused,
    show_list,
)
from billing_panel.web.shell import refused_page
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from permissions.functions import PanelFunction

providers = Blueprint("providers", __name__, url_prefix="/providers")


changing = access(needs(PanelFunction.PROVIDER_CHANGE))


def _filled(details: ProviderDetails) -> dict[str, Any]:
    methods = details.payment_methods
    return {
        **asdict(details),
        "seen": state_of(details),
        "for_clients": [method.kind.value for method in methods if method.client_may_choose],
        "for_staff": [method.kind.value for method in methods if method.staff_may_take],
        "payment_gateway": next((method.gateway for method in methods if method.gateway), ""),
    }


NEW = ProviderDetails(
    key="",
    name="",
    legal_name="",
    country="",
    address="",
    currency="EUR",
    payment_methods=[MethodDetails(MethodKind.BANK_TRANSFER)],
)


def _crumbs() -> list[tuple[str, str]]:
    return [(gettext("Providers"), url_for("providers.index"))]


@providers.get("")
@access(needs(PanelFunction.PROVIDER_CHANGE, PanelFunction.PROVIDER_CREATE))
def index() -> ResponseReturnValue:
    """Providers in one's scope."""
    actor = current_actor()
    with panel().database.reading() as db:
        rows = [_row(provider) for provider in providers_in_scope(db, actor)]
    new_one = (gettext("New provider"), url_for("providers.new"))
    return show_list(
        ListPage(
            title=gettext("Providers"),
            columns=[
                gettext("Provider"),
                gettext("Legal name"),
                gettext("Country"),
                gettext("Currency"),
            ],
            rows=rows,
            icon="server",
            nothing=(
                gettext("No provider yet"),
                gettext("A provider is the company that sells: its legal details, taxes, prices."),
            ),
            create=new_one if may_open("providers.new") else None,
        )
    )


def _row(provider: Provider) -> ListRow:
    cells = [ListCell(provider.legal_name), ListCell(provider.country), ListCell(provider.currency)]
    return ListRow(
        provider.name, url_for("providers.change", key=provider.key), provider.key, cells
    )


@providers.route("/new", methods=["GET", "POST"])
@access(needs(PanelFunction.PROVIDER_CREATE))
def new() -> ResponseReturnValue:
    """Add a provider; who adds one works for it."""
    form = ProviderForm(_filled(NEW))
    running, actor = panel(), current_actor()

    def make(db: Session, details: ProviderDetails) -> str:
        made = create_provider(
            db,
            details,
            gateways=running.gateways.keys(),
            actor=actor,
            clock=running.clock,
        )
        may_change = may_open("providers.change")
        return url_for("providers.change", key=made.key) if may_change else url_for("web.home")

    return create(FormPage(gettext("New provider"), _crumbs(), form), make)


@providers.route("/<key>", methods=["GET", "POST"])
@changing
def change(key: str) -> ResponseReturnValue:
    """Show and save a provider. What orders stand on can't be changed."""
    running, actor = panel(), current_actor()

    def save(db: Session, details: ProviderDetails, seen: str) -> str:
        change_provider(
            db,
            key,
            details,
            seen=seen,
            gateways=running.gateways.keys(),
            actor=actor,
            clock=running.clock,
        )
        return url_for("providers.change", key=key)

    return edit(
        _change_page(key),
        save,
        now=lambda db: provider_details(find_provider(db, actor, key)),
        refill=lambda details: _form(details, sent=False),
    )


def _form(details: ProviderDetails, *, sent: bool | None = None) -> ProviderForm:
    form = ProviderForm(_filled(details), sent=sent)
    form.fix(*SETTLED)
    return form


def _change_page(key: str, *, sent: bool | None = None) -> FormPage:
    with panel().database.reading() as db:
        provider = find_provider(db, current_actor(), key)
        details = provider_details(provider)
        return FormPage(
            title=details.name,
            crumbs=_crumbs(),
            form=_form(details, sent=sent),
            action=url_for("providers.change", key=key),
            template="administration/provider.html",
            values={"has_logo": provider.logo is not None, "key": key},
            follows=f"provider:{provider.id}",
        )


@providers.post("/<key>/logo")
@changing
def logo(key: str) -> ResponseReturnValue:
    """Take a logo, or remove it. Refuses what is no picture, or too large."""
    running, actor = panel(), current_actor()
    uploaded = request.files.get("logo")
    removes = "remove" in request.form
    content = uploaded.read(MAX_BYTES + 1) if uploaded and not removes else b""

    def act() -> ResponseReturnValue:
        png = None if removes else as_png(content)
        with running.database.writing() as db:
            set_logo(db, key, png, actor=actor, clock=running.clock)
        return redirect(url_for("providers.change", key=key), 303)

    return refused_page.answer(
        act, lambda refusal: refused(_change_page(key, sent=False), refusal, sent=False)
    )


@providers.get("/<key>/logo.png")
@changing
def picture(key: str) -> ResponseReturnValue:
    """The logo as a PNG."""
    with panel().database.reading() as db:
        provider = find_provider(db, current_actor(), key)
        kept = db.get(Logo, provider.logo) if provider.logo else None
        if kept is None:
            abort(404)
        return kept.png, {"Content-Type": "image/png", "Cache-Control": "private, no-cache"}

"""Administration → Providers."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypedDict

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from typing_extensions import override

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.accounts.companies.provider_models import Logo, Provider
from billing_panel.administration.clients.client_groups import groups
from billing_panel.administration.providers.change_provider import change_provider, create_provider
from billing_panel.administration.providers.logos import MAX_BYTES, Picture, as_png, set_picture
from billing_panel.administration.providers.provider_details import (
    SETTLED,
    ProviderDetails,
    provider_details,
)
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.mail_settings import mail_is_set_up
from billing_panel.web.administration.providers.provider_form import NEW, ProviderForm
from billing_panel.web.forms.form_pages import FormPage, ListCell, ListRow
from billing_panel.web.forms.noun_pages import NounPages
from billing_panel.web.shell import post_in_transaction
from billing_panel.web.shell.i18n import said
from billing_panel.web.shell.page_frame import brought
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from permissions.panel_functions import PanelFunction

providers = Blueprint("providers", __name__, url_prefix="/providers")


changing = access(needs(PanelFunction.PROVIDER_CHANGE))


class _Settings(TypedDict):
    """What the installation allows: its payment systems, and whether it sends e-mails."""

    gateways: Collection[str]
    mails: bool


# in an address
PICTURES = f"any({', '.join(Picture)})"


class ProviderPages(NounPages[Provider, ProviderDetails]):
    """The companies that sell. ``key``: which one is changed."""

    blueprint = "providers"
    title = text("Providers")
    new_title = text("New provider")
    columns = (text("Provider"), text("Legal name"), text("Country"), text("Currency"))
    icon = "server"
    nothing = (
        text("No provider yet"),
        text("A provider is the company that sells: its legal details, taxes, prices."),
    )
    template = "administration/provider.html"

    def __init__(self, key: str = "") -> None:
        super().__init__()
        self.key = key
        self.settings: _Settings = {
            "gateways": panel().gateways.keys(),
            "mails": mail_is_set_up(panel().config),
        }

    @override
    def rows(self, db: Session) -> Iterable[ListRow]:
        return map(_row, providers_in_scope(db, self.actor))

    @override
    def blank(self, db: Session) -> ProviderDetails:
        return NEW

    @override
    def new_page(self, db: Session) -> FormPage:
        return FormPage(
            said(self.new_title), self.list_crumbs(), ProviderForm(NEW, groups=groups(db))
        )

    @override
    def find(self, db: Session) -> Provider:
        return find_provider(db, self.actor, self.key)

    @override
    def details(self, db: Session, row: Provider) -> ProviderDetails:
        return provider_details(row)

    @override
    def form(
        self, db: Session, details: ProviderDetails, *, sent: bool | None = None
    ) -> ProviderForm:
        form = ProviderForm(details, groups=groups(db), sent=sent)
        form.fix(*SETTLED)
        return form

    @override
    def name(self, row: Provider) -> str:
        return row.name

    @override
    def address(self) -> str:
        return url_for("providers.change", key=self.key)

    @override
    def follows(self, row: Provider) -> str:
        return f"provider:{row.id}"

    @override
    def values(self, db: Session, row: Provider) -> Mapping[str, Any]:
        there = [one for one in brought().provider_places(row.key) if may_open(one.endpoint)]
        pictures = [one.value for one in Picture if getattr(row, one.value) is not None]
        return {"pictures": pictures, "key": row.key, "places": there}

    @override
    def add_row(self, db: Session, details: ProviderDetails) -> str:
        made = create_provider(db, details, **self.settings, **self.how)
        may_change = may_open("providers.change")
        return url_for("providers.change", key=made.key) if may_change else url_for("web.home")

    @override
    def change_row(self, db: Session, details: ProviderDetails, seen: str) -> None:
        change_provider(db, self.key, details, seen=seen, **self.settings, **self.how)


def _row(provider: Provider) -> ListRow:
    cells = [ListCell(provider.legal_name), ListCell(provider.country), ListCell(provider.currency)]
    return ListRow(
        provider.name, url_for("providers.change", key=provider.key), provider.key, cells
    )


@providers.get("")
@access(needs(PanelFunction.PROVIDER_CHANGE, PanelFunction.PROVIDER_CREATE))
def index() -> ResponseReturnValue:
    """Providers in one's scope."""
    return ProviderPages().index()


@providers.route("/new", methods=["GET", "POST"])
@access(needs(PanelFunction.PROVIDER_CREATE))
def new() -> ResponseReturnValue:
    """Add a provider; who adds one works for it."""
    return ProviderPages().new()


@providers.route("/<key>", methods=["GET", "POST"])
@changing
def change(key: str) -> ResponseReturnValue:
    """Show and save a provider. What orders stand on can't be changed."""
    return ProviderPages(key).change()


@providers.post(f"/<key>/<{PICTURES}:picture>")
@changing
def logo(key: str, picture: str) -> ResponseReturnValue:
    """Take a logo, signature or stamp, or remove it. Refuses what is no picture, or too large."""
    running, actor, which = panel(), current_actor(), Picture(picture)
    uploaded = request.files.get(picture)
    removes = "remove" in request.form
    content = uploaded.read(MAX_BYTES + 1) if uploaded and not removes else b""

    def act() -> ResponseReturnValue:
        png = None if removes else as_png(content, which)
        with running.database.writing() as db:
            set_picture(db, key, which, png, actor=actor, clock=running.clock)
        return redirect(url_for("providers.change", key=key), 303)

    return post_in_transaction.answer(act, ProviderPages(key).refused)


@providers.get(f"/<key>/<{PICTURES}:picture>.png")
@changing
def picture(key: str, picture: str) -> ResponseReturnValue:
    """The logo, the signature or the stamp as a PNG."""
    with panel().database.reading() as db:
        digest = getattr(find_provider(db, current_actor(), key), Picture(picture).value)
        kept = db.get(Logo, digest) if digest else None
        if kept is None:
            abort(404)
        return kept.png, {"Content-Type": "image/png", "Cache-Control": "private, no-cache"}

"""Administration → Webhooks: endpoints of one's providers, and their secrets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from typing_extensions import override
from wtforms import BooleanField, StringField

from billing_panel.accounts.access.scope import find_provider
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.kernel.language.text import text
from billing_panel.web.forms.details_form import DetailsForm, Section
from billing_panel.web.forms.form_pages import FormPage, ListCell, ListRow, save_then, show
from billing_panel.web.forms.noun_pages import NounPages, choose_provider
from billing_panel.web.forms.typed_fields import GroupedChecksField
from billing_panel.web.shell.i18n import gettext, said
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.webhooks.endpoints.change_endpoint import (
    EndpointDetails,
    MadeEndpoint,
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    endpoint_details,
    replace_secret,
)
from plugins.webhooks.endpoints.endpoint_secrets import OVERLAP, secrets_of
from plugins.webhooks.endpoints.event_kinds import kinds_chosen, kinds_known, kinds_offered
from plugins.webhooks.endpoints.event_subjects import by_subject
from plugins.webhooks.functions import WebhooksFunction
from plugins.webhooks.store.find_endpoints import endpoints, find_endpoint, saved_by
from plugins.webhooks.store.models import Endpoint
from plugins.webhooks.surface.webhook_event_wording import OFF_REASONS
from plugins.webhooks.webhook_settings import WebhookSettings, webhook_settings

webhooks = Blueprint("webhooks", __name__, url_prefix="/webhooks", template_folder="../templates")
reading = access(needs(WebhooksFunction.READ, WebhooksFunction.CHANGE, for_staff=True))
changing = access(needs(WebhooksFunction.CHANGE, for_staff=True))
HOURS = int(OVERLAP.total_seconds() // 3600)


class EndpointForm(DetailsForm):
    """An endpoint: where to, and of which kinds of events."""

    title = StringField(text("Title"), description=text("What it is for, such as CRM."))
    url = StringField(
        text("Address"),
        description=text("Begins with https:// and is reached from the internet."),
    )
    on = BooleanField(
        text("On"), description=text("What happens while it is off is not delivered later.")
    )
    kinds = GroupedChecksField(
        text("Kinds of events"),
        choices=(),
        description=text(
            "A ticked subject includes all its events, and kinds that later versions add. To choose"
            " fewer, open the subject."
        ),
    )

    REQUIRED = ("title", "url", "kinds")
    SECTIONS = (
        Section(
            text("Webhook"),
            ("title", "url", "on"),
            text("It receives what you may see, from when you save it."),
        ),
        Section(text("What it receives"), ("kinds",)),
    )

    def __init__(self, db: Session, details: EndpointDetails, *, sent: bool | None = None) -> None:
        filled = {**asdict(details), "seen": state_of(details)}
        super().__init__(filled, sent=sent)
        self.kinds.choices = _kinds(db, details)

    def details(self) -> EndpointDetails:
        return EndpointDetails(**self.values())


def _kinds(db: Session, details: EndpointDetails) -> Mapping[str, Mapping[str, str]]:
    """Those one is told of oneself, and those chosen before, by subject; first its whole."""
    own, known = kinds_offered(db, current_actor()), kinds_known(db)
    shown = own.keys() | kinds_chosen(db, details.kinds).keys()
    return {
        said(subject.title): {
            subject.whole: said(subject.title),
            **{kind: said(known[kind]) for kind in kinds},
        }
        for subject, kinds in by_subject(shown).items()
    }


class EndpointPages(NounPages[Endpoint, EndpointDetails]):
    """Endpoints. ``endpoint_id``: which is changed, else ``provider``: whose one is added."""

    blueprint = "webhooks"
    title = text("Webhooks")
    new_title = text("New webhook")
    columns = (text("Webhook"), text("Provider"), text("Saved by"), text("State"))
    icon = "bolt"
    nothing = (
        text("No webhooks yet"),
        text("A webhook tells your other programs at once what happens here."),
    )
    template = "webhooks/endpoint.html"

    def __init__(self, endpoint_id: int = 0, *, provider: str = "") -> None:
        super().__init__()
        self.endpoint_id = endpoint_id
        self.provider = provider

    @property
    def settings(self) -> WebhookSettings:
        return webhook_settings(panel().config)

    @override
    def rows(self, db: Session) -> Iterable[ListRow]:
        return [_row(endpoint) for endpoint in endpoints(db, self.actor)]

    @override
    def blank(self, db: Session) -> EndpointDetails:
        return EndpointDetails("", "")

    @override
    def new_page(self, db: Session) -> FormPage:
        provider = find_provider(db, self.actor, self.provider)
        return FormPage(
            gettext("New webhook for %(provider)s", provider=provider.name),
            self.list_crumbs(),
            EndpointForm(db, self.blank(db)),
            action=url_for("webhooks.new", provider=self.provider),
        )

    @override
    def find(self, db: Session) -> Endpoint:
        return find_endpoint(db, self.actor, self.endpoint_id)

    @override
    def details(self, db: Session, row: Endpoint) -> EndpointDetails:
        return endpoint_details(row)

    @override
    def form(
        self, db: Session, details: EndpointDetails, *, sent: bool | None = None
    ) -> EndpointForm:
        return EndpointForm(db, details, sent=sent)

    @override
    def name(self, row: Endpoint) -> str:
        return row.title

    @override
    def address(self) -> str:
        return url_for("webhooks.change", endpoint_id=self.endpoint_id)

    @override
    def values(self, db: Session, row: Endpoint) -> Mapping[str, Any]:
        who = saved_by(db, row, self.actor)
        return {
            "endpoint_id": row.id,
            "saved_by": who.login or who.name,
            "narrowed": row.functions is not None,
            "off_reason": OFF_REASONS[row.off_reason] if row.off_reason else None,
            "secrets": _dates(secrets_of(db, row.id, at=self.how["clock"].now())),
            "zone": row.provider.timezone,
        }

    @override
    def add_row(self, db: Session, details: EndpointDetails) -> str:
        return url_for("webhooks.change", endpoint_id=self.made(db, details).endpoint_id)

    def made(self, db: Session, details: EndpointDetails) -> MadeEndpoint:
        """Add the endpoint."""
        return create_endpoint(db, self.provider, details, settings=self.settings, **self.how)

    @override
    def change_row(self, db: Session, details: EndpointDetails, seen: str) -> None:
        change_endpoint(
            db, self.endpoint_id, details, seen=seen, settings=self.settings, **self.how
        )

    @override
    def new(self) -> ResponseReturnValue:
        """As with every noun; but what answers tells the secret, once."""
        with panel().database.reading() as db:
            page = self.new_page(db)
        if request.method != "POST":
            return show(page)
        return save_then(page, lambda db: self.made(db, page.form.details()), _tell_secret)


def _row(endpoint: Endpoint) -> ListRow:
    off = endpoint.off_at is not None
    failing = endpoint.failing_since is not None
    tone = "mute" if off else "bad" if failing else "ok"
    state = gettext("Off") if off else gettext("Failing") if failing else gettext("On")
    cells = [
        ListCell(endpoint.provider.name),
        ListCell(endpoint.user.login),
        ListCell(state, tone),
    ]
    address = url_for("webhook_deliveries.index", endpoint_id=endpoint.id)
    return ListRow(endpoint.title, address, sub=endpoint.url, cells=cells)


def _dates(rows: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
    return [{"made_at": row.made_at, "good_until": row.good_until} for row in rows]


def _tell_secret(made: MadeEndpoint) -> ResponseReturnValue:
    """The page that shows it; nothing leads there a second time."""
    address = url_for("webhooks.change", endpoint_id=made.endpoint_id)
    return render_template("webhooks/secret.html", secret=made.secret, address=address, hours=HOURS)


@webhooks.get("")
@reading
def index() -> ResponseReturnValue:
    """Webhooks of one's providers."""
    return EndpointPages().index()


@webhooks.route("/new", methods=["GET", "POST"])
@changing
def new() -> ResponseReturnValue:
    """Add a webhook; first asks of which provider."""
    pages = EndpointPages(provider=request.args.get("provider", ""))
    if not pages.provider:
        return choose_provider(gettext("New webhook"), pages.list_crumbs(), "webhooks.new")
    return pages.new()


@webhooks.route("/<bigid:endpoint_id>", methods=["GET", "POST"])
@changing
def change(endpoint_id: int) -> ResponseReturnValue:
    """Show and save a webhook."""
    return EndpointPages(endpoint_id).change()


@webhooks.post("/<bigid:endpoint_id>/secret", endpoint="secret")
@changing
def new_secret(endpoint_id: int) -> ResponseReturnValue:
    """Replace the secret, and show the new one once."""
    running, actor = panel(), current_actor()
    settings = webhook_settings(running.config)
    with running.database.writing() as db:
        made = replace_secret(db, endpoint_id, settings=settings, actor=actor, clock=running.clock)
    return _tell_secret(made)


@webhooks.post("/<bigid:endpoint_id>/delete")
@changing
def delete(endpoint_id: int) -> ResponseReturnValue:
    """Delete a webhook with its deliveries."""
    running, actor = panel(), current_actor()
    with running.database.writing() as db:
        delete_endpoint(db, endpoint_id, actor=actor, clock=running.clock)
    flash(gettext("The webhook is deleted."), "ok")
    return redirect(url_for("webhooks.index"), 303)

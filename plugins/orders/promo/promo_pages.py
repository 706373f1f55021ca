"""Administration → Promo codes."""

from collections.abc import Mapping
from dataclasses import asdict

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, DateField, StringField
from wtforms.validators import Optional

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.accounts.firms.providers import Provider
from billing_panel.accounts.people.clients import ClientGroup
from billing_panel.administration.details.detail_changes import state_of
from billing_panel.catalog.models import Price, Tariff
from billing_panel.kernel.language.text import Titles, say, text
from billing_panel.web.forms.edit_pages import create, edit
from billing_panel.web.forms.form_frame import (
    AmountField,
    CheckListField,
    DetailsForm,
    NumberField,
    PercentField,
    Section,
)
from billing_panel.web.forms.form_pages import FormPage, ListCell, ListPage, ListRow, show_list
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, needs
from billing_panel.web.shell.template_formats import money, percent, period
from plugins.orders.functions import OrdersFunction
from plugins.orders.promo.change_promo import (
    PromoDetails,
    change_promo,
    create_promo,
    find_code,
    promo_codes,
    promo_details,
)
from plugins.orders.promo.promo_code import PromoCode

promos = Blueprint("promos", "plugins.orders", url_prefix="/promo-codes")
changing = access(needs(OrdersFunction.PROMO_CHANGE))

Choices = Mapping[str, str]


class PromoForm(DetailsForm):
    """A promo code: what it takes off, when and for what it holds, and how often."""

    code = StringField(
        text("Code"),
        description=text("Upper and lower case, accents and spaces make no difference."),
    )
    percent = PercentField(text("Discount, percent"))
    amount = AmountField(
        text("Discount, a sum"),
        description=text("As your prices are: with tax where they include it."),
    )
    since = DateField(text("First day"), validators=[Optional()])
    until = DateField(text("Last day"), validators=[Optional()])
    max_uses = NumberField(text("Uses in all"), description=text("Empty: no limit."))
    max_uses_per_client = NumberField(text("Uses per client"), description=text("Empty: no limit."))
    periods = CheckListField(
        text("Billing periods"), choices=(), description=text("None ticked: all of them.")
    )
    groups = CheckListField(
        text("Client groups"), choices=(), description=text("None ticked: all clients.")
    )
    tariffs = CheckListField(
        text("Tariffs"), choices=(), description=text("None ticked: all of them.")
    )
    archived = BooleanField(
        text("Archived"),
        description=text("The code can’t be used any more; orders that have used it keep it."),
    )

    REQUIRED = ("code",)
    SECTIONS = (
        Section(
            text("Promo code"),
            ("code", "percent", "amount"),
            text("It is taken off after the group’s discount, never off set-up fees or delivery."),
        ),
        Section(text("When and how often"), ("since", "until", "max_uses", "max_uses_per_client")),
        Section(text("What it holds for"), ("periods", "groups", "tariffs")),
        Section(text("Archive"), ("archived",)),
    )

    def __init__(
        self,
        db: Session,
        provider: Provider,
        details: PromoDetails,
        *,
        sent: bool | None = None,
    ) -> None:
        lists = ("periods", "groups", "tariffs")
        filled = {**asdict(details), "seen": state_of(details)}
        filled.update({name: [str(one) for one in filled[name]] for name in lists})
        super().__init__(filled, sent=sent)
        self.amounts_in(provider.currency)
        self.periods.choices = _periods(db, provider)
        self.groups.choices = _groups(db)
        self.tariffs.choices = _tariffs(db, provider)

    def details(self) -> PromoDetails:
        typed = self.values()
        for name in ("periods", "groups", "tariffs"):
            typed[name] = [int(one) for one in typed[name] if one.isdecimal()]
        return PromoDetails(**typed)


def _periods(db: Session, provider: Provider) -> Choices:
    prices = select(Price.months).join(Tariff, Tariff.id == Price.tariff_id).distinct()
    months = db.scalars(prices.where(Tariff.provider_id == provider.id).order_by(Price.months))
    return {str(one): period(one) or gettext("one-time") for one in months}


def _groups(db: Session) -> Choices:
    rows = db.execute(select(ClientGroup.id, ClientGroup.titles).order_by(ClientGroup.key))
    return {str(row.id): _title(row.titles) for row in rows}


def _tariffs(db: Session, provider: Provider) -> Choices:
    rows = select(Tariff.id, Tariff.titles).where(Tariff.provider_id == provider.id)
    return {str(row.id): _title(row.titles) for row in db.execute(rows.order_by(Tariff.id))}


def _title(titles: Mapping[str, str]) -> str:
    return say(Titles(titles), language())


def _crumbs() -> list[tuple[str, str]]:
    return [(gettext("Promo codes"), url_for("promos.index"))]


@promos.get("")
@changing
def index() -> ResponseReturnValue:
    """Promo codes of one's providers, those in use first."""
    with panel().database.reading() as db:
        rows = [_row(promo, provider) for promo, provider in promo_codes(db, current_actor())]
    return show_list(
        ListPage(
            title=gettext("Promo codes"),
            columns=[
                gettext("Code"),
                gettext("Provider"),
                gettext("Discount"),
                gettext("Valid"),
                gettext("Used"),
                gettext("State"),
            ],
            rows=rows,
            icon="tag",
            nothing=(
                gettext("No promo codes yet"),
                gettext("Clients and staff enter a code when ordering, and pay less."),
            ),
            create=(gettext("New promo code"), url_for("promos.new")),
        )
    )


def _row(promo: PromoCode, provider: Provider) -> ListRow:
    off = percent(promo.percent) if promo.percent else money(promo.amount, provider.currency)
    used = f"{promo.used} / {promo.max_uses}" if promo.max_uses else str(promo.used)
    days = [day.isoformat() if day else "…" for day in (promo.since, promo.until)]
    cells = [
        ListCell(provider.name),
        ListCell(off, number=True),
        ListCell(" – ".join(days) if promo.since or promo.until else ""),
        ListCell(used, number=True),
        ListCell(gettext("Archived"), "mute") if promo.archived else ListCell(""),
    ]
    return ListRow(promo.code, url_for("promos.change", promo_id=promo.id), cells=cells)


@promos.route("/new", methods=["GET", "POST"])
@changing
def new() -> ResponseReturnValue:
    """Make a promo code; first asks of which provider."""
    running, actor = panel(), current_actor()
    key = request.args.get("provider", "")
    if not key:
        return _choose_provider()
    with running.database.reading() as db:
        provider = find_provider(db, actor, key)
        form = PromoForm(db, provider, PromoDetails(""))
        title = gettext("New promo code of %(provider)s", provider=provider.name)

    def make(db: Session, details: PromoDetails) -> str:
        made = create_promo(db, key, details, actor=actor, clock=running.clock)
        return url_for("promos.change", promo_id=made.id)

    return create(
        FormPage(title, _crumbs(), form, action=url_for("promos.new", provider=key)), make
    )


def _choose_provider() -> ResponseReturnValue:
    with panel().database.reading() as db:
        offered = providers_in_scope(db, current_actor())
    addresses = [(one.name, url_for("promos.new", provider=one.key)) for one in offered]
    if len(addresses) == 1:
        return redirect(addresses[0][1])
    return render_template(
        "administration/choose_provider.html",
        title=gettext("New promo code"),
        crumbs=_crumbs(),
        offered=addresses,
    )


@promos.route("/<bigid:promo_id>", methods=["GET", "POST"])
@changing
def change(promo_id: int) -> ResponseReturnValue:
    """Show and save a promo code."""
    running, actor = panel(), current_actor()

    def form_of(db: Session, details: PromoDetails | None, *, sent: bool | None) -> PromoForm:
        promo, provider = find_code(db, actor, promo_id)
        filled = details or promo_details(promo, provider.currency)
        return PromoForm(db, provider, filled, sent=sent)

    with running.database.reading() as db:
        title, form = find_code(db, actor, promo_id)[0].code, form_of(db, None, sent=None)

    def save(db: Session, details: PromoDetails, seen: str) -> str:
        change_promo(db, promo_id, details, seen=seen, actor=actor, clock=running.clock)
        return url_for("promos.change", promo_id=promo_id)

    def now(db: Session) -> PromoDetails:
        promo, provider = find_code(db, actor, promo_id)
        return promo_details(promo, provider.currency)

    def refill(details: PromoDetails) -> PromoForm:
        with running.database.reading() as db:
            return form_of(db, details, sent=False)

    return edit(FormPage(title, _crumbs(), form), save, now=now, refill=refill)

"""Administration → Promo codes."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from typing_extensions import override
from wtforms import BooleanField, DateField, StringField
from wtforms.validators import Optional

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import ClientGroup
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.catalog.models import Price, Tariff
from billing_panel.kernel.language.text import Titles, say, text
from billing_panel.web.forms.details_form import DetailsForm, Section
from billing_panel.web.forms.form_pages import FormPage, ListCell, ListRow
from billing_panel.web.forms.noun_pages import NounPages, choose_provider
from billing_panel.web.forms.typed_fields import (
    AmountField,
    CheckListField,
    NumberField,
    PercentField,
)
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import language
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
from plugins.orders.promo.promo_models import PromoCode

promos = Blueprint("promos", "plugins.orders", url_prefix="/promo-codes")
changing = access(needs(OrdersFunction.PROMO_CHANGE))

Choices = Mapping[str, str]
PromoOf = tuple[PromoCode, Provider]


class PromoForm(DetailsForm):
    """A promo code: what it takes off, when and for what it holds, and how often."""

    code = StringField(
        text("Code"),
        description=text("Upper and lower case, accents and spaces make no difference."),
    )
    percent = PercentField(text("Discount, percent"))
    amount = AmountField(
        text("Discount as a sum"),
        description=text("Like your prices: with tax if they include it."),
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
        description=text("The code can no longer be used; orders that have used it keep it."),
    )

    REQUIRED = ("code",)
    SECTIONS = (
        Section(
            text("Promo code"),
            ("code", "percent", "amount"),
            text("It is taken off after the group’s discount, never off set-up fees or delivery."),
        ),
        Section(text("When and how often"), ("since", "until", "max_uses", "max_uses_per_client")),
        Section(text("What it applies to"), ("periods", "groups", "tariffs")),
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


class PromoPages(NounPages[PromoOf, PromoDetails]):
    """Promo codes. ``promo_id``: which one is changed, else ``provider``: whose one is added."""

    blueprint = "promos"
    title = text("Promo codes")
    new_title = text("New promo code")
    columns = (
        text("Code"),
        text("Provider"),
        text("Discount"),
        text("Valid"),
        text("Used"),
        text("State"),
    )
    icon = "tag"
    nothing = (
        text("No promo codes yet"),
        text("Clients and staff enter a code when ordering, and pay less."),
    )

    def __init__(self, promo_id: int = 0, *, provider: str = "") -> None:
        super().__init__()
        self.promo_id = promo_id
        self.provider = provider

    @override
    def rows(self, db: Session) -> Iterable[ListRow]:
        return [_row(promo, provider) for promo, provider in promo_codes(db, self.actor)]

    @override
    def blank(self, db: Session) -> PromoDetails:
        return PromoDetails("")

    @override
    def new_page(self, db: Session) -> FormPage:
        provider = find_provider(db, self.actor, self.provider)
        return FormPage(
            gettext("New promo code for %(provider)s", provider=provider.name),
            self.list_crumbs(),
            PromoForm(db, provider, self.blank(db)),
            action=url_for("promos.new", provider=self.provider),
        )

    @override
    def find(self, db: Session) -> PromoOf:
        return find_code(db, self.actor, self.promo_id)

    @override
    def details(self, db: Session, row: PromoOf) -> PromoDetails:
        promo, provider = row
        return promo_details(promo, provider.currency)

    @override
    def form(self, db: Session, details: PromoDetails, *, sent: bool | None = None) -> PromoForm:
        return PromoForm(db, self.find(db)[1], details, sent=sent)

    @override
    def name(self, row: PromoOf) -> str:
        return row[0].code

    @override
    def address(self) -> str:
        return url_for("promos.change", promo_id=self.promo_id)

    @override
    def add_row(self, db: Session, details: PromoDetails) -> str:
        made = create_promo(db, self.provider, details, **self.how)
        return url_for("promos.change", promo_id=made.id)

    @override
    def change_row(self, db: Session, details: PromoDetails, seen: str) -> None:
        change_promo(db, self.promo_id, details, seen=seen, **self.how)


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


@promos.get("")
@changing
def index() -> ResponseReturnValue:
    """Promo codes of one's providers, those in use first."""
    return PromoPages().index()


@promos.route("/new", methods=["GET", "POST"])
@changing
def new() -> ResponseReturnValue:
    """Make a promo code; first asks of which provider."""
    pages = PromoPages(provider=request.args.get("provider", ""))
    if not pages.provider:
        return choose_provider(gettext("New promo code"), pages.list_crumbs(), "promos.new")
    return pages.new()


@promos.route("/<bigid:promo_id>", methods=["GET", "POST"])
@changing
def change(promo_id: int) -> ResponseReturnValue:
    """Show and save a promo code."""
    return PromoPages(promo_id).change()

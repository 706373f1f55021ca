"""The form of a tariff: what is sold, for how much, who may not buy it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, StringField

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.administration.catalog.tariff_details import (
    OptionDetails,
    PartDetails,
    PriceDetails,
    TariffDetails,
    new_tariff,
)
from billing_panel.administration.clients.client_groups import groups
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility_facts import Availability, TariffKind
from billing_panel.kernel.language.text import Text, say, text
from billing_panel.tax.supply import SupplyKind
from billing_panel.web.forms.details_form import DetailsForm, RowForm, RowsField, Section
from billing_panel.web.forms.typed_fields import (
    AmountField,
    CheckListField,
    ChoicesField,
    NumberField,
    TitlesField,
    WordsField,
)
from billing_panel.web.shell.request_context import language

MANY_PRICES = 3


KINDS = {
    TariffKind.SERVICE: text("Service"),
    TariffKind.GOODS: text("Goods"),
    TariffKind.TIME_PACKAGE: text("Time package"),
    TariffKind.BUNDLE: text("Bundle"),
}


# What each of them is, where one chooses.
MEANT = {
    TariffKind.SERVICE: text("Runs for a period: hosting, a domain, support."),
    TariffKind.GOODS: text("A physical item, handed over or delivered."),
    TariffKind.TIME_PACKAGE: text("Hours of work, paid in advance."),
    TariffKind.BUNDLE: text("Several tariffs sold together at one price."),
}
RUNS = frozenset({TariffKind.SERVICE, TariffKind.BUNDLE})
THINGS = frozenset({TariffKind.GOODS, TariffKind.BUNDLE})
ALONE = frozenset({TariffKind.SERVICE, TariffKind.GOODS})
# fields that not every kind has, each with the kinds that have it
OF_KINDS: Mapping[str, frozenset[TariffKind]] = {
    "setup_fee": RUNS,
    "availability": ALONE | RUNS,
    "lead_time_days": ALONE | RUNS,
    "counted": ALONE,
    "needs_delivery": THINGS,
    "hours": frozenset({TariffKind.TIME_PACKAGE}),
    "options": ALONE,
    "components": frozenset({TariffKind.BUNDLE}),
}


AVAILABILITIES = {
    Availability.IN_STOCK: text("In stock"),
    Availability.ON_ORDER: text("On order"),
}


class PriceRow(RowForm):
    """The price for a number of months, and the one in points, if there is one."""

    REQUIRED = ("months", "amount")

    months = NumberField(text("Months, 0 = one-off"))
    amount = AmountField(text("Price"))
    points = NumberField(text("Price in points"))


SUPPLIES: Mapping[SupplyKind, Text] = {
    SupplyKind.ELECTRONIC: text("An electronic service"),
    SupplyKind.SERVICE: text("Another service"),
    SupplyKind.GOODS: text("Goods"),
}


class OptionRow(RowForm):
    """An option: a number of units, each with its price, or choices without one."""

    PRESET = ("included", "step", "maximum", "price_per_unit_month")
    REQUIRED = ("key", "titles", "included", "step", "maximum")

    key = StringField(text("Key"))
    titles = TitlesField(text("Title"))
    unit = StringField(text("Unit"))
    included = NumberField(text("Included"), default=0)
    step = NumberField(text("Step"), default=1)
    maximum = NumberField(text("Maximum"), default=0)
    price_per_unit_month = AmountField(text("Each, per month"), default="0")
    choices = ChoicesField(text("Or choices, separated by ;"))


class PartRow(RowForm):
    """A tariff inside a bundle, and for how many months."""

    REQUIRED = ("tariff", "months")

    tariff = SelectField(text("Tariff"), choices={"": "–"})
    months = NumberField(text("Months, 0 = one-off"))


READERS: Mapping[str, Callable[[Any], Any]] = {
    "kind": TariffKind,
    "availability": Availability,
    "prices": lambda rows: [PriceDetails(**row) for row in rows],
    "options": lambda rows: [OptionDetails(**row) for row in rows],
    "components": lambda rows: [PartDetails(**row) for row in rows],
}


class TariffForm(DetailsForm):
    """A tariff, with the fields its kind has. It names other tariffs of its provider, and groups.

    What another kind has is there too where the tariff holds something in it.
    """

    key = StringField(text("Key"))
    titles = TitlesField(text("Title"))
    kind = SelectField(text("Kind"))
    category = StringField(text("Category"))
    tax_class = SelectField(text("Tax class"))
    supply = SelectField(
        text("For VAT it is"),
        description=text("It decides in which country sales to other countries are taxed."),
    )
    archived = BooleanField(
        text("No longer sold"), description=text("Running services continue; no one can order it.")
    )
    prices = RowsField(PriceRow, text("Prices"), spare=MANY_PRICES)
    setup_fee = AmountField(text("Set-up fee"))
    availability = SelectField(text("Availability"))
    lead_time_days = NumberField(text("Lead time in days"))
    counted = BooleanField(
        text("Stock is tracked"), description=text("It can run out; orders reduce it.")
    )
    needs_delivery = BooleanField(text("Delivered to an address"))
    hours = NumberField(text("Hours in a time package"))
    options = RowsField(OptionRow, text("Options"), spare=1)
    components = RowsField(PartRow, text("Parts of a bundle"))
    self_service = BooleanField(
        text("Clients can order it themselves"),
        description=text("Otherwise only staff can order it."),
    )
    per_client_limit = NumberField(text("At most per client"))
    allowed_groups = CheckListField(text("Only for these groups"))
    forbidden_groups = CheckListField(text("Not for these groups"))
    countries = WordsField(
        text("Only for these countries"), description=text("Two letters each, such as BG, RO.")
    )
    requires_one_of = CheckListField(text("Needs one of these with it"))

    REQUIRED = ("key", "titles", "category", "setup_fee")
    SECTIONS = (
        Section(
            text("Tariff"), ("key", "titles", "kind", "category", "tax_class", "supply", "archived")
        ),
        Section(text("Prices"), ("prices", "setup_fee"), text("In the provider’s currency.")),
        Section(
            text("Availability"),
            ("availability", "lead_time_days", "counted", "needs_delivery", "hours"),
        ),
        Section(
            text("Options"),
            ("options",),
            text(
                "A number of units, from what is included up to the maximum, each with its price; "
                "or choices without a price."
            ),
            folded=True,
        ),
        Section(text("Parts of a bundle"), ("components",)),
        Section(
            text("Restrictions"),
            (
                "self_service",
                "per_client_limit",
                "allowed_groups",
                "forbidden_groups",
                "countries",
                "requires_one_of",
            ),
            text(
                "They apply to the client, whoever orders for them. Choosing"
                " nothing restricts nothing."
            ),
            folded=True,
        ),
    )

    def __init__(
        self, db: Session, provider: Provider, details: TariffDetails, *, sent: bool | None = None
    ) -> None:
        self.before, self.blank = details, asdict(new_tariff(details.kind))
        filled = asdict(details)
        super().__init__({**filled, "seen": state_of(details)}, sent=sent)
        self.leave_out(
            *(
                name
                for name, kinds in OF_KINDS.items()
                if details.kind not in kinds and filled[name] == self.blank[name]
            )
        )
        self.amounts_in(provider.currency)
        others = {
            row.key: say(row.title, language())
            for row in db.scalars(
                select(Tariff).filter_by(provider_id=provider.id).order_by(Tariff.id)
            )
            if row.key != details.key
        }
        of_groups = {row.key: say(row.title, language()) for row in groups(db)}
        self.kind.choices = {kind.value: say(said, language()) for kind, said in KINDS.items()}
        self.fix("kind")
        if "availability" in self:
            self.availability.choices = {
                value.value: say(said, language()) for value, said in AVAILABILITIES.items()
            }
        self.supply.choices = {
            supply.value: say(said, language()) for supply, said in SUPPLIES.items()
        }
        self.tax_class.choices = [*dict.fromkeys(rate.tax_class for rate in provider.tax_rates)]
        self.allowed_groups.choices = self.forbidden_groups.choices = of_groups
        self.requires_one_of.choices = others
        if "components" in self:
            for entry in (*self.components.entries, self.components.blank):
                entry.form.tariff.choices = {"": "–", **others}

    def details(self) -> TariffDetails:
        typed = self.values()
        for name in ("allowed_groups", "forbidden_groups", "requires_one_of"):
            typed[name] = sorted(typed[name] or ())
        typed["countries"] = sorted({code.upper() for code in typed["countries"]})
        for name, read in READERS.items():
            if name in typed:
                typed[name] = read(typed[name])
        return replace(self.before, **typed)

"""What the API takes and answers of tariffs and their categories."""

from dataclasses import asdict, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.administration.catalog.tariff_categories import (
    CategoriesDetails,
    CategoryDetails,
)
from billing_panel.administration.catalog.tariff_details import (
    OptionDetails,
    PartDetails,
    PriceDetails,
    TariffDetails,
    tariff_details,
)
from billing_panel.administration.details.concurrent_changes import version_of
from billing_panel.api.administration.details_bodies import (
    MAX_ROWS,
    DetailsBody,
    SeenBody,
    TitlesAnswer,
    TitlesBody,
)
from billing_panel.api.answer_models import Answer, Key, MoneyAnswer, minor, money
from billing_panel.api.request_bodies import AmountBody, Name, amount_in
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility_facts import Availability, TariffKind
from billing_panel.kernel.values.money import parse
from billing_panel.tax.supply import SupplyKind

TARIFF_KEY = Field(examples=["web-start"])
STANDARD = Field(examples=["standard"])
NAMES = ("allowed_groups", "forbidden_groups", "countries", "requires_one_of")


class TariffPriceBody(DetailsBody):
    """What so many months cost; 0 months: it is sold once. ``points``: what it costs in points."""

    months: StrictInt = Field(ge=0, examples=[1])
    amount: AmountBody
    points: StrictInt | None = None


class TariffOptionBody(DetailsBody):
    """An option of a tariff: ``choices``, or a number of units from ``included`` to ``maximum``."""

    key: StrictStr = Field(examples=["ip"])
    titles: TitlesBody
    unit: StrictStr = ""
    included: StrictInt = 0
    step: StrictInt = 1
    maximum: StrictInt = 0
    price_per_unit_month: AmountBody = "0"
    choices: list[Name] = Field(default_factory=list, max_length=MAX_ROWS)


class BundlePartBody(DetailsBody):
    """A tariff inside a bundle, by its key, for so many months."""

    tariff: StrictStr = TARIFF_KEY
    months: StrictInt = Field(ge=0, examples=[12])


class PlainTariff(BaseModel):
    """What is taken of a tariff as it is answered.

    ``counted``: it has a stock that can run out. ``hours``: of a time package. ``archived``: no
    longer sold. Groups and required tariffs are keys, countries ISO 3166-1 alpha-2; empty lists
    restrict nothing.
    """

    category: str = Field(default="", examples=["Web hosting"])
    tax_class: str = Field(default="", examples=["standard"])
    availability: Availability = Availability.IN_STOCK
    lead_time_days: int | None = Field(default=None, examples=[None])
    counted: bool = False
    per_client_limit: int | None = Field(default=None, examples=[None])
    archived: bool = False
    self_service: bool = True
    needs_delivery: bool = False
    hours: int | None = Field(default=None, examples=[None])


class TariffFieldsBody(PlainTariff, DetailsBody):
    """A tariff. Each list that is sent stands in for the whole of the one there was.

    ``supply``: what it is for VAT; goods are ``goods`` and all else ``electronic`` where it is
    absent.
    """

    key: StrictStr = Field(default="", examples=["web-start"])
    titles: TitlesBody = Field(default_factory=dict)
    kind: TariffKind = TariffKind.SERVICE
    supply: SupplyKind = SupplyKind.ELECTRONIC
    setup_fee: AmountBody = "0"
    prices: list[TariffPriceBody] = Field(default_factory=list, max_length=MAX_ROWS)
    options: list[TariffOptionBody] = Field(default_factory=list, max_length=MAX_ROWS)
    components: list[BundlePartBody] = Field(default_factory=list, max_length=MAX_ROWS)
    allowed_groups: list[Name] = Field(default_factory=list, max_length=MAX_ROWS)
    forbidden_groups: list[Name] = Field(default_factory=list, max_length=MAX_ROWS)
    countries: list[Name] = Field(default_factory=list, max_length=MAX_ROWS)
    requires_one_of: list[Name] = Field(default_factory=list, max_length=MAX_ROWS)

    def details(self, now: TariffDetails, currency: str) -> TariffDetails:
        """``now`` with what was sent, in ``currency``. Raises Invalid ``invalid_amount``."""
        sent = self.sent()
        own: dict[str, Any] = {
            "setup_fee": lambda: amount_in(currency, self.setup_fee, "setup_fee"),
            "prices": lambda: [
                one.into(PriceDetails, amount=amount_in(currency, one.amount, f"prices.{n}.amount"))
                for n, one in enumerate(self.prices)
            ],
            "options": lambda: [_option(one, n, currency) for n, one in enumerate(self.options)],
            "components": lambda: [part.into(PartDetails) for part in self.components],
        }
        sent.update({name: sorted(set(sent[name])) for name in NAMES if name in sent})
        return replace(now, **{n: own[n]() if n in own else sent[n] for n in sent})


def _option(option: TariffOptionBody, place: int, currency: str) -> OptionDetails:
    field = f"options.{place}.price_per_unit_month"
    price = amount_in(currency, option.price_per_unit_month, field)
    return option.into(OptionDetails, price_per_unit_month=price)


class NewTariffBody(TariffFieldsBody):
    """A tariff. One whose pieces are counted begins with an empty stock."""

    key: StrictStr = TARIFF_KEY
    titles: TitlesBody
    kind: TariffKind
    category: StrictStr = Field(examples=["Web hosting"])
    tax_class: StrictStr = STANDARD
    prices: list[TariffPriceBody] = Field(max_length=MAX_ROWS)


class ChangeTariffBody(TariffFieldsBody, SeenBody):
    """What of a tariff shall be otherwise; what is absent stays as it is."""


class StockBody(DetailsBody):
    """``by``: how many come in, or with a minus go out. ``reason``: why, for the log."""

    by: StrictInt = Field(examples=[10])
    reason: StrictStr = Field(examples=["A delivery came"])


class CategoryBody(DetailsBody):
    """``name``: the category as tariffs name it. Without titles it goes by that name."""

    name: StrictStr = Field(examples=["Web hosting"])
    titles: TitlesBody = Field(default_factory=dict)


class CategoriesBody(SeenBody):
    """The categories in the order of the shop."""

    categories: list[CategoryBody] = Field(max_length=MAX_ROWS)

    def details(self) -> CategoriesDetails:
        return CategoriesDetails([one.into(CategoryDetails) for one in self.categories])


class TariffPriceAnswer(Answer):
    """What so many months cost; 0 months: it is sold once."""

    months: int = Field(examples=[1])
    amount: MoneyAnswer
    points: int | None = Field(examples=[None])


class TariffOptionAnswer(Answer):
    """An option of a tariff: ``choices``, or a number of units from ``included`` to ``maximum``."""

    key: str = Field(examples=["ip"])
    titles: TitlesAnswer
    unit: str
    included: int
    step: int
    maximum: int
    price_per_unit_month: MoneyAnswer
    choices: list[str]


class BundlePartAnswer(Answer):
    """A tariff inside a bundle, for so many months."""

    tariff: str = TARIFF_KEY
    months: int = Field(examples=[12])


class TariffDetailsAnswer(PlainTariff, Answer):
    """A tariff as staff see it. ``stock`` is null where it is not counted."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: int
    provider: Key
    key: str = TARIFF_KEY
    titles: TitlesAnswer
    kind: TariffKind
    supply: SupplyKind
    setup_fee: MoneyAnswer
    prices: list[TariffPriceAnswer]
    options: list[TariffOptionAnswer]
    components: list[BundlePartAnswer]
    allowed_groups: list[str]
    forbidden_groups: list[str]
    countries: list[str] = Field(examples=[["BG"]])
    requires_one_of: list[str]
    stock: int | None
    version: int


class StockAnswer(Answer):
    """``stock``: how many there are now."""

    tariff: str = TARIFF_KEY
    stock: int


class CategoryAnswer(Answer):
    """A category by the name that tariffs have, and what it is called in the shop."""

    name: str = Field(examples=["Web hosting"])
    titles: TitlesAnswer


class CategoriesAnswer(Answer):
    """Those with titles in the order of the shop, then those that tariffs name besides."""

    categories: list[CategoryAnswer]
    version: int


def tariff_answer(session: Session, tariff: Tariff, provider: Provider) -> TariffDetailsAnswer:
    """Say a tariff, and the version of it."""
    currency = provider.currency
    details = tariff_details(session, tariff, currency)
    own = (*PlainTariff.model_fields, "key", "titles", "kind", "supply", *NAMES)
    return TariffDetailsAnswer(
        **{name: getattr(details, name) for name in own},
        id=tariff.id,
        provider=provider.key,
        setup_fee=minor(tariff.setup_fee, currency),
        prices=[
            TariffPriceAnswer(
                months=one.months or 0, amount=_money(one.amount, currency), points=one.points
            )
            for one in details.prices
        ],
        options=[
            TariffOptionAnswer(
                **{
                    **asdict(one),
                    "price_per_unit_month": _money(one.price_per_unit_month, currency),
                }
            )
            for one in details.options
        ],
        components=[BundlePartAnswer(**asdict(part)) for part in details.components],
        stock=tariff.stock,
        version=version_of(details),
    )


def categories_answer(details: CategoriesDetails) -> CategoriesAnswer:
    """Say the categories of a provider, and the version of them."""
    return CategoriesAnswer(
        categories=[CategoryAnswer(**asdict(one)) for one in details.categories],
        version=version_of(details),
    )


def _money(amount: str, currency: str) -> MoneyAnswer:
    return money(parse(amount, currency))

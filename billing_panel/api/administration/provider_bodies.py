"""What the API takes and answers of a provider's settings."""

from base64 import b64decode, b64encode
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, field_validator

from billing_panel.accounts.companies.e_invoicing_modes import EInvoicing
from billing_panel.accounts.companies.provider_models import InvoiceTime, MethodKind, Provider
from billing_panel.administration.details.concurrent_changes import version_of
from billing_panel.administration.providers.logos import MAX_BYTES, Png, as_png
from billing_panel.administration.providers.provider_details import (
    DeliveryDetails,
    MethodDetails,
    ProviderDetails,
    RateDetails,
    provider_details,
)
from billing_panel.api.administration.details_bodies import (
    MAX_ROWS,
    DayBody,
    DetailsBody,
    PercentBody,
    SeenBody,
    TitlesAnswer,
    TitlesBody,
)
from billing_panel.api.answer_models import Answer, Country, Key, MoneyAnswer, Percent, money
from billing_panel.api.request_bodies import AmountBody, amount_in, mistake
from billing_panel.kernel.language.errors import Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.money import parse

CURRENCY = Field(examples=["EUR"])
MAX_BASE64 = 4 * (MAX_BYTES // 3 + 1)
# one transparent dot
PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg=="
)


class TaxRateBody(DetailsBody):
    """A rate of a tax class from that day on."""

    tax_class: StrictStr = Field(examples=["standard"])
    since: DayBody
    percent: PercentBody


class MethodBody(DetailsBody):
    """A way to pay. ``gateway``: which payment system stands behind ``card_gateway``."""

    kind: MethodKind
    client_may_choose: StrictBool = True
    staff_may_take: StrictBool = True
    gateway: StrictStr | None = None


class DeliveryServiceBody(DetailsBody):
    """A delivery service. ``tracking_url`` holds ``{code}`` where the code of a parcel belongs."""

    key: StrictStr = Field(examples=["courier"])
    titles: TitlesBody
    price: AmountBody
    tax_class: StrictStr = Field(examples=["standard"])
    offered: StrictBool = True
    tracking_url: StrictStr = ""


class PlainSettings(BaseModel):
    """Settings that are taken as they are answered.

    ``address``: its lines above the city. ``registration_group``: the key of a client group, empty
    for none. The first numbers of documents count where a series begins.
    """

    legal_name: str = ""
    post_code: str = ""
    city: str = ""
    region: str = ""
    registration_number: str = ""
    vat_number: str = ""
    tax_number: str = ""
    tax_registration_reason: str = ""
    email: str = ""
    phone: str = ""
    language: str = Field(default="en", examples=["bg"])
    timezone: str = Field(default="UTC", examples=["Europe/Sofia"])
    charges_tax: bool = True
    one_stop_shop: bool = False
    e_invoicing: EInvoicing = EInvoicing.OFF
    payment_terms_days: int | None = Field(default=14, examples=[14])
    series_proforma: str = Field(default="PF-{year}-{number:06}", examples=["PF-{number:06}"])
    series_fiscal: str = Field(default="{number:010}", examples=["{number:010}"])
    series_credit_note: str = ""
    series_receipt: str = ""
    first_proforma: int | None = Field(default=1, examples=[1])
    first_fiscal: int | None = Field(default=1, examples=[1])
    first_credit_note: int | None = Field(default=1, examples=[1])
    first_receipt: int | None = Field(default=1, examples=[1])
    invoice_time: InvoiceTime = InvoiceTime.PAYMENT
    bank_name: str = ""
    bank_iban: str = ""
    bank_bic: str = ""
    bank_account: str = ""
    bank_correspondent: str = ""
    bank_bik: str = ""
    balance_may_go_below: bool = False
    credit_covers_debt: bool = False
    points_last_days: int | None = Field(default=None, examples=[365])
    exceptions_allowed: bool = False
    terms_url: str = ""
    terms_version: str = ""
    clients_may_order: bool = True
    shop_window_open: bool = False
    registration_open: bool = False
    registration_group: str = ""


class ProviderSettingsBody(PlainSettings, DetailsBody):
    """``points_for``: the money that earns one point, null for none.

    Each list that is sent stands in for the whole of the one there was.
    """

    key: StrictStr = Field(default="", examples=["nordvik"])
    name: StrictStr = ""
    country: StrictStr = Field(default="", examples=["BG"])
    address: StrictStr = ""
    currency: StrictStr = Field(default="", examples=["EUR"])
    prices_include_tax: StrictBool = False
    invoices_since: DayBody | None = None
    points_for: AmountBody | None = None
    terms_titles: TitlesBody = Field(default_factory=dict)
    tax_rates: list[TaxRateBody] = Field(default_factory=list, max_length=MAX_ROWS)
    payment_methods: list[MethodBody] = Field(default_factory=list, max_length=len(MethodKind))
    delivery_services: list[DeliveryServiceBody] = Field(default_factory=list, max_length=MAX_ROWS)

    def details(self, now: ProviderDetails) -> ProviderDetails:
        """``now`` with what was sent. Raises Invalid ``invalid_amount``."""
        sent = self.sent()
        currency = sent.get("currency", now.currency)
        own: dict[str, Any] = {
            "points_for": lambda: amount_in(currency, self.points_for, "points_for"),
            "tax_rates": lambda: [rate.into(RateDetails) for rate in self.tax_rates],
            "payment_methods": lambda: [one.into(MethodDetails) for one in self.payment_methods],
            "delivery_services": lambda: [
                one.into(DeliveryDetails, price=amount_in(currency, one.price, _price(place)))
                for place, one in enumerate(self.delivery_services)
            ],
        }
        return replace(now, **{n: own[n]() if n in own else sent[n] for n in sent})


def _price(place: int) -> str:
    return f"delivery_services.{place}.price"


class NewProviderBody(ProviderSettingsBody):
    """A provider. What is absent is as it mostly is; key, currency and taxes in prices stay."""

    key: StrictStr = Field(examples=["nordvik"])
    name: StrictStr
    legal_name: StrictStr
    country: StrictStr = Field(examples=["BG"])
    address: StrictStr
    currency: StrictStr = CURRENCY


class ChangeProviderBody(ProviderSettingsBody, SeenBody):
    """What of a provider shall be otherwise; what is absent stays as it is."""


class PictureBody(DetailsBody):
    """``picture``: a PNG or a JPEG in base64. It is drawn anew, without whatever else it holds."""

    picture: StrictStr = Field(max_length=MAX_BASE64, examples=[PICTURE])

    @field_validator("picture")
    @classmethod
    def drawn(cls, written: str) -> str:
        """As it is kept, in base64 again: it is drawn before any transaction begins."""
        try:
            return b64encode(as_png(b64decode(written, validate=True))).decode()
        except ValueError:
            raise mistake("base64", text("Write the picture in base64.")) from None
        except Invalid as refusal:
            raise mistake("picture", refusal.errors[0].message) from refusal

    @property
    def png(self) -> Png:
        return Png(b64decode(self.picture))


class TaxRateAnswer(Answer):
    """A rate of a tax class from that day on."""

    tax_class: str = Field(examples=["standard"])
    since: date
    percent: Percent


class OfferedMethodAnswer(Answer):
    """A way to pay, by clients or by staff. Keys of payment systems are never answered."""

    kind: MethodKind
    client_may_choose: bool
    staff_may_take: bool
    gateway: str | None


class DeliveryDetailsAnswer(Answer):
    """A delivery service, with its titles in each language."""

    key: str = Field(examples=["courier"])
    titles: TitlesAnswer
    price: MoneyAnswer
    tax_class: str = Field(examples=["standard"])
    offered: bool
    tracking_url: str


class ProviderSettingsAnswer(PlainSettings, Answer):
    """Everything that is set for a provider. ``has_logo``: there is one for its documents."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    key: Key
    name: str
    country: Country
    address: str
    currency: str = CURRENCY
    prices_include_tax: bool
    invoices_since: date | None
    points_for: MoneyAnswer | None
    terms_titles: TitlesAnswer
    tax_rates: list[TaxRateAnswer]
    payment_methods: list[OfferedMethodAnswer]
    delivery_services: list[DeliveryDetailsAnswer]
    has_logo: bool
    version: int


def settings_answer(provider: Provider) -> ProviderSettingsAnswer:
    """Say all that is set for a provider, and the version of it."""
    details = provider_details(provider)
    own = (*PlainSettings.model_fields, "key", "name", "country", "address", "currency")
    more = ("prices_include_tax", "invoices_since", "terms_titles")
    return ProviderSettingsAnswer(
        **{name: getattr(details, name) for name in (*own, *more)},
        points_for=_money(details.points_for, details.currency) if details.points_for else None,
        tax_rates=[
            TaxRateAnswer(tax_class=one.tax_class, since=one.since, percent=f"{one.percent:f}")
            for one in details.tax_rates
            if one.since is not None
        ],
        payment_methods=[OfferedMethodAnswer(**asdict(one)) for one in details.payment_methods],
        delivery_services=[
            DeliveryDetailsAnswer(**{**asdict(one), "price": _money(one.price, details.currency)})
            for one in details.delivery_services
        ],
        has_logo=provider.logo is not None,
        version=version_of(details),
    )


def _money(amount: str, currency: str) -> MoneyAnswer:
    return money(parse(amount, currency))

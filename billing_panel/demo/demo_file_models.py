"""The shape of the files of what is sold, and of people.

Everything wrong with them is told at once, with its key path.
"""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from billing_panel.accounts.companies.e_invoicing_modes import EInvoicing
from billing_panel.accounts.companies.provider_models import InvoiceTime, MethodKind
from billing_panel.accounts.people.client_models import ClientKind
from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.catalog.rules.eligibility_facts import Availability, TariffKind, Tender
from billing_panel.demo.demo_file import read_toml
from billing_panel.demo.demo_reminders import RemindersEntry
from billing_panel.tax.supply import SupplyKind

Words = dict[str, str]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bank(_Strict):
    """A provider's bank account: IBAN and BIC, or account, correspondent and БИК."""

    name: str
    iban: str = ""
    bic: str = ""
    account: str = ""
    correspondent: str = ""
    bik: str = ""


class Series(_Strict):
    """Formats of document numbers."""

    proforma: str
    fiscal: str
    credit_note: str = ""
    receipt: str = ""


class Rate(_Strict):
    """A tax rate, and the day ``from`` which it holds."""

    since: date = Field(alias="from")
    percent: Decimal


class SaleTerms(_Strict):
    """Terms of sale: what their link says, where it leads, and which version they are."""

    title: Words
    url: str
    version: str


class _Party(_Strict):
    """Where a side of a sale is, by which numbers it is known, and how it is reached."""

    country: str
    address: str = ""
    post_code: str = ""
    city: str = ""
    region: str = ""
    registration_number: str = ""
    vat_number: str = ""
    tax_number: str = ""
    tax_registration_reason: str = ""
    email: str = ""
    phone: str = ""


class ProviderEntry(_Party):
    """A provider. ``tax``: rates by class; ``workflow``: the one it runs, by key."""

    key: str
    name: str
    legal_name: str
    address: str
    city: str
    currency: str
    locale: str
    timezone: str
    workflow: str
    payment_methods: list[MethodKind]
    bank: Bank
    series: Series
    tax: dict[str, list[Rate]]
    prices_include_tax: bool
    charges_tax: bool = True
    one_stop_shop: bool = False
    e_invoicing: EInvoicing = EInvoicing.OFF
    invoices_since: date | None = None
    invoice_time: InvoiceTime = InvoiceTime.PAYMENT
    balance_may_go_below: bool = False
    credit_covers_debt: bool = False
    shop_window_open: bool = False
    registration_open: bool = False
    registration_group: str = ""
    terms: SaleTerms | None = None
    reminders: RemindersEntry | None = None


class DeliveryEntry(_Strict):
    """A delivery service; ``price`` in major units, ``tax`` a class."""

    provider: str
    key: str
    title: Words
    price: str
    tax: str
    tracking_url: str = ""


class CategoryEntry(_Strict):
    """What a category of a provider's tariffs is called in its shop."""

    provider: str
    name: str
    title: Words


class GroupEntry(_Strict):
    """A client group. ``title`` is for staff, ``client_title`` and ``only_for`` for clients."""

    key: str
    title: Words
    client_title: Words | None = None
    only_for: Words | None = None
    discount_percent: Decimal = Field(default=Decimal(0), ge=0, le=100)
    ignores_service_limits: bool = False
    payment_terms_days: int | None = None
    forbidden_payment_methods: list[MethodKind] = []


class OptionEntry(_Strict):
    """An option of a tariff: units with a price in major units, or ``choices``."""

    key: str
    title: Words
    unit: str = ""
    included: int = 0
    step: int = 1
    max: int = 0
    price_per_unit_month: str = "0"
    choices: list[str] = []


class ComponentEntry(_Strict):
    """A part of a bundle: a tariff's key and a period, such as ``12 months``."""

    tariff: str
    period: str


class TariffEntry(_Strict):
    """A tariff. Prices by period, amounts in major units; ``tax`` is a class.

    ``supply`` None: goods are goods, anything else an electronic service.
    """

    provider: str
    key: str
    kind: TariffKind
    title: Words
    category: str
    availability: Availability
    lead_time_days: int | None = None
    stock: int | None = None
    prices: dict[str, str]
    points_prices: dict[str, int] = {}
    setup_fee: str = "0"
    tax: str
    supply: SupplyKind | None = None
    per_client_limit: int | None = None
    archived: bool = False
    self_service: bool = True
    needs_delivery: bool = False
    hours: int | None = None
    options: list[OptionEntry] = []
    components: list[ComponentEntry] = []
    allowed_groups: list[str] = []
    forbidden_groups: list[str] = []
    restricted_to_countries: list[str] = []
    requires_one_of: list[str] = []


class PromoEntry(_Strict):
    """A promo code of ``percent``, or of ``amount`` in major units."""

    provider: str
    code: str
    percent: Decimal | None = None
    amount: str = ""
    until: date | None = None
    max_uses: int | None = None
    max_uses_per_client: int | None = None


class Catalogue(_Strict):
    """The file of what is sold: providers, delivery, client groups, tariffs and promo codes."""

    provider: list[ProviderEntry]
    delivery_service: list[DeliveryEntry]
    category: list[CategoryEntry] = []
    client_group: list[GroupEntry]
    tariff: list[TariffEntry]
    promo_code: list[PromoEntry] = []


class CartEntry(_Strict):
    """A position in a client's cart."""

    provider: str
    tariff: str
    period: str
    quantity: int = 1
    pay_with: Tender = Tender.MONEY


class UserEntry(_Strict):
    """A further user of a client."""

    login: str
    role: ClientRole
    email: str = ""


class ClientEntry(_Party):
    """``balance`` is with the first provider; ``balances`` names them. ``users``: besides them.

    ``vat_confirmed``: the register of VAT numbers knew their number.
    """

    login: str
    account_number: int
    name: str
    kind: ClientKind
    vat_confirmed: bool = False
    group: str
    locale: str
    accounting_emails: str = ""
    providers: list[str]
    balance: str = "0"
    balances: dict[str, str] = {}
    credit_limit: str = "0"
    invoice_time: InvoiceTime | None = None
    points: int = 0
    debt: str = "0"
    blocked_reason: str | None = None
    blocked_text: str = ""
    cart: list[CartEntry]
    users: list[UserEntry] = []

    def balance_with(self, provider: str) -> str:
        first = self.balance if provider == self.providers[0] else "0"
        return self.balances.get(provider, first)


class DepartmentEntry(_Strict):
    """A department, with the functions that are On for it."""

    key: str
    title: Words
    functions: list[str]


class StaffEntry(_Strict):
    """A member of staff; ``providers`` and ``departments`` are keys."""

    login: str
    name: str
    email: str = ""
    providers: list[str] = []
    departments: list[str] = []
    owner: bool = False


class People(_Strict):
    """The file of people: clients, departments and staff."""

    client: list[ClientEntry]
    department: list[DepartmentEntry]
    staff: list[StaffEntry]


def read_catalogue(name: str = "catalog") -> Catalogue:
    """Read a file of what is sold. Raises ValidationError."""
    return Catalogue.model_validate(read_toml(name))


def read_people(name: str = "clients") -> People:
    """Read a file of people. Raises ValidationError."""
    return People.model_validate(read_toml(name))

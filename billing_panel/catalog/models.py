"""The catalogue as rows: tariffs with prices, options, parts and restrictions; services held.

Amounts are minor units of the provider's currency.
"""

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.accounts.people.client_models import ClientGroup
from billing_panel.catalog.rules.eligibility_facts import Availability, TariffKind
from billing_panel.kernel.database.column_types import Base, BigId, Json, one_of
from billing_panel.kernel.language.text import Titles
from billing_panel.tax.supply import SupplyKind


class Tariff(Base):
    """``stock`` None: without end. ``per_client_limit`` None: no limit. ``supply``: what it is for
    VAT, which decides whose tax it carries.
    """

    __tablename__ = "tariff"
    __table_args__ = (
        UniqueConstraint("provider_id", "key"),
        CheckConstraint("stock >= 0", name="stock"),
        CheckConstraint("setup_fee >= 0", name="setup_fee"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    key: Mapped[str] = mapped_column(String(64))
    kind: Mapped[TariffKind] = mapped_column(one_of(TariffKind))
    titles: Mapped[dict[str, str]] = mapped_column(Json)
    category: Mapped[str]
    availability: Mapped[Availability] = mapped_column(one_of(Availability))
    lead_time_days: Mapped[int | None]
    stock: Mapped[int | None]
    setup_fee: Mapped[int] = mapped_column(BigId, default=0)
    tax_class: Mapped[str] = mapped_column(String(32))
    supply: Mapped[SupplyKind] = mapped_column(one_of(SupplyKind), default=SupplyKind.ELECTRONIC)
    per_client_limit: Mapped[int | None]
    archived: Mapped[bool] = mapped_column(default=False)
    self_service: Mapped[bool] = mapped_column(default=True)
    needs_delivery: Mapped[bool] = mapped_column(default=False)
    hours: Mapped[int | None]

    prices: Mapped[list["Price"]] = relationship(
        order_by="Price.months", cascade="all, delete-orphan"
    )
    options: Mapped[list["Option"]] = relationship(
        order_by="Option.position", cascade="all, delete-orphan"
    )
    components: Mapped[list["BundlePart"]] = relationship(
        foreign_keys="BundlePart.bundle_id",
        order_by="BundlePart.position",
        cascade="all, delete-orphan",
    )
    group_rules: Mapped[list["GroupRule"]] = relationship(cascade="all, delete-orphan")
    country_rules: Mapped[list["CountryRule"]] = relationship(cascade="all, delete-orphan")
    requirements: Mapped[list["Requirement"]] = relationship(
        foreign_keys="Requirement.tariff_id", cascade="all, delete-orphan"
    )

    @property
    def title(self) -> Titles:
        return Titles(self.titles)


class Category(Base):
    """What a category is called in the shop, and where it stands; ``name``: as tariffs name it.

    One that is not listed goes by its name, after those that are.
    """

    __tablename__ = "tariff_category"

    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    titles: Mapped[dict[str, str]] = mapped_column(Json)

    @property
    def title(self) -> Titles:
        return Titles(self.titles)


class Price(Base):
    """``months`` 0: sold once. ``points`` where it may be had for points too."""

    __tablename__ = "tariff_price"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount"),)

    tariff_id: Mapped[int] = mapped_column(BigId, ForeignKey("tariff.id"), primary_key=True)
    months: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    amount: Mapped[int] = mapped_column(BigId)
    points: Mapped[int | None] = mapped_column(BigId)


class Option(Base):
    """Either ``choices``, or a number of units from ``included`` to ``maximum`` in ``step``s."""

    __tablename__ = "tariff_option"

    tariff_id: Mapped[int] = mapped_column(BigId, ForeignKey("tariff.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    titles: Mapped[dict[str, str]] = mapped_column(Json)
    unit: Mapped[str] = mapped_column(default="")
    included: Mapped[int] = mapped_column(default=0)
    step: Mapped[int] = mapped_column(default=1)
    maximum: Mapped[int] = mapped_column(default=0)
    price_per_unit_month: Mapped[int] = mapped_column(BigId, default=0)
    choices: Mapped[list[str]] = mapped_column(Json, default=list)


class BundlePart(Base):
    """A tariff inside a bundle, for so many ``months``; parts stand by ``position``."""

    __tablename__ = "bundle_part"

    bundle_id: Mapped[int] = mapped_column(BigId, ForeignKey("tariff.id"), primary_key=True)
    tariff_id: Mapped[int] = mapped_column(BigId, ForeignKey("tariff.id"), primary_key=True)
    position: Mapped[int]
    months: Mapped[int]
    part: Mapped[Tariff] = relationship(foreign_keys=[tariff_id], viewonly=True)


class GroupRule(Base):
    """``allowed``: only such groups may have the tariff; else: this group may not."""

    __tablename__ = "tariff_group_rule"

    tariff_id: Mapped[int] = mapped_column(BigId, ForeignKey("tariff.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(BigId, ForeignKey("client_group.id"), primary_key=True)
    allowed: Mapped[bool]
    group: Mapped[ClientGroup] = relationship()


class CountryRule(Base):
    """Only clients of the listed countries may have the tariff."""

    __tablename__ = "tariff_country_rule"

    tariff_id: Mapped[int] = mapped_column(BigId, ForeignKey("tariff.id"), primary_key=True)
    country: Mapped[str] = mapped_column(String(2), primary_key=True)


class Requirement(Base):
    """The tariff needs one of its required ones beside it."""

    __tablename__ = "tariff_requirement"

    tariff_id: Mapped[int] = mapped_column(BigId, ForeignKey("tariff.id"), primary_key=True)
    required_id: Mapped[int] = mapped_column(BigId, ForeignKey("tariff.id"), primary_key=True)
    required: Mapped[Tariff] = relationship(foreign_keys=[required_id])

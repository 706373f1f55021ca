"""Staff, the departments (roles) they are in, and the providers they work for."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.database.column_types import Base, BigId, Json, Percent
from billing_panel.kernel.language.text import Titles

staff_department = Table(
    "staff_department",
    Base.metadata,
    Column("staff_id", BigId, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "department_id", BigId, ForeignKey("department.id", ondelete="CASCADE"), primary_key=True
    ),
)

staff_provider = Table(
    "staff_provider",
    Base.metadata,
    Column("staff_id", BigId, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("provider_id", BigId, ForeignKey("provider.id", ondelete="CASCADE"), primary_key=True),
)


class Department(Base):
    """``second_factor``: whoever is in it must have one. ``discount_cap``: the largest discount, in
    percent, that its people may propose or approve as an exception; None: none at all.
    """

    __tablename__ = "department"
    # ten-thousandths of a percent, as the column keeps them
    __table_args__ = (CheckConstraint("discount_cap BETWEEN 0 AND 1000000", name="discount_cap"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    titles: Mapped[dict[str, str]] = mapped_column(Json)
    second_factor: Mapped[bool] = mapped_column(default=False)
    discount_cap: Mapped[Decimal | None] = mapped_column(Percent)

    @property
    def title(self) -> Titles:
        return Titles(self.titles)


class Staff(Base):
    """``owner`` holds every function and sees every provider."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"), unique=True)
    name: Mapped[str]
    owner: Mapped[bool] = mapped_column(default=False)

    user: Mapped[User] = relationship()
    departments: Mapped[list[Department]] = relationship(
        secondary=staff_department, order_by=Department.key
    )
    providers: Mapped[list[Provider]] = relationship(
        secondary=staff_provider, order_by=Provider.key
    )

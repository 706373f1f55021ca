"""Switches of the matrix: of departments, and people's own."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from billing_panel.kernel.database.column_types import Base, BigId


class DepartmentFunction(Base):
    """A function switched On for a department (role)."""

    __tablename__ = "department_function"

    department_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("department.id", ondelete="CASCADE"), primary_key=True
    )
    function: Mapped[str] = mapped_column(String(64), primary_key=True)


class StaffFunction(Base):
    """A person's own switch, which wins over their departments."""

    __tablename__ = "staff_function"

    staff_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True
    )
    function: Mapped[str] = mapped_column(String(64), primary_key=True)
    on: Mapped[bool]

"""A row as plain values, for a file that is handed out."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import inspect

from billing_panel.kernel.database.column_types import Base


def plain_row(row: Base, *without: str) -> dict[str, Any]:
    """Its columns by name, but those named ``without``; moments and days in ISO 8601."""
    columns = inspect(type(row)).column_attrs.keys()
    return {name: plain_value(getattr(row, name)) for name in columns if name not in without}


def plain_value(value: Any) -> Any:
    """Give a value as JSON has it, all that is inside it too: decimals and dates are strings."""
    match value:
        case Enum():
            return value.value
        case Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {key: plain_value(inside) for key, inside in value.items()}
        case list() | tuple():
            return [plain_value(inside) for inside in value]
        case _:
            return value

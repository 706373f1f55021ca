"""What columns are made of, on both engines."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    Integer,
    MetaData,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator
from typing_extensions import override


class Base(DeclarativeBase):
    """Base of all tables; keys, indexes and constraints get their names by one convention."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# SQLite numbers rows by itself only where the key is spelled INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")


# titles and options, of which there are many; what is longer is a workflow
SHORT_JSON = 500


Json = JSON().with_variant(JSONB, "postgresql")


# None is no value, which SQL can ask for
JsonOrNull = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Written(dict[str, Any]):
    """What a row has as JSON, with the ``text`` of it; nobody changes it."""

    text: str


class AsWritten(TypeDecorator[Any]):
    """JSON that is read as text: equal text is decoded once in each process.

    What is made of it can then be found by its text too.
    """

    impl = Text
    cache_ok = True

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return _short_decoded(value) if len(value) < SHORT_JSON else _decoded(value)


@lru_cache(maxsize=10_000)
def _short_decoded(text: str) -> Any:
    return _read(text)


@lru_cache(maxsize=128)
def _decoded(text: str) -> Any:
    return _read(text)


def _read(text: str) -> Any:
    found = json.loads(text)
    if not isinstance(found, dict):
        return found
    written = Written(found)
    written.text = text
    return written


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; naive ones are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment must know its time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Percent(TypeDecorator[Decimal]):
    """An exact percentage with up to four decimals, kept as a whole number of ten-thousandths."""

    impl = Integer
    cache_ok = True

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = value.scaleb(4)
        if scaled != scaled.to_integral_value():
            raise ValueError("a percentage has at most four decimals")
        return int(scaled)

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else _percent(value)


@lru_cache(maxsize=1_000)
def _percent(scaled: int) -> Decimal:
    # "20", not "20.0000" and not "2E+1"
    return Decimal(f"{Decimal(scaled).scaleb(-4).normalize():f}")


def one_of(kind: type[StrEnum]) -> Enum:
    """A text column that holds only the values of ``kind``, checked by the database too."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )

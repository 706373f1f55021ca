"""The whole catalogue of a provider as facts, kept in each process by its content.

The database writes all of it down as one text, in one statement; what is built of a text is kept by
that text. Whoever changes anything in whichever process, by whichever way, even the stock, changes
the text: so what is kept is right, and nobody has to say that something changed.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import JSON, Boolean, ColumnElement, Select, Text, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import ClientGroup
from billing_panel.catalog.load_eligibility_facts import OF_PROVIDER, Belonging, facts_with
from billing_panel.catalog.models import (
    BundlePart,
    CountryRule,
    GroupRule,
    Option,
    Price,
    Requirement,
    Tariff,
)
from billing_panel.catalog.rules.eligibility_facts import Availability, TariffFacts, TariffKind
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.language.text import Titles
from billing_panel.tax.supply import SupplyKind

Columns = Sequence[InstrumentedAttribute[Any]]
# providers, each with its catalogue as it is now
KEPT = 64
TARIFF: Columns = (
    Tariff.id,
    Tariff.key,
    Tariff.kind,
    Tariff.titles,
    Tariff.category,
    Tariff.availability,
    Tariff.lead_time_days,
    Tariff.stock,
    Tariff.setup_fee,
    Tariff.tax_class,
    Tariff.supply,
    Tariff.per_client_limit,
    Tariff.archived,
    Tariff.self_service,
    Tariff.needs_delivery,
    Tariff.hours,
)
# what belongs to a tariff, by whose id, and in the order of the first column
PRICES: Columns = (Price.months, Price.amount, Price.points)
OPTIONS: Columns = (
    Option.position,
    Option.key,
    Option.titles,
    Option.unit,
    Option.included,
    Option.step,
    Option.maximum,
    Option.price_per_unit_month,
    Option.choices,
)
COMPONENTS: Columns = (BundlePart.position, BundlePart.tariff_id, BundlePart.months)
RULES: Columns = (
    ClientGroup.key,
    GroupRule.allowed,
    ClientGroup.titles,
    ClientGroup.client_titles,
    ClientGroup.only_for,
)
COUNTRIES: Columns = (CountryRule.country,)
REQUIREMENTS: Columns = (Requirement.required_id,)
# in the order of ``Belonging``
PARTS: Sequence[tuple[InstrumentedAttribute[int], Columns]] = (
    (Price.tariff_id, PRICES),
    (Option.tariff_id, OPTIONS),
    (BundlePart.bundle_id, COMPONENTS),
    (GroupRule.tariff_id, RULES),
    (CountryRule.tariff_id, COUNTRIES),
    (Requirement.tariff_id, REQUIREMENTS),
)
# how SQLite and PostgreSQL call a list of values, and one of rows
LISTS = {
    "sqlite": (func.json_array, func.json_group_array),
    "postgresql": (func.json_build_array, func.json_agg),
}


def catalogue(session: Session, provider: Provider) -> dict[str, TariffFacts]:
    """Every tariff of the provider by key, in the order they were made, archived ones too."""
    statement = _written(session.get_bind().dialect.name)
    text = plain(session, statement, {"provider_id": provider.id}).scalar()
    return {**_facts(provider.key, text or "[]")}


@cache
def _written(dialect: str) -> Select[str | None]:
    """One text of all tariffs of a provider: of each its columns, then its ``PARTS``."""
    one, many = LISTS[dialect]

    def listed(columns: Columns) -> ColumnElement[Any]:
        # SQLite keeps JSON as text, which would be written down as text again
        is_text = dialect == "sqlite"
        return one(*(func.json(c) if is_text and isinstance(c.type, JSON) else c for c in columns))

    def part(tariff_id: InstrumentedAttribute[int], columns: Columns) -> ColumnElement[Any]:
        rows = select(many(listed(columns))).where(tariff_id == Tariff.id)
        if columns is RULES:
            rows = rows.where(ClientGroup.id == GroupRule.group_id)
        return rows.correlate(Tariff).scalar_subquery()

    whole = one(listed(TARIFF), *(part(*each) for each in PARTS))
    return select(cast(many(whole), Text)).where(Tariff.provider_id == OF_PROVIDER)


@lru_cache(maxsize=KEPT)
def _facts(provider: str, text: str) -> Mapping[str, TariffFacts]:
    rows = []
    belonging: list[dict[int, Sequence[Any]]] = [{} for _ in PARTS]
    for written, *parts in json.loads(text):
        row = _row(TARIFF, written)
        row.title = Titles(row.titles)
        row.kind, row.supply = TariffKind(row.kind), SupplyKind(row.supply)
        row.availability = Availability(row.availability)
        rows.append(row)
        for found, (_, columns), part in zip(belonging, PARTS, parts, strict=True):
            in_order = sorted(part or (), key=lambda values: values[0])
            found[row.id] = [_row(columns, values) for values in in_order]
    rows.sort(key=lambda row: row.id)
    return facts_with(provider, rows, Belonging(*belonging), [row.key for row in rows])


def _row(columns: Columns, values: Sequence[Any]) -> Any:
    """By the names of the columns; SQLite writes yes and no as 1 and 0."""
    row = SimpleNamespace()
    for column, value in zip(columns, values, strict=True):
        setattr(row, column.key, bool(value) if isinstance(column.type, Boolean) else value)
    return row

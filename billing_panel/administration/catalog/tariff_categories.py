"""The titles of a provider's categories in each language, and their order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.administration.details import validators
from billing_panel.administration.details.concurrent_changes import differences, refuse_stale
from billing_panel.administration.details.record_provider_event import record_of_provider
from billing_panel.catalog.models import Category, Tariff
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.language.errors import FieldError
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from permissions.panel_functions import PanelFunction


@dataclass(frozen=True)
class CategoryDetails:
    """``name``: the category as tariffs name it."""

    name: str
    titles: Mapping[str, str]


@dataclass(frozen=True)
class CategoriesDetails:
    """The categories of a provider, in the order of its shop."""

    categories: Sequence[CategoryDetails] = field(default_factory=list)


def categories_details(session: Session, provider: Provider) -> CategoriesDetails:
    """Those with titles in their order, then those that tariffs name besides."""
    rows = session.execute(
        select(Category.name, Category.titles)
        .where(Category.provider_id == provider.id)
        .order_by(Category.position)
    )
    named = {row.name: row.titles for row in rows}
    used = session.scalars(
        select(Tariff.category).where(Tariff.provider_id == provider.id).order_by(Tariff.id)
    )
    every = {**named, **{name: {} for name in used if name not in named}}
    return CategoriesDetails([CategoryDetails(name, titles) for name, titles in every.items()])


def save_categories(
    session: Session,
    provider_key: str,
    details: CategoriesDetails,
    *,
    seen: str | None = None,
    actor: Actor,
    clock: Clock,
) -> None:
    """Tariffs keep the category they name; one without titles goes by that name.

    Raises FunctionNotHeld, NotFound, Invalid, Conflict ``changed_meanwhile``.
    """
    require(actor, PanelFunction.TARIFF_CHANGE)
    provider = find_provider(session, actor, provider_key)
    lock_row(session, provider, key_share=True)
    now = categories_details(session, provider)
    refuse_stale(now, seen)
    validators.refuse_wrong(_wrong(details))
    session.execute(delete(Category).where(Category.provider_id == provider.id))
    session.add_all(
        Category(provider_id=provider.id, name=one.name, position=place, titles=dict(one.titles))
        for place, one in enumerate(details.categories)
        if one.titles
    )
    session.flush()
    if changes := differences(now, categories_details(session, provider)):
        record_of_provider(
            session,
            "provider.categories_changed",
            provider,
            {"changes": changes},
            actor=actor,
            at=clock.now(),
        )


def _wrong(details: CategoriesDetails) -> Iterator[FieldError]:
    for place, one in enumerate(details.categories):
        yield from validators.filled(f"categories.{place}.name", one.name)
        yield from validators.translations(f"categories.{place}.titles", one.titles)
    yield from validators.different("categories", [one.name for one in details.categories])

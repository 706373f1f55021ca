"""Which orders one checkout makes (M2). Pure."""

from collections.abc import Sequence

from billing_panel.catalog.rules.eligibility_facts import Availability, Choice


def split(choices: Sequence[Choice], *, by_availability: bool) -> list[list[Choice]]:
    """The lines of each order: goods in stock and goods on order apart, in stock first.

    The order of lines within each is kept; nothing is lost and no order is empty.
    """
    if not by_availability:
        return [list(choices)] if choices else []
    parts = (
        [choice for choice in choices if choice.tariff.availability is availability]
        for availability in (Availability.IN_STOCK, Availability.ON_ORDER)
    )
    return [part for part in parts if part]

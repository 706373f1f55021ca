"""The day on which an invoice for several orders is issued."""

from datetime import date, timedelta

import pytest

from plugins.orders.settlement.invoicing.collective_terms import day_of_issue


@pytest.mark.parametrize(
    ("country", "event", "issued"),
    [
        ("DE", date(2026, 2, 3), date(2026, 2, 28)),
        ("FR", date(2026, 12, 31), date(2026, 12, 31)),
        ("BG", date(2026, 2, 3), date(2026, 2, 7)),
        ("BG", date(2026, 2, 27), date(2026, 2, 28)),
        ("RU", date(2026, 3, 1), date(2026, 3, 5)),
    ],
)
def test_it_is_issued_within_the_term_of_the_seller(
    country: str, event: date, issued: date
) -> None:
    assert day_of_issue(country, event) == issued
    assert issued - event < timedelta(days=31)

"""Numbers of documents: what a series may look like, and how its counter goes on."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.document_number_format import (
    SeriesError,
    around_number,
    check_series,
    format_number,
    is_ten_digits,
)
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.database import Database
from invoices.store.numbering import TakenNumber, next_number
from tests.conftest import NOON
from tests.world import World


@pytest.mark.parametrize(
    ("series", "number"),
    [
        ("{number}", "7"),
        ("{number:010}", "0000000007"),
        ("NH-{year}-{number:06}", "NH-2026-000007"),
        ("СО-{number}", "СО-7"),
        ("{number}/{year}", "7/2026"),
        ("100%-{number}", "100%-7"),
    ],
)
def test_a_series_makes_numbers(series: str, number: str) -> None:
    check_series(series)
    assert format_number(series, year=2026, number=7) == number


def test_a_number_wider_than_its_series_is_not_cut() -> None:
    assert format_number("NH-{number:03}", year=2026, number=12345) == "NH-12345"


@pytest.mark.parametrize(
    "series",
    [
        "",
        "NH-",
        "NH-{year}",
        "{number}{number}",
        "{}",
        "{0}",
        "{number}{0}",
        "{number}-{month}",
        "{Number}",
        "{ number}",
        "{number }",
    ],
)
def test_a_series_has_its_number_once_and_nothing_but_the_year_beside_it(series: str) -> None:
    with pytest.raises(SeriesError, match="number"):
        check_series(series)


@pytest.mark.parametrize(
    "series",
    [
        "{number.__class__}",
        "{number.__class__.__mro__[1].__subclasses__}",
        "{number[0]}",
        "{year.real}{number}",
        "{number!x}",
        "{number:d}",
        "{number:+}",
        "{number:,}",
        "{number:>9}",
        "{number:{year}}",
        "{number:{number.__class__}}",
        "{number:0.5}",
        "{number",
        "number}",
        "{number}{",
        "{number}}",
    ],
)
def test_a_hostile_or_broken_series_is_refused_when_checked_and_when_used(series: str) -> None:
    with pytest.raises(SeriesError):
        check_series(series)
    with pytest.raises(SeriesError):
        format_number(series, year=2026, number=7)


def take(
    database: Database, series: str, *, year: int, name: str = "proforma", first: int = 1
) -> str:
    with database.writing() as session:
        return taken(session, series, year=year, name=name, first=first).number


def taken(session: Session, series: str, *, year: int, name: str, first: int = 1) -> TakenNumber:
    provider = session.scalars(select(Provider).filter_by(key="nordvik")).one()
    return next_number(session, provider.id, name, series, year=year, at=NOON, first=first)


def test_a_series_that_names_the_year_begins_anew_with_it(world: World) -> None:
    years = [2026, 2026, 2027, 2026, 2027]
    found = [take(world.database, "{year}-{number}", year=year) for year in years]
    assert found == ["2026-1", "2026-2", "2027-1", "2026-3", "2027-2"]


def test_a_series_that_does_not_name_the_year_goes_on(world: World) -> None:
    found = [take(world.database, "{number:03}", year=year) for year in (2026, 2027, 2026)]
    assert found == ["001", "002", "003"]


def test_each_series_counts_for_itself(world: World) -> None:
    names = ["proforma", "fiscal", "proforma"]
    assert [take(world.database, "{number}", year=2026, name=n) for n in names] == ["1", "1", "2"]


def test_a_number_whose_transaction_fails_is_given_to_the_next(world: World) -> None:
    def take_in_vain() -> None:
        with world.database.writing() as session:
            assert taken(session, "{number}", year=2026, name="proforma").number == "2"
            raise LookupError("the order is not placed after all")

    assert take(world.database, "{number}", year=2026) == "1"
    with pytest.raises(LookupError):
        take_in_vain()
    assert take(world.database, "{number}", year=2026) == "2"


def test_e9_a_firm_that_moves_in_goes_on_with_its_own_numbers(world: World) -> None:
    """Once: the next year starts over."""
    found = [
        take(world.database, "{year}-{number}", year=year, first=118) for year in (2026, 2026, 2027)
    ]
    assert found == ["2026-118", "2026-119", "2027-1"]


@pytest.mark.parametrize(
    ("series", "around"),
    [
        ("NH-{year}-{number:06}", ("NH-2026-", "")),
        ("{number}/{year}", ("", "/2026")),
        ("{year:06}{number}%", ("002026", "%")),
    ],
)
def test_e9_what_stands_around_a_number(series: str, around: tuple[str, str]) -> None:
    assert around_number(series, year=2026) == around


def test_e9_bulgaria_wants_ten_digits_that_count_through_all_years() -> None:
    series = ("{number:010}", "2{number:09}", "{number}", "{number:09}", "{year}{number:06}")
    assert [one for one in (*series, "N{number:09}") if is_ten_digits(one)] == [*series[:2]]

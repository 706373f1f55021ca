"""A client's statement: from balance to balance, by the provider's days, in its reader's words."""

from datetime import date

import pytest

from billing_panel.kernel.language.errors import FunctionNotHeld, Invalid, NotFound
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.client_standing import by_days, closing_of, opening_of
from plugins.orders.balance import statement_files
from plugins.orders.balance.change_balance import (
    ChangeBalance,
    ReverseEntry,
    credit_balance,
    reverse_entry,
)
from plugins.orders.balance.statement import Days, Line, find_account, lines_of, read_days
from tests.actions.conftest import Opening
from tests.businesses import BALANCE, HIS_POINTS, PROVIDER, ROUTER, Business


@pytest.fixture
def desk(business: Opening) -> Business:
    """On the second day one credit, for a reason, and one payment."""
    desk = business("desk")
    desk.wait(days=1)
    order_id = desk.place(ROUTER)
    desk.move(order_id, "accept")
    desk.move(order_id, "pay", by="boss", payment_method="balance", amount="10.00")
    command = ChangeBalance(desk.client_id, "5.00", "a gift", PROVIDER)
    desk.act(credit_balance, command, by="boss")
    return desk


def read(desk: Business, actor: Actor, days: Days = Days(), **more: bool) -> list[Line]:  # noqa: B008
    with desk.world.database.reading() as session:
        how = {"in_points": False, **more}
        account = find_account(session, actor, desk.client_id, PROVIDER, **how)
        return [*lines_of(session, by_days(session, account.statement(days), 100), actor)]


def test_each_line_has_the_balance_after_it(desk: Business) -> None:
    lines = read(desk, desk.actor("boss"))
    assert [(one.amount.minor, one.balance and one.balance.minor) for one in lines] == [
        (BALANCE, BALANCE),
        (-1000, BALANCE - 1000),
        (500, BALANCE - 500),
    ]
    assert [one.reason for one in lines] == ["", "", "a gift"]
    assert [bool(one.order_number) for one in lines] == [False, True, False]
    assert {one.at for one in lines[1:]} == {desk.world.clock.now()}


def test_days_are_those_of_the_provider_both_counted_in(desk: Business) -> None:
    boss = desk.actor("boss")
    first, second = date(2026, 11, 22), date(2026, 11, 23)
    assert len(read(desk, boss, Days(first, first))) == 1
    assert len(read(desk, boss, Days(second))) == 2
    assert len(read(desk, boss, Days(first, second))) == 3
    with desk.world.database.reading() as session:
        account = find_account(session, boss, desk.client_id, PROVIDER, in_points=False)
        whole, later = account.statement(Days()), account.statement(Days(second, second))
        assert (opening_of(session, whole), closing_of(session, whole)) == (0, BALANCE - 500)
        assert opening_of(session, later) == BALANCE
        early = account.statement(Days(date(2020, 1, 1), date(2020, 1, 2)))
        assert (opening_of(session, early), closing_of(session, early)) == (0, 0)


@pytest.mark.parametrize("chunk", [1, 500])
def test_a_file_counts_up_by_value_dates_from_the_opening(
    desk: Business, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_files, "CHUNK", chunk)
    desk.wait(days=5)
    late = ChangeBalance(
        desk.client_id, "7.00", "came before", PROVIDER, method="cash", received_on="2026-11-22"
    )
    desk.act(credit_balance, late, by="boss")
    boss, database = desk.actor("boss"), desk.world.database

    def figures(days: Days) -> list[tuple[str, int, int]]:
        with database.reading() as session:
            account = find_account(session, boss, desk.client_id, PROVIDER, in_points=False)
        now = desk.world.clock.now()
        file = statement_files.file_of(account, days, reader=boss, language="en", now=now)
        rows = [*statement_files.rows_of(database, file)][1:]
        money: list[tuple[str, Money, Money]] = [(row[8], row[5], row[6]) for row in rows]  # type: ignore[misc]
        return [(day, amount.minor, after.minor) for day, amount, after in money]

    second = ("2026-11-23", -1000, BALANCE - 300), ("2026-11-23", 500, BALANCE + 200)
    whole = [("2026-11-22", BALANCE, BALANCE), ("2026-11-22", 700, BALANCE + 700), *second]
    assert figures(Days()) == whole
    assert figures(Days(date(2026, 11, 23))) == [*second]


def test_points_have_a_statement_of_their_own(desk: Business) -> None:
    (line,) = read(desk, desk.actor("boss"), in_points=True)
    assert line.amount.minor == HIS_POINTS


def test_what_was_changed_by_hand_is_reversed_once(desk: Business) -> None:
    gift = read(desk, desk.actor("boss"))[-1]
    assert gift.may_be_reversed
    entry_id = gift.posting.entry_id
    desk.act(reverse_entry, ReverseEntry(desk.client_id, entry_id, "a slip"), by="boss")
    assert not any(one.may_be_reversed for one in read(desk, desk.actor("boss")))


def test_to_a_client_the_staff_are_the_provider(desk: Business) -> None:
    *_, paid, gift = read(desk, desk.actor("buyer"))
    assert (paid.who, gift.who, gift.reason) == ("Shop", "Shop", "a gift")


def test_who_may_read_it(desk: Business) -> None:
    with pytest.raises(FunctionNotHeld):
        read(desk, desk.actor("maria"))
    with desk.world.database.reading() as session, pytest.raises(NotFound):
        find_account(session, desk.actor("boss"), desk.client_id, "nordvik", in_points=False)


@pytest.mark.parametrize(
    ("first", "last", "field", "code"),
    [
        ("2026-13-01", "", "from", "day"),
        ("", "x", "to", "day"),
        ("2026-12-02", "2026-12-01", "to", "day_order"),
    ],
)
def test_days_that_are_none_are_refused(first: str, last: str, field: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_days(first, last)
    assert [(error.field, error.code) for error in refusal.value.errors] == [(field, code)]


def test_a_day_left_open_has_no_end() -> None:
    assert read_days("", "2026-12-01") == Days(None, date(2026, 12, 1))

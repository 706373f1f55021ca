"""Entries of the ledger: balanced, written once, summed to zero."""

from collections import Counter

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from billing_panel.accounts.access.load_actors import console
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import Conflict, Refused
from billing_panel.ledger.client_standing import standing
from billing_panel.ledger.double_entry import (
    AccountKind,
    AccountName,
    EntryKind,
    Happened,
    Movement,
    Unbalanced,
)
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from billing_panel.ledger.post_entries import post, reverse, set_floor
from tests.world import World

pytestmark = pytest.mark.every_case


def credit(world: World, key: str, amount: int, against: int) -> None:
    client = world.client_id("balkan.media")
    with world.database.writing() as session:
        provider = session.scalars(select(Provider.id).filter_by(key="nordvik")).one()
        movements = [
            Movement(AccountName(provider, AccountKind.BALANCE, "EUR", client), amount),
            Movement(AccountName(provider, AccountKind.OPENING, "EUR"), against),
        ]
        actor = console(world.panel.known)
        happened = Happened(EntryKind.CREDITED, key, ("client", client))
        post(session, happened, movements, actor=actor, at=world.clock.now())


def test_the_demo_opens_with_the_balances_of_its_file(world: World) -> None:
    client = world.client_id("balkan.media")
    with world.database.reading() as session:
        provider = session.scalars(select(Provider.id).filter_by(key="nordvik")).one()
        stands = standing(session, client, provider)
    assert (stands.balance, stands.points, stands.debt) == (128450, 3250, 0)


def test_every_account_is_the_sum_of_its_postings_and_all_sum_to_zero(world: World) -> None:
    credit(world, "first", 1000, -1000)
    with world.database.reading() as session:
        accounts = session.scalars(select(LedgerAccount)).all()
        postings = session.scalars(select(Posting).order_by(Posting.id)).all()
    sums: Counter[str] = Counter()
    for account in accounts:
        own = [posting for posting in postings if posting.account_id == account.id]
        assert account.balance == sum(posting.amount for posting in own)
        assert account.balance == own[-1].balance_after
        sums[account.currency] += account.balance
    assert set(sums.values()) == {0}


def test_an_unbalanced_entry_is_not_written(world: World) -> None:
    before = world.everything()
    with pytest.raises(Unbalanced):
        credit(world, "unbalanced", 1000, -999)
    assert world.everything() == before


def test_r16_no_account_leaves_what_64_bits_hold(world: World) -> None:
    """PostgreSQL would break off, and SQLite go on with floats."""
    credit(world, "first", 2**61, -(2**61))
    before = world.everything()
    with pytest.raises(Refused) as refusal:
        credit(world, "second", 2**61, -(2**61))
    assert refusal.value.code == "too_large"
    assert world.everything() == before
    credit(world, "less", -1000, 1000)


def test_an_entry_is_written_once(world: World) -> None:
    credit(world, "once", 1000, -1000)
    before = world.everything()
    with pytest.raises(IntegrityError):
        credit(world, "once", 1000, -1000)
    assert world.everything() == before


def test_a_balance_does_not_fall_below_its_floor(world: World) -> None:
    held = 128450
    credit(world, "all", -held, held)
    before = world.everything()
    with pytest.raises(Refused) as refusal:
        credit(world, "more", -1, 1)
    assert refusal.value.code == "insufficient_funds"
    assert world.everything() == before


def test_a_floor_below_zero_is_the_limit_and_never_above_what_there_is(world: World) -> None:
    client = world.client_id("balkan.media")

    def floor(amount: int) -> None:
        with world.database.writing() as session:
            provider = session.scalars(select(Provider.id).filter_by(key="nordvik")).one()
            name = AccountName(provider, AccountKind.BALANCE, "EUR", client)
            set_floor(session, name, amount)

    floor(-500)
    credit(world, "beyond", -128950, 128950)
    before = world.everything()
    with pytest.raises(Refused) as refusal:
        credit(world, "further", -1, 1)
    assert refusal.value.code == "insufficient_funds"
    with pytest.raises(Refused) as refusal:
        floor(0)
    assert refusal.value.code == "below_floor"
    assert world.everything() == before


def test_an_entry_is_reversed_once_by_another(world: World) -> None:
    credit(world, "slip", 1000, -1000)

    def back() -> None:
        with world.database.writing() as session:
            entry = session.scalars(select(LedgerEntry).filter_by(key="slip")).one()
            actor = console(world.panel.known)
            reverse(session, entry, reason="a slip", actor=actor, at=world.clock.now())

    back()
    with world.database.reading() as session:
        entry = session.scalars(select(LedgerEntry).filter_by(kind=EntryKind.REVERSED)).one()
        assert sorted(posting.amount for posting in entry.postings) == [-1000, 1000]
        assert entry.reason == "a slip"
    before = world.everything()
    with pytest.raises(Conflict) as refusal:
        back()
    assert refusal.value.code == "already_reversed"
    assert world.everything() == before


@pytest.mark.parametrize("table", [LedgerEntry, Posting])
def test_the_database_itself_refuses_to_change_or_delete_what_is_written(
    world: World, table: type[LedgerEntry | Posting]
) -> None:
    before = world.everything()
    for change in (update(table).values(id=table.id + 1000), delete(table)):
        with pytest.raises(DBAPIError, match="append-only"), world.database.writing() as session:
            session.execute(change)
    assert world.everything() == before

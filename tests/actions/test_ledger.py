"""Entries of the ledger: balanced, written once, summed to zero."""

from collections import Counter

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from billing_panel.accounts.actors import console
from billing_panel.accounts.providers import Provider
from billing_panel.ledger.actions import post
from billing_panel.ledger.entries import AccountKind, AccountName, Movement, Unbalanced
from billing_panel.ledger.models import LedgerAccount, Posting
from billing_panel.ledger.queries import standing
from tests.world import World


def credit(world: World, key: str, amount: int, against: int) -> None:
    client = world.client_id("stoyanova")
    with world.database.writing() as session:
        provider = session.scalars(select(Provider.id).filter_by(key="nordvik")).one()
        movements = [
            Movement(AccountName(provider, AccountKind.BALANCE, "EUR", client), amount),
            Movement(AccountName(provider, AccountKind.OPENING, "EUR"), against),
        ]
        actor = console(world.panel.known)
        post(session, key, movements, reason="test", actor=actor, at=world.clock.now())


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


def test_an_entry_is_written_once(world: World) -> None:
    credit(world, "once", 1000, -1000)
    before = world.everything()
    with pytest.raises(IntegrityError):
        credit(world, "once", 1000, -1000)
    assert world.everything() == before

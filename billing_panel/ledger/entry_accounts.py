"""The accounts that an entry moves: found or opened, and locked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, or_, select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.database import insert_into
from billing_panel.ledger.double_entry import HELD_BY_CLIENTS, AccountName
from billing_panel.ledger.models import LedgerAccount


@dataclass(frozen=True)
class Books:
    """Ids of accounts; where their provider is, and the last day of its closed months."""

    accounts: Mapping[AccountName, int]
    timezone: str = "UTC"
    closed_on: date | None = None


def accounts_for(connection: Connection, names: Sequence[AccountName]) -> Books:
    """The ids of accounts, opened where there are none, and locked.

    Where one of a provider's own is named, all of them are locked, by id: what follows in the
    transaction may need others, and must not wait for somebody who waits for the first. Those of a
    client are kept by the lock on them and the provider, which whoever moves their money holds.
    """
    found = accounts_held(connection, names)
    missing = [name for name in names if name not in found.accounts]
    if not missing:
        return found
    for name in sorted(missing, key=str):
        _open(connection, name)
    return accounts_held(connection, names)


def accounts_held(connection: Connection, names: Sequence[AccountName]) -> Books:
    """Those of them that there are, locked, with all others of the same provider or clients."""
    held_by = {name.client_id for name in names}
    values = {
        "providers": sorted({name.provider_id for name in names}),
        "clients": sorted(client for client in held_by if client is not None),
    }
    rows = connection.execute(ACCOUNTS if None in held_by else CLIENTS_ACCOUNTS, values).all()
    accounts = {
        AccountName(row.provider_id, row.kind, row.currency, row.client_id): row.id for row in rows
    }
    if not rows:
        return Books(accounts)
    return Books(accounts, rows[0].timezone, rows[0].books_closed_on)


def _locking(condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            LedgerAccount.id,
            LedgerAccount.provider_id,
            LedgerAccount.kind,
            LedgerAccount.currency,
            LedgerAccount.client_id,
            Provider.timezone,
            Provider.books_closed_on,
        )
        .join(Provider, Provider.id == LedgerAccount.provider_id)
        .where(LedgerAccount.provider_id.in_(bindparam("providers", expanding=True)), condition)
        .order_by(LedgerAccount.id)
        .with_for_update(key_share=True, of=LedgerAccount)
    )


_OF_CLIENTS = LedgerAccount.client_id.in_(bindparam("clients", expanding=True))
CLIENTS_ACCOUNTS = _locking(_OF_CLIENTS)
ACCOUNTS = _locking(or_(LedgerAccount.client_id.is_(None), _OF_CLIENTS))


def _open(connection: Connection, name: AccountName) -> None:
    """Of two that open the same account at once the second finds the first's."""
    held = name.kind in HELD_BY_CLIENTS and name.client_id is not None
    connection.execute(
        insert_into(connection, LedgerAccount)
        .values(
            provider_id=name.provider_id,
            client_id=name.client_id,
            kind=name.kind,
            currency=name.currency,
            balance=0,
            floor=0 if held else None,
        )
        .on_conflict_do_nothing()
    )

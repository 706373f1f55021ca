"""Functions made finer by a migration: whoever held the old ones holds the new, and nobody else."""

import json
from collections.abc import Iterable

from alembic import command
from sqlalchemy import Connection, select, text

from billing_panel.kernel.db import Database
from billing_panel.migrations.upgrade import alembic_config, upgrade
from permissions.models import DepartmentFunction
from permissions.queries import staff_switches

WORKFLOW = "orders:workflow:change"
SHAPING = {"orders:status_list:change", "orders:transition:change"}


def before(url: str) -> Database:
    """As it was: departments 1 (of persons 1 to 4) and 2 (of person 5)."""
    database = Database(url)
    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "panel_0007")
        for number in (1, 2):
            add(connection, "department", id=number, key=f"d{number}", titles="{}")
        for number in range(1, 6):
            add(connection, "user_account", id=number, login=f"u{number}", language="en")
            add(connection, "staff", id=number, user_id=number, name=f"S{number}", owner=False)
            department = 2 if number == 5 else 1
            add(connection, "staff_department", staff_id=number, department_id=department)
    return database


def add(connection: Connection, table: str, **values: object) -> None:
    columns = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), values)


def switch_on(database: Database, department: int, *functions: str) -> None:
    with database.engine.begin() as connection:
        for function in functions:
            add(connection, "department_function", department_id=department, function=function)


def switch(database: Database, person: int, function: str, *, on: bool) -> None:
    with database.engine.begin() as connection:
        add(connection, "staff_function", staff_id=person, function=function, on=on)


def narrow_token(database: Database, number: int, functions: Iterable[str] | None) -> None:
    with database.engine.begin() as connection:
        add(
            connection,
            "api_token",
            id=number,
            secret=f"secret {number}",
            user_id=1,
            name="a token",
            functions=None if functions is None else json.dumps([*functions]),
            created_at="2026-11-22",
        )


def of_department(database: Database, department: int) -> set[str]:
    with database.reading() as session:
        rows = select(DepartmentFunction.function).filter_by(department_id=department)
        return set(session.scalars(rows))


def of_person(database: Database, person: int) -> dict[str, bool]:
    with database.reading() as session:
        return dict(staff_switches(session, person))


def of_token(database: Database, number: int) -> set[str] | None:
    with database.engine.connect() as connection:
        query = text("SELECT functions FROM api_token WHERE id = :number")
        written = connection.execute(query, {"number": number}).scalar_one()
        read = json.loads(written) if isinstance(written, str) else written
        return None if read is None else set(read)


def test_who_changed_how_orders_run_changes_statuses_and_transitions(empty_url: str) -> None:
    database = before(empty_url)
    switch_on(database, 1, WORKFLOW, "orders:order:pay")
    switch_on(database, 2, "orders:order:pay")
    switch(database, 2, WORKFLOW, on=False)
    switch(database, 5, WORKFLOW, on=True)
    narrow_token(database, 1, [WORKFLOW, "orders:order:pay"])
    narrow_token(database, 2, ["orders:order:pay"])
    narrow_token(database, 3, None)
    upgrade(database)
    assert of_department(database, 1) == SHAPING | {"orders:order:pay"}
    assert of_department(database, 2) == {"orders:order:pay"}
    assert of_person(database, 1) == {}
    assert of_person(database, 2) == dict.fromkeys(SHAPING, False)
    assert of_person(database, 5) == dict.fromkeys(SHAPING, True)
    assert of_token(database, 1) == SHAPING | {"orders:order:pay"}
    assert of_token(database, 2) == {"orders:order:pay"}
    assert of_token(database, 3) is None
    database.close()


def test_who_saw_orders_sees_their_prices_and_nobody_else(empty_url: str) -> None:
    """One of the two functions was enough."""
    history, order, price = "orders:history:read", "orders:order:read", "orders:price:read"
    database = before(empty_url)
    switch_on(database, 1, history, order)
    switch(database, 1, history, on=False)
    switch(database, 2, history, on=False)
    switch(database, 2, order, on=False)
    switch(database, 3, "orders:order:pay", on=True)
    switch(database, 5, order, on=True)
    narrow_token(database, 1, [order])
    narrow_token(database, 2, ["orders:cart:read"])
    upgrade(database)
    assert of_department(database, 1) == {history, order, price}
    assert of_department(database, 2) == set()
    # his department's second function is left to him
    assert price not in of_person(database, 1)
    assert of_person(database, 2)[price] is False
    assert price not in of_person(database, 3)
    assert of_person(database, 5) == {order: True, price: True}
    assert of_token(database, 1) == {order, price}
    assert of_token(database, 2) == {"orders:cart:read"}
    database.close()


def test_who_saw_balances_saves_their_statements(empty_url: str) -> None:
    balance, export = "balance:balance:read", "balance:statement:export"
    database = before(empty_url)
    switch_on(database, 1, balance)
    switch(database, 2, balance, on=False)
    narrow_token(database, 1, [balance])
    upgrade(database)
    assert of_department(database, 1) == {balance, export}
    assert of_department(database, 2) == set()
    assert of_person(database, 2) == {balance: False, export: False}
    assert of_token(database, 1) == {balance, export}
    database.close()

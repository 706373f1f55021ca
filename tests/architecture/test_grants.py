"""Functions made finer by a migration: whoever held the old ones holds the new, and nobody else."""

import json
from collections.abc import Iterable

import pytest
from alembic import command
from sqlalchemy import Connection, select, text

from billing_panel.kernel.database.database import Database
from billing_panel.migrations.upgrade import alembic_config, upgrade
from permissions.models import DepartmentFunction
from permissions.read_function_switches import staff_switches

pytestmark = pytest.mark.slow

WORKFLOW = "orders:workflow:change"
SHAPING = {"orders:status_list:change", "orders:transition:change"}
# what was one function until money received got its own
PAYING = {"orders:order:pay", "orders:payment:record"}


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
    assert of_department(database, 1) == SHAPING | PAYING
    assert of_department(database, 2) == PAYING
    assert of_person(database, 1) == {}
    assert of_person(database, 2) == dict.fromkeys(SHAPING, False)
    assert of_person(database, 5) == dict.fromkeys(SHAPING, True)
    assert of_token(database, 1) == SHAPING | PAYING
    assert of_token(database, 2) == PAYING
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
    # their department's second function is left to them
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


def test_a2_who_paid_orders_records_payments_and_is_told_what_steps_ask_now(
    empty_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Issue A2: the function is split in two; nobody loses a step without being named."""
    pay, record = "orders:order:pay", "orders:payment:record"
    database = Database(empty_url)
    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "orders_0007")
        connection.execute(text(PROVIDER))
        rows = {
            "status": [{"key": key, "stage": stage} for key, stage in STAGES.items()],
            "transition": [PAID, CANCELLED, ACCEPTED, COMPLETED, COMPLETED_AT_ONCE],
        }
        add(
            connection,
            "workflow_version",
            id=1,
            provider_id=1,
            number=1,
            key="desk",
            content=json.dumps(rows),
            made_at="2026-11-22",
        )
        for number, key in ((1, "finance"), (2, "desk"), (3, "closing")):
            add(connection, "department", id=number, key=key, titles="{}")
        for number in (1, 2):
            add(connection, "user_account", id=number, login=f"u{number}", language="en")
            add(connection, "staff", id=number, user_id=number, name=f"S{number}", owner=False)
            add(connection, "staff_department", staff_id=number, department_id=number)
    switch_on(database, 1, pay, "payments:payment:refund")
    switch_on(database, 2, "orders:status:change")
    switch_on(database, 3, "orders:order:complete")
    switch(database, 2, "payments:payment:refund", on=True)
    narrow_token(database, 1, [pay])
    upgrade(database)
    assert of_department(database, 1) == {pay, record, "payments:payment:refund"}
    assert of_department(database, 2) == {"orders:status:change"}
    assert of_token(database, 1) == {pay, record}
    said = capsys.readouterr().err
    for line in (
        "“desk” can no longer do this: “pay” of any order; it asks for orders:payment:record now.",
        (
            "“desk” can no longer do this: “cancel” of an order that is paid, whole or in part;"
            " it asks for payments:payment:refund now."
        ),
        (
            "“closing” can no longer do this: “complete” of an order not yet delivered;"
            " it asks for orders:line:deliver now."
        ),
        (
            "“closing” can no longer do this: “complete”, which does “accept” first;"
            " it asks for orders:status:change now."
        ),
        (
            "“finance” can no longer do this: recording more than is left to pay;"
            " it asks for balance:balance:credit now."
        ),
    ):
        assert line in said, line
    # she has a switch of her own
    assert "S2 (staff 2) can no longer do this: “cancel”" not in said
    assert "“finance” can no longer do this: “pay”" not in said
    database.close()


PROVIDER = (
    "INSERT INTO provider (id, key, name, legal_name, country, address, registration_number,"
    " vat_number, tax_number, tax_registration_reason, email, phone, currency, language, timezone,"
    " prices_include_tax, payment_terms_days, series_proforma, series_fiscal, bank_name, bank_iban,"
    " bank_bic, bank_account, bank_correspondent, bank_bik) VALUES (1, 'shop', 'Shop', 'Shop',"
    " 'BG', '', '', '', '', '', '', '', 'EUR', 'en', 'UTC', true, 14, 'P', 'F', '', '', '', '', '',"
    " '')"
)
STAGES = {"new": "new", "accepted": "open", "completed": "done", "cancelled": "lost"}
PAID = {"from": ["accepted"], "action": ["pay"], "by": ["staff", "staff:orders:order:pay"]} | {
    "effects": ["take_payment"]
}
CANCELLED = {"from": ["new"], "to": "cancelled", "action": ["cancel"], "by": ["staff"]} | {
    "effects": ["void_documents", "return_payments"]
}
ACCEPTED = {"from": ["new"], "to": "accepted", "action": ["accept"], "by": ["staff"]} | {
    "effects": ["open_debt"]
}
COMPLETED = {"from": ["accepted"], "to": "completed", "action": ["complete"], "by": ["staff"]} | {
    "effects": ["deliver_lines"]
}
COMPLETED_AT_ONCE = {"from": ["new"], "first": "accept", "action": ["complete"], "by": ["staff"]}

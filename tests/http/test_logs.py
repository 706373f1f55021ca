"""R15: nothing that people type reaches the log, whatever breaks while it is written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from billing_panel.accounts.people.client_models import Client
from tests.http.form import fill
from tests.http.visitor import Visitor
from tests.world import World

pytestmark = pytest.mark.every_case

CANARIES = {
    "login": "canary.login",
    "name": "Canary Ltd",
    "tax_number": "CANARY-990011",
    "address": "1 Canary Wharf",
    "city": "Canarytown",
    "email": "canary@example.org",
    "phone": "+359 2 000 4711",
}


@contextmanager
def breaking(how: str) -> Iterator[None]:
    """Whoever enters a client meanwhile is refused by the database, or by a mistake in the code.

    What the database refuses to be without it says in the midst of the whole row.
    """

    def before(_mapper: Any, _connection: Any, client: Client) -> None:
        if how == "ValueError":
            raise ValueError(f"what is {client.name}, {client.tax_number}?")
        client.country = None  # type: ignore[assignment]

    event.listen(Client, "before_insert", before)
    yield
    event.remove(Client, "before_insert", before)


@pytest.mark.parametrize("how", ["ValueError", "IntegrityError"])
def test_r15_a_forced_mistake_of_ours_logs_no_canary(
    app: Flask, visit: Callable[..., Visitor], how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    visitor = visit("owner")
    action, fields = fill(visitor.get("/clients/new"), **CANARIES, provider="nordvik")
    app.testing = False
    with breaking(how):
        answer = visitor.http.post(action, data=fields)
    assert answer.status_code == 500
    out, err = capsys.readouterr()
    logged = out + err
    assert "Traceback" in logged
    assert "create_client" in logged
    assert how in logged
    for words in CANARIES.values():
        assert words not in logged


def test_r15_the_engine_hides_what_statements_are_given(world: World) -> None:
    assert world.database.engine.hide_parameters

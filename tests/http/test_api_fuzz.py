"""The API is attacked by its own description: nothing breaks, and no answer is off its schema.

A short run is part of every test run; ``make fuzz`` sends thousands of cases, on both engines.
"""

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import text

from billing_panel.api.endpoint_declaration import JSON
from tests.api import ApiClient, json_of
from tests.conftest import ENGINES
from tests.http.routes import READS
from tests.http.shop import MISSING, place
from tests.letters import failed_letter
from tests.world import World, proposed

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# of each endpoint, for each person; more of them where ``make fuzz`` says so
SHORT = 2
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", SHORT))
ON_ENGINES = pytest.mark.parametrize("engine", ENGINES if EXAMPLES > SHORT else ENGINES[:1])
ATTACK = settings(
    max_examples=EXAMPLES,
    # every run is like the last, except where there is time to look further
    derandomize=EXAMPLES == SHORT,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# an owner, the order desk, finance, a client, and nobody
PEOPLE = ("owner", "maria", "petar", "stoyanova", None)
# what a refusal may leave: the answer kept for its request key, and that a code was guessed at
LEFT = frozenset({"request_key", "promo_guess", "attempt_count"})
# so that there is one of each noun: where it is added, and with what
MADE: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "top_up_id": (
        "/clients/{client_id}/top-ups",
        {"amount": "50.00", "method": "bank_transfer", "provider": "nordvik"},
    ),
    "template_id": (
        "/answer-templates",
        {"provider": "nordvik", "title": "Soon", "text_en": "Soon, {client}."},
    ),
    "promo_id": ("/promo-codes", {"provider": "nordvik", "code": "SPRING", "percent": "10"}),
    "view_id": ("/orders/views", {"name": "To be paid", "filters": {"payment": "unpaid"}}),
    "draft_id": (
        "/orders/{order_id}/transitions/drafts",
        {"action": "cancel", "reason": "They changed their mind"},
    ),
    "entry_id": (
        "/clients/{client_id}/credits",
        {"amount": "25.00", "reason": "Goodwill", "provider": "nordvik"},
    ),
}
WEBHOOK = {
    "provider": "nordvik",
    "title": "CRM",
    "url": "https://crm.example.com/hooks",
    "kinds": ["order.placed"],
}
Operation = APIOperation[Any, Any, Any, Any]


@dataclass
class Kept:
    """The database as it is, read anew when something was changed by right."""

    world: World
    _known: Mapping[str, object] | None = None
    _version: object = None
    _look: sqlite3.Connection | None = None

    def before(self) -> None:
        if self._known is None:
            self._known = self._read()
        self._version = self._counted()

    def after(self, case: schemathesis.Case[Any], status: int) -> None:
        if status < 400:
            self.forget()
            return
        if self._version == self._counted():
            return
        now = self._read()
        assert self._known is not None
        changed = {name for name in now if now[name] != self._known.get(name)}
        assert changed == set(), f"{status}: {case.as_curl_command()}"

    def forget(self) -> None:
        self._known = None

    def _counted(self) -> object:
        """Another one as soon as anybody has written anything."""
        url = self.world.database.url
        if url.get_backend_name() != "sqlite":
            with self.world.database.reading() as session:
                return session.scalar(text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text"))
        if self._look is None:
            self._look = sqlite3.connect(url.database or "")
        return self._look.execute("PRAGMA data_version").fetchone()

    def _read(self) -> Mapping[str, object]:
        tables = self.world.everything().items()
        return {name: rows for name, rows in tables if name not in LEFT}


@dataclass
class Attacker:
    """Somebody who sends whatever fits the description or doesn't. ``told``: statuses, counted.

    ``token`` None: they have none.
    """

    token: str | None
    places: Mapping[str, Any]
    kept: Kept
    told: Counter[int] = field(default_factory=Counter)

    def attack(self, operation: Operation) -> None:
        """Half of it with the ids of things that are there, half with anything at all."""
        there = self._there(operation)
        cases = operation.as_strategy(path_parameters=there)
        if operation.body or operation.query or there:
            cases |= operation.as_strategy(GenerationMode.NEGATIVE)

        @ATTACK
        @given(case=cases)
        def attacked(case: schemathesis.Case[Any]) -> None:
            self.send(case)

        attacked()

    def send_example(self, operation: Operation) -> None:
        body = operation.definition.raw.get("requestBody")
        if body is not None:
            there = self._there(operation)
            example = body["content"][JSON]["example"]
            self.send(operation.Case(path_parameters=there, body=example, media_type=JSON))

    def send(self, case: schemathesis.Case[Any]) -> None:
        writes = case.method not in READS
        if writes:
            self.kept.before()
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        response = case.call(headers=headers)
        self.told[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)
        # what is printed for the first time is kept as it was printed
        if writes or response.headers.get("content-type") == ["application/pdf"]:
            self.kept.after(case, response.status_code)

    def _there(self, operation: Operation) -> dict[str, Any]:
        return {known.name: self.places.get(known.name, "1") for known in operation.path_parameters}


def add_nouns(owner: ApiClient, **ids: int) -> dict[str, int]:
    """One of each in ``MADE``, and a webhook; their ids by the names of the parameters."""
    made = {
        name: json_of(owner.post(path.format(**ids), body), 201)["id"]
        for name, (path, body) in MADE.items()
    }
    webhook = json_of(owner.post("/webhooks", WEBHOOK), 201)["webhook"]
    return {**made, "endpoint_id": webhook["id"]}


@ON_ENGINES
def test_whatever_is_sent_is_answered_as_the_description_says(
    app: Flask,
    api: Callable[[str], ApiClient],
    world: World,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    client_id = world.client_id("stoyanova")
    # tokens are revoked as well, and the first ids are tried first
    for login in filter(None, PEOPLE * 10):
        world.token(login)
    owner = api("owner")
    order = place(owner, client_id)
    paid = owner.post(f"/orders/{order['id']}/payments", {"method": "cash", "amount": "1.00"})
    places = {
        **add_nouns(owner, client_id=client_id, order_id=order["id"]),
        "client_id": client_id,
        "order_id": order["id"],
        "line_id": order["lines"][0]["id"],
        "payment_id": json_of(paid, 201)["id"],
        "exception_id": proposed(world, "stoyanova", "gpu-a16"),
        "key": "nordvik",
        "letter_id": failed_letter(world),
        "letter_kind": "account.signed_in",
        "lang": "en",
        "status_key": "active",
        "number": "1",
        "picture": "logo",
        "tariff": "web-start",
        "method": "bank_transfer",
        "address": "maria",
        # with a token revoked, nobody would attack any more
        "token_id": MISSING,
    }
    kept = Kept(world)
    attackers = [Attacker(api(login).token if login else None, places, kept) for login in PEOPLE]
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    failures: list[Exception] = []
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        for attacker in attackers:
            try:
                attacker.send_example(found.ok())
                attacker.attack(found.ok())
            except Exception as error:  # noqa: BLE001 (whatever it is, the others are attacked too)
                kept.forget()
                failures.append(error)
    if failures:
        raise ExceptionGroup("answered otherwise than described", failures)
    told = sum((attacker.told for attacker in attackers), Counter[int]())
    assert told.total() > 1000
    assert {200, 201, 400, 401, 403, 404, 409, 422} <= told.keys()
    record_testsuite_property("cases of the fuzz", dict(told))

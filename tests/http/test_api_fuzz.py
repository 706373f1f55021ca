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
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# an owner, the order desk, finance, a client, and nobody
PEOPLE = ("owner", "maria", "petar", "stoyanova", None)
# what a refusal may leave: the answer kept for its request key, and that a code was guessed at
LEFT = frozenset({"request_key", "promo_guess", "attempt_count"})
Operation = APIOperation[Any, Any, Any, Any]


@dataclass
class Kept:
    """The database as it is, read anew when something was changed by right."""

    world: World
    _known: Mapping[str, object] | None = None
    _version: int | None = None
    _look: sqlite3.Connection | None = None

    def before(self) -> None:
        if self._known is None:
            self._known = self._read()
        self._version = self._counted()

    def after(self, case: schemathesis.Case[Any], status: int) -> None:
        if status < 400:
            self._known = None
            return
        if self._version is not None and self._version == self._counted():
            return
        now = self._read()
        assert self._known is not None
        changed = {name for name in now if now[name] != self._known.get(name)}
        assert changed == set(), f"{status}: {case.as_curl_command()}"

    def _counted(self) -> int | None:
        """Another one as soon as anybody has written anything; None: this engine has no such."""
        url = self.world.database.url
        if url.get_backend_name() != "sqlite":
            return None
        if self._look is None:
            self._look = sqlite3.connect(url.database or "")
        return int(self._look.execute("PRAGMA data_version").fetchone()[0])

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
        # with a token revoked, nobody would attack any more
        "token_id": MISSING,
    }
    kept = Kept(world)
    attackers = [Attacker(api(login).token if login else None, places, kept) for login in PEOPLE]
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        for attacker in attackers:
            attacker.send_example(found.ok())
            attacker.attack(found.ok())
    told = sum((attacker.told for attacker in attackers), Counter[int]())
    assert told.total() > 1000
    assert {200, 201, 400, 401, 403, 404, 409, 422} <= told.keys()
    record_testsuite_property("cases of the fuzz", dict(told))

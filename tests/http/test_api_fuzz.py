"""The API is attacked by its own description: nothing breaks, and no answer is off its schema."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

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
from tests.http.engines import ON_SQLITE
from tests.http.shop import place
from tests.world import World, proposed

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# of each endpoint, for each person
EXAMPLES = 6
ATTACK = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
PEOPLE = ("owner", "stoyanova")
Operation = APIOperation[Any, Any, Any, Any]


@dataclass
class Attacker:
    """Somebody who sends whatever fits the description or doesn't. ``told``: statuses, counted."""

    token: str
    places: Mapping[str, Any]
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
        response = case.call(headers={"Authorization": f"Bearer {self.token}"})
        self.told[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    def _there(self, operation: Operation) -> dict[str, Any]:
        return {known.name: self.places.get(known.name, "1") for known in operation.path_parameters}


@ON_SQLITE
def test_whatever_is_sent_is_answered_as_the_description_says(
    app: Flask, api: Callable[[str], ApiClient], world: World
) -> None:
    client_id = world.client_id("stoyanova")
    owner = api("owner")
    order = place(owner, client_id)
    paid = owner.post(f"/orders/{order['id']}/payments", {"method": "cash", "amount": "1.00"})
    places = {
        "client_id": client_id,
        "order_id": order["id"],
        "line_id": order["lines"][0]["id"],
        "payment_id": json_of(paid, 201)["id"],
        "exception_id": proposed(world, "stoyanova", "gpu-a16"),
    }
    attackers = [Attacker(api(login).token, places) for login in PEOPLE]
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        for attacker in attackers:
            attacker.send_example(found.ok())
            attacker.attack(found.ok())
    told = sum((attacker.told for attacker in attackers), Counter[int]())
    assert told.total() > 500
    assert {200, 201, 400, 404, 409, 422} <= told.keys()

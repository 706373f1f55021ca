"""Every route there is, with the addresses of things that are there."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from billing_panel.web.shell.request_context import API_PREFIX
from billing_panel.web.shell.route_access import ATTRIBUTE, Access

READS = ("GET", "HEAD")


@dataclass(frozen=True)
class Route:
    rule: str
    method: str
    path: str
    access: Access
    arguments: frozenset[str]

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule}"

    @property
    def below_prefix(self) -> str:
        return self.path.removeprefix("/api/v1")


def routes(app: Flask, *, api: bool, **arguments: Any) -> list[Route]:
    """Every route of the API, or every page, with the addresses of things that are there."""
    address = app.url_map.bind("localhost").build
    return [
        Route(
            rule=rule.rule,
            method=method,
            path=address(rule.endpoint, {name: arguments[name] for name in rule.arguments}),
            access=access_of(app, rule.endpoint),
            arguments=frozenset(rule.arguments),
        )
        for rule in own_rules(app)
        if rule.rule.startswith(API_PREFIX) is api
        for method in sorted(set(rule.methods or ()) - {"OPTIONS"})
    ]


def own_rules(app: Flask) -> list[Rule]:
    """Every rule but those by which Flask serves static files."""
    return [r for r in app.url_map.iter_rules() if r.endpoint.rpartition(".")[2] != "static"]


def access_of(app: Flask, endpoint: str) -> Access:
    declared = getattr(app.view_functions[endpoint], ATTRIBUTE, None)
    assert isinstance(declared, Access), f"{endpoint} does not say who may use it"
    return declared

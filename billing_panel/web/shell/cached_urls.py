"""Addresses of pages and files: worked out once, however often pages name them."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

from flask import Flask, has_request_context, request
from typing_extensions import override
from werkzeug.routing import Rule

from billing_panel.kernel.process.lazy_values import Lazy

# each page and file, and what stands on the pages people look at now
KEPT = 4_096
# of these no two are equal that are written differently
PLAIN = frozenset({int, str})


class LateRule(Rule):
    """A rule whose addresses are written by a function that is made when the first one is.

    Werkzeug makes two of each rule as it is added, which took a fifth of the start.
    """

    @override
    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        made = Lazy(partial(super()._compile_builder, append_unknown))

        def build(rule: Rule, /, *values: Any, **named: Any) -> tuple[str, str]:
            return made()(rule, *values, **named)

        return build


class KeptAddresses(Flask):
    """An application that keeps the addresses it gave.

    An address within the panel is made of the endpoint and its values alone, below the path that
    the panel is served under: they are the key. What depends on more is worked out each time: an
    address with its host, of another scheme, relative to a blueprint, or asked for outside a
    request.
    """

    url_rule_class = LateRule

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept = lru_cache(maxsize=KEPT)(self._within)

    @override
    def url_for(self, /, endpoint: str, **values: Any) -> str:
        if endpoint.startswith(".") or not has_request_context() or not _is_plain(values):
            return super().url_for(endpoint, **values)
        return self._kept(request.script_root, endpoint, *values.items())

    def _within(self, _root: str, endpoint: str, *values: tuple[str, Any]) -> str:
        return super().url_for(endpoint, **dict(values))


def _is_plain(values: Mapping[str, Any]) -> bool:
    """An underscore stands before what is Flask's own, and before no value of a page."""
    return all(type(value) in PLAIN and name[0] != "_" for name, value in values.items())

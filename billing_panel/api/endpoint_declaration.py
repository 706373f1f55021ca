"""The declaration of an endpoint: everything the API's description says about it."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from flask import Flask

from billing_panel.api.answer_models import Answer
from billing_panel.api.query_parameters import NoQuery, Query
from billing_panel.api.request_bodies import Body, NoBody
from billing_panel.kernel.database.unavailable import Trouble
from billing_panel.kernel.process.lazy_values import kept_property

F = TypeVar("F", bound=Callable[..., Any])

ATTRIBUTE = "panel_endpoint"
JSON = "application/json"
STREAM = "text/event-stream"
READS = frozenset({"GET", "HEAD"})
Codes = Mapping[int, tuple[str, ...]]


@dataclass(frozen=True)
class Endpoint:
    """``rule`` is the address below the prefix, as Flask has it; one of ``functions`` is needed.

    ``answer`` None: bytes of the type ``media``. ``errors``: status → the codes of problems beyond
    those that every endpoint of its kind has (``problems``). ``example``: a body that may be sent.
    ``takes_files``: its body may be larger than others. ``files``: types of the files that it
    answers with instead, where they are asked for.
    ``subject`` groups endpoints in the description. ``token`` False: none is asked.
    ``tells_secret``: where its answer is kept for an ``Idempotency-Key``, it is sealed.
    """

    method: str
    rule: str
    subject: str
    # what it does: the docstring of its handler, which is called ``name``
    text: str = ""
    name: str = ""
    functions: tuple[str, ...] = ()
    body: type[Body] = NoBody
    query: type[Query] = NoQuery
    answer: type[Answer] | None = None
    media: str = JSON
    status: int = 200
    errors: Codes = field(default_factory=dict)
    example: Mapping[str, Any] | None = None
    takes_files: bool = False
    files: tuple[str, ...] = ()
    token: bool = True
    tells_secret: bool = False

    @property
    def summary(self) -> str:
        return self.text.partition("\n\n")[0].replace("\n", " ")

    @property
    def description(self) -> str:
        return self.text.partition("\n\n")[2]

    @property
    def writes(self) -> bool:
        return self.method not in READS

    @property
    def takes_body(self) -> bool:
        return bool(self.body.model_fields)

    @property
    def takes_query(self) -> bool:
        return bool(self.query.model_fields)

    @property
    def takes_version(self) -> bool:
        """Whoever writes says which version they saw, in the body or as ``If-Match``."""
        return "version" in self.body.model_fields

    @kept_property
    def problems(self) -> Mapping[int, tuple[str, ...]]:
        """Status → codes of all the problems it may answer with, but for mistakes of the panel."""
        told: dict[int, list[str]] = {}
        for status, codes in (*self._of_its_kind(), *self.errors.items()):
            told.setdefault(status, []).extend(codes)
        return {status: tuple(dict.fromkeys(told[status])) for status in sorted(told)}

    def _of_its_kind(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        yield 400, ("malformed",)
        yield 414, ("too_large",)
        yield 429, ("too_many_requests",)
        yield 503, tuple(trouble.code for trouble in Trouble)
        if self.token:
            yield 401, ("unauthenticated",)
            yield 403, ("second_factor_required",)
        if self.functions:
            yield 403, ("function_not_held",)
        if "<" in self.rule or self.takes_query or self.takes_body:
            yield 404, ("not_found",)
        if self.writes and self.token:
            yield 409, ("idempotency_key_reused",)
            yield 413, ("too_large",)
            yield 415, ("unsupported_media_type",)
        if self.token or self.takes_query:
            yield 422, ("invalid",)
        if self.takes_version:
            yield 409, ("stale_version",)


def describe(endpoint: Endpoint) -> Callable[[F], F]:
    """Declare a view that ``Api`` does not make; its docstring says what it does."""

    def declare(view: F) -> F:
        told = replace(endpoint, text=text_of(view), name=view.__name__)
        setattr(view, ATTRIBUTE, told)
        return view

    return declare


def text_of(handler: Callable[..., Any]) -> str:
    """Read what the handler's docstring says, without its indentation; empty: it has none."""
    return inspect.getdoc(handler) or ""


def endpoints(app: Flask) -> list[Endpoint]:
    """All that are declared in ``app``, in the order of their addresses."""
    views = (app.view_functions[rule.endpoint] for rule in app.url_map.iter_rules())
    found = [getattr(view, ATTRIBUTE) for view in views if hasattr(view, ATTRIBUTE)]
    return sorted(found, key=lambda one: (one.subject, one.rule, one.method))

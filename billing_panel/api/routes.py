"""How a request to the API becomes a call of a handler, and its answer a response.

A handler's signature declares what it takes and answers: ``call: Call[PaymentBody]`` a body,
``Call[NoBody, OrdersQuery]`` a query, ``-> PaymentAnswer`` the answer. Of it, of the decorator and
of the docstring the API's description is made (``billing_panel.api.openapi``).

1. The token tells the actor; the guard runs before body and query are looked at.
2. Both are read strictly; then one transaction holds the handler: reading for GET, else writing.
3. With an ``Idempotency-Key`` the answer is kept in that transaction and given again to the same
   request: a refusal by a rule too, whose writes a savepoint has undone.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, get_args, get_type_hints

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from typing_extensions import TypeVar

from billing_panel.accounts.access.actors import actor_of
from billing_panel.accounts.access.fact_visibility import telling_all
from billing_panel.accounts.signing_in.api_tokens import is_use_news, token_owner, used_token
from billing_panel.accounts.signing_in.second_factor import is_missing
from billing_panel.api import endpoint_declaration
from billing_panel.api.answer_models import Answer
from billing_panel.api.endpoint_declaration import JSON, READS, Codes, Endpoint, text_of
from billing_panel.api.query_parameters import NoQuery, Query, read_query
from billing_panel.api.request_bodies import Body, NoBody, read_body
from billing_panel.core.panel import Panel
from billing_panel.kernel.language.errors import (
    DomainError,
    FieldError,
    Forbidden,
    Invalid,
    Unauthenticated,
)
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.request_keys import once
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.web.requests.problem_json import problem, response_of
from billing_panel.web.shell.request_context import language, panel
from billing_panel.web.shell.route_access import ATTRIBUTE, Access, needs
from permissions.guard import require

B = TypeVar("B", bound=Body)
Q = TypeVar("Q", bound=Query)
SentBody = TypeVar("SentBody", bound=Body, default=NoBody)
AskedQuery = TypeVar("AskedQuery", bound=Query, default=NoQuery)
P = ParamSpec("P")

PREFIX = "/api/v1"
# A refusal by a rule is an answer; who may not ask gets none, and may come again with the right.
KEPT_REFUSALS = frozenset({409, 422})


@dataclass(frozen=True)
class Call(Generic[SentBody, AskedQuery]):
    """One request as a handler sees it. ``if_match``: the version in the header of that name."""

    panel: Panel
    session: Session
    actor: Actor
    body: SentBody
    query: AskedQuery
    language: str
    if_match: int | None

    @property
    def version(self) -> int | None:
        """Which version the caller saw; None: they did not say."""
        in_body: int | None = getattr(self.body, "version", None)
        return in_body if self.if_match is None else self.if_match


AnyCall = Call[Any, Any]


class Mode(Enum):
    """The transaction a handler runs in."""

    READING = auto()
    WRITING = auto()
    NONE = auto()


Handler = Callable[Concatenate[Call[B, Q], P], Answer | Response]
H = TypeVar("H", bound=Callable[Concatenate[AnyCall, ...], Answer | Response])


class Declare(Protocol):
    """Makes a route of a handler, and gives the handler back."""

    def __call__(self, handler: H, /) -> H: ...


class Api:
    """A blueprint under ``/api/v1`` whose routes each name the functions they need.

    ``subject``: under what its endpoints stand in the description. Of each: ``status`` of its
    answer, ``errors`` it may refuse with (status → codes), an ``example`` of its body.
    """

    def __init__(self, name: str, subject: str) -> None:
        self.blueprint = Blueprint(name, name, url_prefix=PREFIX)
        self.subject = subject

    def get(
        self,
        rule: str,
        *functions: str,
        errors: Codes | None = None,
        transaction: bool = True,
        media: str = JSON,
    ) -> Declare:
        """``transaction=False``: the handler opens its own; ``call.session`` reaches nothing.

        ``media``: the type of the bytes it answers with, where it answers with a response.
        """
        mode = Mode.READING if transaction else Mode.NONE
        return self._route("GET", rule, functions, mode, errors=errors, media=media)

    def post(
        self,
        rule: str,
        *functions: str,
        example: Mapping[str, Any],
        errors: Codes | None = None,
        status: int = 200,
        writes: bool = True,
    ) -> Declare:
        mode = Mode.WRITING if writes else Mode.READING
        return self._route(
            "POST", rule, functions, mode, errors=errors, status=status, example=example
        )

    def patch(
        self, rule: str, *functions: str, example: Mapping[str, Any], errors: Codes | None = None
    ) -> Declare:
        return self._route("PATCH", rule, functions, Mode.WRITING, errors=errors, example=example)

    def put(
        self, rule: str, *functions: str, example: Mapping[str, Any], errors: Codes | None = None
    ) -> Declare:
        return self._route("PUT", rule, functions, Mode.WRITING, errors=errors, example=example)

    def delete(self, rule: str, *functions: str, errors: Codes | None = None) -> Declare:
        return self._route("DELETE", rule, functions, Mode.WRITING, errors=errors)

    def _route(
        self,
        method: str,
        rule: str,
        functions: tuple[str, ...],
        mode: Mode,
        *,
        errors: Codes | None,
        status: int = 200,
        media: str = JSON,
        example: Mapping[str, Any] | None = None,
    ) -> Declare:
        def register(handler: H, /) -> H:
            body, query, answer = _signature(handler)
            declared = Endpoint(
                method=method,
                rule=rule,
                subject=self.subject,
                text=text_of(handler),
                functions=functions,
                body=body,
                query=query,
                answer=answer,
                media=media,
                status=status,
                errors=errors or {},
                example=example,
                name=handler.__name__,
            )
            self.blueprint.add_url_rule(
                rule,
                f"{method.lower()}_{handler.__name__}",
                _view(handler, declared, body, query, mode),
                methods=[method],
            )
            return handler

        return register


def _signature(
    handler: Callable[..., Answer | Response],
) -> tuple[type[Body], type[Query], type[Answer] | None]:
    """Body, query and answer by its annotations; answer None: it makes a response itself."""
    hints = get_type_hints(handler)
    answer = hints.pop("return")
    body, query = get_args(next(iter(hints.values()))) or (NoBody, NoQuery)
    return body, query, answer if issubclass(answer, Answer) else None


def _view(
    handler: Handler[B, Q, P], declared: Endpoint, body: type[B], query: type[Q], mode: Mode
) -> Callable[P, Response]:
    access = needs(*declared.functions) if declared.functions else Access()

    @wraps(handler)
    def view(*args: P.args, **kwargs: P.kwargs) -> Response:
        running = panel()
        actor = _token_actor(running)
        if access.functions:
            require(actor, *access.functions)
        content, if_match = read_body(body), _if_match()
        asked = read_query(query)
        key = request.headers.get("Idempotency-Key") if request.method not in READS else None
        with _opened(running, Mode.WRITING if key else mode) as session:
            call = Call(running, session, actor, content, asked, language(), if_match)

            def run() -> Response:
                with telling_all(actor):
                    return _response(handler(call, *args, **kwargs), declared.status)

            return run() if key is None else _once(call, key, run)

    setattr(view, ATTRIBUTE, access)
    setattr(view, endpoint_declaration.ATTRIBUTE, declared)
    return view


def _opened(running: Panel, mode: Mode) -> AbstractContextManager[Session]:
    match mode:
        case Mode.WRITING:
            return running.database.writing()
        case Mode.READING:
            return running.database.reading()
        case Mode.NONE:
            return Session()


def _once(call: Call[B, Q], key: str, run: Callable[[], Response]) -> Response:
    def answer() -> dict[str, Any]:
        try:
            with call.session.begin_nested():
                response = run()
        except DomainError as error:
            if error.status not in KEPT_REFUSALS:
                raise
            return {"problem": problem(error, call.language)}
        return {"status": response.status_code, "body": response.get_data(as_text=True)}

    outcome = once(
        call.session,
        answer,
        scope=f"api:{call.actor.key}",
        key=key,
        content={
            "method": request.method,
            "path": request.full_path,
            "body": call.body.model_dump(mode="json"),
            "version": call.if_match,
            # the answer tells what these let them see
            **call.actor.sight,
        },
        at=call.panel.clock.now(),
    )
    response = _remembered(outcome.answer)
    if outcome.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _remembered(answer: Mapping[str, Any]) -> Response:
    if "problem" in answer:
        return response_of(answer["problem"])
    return Response(answer["body"], status=answer["status"], content_type="application/json")


def _response(answer: Answer | Response, status: int) -> Response:
    if isinstance(answer, Response):
        return answer
    return Response(answer.model_dump_json(by_alias=True), status=status, content_type=JSON)


def _token_actor(running: Panel) -> Actor:
    """Raises Unauthenticated, Forbidden ``second_factor_required``."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise Unauthenticated(text("Send a token: Authorization: Bearer …"))
    now = running.clock.now()
    with running.database.reading() as session:
        token = token_owner(session, secret.strip(), at=now)
        actor = actor_of(session, token.user, running.known)
        allowed = token.functions
        lacks_factor = actor is not None and is_missing(session, token.user_id)
    if actor is None:
        raise Unauthenticated(text("The owner of this token may no longer sign in."))
    if lacks_factor:
        raise Forbidden(
            text(
                "A department of this token’s owner requires a second factor. The"
                " token will work again once its owner has signed in and set one"
                " up."
            ),
            code="second_factor_required",
        )
    actor = replace(actor, address=request.remote_addr)
    if is_use_news(token, at=now):
        running.database.note(lambda session: used_token(session, token.id, at=now))
    return actor if allowed is None else actor.narrowed_to(allowed)


def _if_match() -> int | None:
    """``If-Match: "3"``. Raises Invalid."""
    written = request.headers.get("If-Match")
    if written is None:
        return None
    number = whole_number(written.strip().removeprefix("W/").strip('"'))
    if number is None:
        message = text('If-Match must hold a version, for example "3".')
        raise Invalid([FieldError("If-Match", "version", message)])
    return number

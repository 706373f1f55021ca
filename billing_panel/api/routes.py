"""How a request to the API becomes a call of a handler, and its answer a response.

1. The token tells the actor; the guard runs before the body is looked at.
2. The body is read strictly; then one transaction holds the handler: reading for GET, else writing.
3. With an ``Idempotency-Key`` the answer is kept in that transaction and given again to the same
   request: a refusal by a rule too, whose writes a savepoint has undone.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from billing_panel.accounts.access.actors import actor_of
from billing_panel.accounts.access.facts import telling_all
from billing_panel.accounts.signing_in.second_factor import is_missing
from billing_panel.accounts.signing_in.tokens import is_use_news, token_owner, used_token
from billing_panel.api.bodies import Body, NoBody, read_body
from billing_panel.core.panel import Panel
from billing_panel.kernel.input.reading import whole_number
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
from billing_panel.web.requests.problem import problem, response_of
from billing_panel.web.shell.access import ATTRIBUTE, Access, needs
from billing_panel.web.shell.context import language, panel
from permissions.guard import require

B = TypeVar("B", bound=Body)
P = ParamSpec("P")

Answer = Mapping[str, Any] | tuple[Mapping[str, Any], int] | Response
PREFIX = "/api/v1"
READS = frozenset({"GET", "HEAD"})
# A refusal by a rule is an answer; who may not ask gets none, and may come again with the right.
KEPT_REFUSALS = frozenset({409, 422})


@dataclass(frozen=True)
class Call(Generic[B]):
    """One request as a handler sees it. ``seen_version`` comes from ``If-Match``."""

    panel: Panel
    session: Session
    actor: Actor
    body: B
    language: str
    seen_version: int | None


class Mode(Enum):
    """The transaction a handler runs in."""

    READING = auto()
    WRITING = auto()
    NONE = auto()


Handler = Callable[Concatenate[Call[B], P], Answer]


class Api:
    """A blueprint under ``/api/v1`` whose routes each name the functions they need."""

    def __init__(self, name: str) -> None:
        self.blueprint = Blueprint(name, name, url_prefix=PREFIX)

    def get(
        self, rule: str, *functions: str, transaction: bool = True
    ) -> Callable[[Handler[NoBody, P]], Handler[NoBody, P]]:
        """``transaction=False``: the handler opens its own; ``call.session`` reaches nothing."""
        mode = Mode.READING if transaction else Mode.NONE
        return self._route("GET", rule, functions, NoBody, mode)

    def post(
        self, rule: str, *functions: str, body: type[B], writes: bool = True
    ) -> Callable[[Handler[B, P]], Handler[B, P]]:
        mode = Mode.WRITING if writes else Mode.READING
        return self._route("POST", rule, functions, body, mode)

    def patch(
        self, rule: str, *functions: str, body: type[B]
    ) -> Callable[[Handler[B, P]], Handler[B, P]]:
        return self._route("PATCH", rule, functions, body, Mode.WRITING)

    def put(
        self, rule: str, *functions: str, body: type[B]
    ) -> Callable[[Handler[B, P]], Handler[B, P]]:
        return self._route("PUT", rule, functions, body, Mode.WRITING)

    def delete(
        self, rule: str, *functions: str
    ) -> Callable[[Handler[NoBody, P]], Handler[NoBody, P]]:
        return self._route("DELETE", rule, functions, NoBody, Mode.WRITING)

    def _route(
        self, method: str, rule: str, functions: tuple[str, ...], body: type[B], mode: Mode
    ) -> Callable[[Handler[B, P]], Handler[B, P]]:
        declared = needs(*functions) if functions else Access()

        def register(handler: Handler[B, P]) -> Handler[B, P]:
            view = _view(handler, declared, body, mode)
            endpoint = f"{method.lower()}_{handler.__name__}"
            self.blueprint.add_url_rule(rule, endpoint, view, methods=[method])
            return handler

        return register


def _view(
    handler: Handler[B, P], declared: Access, body: type[B], mode: Mode
) -> Callable[P, Response]:
    @wraps(handler)
    def view(*args: P.args, **kwargs: P.kwargs) -> Response:
        running = panel()
        actor = _token_actor(running)
        if declared.functions:
            require(actor, *declared.functions)
        content, seen_version = read_body(body), _seen_version()
        key = request.headers.get("Idempotency-Key") if request.method not in READS else None
        with _opened(running, Mode.WRITING if key else mode) as session:
            call = Call(running, session, actor, content, language(), seen_version)

            def run() -> Answer:
                with telling_all(actor):
                    return handler(call, *args, **kwargs)

            return _response(run()) if key is None else _once(call, key, run)

    setattr(view, ATTRIBUTE, declared)
    return view


def _opened(running: Panel, mode: Mode) -> AbstractContextManager[Session]:
    match mode:
        case Mode.WRITING:
            return running.database.writing()
        case Mode.READING:
            return running.database.reading()
        case Mode.NONE:
            return Session()


def _once(call: Call[B], key: str, run: Callable[[], Answer]) -> Response:
    def answer() -> dict[str, Any]:
        try:
            with call.session.begin_nested():
                response = _response(run())
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
            "version": call.seen_version,
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


def _response(answer: Answer) -> Response:
    if isinstance(answer, Response):
        return answer
    body, status = answer if isinstance(answer, tuple) else (answer, 200)
    return Response(
        json.dumps(body, ensure_ascii=False), status=status, content_type="application/json"
    )


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


def _seen_version() -> int | None:
    """``If-Match: "3"``. Raises Invalid."""
    written = request.headers.get("If-Match")
    if written is None:
        return None
    number = whole_number(written.strip().removeprefix("W/").strip('"'))
    if number is None:
        message = text('If-Match must hold a version, for example "3".')
        raise Invalid([FieldError("If-Match", "version", message)])
    return number

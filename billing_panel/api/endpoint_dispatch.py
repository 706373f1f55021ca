"""From an API request to a call of its handler, and from the answer to a response.

A handler's signature declares what it takes and answers: ``call: Call[PaymentBody]`` a body,
``Call[NoBody, OrdersQuery]`` a query, ``-> PaymentAnswer`` the answer. Of it, of the decorator and
of the docstring the API's description is made (``billing_panel.api.description.openapi``).

1. The token tells the actor; the guard runs before body and query are looked at.
2. Both are read strictly; then one transaction holds the handler: reading for GET, else writing.
3. With an ``Idempotency-Key`` the answer is kept in that transaction and given again to the same
   request: a refusal by a rule too, whose writes a savepoint has undone.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum, auto
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, get_args, get_type_hints

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from typing_extensions import TypeVar

from billing_panel.accounts.access.guarded_fact_visibility import telling_all
from billing_panel.api import endpoint_declaration
from billing_panel.api.answer_models import Answer
from billing_panel.api.endpoint_declaration import JSON, Codes, Endpoint, text_of
from billing_panel.api.known_filters import refuse_unknown_provider
from billing_panel.api.query_parameters import NoQuery, Query, read_query
from billing_panel.api.request_bodies import Body, NoBody, read_body
from billing_panel.api.token_actor import token_actor
from billing_panel.core.panel import Panel
from billing_panel.kernel.database.encrypted_secrets import Seal
from billing_panel.kernel.database.rows_written_at_commit import savepoint
from billing_panel.kernel.language.errors import DomainError, FieldError, Invalid
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
        files: tuple[str, ...] = (),
    ) -> Declare:
        """``transaction=False``: the handler opens its own; ``call.session`` reaches nothing.

        ``media``: the type of the bytes it answers with, where it answers with a response;
        ``files``: of those beside its JSON.
        """
        mode = Mode.READING if transaction else Mode.NONE
        return self._route("GET", rule, functions, mode, errors=errors, media=media, files=files)

    def post(  # noqa: PLR0913 (an endpoint says all of this)
        self,
        rule: str,
        *functions: str,
        example: Mapping[str, Any],
        errors: Codes | None = None,
        status: int = 200,
        writes: bool = True,
        takes_files: bool = False,
        tells_secret: bool = False,
        transaction: bool = True,
        media: str = JSON,
    ) -> Declare:
        """``takes_files``: its body may be as large as what a page sends with files.

        ``transaction=False``: the handler opens its own, and no answer is kept for a key.

        ``tells_secret``: an answer that is kept for its ``Idempotency-Key`` is sealed.
        """
        mode = (Mode.WRITING if writes else Mode.READING) if transaction else Mode.NONE
        return self._route(
            "POST",
            rule,
            functions,
            mode,
            errors=errors,
            status=status,
            example=example,
            takes_files=takes_files,
            tells_secret=tells_secret,
            media=media,
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

    def _route(  # noqa: PLR0913 (an endpoint says all of this)
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
        takes_files: bool = False,
        files: tuple[str, ...] = (),
        tells_secret: bool = False,
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
                takes_files=takes_files,
                files=files,
                name=handler.__name__,
                tells_secret=tells_secret,
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
    """Body, query and answer by its annotations; answer None: it makes a response itself.

    One that may do either is described by its answer.
    """
    hints = get_type_hints(handler)
    returned = hints.pop("return")
    body, query = get_args(next(iter(hints.values()))) or (NoBody, NoQuery)
    of_both = get_args(returned) or (returned,)
    return body, query, next((one for one in of_both if issubclass(one, Answer)), None)


def _view(
    handler: Handler[B, Q, P], declared: Endpoint, body: type[B], query: type[Q], mode: Mode
) -> Callable[P, Response]:
    access = needs(*declared.functions) if declared.functions else Access()
    may_keep = declared.writes and mode is not Mode.NONE

    @wraps(handler)
    def view(*args: P.args, **kwargs: P.kwargs) -> Response:
        running = panel()
        actor = token_actor(running)
        if access.functions:
            require(actor, *access.functions)
        if declared.takes_files:
            # now that it is known who sends them
            request.max_content_length = running.config.max_upload_bytes
        content, if_match = read_body(body), _if_match()
        asked = read_query(query)
        key = request.headers.get("Idempotency-Key") if may_keep else None
        if mode is Mode.NONE and getattr(asked, "provider", None):
            with running.database.reading() as session:
                refuse_unknown_provider(session, actor, asked)
        with _opened(running, Mode.WRITING if key else mode) as session:
            call = Call(running, session, actor, content, asked, language(), if_match)
            if mode is not Mode.NONE:
                refuse_unknown_provider(session, actor, asked)

            def run() -> Response:
                with telling_all(actor):
                    return _response(handler(call, *args, **kwargs), declared.status)

            return run() if key is None else _once(call, key, run, sealed=declared.tells_secret)

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


def _once(call: Call[B, Q], key: str, run: Callable[[], Response], *, sealed: bool) -> Response:
    """``sealed``: nobody finds in the database what the answer tells."""
    seal = Seal(call.panel.config.secret_key, "kept answer") if sealed else None

    def answer() -> dict[str, Any]:
        try:
            with savepoint(call.session):
                response = run()
        except DomainError as error:
            if error.status not in KEPT_REFUSALS:
                raise
            return {"problem": problem(error, call.language)}
        told = response.get_data(as_text=True)
        return {"status": response.status_code, "body": seal.close(told) if seal else told}

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
    response = _remembered(outcome.answer, seal)
    if outcome.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _remembered(answer: Mapping[str, Any], seal: Seal | None) -> Response:
    if "problem" in answer:
        return response_of(answer["problem"])
    body = seal.open(answer["body"]) if seal else answer["body"]
    return Response(body, status=answer["status"], content_type="application/json")


def _response(answer: Answer | Response, status: int) -> Response:
    if isinstance(answer, Response):
        return answer
    return Response(answer.model_dump_json(by_alias=True), status=status, content_type=JSON)


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

"""Refusals as ``application/problem+json`` (RFC 9457)."""

import json
from collections.abc import Mapping

from flask import Response
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from billing_panel.kernel.database.unavailable import Trouble
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text, say
from billing_panel.kernel.values.money import Money

MEDIA_TYPE = "application/problem+json"
CODES = {
    400: "malformed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    414: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
}
# What was sent is told again in part only: enough to know it by.
MAX_FIELD = 200
MAX_SENTENCE = 2000


def problem(error: DomainError, language: str) -> dict[str, object]:
    """The body; facts of the error (``old`` and ``new``, ``current``) stand beside the rest."""
    return {
        **_frame(error.status, error.code, _said(error.message, language)),
        "errors": [
            {
                "field": _cut(e.field, MAX_FIELD),
                "code": e.code,
                "message": _said(e.message, language),
            }
            for e in error.errors
        ],
        "reasons": [
            {
                "code": r.code,
                "message": _said(r.message, language),
                "remedy": _said(r.remedy, language),
                **({"line": r.place} if r.place else {}),
            }
            for r in error.reasons
        ],
        **{name: plain(value) for name, value in error.facts.items()},
    }


def problem_response(error: DomainError, language: str) -> Response:
    """Answer with the refusal as a problem; a 401 says that a bearer token is asked for."""
    response = response_of(problem(error, language))
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def problem_of_http(error: HTTPException | None, sentence: Text, language: str) -> Response:
    """An error of the frame: unknown address, malformed request, too many requests, our mistake."""
    status = (error.code if error else None) or 500
    body = _frame(status, CODES.get(status, f"http_{status}"), say(sentence, language))
    return response_of({**body, "errors": [], "reasons": []})


def problem_of_trouble(trouble: Trouble, language: str) -> Response:
    """Answer 503: the database can't help now; ``retry_after`` in seconds."""
    body = _frame(503, trouble.code, say(trouble.message, language))
    return response_of({**body, "errors": [], "reasons": [], "retry_after": trouble.seconds})


def response_of(body: Mapping[str, object]) -> Response:
    """Answer with this body, under the status that it names."""
    status = body["status"]
    return Response(
        json.dumps(body, ensure_ascii=False),
        status=status if isinstance(status, int) else 500,
        content_type=MEDIA_TYPE,
    )


def plain(value: object) -> object:
    """A value of the domain, or a model of an answer, as JSON has it."""
    match value:
        case Money():
            return {"amount": str(value), "currency": value.currency}
        case BaseModel():
            return value.model_dump(mode="json", by_alias=True)
        case _:
            return value


def _said(words: Text, language: str) -> str:
    return _cut(say(words, language), MAX_SENTENCE)


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def _frame(status: int, code: str, detail: str) -> dict[str, object]:
    return {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": detail,
    }

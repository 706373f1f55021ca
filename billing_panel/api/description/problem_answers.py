"""Refusals as the description tells them, and the headers of requests and answers.

Those that many endpoints share stand in its components once, and are referred to.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from billing_panel.kernel.database.unavailable import Trouble
from billing_panel.kernel.tables.request_keys import MAX_KEY
from billing_panel.web.requests.problem_json import MEDIA_TYPE

Json = dict[str, Any]

RETRY_AFTER = "Retry-After"
REPLAYED = "Idempotency-Replayed"
AUTHENTICATE = "WWW-Authenticate"
# of requests
HEADERS: Mapping[str, Json] = {
    "Accept-Language": {
        "description": "The language of titles and messages: en, ru or bg.",
        "schema": {"type": "string", "examples": ["en"]},
    },
    "Idempotency-Key": {
        "description": "The same key with the same request gets the first answer again, for 90"
        " days. It may be left out.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
    },
    "If-Match": {
        "description": "The version that was looked at; it goes before one in the body.",
        "schema": {"type": "string", "pattern": '^"[0-9]{1,18}"$', "examples": ['"3"']},
    },
    "Last-Event-ID": {
        "description": "The `id` of the last event that came, to go on after it.",
        "schema": {"type": "string", "examples": ["812"]},
    },
}
ANSWERED: Mapping[str, Json] = {
    RETRY_AFTER: {
        "description": "After so many seconds it may be asked again.",
        "schema": {"type": "integer", "minimum": 0, "examples": [30]},
    },
    REPLAYED: {
        "description": "This answer was given before, to the same `Idempotency-Key`.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    AUTHENTICATE: {
        "description": "How to say who asks.",
        "schema": {"type": "string", "examples": ["Bearer"]},
    },
}
# what always comes with a status
OF_STATUS = {401: (AUTHENTICATE,), 429: (RETRY_AFTER,), 503: (RETRY_AFTER,)}
MEANINGS = {
    400: "Malformed",
    401: "No token, or one that no longer works",
    403: "Not allowed for the owner of the token",
    404: "It doesn’t exist, or the caller has no access to it",
    409: "Its state or version has changed",
    413: "Too large",
    414: "The address is too long",
    415: "The body is not JSON",
    422: "Refused by a rule, or fields are wrong",
    429: "Too many requests; see Retry-After",
    503: "Not possible right now; see Retry-After",
}
# of codes that any endpoint may answer with; of others the description of the endpoint tells
SENTENCES = {
    "malformed": "The body must be JSON, sent as application/json.",
    "unauthenticated": "The token is unknown or was revoked.",
    "second_factor_required": "A department of this token’s owner requires a second factor.",
    "function_not_held": "This requires the function orders:order:create; ask whoever manages"
    " rights.",
    "not_found": "There is nothing at this address, or you don’t have access to it.",
    "idempotency_key_reused": "This request key was used for something else; use a new one.",
    "stale_version": "It was changed in the meantime.",
    "unsupported_media_type": "Send the body as JSON, with the header Content-Type:"
    " application/json.",
    "invalid": "Some of the fields are wrong.",
    "too_many_requests": "Wait a minute, then try again.",
}
TOO_LARGE = {
    413: "The request is too large, or has too many fields. Send less at a time.",
    414: "The address is too long. Send less at a time.",
}
OF_FIELDS = [
    {"field": "lines.0.quantity", "code": "greater_than_equal", "message": "Use 1 or more."}
]
# many endpoints refuse with just these, or with these and others of their own
SHARED = frozenset({*SENTENCES, "too_large", *(trouble.code for trouble in Trouble)})


def header_parameters() -> Json:
    """Headers of requests, as components."""
    return {
        name: {"name": name, "in": "header", "required": False, **told}
        for name, told in HEADERS.items()
    }


def answered_headers(*names: str) -> Json:
    """Refer to headers of answers by ``names``; nothing where there are none."""
    told = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return {"headers": told} if told else {}


class ProblemAnswers:
    """Makes the refusals of endpoints. ``schema``: the reference of a problem's model."""

    def __init__(self, schema: Json) -> None:
        self._schema = schema
        self.shared: dict[str, Json] = {}

    def of(self, status: int, codes: tuple[str, ...]) -> Json:
        """The refusal with ``status`` by one of ``codes``, or a reference to it."""
        whole = self._whole(status, codes)
        if not SHARED.issuperset(codes):
            return whole
        name = ".".join([str(status), *codes])
        self.shared[name] = whole
        return {"$ref": f"#/components/responses/{name}"}

    def _whole(self, status: int, codes: tuple[str, ...]) -> Json:
        said = ", ".join(f"`{code}`" for code in codes)
        examples = {code: {"value": example} for code, example in _examples(status, codes)}
        return {
            "description": f"{MEANINGS[status]}: {said}.",
            **answered_headers(*OF_STATUS.get(status, ())),
            "content": {MEDIA_TYPE: {"schema": self._schema, "examples": examples}},
        }


def _examples(status: int, codes: tuple[str, ...]) -> Iterator[tuple[str, Json]]:
    for code in codes:
        detail = TOO_LARGE.get(status) or SENTENCES.get(code) or _trouble(code)
        yield (
            code,
            {
                "type": "about:blank",
                "title": HTTPStatus(status).phrase,
                "status": status,
                "code": code,
                "detail": detail,
                "errors": OF_FIELDS if code == "invalid" else [],
                "reasons": [],
            },
        )


def _trouble(code: str) -> str:
    told = next((str(one.message) for one in Trouble if one.code == code), None)
    return told or "A sentence that says why, and what would change it."

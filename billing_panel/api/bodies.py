"""What comes in: strict bodies and query values; unknown fields refused, all mistakes at once."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from billing_panel.kernel.input.reading import whole_number
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.ids import MAX_ID
from billing_panel.kernel.values.money import Money, MoneyError, parse

B = TypeVar("B", bound="Body")
T = TypeVar("T")

MAX_PAGE = 200
DEFAULT_PAGE = 50
# of one body, in all its lists and objects together
MAX_VALUES = 5000
# of names, such as functions; there are far fewer of each kind
MAX_NAMES = 1000
MAX_NAME = 200
# one that does not end is one to the end, so that nothing is read twice
WORDS = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)

Name = Annotated[StrictStr, Field(max_length=MAX_NAME)]


class Body(BaseModel):
    """A request body. ``version``: the one of the order that was looked at."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @field_validator("*")
    @classmethod
    def storable(cls, value: object) -> object:
        """PostgreSQL keeps no NUL in a text, and neither database more than 64 bits."""
        if _holds_nul(value):
            raise PydanticCustomError("nul", "a text may not hold the character NUL")
        numbers = value if isinstance(value, list) else (value,)
        if any(isinstance(number, int) and abs(number) > MAX_ID for number in numbers):
            raise PydanticCustomError("too_large", "a number has at most 18 digits")
        return value


def _holds_nul(value: object) -> bool:
    """Parts that are bodies themselves have been asked before."""
    match value:
        case str():
            return "\0" in value
        case Mapping():
            return any(_holds_nul(part) for pair in value.items() for part in pair)
        case list() | tuple():
            return any(_holds_nul(part) for part in value)
        case _:
            return False


class NoBody(Body):
    pass


class MoneyBody(Body):
    """``{"amount": "591.19", "currency": "EUR"}``"""

    amount: str
    currency: str

    def money(self, field: str) -> Money:
        """Raises Invalid, naming ``field``."""
        try:
            return parse(self.amount, self.currency)
        except MoneyError as error:
            message = text("%(problem)s", problem=str(error))
            raise Invalid([FieldError(field, "invalid_amount", message)]) from error


def read_body(model: type[B]) -> B:
    """The request's JSON as ``model``; no body at all is an empty object where that may be one.

    Raises BadRequest (malformed), UnsupportedMediaType, RequestEntityTooLarge or Invalid (422).
    """
    raw = request.get_data()
    if raw and request.mimetype != "application/json":
        raise UnsupportedMediaType
    if not raw and any(field.is_required() for field in model.model_fields.values()):
        raise BadRequest
    if WORDS.sub(b"", raw).count(b",") > MAX_VALUES:
        raise RequestEntityTooLarge
    try:
        return model.model_validate_json(raw or b"{}")
    except ValidationError as error:
        raise _invalid(error) from error


def _invalid(error: ValidationError) -> Exception:
    details = error.errors(include_url=False, include_context=False, include_input=False)
    if any(detail["type"] == "json_invalid" for detail in details):
        return BadRequest()
    return Invalid(
        [
            FieldError(
                ".".join(str(part) for part in detail["loc"]),
                "unknown_field" if detail["type"] == "extra_forbidden" else detail["type"],
                text("%(problem)s", problem=detail["msg"]),
            )
            for detail in details
        ]
    )


def query_values(*known: str) -> Mapping[str, str]:
    """Values of the address's query. Raises Invalid for names that are not known."""
    unknown = sorted(set(request.args) - set(known))
    if unknown:
        message = text("There is no such filter; use one of: %(known)s.", known=sorted(known))
        raise Invalid([FieldError(name, "unknown_field", message) for name in unknown])
    return request.args


def whole(values: Mapping[str, str], name: str, *, most: int = MAX_ID) -> int | None:
    """A whole number from 1 to ``most``, or None when absent. Raises Invalid."""
    written = values.get(name)
    if written is None:
        return None
    number = whole_number(written, most=most)
    if not number:
        message = text("Enter a whole number from 1 to %(most)s.", most=most)
        raise Invalid([FieldError(name, "number", message)])
    return number


def short_page(values: Mapping[str, str], items: Sequence[T]) -> tuple[Sequence[T], str | None]:
    """The page of a list that is read as a whole, and the cursor of the next. Raises Invalid."""
    limit, after = page_of(values)
    start = after or 0
    more = len(items) > start + limit
    return items[start : start + limit], str(start + limit) if more else None


def page_of(values: Mapping[str, str]) -> tuple[int, int | None]:
    """``limit`` and the id the page before ended with. Raises Invalid."""
    return whole(values, "limit", most=MAX_PAGE) or DEFAULT_PAGE, whole(values, "cursor")

"""Bodies, read strictly: unknown fields refused, all mistakes told at once."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, TypeVar

from flask import request
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictStr,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
)
from pydantic_core import PydanticCustomError
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.ids import MAX_ID
from billing_panel.kernel.values.money import Money, MoneyError, parse

B = TypeVar("B", bound="Body")
C = TypeVar("C")

# of one body, in all its lists and objects together
MAX_VALUES = 5000
# of names, such as functions; there are far fewer of each kind
MAX_NAMES = 1000
MAX_NAME = 200
# one that does not end is one to the end, so that nothing is read twice
WORDS = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)

Name = Annotated[StrictStr, Field(max_length=MAX_NAME)]


class Body(BaseModel):
    """A request body."""

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

    def into(self, command: Callable[..., C], **more: object) -> C:
        """The command that the body mirrors: ``more`` beside or instead of fields of that name."""
        own = {name: getattr(self, name) for name in type(self).model_fields}
        return command(**{**own, **more})


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
    """A body without fields."""


class VersionedBody(Body):
    """``version``: the one of the order that was looked at; ``If-Match`` goes before it."""

    version: int | None = Field(default=None, ge=1)


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


MAX_AMOUNT = 64
MONEY = MoneyBody.model_fields.keys()


def _amount(value: object, read: ValidatorFunctionWrapHandler) -> str | MoneyBody:
    """One sentence where a union of types would tell one for each."""
    parts = value.values() if isinstance(value, dict) and value.keys() == MONEY else [value]
    if all(_is_word(part) for part in parts):
        read_value: str | MoneyBody = read(value)
        return read_value
    raise PydanticCustomError(
        "invalid_amount", 'an amount is a text, or {"amount": "12.50", "currency": "EUR"}'
    )


def _is_word(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_AMOUNT and "\0" not in value


AmountBody = Annotated[str | MoneyBody, WrapValidator(_amount)]


def amount_in(currency: str, asked: str | MoneyBody | None, field: str) -> str:
    """What was asked, in ``currency``; empty: nothing was. Raises Invalid ``invalid_amount``."""
    if isinstance(asked, MoneyBody):
        refuse_other(asked.currency, currency, field)
        return asked.amount
    return asked or ""


def refuse_other(named: str, currency: str, field: str) -> None:
    """Raises Invalid ``invalid_amount`` where an amount names another currency."""
    if named != currency:
        message = text("Use %(currency)s for the amount here.", currency=currency)
        error = FieldError(field, "invalid_amount", message)
        raise Invalid([error], code="invalid_amount")


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

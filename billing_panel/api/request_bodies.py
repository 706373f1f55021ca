"""Request bodies, read strictly: unknown fields are refused, all mistakes reported at once."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

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
from pydantic_core import ErrorDetails, PydanticCustomError
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import AnyOf, Text, text
from billing_panel.kernel.values.currencies import DECIMALS
from billing_panel.kernel.values.id_or_name import MAX_ID
from billing_panel.kernel.values.money import POINTS, Money, MoneyError, parse

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


Context = Mapping[str, Any]
QUOTED = re.compile(r"'([^']*)'")
UNKNOWN = text("This value can’t be used here. The description of the API says which can.")
WHOLE_NUMBER = text("Use a whole number, without quotes.")
TRUE_OR_FALSE = text("Use true or false, without quotes.")
LIST = text("Use a list, in square brackets.")
OBJECT = text("Use an object, in braces.")

# by the type of pydantic's error
SENTENCES: Mapping[str, Text] = {
    "missing": text("Add this field: it is required."),
    "extra_forbidden": text("There is no such field here: correct its name or leave it out."),
    "string_type": text("Use a text, in quotes."),
    "int_type": WHOLE_NUMBER,
    "int_parsing": WHOLE_NUMBER,
    "int_from_float": WHOLE_NUMBER,
    "bool_type": TRUE_OR_FALSE,
    "bool_parsing": TRUE_OR_FALSE,
    "list_type": LIST,
    "tuple_type": LIST,
    "dict_type": OBJECT,
    "mapping_type": OBJECT,
    "model_type": OBJECT,
    "model_attributes_type": OBJECT,
}
BOUNDS: Mapping[str, Callable[[Context], Text]] = {
    "greater_than_equal": lambda known: text("Use %(least)s or more.", least=known["ge"]),
    "less_than_equal": lambda known: text("Use %(most)s or less.", most=known["le"]),
    "string_too_long": lambda known: text(
        "Use at most %(most)s characters.", most=known["max_length"]
    ),
    "string_too_short": lambda known: text(
        "Use at least %(least)s characters.", least=known["min_length"]
    ),
    "too_short": lambda known: text("Use at least %(least)s of them.", least=known["min_length"]),
    "too_long": lambda known: text("Use at most %(most)s of them.", most=known["max_length"]),
    "enum": lambda known: _choices(known["expected"]),
    "literal_error": lambda known: _choices(known["expected"]),
}


class Body(BaseModel):
    """A request body."""

    # made at first use
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    @field_validator("*")
    @classmethod
    def storable(cls, value: object) -> object:
        """PostgreSQL keeps no NUL in a text, and neither database more than 64 bits."""
        if _holds_nul(value):
            raise mistake("nul", text("Remove the character NUL: a text can’t hold it."))
        numbers = value if isinstance(value, list) else (value,)
        if any(isinstance(number, int) and abs(number) > MAX_ID for number in numbers):
            raise mistake("too_large", text("Use a number of 18 digits at most."))
        return value

    def into(self, command: Callable[..., C], **more: object) -> C:
        """The command that the body mirrors: ``more`` beside or instead of fields of that name."""
        own = {name: getattr(self, name) for name in type(self).model_fields}
        return command(**{**own, **more})


def mistake(code: str, said: Text) -> PydanticCustomError:
    """Make what a validator of a body raises; ``said`` tells how to fix it."""
    return PydanticCustomError(code, "{said}", {"said": said})


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
            message = _amount_wanted(self.currency)
            raise Invalid([FieldError(field, "invalid_amount", message)]) from error


def _amount_wanted(currency: str) -> Text:
    if currency not in {*DECIMALS, POINTS}:
        return text("Use the ISO 4217 code of a currency, such as EUR.")
    return text(
        "Write the amount with plain digits and no more decimals than %(currency)s has,"
        " for example %(example)s.",
        currency=currency,
        example=Money(1250, currency),
    )


MAX_AMOUNT = 64
MONEY = MoneyBody.model_fields.keys()


def _amount(value: object, read: ValidatorFunctionWrapHandler) -> str | MoneyBody:
    """One sentence where a union of types would tell one for each."""
    parts = value.values() if isinstance(value, dict) and value.keys() == MONEY else [value]
    if all(_is_word(part) for part in parts):
        read_value: str | MoneyBody = read(value)
        return read_value
    raise mistake(
        "invalid_amount",
        text('Use a text such as "12.50", or {"amount": "12.50", "currency": "EUR"}.'),
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
    if any(details["type"] == "json_invalid" for details in error.errors(include_input=False)):
        return BadRequest()
    return Invalid(mistakes_of(error))


def mistakes_of(error: ValidationError) -> list[FieldError]:
    """Say each mistake at its field, as ``lines.0.quantity``; empty: of the body as a whole."""
    return [_mistake(details) for details in error.errors(include_url=False, include_input=False)]


def _mistake(details: ErrorDetails) -> FieldError:
    kind, field = details["type"], ".".join(str(part) for part in details["loc"])
    code = "unknown_field" if kind == "extra_forbidden" else kind
    return FieldError(field, code, _sentence(kind, details.get("ctx", {})))


def _sentence(kind: str, known: Context) -> Text:
    said = known.get("said")
    if isinstance(said, Text):
        return said
    if kind in BOUNDS:
        return BOUNDS[kind](known)
    return SENTENCES.get(kind, UNKNOWN)


def _choices(expected: str) -> Text:
    return text("Choose one of: %(choices)s.", choices=AnyOf(QUOTED.findall(expected)))

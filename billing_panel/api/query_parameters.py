"""Query parameters as typed values; unknown names are refused."""

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Protocol, TypeVar

from flask import request
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)

from billing_panel.api.request_bodies import mistakes_of
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.kernel.values.id_or_name import MAX_ID

Q = TypeVar("Q", bound="Query")
T = TypeVar("T")

MAX_PAGE = 200
DEFAULT_PAGE = 50


class Query(BaseModel):
    """What an address may ask. A wrong value raises Invalid, in the reader's language."""

    # made at first use
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class NoQuery(Query):
    """No query at all; whatever is sent is refused."""


def whole(*, least: int = 1, most: int = MAX_ID) -> Callable[[Any, ValidationInfo], Any]:
    """Reads a whole number in decimal digits. Raises Invalid ``number``."""

    def read(written: Any, known: ValidationInfo) -> Any:
        number = whole_number(str(written), most=most)
        if number is None or number < least:
            message = text("Enter a whole number from 1 to %(most)s.", most=most)
            raise Invalid([FieldError(known.field_name or "", "number", message)])
        return number

    return read


def chosen(choices: Collection[str], code: str) -> Callable[[Any, ValidationInfo], Any]:
    """Takes one of ``choices``. Raises Invalid ``code``."""

    def read(written: Any, known: ValidationInfo) -> Any:
        if written in {str(choice) for choice in choices}:
            return written
        message = text("Choose one of: %(choices)s.", choices=AnyOf([str(one) for one in choices]))
        raise Invalid([FieldError(known.field_name or "", code, message)])

    return read


def one_of(kind: type[StrEnum], code: str) -> BeforeValidator:
    """Make a validator that takes a value of ``kind`` alone, and else raises Invalid ``code``."""
    return BeforeValidator(chosen([member.value for member in kind], code))


Whole = Annotated[int, Field(ge=1, le=MAX_ID), BeforeValidator(whole())]
Limit = Annotated[int, Field(ge=1, le=MAX_PAGE), BeforeValidator(whole(most=MAX_PAGE))]


class PageQuery(Query):
    """``cursor``: the ``next_cursor`` of the page before."""

    limit: Limit = DEFAULT_PAGE
    cursor: Whole | None = Field(default=None, examples=[117])


class ProviderQuery(Query):
    """``provider``: its key; it may be left out where the client has one provider only."""

    provider: str | None = Field(default=None, examples=["nordvik"])


class ProviderPageQuery(PageQuery, ProviderQuery):
    """A page of what one provider has."""


def read_query(model: type[Q]) -> Q:
    """The request's query as ``model``.

    Raises Invalid for names that are not known or stand there twice, and for wrong values.
    """
    if not request.args:
        return _read(model, {})
    known = [field.alias or name for name, field in model.model_fields.items()]
    unknown = sorted(set(request.args) - set(known))
    if unknown:
        message = (
            text("There is no such filter; use one of: %(known)s.", known=sorted(known))
            if known
            else text("This address takes no filters; leave it out.")
        )
        raise Invalid([FieldError(name, "unknown_field", message) for name in unknown])
    twice = [name for name in known if len(request.args.getlist(name)) > 1]
    if twice:
        message = text("Send each filter once.")
        raise Invalid([FieldError(name, "repeated", message) for name in twice])
    return _read(model, request.args.to_dict())


def _read(model: type[Q], written: Mapping[str, str]) -> Q:
    try:
        return model.model_validate(written)
    except ValidationError as error:
        raise Invalid(mistakes_of(error)) from error


class Numbered(Protocol):
    """Whatever has an ``id``, by which pages are cut."""

    @property
    def id(self) -> int: ...


R = TypeVar("R", bound=Numbered)


def page_by_id(rows: Sequence[R], limit: int) -> tuple[Sequence[R], str | None]:
    """The page and the cursor of the next, of ``rows`` that were read with one more than it has."""
    return rows[:limit], str(rows[limit - 1].id) if len(rows) > limit else None


def page_by_place(query: PageQuery, items: Sequence[T]) -> tuple[Sequence[T], str | None]:
    """The page of a list that is read as a whole, and the cursor of the next."""
    start, limit = query.cursor or 0, query.limit
    more = len(items) > start + limit
    return items[start : start + limit], str(start + limit) if more else None

"""Bodies that change the details of a noun (``administration.details``), as its page's form does.

What is sent stands in for what was there; what is absent stays. Beside the body's own mistakes the
action tells what is wrong, at the same fields.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StrictStr,
    WithJsonSchema,
)

from billing_panel.api.endpoint_declaration import Codes
from billing_panel.api.request_bodies import Body, mistake
from billing_panel.kernel.language.text import LANGUAGES, text
from billing_panel.kernel.values.bounded_parsing import decimal_number, read_day

# rows of one list; a form has fewer
MAX_ROWS = 200
# of an endpoint that takes an amount in another currency for a mistake
WRONG_AMOUNT: Codes = {422: ("invalid_amount",)}


def _titles(written: dict[str, str]) -> dict[str, str]:
    """As a form gives them: languages without words are left out."""
    if not written.keys() <= set(LANGUAGES):
        raise mistake("language", text("Choose one of: %(known)s.", known=LANGUAGES))
    return {language: words for language, words in written.items() if words}


def _day(written: object) -> date:
    day = read_day(written) if isinstance(written, str) else None
    if day is None:
        raise mistake("day", text("Use a date such as 2026-12-31."))
    return day


def _percent(written: object) -> Decimal:
    percent = decimal_number(written) if isinstance(written, str) else None
    if percent is None:
        raise mistake("percent", text("Use a percentage in quotes, such as “20” or “12.5”."))
    # as it is kept, so that 20.0 is no change of 20
    return Decimal(f"{percent.normalize():f}")


# as a repeated request is compared
AS_TEXT = PlainSerializer(str, return_type=str, when_used="json")
WORDS = {"type": "string"}
TitlesBody = Annotated[
    dict[str, StrictStr],
    AfterValidator(_titles),
    WithJsonSchema(
        {
            "type": "object",
            "properties": dict.fromkeys(LANGUAGES, WORDS),
            "additionalProperties": False,
            "examples": [{"en": "Web Start", "bg": "Уеб старт"}],
        }
    ),
]
TitlesAnswer = Annotated[
    dict[str, str], Field(description="By language.", examples=[{"en": "Web Start"}])
]
DayBody = Annotated[
    date,
    PlainValidator(_day, json_schema_input_type=str),
    AS_TEXT,
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-12-01"]}),
]
PercentBody = Annotated[
    Decimal,
    PlainValidator(_percent, json_schema_input_type=str),
    AS_TEXT,
    WithJsonSchema({"type": "string", "examples": ["12.5"]}),
]


class DetailsBody(Body):
    """Words are read without the spaces around them, as those of a form are."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, str_strip_whitespace=True)

    def sent(self) -> dict[str, Any]:
        """Only the fields that were sent, but for the version."""
        return {name: getattr(self, name) for name in self.model_fields_set - {"version"}}


def _without_defaults(schema: dict[str, Any]) -> None:
    """What is absent stays as it is: no program shall fill it in."""
    for field in schema["properties"].values():
        field.pop("default", None)


class SeenBody(DetailsBody):
    """``version``: the one that was looked at; ``If-Match`` goes before it."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    version: int | None = Field(default=None, ge=1)

"""What the page of a new order sends.

Fields of a tariff carry its key: ``quantity:web-start``, ``period:web-start``, ``tender:web-start``
and, for options, ``number:vps-pro-4:ram``, ``choice:vps-pro-4:os``; ticked positions: ``cart``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from uuid import uuid4

from werkzeug.datastructures import MultiDict

from billing_panel.catalog.rules.choose import MAX_QUANTITY, WantedLine
from billing_panel.catalog.rules.facts import OptionValue, Tender
from billing_panel.kernel.errors import FieldError
from billing_panel.kernel.money import MAX_MINOR, POINTS
from billing_panel.kernel.text import text


@dataclass(frozen=True)
class NewOrderForm:
    """Everything as it was typed, so that nothing is lost; ``errors``: what could not be read.

    ``expected_*`` is what the summary showed; None: there was none yet.
    ``exceptions``: ids of those that are ticked.
    """

    typed: MultiDict[str, str] = field(default_factory=MultiDict)
    lines: tuple[WantedLine, ...] = ()
    cart: tuple[int, ...] = ()
    request_key: str = field(default_factory=lambda: uuid4().hex)
    expected_total: int | None = None
    expected_points: int | None = None
    exceptions: tuple[int, ...] = ()
    errors: tuple[FieldError, ...] = ()

    def with_new_key(self) -> "NewOrderForm":
        return replace(self, request_key=uuid4().hex)

    def value(self, name: str, default: str = "") -> str:
        return self.typed.get(name, default).strip()


def read_new_order(typed: MultiDict[str, str]) -> NewOrderForm:
    errors: list[FieldError] = []
    return NewOrderForm(
        typed=typed,
        lines=tuple(_lines(typed, errors)),
        cart=numbers(typed.getlist("cart")),
        exceptions=numbers(typed.getlist("exception")),
        request_key=typed.get("request_key") or uuid4().hex,
        expected_total=_number(typed.get("expected_total", "")),
        expected_points=_number(typed.get("expected_points", "")),
        errors=tuple(errors),
    )


def numbers(written: Iterable[str]) -> tuple[int, ...]:
    """Those that are numbers, each once."""
    read = dict.fromkeys(map(_number, written))
    return tuple(number for number in read if number is not None)


def _lines(typed: MultiDict[str, str], errors: list[FieldError]) -> Iterator[WantedLine]:
    for name, written in typed.items():
        if not name.startswith("quantity:") or written.strip() in {"", "0"}:
            continue
        quantity = _number(written.strip())
        if quantity is None:
            message = text("The quantity is a whole number from 1 to %(most)s.", most=MAX_QUANTITY)
            errors.append(FieldError(name, "quantity", message))
            continue
        tariff = name.removeprefix("quantity:")
        in_points = typed.get(f"tender:{tariff}") == POINTS
        yield WantedLine(
            tariff=tariff,
            period=typed.get(f"period:{tariff}") or None,
            quantity=quantity,
            options=dict(_options(typed, tariff)),
            pay_with=Tender.POINTS if in_points else Tender.MONEY,
        )


def _options(typed: MultiDict[str, str], tariff: str) -> Iterator[tuple[str, OptionValue]]:
    """What is no number where one belongs stays as written; the rules then say what to write."""
    for name, written in typed.items():
        kind, _, option = name.partition(f":{tariff}:")
        value = written.strip()
        if kind == "choice" and value:
            yield option, value
        elif kind == "number" and value:
            number = _number(value)
            yield option, value if number is None else number


def _number(written: str) -> int | None:
    plain = written.isascii() and written.isdecimal() and len(written) <= len(str(MAX_MINOR))
    return int(written) if plain else None

"""What the page of a new order sends.

Fields of a tariff carry its key: ``quantity:web-start``, ``period:web-start``, ``tender:web-start``
and, for options, ``number:vps-pro-4:ram``, ``choice:vps-pro-4:os``; ticked positions: ``cart``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from uuid import uuid4

from werkzeug.datastructures import MultiDict

from billing_panel.catalog.rules.choose import (
    MAX_LINES,
    MAX_QUANTITY,
    WantedLine,
    too_many_lines,
)
from billing_panel.catalog.rules.facts import OptionValue, Tender
from billing_panel.kernel.input.reading import whole_number
from billing_panel.kernel.language.errors import FieldError
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.money import POINTS

QUANTITY = "quantity:"


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
    lines = tuple(_lines(typed, errors))
    return NewOrderForm(
        typed=typed,
        lines=lines,
        cart=numbers(typed.getlist("cart")),
        exceptions=numbers(typed.getlist("exception")),
        request_key=typed.get("request_key") or uuid4().hex,
        expected_total=whole_number(typed.get("expected_total", "")),
        expected_points=whole_number(typed.get("expected_points", "")),
        errors=tuple(errors),
    )


def numbers(written: Iterable[str]) -> tuple[int, ...]:
    """Those that are numbers, each once."""
    read = dict.fromkeys(map(whole_number, written))
    return tuple(number for number in read if number is not None)


def _lines(typed: MultiDict[str, str], errors: list[FieldError]) -> Iterator[WantedLine]:
    """As many as an order may have; of more, that they are too many."""
    wanted = {
        name.removeprefix(QUANTITY): written.strip()
        for name, written in typed.items()
        if name.startswith(QUANTITY) and written.strip() not in {"", "0"}
    }
    if len(wanted) > MAX_LINES:
        errors.append(too_many_lines())
        return
    options = _options(typed)
    for tariff, written in wanted.items():
        quantity = whole_number(written)
        if quantity is None:
            message = text(
                "The quantity must be a whole number from 1 to %(most)s.", most=MAX_QUANTITY
            )
            errors.append(FieldError(f"{QUANTITY}{tariff}", "quantity", message))
            continue
        in_points = typed.get(f"tender:{tariff}") == POINTS
        yield WantedLine(
            tariff=tariff,
            period=typed.get(f"period:{tariff}") or None,
            quantity=quantity,
            options=options.get(tariff, {}),
            pay_with=Tender.POINTS if in_points else Tender.MONEY,
        )


def _options(typed: MultiDict[str, str]) -> Mapping[str, Mapping[str, OptionValue]]:
    """By tariff. What is no number where one belongs stays as written; the rules say what to write.

    Keys of tariffs and options hold no colon.
    """
    found: dict[str, dict[str, OptionValue]] = {}
    for name, written in typed.items():
        kind, _, rest = name.partition(":")
        tariff, _, option = rest.partition(":")
        value = written.strip()
        if kind not in {"choice", "number"} or not value:
            continue
        number = whole_number(value) if kind == "number" else None
        found.setdefault(tariff, {})[option] = value if number is None else number
    return found

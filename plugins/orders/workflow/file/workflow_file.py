"""A workflow as its file has it, row by row. Pure.

Every row is read on its own, so that what is wrong with one hides no mistake of another.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, StrictBool, ValidationError
from pydantic_core import ErrorDetails

from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, LANGUAGES, AnyOf, Text, say, text
from plugins.orders.workflow.statuses.stage import Shape, Stage, Tone
from plugins.orders.workflow.statuses.status import (
    Key,
    LineStatus,
    Several,
    Status,
    Strict,
    Words,
)
from plugins.orders.workflow.workflow_bounds import (
    MAX_NAMED,
    shortened,
    too_deep,
    too_long_number,
    value_bounds,
    written_bounds,
)


class EntryRow(Strict):
    """The status of a new order, when the facts hold, and the effects of placing it."""

    status: str
    effects: Several = ()
    when: Several = ()


class ActionRow(Strict):
    """The title of an action that only this workflow has."""

    key: Key
    titles: Words


class TransitionRow(Strict):
    """``from_``: statuses, or ``stage:open`` for every one of a stage. ``to`` None: it stays.

    No ``action``: set by hand; with ``after``, the deadline of ``from_``. ``first``: an action
    taken before; the row then goes on from where that one leads (D12).
    """

    from_: Several = Field(alias="from")
    to: str | None = None
    action: Several = ()
    by: Several = ()
    first: str | None = None
    requires: Several = ()
    asks: Several = ()
    when: Several = ()
    effects: Several = ()
    after: str | None = None


class ByHand(Strict):
    """The matrix of P2: ``from_[status]`` has a ``+`` or ``-`` for each status of ``to``."""

    to: tuple[str, ...]
    from_: Mapping[str, str] = Field(alias="from")
    by: Several = ("staff",)


class Head(Strict):
    """What a file says of the workflow as a whole.

    ``method_when_paid``: an order needs no payment method before it is paid (D5, D11).
    ``details_titles``: what the button of an order's row says that leads to its correspondence;
    None: lists have a button for the order's own page alone (M13).
    """

    key: Key
    titles: Words
    split_by_availability: StrictBool = False
    method_when_paid: StrictBool = False
    details_titles: Words | None = None


def _one_entry(written: object) -> object:
    return (written,) if isinstance(written, Mapping) else written


class WorkflowFile(Head):
    """The whole of a file; ``model_dump(mode="json", by_alias=True)`` is it again."""

    entry: Annotated[tuple[EntryRow, ...], BeforeValidator(_one_entry)]
    status: tuple[Status, ...]
    line_status: tuple[LineStatus, ...] = ()
    action: tuple[ActionRow, ...] = ()
    by_hand: ByHand | None = None
    transition: tuple[TransitionRow, ...] = ()


class WorkflowMistakes(ValueError):
    """Everything wrong with a workflow: ``reasons``, each with its key path as its place.

    ``mistakes`` says each in one English sentence, with its line where ``source`` is known.
    """

    def __init__(self, reasons: Sequence[Reason], source: str = "") -> None:
        self.reasons = tuple(reasons)
        known = _lines(source)
        self.lines = tuple(_line(known, reason.place) for reason in reasons)
        self.mistakes = self.said(DEFAULT_LANGUAGE)
        super().__init__("\n".join(self.mistakes))

    def said(self, language: str) -> list[str]:
        return [
            f"{_placed(reason.place, line)}{say(reason.message, language)}"
            f" → {say(reason.remedy, language)}"
            for reason, line in zip(self.reasons, self.lines, strict=True)
        ]


def _placed(place: str, line: int | None) -> str:
    where = " ".join(filter(None, (place, f"(line {line})" if line else "")))
    return f"{where}: " if where else ""


@dataclass(frozen=True)
class Draft:
    """``file``: what could be read. ``unsure``: keys of statuses that could not wholly be."""

    file: WorkflowFile
    mistakes: tuple[Reason, ...] = ()
    unsure: frozenset[str] = frozenset()


def toml(source: str) -> dict[str, Any]:
    """Raises WorkflowMistakes with the one mistake that a broken TOML file tells."""
    refuse_beyond(written_bounds(source))
    try:
        read = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise WorkflowMistakes([_syntax(str(error))], source) from error
    except (RecursionError, ValueError) as error:
        # of a number with too many digits Python says a ValueError
        deep = isinstance(error, RecursionError)
        raise WorkflowMistakes([too_deep() if deep else too_long_number()]) from error
    refuse_beyond(value_bounds(read))
    return read


def refuse_beyond(found: Iterator[Reason]) -> None:
    """Raise WorkflowMistakes with the first bound that is passed, if one is."""
    if (first := next(found, None)) is not None:
        raise WorkflowMistakes([first])


def _syntax(said: str) -> Reason:
    return Reason(
        "toml_syntax",
        text("The file is not TOML: %(error)s.", error=said),
        text("Fix that line; the rest is checked after it."),
    )


def draft(data: Mapping[str, Any]) -> Draft:
    """What of ``data`` has the shape of a workflow, and a mistake for everything that has not."""
    return _Reader(data).draft()


Row = TypeVar("Row", bound=Strict)


class _Reader:
    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.mistakes: list[Reason] = []
        self.unsure: set[str] = set()

    def draft(self) -> Draft:
        sections = {name for name in WorkflowFile.model_fields if name not in Head.model_fields}
        top = {key: value for key, value in self.data.items() if key not in sections}
        head = self._read(Head, top, "")
        for name in ("entry", "status"):
            if not self.data.get(name):
                self.mistakes.append(_missing(name))
        matrix = self.data.get("by_hand")
        file = WorkflowFile.model_construct(
            **(head.model_dump() if head else {"key": "", "titles": {}}),
            entry=self._rows(EntryRow, "entry", EntryRow.model_construct(status="")),
            status=self._rows(Status, "status", None),
            line_status=self._rows(LineStatus, "line_status", None),
            action=self._rows(ActionRow, "action", None),
            by_hand=None if matrix is None else self._read(ByHand, matrix, "by_hand"),
            transition=self._rows(
                TransitionRow, "transition", TransitionRow.model_construct(from_=())
            ),
        )
        return Draft(file, tuple(self.mistakes), frozenset(self.unsure))

    def _rows(self, model: type[Row], section: str, blank: Row | None) -> tuple[Row, ...]:
        """Unreadable rows are ``blank``, so that the others keep their places, or left out."""
        written = self.data.get(section, [])
        rows = [written] if isinstance(written, Mapping) else written
        if not isinstance(rows, list | tuple):
            tables = text("tables, each headed %(head)s", head=f"[[{section}]]")
            self.mistakes.append(_unfit(section, rows, tables))
            return ()
        read = (
            self._read(model, row, f"{section}.{_name(row, number)}") or blank
            for number, row in enumerate(rows)
        )
        return tuple(row for row in read if row is not None)

    def _read(self, model: type[Row], written: object, place: str) -> Row | None:
        """The row, without those of its keys that are wrong; None where it needs them."""
        try:
            return model.model_validate(written)
        except ValidationError as error:
            for details in error.errors():
                self.mistakes += _mistakes(model, details, place)
            wrong = {details["loc"][0] for details in error.errors() if details["loc"]}
        return self._without(model, written, wrong)

    def _without(self, model: type[Row], written: object, wrong: set[int | str]) -> Row | None:
        kept = dict(written) if isinstance(written, Mapping) else {}
        for key in wrong:
            kept.pop(key, None)
        if model is Status and isinstance(kept.get("key"), str):
            self.unsure.add(kept["key"])
            kept = {**LOOKS_LIKE_NOTHING, "titles": _called(kept["key"]), **kept}
        try:
            return model.model_validate(kept)
        except ValidationError:
            return None


# stands in for what is wrong with a status, so that rows may still name it
LOOKS_LIKE_NOTHING = {
    "stage": Stage.OPEN,
    "tone": Tone.MUTE,
    "shape": Shape.RING,
}


def _called(key: str) -> dict[str, str]:
    return dict.fromkeys(LANGUAGES, key)


def _name(row: object, number: int) -> str:
    key = row.get("key") if isinstance(row, Mapping) else None
    return key if isinstance(key, str) and key else str(number)


def _missing(place: str) -> Reason:
    return Reason(
        "missing_key",
        text("“%(key)s” is missing.", key=place.rpartition(".")[2]),
        text("Add it; a workflow needs it."),
        place,
    )


def _unfit(place: str, value: object, said: object) -> Reason:
    return Reason(
        "wrong_value",
        text("%(value)s can’t be used here.", value=shortened(repr(value))),
        text("What belongs here: %(said)s.", said=said),
        place,
    )


# what belongs where pydantic complains of something else
TABLE = text("a table of keys and values")
LIST = text("text in quotes, or a list of such texts")
BELONGS: Mapping[str, Text] = {
    "bool_type": text("true or false, without quotes"),
    "dict_type": TABLE,
    "mapping_type": TABLE,
    "model_type": TABLE,
    "string_type": text("text in quotes"),
    "too_long": text("At most %(most)s", most=MAX_NAMED),
    "tuple_type": LIST,
}


def _belongs(error: ErrorDetails) -> object:
    if error["type"] == "enum":
        return AnyOf(re.findall(r"'(\w+)'", error["ctx"]["expected"]))
    return BELONGS.get(error["type"], error["msg"])


def _mistakes(model: type[Strict], error: ErrorDetails, place: str) -> Iterator[Reason]:
    """What one complaint of pydantic means, for people."""
    where = ".".join(filter(None, (place, *map(str, error["loc"]))))
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            yield _missing(where)
        case "extra_forbidden":
            yield Reason(
                "unknown_key",
                text("“%(key)s” has no meaning here.", key=shortened(str(error["loc"][-1]))),
                text("Remove it, or use one of: %(names)s.", names=_keys(model)),
                where,
            )
        case "missing_translation":
            for language in context["languages"]:
                yield Reason(
                    "missing_translation",
                    text("The title in %(language)s is missing.", language=language),
                    text("Write the title in each of: %(names)s.", names=LANGUAGES),
                    where,
                )
        case "string_pattern_mismatch":
            yield Reason(
                "bad_key",
                text("“%(key)s” is not a valid key.", key=shortened(str(error["input"]))),
                text(
                    "Start with a lowercase letter, followed by lowercase letters,"
                    " digits and _, up to 63 in all."
                ),
                where,
            )
        case _:
            yield _unfit(where, error["input"], _belongs(error))


def _keys(model: type[Strict]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


HEADER = re.compile(r"\s*(\[\[?)([\w.]+)\]")
ASSIGNED = re.compile(r"\s*(\w+)\s*=\s*(?:\"([^\"]*)\")?")


def _line(lines: Mapping[str, int], place: str) -> int | None:
    """The line of ``place`` in TOML, or of the nearest thing around it; None where it is none's."""
    while place:
        if place in lines:
            return lines[place]
        place = place.rpartition(".")[0]
    return None


def _lines(source: str) -> Mapping[str, int]:
    """``status.0.stage`` and, where the row has a key, ``status.paid.stage`` → line."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    names: list[str] = [""]
    for number, line in enumerate(source.splitlines(), start=1):
        if header := HEADER.match(line):
            brackets, table = header.groups()
            counts[table] = counts.get(table, -1) + 1
            names = [f"{table}.{counts[table]}", *([table] if brackets == "[" else [])]
            found.update(dict.fromkeys(names, number))
        elif assigned := ASSIGNED.match(line):
            key, value = assigned.groups()
            if key == "key" and value and names != [""]:
                names = [*names, f"{names[0].rpartition('.')[0]}.{value}"]
                found.setdefault(names[-1], number)
            for name in names:
                found.setdefault(f"{name}.{key}".lstrip("."), number)
    return found

"""How settings are changed: compared with what was there, logged, and never overwritten unseen.

Each noun has its *details*, a frozen dataclass of plain values as people type them. The details of
a row fill its form, tell whether somebody changed it since, and say in the log what became of it.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, TypeVar

from billing_panel.kernel.language.errors import Conflict
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.bounded_parsing import json_object
from billing_panel.kernel.values.secret_fingerprints import digest

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

D = TypeVar("D", bound="DataclassInstance")
T = TypeVar("T")


def state_of(details: "DataclassInstance", hidden: Collection[str] = ()) -> str:
    """What a form carries to tell which state it was filled from: the details as JSON.

    Without the fields ``hidden``, which whoever fills it may neither see nor change.
    """
    return json.dumps(_seen(details, hidden), sort_keys=True, ensure_ascii=False)


def version_of(details: "DataclassInstance", hidden: Collection[str] = ()) -> int:
    """The number by which a program says which state it saw: one for each state, from 1 to 2⁵².

    So it is a whole number in JavaScript as well. What changes and changes back has it again.
    """
    return int(digest(_seen(details, hidden))[:13], 16) + 1


def refuse_stale(now: "DataclassInstance", seen: str | None, hidden: Collection[str] = ()) -> None:
    """Raise Conflict ``changed_meanwhile`` unless ``now`` was ``seen``; None: nobody asks.

    What becomes of ``hidden`` fields is no news to whoever may not see them.
    """
    if seen is not None and seen != state_of(now, hidden):
        raise Conflict(
            text(
                "Someone changed this while you were typing; nothing is saved yet."
                " Compare, then save again."
            ),
            code="changed_meanwhile",
        )


def differences(before: "DataclassInstance", after: "DataclassInstance") -> Mapping[str, Any]:
    """``{field: [before, after]}`` of the fields that differ, for the log."""
    old, new = _plain(asdict(before)), _plain(asdict(after))
    return {name: [old[name], new[name]] for name in new if old[name] != new[name]}


def merged(now: D, typed: D, seen: str) -> tuple[D, Mapping[str, Any]]:
    """Of two who changed the same thing since ``seen``: ``now`` with what the second typed in it.

    And what the first changed, by field, as it is now. What ``seen`` leaves out stays as it is.
    """
    there, mine, base = _plain(asdict(now)), _plain(asdict(typed)), read_state(seen)
    if base:
        mine = {name: value for name, value in mine.items() if name in base}
        there = {name: value for name, value in there.items() if name in base}
    own = {name: getattr(typed, name) for name in mine if mine[name] != base.get(name)}
    theirs = {name: there[name] for name in there if there[name] != base.get(name)}
    return replace(now, **own), theirs


def merged_sets(base: frozenset[T], typed: frozenset[T], now: frozenset[T]) -> frozenset[T]:
    """``now`` with what ``typed`` has more, and without what it has less, than ``base``."""
    return (now - (base - typed)) | (typed - base)


def read_state(seen: str) -> Mapping[str, Any]:
    """What ``state_of`` wrote; empty when it was tampered with: both then changed everything."""
    return json_object(seen) or {}


def _seen(details: "DataclassInstance", hidden: Collection[str]) -> Mapping[str, Any]:
    plain = _plain(asdict(details))
    return {name: value for name, value in plain.items() if name not in hidden}


def _plain(value: Any) -> Any:
    match value:
        case str() | int() | None:
            return value
        case dict():
            return {key: _plain(inside) for key, inside in value.items()}
        case list() | tuple():
            return [_plain(inside) for inside in value]
        case _:
            return str(value)

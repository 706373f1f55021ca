"""How a change of settings is made: what was there is compared, kept in the log, and not lost.

Each noun has its *details*, a frozen dataclass of plain values as people type them. The details of
a row fill its form, tell whether somebody changed it since, and say in the log what became of it.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from billing_panel.kernel.errors import Conflict
from billing_panel.kernel.ids import digest
from billing_panel.kernel.text import text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def mark_of(details: "DataclassInstance") -> str:
    """What a form carries to tell which state it was filled from."""
    return digest(asdict(details))


def refuse_stale(now: "DataclassInstance", seen: str | None) -> None:
    """Raise Conflict ``changed_meanwhile`` unless ``now`` was ``seen``; None: nobody asks."""
    if seen is not None and seen != mark_of(now):
        raise Conflict(
            text(
                "Somebody changed this while you were typing; nothing is saved yet. "
                "Compare, then save again."
            ),
            code="changed_meanwhile",
        )


def differences(before: "DataclassInstance", after: "DataclassInstance") -> Mapping[str, Any]:
    """``{field: [before, after]}`` of the fields that differ, for the log."""
    old, new = asdict(before), asdict(after)
    return {name: [_plain(old[name]), _plain(new[name])] for name in new if old[name] != new[name]}


def _plain(value: object) -> object:
    match value:
        case str() | int() | bool() | None:
            return value
        case dict():
            return {key: _plain(inside) for key, inside in value.items()}
        case list() | tuple():
            return [_plain(inside) for inside in value]
        case _:
            return str(value)

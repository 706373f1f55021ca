"""A matrix whose changes are staged: reviewed in words, then saved.

Each cell that is On is sent as ``row>column``. ``reviewed`` says which cells were looked at, so
that nothing is saved unseen.
"""

from collections.abc import Iterable

from flask import request

from billing_panel.kernel.values.secret_fingerprints import digest

BETWEEN = ">"
MatrixCell = tuple[str, str]


def typed_cells() -> frozenset[MatrixCell]:
    """Read which cells were sent as On: (row, column)."""
    parts = (value.partition(BETWEEN) for value in request.form.getlist("cell"))
    return frozenset((row, column) for row, _, column in parts)


def mark_of(cells: Iterable[MatrixCell]) -> str:
    """Digest the cells, whatever their order."""
    return digest({"cells": sorted(cells)})


def is_saved(cells: Iterable[MatrixCell]) -> bool:
    """The button *Save* was pressed, on a page that had told these very cells."""
    is_reviewed = request.form.get("reviewed") == mark_of(cells)
    return request.form.get("do") == "save" and is_reviewed

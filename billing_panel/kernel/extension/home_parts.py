"""What plugins bring to the first page: what waits for a person, and for the owner plain charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from billing_panel.kernel.language.text import Text, Titles


@dataclass(frozen=True)
class Waiting:
    """Things of one kind that wait for whoever looks, one click away from their list.

    ``count``: at least one; ``most``: nobody counted further. ``since``: since when the oldest of
    them waits. ``note``: whose they are, or what is done with them. ``urgent``: something is late.
    """

    title: Text | Titles
    count: int
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    most: bool = False
    since: datetime | None = None
    note: Text | Titles | str = ""
    urgent: bool = False


@dataclass(frozen=True)
class Bar:
    """``size``: how long it is drawn; ``said``: what it comes to. ``endpoint``: the list behind."""

    label: Text | Titles | str
    size: int
    said: str
    endpoint: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Chart:
    """Bars beside each other under a title; ``measured``: what stands behind each."""

    title: Text
    measured: Text
    bars: Sequence[Bar]


HomePart = Waiting | Chart

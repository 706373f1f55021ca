"""Where lines meet the boxes of a graph: each at its own place, with room for its label. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from plugins.orders.drawing.graph_layers import Item, Lane, Layers, Link

PORT = 22.0
LABEL_GAP = 7.0

Side = tuple[Item, bool]  # an item, and whether its lower side is meant
Ports = Mapping[Side, Mapping[Lane, float]]


def ports_of(layers: Layers) -> Ports:
    """From the middle of each side to the places at which lines meet it."""
    found: dict[Side, dict[Lane, float]] = {}
    for number, items in enumerate(layers.items):
        for lower in (True, False):
            gap = number if lower else number - 1
            links = layers.links[gap] if 0 <= gap < len(layers.links) else []
            neighbours = layers.items[gap + 1 if lower else gap] if links else []
            around = {item: at for at, item in enumerate(neighbours)}
            own = by_item(links, lower=lower)
            for item in items:
                found[item, lower] = _offsets(_by_port(own.get(item, ()), around, lower=lower))
    return found


def by_item(links: Iterable[Link], *, lower: bool) -> Mapping[Item, Sequence[Link]]:
    """Those that meet the ``lower`` side of each item, or its upper side."""
    found: dict[Item, list[Link]] = {}
    for link in links:
        found.setdefault(link.upper if lower else link.lower, []).append(link)
    return found


def _by_port(
    links: Iterable[Link], around: Mapping[Item, int], *, lower: bool
) -> list[tuple[Lane, float]]:
    """The ports of one side from left to right, each with the room it needs to its right.

    ``links``: those that meet it.
    """
    ends: dict[Lane, list[int]] = {}
    room: dict[Lane, float] = {}
    for link in links:
        port = link.port(lower=lower)
        ends.setdefault(port, []).append(around[link.lower if lower else link.upper])
        width = link.line.label_width if lower and link.begins else 0.0
        room[port] = max(PORT, width + LABEL_GAP + 10.0 if width else 0.0)
    return [(port, room[port]) for port in sorted(ends, key=lambda port: fmean(ends[port]))]


def _offsets(ports: Sequence[tuple[Lane, float]]) -> dict[Lane, float]:
    at = -sum(room for _, room in ports[:-1]) / 2
    found = {}
    for port, room in ports:
        found[port] = at
        at += room
    return found

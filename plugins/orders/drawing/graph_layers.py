"""The layers of a graph drawn from above down, and the order within each. Pure.

1. Layers: each box below all that lead to it; a line that leads back counts as its reverse.
2. A line over several layers passes each in a lane; lines to the same box share their lanes.
3. The order within a layer is the one with the fewest crossings that sweeping and swapping find.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

SWEEPS = 24
# Links looked at while an order is sought. The shipped workflows take less than a tenth of it; what
# takes more is so large that a few crossings more change nothing.
EFFORT = 100_000


@dataclass(frozen=True)
class Line:
    """From one box to another. ``label_width`` and ``label_height``: 0 when it has no label."""

    source: str
    target: str
    label_width: float = 0.0
    label_height: float = 0.0


Lane = tuple[str, ...]
# a box by its name, or a lane
Item = str | Lane


@dataclass(frozen=True)
class Link:
    """A piece of a line between neighbouring layers.

    Links of one ``bundle`` lead to the same place and may run together. ``begins``: it leaves a
    box here. ``backward``: the line leads up.
    """

    upper: Item
    lower: Item
    bundle: Lane
    line: Line
    begins: bool
    backward: bool

    def port(self, *, lower: bool) -> Lane:
        """Where it meets the lower side of ``upper``, or the upper side of ``lower``.

        Lines into a box from above share one port; each other line has its own.
        """
        return self.bundle if lower or self.backward else ("in",)


@dataclass
class Layers:
    """``links[n]`` join ``items[n]`` to ``items[n + 1]``; ``looked_at``: so many of them so far."""

    items: list[list[Item]]
    links: list[list[Link]]
    looked_at: int = 0

    @property
    def tired(self) -> bool:
        """Whether enough links were looked at to leave the order as it is."""
        return self.looked_at > EFFORT

    def crossings(self) -> int:
        return sum(self.crossings_below(number) for number in range(len(self.links)))

    def crossings_around(self, number: int) -> int:
        gaps = range(max(number - 1, 0), min(number + 1, len(self.links)))
        return sum(self.crossings_below(gap) for gap in gaps)

    def crossings_below(self, number: int) -> int:
        self.looked_at += len(self.links[number])
        upper = {item: at for at, item in enumerate(self.items[number])}
        lower = {item: at for at, item in enumerate(self.items[number + 1])}
        ports: dict[tuple[Item, Lane], list[int]] = {}
        for link in self.links[number]:
            ports.setdefault((link.lower, link.port(lower=False)), []).append(upper[link.upper])
        in_order = sorted(ports, key=lambda port: (lower[port[0]], fmean(ports[port])))
        ends = ((begin, end) for end, port in enumerate(in_order) for begin in ports[port])
        return _crossing(ends)


def _crossing(ends: Iterable[tuple[int, int]]) -> int:
    """How many lines cross that lead from one place each to another."""
    count = 0
    passed: list[int] = []
    for _, end in sorted(ends):
        count += len(passed) - bisect_right(passed, end)
        insort(passed, end)
    return count


def layers_of(names: Sequence[str], lines: Sequence[Line], starts: Iterable[str]) -> Layers:
    """``names`` of the boxes settle doubts by their order; ``starts`` are looked from first."""
    back = _leading_back(names, lines, starts)
    ranks = _ranks(names, lines, back)
    items: list[list[Item]] = [[] for _ in range(max(ranks.values()) + 1)]
    for name in names:
        items[ranks[name]].append(name)
    layers = Layers(items, [[] for _ in items[1:]])
    joined: set[Item | tuple[Item, Item]] = set()
    for line in lines:
        _add(layers, line, ranks, joined, backward=(line.source, line.target) in back)
    _put_in_order(layers)
    return layers


def _leading_back(
    names: Sequence[str], lines: Sequence[Line], starts: Iterable[str]
) -> set[tuple[str, str]]:
    """Lines to a box that one is on the way from."""
    back: set[tuple[str, str]] = set()
    on_the_way: dict[str, bool] = {}

    leaving: dict[str, list[Line]] = {}
    for line in lines:
        leaving.setdefault(line.source, []).append(line)

    def visit(name: str) -> None:
        on_the_way[name] = True
        for line in leaving.get(name, ()):
            if on_the_way.get(line.target):
                back.add((name, line.target))
            elif line.target not in on_the_way:
                visit(line.target)
        on_the_way[name] = False

    for name in (*starts, *names):
        if name not in on_the_way:
            visit(name)
    return back


def _ranks(
    names: Sequence[str], lines: Sequence[Line], back: set[tuple[str, str]]
) -> dict[str, int]:
    """By the longest way to each."""
    ranks = dict.fromkeys(names, 0)
    for _ in names:
        for line in lines:
            backward = (line.source, line.target) in back
            upper, lower = _ends(line, backward=backward)
            ranks[lower] = max(ranks[lower], ranks[upper] + 1)
    return ranks


def _ends(line: Line, *, backward: bool) -> tuple[str, str]:
    return (line.target, line.source) if backward else (line.source, line.target)


def _add(
    layers: Layers,
    line: Line,
    ranks: Mapping[str, int],
    joined: set[Item | tuple[Item, Item]],
    *,
    backward: bool,
) -> None:
    """``joined``: the lanes there are, and the items that links join."""
    upper, lower = _ends(line, backward=backward)
    bundle = ("back", upper, lower) if backward else ("to", lower)
    chain: list[Item] = [upper]
    for rank in range(ranks[upper] + 1, ranks[lower]):
        lane: Lane = (*bundle, str(rank))
        if lane not in joined:
            joined.add(lane)
            layers.items[rank].append(lane)
        chain.append(lane)
    for number, (one, other) in enumerate(pairwise((*chain, lower))):
        if not number or (one, other) not in joined:
            joined.add((one, other))
            links = layers.links[ranks[upper] + number]
            links.append(Link(one, other, bundle, line, not number, backward))


def _put_in_order(layers: Layers) -> None:
    best, fewest = [[*items] for items in layers.items], layers.crossings()
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        count = len(layers.items)
        for number in range(1, count) if downwards else range(count - 2, -1, -1):
            _towards_neighbours(layers, number, downwards=downwards)
        _swap(layers)
        if (found := layers.crossings()) < fewest:
            best, fewest = [[*items] for items in layers.items], found
        if layers.tired:
            break
    layers.items[:] = best


def _towards_neighbours(layers: Layers, number: int, *, downwards: bool) -> None:
    """Sort by the middle of the neighbours in the layer that was sorted before."""
    links = layers.links[number - 1 if downwards else number]
    neighbours = layers.items[number - 1 if downwards else number + 1]
    around = {item: at for at, item in enumerate(neighbours)}
    ends: dict[Item, list[int]] = {}
    for link in links:
        here, there = (link.lower, link.upper) if downwards else (link.upper, link.lower)
        ends.setdefault(here, []).append(around[there])
    before = {item: at for at, item in enumerate(layers.items[number])}
    layers.items[number].sort(key=lambda item: fmean(ends.get(item, [before[item]])))


def _swap(layers: Layers) -> None:
    """Swap neighbours as long as it takes crossings away."""
    better = True
    while better:
        better = False
        for number, items in enumerate(layers.items):
            fewest = layers.crossings_around(number)
            for at in range(len(items) - 1):
                if layers.tired:
                    return
                items[at], items[at + 1] = items[at + 1], items[at]
                if (found := layers.crossings_around(number)) < fewest:
                    fewest, better = found, True
                else:
                    items[at], items[at + 1] = items[at + 1], items[at]

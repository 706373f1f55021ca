"""Where the boxes, lines and labels of a graph go. Pure.

Every line leaves a box at a place of its own with its label to its right, where no line turns; it
turns only below all labels of its layer. So no label is ever on a line. Lengths are in pixels.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, permutations
from math import inf

from plugins.orders.drawing.graph_layers import Item, Lane, Layers, Line, Link, layers_of
from plugins.orders.drawing.graph_ports import LABEL_GAP, PORT, Ports, Side, by_item, ports_of

GAP = 26.0
LANE = 10.0
TRACK = 12.0
TURN = 14.0
LEVELLINGS = 60
STRAIGHTENINGS = 4
MAX_PERMUTED = 6


@dataclass(frozen=True)
class Size:
    """In pixels."""

    width: float
    height: float


@dataclass(frozen=True)
class Point:
    """In pixels, from the upper left."""

    x: float
    y: float


@dataclass(frozen=True)
class Place:
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Route:
    """A piece of a line, from one layer to the next; ``begins``: from its box.

    ``arrow``: ``end`` where it leads into a box, ``begin`` where it leads back up into one.
    Routes with equal ``bundle`` lead to the same place and may run together.
    """

    line: Line
    points: tuple[Point, ...]
    arrow: str
    bundle: tuple[str, ...]
    begins: bool


@dataclass(frozen=True)
class Laid:
    """``labels``: the room of each line's label."""

    places: Mapping[str, Place]
    routes: tuple[Route, ...]
    labels: Mapping[Line, Place]
    size: Size


def lay_out(sizes: Mapping[str, Size], lines: Sequence[Line], starts: Iterable[str]) -> Laid:
    """``sizes``: of each box, by its name. ``starts``: the boxes everything begins at."""
    layers = layers_of([*sizes], lines, starts)
    level = _Level(layers, ports_of(layers), sizes)
    for turn in range(LEVELLINGS):
        level.pull(downwards=turn % 2 == 0)
    level.straighten()
    return _Drawing(layers, level, sizes).laid()


# --- where items stand in their layers ----------------------------------------------------------


@dataclass
class _Level:
    layers: Layers
    ports: Ports
    sizes: Mapping[str, Size]
    x: dict[Item, float] = field(default_factory=dict)
    rank: dict[Item, int] = field(default_factory=dict)
    at: dict[Item, int] = field(default_factory=dict)
    met: dict[Side, Sequence[Link]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, items in enumerate(self.layers.items):
            self.rank.update(dict.fromkeys(items, number))
            self.at.update({item: at for at, item in enumerate(items)})
        for links in self.layers.links:
            for lower in (True, False):
                own = by_item(links, lower=lower)
                self.met.update({(item, lower): met for item, met in own.items()})
        for items in self.layers.items:
            for item, at in zip(items, self._apart(items), strict=True):
                self.x[item] = at

    def width(self, item: Item) -> float:
        """Of the box itself: no narrower than its ports."""
        if not isinstance(item, str):
            return LANE
        sides = [self.ports[item, lower].values() for lower in (True, False)]
        span = max((max(at) - min(at) for at in sides if at), default=0.0)
        return max(self.sizes[item].width, span + PORT)

    def at_port(self, item: Item, link: Link, *, lower: bool) -> float:
        return self.x[item] + self.ports[item, lower].get(link.port(lower=lower), 0.0)

    def right(self, item: Item) -> float:
        """From the middle of ``item`` as far as it or a label of its lines reaches."""
        labels = (
            self.ports[item, True][link.bundle] + LABEL_GAP + link.line.label_width
            for link in self._links(item, lower=True)
            if link.begins
        )
        return max(self.width(item) / 2, *labels, 0.0)

    def _links(self, item: Item, *, lower: bool) -> Sequence[Link]:
        return self.met.get((item, lower), ())

    def pull(self, *, downwards: bool) -> None:
        """Move every item to where its lines bend least, as far as its neighbours let it."""
        numbers = range(len(self.layers.items))
        for number in numbers if downwards else reversed(numbers):
            items = self.layers.items[number]
            apart = self._apart(items)
            wanted = [self._wanted(item) for item in items]
            free = _rising([(w - a, g) for (w, g), a in zip(wanted, apart, strict=True)])
            for item, value, at in zip(items, free, apart, strict=True):
                self.x[item] = value + at

    def _apart(self, items: Sequence[Item]) -> list[float]:
        """The middles of the items when they stand as close as they may."""
        found = [0.0]
        for one, other in pairwise(items):
            found.append(found[-1] + self.right(one) + GAP + self.width(other) / 2)
        return found

    def _wanted(self, item: Item) -> tuple[float, float]:
        """Where its lines would be straight on the whole, and how much that matters."""
        wants = self._straight(item)
        total = sum(weight for _, weight in wants)
        if not total:
            return self.x[item], 0.1
        return sum(want * weight for want, weight in wants) / total, total

    def _straight(self, item: Item) -> list[tuple[float, float]]:
        """For each line of ``item`` where it would be straight, and how much that matters."""
        return [
            (self.x[item] + self._other_end(link, lower=lower), _weight(link))
            for lower in (False, True)
            for link in self._links(item, lower=lower)
        ]

    def _other_end(self, link: Link, *, lower: bool) -> float:
        """How far right of its end at the ``lower`` side the other end of ``link`` lies."""
        upper_x = self.at_port(link.upper, link, lower=True)
        lower_x = self.at_port(link.lower, link, lower=False)
        return lower_x - upper_x if lower else upper_x - lower_x

    def straighten(self) -> None:
        """Take out bends that were left for nothing: lanes of one line first, then box by box."""
        for _ in range(STRAIGHTENINGS):
            for chain in self._chains():
                self._align(chain)
            for items in self.layers.items:
                for item in items:
                    self._snap(item)

    def _chains(self) -> list[list[Item]]:
        """The lanes of each line, from above down."""
        found: dict[Lane, list[Item]] = {}
        for items in self.layers.items:
            for item in items:
                if not isinstance(item, str):
                    found.setdefault(item[:-1], []).append(item)
        return [*found.values()]

    def _align(self, chain: Sequence[Item]) -> None:
        """All lanes one below the other, where that is possible and moves them least."""
        wanted = {want for item in chain for want, _ in self._straight(item)}
        wanted |= {self.x[item] for item in chain}
        rooms = [self._room(item) for item in chain]
        free = [x for x in wanted if all(left <= x <= right for left, right in rooms)]
        if free:
            best = min(free, key=lambda x: (sum(abs(x - self.x[item]) for item in chain), x))
            self.x.update(dict.fromkeys(chain, best))

    def _snap(self, item: Item) -> None:
        """To where more of its lines are straight."""
        left, right = self._room(item)
        wants = self._straight(item)

        def straight(x: float) -> float:
            return sum(weight for want, weight in wants if abs(want - x) < 1.0)

        free = [want for want, _ in wants if left <= want <= right]
        best = max(free, key=lambda x: (straight(x), -abs(x - self.x[item])), default=self.x[item])
        if straight(best) > straight(self.x[item]):
            self.x[item] = best

    def _room(self, item: Item) -> tuple[float, float]:
        """How far to the left and to the right it may move, as its neighbours stand."""
        items = self.layers.items[self.rank[item]]
        at = self.at[item]
        left, right = -inf, inf
        if at:
            before = items[at - 1]
            left = self.x[before] + self.right(before) + GAP + self.width(item) / 2
        if at + 1 < len(items):
            after = items[at + 1]
            right = self.x[after] - self.width(after) / 2 - GAP - self.right(item)
        return left - 0.01, right + 0.01


def _weight(link: Link) -> float:
    """A bend in a long line is worse than one at its ends."""
    lanes = sum(not isinstance(item, str) for item in (link.upper, link.lower))
    return (1.0, 3.0, 12.0)[lanes]


def _rising(values: Sequence[tuple[float, float]]) -> list[float]:
    """The nearest to the weighted values that never fall (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in values:
        pool = (value, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            before = pools.pop()
            total = before[1] + pool[1]
            mean = (before[0] * before[1] + pool[0] * pool[1]) / total
            pool = (mean, total, before[2] + pool[2])
        pools.append(pool)
    return [value for value, _, count in pools for _ in range(count)]


# --- lines --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Bus:
    """All links of one bundle in one gap: where they begin, and the one place they go to."""

    links: tuple[Link, ...]
    begins: tuple[float, ...]
    ends: float

    @property
    def left(self) -> float:
        return min(*self.begins, self.ends)

    @property
    def right(self) -> float:
        return max(*self.begins, self.ends)

    @property
    def straight(self) -> bool:
        return self.right - self.left < 1.0


@dataclass
class _Drawing:
    layers: Layers
    level: _Level
    sizes: Mapping[str, Size]
    routes: list[Route] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    labels: dict[Line, Place] = field(default_factory=dict)

    def laid(self) -> Laid:
        y = 0.0
        for number, items in enumerate(self.layers.items):
            high = max(self.sizes[item].height if isinstance(item, str) else 0.0 for item in items)
            for item in items:
                if isinstance(item, str):
                    self._place(item, y)
            y += high
            if number < len(self.layers.links):
                y = self._gap(number, y - high, y)
        return self._moved(y)

    def _place(self, item: str, y: float) -> None:
        width = self.level.width(item)
        x = self.level.x[item] - width / 2
        self.places[item] = Place(x, y, width, self.sizes[item].height)

    def _gap(self, number: int, top: float, y: float) -> float:
        """Lines of the gap below the layer from ``top`` to ``y``; where the next layer begins."""
        buses = _tracked(self._buses(number))
        begun = [link.line.label_height for bus in buses for link in bus.links if link.begins]
        turn = y + max(begun, default=0.0) + TURN
        bent = [bus for bus in buses if not bus.straight]
        end = turn + max(len(bent) - 1, 0) * TRACK + TURN + 6.0
        for bus in buses:
            for link, x in zip(bus.links, bus.begins, strict=True):
                self._route(link, Point(x, self._foot(link, top)), turn, Point(bus.ends, end))
            turn += 0.0 if bus.straight else TRACK
        return end

    def _foot(self, link: Link, top: float) -> float:
        """A line begins at the foot of its box, or passes the layer in its lane."""
        if not isinstance(link.upper, str):
            return top
        place = self.places[link.upper]
        return place.y + place.height

    def _route(self, link: Link, begin: Point, turn: float, end: Point) -> None:
        bends = (Point(begin.x, turn), Point(end.x, turn)) if abs(begin.x - end.x) >= 1.0 else ()
        points = (begin, *bends, end)
        arrow = "end" if isinstance(link.lower, str) else ""
        if link.backward:
            arrow = "begin" if link.begins else ""
        self.routes.append(Route(link.line, points, arrow, link.bundle, link.begins))
        if link.begins and link.line.label_height:
            width, height = link.line.label_width, link.line.label_height
            self.labels[link.line] = Place(begin.x + LABEL_GAP, begin.y + 5.0, width, height)

    def _buses(self, number: int) -> list[_Bus]:
        found: dict[Lane, list[Link]] = {}
        for link in self.layers.links[number]:
            found.setdefault(link.bundle, []).append(link)
        return [
            _Bus(
                tuple(links),
                tuple(self.level.at_port(link.upper, link, lower=True) for link in links),
                self.level.at_port(links[0].lower, links[0], lower=False),
            )
            for links in found.values()
        ]

    def _moved(self, height: float) -> Laid:
        """Everything moved so that it begins at 0."""
        rooms = (*self.places.values(), *self.labels.values())
        turns = [point.x for route in self.routes for point in route.points]
        left = min([*(room.x for room in rooms), *turns])
        right = max([*(room.x + room.width for room in rooms), *turns])
        return Laid(
            {name: _shifted(place, left) for name, place in self.places.items()},
            tuple(
                Route(
                    route.line,
                    tuple(Point(point.x - left, point.y) for point in route.points),
                    route.arrow,
                    route.bundle,
                    route.begins,
                )
                for route in self.routes
            ),
            {line: _shifted(place, left) for line, place in self.labels.items()},
            Size(right - left, height),
        )


def _shifted(place: Place, left: float) -> Place:
    return Place(place.x - left, place.y, place.width, place.height)


def _tracked(buses: list[_Bus]) -> list[_Bus]:
    """From above down, in the order in which their turns cross the fewest lines."""
    bent = [bus for bus in buses if not bus.straight]
    straight = [bus for bus in buses if bus.straight]
    if len(bent) > MAX_PERMUTED:
        return [*straight, *sorted(bent, key=lambda bus: bus.ends)]
    return [*straight, *min(permutations(bent), key=_turn_crossings)]


def _turn_crossings(buses: Sequence[_Bus]) -> int:
    count = 0
    for at, bus in enumerate(buses):
        for above in buses[:at]:
            count += sum(above.left < x < above.right for x in bus.begins)
            count += bus.left < above.ends < bus.right
    return count

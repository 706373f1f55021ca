"""What a picture of a workflow shows: boxes, frames around some, an arrow for each way. Pure.

Boxes share a frame when staff may set them by hand from one another, or when the same ways lead
out of them; then what leads out of each leads out of the frame. Steps inside a frame, and those
after which an order stays, are named in the boxes. So a dense matrix is one frame.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from billing_panel.kernel.language.text import Text, say, text
from billing_panel.kernel.values.actor import ActorKind
from plugins.orders.workflow.duration import duration_words
from plugins.orders.workflow.order_facts import BY_HAND
from plugins.orders.workflow.requirements import Fact
from plugins.orders.workflow.statuses.stage import ENDS, Stage
from plugins.orders.workflow.statuses.status import Status
from plugins.orders.workflow.workflow import Step, Workflow

MIN_BY_HAND = 3
MIN_WAYS = 2
# Of more nobody can follow one.
MAX_ARROWS = 300


@dataclass(frozen=True)
class Box:
    """One status. ``kind``: ``start``, ``end``, ``stop`` or nothing; ``notes``: small lines."""

    title: str
    kind: str
    notes: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True)
class Node:
    """What arrows join: one box, or a frame of several; ``title`` is the frame's."""

    key: str
    boxes: tuple[Box, ...]
    title: str = ""

    @property
    def framed(self) -> bool:
        return len(self.boxes) > 1


@dataclass(frozen=True)
class Arrow:
    """``labels``: the ways from ``source`` to ``target``. ``faint``: by hand alone."""

    source: str
    target: str
    labels: tuple[str, ...]
    faint: bool


@dataclass(frozen=True)
class Picture:
    """``description`` says every way in words."""

    title: str
    description: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]


def picture_of(workflow: Workflow, language: str) -> Picture:
    """Make the picture of a workflow, in words of ``language``."""
    return _Painter(workflow, language).picture()


class _Painter:
    def __init__(self, workflow: Workflow, language: str) -> None:
        self.workflow = workflow
        self.language = language
        self.by_hand = _by_hand_frames(workflow)
        self.frames = _same_ways_frames(workflow, self.by_hand) | self.by_hand
        self.from_all_over = _from_all_over(workflow)
        self.steps_to: dict[str, list[Step]] = {}
        for step in workflow.steps:
            self.steps_to.setdefault(step.target.key, []).append(step)
        self.node_of = {
            status.key: self.frames.get(status.key, status.key) for status in workflow.statuses
        }

    def picture(self) -> Picture:
        arrows = tuple(self._arrows())
        drawn = len(arrows) <= MAX_ARROWS
        return Picture(
            title=say(self.workflow.title, self.language),
            description=self._description(),
            nodes=tuple(self._nodes()) if drawn else (self._too_many(len(arrows)),),
            arrows=arrows if drawn else (),
        )

    def _too_many(self, number: int) -> Node:
        words = text(
            "A drawing can’t hold %(number)s arrows: see the table, which lists them all.",
            number=number,
        )
        return Node("too-many", (Box(say(words, self.language), ""),))

    def _nodes(self) -> Iterator[Node]:
        for key in dict.fromkeys(self.node_of.values()):
            members = [s for s in self.workflow.statuses if self.node_of[s.key] == key]
            boxes = tuple(self._box(status) for status in members)
            title = say(self._frame_title(key, members), self.language) if len(boxes) > 1 else ""
            yield Node(key, boxes, title)

    def _frame_title(self, key: str, members: Sequence[Status]) -> Text:
        if key not in self.by_hand.values():
            return text("lead on in the same ways")
        if _by_hand(self.workflow).issuperset(permutations([s.key for s in members], 2)):
            return text("can be set by hand from one another")
        return text("most can be set by hand from one another")

    def _box(self, status: Status) -> Box:
        starts = any(entry.status is status for entry in self.workflow.entries)
        return Box(
            title=say(status.title, self.language),
            kind="start" if starts else _kind(status),
            notes=tuple(self._notes(status)),
            enabled=status.enabled,
        )

    def _notes(self, status: Status) -> Iterator[str]:
        """``↻ Paid``: there it stays; ``← Paid``: from within the frame, or under a condition.

        ``⇐ Paid``: from all over, which would be as many arrows.
        """
        steps = self.steps_to.get(status.key, ())
        stays = [s for s in steps if s.stays]
        if labels := self._labels(s for s in steps if _way(s) in self.from_all_over):
            yield f"⇐ {' · '.join(labels)}"
        into = [s for s in steps if not s.stays and _way(s) not in self.from_all_over]
        inner = [s for s in into if self._is_inner(s)]
        for sign, steps in (("↻", stays), ("←", inner)):
            if labels := self._labels(steps):
                yield f"{sign} {' · '.join(labels)}"
        if status.is_delivered_in:
            yield say(self._delivered(status), self.language)
        if status.key in self.frames:
            when = dict.fromkeys(self._when(s) for s in into if s.when and not self._is_inner(s))
            yield from (f"← {words}" for words in when)

    def _delivered(self, status: Status) -> Text:
        asked = self.workflow.delivering[status.key]
        if not asked:
            return text("lines are delivered")
        facts = [say(one.requirement.title, self.language) for one in asked]
        return text("lines are delivered (%(facts)s)", facts=", ".join(facts))

    def _is_inner(self, step: Step) -> bool:
        return self.node_of[step.source.key] == self.node_of[step.target.key]

    def _arrows(self) -> Iterator[Arrow]:
        ways: dict[tuple[str, str], list[Step]] = {}
        for step in self.workflow.steps:
            way = (self.node_of[step.source.key], self.node_of[step.target.key])
            if way[0] != way[1] and _way(step) not in self.from_all_over:
                ways.setdefault(way, []).append(step)
        for (source, target), steps in ways.items():
            named = [step for step in steps if step.action != BY_HAND]
            framed = target in self.frames.values()
            labels = self._into_frame(steps) if framed else self._labels(named)
            yield Arrow(source, target, labels, faint=not named)

    def _into_frame(self, steps: Iterable[Step]) -> tuple[str, ...]:
        """Each action, and the box it leads to unless it leads to every one."""
        targets: dict[str, dict[str, str]] = {}
        for step in steps:
            label = self._label(step, when=False)
            meant = targets.setdefault(label, {})
            meant[step.target.key] = say(step.target.title, self.language)
        labels = []
        for label, meant in targets.items():
            frame = self.frames[next(iter(meant))]
            every = {key for key, name in self.frames.items() if name == frame}
            where = "" if meant.keys() == every else f"→ {', '.join(meant.values())}"
            labels.append(" ".join(filter(None, (label, where))))
        return tuple(filter(None, labels))

    def _labels(self, steps: Iterable[Step]) -> tuple[str, ...]:
        return tuple(filter(None, dict.fromkeys(self._label(step) for step in steps)))

    def _label(self, step: Step, *, when: bool = True) -> str:
        """Nothing for what is set by hand."""
        if step.action == BY_HAND:
            return ""
        if step.after:
            time = duration_words(step.after.after, self.language)
            return say(text("after %(time)s", time=time), self.language)
        action = say(self.workflow.actions[step.action], self.language)
        return f"{action} ({self._when(step)})" if when and step.when else action

    def _when(self, step: Step) -> str:
        facts = (asked.requirement for asked in step.when)
        return ", ".join(say(f.title, self.language) for f in facts if isinstance(f, Fact))

    def _description(self) -> str:
        ways: dict[tuple[str, str], list[str]] = {}
        by_hand = say(text("Set by hand"), self.language)
        for step in self.workflow.steps:
            ends = (step.source.title, step.target.title)
            way = (say(ends[0], self.language), say(ends[1], self.language))
            ways.setdefault(way, []).append(self._label(step) or by_hand)
        return "; ".join(
            f"{source} → {target}: {', '.join(dict.fromkeys(labels))}"
            for (source, target), labels in ways.items()
        )


def _way(step: Step) -> tuple[str, str, tuple[str, ...]]:
    return step.action, step.target.key, tuple(asked.written for asked in step.when)


def _from_all_over(workflow: Workflow) -> frozenset[tuple[str, str, tuple[str, ...]]]:
    """Ways that the system takes to one status from most of the others."""
    found = Counter(
        _way(step)
        for step in workflow.steps
        if not step.stays and all(permit.kind is ActorKind.SYSTEM for permit in step.by)
    )
    return frozenset(way for way, times in found.items() if times > len(workflow.statuses) // 2)


def _kind(status: Status) -> str:
    if status.stage not in ENDS:
        return ""
    return "stop" if status.stage is Stage.LOST else "end"


def _by_hand(workflow: Workflow) -> set[tuple[str, str]]:
    """(source, target) of each step set by hand."""
    return {(s.source.key, s.target.key) for s in workflow.steps if s.action == BY_HAND}


def _by_hand_frames(workflow: Workflow) -> dict[str, str]:
    """Status → the first of its frame, for those in one."""
    by_hand = _by_hand(workflow)
    group = {status.key: status.key for status in workflow.statuses}
    for source, target in sorted(by_hand):
        if (target, source) in by_hand:
            one, other = group[source], group[target]
            group = {key: one if name == other else name for key, name in group.items()}
    return _framed(group, MIN_BY_HAND)


def _same_ways_frames(workflow: Workflow, taken: Mapping[str, str]) -> dict[str, str]:
    """Status → the first of its frame, for those out of which the same ways lead."""
    ways: dict[str, set[tuple[str, str]]] = {}
    for step in workflow.steps:
        if not step.stays:
            ways.setdefault(step.source.key, set()).add((step.action, step.target.key))
    group = {
        key: repr(sorted(found))
        for key, found in ways.items()
        if key not in taken and len({target for _, target in found}) >= MIN_WAYS
    }
    in_order = {s.key: group[s.key] for s in workflow.statuses if s.key in group}
    return _framed(in_order, 2)


def _framed(group: Mapping[str, str], fewest: int) -> dict[str, str]:
    """``group``: status → the name of its group; those of at least ``fewest`` have a frame."""
    names = [*group.values()]
    first: dict[str, str] = {}
    for key, name in group.items():
        first.setdefault(name, key)
    return {key: first[name] for key, name in group.items() if names.count(name) >= fewest}

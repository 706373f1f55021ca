"""A workflow in words: the names of what a status can be, and its ways as sentences. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from billing_panel.kernel.language.text import Text, Titles, text
from billing_panel.kernel.values.actor import ActorKind
from plugins.orders.workflow.order_facts import BY_HAND
from plugins.orders.workflow.requirements import Asked
from plugins.orders.workflow.statuses.stage import Shape, Stage, StockMove, Tone
from plugins.orders.workflow.statuses.status import Status
from plugins.orders.workflow.workflow import Permit, Step, Workflow

STAGES: Mapping[Stage, Text] = {
    Stage.NEW: text("started"),
    Stage.OPEN: text("under way"),
    Stage.DONE: text("finished"),
    Stage.LOST: text("lost"),
}
TONES: Mapping[Tone, Text] = {
    Tone.MUTE: text("grey"),
    Tone.OK: text("green"),
    Tone.WARN: text("amber"),
    Tone.BAD: text("red"),
    Tone.INFO: text("blue"),
    Tone.VIOLET: text("violet"),
}
SHAPES: Mapping[Shape, Text] = {
    Shape.RING: text("a ring: not started"),
    Shape.HALF: text("a half: in progress"),
    Shape.FULL: text("a full dot: finished"),
}
STOCK_MOVES: Mapping[StockMove, Text] = {
    StockMove.HOLD: text("is reserved"),
    StockMove.TAKE: text("goes down"),
    StockMove.RETURN: text("comes back"),
}
NO_STOCK_MOVE = text("stays as it is")


@dataclass(frozen=True)
class Way:
    """What one row of a workflow means. ``target`` None: the order stays where it is.

    ``when``, ``requires`` and ``asks`` are in words; ``after``: the system does it after so long.
    """

    sources: tuple[Status, ...]
    target: Status | None
    action: Text | Titles
    by: tuple[Text, ...]
    when: tuple[Text, ...]
    requires: tuple[Text, ...]
    asks: tuple[Text, ...]
    effects: tuple[Text, ...]
    after: timedelta | None


def ways(workflow: Workflow, functions: Mapping[str, Text]) -> Sequence[Way]:
    """Each way but the plain ones by hand, those alike but for their source as one.

    ``functions``: titles of what staff may be asked to hold.
    """
    groups: dict[object, list[Step]] = {}
    for step in workflow.steps:
        if step.action != BY_HAND or step.fields or step.when or step.requires:
            groups.setdefault(_likeness(step), []).append(step)
    return [_way(workflow, steps, functions) for steps in groups.values()]


def _likeness(step: Step) -> object:
    """Equal for steps that one sentence can tell."""
    asked = (step.when, step.requires, step.asks)
    return (
        step.action,
        None if step.stays else step.target.key,
        step.by,
        tuple(tuple(one.written for one in part) for part in asked),
        step.effects,
        step.after.written if step.after else None,
    )


def _way(workflow: Workflow, steps: Sequence[Step], functions: Mapping[str, Text]) -> Way:
    step = steps[0]
    return Way(
        sources=tuple(one.source for one in steps),
        target=None if step.stays else step.target,
        action=workflow.actions[step.action],
        by=tuple(_who(step.by, functions)),
        when=tuple(_asked(one) for one in step.when),
        requires=tuple(_asked(one) for one in step.requires),
        asks=tuple(_asked(one) for one in step.asks),
        effects=tuple(workflow.effects[name].title for name in step.effects),
        after=step.after.after if step.after else None,
    )


def _who(by: Sequence[Permit], functions: Mapping[str, Text]) -> Iterator[Text]:
    for permit in by:
        match permit.kind:
            case ActorKind.CLIENT:
                yield text("the client themselves")
            case ActorKind.SYSTEM:
                yield text("the system itself")
            case ActorKind.STAFF:
                function = functions.get(permit.function or "", permit.function or "")
                yield text("staff who may: %(function)s", function=function)


def _asked(asked: Asked) -> Text:
    if not asked.argument:
        return asked.requirement.title
    return text("%(fact)s %(argument)s", fact=asked.requirement.title, argument=asked.argument)

"""What is wrong with the rows of a workflow file, each by itself. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import ActorKind
from plugins.orders.workflow.duration import parse_duration
from plugins.orders.workflow.file.single_transitions import ALLOWED, STAGE
from plugins.orders.workflow.file.workflow_file import TransitionRow
from plugins.orders.workflow.order_facts import DEADLINE
from plugins.orders.workflow.requirements import Fact, Field
from plugins.orders.workflow.review.file_under_review import ReviewedFile, status_known, unknown

REFUSED = "-"


def rows(reviewed: ReviewedFile) -> Iterator[Reason]:
    """Each row names what there is."""
    for number, row in enumerate(reviewed.file.transition):
        place = f"transition.{number}"
        yield from _sources(reviewed, row, f"{place}.from")
        if row.to is not None:
            yield from status_known(reviewed, row.to, f"{place}.to")
        for who in row.by:
            yield from _actor(reviewed, who, f"{place}.by")
        yield from _actions(reviewed, row, place)
        yield from asked_names(reviewed, row.requires, f"{place}.requires")
        yield from asked_names(reviewed, row.when, f"{place}.when", fields=False)
        yield from asked_names(reviewed, row.asks, f"{place}.asks", facts=False)
        yield from effect_names(reviewed, row.effects, f"{place}.effects")
        yield from _does_what_it_says(row, f"{place}.effects")
        yield from _deadline(row, place) if row.after is not None else _pressed(row, place)


MOVES_MONEY: Mapping[str, str] = {"pay": "take_payment", "refund": "refund"}


def _sources(reviewed: ReviewedFile, row: TransitionRow, place: str) -> Iterator[Reason]:
    for key in row.from_:
        if not key.startswith(STAGE):
            yield from status_known(reviewed, key, place)
        elif not any(s.stage == key.removeprefix(STAGE) for s in reviewed.file.status):
            stages = {STAGE + status.stage for status in reviewed.file.status}
            message = text("No status is in “%(stage)s”.", stage=key)
            yield unknown("unknown_stage", message, stages, place)


def _actor(reviewed: ReviewedFile, who: str, place: str) -> Iterator[Reason]:
    kind, colon, function = who.partition(":")
    if kind not in set(ActorKind) or (colon and kind != ActorKind.STAFF):
        names = (*ActorKind, "staff:FUNCTION")
        message = text("There is no one called “%(who)s”.", who=who)
        yield unknown("unknown_actor", message, names, place)
    elif colon and function not in reviewed.vocabulary.functions:
        message = text("There is no function “%(function)s”.", function=function)
        yield unknown("unknown_function", message, reviewed.vocabulary.functions, place)


def _actions(reviewed: ReviewedFile, row: TransitionRow, place: str) -> Iterator[Reason]:
    own = {action.key for action in reviewed.file.action}
    known = (reviewed.vocabulary.actions.keys() | own) - {DEADLINE}
    first = (row.first,) if row.first is not None else ()
    for key, action in (*(("action", a) for a in row.action), *(("first", a) for a in first)):
        if action not in known:
            yield Reason(
                "unknown_action",
                text("There is no action “%(action)s”.", action=action),
                text(
                    "Give it titles in an [[action]], or use one of: %(names)s.",
                    names=sorted(known),
                ),
                f"{place}.{key}",
            )


def asked_names(
    reviewed: ReviewedFile,
    written: Sequence[str],
    place: str,
    *,
    facts: bool = True,
    fields: bool = True,
) -> Iterator[Reason]:
    """``facts`` and ``fields``: which kinds of requirements may stand at ``place``."""
    known = {
        name: requirement
        for name, requirement in reviewed.vocabulary.requirements.items()
        if (facts and isinstance(requirement, Fact)) or (fields and isinstance(requirement, Field))
    }
    for asked in written:
        name, colon, argument = asked.partition(":")
        if name not in known:
            message = text("There is no such requirement here: “%(name)s”.", name=name)
            yield unknown("unknown_requirement", message, known, place)
            continue
        requirement = known[name]
        pattern = requirement.argument if isinstance(requirement, Fact) else ""
        if colon and not (pattern and re.fullmatch(pattern, argument)):
            example = requirement.example if isinstance(requirement, Fact) else ""
            yield Reason(
                "bad_argument",
                text("“%(argument)s” can’t follow “%(name)s”.", argument=argument, name=name),
                text("Write it like this: %(example)s.", example=example or name),
                place,
            )


def _does_what_it_says(row: TransitionRow, place: str) -> Iterator[Reason]:
    """Whoever pays or gives back counts on it that money moves."""
    for action, effect in MOVES_MONEY.items():
        if action in row.action and effect not in row.effects:
            yield Reason(
                "effect_needed",
                text(
                    "“%(action)s” must have the effect “%(effect)s”.",
                    action=action,
                    effect=effect,
                ),
                text("Add it to the effects, or rename the action."),
                place,
            )


def effect_names(reviewed: ReviewedFile, written: Sequence[str], place: str) -> Iterator[Reason]:
    """Each effect is known, and stands where it may."""
    for effect, times in Counter(written).items():
        if effect not in reviewed.vocabulary.effects:
            message = text("There is no effect “%(effect)s”.", effect=effect)
            yield unknown("unknown_effect", message, reviewed.vocabulary.effects, place)
        if times > 1:
            yield Reason(
                "effect_twice",
                text("“%(key)s” appears here %(times)s times.", key=effect, times=times),
                text("Name it once; it happens once."),
                place,
            )


def _deadline(row: TransitionRow, place: str) -> Iterator[Reason]:
    try:
        parse_duration(row.after or "")
    except ValueError:
        yield Reason(
            "bad_duration",
            text("“%(written)s” is not a valid duration.", written=row.after),
            text("Write weeks, days, hours and minutes as in ISO 8601: P3D, PT36H, P2W."),
            f"{place}.after",
        )
    if row.to is None or row.to in row.from_:
        yield Reason(
            "deadline_stays",
            text("A deadline must lead to another status."),
            text("Set “to” to the status the order moves to when time is up."),
            f"{place}.to",
        )
    for key in ("action", "by", "first", "requires", "asks", "when"):
        if getattr(row, key):
            yield Reason(
                "deadline_asks",
                text("A deadline acts on its own and can’t ask for input: “%(key)s”.", key=key),
                text("Remove it, or put it in a separate row without “after”."),
                f"{place}.{key}",
            )


def _pressed(row: TransitionRow, place: str) -> Iterator[Reason]:
    if row.from_ and not row.by:
        yield Reason(
            "nobody",
            text("No one may do this."),
            text(
                "Set “by” to who may do it: client, staff, staff:FUNCTION, system; one or several."
            ),
            f"{place}.by",
        )
    if row.first and (row.to is not None or not row.action):
        yield Reason(
            "first_alone",
            text("A row with “first” goes wherever its action leads from there."),
            text("Name the action, and leave “to” out."),
            f"{place}.first",
        )


def matrix(reviewed: ReviewedFile) -> Iterator[Reason]:
    """Statuses and actors of the matrix of hand-set statuses are known (P2)."""
    by_hand = reviewed.file.by_hand
    if by_hand is None:
        return
    for key in by_hand.to:
        yield from status_known(reviewed, key, "by_hand.to")
    for who in by_hand.by:
        yield from _actor(reviewed, who, "by_hand.by")
    for key, written in by_hand.from_.items():
        yield from status_known(reviewed, key, f"by_hand.from.{key}")
        yield from _cells(written.split(), len(by_hand.to), f"by_hand.from.{key}")


def _cells(cells: Sequence[str], columns: int, place: str) -> Iterator[Reason]:
    if len(cells) != columns:
        yield Reason(
            "matrix_row",
            text(
                "The row has %(cells)s marks, not %(columns)s.", cells=len(cells), columns=columns
            ),
            text("Use one mark for each status in “to”, with spaces between."),
            place,
        )
    if strange := sorted(set(cells) - {ALLOWED, REFUSED}):
        yield Reason(
            "matrix_mark",
            text("Use only + and - as marks: %(marks)s.", marks=strange),
            text("Use + where the status may be set by hand, and - where not."),
            place,
        )

"""What is wrong with a workflow file: every mistake, with its place and its cure. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from billing_panel.kernel.actor import ActorKind
from billing_panel.kernel.errors import Reason
from billing_panel.kernel.text import Text, text
from plugins.orders.rules.duration import parse_duration
from plugins.orders.rules.order_facts import BY_HAND, DEADLINE
from plugins.orders.rules.requirements import Fact, Field
from plugins.orders.rules.vocabulary import Vocabulary
from plugins.orders.rules.workflow import ENDS, SetBy, Stage, Status
from plugins.orders.rules.workflow_file import Draft, EntryRow, TransitionRow, WorkflowFile
from plugins.orders.rules.workflow_moves import ALLOWED, STAGE, Move, moves

REFUSED = "-"


def mistakes(draft: Draft, vocabulary: Vocabulary) -> tuple[Reason, ...]:
    """Those of its shape first, then those of its meaning; empty: it can be run."""
    judged = Judged(draft, vocabulary)
    found = (reason for rule in RULES for reason in rule(judged))
    return tuple(dict.fromkeys((*draft.mistakes, *found)))


@dataclass(frozen=True)
class Judged:
    """A file with what follows from it."""

    draft: Draft
    vocabulary: Vocabulary

    @property
    def file(self) -> WorkflowFile:
        return self.draft.file

    @cached_property
    def statuses(self) -> dict[str, Status]:
        return {status.key: status for status in self.file.status}

    @cached_property
    def moves(self) -> list[Move]:
        return moves(self.file)

    @cached_property
    def reached(self) -> set[str]:
        """Where orders may be. What is switched off counts: orders may be there since before."""
        ways: dict[str, set[str]] = {}
        for move in self.moves:
            ways.setdefault(move.source, set()).add(move.target or "")
        reached: set[str] = set()
        ahead = [row.status for row in self.file.entry]
        while ahead:
            key = ahead.pop()
            if key not in reached:
                reached.add(key)
                ahead += ways.get(key, ())
        return reached


def _unknown(code: str, message: Text, names: Iterable[str], place: str) -> Reason:
    return Reason(code, message, text("Write one of: %(names)s.", names=sorted(names)), place)


def keys_twice(judged: Judged) -> Iterator[Reason]:
    file = judged.file
    sections = (("status", file.status), ("line_status", file.line_status), ("action", file.action))
    for section, rows in sections:
        for key, times in Counter(row.key for row in rows).items():
            if times > 1:
                yield Reason(
                    "key_twice",
                    text("“%(key)s” stands here %(times)s times.", key=key, times=times),
                    text("Give each its own key."),
                    f"{section}.{key}",
                )


def line_statuses(judged: Judged) -> Iterator[Reason]:
    stages = [status.stage for status in judged.file.line_status]
    if stages and (stages[0] in ENDS or Stage.DONE not in stages):
        yield Reason(
            "line_statuses",
            text("Lines of an order could not begin, or could not be delivered."),
            text("Put a status of stage new first, and have one of stage done."),
            "line_status",
        )


def entries(judged: Judged) -> Iterator[Reason]:
    rows = judged.file.entry
    for number, row in enumerate(rows):
        place = "entry" if len(rows) == 1 else f"entry.{number}"
        last = number == len(rows) - 1
        yield from _entry_status(judged, row, place, last=last)
        yield from _names(judged, row.when, f"{place}.when", fields=False)
        yield from _effects(judged, row.effects, f"{place}.effects")
        if last == bool(row.when):
            yield Reason(
                "entry_order",
                text("The last entry is for every other order, and it alone has no conditions."),
                text("Give each entry but the last its conditions (when), and the last none."),
                f"{place}.when",
            )


def _entry_status(judged: Judged, row: EntryRow, place: str, *, last: bool) -> Iterator[Reason]:
    if not row.status:
        return
    yield from _status(judged, row.status, f"{place}.status")
    status = judged.statuses.get(row.status)
    if status and (status.stage in ENDS or (last and not status.enabled)):
        yield Reason(
            "bad_entry",
            text("A new order cannot begin as “%(status)s”.", status=status.title),
            text("Begin in a status that is switched on and of stage new or open."),
            f"{place}.status",
        )


def _status(judged: Judged, key: str, place: str) -> Iterator[Reason]:
    if key not in judged.statuses:
        message = text("There is no status “%(key)s”.", key=key)
        yield _unknown("unknown_status", message, judged.statuses, place)


def rows(judged: Judged) -> Iterator[Reason]:
    for number, row in enumerate(judged.file.transition):
        place = f"transition.{number}"
        yield from _sources(judged, row, f"{place}.from")
        if row.to is not None:
            yield from _status(judged, row.to, f"{place}.to")
        for who in row.by:
            yield from _actor(judged, who, f"{place}.by")
        yield from _actions(judged, row, place)
        yield from _names(judged, row.requires, f"{place}.requires")
        yield from _names(judged, row.when, f"{place}.when", fields=False)
        yield from _names(judged, row.asks, f"{place}.asks", facts=False)
        yield from _effects(judged, row.effects, f"{place}.effects")
        yield from _deadline(row, place) if row.after is not None else _pressed(row, place)


def _sources(judged: Judged, row: TransitionRow, place: str) -> Iterator[Reason]:
    for key in row.from_:
        if not key.startswith(STAGE):
            yield from _status(judged, key, place)
        elif not any(s.stage == key.removeprefix(STAGE) for s in judged.file.status):
            stages = {STAGE + status.stage for status in judged.file.status}
            message = text("There is no status in “%(stage)s”.", stage=key)
            yield _unknown("unknown_stage", message, stages, place)


def _actor(judged: Judged, who: str, place: str) -> Iterator[Reason]:
    kind, colon, function = who.partition(":")
    if kind not in set(ActorKind) or (colon and kind != ActorKind.STAFF):
        names = (*ActorKind, "staff:FUNCTION")
        message = text("There is nobody called “%(who)s”.", who=who)
        yield _unknown("unknown_actor", message, names, place)
    elif colon and function not in judged.vocabulary.functions:
        message = text("There is no function “%(function)s”.", function=function)
        yield _unknown("unknown_function", message, judged.vocabulary.functions, place)


def _actions(judged: Judged, row: TransitionRow, place: str) -> Iterator[Reason]:
    own = {action.key for action in judged.file.action}
    known = (judged.vocabulary.actions.keys() | own) - {DEADLINE}
    first = (row.first,) if row.first is not None else ()
    for key, action in (*(("action", a) for a in row.action), *(("first", a) for a in first)):
        if action not in known:
            yield Reason(
                "unknown_action",
                text("There is no action “%(action)s”.", action=action),
                text(
                    "Give it its titles in an [[action]], or write one of: %(names)s.",
                    names=sorted(known),
                ),
                f"{place}.{key}",
            )


def _names(
    judged: Judged,
    written: Sequence[str],
    place: str,
    *,
    facts: bool = True,
    fields: bool = True,
) -> Iterator[Reason]:
    """``facts`` and ``fields``: which kinds of requirements may stand at ``place``."""
    known = {
        name: requirement
        for name, requirement in judged.vocabulary.requirements.items()
        if (facts and isinstance(requirement, Fact)) or (fields and isinstance(requirement, Field))
    }
    for asked in written:
        name, colon, argument = asked.partition(":")
        if name not in known:
            message = text("There is no such requirement here: “%(name)s”.", name=name)
            yield _unknown("unknown_requirement", message, known, place)
            continue
        requirement = known[name]
        pattern = requirement.argument if isinstance(requirement, Fact) else ""
        if colon and not (pattern and re.fullmatch(pattern, argument)):
            example = requirement.example if isinstance(requirement, Fact) else ""
            yield Reason(
                "bad_argument",
                text("“%(argument)s” cannot follow “%(name)s”.", argument=argument, name=name),
                text("Write it like this: %(example)s.", example=example or name),
                place,
            )


def _effects(judged: Judged, written: Sequence[str], place: str) -> Iterator[Reason]:
    for effect, times in Counter(written).items():
        if effect not in judged.vocabulary.effects:
            message = text("There is no effect “%(effect)s”.", effect=effect)
            yield _unknown("unknown_effect", message, judged.vocabulary.effects, place)
        if times > 1:
            yield Reason(
                "effect_twice",
                text("“%(key)s” stands here %(times)s times.", key=effect, times=times),
                text("Name it once; it happens once."),
                place,
            )


def _deadline(row: TransitionRow, place: str) -> Iterator[Reason]:
    try:
        parse_duration(row.after or "")
    except ValueError:
        yield Reason(
            "bad_duration",
            text("“%(written)s” is no duration.", written=row.after),
            text("Write weeks, days, hours and minutes as ISO 8601 does: P3D, PT36H, P2W."),
            f"{place}.after",
        )
    if row.to is None or row.to in row.from_:
        yield Reason(
            "deadline_stays",
            text("A deadline has to lead to another status."),
            text("Name in “to” the status the order goes to when time is up."),
            f"{place}.to",
        )
    for key in ("action", "by", "first", "requires", "asks", "when"):
        if getattr(row, key):
            yield Reason(
                "deadline_asks",
                text("A deadline is the system's and asks for nothing: “%(key)s”.", key=key),
                text("Take it out, or make a row of its own of it, without “after”."),
                f"{place}.{key}",
            )


def _pressed(row: TransitionRow, place: str) -> Iterator[Reason]:
    if row.from_ and not row.by:
        yield Reason(
            "nobody",
            text("Nobody may do this."),
            text("Say in “by” who may: client, staff, staff:FUNCTION, system; one or several."),
            f"{place}.by",
        )
    if row.first and (row.to is not None or not row.action):
        yield Reason(
            "first_alone",
            text("A row with “first” goes where its action leads from there."),
            text("Name the action, and leave “to” out."),
            f"{place}.first",
        )


def chains(judged: Judged) -> Iterator[Reason]:
    for move in judged.moves:
        if move.target is None:
            yield Reason(
                "first_leads_nowhere",
                text(
                    "There is no one way by “%(first)s” and then “%(action)s” from “%(status)s”.",
                    first=move.row.first,
                    action=move.action,
                    status=move.source,
                ),
                text("Have one row for the first action, and one for the other from there."),
                f"{move.place}.first",
            )


def matrix(judged: Judged) -> Iterator[Reason]:
    by_hand = judged.file.by_hand
    if by_hand is None:
        return
    for key in by_hand.to:
        yield from _status(judged, key, "by_hand.to")
    for who in by_hand.by:
        yield from _actor(judged, who, "by_hand.by")
    for key, written in by_hand.from_.items():
        yield from _status(judged, key, f"by_hand.from.{key}")
        yield from _cells(written.split(), len(by_hand.to), f"by_hand.from.{key}")


def _cells(cells: Sequence[str], columns: int, place: str) -> Iterator[Reason]:
    if len(cells) != columns:
        yield Reason(
            "matrix_row",
            text(
                "The row has %(cells)s marks, not %(columns)s.", cells=len(cells), columns=columns
            ),
            text("Write one mark for each status of “to”, with a space between them."),
            place,
        )
    if strange := sorted(set(cells) - {ALLOWED, REFUSED}):
        yield Reason(
            "matrix_mark",
            text("A mark is + or -: %(marks)s.", marks=strange),
            text("Write + where the status may be set by hand, and - where not."),
            place,
        )


def two_deadlines(judged: Judged) -> Iterator[Reason]:
    timed = [move for move in judged.moves if move.action == DEADLINE]
    for status, times in Counter(move.source for move in timed).items():
        if times > 1:
            last = [move for move in timed if move.source == status][-1]
            yield Reason(
                "two_deadlines",
                text("“%(status)s” has %(times)s deadlines.", status=status, times=times),
                text("Keep one of them."),
                f"{last.place}.after",
            )


def two_targets(judged: Judged) -> Iterator[Reason]:
    """Of two moves that one trigger of one person means, the later is never chosen."""
    groups: dict[tuple[str, str, str | None], list[Move]] = {}
    for move in judged.moves:
        if move.action != DEADLINE:
            to = move.target if move.action == BY_HAND else None
            groups.setdefault((move.source, move.action, to), []).append(move)
    for group in groups.values():
        for earlier, later in combinations(group, 2):
            if _somebody_may_both(earlier, later) and earlier.when <= later.when:
                yield _never_chosen(earlier, later)


def _somebody_may_both(one: Move, other: Move) -> bool:
    return not {who.partition(":")[0] for who in one.by}.isdisjoint(
        who.partition(":")[0] for who in other.by
    )


def _never_chosen(earlier: Move, later: Move) -> Reason:
    return Reason(
        "two_targets",
        text(
            "From “%(status)s”, “%(action)s” already leads to “%(target)s” under the same"
            " conditions (%(place)s).",
            status=later.source,
            action=later.action,
            target=earlier.target or "?",
            place=earlier.place,
        ),
        text("Tell the two apart by when or by, put the one with conditions first, or keep one."),
        later.place,
    )


def ends(judged: Judged) -> Iterator[Reason]:
    away = {move.source: move for move in judged.moves if move.target != move.source}
    for status in judged.file.status:
        if status.key in judged.draft.unsure:
            continue
        if status.final and status.stage not in ENDS:
            yield Reason(
                "final_but_open",
                text("“%(status)s” is final, yet neither done nor lost.", status=status.title),
                text("Give it the stage done or lost, or leave out final."),
                f"status.{status.key}.final",
            )
        elif status.is_final and status.key in away:
            yield Reason(
                "final_with_way_out",
                text("“%(status)s” is final, yet there is a way out of it.", status=status.title),
                text("Take the way out, or write final = false at the status."),
                away[status.key].place,
            )
        elif _stuck(judged, status):
            yield Reason(
                "no_way_out",
                text("Nothing leads out of “%(status)s”.", status=status.title),
                text("Add a transition to a status that is switched on, or give it a final stage."),
                f"status.{status.key}",
            )


def _stuck(judged: Judged, status: Status) -> bool:
    """An order could be in it, is neither done nor lost, and cannot go on."""
    if status.stage in ENDS or not (status.enabled or status.key in judged.reached):
        return False
    return not _way_out(judged, status.key)


def _way_out(judged: Judged, key: str) -> bool:
    """A target that nobody knows counts; it is told where it stands."""
    return any(
        move.source == key and move.target != key and _enterable(judged, move.target)
        for move in judged.moves
    )


def _enterable(judged: Judged, key: str | None) -> bool:
    status = judged.statuses.get(key or "")
    return status is None or status.enabled


def unreachable(judged: Judged) -> Iterator[Reason]:
    for status in judged.file.status:
        if status.enabled and status.key not in judged.reached:
            yield Reason(
                "unreachable",
                text("No order can come to “%(status)s”.", status=status.title),
                text("Add a transition to it, or switch it off (enabled = false)."),
                f"status.{status.key}",
            )


def set_by(judged: Judged) -> Iterator[Reason]:
    for move in judged.moves:
        status = judged.statuses.get(move.target or "")
        if status is None or move.target == move.source:
            continue
        if status.set_by is SetBy.SYSTEM and move.action == BY_HAND:
            yield Reason(
                "set_by_system",
                text("“%(status)s” is set by the system alone.", status=status.title),
                text("Let an action lead there instead, or change set_by at the status."),
                move.place,
            )
        if status.set_by is SetBy.STAFF and ActorKind.SYSTEM in move.by:
            yield Reason(
                "set_by_staff",
                text("“%(status)s” is never set by the system.", status=status.title),
                text("Take the system out of by, or change set_by at the status."),
                move.place,
            )


def deadlines_lead_on(judged: Judged) -> Iterator[Reason]:
    for move in judged.moves:
        if move.action == DEADLINE and not _enterable(judged, move.target):
            yield Reason(
                "deadline_stuck",
                text(
                    "The deadline leads to “%(status)s”, which is switched off.", status=move.target
                ),
                text("Switch the status on, or let the deadline lead elsewhere."),
                f"{move.place}.to",
            )


RULES: Sequence[Callable[[Judged], Iterator[Reason]]] = (
    keys_twice,
    line_statuses,
    entries,
    rows,
    chains,
    matrix,
    two_deadlines,
    two_targets,
    ends,
    unreachable,
    set_by,
    deadlines_lead_on,
)

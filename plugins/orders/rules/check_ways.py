"""What is wrong with the ways an order would take through a workflow. Pure."""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from billing_panel.kernel.actor import ActorKind
from billing_panel.kernel.errors import Reason
from billing_panel.kernel.text import text
from plugins.orders.rules.judged import Judged
from plugins.orders.rules.order_facts import BY_HAND, DEADLINE
from plugins.orders.rules.vocabulary import HAPPENS_ONCE
from plugins.orders.rules.workflow import ENDS, SetBy, Status
from plugins.orders.rules.workflow_moves import Move


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
        move.source == key and move.target != key and judged.enterable(move.target)
        for move in judged.moves
    )


def unreachable(judged: Judged) -> Iterator[Reason]:
    begins = {row.status for row in judged.file.entry}
    if not begins or not begins <= judged.statuses.keys():
        return  # where orders begin is not known, and told already
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


def happenings_lead_on(judged: Judged) -> Iterator[Reason]:
    """What happens to an order once is not said again: it would stay where it is for good (M7)."""
    for move in judged.moves:
        happens = move.action in HAPPENS_ONCE and ActorKind.SYSTEM in move.by
        if happens and not judged.enterable(move.target) and move.source in judged.reached:
            yield Reason(
                "happening_stuck",
                text(
                    "“%(action)s” leads orders that are “%(source)s” to “%(status)s”, which is"
                    " switched off.",
                    action=judged.vocabulary.actions[move.action],
                    source=judged.statuses[move.source].title,
                    status=judged.statuses[move.target or ""].title,
                ),
                text("Switch the status on; orders would stay where they are for good."),
                f"{move.place}.to",
            )


def deadlines_lead_on(judged: Judged) -> Iterator[Reason]:
    for move in judged.moves:
        if move.action == DEADLINE and not judged.enterable(move.target):
            yield Reason(
                "deadline_stuck",
                text(
                    "The deadline leads to “%(status)s”, which is switched off.", status=move.target
                ),
                text("Switch the status on, or let the deadline lead elsewhere."),
                f"{move.place}.to",
            )

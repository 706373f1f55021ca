"""What is wrong with the ways an order would take through a workflow. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence

from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import ActorKind
from plugins.orders.workflow.file.single_transitions import Move
from plugins.orders.workflow.order_facts import BY_HAND, DEADLINE
from plugins.orders.workflow.review.file_under_review import ReviewedFile, status_known
from plugins.orders.workflow.review.status_substitutes import may_stand_in
from plugins.orders.workflow.statuses.stage import ENDS, SetBy
from plugins.orders.workflow.statuses.status import Status
from plugins.orders.workflow.vocabulary import HAPPENS_ONCE


def chains(reviewed: ReviewedFile) -> Iterator[Reason]:
    """What is taken first leads somewhere."""
    for move in reviewed.moves:
        if move.target is None:
            yield Reason(
                "first_leads_nowhere",
                text(
                    "No single transition leads through “%(first)s” and then"
                    " “%(action)s” from “%(status)s”.",
                    first=move.row.first,
                    action=move.action,
                    status=move.source,
                ),
                text(
                    "Use one row for the first action and another for the one that"
                    " follows it from there."
                ),
                f"{move.place}.first",
            )


def two_deadlines(reviewed: ReviewedFile) -> Iterator[Reason]:
    """A status has one deadline."""
    timed = [move for move in reviewed.moves if move.action == DEADLINE]
    for status, times in Counter(move.source for move in timed).items():
        if times > 1:
            last = [move for move in timed if move.source == status][-1]
            yield Reason(
                "two_deadlines",
                text("“%(status)s” has %(times)s deadlines.", status=status, times=times),
                text("Keep one of them."),
                f"{last.place}.after",
            )


def two_targets(reviewed: ReviewedFile) -> Iterator[Reason]:
    """Of two moves that one trigger of one person means, the later is never chosen."""
    groups: dict[tuple[str, str, str | None], list[Move]] = {}
    for move in reviewed.moves:
        if move.action != DEADLINE:
            to = move.target if move.action == BY_HAND else None
            groups.setdefault((move.source, move.action, to), []).append(move)
    for group in groups.values():
        for earlier, later in _shadowed(group):
            yield _never_chosen(earlier, later)


def _shadowed(group: Sequence[Move]) -> Iterator[tuple[Move, Move]]:
    """Each move of one trigger before which another is always chosen, and the first such.

    Of moves of equal people and conditions one is remembered.
    """
    earlier: dict[tuple[frozenset[str], frozenset[str]], Move] = {}
    for move in group:
        who, when = frozenset(person.partition(":")[0] for person in move.by), move.when
        shadows = (m for (by, asked), m in earlier.items() if by & who and asked <= when)
        if (shadow := next(shadows, None)) is not None:
            yield shadow, move
        earlier.setdefault((who, when), move)


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
        text(
            "Tell the two apart with when or by, put the one with conditions"
            " first, or keep only one."
        ),
        later.place,
    )


def ends(reviewed: ReviewedFile) -> Iterator[Reason]:
    """Final statuses are left by nothing, and no other keeps orders for good."""
    away = {move.source: move for move in reviewed.moves if move.target != move.source}
    # a target that nobody knows counts; it is told where it stands
    left = {
        move.source
        for move in reviewed.moves
        if move.target != move.source
        and reviewed.enterable(move.target)
        and not _takes_a_payment_online(reviewed, move)
    }
    for status in reviewed.file.status:
        if status.key in reviewed.draft.unsure:
            continue
        if status.final and status.stage not in ENDS:
            yield Reason(
                "final_but_open",
                text("“%(status)s” is final, but neither done nor lost.", status=status.title),
                text("Give it the stage done or lost, or leave out final."),
                f"status.{status.key}.final",
            )
        elif status.is_final and status.key in away:
            yield Reason(
                "final_with_way_out",
                text(
                    "“%(status)s” is final, but a transition leads out of it.", status=status.title
                ),
                text("Remove the transition, or set final = false on the status."),
                away[status.key].place,
            )
        elif status.key not in left and _may_hold_orders(reviewed, status):
            yield Reason(
                "no_way_out",
                text("Nothing leads out of “%(status)s”.", status=status.title),
                text("Add a transition to a status that is switched on, or give it a final stage."),
                f"status.{status.key}",
            )


def _takes_a_payment_online(reviewed: ReviewedFile, move: Move) -> bool:
    """A way that is for orders whose client pays online alone; the others would stay for good."""
    return not reviewed.vocabulary.online.isdisjoint({move.action, *move.when})


def _may_hold_orders(reviewed: ReviewedFile, status: Status) -> bool:
    """Such as are neither done nor lost."""
    return status.stage not in ENDS and (status.enabled or status.key in reviewed.reached)


def unreachable(reviewed: ReviewedFile) -> Iterator[Reason]:
    """Each status can be reached from where orders begin."""
    begins = {row.status for row in reviewed.file.entry}
    if not begins or not begins <= reviewed.statuses.keys():
        return  # where orders begin is not known, and told already
    for status in reviewed.file.status:
        if status.enabled and status.key not in reviewed.reached:
            yield Reason(
                "unreachable",
                text("No order can reach “%(status)s”.", status=status.title),
                text("Add a transition to it, or switch it off (enabled = false)."),
                f"status.{status.key}",
            )


def set_by(reviewed: ReviewedFile) -> Iterator[Reason]:
    """What the system sets staff do not, and the other way round (W3, W5)."""
    for move in reviewed.moves:
        status = reviewed.statuses.get(move.target or "")
        if status is None or move.target == move.source:
            continue
        if status.set_by is SetBy.SYSTEM and move.action == BY_HAND:
            yield Reason(
                "set_by_system",
                text("“%(status)s” is only set by the system.", status=status.title),
                text("Let an action lead there instead, or change set_by on the status."),
                move.place,
            )
        if status.set_by is SetBy.STAFF and ActorKind.SYSTEM in move.by:
            yield Reason(
                "set_by_staff",
                text("“%(status)s” is never set by the system.", status=status.title),
                text("Remove the system from by, or change set_by on the status."),
                move.place,
            )


def happenings_lead_on(reviewed: ReviewedFile) -> Iterator[Reason]:
    """What happens to an order once is not said again: it would stay where it is for good (M7).

    Of one happening and one status the first way is told.
    """
    told: set[tuple[str, str | None]] = set()
    for move in reviewed.moves:
        happens = move.action in HAPPENS_ONCE and ActorKind.SYSTEM in move.by
        stuck = happens and not reviewed.enterable(move.target) and move.source in reviewed.reached
        if stuck and (move.action, move.target) not in told:
            told.add((move.action, move.target))
            yield Reason(
                "happening_stuck",
                text(
                    "“%(action)s” leads orders that are “%(source)s” to “%(status)s”, which is"
                    " switched off.",
                    action=reviewed.vocabulary.actions[move.action],
                    source=reviewed.statuses[move.source].title,
                    status=reviewed.statuses[move.target or ""].title,
                ),
                text("Switch it on, or choose which of your own statuses orders enter instead."),
                f"{move.place}.to",
            )


def deadlines_lead_on(reviewed: ReviewedFile) -> Iterator[Reason]:
    """No deadline leads to a status that is switched off."""
    for move in reviewed.moves:
        if move.action == DEADLINE and not reviewed.enterable(move.target):
            yield Reason(
                "deadline_stuck",
                text(
                    "The deadline leads to “%(status)s”, which is switched off.", status=move.target
                ),
                text("Switch it on, or choose which of your own statuses orders enter instead."),
                f"{move.place}.to",
            )


def standing_in_fits(reviewed: ReviewedFile) -> Iterator[Reason]:
    """What orders enter instead of a status that is switched off is an own one like it (W1)."""
    for status in reviewed.file.status:
        if status.instead is None or status.key in reviewed.draft.unsure:
            continue
        place = f"status.{status.key}.instead"
        yield from status_known(reviewed, status.instead, place)
        other = reviewed.statuses.get(status.instead)
        if other is not None and not status.enabled and not may_stand_in(status, other):
            yield Reason(
                "bad_instead",
                text(
                    "Orders can’t enter “%(instead)s” instead of “%(status)s”.",
                    instead=other.title,
                    status=status.title,
                ),
                text("Choose a status of your own that is switched on and has the same stage."),
                place,
            )

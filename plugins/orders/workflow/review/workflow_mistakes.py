"""What is wrong with a workflow file: every mistake, with its place and its cure. Pure.

Of very many the first are told.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import text
from plugins.orders.workflow.file.single_transitions import how_many
from plugins.orders.workflow.file.workflow_file import Draft, EntryRow
from plugins.orders.workflow.review.check_delivering import (
    delivering_rows,
    delivering_statuses,
    taking_back,
)
from plugins.orders.workflow.review.check_rows import asked_names, effect_names, matrix, rows
from plugins.orders.workflow.review.check_ways import (
    chains,
    deadlines_lead_on,
    ends,
    happenings_lead_on,
    set_by,
    standing_in_fits,
    two_deadlines,
    two_targets,
    unreachable,
)
from plugins.orders.workflow.review.file_under_review import ReviewedFile, status_known
from plugins.orders.workflow.statuses.stage import ENDS, Stage
from plugins.orders.workflow.vocabulary import Vocabulary
from plugins.orders.workflow.workflow_bounds import (
    MAX_MOVES,
    MAX_ROWS,
    MAX_STATUSES,
    MOST_TOLD,
    too_many,
)


def mistakes(draft: Draft, vocabulary: Vocabulary) -> tuple[Reason, ...]:
    """Those of its shape first, then those of its meaning; empty: it can be run."""
    if beyond := [*_too_many(draft)]:
        return tuple(beyond)
    reviewed = ReviewedFile(draft, vocabulary)
    found = (reason for rule in RULES for reason in rule(reviewed))
    return tuple(dict.fromkeys(islice(chain(draft.mistakes, found), MOST_TOLD)))


def _too_many(draft: Draft) -> Iterator[Reason]:
    """What is so large that nothing else of it is looked at."""
    file = draft.file
    if len(file.status) > MAX_STATUSES:
        yield too_many("status", MAX_STATUSES)
    for place, section in (
        ("entry", file.entry),
        ("line_status", file.line_status),
        ("action", file.action),
    ):
        if len(section) > MAX_STATUSES:
            yield too_many(place, MAX_STATUSES)
    matrix = file.by_hand
    if matrix and max(len(matrix.to), len(matrix.from_)) > MAX_STATUSES:
        yield too_many("by_hand", MAX_STATUSES)
    if len(file.transition) > MAX_ROWS or how_many(file) > MAX_MOVES:
        yield too_many("transition", MAX_ROWS)


def keys_twice(reviewed: ReviewedFile) -> Iterator[Reason]:
    """No key stands twice."""
    file = reviewed.file
    sections = (("status", file.status), ("line_status", file.line_status), ("action", file.action))
    for section, keyed in sections:
        for key, times in Counter(row.key for row in keyed).items():
            if times > 1:
                yield Reason(
                    "key_twice",
                    text("“%(key)s” appears here %(times)s times.", key=key, times=times),
                    text("Give each one its own key."),
                    f"{section}.{key}",
                )


def titles_seen(reviewed: ReviewedFile) -> Iterator[Reason]:
    """Each title has something to see."""
    file = reviewed.file
    sections = (("status", file.status), ("line_status", file.line_status), ("action", file.action))
    for section, keyed in sections:
        for row in keyed:
            if not all(map(is_visible, row.titles.values())):
                yield Reason(
                    "unseen_title",
                    text("A title of “%(key)s” has no visible characters.", key=row.key),
                    text("Write its titles as text."),
                    f"{section}.{row.key}.titles",
                )


def line_statuses(reviewed: ReviewedFile) -> Iterator[Reason]:
    """Line statuses begin, and end in what is delivered (P4)."""
    stages = [status.stage for status in reviewed.file.line_status]
    if stages and (stages[0] in ENDS or Stage.DONE not in stages):
        yield Reason(
            "line_statuses",
            text("Order lines couldn’t be started or delivered."),
            text("Put a status of stage new first, and include one of stage done."),
            "line_status",
        )


def entries(reviewed: ReviewedFile) -> Iterator[Reason]:
    """New orders begin somewhere, each condition but the last asked for."""
    rows = reviewed.file.entry
    for number, row in enumerate(rows):
        place = "entry" if len(rows) == 1 else f"entry.{number}"
        last = number == len(rows) - 1
        yield from _entry_status(reviewed, row, place, last=last)
        yield from asked_names(reviewed, row.when, f"{place}.when", fields=False)
        yield from effect_names(reviewed, row.effects, f"{place}.effects")
        if last == bool(row.when):
            yield Reason(
                "entry_order",
                text("The last entry applies to every other order; only it has no conditions."),
                text("Give each entry except the last its conditions (when), and the last none."),
                f"{place}.when",
            )


def _entry_status(
    reviewed: ReviewedFile, row: EntryRow, place: str, *, last: bool
) -> Iterator[Reason]:
    if not row.status:
        return
    yield from status_known(reviewed, row.status, f"{place}.status")
    status = reviewed.statuses.get(reviewed.in_place.get(row.status, row.status))
    if status and (status.stage in ENDS or (last and not status.enabled)):
        yield Reason(
            "bad_entry",
            text("A new order can’t start as “%(status)s”.", status=status.title),
            text("Start in a status that is switched on and of stage new or open.")
            if status.stage in ENDS
            else text("Switch it on, or choose which of your own statuses orders enter instead."),
            f"{place}.status",
        )


RULES: Sequence[Callable[[ReviewedFile], Iterator[Reason]]] = (
    keys_twice,
    titles_seen,
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
    happenings_lead_on,
    standing_in_fits,
    delivering_statuses,
    delivering_rows,
    taking_back,
)

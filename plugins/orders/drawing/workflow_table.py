"""A workflow as data for programs, and as a table for people. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.actor import ActorKind
from plugins.orders.workflow.order_facts import BY_HAND
from plugins.orders.workflow.statuses.status import LineStatus, Status
from plugins.orders.workflow.workflow import Entry, Step, Workflow

ALLOWED, REFUSED = "+", "-"


def as_data(workflow: Workflow) -> dict[str, Any]:
    """Statuses in their order, and one transition for each way; durations as ISO 8601.

    ``by``: client, staff, system; of staff, one of ``functions``. A status set by hand has the
    action ``set``, a deadline the action ``deadline``.
    """
    return {
        "key": workflow.key,
        "titles": dict(workflow.titles),
        "split_by_availability": workflow.split_by_availability,
        "method_when_paid": workflow.method_when_paid,
        "details_titles": workflow.details_titles and dict(workflow.details_titles),
        "entries": [_entry(entry) for entry in workflow.entries],
        "statuses": [_status(status) for status in workflow.statuses],
        "line_statuses": [_line_status(status) for status in workflow.line_statuses],
        "transitions": [_transition(step) for step in workflow.steps],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "status": entry.status.key,
        "when": [asked.written for asked in entry.when],
        "effects": [*entry.effects],
    }


def _status(status: Status) -> dict[str, Any]:
    return {
        **status.model_dump(mode="json"),
        "final": status.is_final,
        "delivers": status.is_delivered_in,
    }


def _line_status(status: LineStatus) -> dict[str, Any]:
    return status.model_dump(mode="json")


def _transition(step: Step) -> dict[str, Any]:
    return {
        "from": step.source.key,
        "to": step.target.key,
        "action": step.action,
        "by": [*dict.fromkeys(permit.kind.value for permit in step.by)],
        "functions": [p.function for p in step.by if p.kind is ActorKind.STAFF],
        "requires": [asked.written for asked in step.requires],
        "asks": [asked.written for asked in step.asks],
        "when": [asked.written for asked in step.when],
        "after": step.after.written if step.after else None,
        "effects": [*step.effects],
        "through": step.through.key if step.through else None,
    }


def as_table(workflow: Workflow, language: str) -> Iterator[str]:
    """Lines of text: the statuses, what happens by actions, and the matrix of what by hand."""
    yield say(workflow.title, language)
    yield ""
    yield from _columns([*_status_rows(workflow, language)])
    yield ""
    yield from _columns([*_step_rows(workflow, language)])
    if any(step.action == BY_HAND for step in workflow.steps):
        yield ""
        yield from _matrix(workflow, language)


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _status_rows(workflow: Workflow, language: str) -> Iterator[Sequence[str]]:
    starts = {entry.status.key for entry in workflow.entries}
    for number, status in enumerate(workflow.statuses, start=1):
        marks = [
            *([say(text("a new order"), language)] if status.key in starts else []),
            *([say(text("final"), language)] if status.is_final else []),
            *([] if status.enabled else [say(text("switched off"), language)]),
            *([say(text("lines are delivered"), language)] if status.is_delivered_in else []),
        ]
        title = say(status.title, language)
        yield (f"{number:>2}", title, status.key, status.stage.value, ", ".join(marks))


def _step_rows(workflow: Workflow, language: str) -> Iterator[Sequence[str]]:
    heads = (
        text("From"),
        text("Action"),
        text("To"),
        text("By"),
        text("Requires"),
        text("Effects"),
    )
    yield [say(head, language) for head in heads]
    for step in workflow.steps:
        if step.action != BY_HAND or step.requires:
            yield (
                say(step.source.title, language),
                say(workflow.actions[step.action], language),
                say(step.target.title, language),
                ", ".join(_who(step)),
                ", ".join(_conditions(step)),
                ", ".join(step.effects),
            )


def _who(step: Step) -> Iterator[str]:
    for permit in step.by:
        staff = permit.kind is ActorKind.STAFF
        yield f"{permit.kind}:{permit.function}" if staff else permit.kind.value


def _conditions(step: Step) -> Iterator[str]:
    if step.after:
        yield step.after.written
    yield from (asked.written for asked in (*step.when, *step.requires))
    yield from (f"({asked.written})" for asked in step.asks)


def _matrix(workflow: Workflow, language: str) -> Iterator[str]:
    by_hand = {(s.source.key, s.target.key) for s in workflow.steps if s.action == BY_HAND}
    numbers = [f"{number:>2}" for number in range(1, len(workflow.statuses) + 1)]
    rows = [[say(text("Set by hand"), language), *numbers]]
    for number, source in zip(numbers, workflow.statuses, strict=True):
        marks = (
            ALLOWED if (source.key, target.key) in by_hand else REFUSED
            for target in workflow.statuses
        )
        rows.append([f"{number} {say(source.title, language)}", *(f" {mark}" for mark in marks)])
    yield from _columns(rows)
